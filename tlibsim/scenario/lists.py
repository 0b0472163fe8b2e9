"""Lists of events against what a client got: the whole list, or these events among others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlibproto.messages import Message
from tlibproto.vocabulary import ReferenceId
from tlibsim.scenario.matching import Mismatch, match_event
from tlibsim.scenario.steps import ExpectedEvent
from tlibsim.scenario.terms import Bindings


@dataclass(frozen=True, slots=True)
class CopyReference:
    """The ReferenceID that a client's copy of the answering event must carry; None: none."""

    value: ReferenceId | None

    def fits(self, expected: ExpectedEvent, message: Message) -> bool:
        """Whether the copy carries what ``ref`` asks for."""
        if expected.ref is None:
            return True
        wanted = self.value if expected.ref else None
        return message.reference_id == wanted

    def difference(self, expected: ExpectedEvent, message: Message) -> Mismatch:
        """The ReferenceID as the attribute that differs."""
        wanted = self.value if expected.ref else None
        return Mismatch(
            attribute="ReferenceID",
            wanted="absent" if wanted is None else str(wanted),
            got="absent" if message.reference_id is None else str(message.reference_id),
        )


def match_list(
    expected: Sequence[ExpectedEvent],
    got: Sequence[Message],
    bindings: Bindings,
    reference: CopyReference | None,
) -> Iterator[Bindings]:
    """Yield the bindings under which the messages are these events, no more and no less."""
    if len(expected) != len(got):
        return
    if not expected:
        yield bindings
    elif reference is None or reference.fits(expected[0], got[0]):
        for found in match_event(expected[0], got[0], bindings):
            yield from match_list(expected[1:], got[1:], found, reference)


def match_within(
    expected: Sequence[ExpectedEvent],
    got: Sequence[Message],
    bindings: Bindings,
    reference: CopyReference,
) -> Iterator[Bindings]:
    """Yield the bindings under which the events are among the messages, in this order."""
    if not expected:
        yield bindings
        return
    for index, message in enumerate(got):
        if not reference.fits(expected[0], message):
            continue
        for found in match_event(expected[0], message, bindings):
            yield from match_within(expected[1:], got[index + 1 :], found, reference)
