"""Packets, long messages and ADDP: limits, linear work, and what ends a connection."""

import time

import pytest

from tlibproto.errors import FrameTooLarge, MalformedFrame, ProtocolError
from tlibproto.framing import (
    EXTENSION_MARK,
    Addp,
    FrameDecoder,
    Limits,
    encode_addp,
    encode_frame,
)


def _packet(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


def _announced(total: int) -> bytes:
    return _packet(EXTENSION_MARK + total.to_bytes(4, "big"))


def _feed(data: bytes, limits: Limits | None = None) -> list[bytes | Addp]:
    return list(FrameDecoder(limits or Limits()).feed(data))


def _error(data: bytes, limits: Limits | None = None) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        _feed(data, limits)
    assert caught.value.fatal
    return caught.value


def test_the_extension_packet_of_the_description() -> None:
    stream = encode_frame(bytes(20055))
    assert stream[:32].hex() == (
        "0000001c245041434b455420455854454e53494f4e2056312e30302400004e57"
    )
    assert stream[32:36].hex() == "00003ffc"
    assert stream[36 + 16380 : 40 + 16380].hex() == "00000e5b"
    assert _feed(stream) == [bytes(20055)]


def test_the_largest_packet_holds_16380_bytes() -> None:
    assert encode_frame(bytes(16380))[:4].hex() == "00003ffc"
    assert encode_frame(bytes(16381))[:4].hex() == "0000001c"
    assert _feed(encode_frame(bytes(16380))) == [bytes(16380)]
    assert isinstance(_error(_packet(bytes(16381))), FrameTooLarge)


def test_parts_may_have_any_size_and_be_empty() -> None:
    parts = b"".join(_packet(part) for part in (b"ab", b"", b"cde", b"f"))
    assert _feed(_announced(6) + parts + _packet(b"next")) == [b"abcdef", b"next"]


def test_addp_may_stand_between_the_parts() -> None:
    poll = encode_addp("P", b"\0\0\7")
    stream = _announced(4) + _packet(b"ab") + poll + _packet(b"cd")
    assert _feed(stream) == [Addp("P", b"\0\0\7"), b"abcd"]


def test_a_part_may_look_like_an_extension_packet() -> None:
    inner = EXTENSION_MARK + bytes(4)
    assert _feed(_announced(28) + _packet(inner)) == [inner]


def test_a_message_of_28_bytes_is_no_extension_packet_without_the_mark() -> None:
    assert _feed(_packet(b"x" * 28)) == [b"x" * 28]


def test_an_announced_message_of_no_bytes_is_one_of_no_bytes() -> None:
    assert _feed(_announced(0) + _packet(b"next")) == [b"", b"next"]


def test_parts_that_do_not_add_up_end_the_stream() -> None:
    error = _error(_packet(b"first") + _announced(4) + _packet(b"ab") + _packet(b"cde"))
    assert isinstance(error, MalformedFrame)
    assert error.offset == 9 + 32 + 6


def test_units_before_the_bad_one_are_given_first() -> None:
    decoder = FrameDecoder()
    units = decoder.feed(_packet(b"one") + encode_addp("I") + b"\x7f\xff\xff\xff")
    assert next(units) == b"one"
    assert next(units) == Addp("I", b"\0\0\0")
    with pytest.raises(FrameTooLarge) as caught:
        next(units)
    assert caught.value.offset == 13


@pytest.mark.parametrize("head", [b"p3", b"p\0\0\0", b"\x16\x03\x01\x02", b"GET "])
def test_what_is_neither_a_packet_nor_addp_ends_the_stream_as_soon_as_it_shows(
    head: bytes,
) -> None:
    assert _error(head).offset == 0


def test_a_single_p_may_become_addp() -> None:
    decoder = FrameDecoder()
    assert list(decoder.feed(b"p")) == []
    assert list(decoder.feed(b"2P\1\2\3")) == [Addp("P", b"\1\2\3")]


def test_a_letter_nobody_knows_is_handed_on() -> None:
    assert _feed(encode_addp("z", b"abc")) == [Addp("z", b"abc")]
    assert _feed(b"p2\xff\0\0\0") == [Addp("\xff", b"\0\0\0")]


def test_an_init_asks_for_a_timeout_and_for_a_trace() -> None:
    assert Addp("I", bytes.fromhex("000fa0")).timeout_ms == 4000
    assert not Addp("I", bytes.fromhex("000fa0")).remote_trace
    assert Addp("I", bytes.fromhex("800000")).timeout_ms == 0
    assert Addp("I", bytes.fromhex("800000")).remote_trace


def test_a_message_over_the_limit_is_refused_when_it_is_announced() -> None:
    limits = Limits(max_message_bytes=20000)
    assert _feed(encode_frame(bytes(20000)), limits) == [bytes(20000)]
    assert isinstance(_error(_announced(20001), limits), FrameTooLarge)
    assert isinstance(_error(_announced(0xFFFFFFFF)), FrameTooLarge)


def test_a_limit_below_a_packet_counts_for_packets() -> None:
    limits = Limits(max_message_bytes=100)
    assert _feed(_packet(bytes(100)), limits) == [bytes(100)]
    assert isinstance(_error(_packet(bytes(101)), limits), FrameTooLarge)


def test_what_waits_is_counted() -> None:
    decoder = FrameDecoder()
    assert list(decoder.feed(_announced(10) + _packet(b"abc") + b"\0\0")) == []
    assert decoder.pending == 5
    assert list(decoder.feed(b"\0\7defghij")) == [b"abcdefghij"]
    assert decoder.pending == 0


def test_a_large_message_byte_by_byte_is_linear_work() -> None:
    def seconds(size: int) -> float:
        stream = encode_frame(bytes(size))
        decoder = FrameDecoder()
        started = time.perf_counter()
        units = [
            unit for at in range(len(stream)) for unit in decoder.feed(stream[at : at + 1])
        ]
        assert units == [bytes(size)]
        return time.perf_counter() - started

    seconds(1000)
    assert seconds(320_000) < 40 * seconds(20_000)
