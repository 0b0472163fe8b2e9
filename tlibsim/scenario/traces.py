"""What the inspection of recordings must show after a step (scenarios.yml, "trace")."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from tlibproto.vocabulary import KVList, Value
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.matching import Mismatch, match_term
from tlibsim.scenario.observed import Observed, shown, shown_term
from tlibsim.scenario.steps import ExpectedTrace, TraceItem
from tlibsim.scenario.terms import Bindings
from tlibsim.scenario.view import SessionTrace

_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "recordDN": "record_dn",
        "geo-rule": "geo_rule",
        "interval-ms": "interval_ms",
        "hops": "hop_states",
    }
)
_PREFIX = "uri"
_FINDING = "finding"
_PORTS_FREE = "ports-free"
_BESIDE: Mapping[str, str] = MappingProxyType(
    {_FINDING: "no call", _PORTS_FREE: "no recording port was given back"}
)
"""What is shown beside the sessions, and what to say when there is nothing to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceCheck:
    """``trace`` of a step against the sessions; what these do not show needs later work."""

    expected: ExpectedTrace
    traces: Sequence[SessionTrace]
    finding: str = ""
    logged: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:
        for found in self._match_others(self.expected.other, bindings):
            yield from self._match_sessions(found)

    def _match_others(
        self, items: Sequence[TraceItem], bindings: Bindings
    ) -> Iterator[Bindings]:
        """Values beside the sessions; one that nobody shows matches nothing."""
        if not items:
            yield bindings
            return
        for value in self._beside(items[0].key):
            for found in match_term(items[0].term, value, bindings):
                yield from self._match_others(items[1:], found)

    def _beside(self, key: str) -> Sequence[Value]:
        """What is shown of this beside the sessions; any of it may be meant."""
        if key in self.logged:
            return (self.logged[key],)
        if key == _FINDING:
            return (self.finding,)
        return ports_free(self.traces) if key == _PORTS_FREE else ()

    def _match_sessions(self, bindings: Bindings) -> Iterator[Bindings]:
        if self.expected.session is None and not self.expected.legs:
            yield bindings
        elif self.traces:
            session = self.traces[-1]
            for found in _match_items(self.expected.session or (), session, bindings):
                yield from _match_legs(self.expected.legs, tuple(session.legs), found)

    def explain(self, bindings: Bindings) -> Difference:
        for item in self.expected.other:
            if item.key not in _BESIDE and item.key not in self.logged:
                return _different(item, bindings, "not inspected yet", item.key, Verdict.NEEDS)
            shown_here = self._beside(item.key)
            found = (next(match_term(item.term, one, bindings), None) for one in shown_here)
            if all(one is None for one in found):
                got = ", ".join(str(one) for one in shown_here) or _BESIDE[item.key]
                return _different(item, bindings, got, item.key, Verdict.TRACE)
        if self.expected.session is None and not self.expected.legs:
            return self._no_session()
        if not self.traces:
            return self._no_session()
        return self._explain_session(self.traces[-1], bindings)

    def _no_session(self) -> Difference:
        return Difference(
            verdict=Verdict.TRACE,
            subject="a recording session",
            place=self.expected.place,
            check="trace",
            notes=("no recording session has begun",),
        )

    def _explain_session(self, session: SessionTrace, bindings: Bindings) -> Difference:
        for item in self.expected.session or ():
            value = field_of(session, item.key)
            found = next(_match_item(item, value, bindings), None)
            if found is None:
                return _different(
                    item, bindings, shown(value), f"session.{item.key}", Verdict.TRACE
                )
            bindings = found
        return self._explain_legs(session, bindings)

    def _explain_legs(self, session: SessionTrace, bindings: Bindings) -> Difference:
        wanted = [
            "; ".join(_shown_item(item, bindings) for item in leg) for leg in self.expected.legs
        ]
        return Difference(
            verdict=Verdict.TRACE,
            subject=f"legs of session {session.id}",
            place=self.expected.place,
            check="trace legs: each item needs a leg of its own",
            mismatch=Mismatch(
                attribute="legs",
                wanted=" | ".join(wanted),
                got=" | ".join(_shown_leg(leg, self.expected.legs) for leg in session.legs)
                or "no leg",
            ),
        )


def ports_free(traces: Sequence[SessionTrace]) -> Sequence[str]:
    """The recording ports that were given back and are not taken again (RECORDING.md 9, 3)."""
    free = [str(getattr(one, "port", "")) for one in traces if getattr(one, "port_free", False)]
    taken = {getattr(one, "port", "") for one in traces if not getattr(one, "port_free", False)}
    return [port for port in free if port not in taken]


def field_of(thing: object, key: str) -> Observed:
    """A value of a session or leg by the word of the file; None when it has none."""
    found = getattr(thing, _FIELDS.get(key, key.replace("-", "_")), None)
    return _as_value(found)


def _as_value(found: object) -> Observed:
    if isinstance(found, Enum):
        return _as_value(found.value)
    if isinstance(found, bool):
        return int(found)
    if found is None or isinstance(found, str | int | bytes | KVList):
        return found
    pairs = found.items() if isinstance(found, Mapping) else found
    return KVList(_as_pairs(pairs))


def _as_pairs(pairs: object) -> Iterator[tuple[str, Value]]:
    if not isinstance(pairs, Sequence) and not hasattr(pairs, "__iter__"):
        return
    for key, value in pairs:
        converted = _as_value(value)
        yield str(key), "" if converted is None else converted


def _match_items(
    items: Sequence[TraceItem], thing: object, bindings: Bindings
) -> Iterator[Bindings]:
    if not items:
        yield bindings
        return
    for found in _match_item(items[0], field_of(thing, items[0].key), bindings):
        yield from _match_items(items[1:], thing, found)


def _match_item(item: TraceItem, value: Observed, bindings: Bindings) -> Iterator[Bindings]:
    if item.key == _PREFIX and isinstance(item.term, str):
        if isinstance(value, str) and value.startswith(item.term):
            yield bindings
        return
    yield from match_term(item.term, value, bindings)


def _match_legs(
    wanted: Sequence[Sequence[TraceItem]], legs: Sequence[object], bindings: Bindings
) -> Iterator[Bindings]:
    if not wanted:
        yield bindings
        return
    for index, leg in enumerate(legs):
        others = (*legs[:index], *legs[index + 1 :])
        for found in _match_items(wanted[0], leg, bindings):
            yield from _match_legs(wanted[1:], others, found)


def _different(
    item: TraceItem, bindings: Bindings, got: str, name: str, verdict: Verdict
) -> Difference:
    return Difference(
        verdict=verdict,
        subject=f"trace {name}",
        place=item.place,
        check=f"trace {name}",
        mismatch=Mismatch(attribute=name, wanted=shown_term(item.term, bindings), got=got),
    )


def _shown_item(item: TraceItem, bindings: Bindings) -> str:
    return f"{item.key} {shown_term(item.term, bindings)}"


def _shown_leg(leg: object, wanted: Sequence[Sequence[TraceItem]]) -> str:
    keys = dict.fromkeys(item.key for items in wanted for item in items)
    return "; ".join(f"{key} {shown(field_of(leg, key))}" for key in keys)
