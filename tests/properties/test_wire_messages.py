"""Any message comes back; arbitrary bytes give a message or a ProtocolError, nothing else."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.wire_values import messages, payload_bytes
from tlibproto.codec import _decode_oddly, _decode_plain, decode, encode, with_reference
from tlibproto.errors import ProtocolError
from tlibproto.explain import explain
from tlibproto.framing import Addp, FrameDecoder, encode_addp, encode_frame
from tlibproto.jsonform import payload_from_json, payload_to_json, stream_to_json
from tlibproto.layout.attributes import split
from tlibproto.layout.limits import DEFAULT_LIMITS
from tlibproto.messages import Message, evolve


@settings(max_examples=300)
@given(messages())
def test_a_message_encodes_and_decodes_to_itself(message: Message) -> None:
    payload = encode(message)
    found = decode(payload)
    assert found == message
    assert found.source is None
    assert list(found.present()) == list(message.present())


@given(messages())
def test_both_ways_to_read_a_payload_agree(message: Message) -> None:
    payload = encode(message)
    swiftly = _decode_plain(payload, "utf-8", DEFAULT_LIMITS)
    assert swiftly == _decode_oddly(payload, "utf-8", "utf-8", DEFAULT_LIMITS) == message


@settings(max_examples=800)
@given(payload_bytes(), st.sampled_from(["utf-8", "latin-1", "euc-kr", "gb18030", "cp1251"]))
def test_bytes_give_themselves_again_or_an_error(payload: bytes, charset: str) -> None:
    fault = None
    try:
        message = decode(payload, charset)
    except ProtocolError as error:
        fault = error
    if fault:
        assert 0 <= fault.offset <= len(payload)
        assert fault.message
    else:
        assert encode(message, charset) == payload
        assert decode(payload, charset) == message


@settings(max_examples=300)
@given(payload_bytes())
def test_a_message_that_kept_its_bytes_changes_only_where_it_is_changed(payload: bytes) -> None:
    try:
        message = decode(payload)
    except ProtocolError:
        return
    again = decode(encode(evolve(message, reference_id=7)))
    assert again == evolve(message, reference_id=7)
    assert again.extra == message.extra


@settings(max_examples=300)
@given(payload_bytes())
def test_the_json_form_is_the_same_after_a_round_trip(payload: bytes) -> None:
    try:
        form = payload_to_json(payload)
    except ProtocolError:
        return
    again = payload_from_json(form)
    assert payload_to_json(again) == form


@settings(max_examples=300)
@given(payload_bytes())
def test_anything_can_be_explained(payload: bytes) -> None:
    assert explain(payload).count("\n") < 200
    assert explain(encode_frame(payload))


@given(messages(), st.integers(-(2**31), 2**31 - 1))
def test_a_reference_is_put_on_the_bytes_of_others(message: Message, reference: int) -> None:
    message = evolve(message, reference_id=None)
    with_it = decode(with_reference(encode(message), reference))
    assert with_it == evolve(message, reference_id=reference)
    assert split(encode(with_it)).end == len(encode(with_it))


_UNITS = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([b"x" * 16379, b"x" * 16380, b"x" * 16381, b"y" * 40000]),
        st.builds(Addp, st.sampled_from("IiPpx"), st.binary(min_size=3, max_size=3)),
    ),
    max_size=6,
)


@given(_UNITS, st.lists(st.integers(0, 100000), max_size=12))
def test_any_cut_of_a_stream_gives_the_same_units(
    units: list[bytes | Addp], cuts: list[int]
) -> None:
    stream = b"".join(
        encode_addp(*unit) if isinstance(unit, Addp) else encode_frame(unit) for unit in units
    )
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    decoder = FrameDecoder()
    found = [
        unit for begin, end in pairwise(places) for unit in decoder.feed(stream[begin:end])
    ]
    assert found == units
    assert decoder.pending == 0


@settings(max_examples=300)
@given(
    st.one_of(st.binary(max_size=60), st.binary(max_size=20).map(lambda b: b"\0\0\0\x05" + b))
)
def test_arbitrary_bytes_give_units_or_an_error_that_any_cut_gives(data: bytes) -> None:
    whole = stream_to_json(data)
    decoder = FrameDecoder()
    units: list[bytes | Addp] = []
    fault = None
    try:
        for at in range(len(data)):
            units.extend(decoder.feed(data[at : at + 1]))
    except ProtocolError as error:
        fault = error
    assert len(units) == len(whole["units"])
    assert (fault is not None) == ("error" in whole)
    if fault:
        assert fault.fatal
        assert fault.offset == whole["error"]["offset"]
