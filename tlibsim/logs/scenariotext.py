"""A scenario file out of what was done and what came: relative times, names for what varies."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tlibproto.vocabulary import KVList, Value
from tlibsim.journal.names import Attribute, Kind, attribute_names, member_name
from tlibsim.logs.causes import Deed, Item, Seen, Unmapped
from tlibsim.logs.company import OBSERVER, Company
from tlibsim.logs.identifiers import has_identifier
from tlibsim.logs.origintext import SHOWN, OriginText
from tlibsim.logs.wanted import Wanted
from tlibsim.logs.yamltext import Raw, can_be_said, comment, inline, quoted
from tlibsim.ports.media import Instant

_EXPECTED = ("ConnID", *SHOWN)
_WITH_DATA = frozenset(
    {"EventRinging", "EventQueued", "EventRouteRequest", "EventAttachedDataChanged"}
)
_BUSINESS = re.compile(r"account|customer|client_?id|policy|order|ticket", re.IGNORECASE)
_SHORTEST_WAIT_US = 1000
_MARGIN_US = 2_000_000
_WANTED_WITHIN = "10s"
PATIENCE_US = 10_000_000
"""So much longer than in the log a client under test may take."""

_BY_PHONE = {
    "AnswerCall": "{{do: answer, dn: {}}}",
    "ReleaseCall": "{{do: hangup, by: {}}}",
}
"""What somebody at the telephone does when a client under test does not ask for it."""
_REACHED = frozenset({"EventNetworkReached", "EventEstablished", "EventQueued"})
_RECORD = "GSIP_RECORD"
_PAUSED = "Paused"
_FILE_NAME = "GSIP_REC_FN"
_PATTERN = "$UUID$_$AGENTDN$_$ANI$_$DNIS$_$DATE$_$TIME$"
_CALL_SIDE = frozenset({"from", "to", "dn", "by", "dnis"})
_NAMED = frozenset({"OtherDN", "ThisDN", "ANI", "DNIS", "AgentID"})
_REFERENCE = "ReferenceID"
NOT_MAPPED = "  # not mapped: "
"""How the comment begins that stands for what no step can do."""


@dataclass(slots=True)
class ScenarioText:
    """Writes one scenario.  ``parameters`` are the values that became variables, by name.

    ``origin`` keeps what the log showed; ``wanted`` are requests of which another was wanted.
    ``under_test`` is a client that connects by itself: what it asks for must come.
    """

    name: str
    title: str
    company: Company
    origin: OriginText
    wanted: tuple[Wanted, ...] = ()
    under_test: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    lost: list[Unmapped] = field(default_factory=list)
    steps: int = 0
    _conns: dict[str, str] = field(default_factory=dict)
    _real: frozenset[str] = frozenset()
    _last: Instant | None = None
    _begun: Instant | None = None

    def lines(self, items: Iterable[Item], notes: Iterable[str] = ()) -> list[str]:
        """The file, line by line."""
        every = list(items)
        self._find_parameters(every)
        self._real = _real_calls(every)
        steps = list(self._steps(every))
        return [
            "# A scenario made from a log; edit it as you like.",
            *(f"# {comment(note)}" for note in notes),
            "format: 1",
            *self._bed(every),
            "scenarios:",
            f"- id: {quoted(self.name)}",
            f"  title: {quoted(self.title)}",
            *self._actors(),
            *self._vars(),
            *self._given(every),
            "  steps:",
            *steps,
            *self.origin.text(self.parameters),
        ]

    # -- who takes part ------------------------------------------------------------------------

    def _bed(self, items: list[Item]) -> Iterator[str]:
        yield "bed:"
        yield "  server: SIPServer1"
        yield "  switch: SIP_Switch1"
        yield "  dns:"
        yield '    "trunk-in": {type: Trunk, prefix: ""}'
        for prefix in sorted(self._prefixes(items)):
            yield f'    "trunk-out-{prefix}": {{type: Trunk, prefix: "{prefix}"}}'
        yield '    "msml1": {type: voip-service, service-type: msml}'
        yield f"  options: {{{', '.join(self._options(items))}}}"

    def _options(self, items: list[Item]) -> Iterator[str]:
        yield "msml-support: true"
        yield "msml-record-support: true"
        if any(key == _FILE_NAME for one in items for key, _ in one.message.pairs("UserData")):
            yield f"recording-filename: {quoted(_PATTERN)}"

    def _prefixes(self, items: list[Item]) -> set[str]:
        """First digits of numbers outside that were reached."""
        reached = {
            one.message.text("OtherDN")
            for one in items
            if one.message.name in _REACHED and one.message.text("OtherDN")
        }
        dialled = [one.attributes.get("OtherDN") for one in items if isinstance(one, Deed)]
        return {
            number[0]
            for number in dialled
            if isinstance(number, str) and number[:1].isalnum()
            if number in reached and number not in self.company.types
        }

    def _vars(self) -> Iterator[str]:
        if self.parameters:
            yield "  vars:"
            for name, value in self.parameters.items():
                yield f"    {name}: {quoted(value)}"

    def _actors(self) -> Iterator[str]:
        if self.under_test:
            dns = self._list(self.company.clients.get(self.under_test, ()))
            yield "  actors:"
            yield f"    {self.under_test}: {{kind: external, dns: {dns}}}"

    def _given(self, items: list[Item]) -> Iterator[str]:
        recorded = _recorded(items)
        yield "  given:"
        yield "    dns:"
        for dn, kind in self.company.types.items():
            record = ", record: true" if dn in recorded and kind == "DN" else ""
            yield f"      {self._say(dn)}: {{type: {kind}{record}}}"
        agents = dict(self._agents())
        if agents:
            yield "    agents:"
            for agent, words in agents.items():
                yield f"      {self._say(agent)}: {words}"
        clients = {
            client: dns
            for client, dns in self.company.clients.items()
            if client != self.under_test
        }
        asks = any(isinstance(one, Deed) and one.client == OBSERVER for one in items)
        if asks or self.company.unwatched():
            clients[OBSERVER] = dict.fromkeys(self.company.unwatched())
        if clients:
            yield "    clients:"
        for client, dns in clients.items():
            yield f"      {client}: {self._list(dns)}"

    def _agents(self) -> Iterator[tuple[str, str]]:
        """The agents; one that gets calls out of a queue and never logs in is there already."""
        known = {dn: agent for agent, dn in self.company.agents.items()}
        for agent, dn in self.company.agents.items():
            queue = self.company.queued.get(dn)
            if queue is None or dn in self.company.logs_in:
                yield agent, "{}"
            else:
                yield agent, self._ready(dn, queue)
        for number, (dn, queue) in enumerate(self.company.queued.items(), start=9001):
            if dn not in known:
                yield str(number), self._ready(dn, queue)

    def _ready(self, dn: str, queue: str) -> str:
        return f"{{dn: {self._say(dn)}, state: ready, queues: [{self._say(queue)}]}}"

    def _list(self, dns: Iterable[str]) -> str:
        return "[" + ", ".join(self._say(dn) for dn in dns) + "]"

    # -- parameters ----------------------------------------------------------------------------

    def _find_parameters(self, items: list[Item]) -> None:
        for one in items:
            if isinstance(one, Deed) and one.words.get("do") == "inbound":
                self._parameter("caller", one.words.get("from"))
                self._parameter("dialed", one.words.get("dnis"))
                self._business(one.words.get("userdata"))
            elif isinstance(one, Deed) and one.attributes:
                self._parameter("agent_dn", one.attributes.get("ThisDN"))
                self._parameter("agent_login", one.attributes.get("AgentID"))
                self._business(one.attributes.get("UserData"))
        for agent in self.company.agents:
            self._parameter("agent_login", agent)

    def _business(self, pairs: Value | None) -> None:
        for key, value in pairs if isinstance(pairs, KVList) else ():
            if _BUSINESS.search(key) and isinstance(value, str):
                self._parameter(re.sub(r"\W", "_", key).lower(), value)

    def _parameter(self, name: str, value: Value | None) -> None:
        taken = name in self.parameters or value in self.parameters.values()
        if not isinstance(value, str) or not value or taken:
            return
        plain = self.company.types.get(value, "DN") == "DN" and name.isidentifier()
        if plain and can_be_said(value):
            self.parameters[name] = value

    def _say(self, value: Value) -> str:
        """A value, or the variable that has it."""
        for name, known in self.parameters.items():
            if value == known and isinstance(value, str):
                return f'"${{{name}}}"'
        return inline(value)

    def _named_pairs(self, pairs: KVList) -> Raw:
        words = [f"[{quoted(key)}, {self._pair_value(value)}]" for key, value in pairs]
        return Raw("[" + ", ".join(words) + "]")

    def _pair_value(self, value: Value) -> str:
        return str(self._named_pairs(value)) if isinstance(value, KVList) else self._say(value)

    # -- steps ---------------------------------------------------------------------------------

    def _steps(self, items: list[Item]) -> Iterator[str]:
        """Each deed with what came of it; what came before the first deed stands alone."""
        deed: Deed | None = None
        waiting: list[Seen] = []
        for one in items:
            if isinstance(one, Seen):
                waiting.append(one)
                continue
            if isinstance(one, Unmapped):
                yield from self._unmapped(one)
                continue
            yield from self._step(deed, waiting)
            deed, waiting = one, []
        yield from self._step(deed, waiting)

    def _unmapped(self, one: Unmapped) -> Iterator[str]:
        self.lost.append(one)
        message = one.message
        yield f"{NOT_MAPPED}{message.name} (line {message.line}): {one.why}"

    def _step(self, deed: Deed | None, seen: list[Seen]) -> Iterator[str]:
        """A deed and what must come of it, in one step."""
        unsaid = [] if deed is None else self._unsaid(deed)
        if deed is not None and unsaid:
            why = f"{unsaid[0]} has a value that has another meaning in a scenario"
            yield from self._unmapped(Unmapped(message=deed.message, why=why))
        if deed is None or unsaid:
            yield from self._expect(seen, "  - ")
            return
        passed = self._passed(deed.message.at)
        yield f"  # {self._when(deed.message.at)} line {deed.message.line}" + (
            f": {deed.why}" if deed.why else ""
        )
        self.steps += 1
        if deed.request and deed.client == self.under_test:
            yield from self._asked(deed, passed)
            yield from self._expect(seen, "  - ", deed)
            return
        yield from self._deed(deed)
        if passed >= _SHORTEST_WAIT_US:
            yield f"    after: {_seconds(passed)}"
        line = self.origin.line(deed.message, deed.client) if deed.request else 0
        yield f"    line: {line or deed.message.line}"
        yield from self._expect(seen, "    ", deed)

    def _asked(self, deed: Deed, passed: int) -> Iterator[str]:
        """The client under test must ask for this; the telephone does it where it can instead."""
        wanted = self._lost_by(deed)
        self.origin.line(deed.message, deed.client)
        if wanted is not None:
            yield f"  # line {wanted.because} resumes: a pause was wanted, not a stop"
        yield "  - expect:"
        yield f"    - {{{', '.join(self._request(deed, wanted))}}}"
        yield f"    within: {_seconds(passed + PATIENCE_US)}"
        yield f"    line: {deed.message.line}"
        instead = _BY_PHONE.get(deed.request, "")
        if instead:
            yield f"    else: {instead.format(self._say(deed.message.this_dn))}"

    def _request(self, deed: Deed, wanted: Wanted | None) -> Iterator[str]:
        """The request of a client, without what differs from run to run."""
        message = deed.message
        yield f"request: {deed.request}"
        yield f"client: {deed.client}"
        if message.this_dn:
            yield f"dn: {self._say(message.this_dn)}"
        if message.text("OtherDN"):
            yield f"OtherDN: {self._say(message.text('OtherDN'))}"
        number = message.integer("PrivateMsgID") if wanted is None else wanted.number
        if number is not None:
            yield f"msgid: {number}"
        yield f"line: {message.line}"

    def _unsaid(self, one: Deed) -> list[str]:
        return [name for name, value in self._given_values(one) if not can_be_said(value)]

    def _deed(self, one: Deed) -> Iterator[str]:
        if one.request:
            words = [f"client: {one.client}", f"request: {one.request}"]
            words += [f"{name}: {self._sent(name, v)}" for name, v in one.attributes.items()]
            yield f"  - do: {{{', '.join(words)}}}"
            return
        (first, verb), *others = one.words.items()
        yield f"  - {first}: {verb!s}"
        for name, value in others:
            yield f"    {name}: {self._word(name, value)}"

    def _lost_by(self, deed: Deed) -> Wanted | None:
        """What was wanted instead of this request, if anything."""
        if not deed.request:
            return None
        return next((one for one in self.wanted if one.message is deed.message), None)

    def _given_values(self, one: Deed) -> Iterator[tuple[str, Value]]:
        yield from one.words.items()
        yield from one.attributes.items()

    def _passed(self, at: Instant | None) -> int:
        """The microseconds since the last that was done or seen."""
        if at is None:
            return 0
        self._begun = at if self._begun is None else self._begun
        passed = 0 if self._last is None else at - self._last
        self._last = at
        return passed

    def _when(self, at: Instant | None) -> str:
        if at is None or self._begun is None:
            return "t+?"
        return f"t+{(at - self._begun) / 1_000_000:.3f}"

    def _word(self, name: str, value: Value) -> str:
        if name == "conn":
            return self._conn(str(value))
        if isinstance(value, KVList):
            return str(self._named_pairs(value))
        return self._say(value) if name in _CALL_SIDE else inline(value)

    def _sent(self, name: str, value: Value) -> str:
        attribute = attribute_names().get(name.lower())
        if attribute is not None and attribute.kind is Kind.CONN_ID:
            return self._conn(str(value))
        if isinstance(value, KVList):
            return str(self._named_pairs(value))
        return self._valued(name, value, attribute)

    def _valued(self, name: str, value: Value, attribute: Attribute | None) -> str:
        if isinstance(value, int) and attribute is not None:
            return member_name(attribute.enumeration, value) or str(value)
        return self._say(value) if name in _NAMED else inline(value)

    def _conn(self, value: str) -> str:
        """The name of a ConnID; one that no event has is what it is."""
        if value not in self._real:
            return quoted(value)
        if value not in self._conns:
            self._conns[value] = f"$c{len(self._conns) + 1}"
        return self._conns[value]

    # -- what must come ------------------------------------------------------------------------

    def _expect(self, seen: list[Seen], lead: str, deed: Deed | None = None) -> Iterator[str]:
        """What must come, as a step of its own or in the one that does something (``deed``)."""
        lost = None if deed is None else self._lost_by(deed)
        alone = bool(lead.strip())
        refused = [one for one in seen if self._follows_from(one)]
        for one in refused:
            yield f"    # not expected: {one.message.name} (line {one.message.line}), it comes of it"
        patterns = [
            ", ".join(self._pattern(one, paused=lost is not None))
            for one in seen
            if one not in refused
        ]
        if deed is not None and lost is not None and not alone:
            yield f"    # line {lost.because} resumes: a pause was wanted, not a stop"
            patterns.insert(0, ", ".join(self._wanted(deed, lost)))
        if not patterns:
            return
        self.steps += alone
        yield f"{lead}expect:"
        yield from (f"    - {{{one}}}" for one in patterns)
        times = [one.message.at for one in seen if one.message.at is not None]
        yield from self._within(times, asks=lost is not None and not alone)

    def _within(self, times: list[Instant], *, asks: bool) -> Iterator[str]:
        latest = max(times, default=None)
        if asks:
            yield f"    within: {_WANTED_WITHIN}"
        if latest is None:
            return
        since = self._last if self._last is not None else latest
        if latest - since > _MARGIN_US // 2 and not asks:
            yield f"    within: {_seconds(latest - since + _MARGIN_US)}"
        self._last = max(since, latest)
        self._begun = min(times) if self._begun is None else self._begun

    def _follows_from(self, one: Seen) -> bool:
        """Whether this is the refusal of a request that would have been right."""
        return one.message.name == "EventError" and any(
            one.message.text(_REFERENCE) == wanted.resumed.text(_REFERENCE) != ""
            and one.message.this_dn == wanted.resumed.this_dn
            for wanted in self.wanted
        )

    def _wanted(self, deed: Deed, wanted: Wanted) -> Iterator[str]:
        *words, line = self._request(deed, wanted)
        yield from (*words, "fresh: true", line)

    def _pattern(self, one: Seen, *, paused: bool) -> Iterator[str]:
        message = one.message
        yield f"event: {message.name}"
        if one.client:
            yield f"client: {one.client}"
        if message.this_dn:
            yield f"dn: {self._say(message.this_dn)}"
        known = attribute_names()
        for name in _EXPECTED:
            value = message.values.get(name)
            if value is not None and can_be_said(value):
                yield f"{name}: {self._sent_or_conn(name, value, known.get(name.lower()))}"
        pairs = dict(self._expected_pairs(message.pairs("UserData")))
        if paused and _RECORD in pairs:
            pairs[_RECORD] = Raw(quoted(_PAUSED))
        if message.name in _WITH_DATA and pairs:
            yield f"userdata: {inline(pairs)}"
        line = self.origin.line(message, one.client)
        if line:
            yield f"line: {line}"

    def _sent_or_conn(self, name: str, value: Value, attribute: Attribute | None) -> str:
        if attribute is not None and attribute.kind is Kind.CONN_ID:
            return self._conn(str(value))
        return self._valued(name, value, attribute)

    def _expected_pairs(self, pairs: KVList) -> Iterator[tuple[str, Raw]]:
        """Pairs that must be there; what changes from run to run may have any value."""
        seen: set[str] = set()
        for key, value in pairs:
            if key in seen or not can_be_said(key) or not isinstance(value, str | int):
                continue
            seen.add(key)
            if isinstance(value, str) and (has_identifier(value) or not can_be_said(value)):
                yield key, Raw('"*"')
            else:
                yield key, Raw(self._say(value))


def _real_calls(items: Iterable[Item]) -> frozenset[str]:
    """The ConnIDs of calls that there were."""
    return frozenset(
        one.message.conn_id
        for one in items
        if isinstance(one, Seen) and one.message.name != "EventError"
    )


def _recorded(items: Iterable[Item]) -> frozenset[str]:
    """The DNs of calls that are recorded although nobody asked for it in the log."""
    found: set[str] = set()
    talking: dict[str, None] = {}
    for one in items:
        message = one.message
        if isinstance(one, Deed) and one.request == "PrivateService":
            break
        if message.name == "EventEstablished":
            talking[message.this_dn] = None
        if any(key == _RECORD for key, _ in message.pairs("UserData")):
            found |= {message.this_dn, *list(talking)[:1]} if not found else set()
    return frozenset(found)


def _seconds(us: int) -> str:
    return f"{us / 1_000_000:.3f}".rstrip("0").rstrip(".") + "s"
