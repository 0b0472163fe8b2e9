"""Call detail records of one server: what listens to its journal, and what writes them down."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tlibsim.cdr.findings import Evidence, Finding, finding_of
from tlibsim.cdr.gatherer import Gatherer
from tlibsim.cdr.records import CallRecord, RecordState
from tlibsim.cdr.writer import DetailWriter, WriterSettings
from tlibsim.config import Settings
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.net.clock import SwitchClock
from tlibsim.net.persona import PersonaLink, recorder_state
from tlibsim.net.reactor import DelayedCall, ReactorTime
from tlibsim.recording.desk import RecordingDesk
from tlibsim.recording.exchange import Sent, messages_of
from tlibsim.recording.inspection import Document, Inspector, document_of
from tlibsim.recording.rules import ConfiguredCalls
from tlibsim.recording.trace import SessionTrace
from tlibsim.session.hub import Hub

_LOOK_S = 0.2
"""How long a change of a session may wait until it is stored."""


class Watched(Protocol):
    """What is looked at of a server (:class:`tlibsim.app.Simulator`)."""

    settings: Settings
    journal: Journal
    desk: RecordingDesk
    hub: Hub
    clock: SwitchClock
    persona: PersonaLink | None
    recorded_calls: ConfiguredCalls

    @property
    def reactor(self) -> ReactorTime: ...


class Details:
    """Records and traces of one switch, from the moment at which it is made."""

    def __init__(self, server: Watched) -> None:
        self._server = server
        self._timer: DelayedCall | None = None
        self._stopping = False
        self._settings = settings = server.settings
        self.inspector = _inspector(settings)
        self._run, self._runs = f"{server.clock.now():x}", 0
        self.server_id = secrets.token_hex(8)
        """Tells this server from every other one, and from itself before a restart."""
        self.writer = self._make_writer(self._run)
        self.gatherer = Gatherer(
            run=self._run,
            server=settings.server,
            switch=settings.switch,
            trace=server.desk.trace,
            asking=server.hub.asking,
            judge=lambda record: self.finding_of(record).code,
            sink=self.writer,
        )
        server.journal.listen(self._fact, Kind.FACT)
        server.journal.listen(self._report, Kind.REPORT)
        server.journal.listen(self.gatherer.refusal, Kind.REFUSAL)

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
            most_traces=cdr.max_traces,
            lines_bytes=cdr.json_lines_mb * 1_000_000 if cdr.json_lines else None,
        )
        return DetailWriter(wanted, self.inspector)

    def reconfigure(self, settings: Settings) -> None:
        """What the configuration knows beside the sessions; where records are kept stays."""
        self._settings = settings
        self.inspector = _inspector(settings)
        if self.writer is not None:
            self.writer.inspector = self.inspector

    def begin_run(self) -> None:
        """Identifiers of calls and sessions may come again: records of them are others."""
        self._runs += 1
        self.gatherer.begin_run(f"{self._run}-{self._runs}")

    def open(self) -> None:
        """Begin to write, if records are kept."""
        if self.writer is not None:
            self.writer.open()

    def finish(self) -> None:
        """The server stops: calls and recordings that go on are over as far as records go."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stopping = True
        self.gatherer.finish(self._server.clock.now())

    def close(self) -> None:
        """Write what is left."""
        self.gatherer.let_go()
        if self.writer is not None:
            self.writer.close()

    # -- looking -----------------------------------------------------------------------------

    def documents(self) -> Sequence[Document]:
        """The traces of all sessions that can still be seen, as the store keeps them."""
        return [self._document(trace) for trace in self._server.desk.traces()]

    def _document(self, trace: SessionTrace) -> Document:
        gatherer, settings = self.gatherer, self._settings
        return document_of(
            self.inspector.complete(trace),
            key=f"{gatherer.run}.{trace.session}",
            server=settings.server,
            switch=settings.switch,
            notes=gatherer.timeline(trace.session),
        )

    def messages(self) -> Sequence[Sent]:
        """What was sent in the session begun last, in order."""
        traces = self._server.desk.traces()
        return messages_of(self._document(traces[-1])) if traces else ()

    def finding(self) -> Finding | None:
        """What the newest call says of its recording, else the one that ended last, or None."""
        calls = self.gatherer.calls()
        if not calls:
            return None
        live = [one for one in calls if one.state is RecordState.LIVE]
        newest = max(live, key=lambda one: one.call.conn_id) if live else calls[-1]
        return self.finding_of(newest)

    def finding_of(self, record: CallRecord) -> Finding:
        """The state of one call in the table of RECORDING.md 12.4."""
        evidence = Evidence(
            data=record.call.user_data,
            service=self._has_service(),
            refused=tuple(one.cause for one in record.refusals if one.service == "start"),
            sessions=len(record.recordings),
            recorder=recorder_state(self._server.persona),
        )
        return finding_of(evidence)

    def _has_service(self) -> bool:
        """Whether this switch can record at all."""
        wanted = self._settings.options.msml_record_support
        return wanted and bool(self._server.recorded_calls.media_services())

    # -- listening ---------------------------------------------------------------------------

    def _fact(self, entry: Entry) -> None:
        self.gatherer.fact(entry)
        self._look_later()

    def _report(self, entry: Entry) -> None:
        self.gatherer.report(entry)
        self._look_later()

    def _look_later(self) -> None:
        """Many changes of a session are one look at it."""
        wanted = self.writer is not None and not self._stopping
        if self._timer is None and wanted and self.gatherer.has_changed:
            self._timer = self._server.reactor.callLater(_LOOK_S, self._look)

    def _look(self) -> None:
        self._timer = None
        self.gatherer.take_changed()


def _inspector(settings: Settings) -> Inspector:
    return Inspector(dns=settings.dns, content_type=settings.options.msml_content_type)
