"""Logs in every dialect become messages; what cannot be read is told of with its line."""

from hypothesis import given
from hypothesis import strategies as st

from tests.logs.texts import SDK, SERVER
from tlibproto.messages import EventRinging, RequestAttachUserData
from tlibproto.vocabulary import KVList
from tlibsim.logs.message import Dialect, LogMessage, Role, typed
from tlibsim.logs.reading import KEPT_PROBLEMS, LogReader


def read(text: str) -> tuple[LogReader, list[LogMessage]]:
    reader = LogReader("some.log")
    return reader, list(reader.read(text.splitlines(keepends=True)))


def test_a_distributed_event_keeps_its_types() -> None:
    reader, (ringing, *_) = read(SERVER)

    message = typed(ringing)
    assert isinstance(message, EventRinging)
    assert message.conn_id == 0x00A1B2C3D4E50001
    assert message.user_data == KVList(
        [("segment", "gold"), ("score", 17), ("inner", KVList([("a", "b")])), ("after", "list")]
    )
    assert ringing.values["EventSequenceNumber"] == 0x57001
    assert reader.version == "8.1.001.05"
    assert reader.unreadable == 0


def test_a_request_names_its_client_and_its_line() -> None:
    _, messages = read(SERVER)

    request = messages[1]
    assert (request.role, request.client) == (Role.REQUEST, "Agent Desktop")
    assert request.place == "some.log:16"


def test_copies_for_the_backup_are_passed_over() -> None:
    _, messages = read(SERVER)

    assert [one.name for one in messages] == [
        "EventRinging",
        "RequestAnswerCall",
        "EventEstablished",
    ]


def test_times_are_microseconds_of_the_day_and_go_on_past_midnight() -> None:
    late = SERVER.replace("09:41:04.73", "00:00:01.73").replace("09:41:0", "23:59:5")
    _, messages = read(late)

    begun = messages[0].at
    assert begun is not None
    assert [(one.at or 0) - begun for one in messages] == [0, 4_179_600, 11_190_000 - 0]


def test_an_answer_gets_the_client_from_the_line_that_tells_it_was_sent() -> None:
    _, (answer,) = read(
        "@12:01:58.3950 [0] 8.1.101.61 send_to_client: message EventACK\n"
        "\tAttributeReferenceID\t5\n"
        "12:01:58.395 Trc 04542 EventACK sent to [588] (00000005 Recorder 10.1.1.1:4444)\n"
    )

    assert (answer.role, answer.client) == (Role.ANSWER, "Recorder")


def test_a_client_side_log_is_read() -> None:
    reader, (request, event) = read(SDK)

    message = typed(request)
    assert isinstance(message, RequestAttachUserData)
    assert message.user_data == KVList([("ActivityID", "1-XXXXXX"), ("count", 5)])
    assert request.conn_id == "0000000000000890"
    assert event.integer("TimeinSecs") == 1_420_644_031
    assert reader.dialects == {Dialect.SDK: 2}
    assert reader.unreadable == 0


def test_what_a_client_side_log_calls_an_interaction_is_read() -> None:
    _, messages = read(
        '12:00:00.000 Int 04543 Interaction message "EventRinging" received from 65200 ("S@sw")\n'
        "message EventRinging\n\tAttributeThisDN\t'7001'\n"
        "12:00:01.000 Std received from 65200(S)host:3000(fd=7) message EventReleased\n"
        "\tAttributeThisDN\t'7001'\n"
        "12:00:02.000 Std request to 65200(S) message RequestMakeCall\n\tAttributeThisDN '7001'\n"
    )

    assert [(one.name, one.this_dn) for one in messages] == [
        ("EventRinging", "7001"),
        ("EventReleased", "7001"),
        ("RequestMakeCall", "7001"),
    ]


def test_a_token_that_a_page_broke_is_put_together() -> None:
    reader, (message,) = read(
        "@09:41:00.5404 [0] 8.1.001.05 distribute call/party event: message EventCallDataChanged\n"
        "\tAttributeISLinkList\t[108] 00 01 03 00..\n"
        "\t\t'00TLIBSIM0000000000000000000L001' (list) 'location-name'\t'S@sw'\n"
        "\t\t\t'direction-\nrole'\t'source'\n"
    )

    link = KVList([("location-name", "S@sw"), ("direction-role", "source")])
    assert message.values["ISLinkList"] == KVList([("00TLIBSIM0000000000000000000L001", link)])
    assert reader.unreadable == 0


def test_a_line_that_cannot_be_read_is_told_and_reading_goes_on() -> None:
    reader, messages = read(
        SERVER.replace("\tAttributeThisDNRole\t2", "\tAttributeThisDNRole\tx")
    )

    assert [str(one) for one in reader.problems] == [
        "some.log:3: is no number of ThisDNRole: x"
    ]
    assert len(messages) == 3
    assert messages[0].text("OtherDN") == "4155550100"


def test_line_ends_of_both_kinds_are_the_same() -> None:
    assert [one.values for one in read(SERVER.replace("\n", "\r\n"))[1]] == [
        one.values for one in read(SERVER)[1]
    ]


def test_the_list_of_problems_is_bounded() -> None:
    reader, _ = read(SERVER + "\tnonsense\n" * 500)

    assert reader.unreadable == 500
    assert len(reader.problems) == KEPT_PROBLEMS


@given(
    st.lists(st.sampled_from([*SERVER.splitlines(), *SDK.splitlines(), "{", "{}", "\t'", "'"]))
)
def test_lines_in_any_order_never_raise(lines: list[str]) -> None:
    read("\n".join(lines))


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.integers(0, len(SERVER))
)
def test_garbage_anywhere_in_a_log_never_raises(garbage: str, at: int) -> None:
    reader, messages = read(SERVER[:at] + garbage + SERVER[at:])

    assert reader.lines >= len(messages)
