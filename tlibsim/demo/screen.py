"""The screen of the demo: a line for each thing that happened, made from the journal.

What is printed is what the switch did; nothing here knows what the traffic was meant to do.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TextIO

from tlibproto.vocabulary import CallState, ConnId, KVList
from tlibsim.config import DnType, Settings
from tlibsim.demo.words import clock, pairs, place, printable, seconds
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.ports.media import Instant
from tlibsim.recording.facts import AlarmCleared, AlarmRaised, RecordingEnded, RecordingFailed
from tlibsim.router import RuleApplied
from tlibsim.session.projection import PROJECTIONS
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import (
    AgentLoggedIn,
    AgentLoggedOut,
    CallEnded,
    CallStarted,
    DtmfSent,
    PartyDialing,
    PartyDiverted,
    PartyEstablished,
    PartyFact,
    PartyQueued,
    PartyRinging,
    RouteRequested,
    RouteUsed,
    TreatmentApplied,
    TreatmentEnded,
    UserDataChanged,
)

_WHO_WIDTH = 18
_EVENT_WIDTH = 16
_MOST_CALLS_KNOWN = 1000
_CLOSE_ENOUGH_US = 250_000


class Screen:
    """Writes to a stream; one that is closed, as by ``| head``, is left alone."""

    def __init__(
        self,
        stream: TextIO,
        settings: Settings,
        *,
        device: Callable[[str], Device | None],
        closed: Callable[[], None],
    ) -> None:
        """``device`` finds a DN as it is now, ``closed`` is called when nobody reads any more."""
        self._device = device
        self._stream = stream
        self._settings = settings
        self._closed = closed
        self._is_closed = False
        self._numbers: OrderedDict[ConnId, int] = OrderedDict()
        self._data: dict[ConnId, KVList] = {}
        self._logins = {one.dn: login for login, one in settings.agents.items() if one.dn}
        self.recordings = 0

    def follow(self, journal: Journal) -> None:
        """Print what comes into the journal from now on."""
        journal.listen(self._fact, Kind.FACT)
        for kind, line in _EDGE_LINES.items():
            journal.listen(self._edge(line), kind)

    def write(self, text: str = "") -> None:
        """Print a line, or several."""
        if self._is_closed:
            return
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._is_closed = True
            _let_go(self._stream)
            self._closed()

    def _line(self, at: Instant, conn_id: ConnId, *words: str) -> None:
        number = self._numbers.get(conn_id)
        call = "call ?" if number is None else f"call {number}"
        self.write("  ".join((clock(at), call, *(word for word in words if word))).rstrip())

    def _edge(self, line: Callable[[Entry], str]) -> Callable[[Entry], None]:
        return lambda entry: self.write(f"{clock(entry.at)}  {printable(line(entry))}")

    def _fact(self, entry: Entry) -> None:
        fact = entry.subject
        line = FACT_LINES.get(type(fact))
        if line is not None:
            line(self, entry.at, fact)
        elif isinstance(fact, PartyFact):
            self._party(entry.at, fact)

    # -- calls -------------------------------------------------------------------------------

    def _started(self, _at: Instant, fact: CallStarted) -> None:
        self._numbers[fact.call.conn_id] = fact.call.call_id
        self._data[fact.call.conn_id] = fact.call.user_data
        while len(self._numbers) > _MOST_CALLS_KNOWN:
            self._numbers.popitem(last=False)

    def _ended(self, _at: Instant, fact: CallEnded) -> None:
        self._data.pop(fact.call.conn_id, None)

    def _party(self, at: Instant, fact: PartyFact) -> None:
        """One line for the event that a client on the DN of the party gets."""
        if self._goes_without_saying(fact):
            return
        row = PROJECTIONS.get(type(fact))
        for dn in () if row is None else row.recipients(fact):
            event = row.event.__name__ if row else ""
            words = [word for make in _DETAILS if (word := make(self, fact))]
            if words:
                event = event.ljust(_EVENT_WIDTH)
            who = printable(self._who(fact, dn)).ljust(_WHO_WIDTH)
            self._line(at, fact.call.conn_id, who, event, *words)

    def _goes_without_saying(self, fact: PartyFact) -> bool:
        """What the line before, or the one after, tells as well."""
        if isinstance(fact, PartyQueued):
            one = self._settings.dns.get(fact.side.dn)
            return one is not None and one.type is not DnType.QUEUE
        return isinstance(fact, PartyDiverted | RouteUsed)

    def _who(self, fact: PartyFact, dn: str) -> str:
        """``8001 -> 7001 alice`` for a call that comes, ``7001 alice`` for what else happens."""
        name = self._named(fact, dn)
        if isinstance(fact, PartyRinging):
            return f"{fact.side.queue or fact.side.other_dn} -> {name}"
        if isinstance(fact, PartyQueued | RouteRequested):
            return f"{fact.side.other_dn} -> {name}"
        return f"{name} -> {fact.call.dnis}" if isinstance(fact, PartyDialing) else name

    def _named(self, fact: PartyFact, dn: str) -> str:
        """The DN and the name of its agent."""
        party = fact.call.party(dn)
        login = None if party is None else party.agent_id
        login = login or self._logins.get(dn)
        one = self._settings.agents.get(login or "")
        return f"{dn} {one.name}" if one is not None and one.name else dn

    def _agent_came(self, _at: Instant, fact: AgentLoggedIn) -> None:
        self._logins[fact.dn] = fact.agent_id

    def _agent_left(self, _at: Instant, fact: AgentLoggedOut) -> None:
        self._logins.pop(fact.dn, None)

    def _rule(self, at: Instant, fact: RuleApplied) -> None:
        self._line(
            at, fact.call.conn_id, printable(fact.dn).ljust(_WHO_WIDTH), f"rule: {fact.rule}"
        )

    def _user_data(self, at: Instant, fact: UserDataChanged) -> None:
        """What is new in the user data; EventAttachedDataChanged has the whole list."""
        conn_id, data = fact.call.conn_id, fact.call.user_data
        before = list(self._data.get(conn_id, KVList()))
        self._data[conn_id] = data
        news = KVList(tuple(pair for pair in data if pair not in before))
        keys = {key for key, _ in data}
        gone = [f"{printable(key)} deleted" for key, _ in before if key not in keys]
        by = f"(by {printable(fact.changed_by)})" if fact.changed_by else ""
        self._line(at, conn_id, pairs(news), *gone, by)

    def _behavior(self, fact: PartyFact) -> str:
        """Tell that a telephone answered by itself: when its behavior says so."""
        one = self._device(fact.side.dn)
        party = fact.call.party(fact.side.dn)
        if not isinstance(fact, PartyEstablished) or one is None or party is None:
            return ""
        wanted = one.options.answer_after
        if wanted is None or party.established_at is None or _is_caller(fact):
            return ""
        taken_us = party.established_at - party.since
        if not 0 <= taken_us - wanted * 1_000_000 < _CLOSE_ENOUGH_US:
            return ""
        return f"(behavior: answers after {seconds(wanted)})"

    def _ringing_data(self, fact: PartyFact) -> str:
        return pairs(fact.call.user_data) if isinstance(fact, PartyRinging) else ""

    def _treatment(self, fact: PartyFact) -> str:
        if not isinstance(fact, TreatmentApplied | TreatmentEnded):
            return ""
        return getattr(fact.treatment, "name", str(fact.treatment))

    def _digits(self, fact: PartyFact) -> str:
        return f"digits {printable(fact.digits)}" if isinstance(fact, DtmfSent) else ""

    def _call_state(self, fact: PartyFact) -> str:
        return "" if fact.call_state is CallState.Ok else f"({fact.call_state.name})"

    # -- recordings --------------------------------------------------------------------------

    def _recorded(self, at: Instant, fact: RecordingEnded) -> None:
        for artefact in fact.artefacts:
            self.recordings += 1
            length = f"recorded {artefact.duration_ms / 1000:.1f} s"
            self._line(at, fact.conn_id, length, place(artefact.path))

    def _failed(self, at: Instant, fact: RecordingFailed) -> None:
        self._line(at, fact.conn_id, f"recording failed: {printable(fact.cause)}")

    def _alarm_raised(self, at: Instant, fact: AlarmRaised) -> None:
        self._line(
            at, fact.conn_id, f"alarm raised: {fact.alarm.value}: {printable(fact.detail)}"
        )

    def _alarm_cleared(self, at: Instant, fact: AlarmCleared) -> None:
        self._line(at, fact.conn_id, f"alarm cleared: {fact.alarm.value}")


def _let_go(stream: TextIO) -> None:
    """Send what the stream still holds nowhere, so that the end of the process is quiet."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _is_caller(fact: PartyFact) -> bool:
    """Whether the party made the call, so that the answer was the other one's."""
    return bool(fact.call.parties) and fact.call.parties[0].dn == fact.side.dn


_DETAILS: Iterable[Callable[[Screen, PartyFact], str]] = (
    Screen._behavior,
    Screen._ringing_data,
    Screen._treatment,
    Screen._digits,
    Screen._call_state,
)

FACT_LINES: Mapping[type, Callable[[Screen, Instant, Any], None]] = {
    CallStarted: Screen._started,
    CallEnded: Screen._ended,
    UserDataChanged: Screen._user_data,
    AgentLoggedIn: Screen._agent_came,
    AgentLoggedOut: Screen._agent_left,
    RuleApplied: Screen._rule,
    RecordingEnded: Screen._recorded,
    RecordingFailed: Screen._failed,
    AlarmRaised: Screen._alarm_raised,
    AlarmCleared: Screen._alarm_cleared,
}

_EDGE_LINES: Mapping[Kind, Callable[[Entry], str]] = {
    Kind.CONNECTED: lambda entry: f"client {entry.client} connected from {entry.subject}",
    Kind.CLOSED: lambda entry: f"client {entry.client} left: {entry.detail}",
    Kind.REFUSAL: lambda entry: (
        f"client {entry.client} {type(entry.subject).__name__} refused: {entry.detail}"
    ),
    Kind.WRONG_BYTES: lambda entry: f"client {entry.client} wrong bytes: {entry.detail}",
    Kind.BUG: lambda entry: f"internal error, client {entry.client}: {entry.subject!r}",
}
