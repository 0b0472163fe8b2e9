"""Makes call detail records out of the facts of the journal: pure, and cheap for each fact.

Live calls are here; a call that is over is handed to ``sink`` and kept among the last ones.
Recording sessions have a time line each, which their trace shows.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol

from tlibproto.messages import RequestPrivateService
from tlibproto.vocabulary import ConnId, PrivateServiceId
from tlibsim.cdr.records import (
    MOST_STEPS,
    CallRecord,
    Outcome,
    PartyRecord,
    Place,
    RecordState,
    Refusal,
    Step,
    party_record,
)
from tlibsim.journal import Entry
from tlibsim.ports.media import Instant, SessionId
from tlibsim.recording.facts import (
    AlarmCleared,
    AlarmRaised,
    RecordingEnded,
    RecordingFact,
    RecordingMoved,
    RecordingRequested,
)
from tlibsim.recording.states import SessionState
from tlibsim.recording.timeline import Note, Timeline, session_of
from tlibsim.recording.trace import SessionTrace
from tlibsim.switch import facts
from tlibsim.switch.facts import (
    CallEnded,
    CallFact,
    CallRestored,
    CallStarted,
    CallView,
    PartyFact,
)

STOPPED = "the server stopped"

LAST_CALLS = 1000
LAST_SESSIONS = 200
"""How many calls and time lines that are over can be looked at without the store."""

_SERVICES = {
    PrivateServiceId.RecordStart: "start",
    PrivateServiceId.RecordStop: "stop",
    PrivateServiceId.RecordPause: "pause",
    PrivateServiceId.RecordResume: "resume",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredSession:
    """A session at one moment: its trace, its time line, and who asked for it."""

    run: str
    trace: SessionTrace
    notes: Sequence[Note]
    client: str
    final: bool

    @property
    def key(self) -> str:
        return f"{self.run}.{self.trace.session}"


class Sink(Protocol):
    """Whoever keeps what was gathered; nothing here waits for it."""

    def call(self, record: CallRecord) -> None: ...
    def session(self, gathered: GatheredSession) -> None: ...


class Gatherer:
    """The records of one switch.

    ``trace`` shows a recording session, ``asking`` names the client whose request is being
    carried out, ``judge`` gives the finding of a call that is over.  ``run`` tells this run of
    the server from all others.
    """

    def __init__(
        self,
        *,
        run: str,
        server: str,
        switch: str,
        trace: Callable[[SessionId], SessionTrace | None],
        asking: Callable[[], str],
        judge: Callable[[CallRecord], str],
        sink: Sink | None = None,
    ) -> None:
        self.run = run
        self._server = server
        self._switch = switch
        self._trace = trace
        self._asking = asking
        self._judge = judge
        self._sink = sink
        self._calls: dict[ConnId, CallRecord] = {}
        self._last: deque[CallRecord] = deque(maxlen=LAST_CALLS)
        self._timelines: dict[SessionId, Timeline] = {}
        self._finished: dict[SessionId, Timeline] = {}
        self._changed: dict[SessionId, None] = {}
        self._stopped_at: Instant | None = None

    # -- looking ---------------------------------------------------------------------------

    def calls(self) -> Sequence[CallRecord]:
        """The last calls that are over, then those that go on."""
        return (*self._last, *self._calls.values())

    def call(self, conn_id: ConnId) -> CallRecord | None:
        """A call that goes on, or one of the last that are over."""
        found = self._calls.get(conn_id)
        if found is not None:
            return found
        return next((one for one in reversed(self._last) if one.call.conn_id == conn_id), None)

    def timeline(self, session: SessionId) -> Sequence[Note]:
        """What happened to a session that goes on, or to one of the last, in order."""
        timeline = self._timelines.get(session) or self._finished.get(session)
        return () if timeline is None else tuple(timeline.notes)

    # -- listening -------------------------------------------------------------------------

    def fact(self, entry: Entry) -> None:
        """Take a fact of the journal."""
        subject = entry.subject
        function = _FACTS.get(type(subject))
        if function is not None:
            function(self, subject, entry.at)
        elif isinstance(subject, RecordingFact):
            self._recording(subject, entry.at)

    def report(self, entry: Entry) -> None:
        """Take a report of the media backend: a line of the session that it is about."""
        capture = getattr(entry.subject, "session", None)
        if capture is None:
            return
        session = session_of(capture)
        timeline = self._timelines.get(session)
        if timeline is not None:
            timeline.add_report(entry.at, entry.subject)
            self._changed[session] = None

    def refusal(self, entry: Entry) -> None:
        """Take a refused request: one about recording belongs into the call's record."""
        request = entry.subject
        if type(request) is not RequestPrivateService or request.conn_id is None:
            return
        service = _SERVICES.get(request.private_msg_id)  # type: ignore[call-overload]
        record = self._calls.get(request.conn_id)
        if service is None or record is None or len(record.refusals) >= MOST_STEPS:
            return
        record.refusals.append(
            Refusal(
                at=entry.at,
                service=service,
                dn=request.this_dn or "",
                client=self._asking(),
                cause=entry.detail,
            )
        )

    @property
    def has_changed(self) -> bool:
        """Whether :meth:`take_changed` has something to do."""
        return bool(self._changed)

    def take_changed(self) -> None:
        """Hand the sessions that have changed since the last time to the sink."""
        changed, self._changed = self._changed, {}
        for session in changed:
            self._hand_over(session)

    def finish(self, now: Instant) -> None:
        """The server stops: what goes on ends here; files of recordings may still come."""
        self._stopped_at = now
        for record in tuple(self._calls.values()):
            record.cause = record.cause or STOPPED
            self._close(record, now)
        self._calls.clear()
        self._changed |= dict.fromkeys(self._timelines)
        self.take_changed()

    def let_go(self) -> None:
        """Nothing more will come: sessions that have no end yet are handed over as they are."""
        for timeline in self._timelines.values():
            timeline.final = True
        self._changed |= dict.fromkeys(self._timelines)
        self.take_changed()

    # -- calls -----------------------------------------------------------------------------

    def _call_started(self, fact: CallStarted, _: Instant) -> None:
        self._calls[fact.call.conn_id] = CallRecord(
            run=self.run, server=self._server, switch=self._switch, call=fact.call
        )

    def _call_restored(self, fact: CallRestored, at: Instant) -> None:
        """A call of a snapshot: its record begins with the people who are on it."""
        call = fact.call
        record = CallRecord(run=self.run, server=self._server, switch=self._switch, call=call)
        answers = [one.established_at for one in call.parties if one.established_at is not None]
        if answers:
            record.answered_at, record.outcome = min(answers), Outcome.ANSWERED
        self._calls[call.conn_id] = record
        _follow(record, call, at)

    def begin_run(self, run: str) -> None:
        """From now on records are of another run: identifiers of calls may come again."""
        self.take_changed()
        self.run = run

    def _call_changed(self, fact: CallFact, at: Instant) -> None:
        record = self._calls.get(fact.call.conn_id)
        if record is not None:
            _follow(record, fact.call, at)
            record.call = fact.call

    def _party(self, fact: PartyFact, at: Instant) -> CallRecord | None:
        call = fact.call
        record = self._calls.get(call.conn_id)
        if record is None:
            return None
        if call.parties is not record.call.parties or not record.parties:
            _follow(record, call, at)
        record.call = call
        side, third = fact.side, fact.third
        if len(record.steps) < MOST_STEPS:
            other = side.other_dn if third is None else third.dn
            record.steps.append(Step(at, _WORDS[type(fact)], side.dn, other))
        if fact.cause is not None:
            record.cause = fact.cause.name
        return record

    def _established(self, fact: PartyFact, at: Instant) -> None:
        record = self._party(fact, at)
        if record is None or record.answered_at is not None:
            return
        record.answered_at, record.outcome = at, Outcome.ANSWERED
        if self._sink is not None:
            self._sink.call(record.snapshot())

    def _left(self, fact: PartyFact, at: Instant) -> None:
        record = self._party(fact, at)
        if record is None:
            return
        word = _WORDS[type(fact)]
        party = _last_of(record, fact.side.dn)
        if party is not None:
            party.left_at = party.left_at or at
            party.how = party.how or word
        if record.answered_at is None and type(fact) in _OUTCOMES:
            record.outcome = _OUTCOMES[type(fact)]

    def _call_ended(self, fact: CallEnded, at: Instant) -> None:
        record = self._calls.pop(fact.call.conn_id, None)
        if record is None:
            return
        record.call = fact.call
        if fact.merged_into is not None:
            record.merged_into, record.outcome = fact.merged_into.conn_id, Outcome.MERGED
        self._close(record, at)

    def _close(self, record: CallRecord, at: Instant) -> None:
        for party in record.parties:
            party.left_at = party.left_at or at
        record.ended_at, record.state = at, RecordState.ENDED
        record.finding = self._judge(record)
        self._last.append(record)
        if self._sink is not None:
            self._sink.call(record)

    # -- recordings ------------------------------------------------------------------------

    def _recording(self, fact: RecordingFact, at: Instant) -> None:
        timeline = self._timelines.get(fact.session)
        if timeline is None:
            timeline = self._timelines[fact.session] = Timeline(conn_id=fact.conn_id)
        parties: tuple[str, ...] = ()
        if isinstance(fact, RecordingRequested):
            trace = self._trace(fact.session)
            parties = () if trace is None else trace.parties
            timeline.client = self._asking() if fact.asked_by is not None else ""
        if isinstance(fact, RecordingRequested | RecordingMoved):
            record = self._calls.get(fact.conn_id)
            if record is not None and fact.session not in record.recordings:
                record.recordings.append(fact.session)
        timeline.add_fact(at, fact, self._asking(), parties)
        self._changed[fact.session] = None
        if isinstance(fact, RecordingEnded):
            timeline.final = True

    def _alarm(self, fact: AlarmRaised | AlarmCleared, at: Instant) -> None:
        for session, timeline in self._timelines.items():
            if timeline.conn_id == fact.conn_id:
                timeline.add_fact(at, fact)
                self._changed[session] = None

    def _hand_over(self, session: SessionId) -> None:
        timeline, trace = self._timelines.get(session), self._trace(session)
        if timeline is None:
            return
        if timeline.final:
            self._finished[session] = self._timelines.pop(session)
            if len(self._finished) > LAST_SESSIONS:
                del self._finished[next(iter(self._finished))]
        if trace is None or self._sink is None:
            return
        if self._stopped_at is not None:
            trace = _stopped(trace, self._stopped_at)
        self._sink.session(
            GatheredSession(
                run=self.run,
                trace=trace,
                notes=tuple(timeline.notes),
                client=timeline.client,
                final=timeline.final,
            )
        )


def _stopped(trace: SessionTrace, at: Instant) -> SessionTrace:
    """A session that went on when the server stopped did not fail: it ended with it."""
    if trace.ended_at is not None and trace.ended_at < at:
        return trace
    return replace(trace, state=SessionState.ENDED, cause=STOPPED, ended_at=at)


def _follow(record: CallRecord, call: CallView, at: Instant) -> None:
    """Keep the parties of a record in step with those of the call."""
    before = record.present
    present: dict[Place, PartyRecord] = {}
    for party in call.parties:
        place: Place = (party.dn, party.trunk, party.since)
        one = before.get(place)
        if one is None:
            one = party_record(party)
            record.parties.append(one)
        one.answered_at = party.established_at
        if party.agent_id:
            one.agent = party.agent_id
        present[place] = one
    if len(present) < len(before) or present.keys() != before.keys():
        for place, one in before.items():
            if place not in present and one.left_at is None:
                one.left_at = at
    record.present = present


def _last_of(record: CallRecord, dn: str) -> PartyRecord | None:
    return next((one for one in reversed(record.parties) if one.dn == dn), None)


_WORDS: Mapping[type, str] = MappingProxyType(
    {
        facts.PartyDialing: "dialing",
        facts.ConsultationDialing: "consulting",
        facts.PartyNetworkReached: "network reached",
        facts.PartyRinging: "ringing",
        facts.PartyEstablished: "established",
        facts.PartyHeld: "held",
        facts.PartyRetrieved: "retrieved",
        facts.PartyQueued: "queued",
        facts.PartyDiverted: "diverted",
        facts.RouteRequested: "route requested",
        facts.RouteUsed: "routed",
        facts.TreatmentApplied: "treatment applied",
        facts.TreatmentEnded: "treatment ended",
        facts.PartyChanged: "moved",
        facts.PartyAdded: "party added",
        facts.PartyDeleted: "party deleted",
        facts.PartyMuted: "muted",
        facts.PartyUnmuted: "unmuted",
        facts.DtmfSent: "digits sent",
        facts.PartyDestinationBusy: "busy",
        facts.PartyAbandoned: "abandoned",
        facts.PartyReleased: "released",
    }
)
_OUTCOMES: Mapping[type, Outcome] = MappingProxyType(
    {facts.PartyDestinationBusy: Outcome.BUSY, facts.PartyAbandoned: Outcome.ABANDONED}
)
_LEAVING = (facts.PartyReleased, facts.PartyAbandoned, facts.PartyDestinationBusy)

_FACTS: Mapping[type, Callable[[Gatherer, Any, Instant], object]] = MappingProxyType(
    {
        **dict.fromkeys(_WORDS, Gatherer._party),
        **dict.fromkeys(_LEAVING, Gatherer._left),
        facts.PartyEstablished: Gatherer._established,
        facts.CallStarted: Gatherer._call_started,
        facts.CallRestored: Gatherer._call_restored,
        facts.CallEnded: Gatherer._call_ended,
        facts.UserDataChanged: Gatherer._call_changed,
        facts.CallInfoChanged: Gatherer._call_changed,
        AlarmRaised: Gatherer._alarm,
        AlarmCleared: Gatherer._alarm,
    }
)
