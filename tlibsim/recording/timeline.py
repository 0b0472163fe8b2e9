"""What happened to one recording session, line by line: from facts and reports to notes.

A note keeps what its line needs and no more; it becomes words when somebody reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import (
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    Instant,
    LegChanged,
    LegLost,
    LegView,
    MediaProblem,
    OrderRefused,
    SessionId,
)
from tlibsim.recording import facts

MOST_NOTES = 500
"""How many lines one session has at most; the last of them says that some are left out."""


def session_of(capture: str) -> SessionId:
    """The session of a capture: the second one at another media server is ``NAME.2``."""
    return SessionId(capture.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Note:
    """One line: when, what (a word for programs), its words for people, and whose leg it is.

    Notes are equal when people read the same.
    """

    at: Instant
    what: str
    text: str
    view: LegView | None = field(default=None, compare=False)
    parties: tuple[str, ...] = field(default=(), compare=False)


@dataclass(slots=True, kw_only=True)
class Timeline:
    """The notes of one session; ``client`` is the name of whoever asked for it.

    ``final``: the media service has said its last word.
    """

    conn_id: ConnId
    client: str = ""
    final: bool = False
    notes: list[Note] = field(default_factory=list)

    def add_fact(
        self, at: Instant, fact: Any, client: str = "", parties: tuple[str, ...] = ()
    ) -> None:
        """Note a fact of recording.

        ``client`` is the name of whoever causes it, ``parties`` are those of the session.
        """
        row = _FACTS.get(type(fact))
        if row is None:
            return
        what, words = row
        by = f", in a request of client {client}" if client and what in _ASKED else ""
        present = getattr(fact, "parties", parties)
        note = Note(at, what, words(fact) + by, parties=present)
        if what not in _REPORTED or not self._is_told(note):
            self._add(note)

    def add_report(self, at: Instant, report: Any) -> None:
        """Note a report of the media backend."""
        row = _REPORTS.get(type(report))
        if row is not None:
            what, words = row
            self._add(Note(at, what, words(report), view=getattr(report, "leg", None)))

    def _add(self, note: Note) -> None:
        room = MOST_NOTES - len(self.notes)
        if room > 1 or note.what in _LAST:
            self.notes.append(note)
        elif room == 1:
            self.notes.append(Note(note.at, "cut", "more happened than is kept here"))

    def _is_told(self, note: Note) -> bool:
        """Whether the report that becomes a fact has the same line, at the same moment."""
        for one in reversed(self.notes):
            if one.at != note.at:
                return False
            if one == note:
                return True
        return False


_ASKED = frozenset({"requested", "paused", "resumed", "stopped"})
_REPORTED = frozenset({"leg-lost", "problem"})
"""What a report says in the same words as the fact that it becomes."""

_LAST = frozenset({"stopped", "failed", "ended"})
"""Lines that come at the end of a session, and are kept whatever came before."""

_Row = tuple[str, Callable[[Any], str]]


def _by(fact: facts.RecordingFact) -> str:
    return f" by {fact.asked_by}" if fact.asked_by else ""


def _leg_words(report: LegChanged) -> str:
    view = report.leg
    words = [f"leg {view.key} of {view.dn or '-'}: {view.status.value}"]
    if view.recorder:
        words.append(f"at {view.recorder}")
    if view.code:
        words.append(f"({view.code})")
    if view.cause:
        words.append(f"because {view.cause}")
    return " ".join(words)


_FACTS: Mapping[type, _Row] = MappingProxyType(
    {
        facts.RecordingRequested: (
            "requested",
            lambda fact: f"start ({fact.trigger.value}) of {fact.record_dn}{_by(fact)}",
        ),
        facts.RecordingStarted: (
            "started",
            lambda fact: "recording" + (f" as {fact.file_name}" if fact.file_name else ""),
        ),
        facts.RecordingPaused: ("paused", lambda fact: f"paused{_by(fact)}"),
        facts.RecordingResumed: ("resumed", lambda fact: f"goes on{_by(fact)}"),
        facts.RecordingRevised: (
            "revised",
            lambda fact: f"parties are now {', '.join(fact.parties) or 'nobody'}",
        ),
        facts.RecordingStopped: ("stopped", lambda fact: f"over: {fact.cause}"),
        facts.RecordingFailed: ("failed", lambda fact: f"failed: {fact.cause}"),
        facts.RecordingOrderRefused: (
            "refused",
            lambda fact: f"the media service refused to {fact.order}: {fact.cause}",
        ),
        facts.RecordingLegLost: (
            "leg-lost",
            lambda fact: f"leg {fact.leg} is lost: {fact.cause}",
        ),
        facts.RecordingMoved: (
            "moved",
            lambda fact: (
                f"the media server is lost: set up for {fact.record_dn} at another one"
            ),
        ),
        facts.RecordingProblem: ("problem", lambda fact: f"{fact.kind}: {fact.cause}"),
        facts.RecordingEnded: (
            "ended",
            lambda fact: f"the media service let go, {_files(len(fact.artefacts))}",
        ),
        facts.AlarmRaised: (
            "alarm",
            lambda fact: f"alarm {fact.alarm.value} raised: {fact.detail}",
        ),
        facts.AlarmCleared: ("alarm", lambda fact: f"alarm {fact.alarm.value} cleared"),
    }
)

_REPORTS: Mapping[type, _Row] = MappingProxyType(
    {
        CaptureAccepted: ("accepted", lambda _: "the media server has the session"),
        CaptureStarted: ("taking", lambda _: "sound is being taken"),
        CaptureFailed: ("capture-failed", lambda report: f"the capture failed: {report.cause}"),
        CapturePaused: ("capture-paused", lambda _: "the media server has paused"),
        CaptureResumed: ("capture-resumed", lambda _: "the media server goes on"),
        CaptureRevised: ("capture-revised", lambda _: "the media server has the new parties"),
        OrderRefused: (
            "order-refused",
            lambda report: f"the media server cannot {report.order}: {report.cause}",
        ),
        LegChanged: ("leg", _leg_words),
        LegLost: ("leg-lost", lambda report: f"leg {report.key} is lost: {report.cause}"),
        MediaProblem: ("problem", lambda report: f"{report.kind}: {report.cause}"),
        CaptureEnded: ("capture-ended", lambda _: "the capture is over"),
    }
)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count or 'no'} files"
