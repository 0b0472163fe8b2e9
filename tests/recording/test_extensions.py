"""RECORDING.md 3.3 and 5: what the Extensions of a recording request say."""

from typing import Any

import pytest

from tests.recording.studio import Book, call_of, party, refused
from tlibproto.vocabulary import ConnId, Dn, KVList, PrivateServiceId, Value, WideText
from tlibsim.recording.commands import (
    PauseRecording,
    RecordingCommand,
    RecordSide,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.extensions import (
    RECORDING_SERVICES,
    ControlValues,
    DropAllClients,
    StartValues,
    read_control,
    read_start,
)
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.commands import Because
from tlibsim.switch.refusals import Reason

RULES = RecordingRules()


def read(*pairs: tuple[str, Value], **rules: Any) -> StartValues:
    return read_start(KVList(pairs), RecordingRules(**rules))


def test_a_start_without_extensions_records_the_source() -> None:
    assert read_start(None, RULES) == StartValues(side=RecordSide.SOURCE)
    assert read_start(KVList(), RULES) == StartValues()


def test_each_named_key_becomes_a_field_and_the_others_are_passed_on_in_order() -> None:
    values = read(
        ("name1", "value1"),
        ("record", "source"),
        ("id", "rec-0001"),
        ("dest", "sip:10.0.0.101"),
        ("dest2", "sip:10.0.0.102"),
        ("params", "a=b;c=d"),
        ("Flag", ""),
    )

    assert values == StartValues(
        side=RecordSide.SOURCE,
        record_id="rec-0001",
        dest="sip:10.0.0.101",
        dest2="sip:10.0.0.102",
        params=(
            ("name1", "value1"),
            ("params", "a=b;c=d"),
            ("Flag", ""),
        ),
    )


@pytest.mark.parametrize("key", ["record", "Record", " RECORD ", "rec ord", "\trecord"])
@pytest.mark.parametrize("text", ["destination", "dest", " Destination "])
def test_keys_are_compared_without_case_and_blanks(key: str, text: str) -> None:
    assert read((key, text)).side is RecordSide.DESTINATION


def test_of_a_key_given_twice_the_first_counts_and_none_is_passed_on() -> None:
    values = read(("Id", "first"), ("id", "second"))

    assert (values.record_id, values.params) == ("first", ())


def test_blank_values_are_not_given() -> None:
    values = read(("id", "  "), ("dest", ""), ("dest2", " "))

    assert values == StartValues()


@pytest.mark.parametrize("text", ["both", "", "sources", "disabled"])
def test_a_side_that_is_neither_source_nor_destination_is_refused(text: str) -> None:
    detail = refused(Reason.INVALID_ATTRIBUTE, read, ("record", text))

    assert repr(text) in detail


@pytest.mark.parametrize("key", ["record", "id", "dest", "dest2", "anything"])
@pytest.mark.parametrize("value", [7, b"seven", KVList((("a", "b"),))])
def test_a_value_that_is_not_a_string_is_refused_for_any_key(key: str, value: Value) -> None:
    detail = refused(Reason.INVALID_ATTRIBUTE, read, (key, value))

    assert repr(key) in detail


def test_a_string_of_another_alphabet_is_a_string() -> None:
    assert read(("id", WideText("äöü"))).record_id == "äöü"


def test_integers_are_taken_as_text_where_the_option_says_so() -> None:
    values = read(("id", 17), ("level", -3), integer_extension="coerce")

    assert (values.record_id, values.params) == ("17", (("level", "-3"),))


@pytest.mark.parametrize("value", [b"seven", KVList()])
def test_only_integers_are_taken_as_text(value: Value) -> None:
    refused(Reason.INVALID_ATTRIBUTE, read, ("id", value), integer_extension="coerce")


def test_the_imitated_failure_asks_to_drop_all_clients() -> None:
    with pytest.raises(DropAllClients) as caught:
        read(("level", 3), integer_extension="drop-clients")

    assert caught.value.reason is Reason.INVALID_ATTRIBUTE


def test_the_imitated_failure_needs_an_integer() -> None:
    with pytest.raises(Exception, match="not a string") as caught:
        read(("level", b"x"), integer_extension="drop-clients")

    assert not isinstance(caught.value, DropAllClients)


def test_params_are_split_where_the_option_says_so() -> None:
    values = read(("x", "y;z"), (" Params", "a=b; c = d=e ;;flag"), params_split=True)

    assert values.params == (("x", "y;z"), ("a", "b"), ("c", "d=e"), ("flag", ""))


def test_control_requests_may_name_a_session_and_take_integers() -> None:
    assert read_control(None) == ControlValues()
    given = KVList((("ID", 5), ("record", "source"), ("note", 9)))

    assert read_control(given) == ControlValues(
        record_id="5", params=(("record", "source"), ("note", "9"))
    )


def test_control_requests_refuse_what_is_neither_text_nor_number() -> None:
    refused(Reason.INVALID_ATTRIBUTE, read_control, KVList((("note", b"x"),)))


# -- whole commands ----------------------------------------------------------------------------

BECAUSE = Because(reasons=KVList((("why", "test"),)))


def make(service: PrivateServiceId, conn_id: int | None, *pairs: Any) -> RecordingCommand:
    book = Book(services={"msml1"})
    call = call_of(party("7001"))
    book.calls[call.conn_id] = call
    return RECORDING_SERVICES[service](
        dn=Dn("7001"),
        conn_id=None if conn_id is None else ConnId(conn_id),
        extensions=KVList(pairs),
        because=BECAUSE,
        rules=RULES,
        calls=book,
    )


def test_a_start_becomes_its_command() -> None:
    pairs = ("record", "dest"), ("id", "x"), ("k", "v")

    command = make(PrivateServiceId.RecordStart, 0xC1, *pairs)

    assert command == StartRecording(
        dn=Dn("7001"),
        conn_id=ConnId(0xC1),
        side=RecordSide.DESTINATION,
        record_id="x",
        params=(("k", "v"),),
        because=BECAUSE,
    )


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        (PrivateServiceId.RecordStop, StopRecording),
        (PrivateServiceId.RecordPause, PauseRecording),
        (PrivateServiceId.RecordResume, ResumeRecording),
    ],
)
def test_control_requests_become_their_commands(
    service: PrivateServiceId, kind: type[StopRecording]
) -> None:
    command = make(service, 0xC1, ("id", "x"), ("k", 1))

    assert command == kind(
        dn=Dn("7001"),
        conn_id=ConnId(0xC1),
        record_id="x",
        params=(("k", "1"),),
        because=BECAUSE,
    )


def test_the_services_of_recording_are_four() -> None:
    assert {int(service) for service in RECORDING_SERVICES} == {3013, 3014, 3015, 3016}


@pytest.mark.parametrize("service", list(RECORDING_SERVICES))
@pytest.mark.parametrize("conn_id", [None, 0xDEADBEEF])
def test_a_connid_that_leads_nowhere_is_refused_before_the_extensions_are_read(
    service: PrivateServiceId, conn_id: int | None
) -> None:
    refused(Reason.INVALID_CONN_ID, make, service, conn_id, ("record", b"bad"))


def test_a_service_dn_is_refused_first() -> None:
    refused(
        Reason.WRONG_OBJECT,
        RECORDING_SERVICES[PrivateServiceId.RecordStart],
        dn=Dn("msml1"),
        conn_id=None,
        extensions=None,
        because=None,
        rules=RULES,
        calls=Book(services={"msml1"}),
    )
