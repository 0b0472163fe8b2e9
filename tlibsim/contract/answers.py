"""What a client's requests came to: the answer that carries the ReferenceID, or a refusal.

A request with the ReferenceID that clients drop is the copy of another one and has no answer
(WIRE.md 5).
"""

from collections.abc import Iterable, Mapping, Sequence

from tlibproto.messages import EventError, Message, RequestRegisterClient
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
    return _words(answer.message)


def refused(scene: Scene) -> Sequence[str]:
    """A line for each request that was refused, but for what no simulator supports."""
    return [line for lines in refused_by_name(scene).values() for line in lines]


def refused_by_name(scene: Scene) -> Mapping[str, Sequence[str]]:
    """The same by the name of the request, in the order of its first time."""
    answers: dict[tuple[int, int | None], Message | None] = {
        (record.clients[0].number, record.reference): record.message
        for record in scene.records
        if record.kind in _OUTWARD and record.clients and record.reference is not None
    }
    found: dict[str, list[str]] = {}
    for record in scene.records:
        if record.kind is not Kind.REQUEST or not record.clients:
            continue
        number = getattr(record.message, "reference_id", None)
        key = (record.clients[0].number, number)
        answer = None if number is None else answers.get(key)
        if isinstance(answer, EventError) and answer.error_code != _UNSUPPORTED:
            found.setdefault(record.name, []).append(
                f"{shown_record(record)} -> {_words(answer)}"
            )
    return found


def why_not_open(found: Iterable[Record]) -> str:
    """Why nobody who connected has opened a session; empty when nobody connected."""
    why = ""
    for record in found:
        if record.kind is Kind.CONNECTED:
            why = why or "never sent RequestRegisterClient"
        elif record.kind is Kind.REFUSAL and isinstance(record.message, RequestRegisterClient):
            why = f"its opening was refused: {record.detail}"
    return why


def _words(error: EventError) -> str:
    return f"EventError {error.error_code} ({error.error_message})"
