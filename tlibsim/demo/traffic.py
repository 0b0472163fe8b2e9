"""The calls of the demo: customers call the queue or the routing point, talk, and hang up.

Everything is asked of the switch by the commands that a client's requests become, so nothing
happens here that a client could not make happen.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle

from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.app import Simulator
from tlibsim.demo.settings import POINT, QUEUE
from tlibsim.demo.waiting import Happenings, pause
from tlibsim.ports.media import Instant
from tlibsim.recording.commands import PauseRecording, ResumeRecording
from tlibsim.switch.commands import (
    ArriveInbound,
    ChangeUserData,
    DataChange,
    FarRelease,
    HoldCall,
    ReleaseCall,
    RetrieveCall,
    SendDtmf,
)
from tlibsim.switch.facts import CallEnded, CallView, PartyEstablished
from tlibsim.switch.refusals import Reason, RequestRefused

Make = Callable[[Dn, ConnId], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happens in a call, so many seconds after the answer."""

    at_s: float
    make: Make


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One call: who calls, with which user data, what happens, and when the caller hangs up.

    ``caller`` empty is the configured one.  With ``patience_s`` the caller gives up while it
    rings.
    """

    caller: str = ""
    to: str = QUEUE
    user_data: KVList
    talk_s: float = 0.0
    patience_s: float | None = None
    steps: Sequence[Step] = ()


def _hold(dn: Dn, conn_id: ConnId) -> object:
    return HoldCall(dn=dn, conn_id=conn_id)


def _retrieve(dn: Dn, conn_id: ConnId) -> object:
    return RetrieveCall(dn=dn, conn_id=conn_id)


def _pause(dn: Dn, conn_id: ConnId) -> object:
    return PauseRecording(dn=dn, conn_id=conn_id)


def _resume(dn: Dn, conn_id: ConnId) -> object:
    return ResumeRecording(dn=dn, conn_id=conn_id)


def _dtmf(dn: Dn, conn_id: ConnId) -> object:
    return SendDtmf(dn=dn, conn_id=conn_id, digits="1")


def _reason(dn: Dn, conn_id: ConnId) -> object:
    pairs = KVList.of(Reason="delivery")
    return ChangeUserData(dn=dn, conn_id=conn_id, change=DataChange.UPDATE, pairs=pairs)


PATIENCE_S = 60.0
"""How long a customer waits for an answer."""

SCRIPTS = (
    Script(
        user_data=KVList.of(CustomerID="4711", Segment="gold"),
        talk_s=9.5,
    ),
    Script(
        caller="4155550123",
        to=POINT,
        user_data=KVList.of(CustomerID="4712", Segment="gold"),
        talk_s=14.0,
        steps=(Step(at_s=5.0, make=_pause), Step(at_s=9.0, make=_resume)),
    ),
    Script(
        caller="4155550177",
        to=POINT,
        user_data=KVList.of(CustomerID="4713", Segment="silver"),
        talk_s=7.0,
        steps=(Step(at_s=4.0, make=_reason),),
    ),
    Script(caller="4155550142", user_data=KVList.of(CustomerID="4714"), patience_s=1.2),
    Script(
        caller="4155550188",
        user_data=KVList.of(CustomerID="4715", Segment="new"),
        talk_s=12.0,
        steps=(
            Step(at_s=4.0, make=_hold),
            Step(at_s=7.0, make=_retrieve),
            Step(at_s=9.0, make=_dtmf),
        ),
    ),
)
"""The first one is the call that is recorded at the start; then they come round and round."""


class Traffic:
    """Plays scripts on a switch, one call at a time."""

    def __init__(self, simulator: Simulator, happenings: Happenings) -> None:
        self._simulator = simulator
        self._happenings = happenings
        self._scripts: Iterator[Script] = cycle(SCRIPTS)

    async def play(self) -> ConnId:
        """The next call from its arrival to its end; RequestRefused when it cannot arrive."""
        script = next(self._scripts)
        conn_id = self._arrive(script)
        if script.patience_s:
            await self._give_up(script.patience_s, conn_id)
        else:
            await self._talk(script, conn_id)
        return conn_id

    def _arrive(self, script: Script) -> ConnId:
        caller = script.caller or self._simulator.settings.external.caller
        before = {call.conn_id for call in self._simulator.calls()}
        self._simulator.perform(
            ArriveInbound(caller=caller, to=Dn(script.to), user_data=script.user_data)
        )
        new = [call.conn_id for call in self._simulator.calls() if call.conn_id not in before]
        if not new:
            raise RequestRefused(Reason.INCORRECT_STATE, f"the call to {script.to} has failed")
        return new[0]

    async def _give_up(self, patience_s: float, conn_id: ConnId) -> None:
        await pause(self._simulator.clock, patience_s)
        self._try(FarRelease(conn_id=conn_id))

    async def _talk(self, script: Script, conn_id: ConnId) -> None:
        """What the script says, for as long as nobody else ends the call."""
        dn = await self._answered(conn_id)
        if not dn:
            return
        present_s = 0.0
        for step in (*script.steps, Step(at_s=script.talk_s, make=_caller_leaves)):
            await pause(self._simulator.clock, step.at_s - present_s)
            present_s = step.at_s
            self._try(step.make(dn, conn_id))

    async def _answered(self, conn_id: ConnId) -> Dn:
        """Wait for the answer, and say who gave it; empty when the call ends without one.

        A caller whom nobody answers hangs up in the end.
        """
        clock = self._simulator.clock
        at = Instant(clock.now() + round(PATIENCE_S * 1_000_000))
        giving_up = clock.call_at(at, lambda: self._try(FarRelease(conn_id=conn_id)))
        while True:
            call = self._simulator.call(conn_id)
            dn = "" if call is None else _who_answered(call)
            if call is None or dn:
                giving_up.cancel()
                return Dn(dn)
            await self._happenings.coming(
                lambda fact: (
                    isinstance(fact, PartyEstablished | CallEnded)
                    and fact.call.conn_id == conn_id
                )
            )

    def _try(self, command: object) -> None:
        """A client may have ended or changed the call meanwhile; then the step falls away."""
        with suppress(RequestRefused):
            self._simulator.perform(command)

    def hang_up(self) -> None:
        """End every call of the switch."""
        for call in self._simulator.calls():
            self._try(_end_of(call))


def _caller_leaves(_dn: Dn, conn_id: ConnId) -> object:
    return FarRelease(conn_id=conn_id)


def _end_of(call: CallView) -> object:
    if any(party.outside for party in call.parties):
        return FarRelease(conn_id=call.conn_id)
    return ReleaseCall(dn=call.parties[0].dn, conn_id=call.conn_id)


def _who_answered(call: CallView) -> str:
    """The DN inside that talks; empty while none does."""
    inside = (party for party in call.parties if party.trunk is None)
    return next((party.dn for party in inside if party.established_at is not None), "")
