"""Profile ``sfb``: T-Server for Skype for Business with remote recording (RECORDING.md 9).

One mixed stream of the whole call, sent to a number of a pool; nothing but user data shows it.
"""

# ruff: noqa: ARG002  a profile need not look at everything that it is given

from collections.abc import Callable, Container
from dataclasses import replace

from tlibproto.vocabulary import CallType
from tlibsim.ports.media import CaptureFailed
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.facts import Trigger
from tlibsim.recording.legs import LegSubject
from tlibsim.recording.policy import (
    PartyKey,
    Target,
    connected_with,
    first_of,
    is_consultation,
    key_of,
    talking,
)
from tlibsim.recording.ports import PortPool
from tlibsim.recording.profiles import Fate, Leaving
from tlibsim.recording.rules import CallsView, RulesInForce
from tlibsim.recording.session import Session
from tlibsim.switch.facts import CallView, PartyView, Side
from tlibsim.switch.refusals import Reason, RequestRefused

_LEAST = 2
_MICROSECONDS = 1_000_000


class SkypeForBusiness:
    """A :class:`tlibsim.recording.profiles.Profile`."""

    mixed = True

    def __init__(self, rules: RulesInForce, calls: CallsView) -> None:
        self._rules = rules
        self._remote = rules.value.remote
        self._calls = calls
        self._ports = PortPool(rules.value.remote.uri_pattern)
        self.pauses_on_hold = not rules.value.remote.record_moh

    @property
    def ports(self) -> PortPool:
        return self._ports

    def remarks(self) -> tuple[str, ...]:
        """Trunks and Business Continuity (RECORDING.md 12.1, F05 and F23)."""
        trunks = [
            f"record=true on trunk {dn} is ignored" for dn in self._calls.recorded_trunks()
        ]
        continuity = (
            ""
            if self._rules.value.dr_forward == "off"
            else "Business Continuity: not supported"
        )
        return tuple(text for text in (*trunks, continuity, self._ports.problem) if text)

    def check_start(self, call: CallView, command: StartRecording) -> None:
        """No consultations, no emergencies, no control of what is at another site."""
        if self.consults(call):
            raise RequestRefused(Reason.UNSUPPORTED, "consultations are not recorded")
        if command.emergency:
            raise RequestRefused(Reason.UNSUPPORTED, "there is no emergency recording")
        self.check_control(call)

    def check_control(self, call: CallView) -> None:
        """Multi-site control is not supported (RECORDING.md 9, 12)."""
        if call.links:
            raise RequestRefused(Reason.UNSUPPORTED, "the call is at another site")

    def consults(self, call: CallView) -> bool:
        return is_consultation(call)

    def may_have_another(self) -> bool:
        """A second session is never made, whatever the reason (RECORDING.md 3.4)."""
        return False

    def full_time(
        self,
        call: CallView,
        side: Side,
        entered: Container[PartyKey],
        quiet: Container[PartyKey],
    ) -> Target | None:
        """Not for calls that were dialed directly to somebody outside."""
        if self.consults(call) or call.call_type is CallType.Outbound:
            return None
        if len(talking(call)) < _LEAST:
            return None
        wanted = [
            party
            for party in connected_with(talking(call), call, side)
            if key_of(party) not in quiet and self.is_set(party, entered)
        ]
        return first_of(wanted, call)

    def is_set(self, party: PartyView, entered: Container[PartyKey]) -> bool:
        """A trunk is not recorded; whoever came over a routing point may be."""
        return key_of(party) in entered or (not party.outside and self._calls.records(party))

    def stays(self, session: Session, call: CallView) -> bool:
        """As long as two are talking, whoever they are."""
        return len(talking(call)) >= _LEAST

    def fate(
        self,
        session: Session,
        call: CallView,
        leaving: Leaving,
        set_for_recording: Callable[[PartyView], bool],
    ) -> Fate:
        return Fate(cause="fewer than two parties are left")

    def file_pattern(self, trigger: Trigger) -> str:
        return self._remote.recording_filename or self._rules.value.recording_filename

    def take_port(self) -> str:
        port = self._ports.take()
        if not port:
            detail = self._ports.problem or "every recording port is taken"
            raise RequestRefused(Reason.RESOURCE_UNAVAILABLE, detail)
        return port

    def give_back(self, port: str) -> None:
        self._ports.give_back(port)

    def port_is_free(self, port: str) -> bool:
        return self._ports.is_free(port)

    def address(self) -> str:
        return self._ports.address()

    def retry_after(self, session: Session, report: CaptureFailed) -> int | None:
        """``reestablish-recording-tout`` after the leg dropped, with a new number."""
        return round(self._remote.reestablish_recording_tout * _MICROSECONDS)

    def subject(self, subject: LegSubject, port: str) -> LegSubject:
        return replace(subject, mixed=True, port=port)
