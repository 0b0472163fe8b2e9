"""Messages made wrong, each in the way that its kind says and in no other."""

import struct
from random import Random

import pytest

from tlibproto.codec import decode, encode, with_reference
from tlibproto.errors import ProtocolError
from tlibproto.framing import FrameDecoder
from tlibproto.messages import EventRinging
from tlibproto.vocabulary import AttributeId, CallType, ConnId, Dn, KVList
from tlibsim.faults.mangling import MANGLERS, places, shifted

RINGING = EventRinging(
    this_dn=Dn("7001"),
    conn_id=ConnId(5),
    call_type=CallType.Inbound,
    user_data=KVList.of(account="A-77", priority=5),
    event_sequence_number=41,
)
PAYLOAD = with_reference(encode(RINGING), 7)


def payload_of(packets: bytes) -> bytes:
    (payload,) = FrameDecoder().feed(packets)
    assert isinstance(payload, bytes)
    return payload


def mangled(kind: str, amount: int = 0) -> bytes:
    return MANGLERS[kind](PAYLOAD, amount, Random(1))


def test_the_walk_over_a_payload_ends_at_its_end():
    found = list(places(PAYLOAD))
    assert len(found) == PAYLOAD[0]
    assert found[-1].end == len(PAYLOAD)
    assert found[-1].attribute == AttributeId.ReferenceID


def test_a_number_is_shifted_and_nothing_else():
    message = decode(shifted(PAYLOAD, AttributeId.EventSequenceNumber, 3))
    assert message.event_sequence_number == 44
    assert message.user_data == RINGING.user_data
    assert shifted(PAYLOAD, AttributeId.ThisDN, 3) == PAYLOAD


def test_a_wrong_reference_is_another_number():
    assert decode(payload_of(mangled("wrong-reference"))).reference_id == 8
    assert decode(payload_of(mangled("wrong-reference", 1000))).reference_id == 1007


def test_without_reference_the_rest_is_as_it_was():
    message = decode(payload_of(mangled("no-reference")))
    assert message.reference_id is None
    assert message.this_dn == "7001"


def test_an_unknown_attribute_is_added_and_can_be_passed_over():
    payload = payload_of(mangled("unknown-attribute"))
    assert payload[0] == PAYLOAD[0] + 1
    assert decode(payload).this_dn == "7001"


def test_a_truncated_message_cannot_be_read():
    with pytest.raises(ProtocolError):
        decode(payload_of(mangled("truncate", 3)))


def test_an_oversized_packet_is_longer_than_allowed():
    packets = mangled("oversize")
    (length,) = struct.unpack_from(">I", packets)
    assert length == len(packets) - 4 > 16380


def test_a_wrong_length_says_more_than_there_is():
    packets = mangled("wrong-length", 10)
    (length,) = struct.unpack_from(">I", packets)
    assert length == len(PAYLOAD) + 10
    assert len(packets) == len(PAYLOAD) + 4


def test_a_list_of_the_wrong_type_stays_in_step():
    payload = payload_of(mangled("wrong-list-type"))
    codes = {one.attribute: chr(one.code) for one in places(payload)}
    assert codes[AttributeId.UserData] == "s"
    assert list(places(payload))[-1].end == len(payload)


def test_corruption_is_the_same_for_the_same_seed():
    assert mangled("corrupt", 4) == mangled("corrupt", 4)
    assert payload_of(mangled("corrupt", 1)) != PAYLOAD
