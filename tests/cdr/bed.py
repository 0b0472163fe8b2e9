"""Facts of calls made by hand and by a switch, a gatherer that hears them, and what it tells."""

from typing import Any

from tests.recording.studio import START, Studio
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.cdr.gatherer import GatheredSession, Gatherer
from tlibsim.cdr.records import CallRecord
from tlibsim.journal import Entry, Kind
from tlibsim.ports.media import CaptureReport, Instant
from tlibsim.switch.commands import FarRelease, ReleaseCall

RUN = "5e"
SECOND = 1_000_000


class Shelf:
    """Keeps what the gatherer hands over."""

    def __init__(self) -> None:
        self.calls: list[CallRecord] = []
        self.sessions: list[GatheredSession] = []

    def call(self, record: CallRecord) -> None:
        self.calls.append(record)

    def session(self, gathered: GatheredSession) -> None:
        self.sessions.append(gathered)


class Newsroom(Studio):
    """A studio whose facts and reports a gatherer hears, as the journal hands them on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.asking = ""
        self.shelf = Shelf()
        self.gatherer = Gatherer(
            run=RUN,
            server="Lab",
            switch="lab_switch",
            trace=self.desk.trace,
            asking=lambda: self.asking,
            judge=lambda record: "on" if record.recordings else "T02",
            sink=self.shelf,
        )
        self._told = 0

    def work_off(self, steps: Any) -> None:
        super().work_off(steps)
        for fact in self.facts[self._told :]:
            self.gatherer.fact(self._entry(Kind.FACT, fact))
        self._told = len(self.facts)
        self.gatherer.take_changed()

    def report(self, report: CaptureReport) -> None:
        self.gatherer.report(self._entry(Kind.REPORT, report))
        super().report(report)

    def refuse(self, request: object, cause: str) -> None:
        self.gatherer.refusal(self._entry(Kind.REFUSAL, request, cause))

    def _entry(self, kind: Kind, subject: object, detail: str = "") -> Entry:
        return Entry(0, self.now, kind, 0, subject, detail)

    def later(self, seconds: float) -> None:
        self.now = Instant(self.now + round(seconds * SECOND))

    def hang_up(self, conn_id: ConnId, dn: str = "7001") -> None:
        self.do(ReleaseCall(dn=Dn(dn), conn_id=conn_id))

    def far_hangs_up(self, conn_id: ConnId) -> None:
        self.do(FarRelease(conn_id=conn_id))

    @property
    def last(self) -> CallRecord:
        return self.shelf.calls[-1]


__all__ = ["RUN", "SECOND", "START", "Newsroom", "Shelf"]
