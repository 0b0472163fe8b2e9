"""The policies of recording: what products decide differently, behind one interface.

A profile decides; it changes no session and gives no order.  ``desk`` and ``follower`` ask it.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Protocol

from tlibsim.ports.media import CaptureFailed
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.facts import Trigger
from tlibsim.recording.legs import LegSubject
from tlibsim.recording.policy import PartyKey, Target
from tlibsim.recording.ports import PortPool
from tlibsim.recording.session import Session
from tlibsim.switch.facts import CallView, PartyView, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """How the recorded party left: by a transfer, and whom to (empty: a party that is there)."""

    transferred: bool = False
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a session whose recorded party has left.

    ``target`` goes on in it; ``waits`` until whom the call was sent to answers; else it ends,
    for ``cause``, and ``then`` is recorded anew.
    """

    target: Target | None = None
    waits: bool = False
    cause: str = ""
    then: Target | None = None


class Profile(Protocol):
    """What a product decides."""

    mixed: bool
    """One stream with everybody in it, and a file with one channel."""

    @property
    def ports(self) -> PortPool | None:
        """The numbers that legs have; None for a product without."""

    @property
    def pauses_on_hold(self) -> bool: ...

    def remarks(self) -> tuple[str, ...]:
        """What is configured that this product ignores."""

    def check_start(self, call: CallView, command: StartRecording) -> None:
        """Raises RequestRefused(UNSUPPORTED) for what the product cannot record."""

    def check_control(self, call: CallView) -> None:
        """Raises RequestRefused(UNSUPPORTED) for a call that it cannot control."""

    def consults(self, call: CallView) -> bool:
        """Whether this is a consultation that is not recorded."""

    def may_have_another(self) -> bool:
        """Whether a call may have several sessions (option ``allow-multiple-sessions``)."""

    def full_time(
        self,
        call: CallView,
        side: Side,
        entered: Container[PartyKey],
        quiet: Container[PartyKey],
    ) -> Target | None:
        """Whom the configuration wants recorded, of those who are connected with ``side``."""

    def is_set(self, party: PartyView, entered: Container[PartyKey]) -> bool:
        """Whether the party is set for recording at all times (RECORDING.md 7, R2)."""

    def stays(self, session: Session, call: CallView) -> bool:
        """Whether the session goes on as it is with these people."""

    def fate(
        self,
        session: Session,
        call: CallView,
        leaving: Leaving,
        set_for_recording: Callable[[PartyView], bool],
    ) -> Fate:
        """What becomes of a session that does not stay."""

    def file_pattern(self, trigger: Trigger) -> str:
        """The pattern of file names; empty: none."""

    def take_port(self) -> str:
        """A number for a leg, empty for a product without; raises RESOURCE_UNAVAILABLE."""

    def give_back(self, port: str) -> None:
        """The leg with this number is gone."""

    def port_is_free(self, port: str) -> bool:
        """Whether such a number may be taken now."""

    def address(self) -> str:
        """Where legs with numbers lead; empty: to recorders."""

    def retry_after(self, session: Session, report: CaptureFailed) -> int | None:
        """Microseconds until a capture that broke off is set up again; None: it is not."""

    def subject(self, subject: LegSubject, port: str) -> LegSubject:
        """The subject of the legs as this product has it."""
