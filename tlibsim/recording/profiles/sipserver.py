"""Profile ``sip-server``: SIP Server with Media Server (RECORDING.md 3 to 8)."""

# ruff: noqa: ARG002  a profile need not look at everything that it is given

from collections.abc import Callable, Container

from tlibproto.vocabulary import DnRole
from tlibsim.ports.media import CaptureFailed
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.facts import Trigger
from tlibsim.recording.legs import LegSubject
from tlibsim.recording.policy import (
    PartyKey,
    Target,
    connected_since,
    connected_with,
    first_of,
    is_consultation,
    key_of,
    longest_of,
    opposite,
    talking,
)
from tlibsim.recording.profiles import Fate, Leaving
from tlibsim.recording.rules import CallsView, RulesInForce
from tlibsim.recording.session import Session
from tlibsim.switch.facts import CallView, PartyView, Side
from tlibsim.switch.refusals import Reason, RequestRefused


class SipServer:
    """A :class:`tlibsim.recording.profiles.Profile`."""

    mixed = False
    ports = None

    def __init__(self, rules: RulesInForce, calls: CallsView) -> None:
        self._rules = rules
        self._calls = calls

    @property
    def pauses_on_hold(self) -> bool:
        return not self._rules.value.record_moh

    def remarks(self) -> tuple[str, ...]:
        return ()

    def check_start(self, call: CallView, command: StartRecording) -> None:
        """Consultations are recorded only if ``record-consult-calls`` says so."""
        if self.consults(call):
            raise RequestRefused(Reason.UNSUPPORTED, "consultations are not recorded")

    def check_control(self, call: CallView) -> None:
        """Every call can be controlled, wherever it leads."""

    def consults(self, call: CallView) -> bool:
        return is_consultation(call) and not self._rules.value.record_consult_calls

    def may_have_another(self) -> bool:
        return self._rules.value.allow_multiple_sessions

    def full_time(
        self,
        call: CallView,
        side: Side,
        entered: Container[PartyKey],
        quiet: Container[PartyKey],
    ) -> Target | None:
        """Of several the trunk goes first, then who joined first (RECORDING.md 3.1).

        Whoever is consulted is not recorded in the consultation (3.5).
        """
        wanted = [party for party in talking(call) if self.is_set(party, entered)]
        if not wanted or self.consults(call):
            return None
        consultation = is_consultation(call)
        wanted = [
            party
            for party in connected_with(wanted, call, side)
            if key_of(party) not in quiet and not (consultation and _is_consulted(party))
        ]
        return first_of(wanted, call)

    def is_set(self, party: PartyView, entered: Container[PartyKey]) -> bool:
        return self._calls.records(party) or key_of(party) in entered

    def stays(self, session: Session, call: CallView) -> bool:
        """Rule R1: a session is sticky to the recorded party."""
        return any(key_of(party) == session.record for party in call.parties)

    def fate(
        self,
        session: Session,
        call: CallView,
        leaving: Leaving,
        set_for_recording: Callable[[PartyView], bool],
    ) -> Fate:
        """Rule R2, and what a transfer by the recorded party means (RECORDING.md 7)."""
        cause = f"{session.record_dn} has left the call"
        wanted = [party for party in talking(call) if set_for_recording(party)]
        target = longest_of(wanted, call)
        if target is not None:
            if self._rules.value.on_recorddn_leave == "continue":
                return Fate(target=target)
            return Fate(cause=cause, then=target)
        keeps = self._keeps(session, leaving)
        if leaving.transferred and leaving.to and not self._is_there(call, leaving.to):
            if keeps or self._calls.will_record(leaving.to):
                return Fate(waits=True)
        elif keeps and leaving.transferred:
            return Fate(target=_newest(call), cause=cause)
        return Fate(cause=cause)

    def _keeps(self, session: Session, leaving: Leaving) -> bool:
        terminating = session.record_role is not DnRole.RoleOrigination
        keep = self._rules.value.termination_side_transfer == "keep"
        return keep and terminating and leaving.transferred

    @staticmethod
    def _is_there(call: CallView, dn: str) -> bool:
        return any(party.dn == dn for party in talking(call))

    def file_pattern(self, trigger: Trigger) -> str:
        """An emergency has a pattern of its own, if one is set (RECORDING.md 3.6)."""
        own = self._rules.value.emergency_recording_filename
        return (
            own
            if own and trigger is Trigger.EMERGENCY
            else self._rules.value.recording_filename
        )

    def take_port(self) -> str:
        return ""

    def give_back(self, port: str) -> None:
        """There are no numbers to give back."""

    def port_is_free(self, port: str) -> bool:
        return False

    def address(self) -> str:
        return ""

    def retry_after(self, session: Session, report: CaptureFailed) -> int | None:
        """What can be set up elsewhere is, at once: the media server was lost."""
        return 0 if report.retryable else None

    def subject(self, subject: LegSubject, port: str) -> LegSubject:
        return subject


def _is_consulted(party: PartyView) -> bool:
    return not party.outside and party.role is not DnRole.RoleOrigination


def _newest(call: CallView) -> Target | None:
    """Whoever came last: the party that a call was transferred to."""
    parties = talking(call)
    inside = [party for party in parties if not party.outside] or list(parties)
    if not inside:
        return None
    chosen = max(inside, key=connected_since)
    return Target(record=chosen, other=opposite(chosen, parties))
