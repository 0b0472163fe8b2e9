"""The plain declarations say what the code on bytes does."""

import construct  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.wire_values import kv_lists
from tests.vectors.files import payloads
from tlibproto.errors import ProtocolError, Unencodable
from tlibproto.framing import encode_addp, encode_frame
from tlibproto.layout import attributes
from tlibproto.layout.header import (
    ADDP,
    HEAD,
    PACKET,
    addp_parts,
    extension_total,
    packet_payload,
)
from tlibproto.layout.lists import AttributeList, PairList
from tlibproto.layout.values import CONN_ID, EVENT_MASK, VALUES
from tlibproto.vocabulary import KVList, mask_of

MESSAGE = construct.Struct(*HEAD.subcons, "attributes" / AttributeList())


@pytest.mark.parametrize("payload", payloads(400)[::5])
def test_a_declared_message_is_that_of_the_code_on_bytes(payload: bytes) -> None:
    parsed = MESSAGE.parse(payload)
    spans = attributes.split(payload).spans
    assert parsed.attributes == [
        (span.attribute, chr(span.code), payload[span.start : span.end]) for span in spans
    ]
    assert MESSAGE.build(parsed) == payload


@given(kv_lists())
def test_a_declared_list_is_that_of_the_code_on_bytes(pairs: KVList) -> None:
    form = construct.Prefixed(construct.Int32ub, PairList())
    assert form.parse(form.build(pairs)) == pairs


def test_errors_pass_through_a_declaration_as_they_are() -> None:
    with pytest.raises(ProtocolError):
        PairList().parse(b"\0\1")
    with pytest.raises(Unencodable):
        PairList().build(KVList.of(k=2**31))


@pytest.mark.parametrize("form", [PairList(), AttributeList()])
def test_a_list_has_no_size_of_its_own(form: construct.Construct) -> None:
    with pytest.raises(construct.SizeofError):
        form.sizeof()


@pytest.mark.parametrize(
    ("code", "raw"), [("i", 4), ("l", 8), ("s", 3), ("S", 3), ("b", 3), ("B", 3)]
)
def test_a_declared_value_is_that_of_the_code_on_bytes(code: str, raw: int) -> None:
    value = bytes(range(raw))
    packed = attributes.pack(7, ord(code), value)[5:]
    found = VALUES[code].parse(packed)
    assert VALUES[code].build(found) == packed
    assert found == (int.from_bytes(value, "big") if code in "il" else value)


@given(st.frozensets(st.integers(0, 511)), st.integers(0, 2**64 - 1))
def test_masks_and_connection_ids_are_declared(numbers: frozenset[int], conn_id: int) -> None:
    assert EVENT_MASK.parse(EVENT_MASK.build(numbers)) == numbers
    assert EVENT_MASK.build(numbers) == mask_of(numbers)
    assert CONN_ID.parse(CONN_ID.build(conn_id)) == conn_id


@given(st.binary(max_size=50))
def test_a_declared_packet_is_that_of_the_code_on_bytes(payload: bytes) -> None:
    assert PACKET.build(payload) == encode_frame(payload)
    assert packet_payload(encode_frame(payload) + b"more") == payload
    assert packet_payload(encode_frame(payload)[:-1]) is None


def test_extension_and_addp_packets_are_declared() -> None:
    assert extension_total(encode_frame(bytes(20055))[4:32]) == 20055
    assert extension_total(bytes(28)) is None
    packet = encode_addp("I", b"\1\2\3")
    assert addp_parts(packet) == ("I", b"\1\2\3")
    assert addp_parts(packet[:5]) is None
    assert ADDP.build({"kind": b"I", "argument": b"\1\2\3"}) == packet
