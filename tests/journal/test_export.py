"""The journal as JSON lines and as a server's log."""

import json

import pytest

from tests.journal.scene import Scene
from tests.session.exchange import Exchange
from tlibproto.messages import RequestRegisterClient
from tlibsim.journal.export import ExportError, from_line, to_lines, to_object
from tlibsim.journal.query import parse
from tlibsim.journal.records import Record, records
from tlibsim.journal.tserverlog import LogStyle, to_log

SCENE = Scene()
RECORDS = SCENE.records()


def found(text: str) -> Record:
    query = parse(text)
    return next(record for record in RECORDS if query.matches(record))


def test_a_record_that_was_exported_and_read_back_answers_the_same_questions() -> None:
    again = [from_line(line) for line in to_lines(RECORDS)]

    assert [to_object(one) for one in again] == [to_object(one) for one in RECORDS]
    for text in ("userdata.priority>=5", "client:desk", "fact.side.dn=7002", "call:*", "ref:*"):
        query = parse(text)
        assert [query.matches(one) for one in again] == [query.matches(one) for one in RECORDS]


def test_text_of_another_character_set_can_be_written_and_is_read_back_as_it_was() -> None:
    exchange = Exchange()
    line = exchange.connect()
    name = "데스크".encode("euc-kr").decode("utf-8", "surrogateescape")
    line.send(RequestRegisterClient(application_name=name))

    lines = list(to_lines(records(exchange.hub.journal)))
    read = [from_line(one.encode("utf-8").decode("utf-8")) for one in lines]

    assert "\\udc" in "".join(lines)
    asked = [one.message for one in read if isinstance(one.message, RequestRegisterClient)]
    assert [one.application_name for one in asked] == [name]


def test_a_line_says_who_got_an_event_and_who_asked_for_it() -> None:
    line = json.loads(next(to_lines([found("event:EventDialing")])))

    assert line["clients"] == [{"id": 1, "name": "desk"}]
    assert line["message"] == "EventDialing"
    assert line["reference"] == found("request:RequestMakeCall").reference


def test_a_password_does_not_get_into_a_record() -> None:
    exchange = Exchange(settings={"password": "open sesame"})
    exchange.connect().send(
        RequestRegisterClient(
            protocol_version="tserver protocol 4.2",
            application_name="desk",
            application_password="open sesame",
        )
    )

    lines = "\n".join(to_lines(records(exchange.journal)))

    assert "RequestRegisterClient" in lines
    assert "sesame" not in lines


def test_the_port_of_a_client_does_not_get_into_an_export() -> None:
    line = json.loads(next(to_lines(RECORDS)))

    assert line["values"] == {"peer": "there"}


@pytest.mark.parametrize(
    "line", ["", "[]", "{}", '{"n": 1}', '{"n": 1, "t": "x", "kind": "fact"}']
)
def test_a_line_that_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(ExportError):
        from_line(line)


def test_an_event_is_written_as_a_server_writes_it() -> None:
    head, *rest = to_log([found("event:EventRinging")], LogStyle(version="8.1.001.05"))

    stamp = head.split(" ")[0]
    assert stamp[0] == "@"
    assert len(stamp.split(".")[1]) == 4
    assert head.endswith("[0] 8.1.001.05 distribute_event: message EventRinging")
    assert "\tAttributeThisDN\t'7002'" in rest
    assert "\tAttributeCallType\t1" in rest
    assert f"\tAttributeConnID\t{SCENE.conn_id:016x}" in rest
    assert any(line.startswith("\tAttributeCallUUID\t'") for line in rest)
    assert all(line.startswith("\t") for line in rest)


def test_a_list_is_written_with_its_length_and_its_pairs_deeper() -> None:
    lines = list(to_log([found("event:EventAttachedDataChanged")]))

    at = next(i for i, line in enumerate(lines) if line.startswith("\tAttributeUserData\t["))
    assert lines[at].endswith("..")
    assert lines[at + 1 : at + 3] == ["\t\t'account'\t'A-77'", "\t\t'priority'\t5"]


def test_a_request_is_written_with_the_client_that_sent_it() -> None:
    head, message, *rest = to_log([found("request:RequestMakeCall")])

    assert " Trc 04541 RequestMakeCall received from [1] (00000001 desk)" in head
    assert message == "message RequestMakeCall"
    assert "\tAttributeOtherDN\t'7002'" in rest


def test_a_direct_answer_is_written_with_the_client_that_got_it() -> None:
    head = next(to_log([found("event:EventRegistered client:wall")]))

    assert " Trc 04542 EventRegistered sent to [2] (00000002 wall)" in head


def test_facts_and_connections_are_not_in_a_server_log() -> None:
    assert list(to_log([one for one in RECORDS if one.message is None])) == []


def test_an_event_number_is_sixteen_hex_digits_in_the_log() -> None:
    lines = to_log([found("event:EventRinging")])

    (line,) = [one for one in lines if one.startswith("\tAttributeEventSequenceNumber")]
    assert len(line.split("\t")[2]) == 16
