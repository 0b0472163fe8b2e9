"""Call detail records of one server: what listens to its journal, and what writes them down."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tlibsim.cdr.findings import Evidence, Finding, finding_of
from tlibsim.cdr.gatherer import Gatherer
from tlibsim.cdr.records import CallRecord
from tlibsim.cdr.writer import DetailWriter, WriterSettings
from tlibsim.config import Settings
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.persona.case import Recorder
from tlibsim.ports.media import Instant, SessionId
from tlibsim.recording.inspection import Document, Inspector, document_of
from tlibsim.recording.trace import SessionTrace

Later = Callable[[Callable[[], None]], None]
"""Runs a function on a later turn of the same thread."""


class Details:
    """Records and traces of one switch.

    ``began_at`` tells this run from others.  ``trace`` shows one recording session, ``traces``
    all of them, ``asking`` names the client whose request is carried out, ``service`` says
    whether this switch can record at all, ``recorder`` what is known of the recorder's client.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        began_at: Instant,
        journal: Journal,
        trace: Callable[[SessionId], SessionTrace | None],
        traces: Callable[[], Sequence[SessionTrace]],
        asking: Callable[[], str],
        service: Callable[[], bool],
        recorder: Callable[[], Recorder],
        later: Later,
    ) -> None:
        self._settings = settings
        self._traces = traces
        self._service = service
        self._recorder = recorder
        self._later = later
        self._asked = False
        self.inspector = Inspector(
            dns=settings.dns, content_type=settings.options.msml_content_type
        )
        run = f"{began_at:x}"
        self.writer = self._make_writer(run)
        self.gatherer = Gatherer(
            run=run,
            server=settings.server,
            switch=settings.switch,
            trace=trace,
            asking=asking,
            judge=lambda record: self.finding_of(record).code,
            sink=self.writer,
        )
        journal.listen(self._fact, Kind.FACT)
        journal.listen(self._report, Kind.REPORT)
        journal.listen(self.gatherer.refusal, Kind.REFUSAL)

    def _make_writer(self, run: str) -> DetailWriter | None:
        settings = self._settings
        cdr = settings.cdr
        if not cdr.enabled or settings.recordings.backend == "null":
            return None
        wanted = WriterSettings(
            directory=Path(settings.recordings.directory),
            run=run,
            server=settings.server,
            switch=settings.switch,
            most_records=cdr.max_records,
            lines_bytes=cdr.json_lines_mb * 1_000_000 if cdr.json_lines else None,
        )
        return DetailWriter(wanted, self.inspector)

    def open(self) -> None:
        """Begin to write, if records are kept."""
        if self.writer is not None:
            self.writer.open()

    def close(self) -> None:
        """Write what is left."""
        self.gatherer.take_changed()
        if self.writer is not None:
            self.writer.close()

    # -- looking -----------------------------------------------------------------------------

    def documents(self) -> Sequence[Document]:
        """The traces of all sessions that can still be seen, as the store keeps them."""
        return [self._document(trace) for trace in self._traces()]

    def _document(self, trace: SessionTrace) -> Document:
        gatherer, settings = self.gatherer, self._settings
        return document_of(
            self.inspector.complete(trace),
            key=f"{gatherer.run}.{trace.session}",
            server=settings.server,
            switch=settings.switch,
            notes=gatherer.timeline(trace.session),
        )

    def finding(self) -> Finding | None:
        """What the newest call says of its recording; None when there was no call."""
        calls = self.gatherer.calls()
        if not calls:
            return None
        return self.finding_of(max(calls, key=lambda one: one.call.conn_id))

    def finding_of(self, record: CallRecord) -> Finding:
        """The state of one call in the table of RECORDING.md 12.4."""
        evidence = Evidence(
            data=record.call.user_data,
            service=self._service(),
            refused=tuple(one.cause for one in record.refusals if one.service == "start"),
            sessions=len(record.recordings),
            recorder=self._recorder(),
        )
        return finding_of(evidence)

    # -- listening ---------------------------------------------------------------------------

    def _fact(self, entry: Entry) -> None:
        self.gatherer.fact(entry)
        self._look_later()

    def _report(self, entry: Entry) -> None:
        self.gatherer.report(entry)
        self._look_later()

    def _look_later(self) -> None:
        """Sessions are looked at when the turn is over, and their state is that of its end."""
        if self.gatherer.has_changed and not self._asked:
            self._asked = True
            self._later(self._look)

    def _look(self) -> None:
        self._asked = False
        self.gatherer.take_changed()
