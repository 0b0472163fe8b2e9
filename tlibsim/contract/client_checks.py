"""Judges of what every T-Library client must do, recorder or desktop."""

from tlibproto.messages import RequestRegisterClient
from tlibsim.contract.evidence import Evidence
from tlibsim.contract.result import PASS, Verdict, fail, not_seen
from tlibsim.journal import Kind
from tlibsim.journal.expectations import shown_record
from tlibsim.journal.records import Record


def keeps_alive(evidence: Evidence) -> Verdict:
    """An ADDP init came."""
    if evidence.scene("connect").notes.get("addp"):
        return PASS
    return fail("no ADDP init came: a dead connection would go unnoticed")


def answers_polls(evidence: Evidence) -> Verdict:
    """A poll out of turn was answered."""
    answered = evidence.scene("poll").notes.get("answered")
    if answered is None:
        return not_seen("it does not use ADDP")
    return PASS if answered else fail("an ADDP poll was not answered within 1 s")


def references(evidence: Evidence) -> Verdict:
    """Each request of a connection has a ReferenceID of its own, but for the opening."""
    seen: dict[int, Record] = {}
    for scene in evidence.scenes.values():
        for record in scene.records:
            if record.kind is not Kind.REQUEST or record.message is None:
                continue
            if isinstance(record.message, RequestRegisterClient):
                seen.clear()  # a new connection counts anew, and its opening has none (WIRE.md 4)
                continue
            number = record.message.reference_id
            if number is None:
                return fail(f"without ReferenceID: {shown_record(record)}")
            if number in seen:
                return fail(
                    f"ReferenceID {number} twice: {shown_record(seen[number])}",
                    f"and {shown_record(record)}",
                )
            seen[number] = record
    return PASS
