"""What requests came to: answers by ReferenceID, and copies that clients send besides."""

from typing import Any

from tlibproto.messages import (
    EventError,
    EventRegistered,
    Message,
    RequestQueryServer,
    RequestRegisterAddress,
)
from tlibproto.vocabulary import Dn, ReferenceId
from tlibsim.contract.answers import answer_to, refusal, refused
from tlibsim.contract.client_checks import references
from tlibsim.contract.evidence import Evidence, Roles, Scene
from tlibsim.contract.result import Status
from tlibsim.journal import Kind
from tlibsim.journal.records import Record, Who
from tlibsim.ports.media import Instant

_DESK, _OTHER = Who(number=1, name="desk"), Who(number=2, name="other")
_DROPPED = ReferenceId(2147483647)
_ROLES = Roles(
    registered=("7001",), full_time="", on_demand="", other="", starts_on=(), sessions=0
)


def _record(number: int, kind: Kind, message: Message, who: Who = _DESK) -> Record:
    reference: Any = message.reference_id
    return Record(
        number=number,
        at=Instant(number),
        kind=kind,
        name=type(message).__name__,
        clients=(who,),
        message=message,
        reference=reference,
    )


def _scene(*records: Record) -> Scene:
    return Scene(name="connect", begun_at=Instant(0), records=records)


def _evidence(*records: Record) -> Evidence:
    return Evidence(roles=_ROLES, scenes={"connect": _scene(*records)})


def _asked(number: int, reference: ReferenceId | None) -> Record:
    request = RequestRegisterAddress(this_dn=Dn("7001"), reference_id=reference)
    return _record(number, Kind.REQUEST, request)


def test_an_answer_is_the_message_with_the_reference_for_the_client_that_asked():
    asked = _asked(1, ReferenceId(5))
    answer = EventRegistered(this_dn=Dn("7001"), reference_id=ReferenceId(5))
    scene = _scene(
        asked,
        _record(2, Kind.ANSWER, answer, _OTHER),
        _record(3, Kind.ANSWER, answer),
    )
    found = answer_to(scene, asked)
    assert found is not None
    assert found.number == 3
    assert refusal(scene, asked) == ""


def test_a_refusal_is_told_with_its_code_and_text_but_not_for_what_nobody_supports():
    asked, other = _asked(1, ReferenceId(5)), _asked(3, ReferenceId(6))
    error = EventError(error_code=128, error_message="Bad DN type", reference_id=ReferenceId(5))
    unsupported = EventError(
        error_code=51, error_message="Unsupported operation", reference_id=ReferenceId(6)
    )
    scene = _scene(
        asked,
        _record(2, Kind.ANSWER, error),
        other,
        _record(4, Kind.ANSWER, unsupported),
    )
    assert refusal(scene, asked) == "EventError 128 (Bad DN type)"
    assert [line.endswith("-> EventError 128 (Bad DN type)") for line in refused(scene)] == [
        True
    ]


def test_copies_of_a_registration_all_have_the_number_that_clients_drop():
    verdict = references(
        _evidence(_asked(1, _DROPPED), _asked(2, _DROPPED), _asked(3, ReferenceId(1)))
    )
    assert verdict.status is Status.PASS
    assert answer_to(_scene(_asked(1, _DROPPED)), _asked(1, _DROPPED)) is None


def test_any_other_number_is_for_one_request_only():
    again = _record(4, Kind.REQUEST, RequestQueryServer(reference_id=ReferenceId(1)))
    verdict = references(_evidence(_asked(3, ReferenceId(1)), again))
    assert verdict.status is Status.FAIL
