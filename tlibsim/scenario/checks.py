"""The single checks of a step, each finding the bindings under which it holds.

``solve`` yields bindings, so that a choice made in one check can be taken back by the next;
``explain`` is asked only when nothing was yielded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tlibproto.messages import Message
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.explaining import explain_list, missing
from tlibsim.scenario.lists import CopyReference, match_list, match_within
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_expected
from tlibsim.scenario.steps import EventList, ExpectedEvent
from tlibsim.scenario.terms import Bindings
from tlibsim.scenario.view import REPLIES, StepView


class Check(Protocol):
    """One thing that must hold after a step."""

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:
        """Yield each way to bind the names under which the check holds."""
        ...

    def explain(self, bindings: Bindings) -> Difference:
        """Say why there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCheck:
    """``reply``: what the requesting client got with its ReferenceID, whole and in order."""

    view: StepView
    events: tuple[ExpectedEvent, ...]
    place: Place

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:
        return match_list(self.events, self._got(), bindings, None)

    def explain(self, bindings: Bindings) -> Difference:
        all_of_client = self.view.of_client(self.view.requester)
        return explain_list(
            self.events,
            self._got(),
            bindings,
            place=self.place,
            check=f"reply to {self.view.requester}",
            candidates=all_of_client,
            reference=self.view.reference,
        )

    def _got(self) -> tuple[Message, ...]:
        wanted = REPLIES | {event.message_id for event in self.events}
        return tuple(
            message
            for message in self.view.of_client(self.view.requester)
            if message.reference_id == self.view.reference and message.message_id in wanted
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCheck:
    """``expect``: what one client of a DN got for it, whole and in order."""

    view: StepView
    expected: EventList
    client: str

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:
        return match_list(self.expected.events, self._got(), bindings, self._reference())

    def explain(self, bindings: Bindings) -> Difference:
        everything = tuple(item.message for item in self.view.received)
        return explain_list(
            self.expected.events,
            self._got(),
            bindings,
            place=self.expected.place,
            check=f'expect "{self.expected.name}" at client {self.client}',
            candidates=self._got() or everything,
            copy_reference=self._reference(),
        )

    def _got(self) -> tuple[Message, ...]:
        named = frozenset(event.message_id for event in self.expected.events)
        return self.view.on_dn(self.client, self.expected.name, named)

    def _reference(self) -> "CopyReference":
        return CopyReference(
            self.view.reference if self.client == self.view.requester else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyCheck:
    """``expect`` on a DN that no client has registered: only an empty list can hold."""

    expected: EventList

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:
        if not self.expected.events:
            yield bindings

    def explain(self, bindings: Bindings) -> Difference:
        first = self.expected.events[0]
        return Difference(
            verdict=Verdict.MISSING,
            subject=shown_expected(first, bindings),
            place=first.place,
            check=f'expect "{self.expected.name}"',
            notes=("no client is registered on this DN",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCheck:
    """``client``: these events reach the client in this order, whatever else does."""

    view: StepView
    expected: EventList

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:
        got = self.view.of_client(self.expected.name)
        return match_within(self.expected.events, got, bindings, self._reference())

    def explain(self, bindings: Bindings) -> Difference:
        got = self.view.of_client(self.expected.name)
        for count in range(1, len(self.expected.events) + 1):
            wanted = self.expected.events[:count]
            found = next(match_within(wanted, got, bindings, self._reference()), None)
            if found is None:
                break
        event = self.expected.events[count - 1]
        return missing(
            event,
            self._bound_before(count, got, bindings),
            place=event.place,
            check=f"client {self.expected.name}, event {count}",
            candidates=got,
            copy_reference=self._reference(),
        )

    def _bound_before(self, count: int, got: Sequence[Message], bindings: Bindings) -> Bindings:
        earlier = self.expected.events[: count - 1]
        return next(match_within(earlier, got, bindings, self._reference()), bindings)

    def _reference(self) -> CopyReference:
        own = self.expected.name == self.view.requester
        return CopyReference(self.view.reference if own else None)


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that needs no names and was found not to hold."""

    difference: Difference

    def solve(self, bindings: Bindings) -> Iterator[Bindings]:  # noqa: ARG002
        yield from ()

    def explain(self, bindings: Bindings) -> Difference:  # noqa: ARG002
        return self.difference
