"""One turn of the recording desk: what comes in with it, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import Instant
from tlibsim.recording.commands import ClientCommand
from tlibsim.recording.facts import RecordingFact
from tlibsim.recording.session import CallRecording, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What came of a turn: facts in their order, then commands for the switch or the desk."""

    facts: Sequence[object] = ()
    commands: Sequence[object] = ()


NOTHING = Steps()


@dataclass(slots=True)
class Turn:
    """The time, the command behind the turn if there is one, and what came of it so far.

    ``touched`` are the calls whose GSIP_RECORD may have to change, ``names`` the file names to
    be told with it as pairs of user data, ``after`` what is to be done when that is told.
    """

    now: Instant
    command: ClientCommand | None = None
    facts: list[object] = field(default_factory=list)
    touched: dict[ConnId, CallRecording] = field(default_factory=dict)
    names: dict[ConnId, tuple[str, str]] = field(default_factory=dict)
    after: list[object] = field(default_factory=list)

    def tell(self, kind: type[RecordingFact], session: Session, /, **more: Any) -> None:
        """Note a fact about a session; nobody knows of one that is hidden."""
        if session.hidden:
            return
        command = self.command
        self.facts.append(
            kind(
                session=session.id,
                record_id=session.record_id,
                conn_id=session.conn_id,
                record_dn=session.record_dn,
                trigger=session.trigger,
                asked_by=session.asked_by if command is None else command.dn,
                because=None if command is None else command.because,
                **more,
            )
        )
