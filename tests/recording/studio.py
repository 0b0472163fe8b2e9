"""A switch with the scenario bed, a recording desk, and a backend that does as it is told.

``Studio`` works facts and commands off as the hub does.  ``Book`` is a CallsView of hand-made
calls, for what the switch cannot do yet.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any, Literal

import pytest

from tlibproto.vocabulary import (
    EMPTY_KVLIST,
    CallType,
    ConnId,
    Dn,
    DnRole,
    KVList,
    PartyState,
)
from tlibsim.config import (
    AgentSettings,
    DnOptions,
    DnSettings,
    RemoteRecording,
    Settings,
    load_bed,
)
from tlibsim.ports.media import (
    AudioSource,
    BackendStatus,
    CaptureAccepted,
    CaptureEnded,
    CapturePaused,
    CaptureReport,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    Instant,
    RecordingOrder,
    Revision,
    SessionId,
)
from tlibsim.recording.commands import TellOfRecording
from tlibsim.recording.desk import RecordingDesk, Steps
from tlibsim.recording.rules import ConfiguredCalls, RecordingRules
from tlibsim.recording.trace import SessionTrace
from tlibsim.switch import perform
from tlibsim.switch.commands import AnswerCall, ArriveInbound, ChangeUserData, MakeCall
from tlibsim.switch.connid import Identifiers
from tlibsim.switch.facts import CallView, PartyFact, PartyView, Side
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch

START = Instant(1_700_000_000_000_000)
"""2023-11-14 22:13:20 UTC."""

SECOND = 1_000_000
CALLER = "15550001"


@cache
def bed() -> Settings:
    return load_bed("")


def refused(reason: Reason, function: Callable[..., Any], *given: Any, **named: Any) -> str:
    """The detail of the refusal that the call must end in."""
    with pytest.raises(RequestRefused) as caught:
        function(*given, **named)
    assert caught.value.reason is reason
    return caught.value.detail


class Backend:
    """Keeps every order; says nothing by itself."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, SessionId]] = []
        self.started: list[RecordingOrder] = []
        self.revisions: list[Revision] = []
        self.causes: dict[SessionId, str] = {}

    def start(self, order: RecordingOrder) -> None:
        self.orders.append(("start", order.session))
        self.started.append(order)

    def pause(self, session: SessionId, at: Instant) -> None:
        self.orders.append(("pause", session))

    def resume(self, session: SessionId, at: Instant) -> None:
        self.orders.append(("resume", session))

    def revise(self, revision: Revision) -> None:
        self.orders.append(("revise", revision.session))
        self.revisions.append(revision)

    def stop(self, session: SessionId, at: Instant, cause: str) -> None:
        self.orders.append(("stop", session))
        self.causes[session] = cause

    def status(self) -> BackendStatus:
        return BackendStatus()

    def names(self) -> list[str]:
        return [name for name, _ in self.orders]


def silence(party: PartyView) -> AudioSource:
    return AudioSource(frequency_hz=float(len(party.dn)))


ANSWERS: Mapping[str, Callable[[SessionId], Sequence[CaptureReport]]] = {
    "start": lambda one: (CaptureAccepted(session=one), CaptureStarted(session=one)),
    "pause": lambda one: (CapturePaused(session=one),),
    "resume": lambda one: (CaptureResumed(session=one),),
    "revise": lambda one: (CaptureRevised(session=one),),
    "stop": lambda one: (CaptureEnded(session=one),),
}


class Studio:
    """Desk and switch together.  ``dn`` gives options of DNs, keywords those of the switch."""

    def __init__(
        self,
        *,
        dn: Mapping[str, Mapping[str, Any]] | None = None,
        agents: Mapping[str, AgentSettings] | None = None,
        history: int = 1000,
        utc_offset: int = 0,
        profile: Literal["sip-server", "sfb"] = "sip-server",
        remote: RemoteRecording | None = None,
        more: Sequence[DnSettings] = (),
        **options: Any,
    ) -> None:
        dns = dict(bed().dns) | {one.dn: one for one in more}
        for number, values in (dn or {}).items():
            dns[number] = replace(dns[number], options=replace(dns[number].options, **values))
        chosen = replace(bed().options, **options)
        self.now = START
        self.facts: list[object] = []
        self.reports: list[CaptureReport] = []
        self.changes: list[ChangeUserData] = []
        self.backend = Backend()
        self.switch = Switch(dns=dns, options=chosen, identifiers=Identifiers(1))
        self.calls = ConfiguredCalls(self.switch, dns=dns, agents=agents or {})
        self.rules = RecordingRules.from_options(
            chosen,
            switch="SIP_Switch1",
            customer_id="Environment",
            history=history,
            profile=profile,
            remote=remote or RemoteRecording(),
        )
        self.desk = RecordingDesk(
            self.rules,
            calls=self.calls,
            backend=self.backend,
            rng=Random(1),
            sources=silence,
            utc_offset=lambda _: utc_offset,
        )
        self._answered = 0

    def wait(self, seconds: float) -> None:
        """So much time passes, and what comes due is done."""
        self.now = Instant(self.now + round(seconds * SECOND))
        while (reminder := self.switch.due(self.now)) is not None:
            facts = perform.remind(self.switch, reminder, self.now)
            self.work_off(Steps(facts=tuple(facts)))
        for steps in self.desk.due(self.now):
            self.work_off(steps)

    def work_off(self, steps: Steps) -> None:
        queue = deque((steps,))
        while queue:
            step = queue.popleft()
            for fact in self.desk.ahead_of(step.facts):
                self.facts.append(fact)
                queue.append(self.desk.notice(fact, self.now))
            for command in step.commands:
                if isinstance(command, TellOfRecording):
                    queue.append(self.desk.perform(command, self.now))
                    continue
                assert isinstance(command, ChangeUserData)
                self.changes.append(command)
                made = perform.perform(self.switch, command, self.now)
                queue.append(Steps(facts=tuple(made)))

    def do(self, command: object) -> None:
        """A command for the switch or for the desk; raises RequestRefused."""
        if type(command) in perform.COMMANDS:
            facts = perform.perform(self.switch, command, self.now)
            heeded = self.desk.heed(command, self.now)
            self.work_off(Steps(facts=(*facts, *heeded.facts), commands=heeded.commands))
        else:
            self.work_off(self.desk.perform(command, self.now))

    def report(self, report: CaptureReport) -> None:
        self.reports.append(report)
        self.work_off(self.desk.report(report, self.now))

    def answer_orders(self) -> None:
        """The backend answers everything that it was told so far."""
        while self._answered < len(self.backend.orders):
            name, session = self.backend.orders[self._answered]
            self._answered += 1
            for report in ANSWERS[name](session):
                self.report(report)

    # -- calls -------------------------------------------------------------------------------

    def inbound(self, to: str = "7001") -> ConnId:
        self.do(ArriveInbound(caller=CALLER, to=Dn(to), dnis="8005551000"))
        return self.newest()

    def inbound_answered(self, to: str = "7001") -> ConnId:
        conn_id = self.inbound(to)
        self.do(AnswerCall(dn=Dn(to), conn_id=conn_id))
        return conn_id

    def internal(self, caller: str = "7001", to: str = "7002") -> ConnId:
        self.do(MakeCall(dn=Dn(caller), to=to))
        conn_id = self.newest()
        self.do(AnswerCall(dn=Dn(to), conn_id=conn_id))
        return conn_id

    def newest(self) -> ConnId:
        return self.switch.views()[-1].conn_id

    def data(self, conn_id: ConnId) -> KVList:
        call = self.switch.call(conn_id)
        assert call is not None
        return call.user_data

    def state_key(self, conn_id: ConnId) -> object:
        return self.data(conn_id).first("GSIP_RECORD")

    def trace(self) -> SessionTrace:
        """The session begun last."""
        return self.desk.traces()[-1]

    def session(self) -> SessionId:
        return self.trace().session

    def told(self, kind: type[Any]) -> list[Any]:
        return [fact for fact in self.facts if type(fact) is kind]


# -- hand-made calls ---------------------------------------------------------------------------


def party(
    dn: str,
    *,
    at: int = 0,
    trunk: str | None = None,
    role: DnRole = DnRole.RoleDestination,
    state: PartyState = PartyState.Connected,
    agent_id: str | None = None,
) -> PartyView:
    """A party that joined and was connected ``at`` seconds after the start."""
    since = Instant(START + at * SECOND)
    talks = state in {PartyState.Connected, PartyState.Held}
    return PartyView(
        dn=Dn(dn),
        role=role,
        state=state,
        trunk=None if trunk is None else Dn(trunk),
        agent_id=agent_id,
        since=since,
        established_at=since if talks else None,
    )


def call_of(*parties: PartyView, **more: Any) -> CallView:
    values: dict[str, Any] = {
        "conn_id": ConnId(0xC1),
        "call_id": 17,
        "call_uuid": "00TLIBSIM000000000000000000000C1",
        "call_type": CallType.Inbound,
        "ani": CALLER,
        "dnis": "8005551000",
        "user_data": EMPTY_KVLIST,
        "parties": parties,
        "started_at": START,
    }
    return CallView(**(values | more))


def about(kind: type[PartyFact], call: CallView, dn: str, *, outside: bool = False) -> Any:
    """A fact of this kind about the party with this number."""
    side = Side(dn=Dn(dn), role=DnRole.RoleDestination, outside=outside)
    return kind(call=call, side=side)


@dataclass
class Book:
    """Calls as the test wants them; ``recorded`` are DNs and trunks with ``record=true``."""

    recorded: set[str] = field(default_factory=set)
    calls: dict[ConnId, CallView] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)
    video: set[str] = field(default_factory=set)
    media_service: bool = True
    places: dict[str, DnOptions] = field(default_factory=dict)
    afterwards: set[ConnId] = field(default_factory=set)
    link: bool = True

    def place(self, dn: str) -> DnOptions | None:
        return self.places.get(dn)

    def will_record(self, dn: str) -> bool:
        return dn in self.recorded

    def link_up(self) -> bool:
        return self.link

    def recorded_trunks(self) -> tuple[str, ...]:
        return ()

    def locations(self) -> frozenset[str]:
        return frozenset()

    def call(self, conn_id: ConnId) -> CallView | None:
        return self.calls.get(conn_id)

    def records(self, party: PartyView) -> bool:
        return (party.trunk or party.dn) in self.recorded

    def has_video(self, party: PartyView) -> bool:
        return (party.trunk or party.dn) in self.video

    def recordable(self, dn: str) -> bool:
        return dn not in self.services

    def media_services(self) -> tuple[str, ...]:
        return ("msml1",) if self.media_service else ()


class Desk:
    """A desk over a :class:`Book`, for calls with people that come and go."""

    def __init__(self, *recorded: str, **rules: Any) -> None:
        self.now = START
        self.book = Book(recorded=set(recorded))
        self.backend = Backend()
        self.rules = RecordingRules(**({"msml_record_support": True} | rules))
        self.desk = RecordingDesk(
            self.rules, calls=self.book, backend=self.backend, rng=Random(1), sources=silence
        )
        self.told: list[str] = []
        self.facts: list[object] = []

    def call(self, *parties: PartyView, **more: Any) -> CallView:
        """The call has these parties from now on."""
        call = call_of(*parties, **more)
        self.book.calls[call.conn_id] = call
        return call

    def keep(self, steps: Steps) -> Steps:
        self.facts += steps.facts
        for command in steps.commands:
            assert isinstance(command, ChangeUserData)
            self.told += [str(value) for _, value in command.pairs or ()]
        return steps

    def notice(self, fact: object) -> Steps:
        return self.keep(self.desk.notice(fact, self.now))

    def perform(self, command: object) -> Steps:
        return self.keep(self.desk.perform(command, self.now))

    def report(self, report: CaptureReport) -> Steps:
        return self.keep(self.desk.report(report, self.now))

    def run(self) -> SessionId:
        """The backend accepts and starts the last session."""
        session = self.backend.started[-1].session
        for report in ANSWERS["start"](session):
            self.report(report)
        return session

    def trace(self) -> SessionTrace:
        return self.desk.traces()[-1]
