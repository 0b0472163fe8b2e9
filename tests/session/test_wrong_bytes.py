"""Wrong bytes: what closes a connection, what costs one message, and that nobody else notices.

Rules: WIRE.md 7; a broken value in a message that is in step is EventError 53 (HOUSE.md 7).
"""

import struct
from dataclasses import replace

import pytest

from tests.session.exchange import Exchange, Line, frame
from tests.switch.bed import scenario_bed
from tlibproto.errors import ProtocolError
from tlibproto.messages import (
    EventError,
    RequestAttachUserData,
    RequestMakeCall,
    RequestQueryServer,
)
from tlibproto.vocabulary import AttributeId, ConnId, Dn, KVList, MessageId, ReferenceId
from tlibsim.config import ClientLimits
from tlibsim.journal import Kind
from tlibsim.switch.commands import MakeCall

REFERENCE = AttributeId.ReferenceID
QUERY = MessageId.RequestQueryServer


def attribute(number: int, code: str, value: bytes) -> bytes:
    """One attribute as it lies on the wire (WIRE.md 2.1)."""
    head = struct.pack(">IB", number, ord(code))
    if code == "s":
        return head + struct.pack(">H", len(value)) + value
    if code == "b":
        return head + struct.pack(">H", len(value) + 2) + value
    return head + value


def integer(number: int, value: int) -> bytes:
    return attribute(number, "i", struct.pack(">i", value))


def packet(message: int, *attributes: bytes, count: int | None = None) -> bytes:
    payload = struct.pack(">BI", len(attributes) if count is None else count, message)
    payload += b"".join(attributes)
    return struct.pack(">I", len(payload)) + payload


GOOD = packet(QUERY, integer(REFERENCE, 1))

CLOSING = {
    "packet over 16380": struct.pack(">I", 16381) + bytes(9),
    "neither packet nor ADDP": b"p3" + bytes(8),
    "type code": packet(QUERY, attribute(53, "x", bytes(4))),
    "count beyond the end": packet(QUERY, integer(REFERENCE, 1), count=3),
    "text beyond the end": packet(QUERY, struct.pack(">IBH", 20, ord("s"), 99) + b"7001"),
    "integer cut short": packet(QUERY, attribute(REFERENCE, "i", b"\x00\x00")),
    "parts that do not add up": struct.pack(">I", 28)
    + b"$PACKET EXTENSION V1.00$"
    + struct.pack(">I", 4)
    + GOOD,
}


def dead(line: Line) -> str:
    """The reason for which the connection was closed, which must also be in the journal."""
    assert line.closed
    (entry,) = line.exchange.entries(Kind.WRONG_BYTES)
    assert entry.client == line.id
    assert isinstance(entry.subject, ProtocolError)
    assert entry.detail == line.closed == str(entry.subject)
    return entry.detail


@pytest.mark.parametrize("wrong", CLOSING.values(), ids=CLOSING)
def test_a_stream_out_of_step_closes_the_connection_with_the_reason(wrong: bytes) -> None:
    line = Exchange().open()

    line.feed(wrong)

    reason = dead(line)
    assert "byte " in reason
    assert line.take() == []


@pytest.mark.parametrize("wrong", CLOSING.values(), ids=CLOSING)
def test_nobody_else_notices_a_stream_out_of_step(wrong: bytes) -> None:
    exchange = Exchange()
    bad, good = exchange.open("7001"), exchange.open("7001")
    before = good.raw

    bad.feed(wrong)

    assert good.raw == before
    assert not good.closed
    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))
    assert good.names() == ["EventDialing"]
    assert not exchange.journal.broken


@pytest.mark.parametrize("wrong", CLOSING.values(), ids=CLOSING)
def test_what_came_before_the_wrong_bytes_is_still_answered(wrong: bytes) -> None:
    line = Exchange().open()

    line.feed(GOOD + GOOD + wrong + GOOD)

    assert line.names() == ["EventServerInfo", "EventServerInfo"]
    assert line.closed


@pytest.mark.parametrize("wrong", CLOSING.values(), ids=CLOSING)
def test_wrong_bytes_may_come_in_any_cuts(wrong: bytes) -> None:
    line = Exchange().open()

    for byte in GOOD + wrong:
        if not line.closed:
            line.feed(bytes((byte,)))

    assert line.names() == ["EventServerInfo"]
    dead(line)


def test_the_reason_names_the_attribute_and_the_byte() -> None:
    line = Exchange().open()

    line.feed(packet(QUERY, integer(REFERENCE, 1), attribute(53, "x", bytes(4))))

    reason = dead(line)
    assert "Extensions" in reason
    assert "byte 18" in reason  # 5 of the head, 9 of the ReferenceID, 4 of the number


def test_the_reason_of_a_packet_counts_bytes_of_the_whole_stream() -> None:
    exchange = Exchange()
    line = exchange.connect()

    line.feed(GOOD + GOOD + b"\xff" * 8)

    assert f"byte {2 * len(GOOD)}" in dead(line)


def test_nothing_is_taken_from_a_connection_that_is_being_closed() -> None:
    exchange = Exchange()
    line = exchange.open()
    line.feed(CLOSING["type code"])

    assert exchange.hub.receive(line.id, GOOD, exchange.now) == ()


def test_the_close_is_in_the_journal_with_its_reason_and_not_that_of_the_socket() -> None:
    exchange = Exchange()
    line = exchange.open(name="bad one")
    line.feed(CLOSING["type code"])
    reason = line.closed
    line.disconnect()

    (entry,) = exchange.entries(Kind.CLOSED)
    assert (entry.client, entry.subject, entry.detail) == (line.id, "bad one", reason)


# Limits.


def limited(**limits: int) -> Exchange:
    return Exchange(settings={"limits": replace(ClientLimits(), **limits)})


def attach(pairs: KVList) -> bytes:
    return frame(
        RequestAttachUserData(
            this_dn="7001", conn_id=ConnId(1), user_data=pairs, reference_id=ReferenceId(9)
        )
    )


def test_a_message_over_the_limit_closes_before_it_has_come() -> None:
    exchange = limited(max_message_bytes=100_000)
    line = exchange.open()
    whole = attach(KVList((("k", "x" * 200_000),)))

    line.feed(whole[:32])

    assert "100000" in dead(line)


def test_a_message_up_to_the_limit_is_served() -> None:
    line = limited(max_message_bytes=100_000).open("7001")

    line.feed(attach(KVList((("k", "x" * 99_000),))))

    assert line.names() == ["EventError"]
    assert not line.closed


def test_a_list_that_is_nested_too_deep_closes() -> None:
    pairs = KVList((("k", 1),))
    for _ in range(12):
        pairs = KVList((("k", pairs),))
    line = limited(max_depth=10).open("7001")

    line.feed(attach(pairs))

    assert "UserData" in dead(line)


def test_a_list_with_too_many_pairs_closes() -> None:
    line = limited(max_pairs=50).open("7001")

    line.feed(attach(KVList([("k", 1)] * 51)))

    assert "UserData" in dead(line)


# One broken value.

CONN_ID = attribute(AttributeId.ConnID, "l", bytes(7) + b"\x01")
BROKEN = {
    "list of a bad kind": attribute(51, "b", b"\x00\x01\x09\x00\x01k\x00\x00"),
    "integer of a bad size": attribute(51, "b", b"\x00\x01\x01\x00\x01k\x00\x02\x00\x00"),
    "value beyond the list": attribute(51, "b", b"\x00\x01\x00\x00\x01k\x00\x63"),
    "count above the pairs": attribute(51, "b", b"\x00\x05\x00\x00\x01k\x00\x00"),
    "text for a list": attribute(51, "s", b"text"),
    "integer for a list": integer(51, 1),
}


def test_an_error_repeats_what_could_be_read_of_the_request() -> None:
    line = Exchange().open("7001")
    this_dn = attribute(AttributeId.ThisDN, "s", b"7001")

    line.feed(packet(MessageId.RequestDeletePair, CONN_ID, integer(REFERENCE, 7), this_dn))
    line.feed(
        packet(
            MessageId.RequestAttachUserData,
            BROKEN["text for a list"],
            CONN_ID,
            integer(REFERENCE, 8),
            this_dn,
        )
    )

    for error, number in zip(line.take(), (7, 8), strict=True):
        assert (type(error), error.error_code) == (EventError, 53)
        assert (error.reference_id, error.this_dn, error.conn_id) == (number, "7001", 1)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("first", [True, False])
def test_a_broken_value_is_error_53_and_the_connection_lives(
    broken: bytes, first: bool
) -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    reference = integer(REFERENCE, 77)
    rest = (broken, CONN_ID, reference) if first else (reference, CONN_ID, broken)

    line.feed(packet(MessageId.RequestAttachUserData, *rest))

    (error,) = line.take()
    assert (type(error), error.error_code, error.reference_id) == (EventError, 53, 77)
    assert error.error_message == "Invalid attribute value"
    assert not line.closed
    (entry,) = exchange.entries(Kind.WRONG_BYTES)
    assert "UserData" in entry.detail
    line.ask(RequestQueryServer())


def test_a_conn_id_of_another_type_is_error_53() -> None:
    line = Exchange().open("7001")

    line.feed(
        packet(MessageId.RequestHoldCall, integer(REFERENCE, 5), integer(AttributeId.ConnID, 1))
    )

    (error,) = line.take()
    assert (error.error_code, error.reference_id) == (53, 5)


def test_a_broken_value_in_a_request_without_a_number_gets_an_error_without_one() -> None:
    line = Exchange().open("7001")

    line.feed(packet(MessageId.RequestAttachUserData, BROKEN["text for a list"]))

    (error,) = line.take()
    assert (error.error_code, error.reference_id) == (53, None)


def test_a_broken_value_in_a_request_that_needs_no_answer_gets_none() -> None:
    line = Exchange().open("7001")

    line.feed(
        packet(
            MessageId.RequestAttachUserData,
            BROKEN["text for a list"],
            integer(REFERENCE, 2147483647),
        )
    )

    assert line.take() == []
    assert not line.closed


def test_a_request_that_lacks_what_it_must_have_is_error_53_with_its_number() -> None:
    exchange = Exchange()
    line = exchange.open("7001")

    line.feed(packet(MessageId.RequestDeletePair, integer(REFERENCE, 6), CONN_ID))

    (error,) = line.take()
    assert (error.error_code, error.reference_id) == (53, 6)
    assert "DataKey" in exchange.entries(Kind.WRONG_BYTES)[0].detail


# What is not wrong.


def test_surplus_bytes_after_the_last_attribute_are_ignored() -> None:
    line = Exchange().open()
    payload = struct.pack(">BI", 1, QUERY) + integer(REFERENCE, 1) + b"surplus"

    line.feed(struct.pack(">I", len(payload)) + payload)

    assert line.names() == ["EventServerInfo"]


def test_an_attribute_that_nobody_knows_is_ignored() -> None:
    line = Exchange().open()

    line.feed(packet(QUERY, attribute(4711, "b", b"??"), integer(REFERENCE, 1)))

    assert line.names() == ["EventServerInfo"]


def test_of_an_attribute_that_comes_twice_the_last_one_counts() -> None:
    line = Exchange().open()

    line.feed(packet(QUERY, integer(REFERENCE, 1), integer(REFERENCE, 2)))

    assert [message.reference_id for message in line.take()] == [2]


def test_a_number_sent_as_text_is_a_number() -> None:
    line = Exchange().open()

    line.feed(packet(QUERY, attribute(REFERENCE, "s", b"42")))

    assert [message.reference_id for message in line.take()] == [42]


def test_a_long_request_in_parts_is_served_when_it_is_whole() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    conn_id = exchange.talk(line, line)
    data = frame(
        RequestAttachUserData(
            this_dn="7001", conn_id=conn_id, user_data=KVList((("k", "x" * 40_000),))
        )
    )

    for at in range(0, len(data), 999):
        assert line.inbox == []
        line.feed(data[at : at + 999])

    assert line.names() == ["EventAttachedDataChanged"] * 2


def test_any_text_may_be_a_dn() -> None:
    line = Exchange().open()
    request = RequestMakeCall(this_dn="\x00\udcff'; --", other_dn="../..")

    assert line.refused(request) == 41
    assert line.inbox[-1].this_dn == request.this_dn


def test_an_unknown_message_with_a_broken_list_is_still_just_unknown() -> None:
    line = Exchange().open()

    line.feed(packet(9999, BROKEN["count above the pairs"], integer(REFERENCE, 8)))

    (error,) = line.take()
    assert (error.error_code, error.reference_id) == (51, 8)


def test_the_bed_has_limits_by_default() -> None:
    limits = scenario_bed().limits

    assert limits.max_message_bytes == 16 * 1024 * 1024
    assert limits.max_depth == 64
