"""What a recording proxy writes is safe before it is written, and can be read again."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tlibproto.codec import decode, encode
from tlibproto.framing import encode_frame
from tlibproto.messages import (
    EventEstablished,
    EventReleased,
    Message,
    RequestAttachUserData,
    RequestRegisterClient,
)
from tlibproto.messages.base import RawAttribute
from tlibproto.vocabulary import ConnId, Dn, KVList, ReferenceId
from tlibsim.logs.message import LogMessage
from tlibsim.logs.reading import LogReader
from tlibsim.logs.redaction import Redactor
from tlibsim.logs.session import SessionLines
from tlibsim.ports.media import Instant

CARD = "4111111111111111"
OPEN = RequestRegisterClient(
    protocol_version="v", session_id=0, application_name="wde", application_password="secret"
)


def frame(message: Message) -> bytes:
    return encode_frame(encode(message))


def attach(*pairs: tuple[str, object]) -> RequestAttachUserData:
    return RequestAttachUserData(
        this_dn=Dn("7001"),
        conn_id=ConnId(7),
        user_data=KVList(pairs),  # type: ignore[arg-type]
        reference_id=ReferenceId(3),
        extra=(RawAttribute(4711, "s", b"tel 4155550199"),),
    )


def said(*messages: Message, to_server: bool = True) -> list[str]:
    lines = SessionLines(Redactor())
    client, first = lines.connected(Instant(1_000_000))
    data = b"".join(map(frame, messages))
    return [first, *lines.took(Instant(2_000_000), client, data, to_server=to_server)]


def read(lines: list[str]) -> list[LogMessage]:
    return list(LogReader("a.tlc").read(f"{line}\n" for line in lines))


def test_nothing_that_must_be_hidden_is_in_a_line_not_even_in_the_bytes() -> None:
    pairs = (("card", CARD), ("bin", CARD.encode()), ("tel", "4155550199"))
    lines = "\n".join(said(OPEN, attach(*pairs)))

    for hidden in (CARD, "secret", "4155550199"):
        assert hidden not in lines
        assert hidden.encode().hex() not in lines


def test_the_bytes_of_a_line_are_the_message_of_the_line() -> None:
    *_, last = said(OPEN, attach(("card", CARD), ("plain", "gold")))

    found = json.loads(last)
    message = decode(bytes.fromhex(found["raw"]))
    assert isinstance(message, RequestAttachUserData)
    assert message.user_data is not None
    (card, hidden), plain = message.user_data
    assert card == "card"
    assert len(str(hidden)) == len(CARD)
    assert plain == ("plain", "gold")


def test_what_has_nothing_to_hide_keeps_its_own_bytes() -> None:
    message = EventReleased(conn_id=ConnId(7), this_dn=Dn("7001"))
    *_, last = said(message, to_server=False)

    assert json.loads(last)["raw"] == encode(message).hex()


def test_a_session_is_a_log_that_can_be_read() -> None:
    request = read(said(OPEN, attach(("a", 1))))[1]

    assert (request.name, request.client) == ("RequestAttachUserData", "wde")
    assert request.values["UserData"] == KVList([("a", 1)])
    assert request.values["ReferenceID"] == 3


def test_copies_for_several_clients_are_one_event_when_read() -> None:
    ringing = EventReleased(conn_id=ConnId(7), this_dn=Dn("7001"), event_sequence_number=5)

    assert len(read(said(ringing, ringing, to_server=False))) == 1


def test_open_calls_are_counted() -> None:
    lines = SessionLines(Redactor())
    client, _ = lines.connected(Instant(0))
    begun = EventEstablished(conn_id=ConnId(7), this_dn=Dn("7001"))
    list(lines.took(Instant(0), client, frame(begun), to_server=False))
    assert lines.open_calls == 1

    ended = EventReleased(conn_id=ConnId(7), this_dn=Dn("7001"))
    list(lines.took(Instant(0), client, frame(ended), to_server=False))
    assert lines.open_calls == 0


@given(st.binary(max_size=400))
def test_bytes_that_cannot_be_read_are_counted_and_not_written(data: bytes) -> None:
    lines = SessionLines(Redactor())
    client, _ = lines.connected(Instant(0))

    found = list(lines.took(Instant(0), client, CARD.encode() + data, to_server=True))

    assert all(CARD not in line and CARD.encode().hex() not in line for line in found)
