"""``trace: {messages: [...]}``: what was sent in the recording session begun last, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.matching import Mismatch, match_term
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_term
from tlibsim.scenario.steps import TraceItem
from tlibsim.scenario.terms import Bindings

WORDS = ("from", "to", "line", "has", "assumed", "real")
"""``from``, ``to`` and ``line`` are beginnings; ``has`` is somewhere in headers or body."""


class TraceMessage(Protocol):
    """One message of the trace (:class:`tlibsim.recording.exchange.Sent`)."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def headers(self) -> Sequence[tuple[str, str]]: ...
    @property
    def body(self) -> str: ...
    @property
    def assumed(self) -> bool: ...
    @property
    def real(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesCheck:
    """These messages are among those of the session, in this order; others may be between."""

    expected: Sequence[Sequence[TraceItem]]
    messages: Sequence[TraceMessage]
    place: Place

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:
        yield from _within(self.expected, self.messages, bindings)

    def explain(self, bindings: Bindings) -> Difference:
        count = next(
            number
            for number in range(1, len(self.expected) + 1)
            if next(_within(self.expected[:number], self.messages, bindings), None) is None
        )
        wanted = "; ".join(
            f"{item.key} {shown_term(item.term, bindings)}" for item in self.expected[count - 1]
        )
        lines = [f"{one.source} -> {one.target}: {one.line}" for one in self.messages]
        return Difference(
            verdict=Verdict.TRACE,
            subject=f"message {count} of the session begun last",
            place=self.place,
            check="trace messages: in this order, others may be between",
            mismatch=Mismatch(
                attribute="messages", wanted=wanted, got=" | ".join(lines) or "no message"
            ),
        )


def _within(
    expected: Sequence[Sequence[TraceItem]],
    messages: Sequence[TraceMessage],
    bindings: Bindings,
) -> Iterator[Bindings]:
    if not expected:
        yield bindings
        return
    for index, message in enumerate(messages):
        for found in _match(expected[0], message, bindings):
            yield from _within(expected[1:], messages[index + 1 :], found)


def _match(
    items: Sequence[TraceItem], message: TraceMessage, bindings: Bindings
) -> Iterator[Bindings]:
    if not items:
        yield bindings
        return
    for found in _match_item(items[0], message, bindings):
        yield from _match(items[1:], message, found)


def _match_item(
    item: TraceItem, message: TraceMessage, bindings: Bindings
) -> Iterator[Bindings]:
    if item.key in {"assumed", "real"}:
        value = message.assumed if item.key == "assumed" else message.real
        yield from match_term(item.term, int(value), bindings)
        return
    text = str(item.term)
    beginnings = {"from": message.source, "to": message.target, "line": message.line}
    if item.key in beginnings:
        if beginnings[item.key].startswith(text):
            yield bindings
        return
    headers = (f"{name}: {value}" for name, value in message.headers)
    if any(text in part for part in (*headers, message.body)):
        yield bindings
