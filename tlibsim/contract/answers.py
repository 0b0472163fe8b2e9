"""What a client's requests came to: the answer that carries the ReferenceID, or a refusal.

A request with the ReferenceID that clients drop is the copy of another one and has no answer
(WIRE.md 5).
"""

from collections.abc import Iterator

from tlibproto.messages import EventError
from tlibproto.vocabulary import DROPPED_REFERENCE_ID
from tlibsim.contract.evidence import Scene
from tlibsim.journal import Kind
from tlibsim.journal.expectations import shown_record
from tlibsim.journal.records import Record

_UNSUPPORTED = 51
_OUTWARD = (Kind.ANSWER, Kind.EVENT)


def is_copy(record: Record) -> bool:
    """Whether the request is one that the client sends once more, with its own number."""
    return getattr(record.message, "reference_id", None) == DROPPED_REFERENCE_ID


def answer_to(scene: Scene, request: Record) -> Record | None:
    """The message that answers the request; None when none came, or it asked for none."""
    number = getattr(request.message, "reference_id", None)
    if number is None or is_copy(request):
        return None
    for record in scene.records:
        later = record.number > request.number and record.kind in _OUTWARD
        if later and record.reference == number and record.clients[:1] == request.clients[:1]:
            return record
    return None


def refusal(scene: Scene, request: Record) -> str:
    """``EventError 41 (Client hadn't register DN)``; empty when it was not refused."""
    answer = answer_to(scene, request)
    if answer is None or not isinstance(answer.message, EventError):
        return ""
    return f"EventError {answer.message.error_code} ({answer.message.error_message})"


def refused(scene: Scene) -> Iterator[str]:
    """A line for each request that was refused, but for what no simulator supports."""
    for record in scene.records:
        words = refusal(scene, record) if record.kind is Kind.REQUEST else ""
        if words and not words.startswith(f"EventError {_UNSUPPORTED} "):
            yield f"{shown_record(record)} -> {words}"
