"""What the codec reads beside the vectors, what it converts, and what it refuses, and where."""

import time

import pytest

from tlibproto.codec import Limits, decode, encode, value_name, with_reference
from tlibproto.errors import (
    MalformedAttribute,
    MalformedFrame,
    MissingAttribute,
    ProtocolError,
    Unencodable,
)
from tlibproto.layout.attributes import ATTRIBUTES, Kind, pack
from tlibproto.messages import (
    EventACK,
    EventError,
    EventLinkConnected,
    EventRinging,
    EventServerInfo,
    Message,
    RawAttribute,
    RequestAttachUserData,
    RequestDeletePair,
    RequestMakeCall,
    RequestPrivateService,
    RequestRegisterAddress,
    RequestSendEvent,
    RequestStartCallMonitoring,
    UnknownMessage,
    evolve,
)
from tlibproto.vocabulary import (
    AddressType,
    AttributeId,
    CallState,
    CallType,
    ConnId,
    Dn,
    KVList,
    MessageId,
    ReferenceId,
    RegModeMask,
    TErrorCode,
    mask_of,
)

A = AttributeId
REFERENCE = pack(A.ReferenceID, ord("i"), bytes((0, 0, 0, 77)))


def _payload(message_id: int, *attributes: bytes) -> bytes:
    return bytes((len(attributes),)) + message_id.to_bytes(4, "big") + b"".join(attributes)


def _attribute(number: int, code: str, value: bytes) -> bytes:
    return pack(number, ord(code), value)


def _error(payload: bytes, limits: Limits | None = None) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        decode(payload, limits=limits or Limits())
    return caught.value


def test_the_registration_of_the_description() -> None:
    payload = bytes.fromhex(
        "0300000000 0000000073001474736572766572 2070726f746f636f6c20342e32"
        "0000006c6900000000 0000004073000c70726f62652d636c69656e74"
    )
    message = decode(payload)
    assert repr(message) == (
        "RequestRegisterClient(protocol_version='tserver protocol 4.2', session_id=0, "
        "application_name='probe-client')"
    )


def test_the_smallest_answer_opens_the_channel() -> None:
    assert encode(EventLinkConnected()).hex() == "000000005f"
    assert decode(bytes.fromhex("000000005f")) == EventLinkConnected()


def test_the_answer_to_a_registration_is_that_of_the_description() -> None:
    event = EventACK(
        reference_id=ReferenceId(1), this_dn=Dn("7001"), address_type=AddressType.DN
    )
    assert encode(event).hex() == (
        "030000008a00000002690000000100000014730004373030310000002f6900000001"
    )


def test_a_number_becomes_the_member_of_its_enumeration() -> None:
    payload = _payload(
        60,
        _attribute(A.CallType, "i", bytes((0, 0, 0, 2))),
        _attribute(A.CallState, "i", bytes((0, 0, 0, 22))),
        _attribute(A.AddressType, "i", bytes((0, 0, 1, 0))),
        _attribute(A.ErrorCode, "i", bytes((0, 0, 0, 59))),
    )
    event = decode(payload)
    assert isinstance(event, EventRinging)
    assert event.call_type is CallType.Inbound
    assert event.call_state is CallState.Redirected
    assert event.error_code is TErrorCode.TERR_NOT_CONFIGURED
    assert (event.address_type, type(event.address_type)) == (256, int)
    assert event.source is None


def test_register_mode_is_a_mask_in_call_monitoring_only() -> None:
    payload = _payload(167, _attribute(A.RegisterMode, "i", bytes((0, 0, 0, 9))))
    request = decode(payload)
    assert isinstance(request, RequestStartCallMonitoring)
    assert request.register_mode is RegModeMask.DefaultNoSync
    assert value_name(167, A.RegisterMode, 1) == "Default"
    assert value_name(3, A.RegisterMode, 1) == "ModePrivate"
    assert value_name(3, A.RegisterMode, 77) is None
    assert value_name(3, A.ThisDN, 1) is None
    assert value_name(999, A.ThisDN, 1) is None


@pytest.mark.parametrize(
    ("attribute", "code", "raw", "value"),
    [
        (A.CallID, "s", b"-12", -12),
        (A.CallID, "S", b"2147483647", 2147483647),
        (A.CallType, "s", b"2", CallType.Inbound),
        (A.ThisDN, "i", b"\0\0\x1b\x59", "7001"),
        (A.ThisDN, "l", b"\xff" * 8, "-1"),
        (A.ThisDN, "S", b"7001", "7001"),
        (A.NetworkCallID, "i", b"\xff\xff\xff\xfe", -2),
        (A.NetworkCallID, "s", b"9223372036854775807", 2**63 - 1),
        (A.UserData, "B", b"\0\0", KVList()),
        (A.Capabilities, "B", bytes(64), bytes(64)),
        (A.Capabilities, "b", b"\x01", b"\x01"),
    ],
)
def test_what_the_client_converts_is_converted_and_goes_back_as_it_came(
    attribute: AttributeId, code: str, raw: bytes, value: object
) -> None:
    payload = _payload(60, _attribute(attribute, code, raw))
    event = decode(payload)
    ((_, found),) = event.present()
    assert found == value
    assert type(found) is type(value)
    assert encode(event) == payload
    assert decode(encode(type(event)(**dict(event.present())))) == event


@pytest.mark.parametrize(
    ("attribute", "code", "raw", "offset"),
    [
        (A.CallID, "l", bytes(8), 4),
        (A.CallID, "b", bytes(4), 4),
        (A.CallID, "s", b"12x", 7),
        (A.CallID, "s", b"", 7),
        (A.CallID, "s", b"2147483648", 7),
        (A.CallID, "s", "１２".encode(), 7),
        (A.CallType, "l", bytes(8), 4),
        (A.ReferenceID, "l", bytes(8), 4),
        (A.ReferenceID, "b", b"", 4),
        (A.ConnID, "i", bytes(4), 4),
        (A.ConnID, "s", b"1", 4),
        (A.NetworkCallID, "b", b"", 4),
        (A.NetworkCallID, "s", b"9223372036854775808", 7),
        (A.UserData, "s", b"", 4),
        (A.UserData, "l", bytes(8), 4),
        (A.Capabilities, "i", bytes(4), 4),
        (A.ThisDN, "b", b"7001", 4),
    ],
)
def test_what_the_client_loses_is_refused_and_names_the_request(
    attribute: AttributeId, code: str, raw: bytes, offset: int
) -> None:
    bad = _attribute(attribute, code, raw)
    error = _error(_payload(60, bad, REFERENCE))
    assert isinstance(error, MalformedAttribute)
    assert not error.fatal
    assert error.offset == 5 + offset
    assert error.path == attribute.name
    assert (error.message_id, error.reference_id) == (60, 77)
    assert attribute.name in str(error)
    assert error.excerpt


@pytest.mark.parametrize(
    ("payload", "kind", "offset", "path"),
    [
        ("010000003c 00000014 74 0004 37303031", MalformedAttribute, 9, "ThisDN"),
        ("010000003c 000003e7 00", MalformedAttribute, 9, "attribute 999"),
        ("020000003c 00000003 69 00000001", MalformedFrame, 14, "attributes[1]"),
        ("020000003c 00000003 69 00000001 00000014", MalformedFrame, 14, "attributes[1]"),
        ("010000003c", MalformedFrame, 5, "attributes[0]"),
        ("010000003c 00000003 69 0000", MalformedAttribute, 10, "CallID"),
        ("010000003c 00000009 6c 00000000", MalformedAttribute, 10, "ConnID"),
        ("010000003c 00000014 73 0005 37303031", MalformedAttribute, 10, "ThisDN"),
        ("010000003c 00000014 73 00", MalformedAttribute, 10, "ThisDN"),
        ("010000003c 00000014 53 00000005 37303031", MalformedAttribute, 10, "ThisDN"),
        ("010000003c 00000033 62 0001", MalformedAttribute, 10, "UserData"),
        ("010000003c 00000033 62 0000", MalformedAttribute, 10, "UserData"),
        ("010000003c 00000033 62 0005 0000", MalformedAttribute, 10, "UserData"),
        ("010000003c 00000033 42 ffffffff 0000", MalformedAttribute, 10, "UserData"),
        (
            "010000003c 00000033 62 0009 0001 03 0000 0000",
            MalformedAttribute,
            17,
            "UserData[0]",
        ),
    ],
)
def test_what_puts_the_stream_out_of_step_is_fatal(
    payload: str, kind: type[ProtocolError], offset: int, path: str
) -> None:
    error = _error(bytes.fromhex(payload))
    assert type(error) is kind
    assert error.fatal
    assert (error.offset, error.path) == (offset, path)
    assert error.message_id == 60


def test_a_fatal_error_counts_more_than_an_earlier_one_that_is_not() -> None:
    bad = _attribute(A.ConnID, "i", bytes(4))
    empty = _attribute(A.UserData, "b", bytes.fromhex("0001 03 0000 0000"))
    error = _error(_payload(60, bad, empty))
    assert (error.path, error.fatal) == ("UserData[0]", True)
    error = _error(_payload(60, bad, b"\0\0\0\x02x"))
    assert (error.path, error.fatal) == ("ReferenceID", True)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\0\0\0"])
def test_a_payload_without_a_head_spoils_only_itself(payload: bytes) -> None:
    error = _error(payload)
    assert isinstance(error, MalformedFrame)
    assert (error.fatal, error.reference_id, error.offset) == (False, None, 0)


def test_the_last_of_several_references_is_the_one_to_answer() -> None:
    first = _attribute(A.ReferenceID, "i", bytes((0, 0, 0, 5)))
    bad = _attribute(A.ConnID, "i", bytes(4))
    assert _error(_payload(16, first, bad, REFERENCE)).reference_id == 77


def test_surplus_bytes_are_ignored_and_go_back() -> None:
    payload = _payload(138, REFERENCE) + b"surplus"
    message = decode(payload)
    assert message == EventACK(reference_id=ReferenceId(77))
    assert encode(message) == payload
    assert encode(evolve(message, this_dn="1")).endswith(b"surplus")


def test_of_a_repeated_attribute_the_last_counts_and_all_go_back() -> None:
    enclosed = _attribute(A.ReferenceID, "i", bytes((0, 0, 0, 5)))
    user = _attribute(A.UserEvent, "i", bytes((0, 0, 0, 96)))
    payload = _payload(49, enclosed, user, REFERENCE)
    request = decode(payload)
    assert isinstance(request, RequestSendEvent)
    assert (request.reference_id, request.user_event) == (77, 96)
    assert encode(request) == payload
    changed = encode(evolve(request, reference_id=78))
    assert changed == _payload(49, enclosed, user, REFERENCE[:-1] + b"\x4e")
    assert encode(evolve(request, reference_id=None)) == _payload(49, user)


def test_attributes_that_a_message_does_not_carry_are_kept_in_their_order() -> None:
    unknown = _attribute(999, "l", bytes(range(8)))
    stranger = _attribute(A.UserData, "b", b"\0\0")
    payload = _payload(16, unknown, REFERENCE, stranger)
    request = decode(payload)
    assert request.extra == (
        RawAttribute(999, "l", bytes(range(8))),
        RawAttribute(51, "b", b"\0\0"),
    )
    assert encode(request) == payload
    assert encode(evolve(request, reference_id=78, this_dn="7001")) == _payload(
        16, unknown, REFERENCE[:-1] + b"\x4e", stranger, _attribute(A.ThisDN, "s", b"7001")
    )
    other = (RawAttribute(4, "S", b"x"),)
    assert encode(evolve(request, extra=other)) == _payload(
        16, REFERENCE, _attribute(4, "S", b"x")
    )


def test_an_unknown_message_is_kept_whole() -> None:
    payload = _payload(200, _attribute(A.ThisDN, "s", b"7001"), REFERENCE)
    message = decode(payload)
    assert isinstance(message, UnknownMessage)
    assert (message.message_id, message.reference_id) == (200, 77)
    assert message.extra == (RawAttribute(20, "s", b"7001"),)
    assert encode(message) == payload
    assert decode(_payload(4000000000)) == UnknownMessage(message_id=4000000000)


def test_an_unknown_message_does_not_mind_an_odd_reference() -> None:
    message = decode(_payload(200, _attribute(A.ReferenceID, "b", b"")))
    assert message.reference_id is None


def test_an_unknown_message_can_be_made() -> None:
    message = UnknownMessage(message_id=200, extra=(RawAttribute(4, "i", bytes(4)),))
    assert decode(encode(message)) == message


def test_a_request_that_lacks_the_indispensable_says_which_and_for_whom() -> None:
    error = _error(_payload(149, REFERENCE))
    assert isinstance(error, MissingAttribute)
    assert error.attribute == A.PrivateMsgID
    assert (error.message_id, error.reference_id, error.fatal) == (149, 77, False)
    assert (
        str(error)
        == "MissingAttribute: RequestPrivateService has no PrivateMsgID, PrivateMsgID at byte 0"
    )


@pytest.mark.parametrize("message_id", sorted(set(MessageId) - {7, 33, 149}))
def test_a_message_may_lack_everything_else(message_id: int) -> None:
    assert dict(decode(_payload(message_id)).present()) == {}


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "euc-kr", "gb18030", "cp1251"])
def test_texts_are_in_the_character_set_of_the_connection(charset: str) -> None:
    text = {"latin-1": "Zürich", "euc-kr": "서울", "cp1251": "Москва"}.get(charset, "北京")
    request = RequestMakeCall(this_dn=Dn(text), user_data=KVList([(text, text)]))
    payload = encode(request, charset)
    assert payload.count(text.encode(charset)) == 3
    assert decode(payload, charset) == request


def test_a_message_from_one_connection_is_written_for_another() -> None:
    texts = _attribute(A.ThisDN, "S", "Zürich".encode("latin-1"))
    unknown = _attribute(999, "s", b"\xfc")
    user = _attribute(A.UserData, "b", bytes.fromhex("0001 00 0001 6b 0001 fc"))
    message = decode(_payload(60, texts, unknown, user, REFERENCE), "latin-1")
    assert encode(message, "utf-8") == _payload(
        60,
        _attribute(A.ThisDN, "s", "Zürich".encode()),
        unknown,
        _attribute(A.UserData, "b", bytes.fromhex("0001 00 0001 6b 0002 c3bc")),
        REFERENCE,
    )


def test_a_text_that_is_no_text_goes_back_as_it_came() -> None:
    payload = _payload(60, _attribute(A.ThisDN, "s", b"7\xff\xc3"))
    event = decode(payload)
    assert isinstance(event, EventRinging)
    assert event.this_dn == "7\udcff\udcc3"
    assert encode(event) == payload


@pytest.mark.parametrize("size", [65535, 65536])
def test_a_text_takes_the_long_code_where_the_client_takes_it(size: int) -> None:
    event = EventError(error_message="A" * size)
    payload = encode(event)
    assert payload[9:10] == (b"s" if size == 65535 else b"S")
    assert decode(payload) == event
    assert decode(payload).source is None


def test_masks_and_numbers_of_64_bits_go_both_ways() -> None:
    event = EventServerInfo(
        capabilities=mask_of([1, 511]), server_start_time=-5, conn_id=ConnId(2**64 - 1)
    )
    assert decode(encode(event)) == event


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (EventRinging(call_id=2**31), "CallID: 2147483648 does not fit i"),
        (EventRinging(conn_id=ConnId(-1)), "ConnID: -1 does not fit l as"),
        (EventRinging(network_call_id=2**63), "NetworkCallID: .* does not fit l"),
        (EventRinging(ani="1", this_dn=7001), "ThisDN: 7001 does not fit s"),  # type: ignore[arg-type]
        (EventRinging(call_id="x"), "CallID: 'x' does not fit i"),  # type: ignore[arg-type]
        (EventRinging(user_data={"k": "v"}), "UserData: .* does not fit b"),  # type: ignore[arg-type]
        (EventRinging(user_data={"k": "v"}), "give a KVList of pairs"),  # type: ignore[arg-type]
        (EventRinging(conn_id="0071000000000001"), 'give an integer .*int."...", 16.'),  # type: ignore[arg-type]
        (evolve(decode(_payload(60) + b"s"), call_id=2**31), "CallID: 2147483648"),
        (EventRinging(user_data=KVList.of(k=2**31)), "UserData.k: .* 32 bits"),
        (EventRinging(user_data=KVList.of(a=KVList.of(b=2**40))), "UserData.a.b"),
        (EventRinging(user_data=KVList([("k" * 65536, 1)])), "key"),
        (EventRinging(extra=(RawAttribute(4, "i", b"x"),)), "NodeID: 4 bytes"),
        (EventRinging(extra=(RawAttribute(4, "s", bytes(65536)),)), "too long"),
        (EventRinging(extra=(RawAttribute(4, "b", bytes(65534)),)), "too long"),
        (EventRinging(extra=(RawAttribute(4, "i", bytes(4)),) * 256), "256 attributes"),
    ],
)
def test_what_the_wire_has_no_place_for_is_refused(message: Message, words: str) -> None:
    with pytest.raises(Unencodable, match=words):
        encode(message)


def test_a_client_is_never_sent_more_pairs_than_it_can_count() -> None:
    pairs = KVList([("", "")] * 65535)
    assert decode(encode(RequestAttachUserData(user_data=pairs))) == RequestAttachUserData(
        user_data=pairs
    )
    with pytest.raises(Unencodable, match="UserData: a list of 65536 pairs"):
        encode(RequestAttachUserData(user_data=pairs.appended(KVList.of(one=1))))


def test_more_pairs_than_that_are_read_and_go_back_as_they_came() -> None:
    body = (70000).to_bytes(4, "big") + b"\x00\x00\x00\x00\x00" * 70000
    payload = _payload(30, _attribute(A.UserData, "B", body))
    request = decode(payload)
    assert isinstance(request, RequestAttachUserData)
    assert request.user_data is not None
    assert len(request.user_data) == 70000
    assert encode(request) == payload


def test_a_large_message_with_lists_in_lists_takes_no_time() -> None:
    pairs = KVList.of(b=b"x" * 8_000_000)
    for _ in range(62):
        pairs = KVList.of(L=pairs)
    payload = encode(RequestAttachUserData(user_data=pairs))
    started = time.perf_counter()
    message = decode(payload)
    assert encode(message) == payload
    assert time.perf_counter() - started < 0.5


def test_limits_are_fatal() -> None:
    nested = KVList.of(a=KVList.of(b=KVList.of(c=KVList())))
    payload = encode(RequestAttachUserData(user_data=nested))
    assert decode(payload, limits=Limits(max_depth=4)).source is None
    error = _error(payload, Limits(max_depth=3))
    assert (error.fatal, error.path) == (True, "UserData[0][0][0]")
    assert decode(payload, limits=Limits(max_pairs=3)).source is None
    error = _error(payload, Limits(max_pairs=2))
    assert (error.fatal, error.message) == (True, "the message has too many pairs")


def test_pairs_are_counted_over_all_lists_of_a_message() -> None:
    pairs = KVList([("k", 1)] * 5)
    payload = encode(RequestMakeCall(user_data=pairs, extensions=pairs))
    assert decode(payload, limits=Limits(max_pairs=10)).source is None
    assert _error(payload, Limits(max_pairs=9)).path == "Extensions"


def test_the_default_depth_is_64() -> None:
    pairs = KVList()
    for _ in range(63):
        pairs = KVList.of(L=pairs)
    assert decode(encode(RequestAttachUserData(user_data=pairs))).source is None
    assert _error(encode(RequestAttachUserData(user_data=KVList.of(L=pairs)))).fatal


@pytest.mark.parametrize("depth", [0, 201])
def test_a_depth_that_python_could_not_follow_is_no_limit(depth: int) -> None:
    with pytest.raises(ValueError, match="max_depth"):
        Limits(max_depth=depth)


def test_a_reference_is_added_for_one_of_many_receivers() -> None:
    shared = encode(EventRinging(this_dn=Dn("7001")))
    assert decode(with_reference(shared, 5)) == EventRinging(
        this_dn=Dn("7001"), reference_id=ReferenceId(5)
    )
    with pytest.raises(Unencodable, match="ReferenceID"):
        with_reference(shared, 2**31)
    full = encode(UnknownMessage(message_id=9, extra=(RawAttribute(4, "i", bytes(4)),) * 255))
    with pytest.raises(Unencodable):
        with_reference(full, 5)


def test_a_message_built_anew_is_written_in_the_order_of_its_arguments() -> None:
    one = RequestRegisterAddress(this_dn=Dn("1"), reference_id=ReferenceId(2))
    other = RequestRegisterAddress(reference_id=ReferenceId(2), this_dn=Dn("1"))
    assert one == other
    assert encode(one)[8] == A.ThisDN
    assert encode(other)[8] == A.ReferenceID


def test_requests_that_need_something_are_read_when_they_have_it() -> None:
    request = RequestPrivateService(private_msg_id=3013, reference_id=ReferenceId(2147483647))
    assert decode(encode(request)) == request
    pair = RequestDeletePair(data_key="k")
    assert decode(encode(pair)) == pair


def test_every_attribute_with_a_kind_is_described() -> None:
    assert set(ATTRIBUTES.values()) == set(Kind)
