"""Judges of what every T-Library client must do, recorder or desktop."""

from tlibproto.messages import RequestRegisterClient
from tlibsim.contract.answers import is_copy
from tlibsim.contract.evidence import Evidence
from tlibsim.contract.result import PASS, Verdict, fail, not_seen
from tlibsim.journal import Kind
from tlibsim.journal.expectations import shown_record
from tlibsim.journal.records import Record


def keeps_alive(evidence: Evidence) -> Verdict:
    """An ADDP init came, on each connection if there are several."""
    without = evidence.scene("connect").notes.get("without_addp", ())
    if not without:
        return PASS
    return fail(
        f"no ADDP init came from {', '.join(without)}: a dead connection would go unnoticed"
    )


def answers_polls(evidence: Evidence) -> Verdict:
    """A poll out of turn was answered."""
    answered = evidence.scene("poll").notes.get("answered")
    if answered is None:
        return not_seen("it does not use ADDP")
    return PASS if answered else fail("an ADDP poll was not answered within 1 s")


def references(evidence: Evidence) -> Verdict:
    """Each request of a connection has a ReferenceID of its own, but for the opening.

    The copies of requests that clients send right after it all have the same (WIRE.md 5).
    """
    seen: dict[tuple[int, int], Record] = {}
    for scene in evidence.scenes.values():
        for record in scene.records:
            if record.kind is not Kind.REQUEST or record.message is None or is_copy(record):
                continue
            if isinstance(record.message, RequestRegisterClient):
                continue  # the opening of a connection has none (WIRE.md 4)
            number = record.message.reference_id
            if number is None:
                return fail(f"without ReferenceID: {shown_record(record)}")
            key = (record.clients[0].number if record.clients else 0, number)
            if key in seen:
                return fail(
                    f"ReferenceID {number} twice: {shown_record(seen[key])}",
                    f"and {shown_record(record)}",
                )
            seen[key] = record
    return PASS
