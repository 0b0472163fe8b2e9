"""RTP and RTCP as bytes: the layouts of RFC 3550, and nothing but PacketError for the rest."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibsim.media.rtp.packet import (
    Goodbye,
    OtherReport,
    PacketError,
    ReceiverReport,
    ReportBlock,
    RtpPacket,
    SenderReport,
    SourceDescription,
    decode_reports,
    decode_rtp,
    encode_reports,
    encode_rtp,
    ntp_time,
    unix_time,
)

WORD = st.integers(0, 2**32 - 1)
PACKET = RtpPacket(
    payload_type=8, marker=True, sequence=0x1234, timestamp=0x01020304, ssrc=7, payload=b"ab"
)
PACKETS = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127),
    marker=st.booleans(),
    sequence=st.integers(0, 65535),
    timestamp=WORD,
    ssrc=WORD,
    payload=st.binary(max_size=200),
)
BLOCKS = st.builds(
    ReportBlock,
    ssrc=WORD,
    fraction_lost=st.integers(0, 255),
    lost=st.integers(-(2**23), 2**23 - 1),
    highest_sequence=WORD,
    jitter=WORD,
    last_report=WORD,
    delay=WORD,
)
NAMES = st.text(max_size=60)
REPORTS = st.one_of(
    st.builds(
        SenderReport,
        ssrc=WORD,
        ntp=st.integers(0, 2**64 - 1),
        timestamp=WORD,
        packets=WORD,
        octets=WORD,
        blocks=st.lists(BLOCKS, max_size=3).map(tuple),
    ),
    st.builds(ReceiverReport, ssrc=WORD, blocks=st.lists(BLOCKS, max_size=3).map(tuple)),
    st.builds(SourceDescription, ssrc=WORD, cname=NAMES),
    st.builds(Goodbye, ssrcs=st.lists(WORD, max_size=3).map(tuple), reason=NAMES),
)


def test_the_header_stands_as_the_rfc_draws_it() -> None:
    expected = bytes.fromhex("80 88 1234 01020304 00000007") + b"ab"

    assert encode_rtp(PACKET) == expected


def test_sources_extension_and_padding_are_read_over() -> None:
    head = bytes.fromhex("b2 88 1234 01020304 00000007")
    sources = bytes(8)
    extension = bytes.fromhex("bede 0001 11223344")
    padding = bytes((0, 0, 3))

    assert decode_rtp(head + sources + extension + b"ab" + padding) == PACKET


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        ("80 88 1234 01020304 000000", "11 bytes are fewer"),
        ("40 88 1234 01020304 00000007", "the version is 1"),
        ("90 88 1234 01020304 00000007 be", "extension is cut off"),
        ("90 88 1234 01020304 00000007 bede0009", "longer than the packet"),
        ("a0 88 1234 01020304 00000007 ff", "longer than the packet"),
        ("8f 88 1234 01020304 00000007", "longer than the packet"),
    ],
)
def test_what_is_no_rtp_says_why(octets: str, words: str) -> None:
    with pytest.raises(PacketError, match=words):
        decode_rtp(bytes.fromhex(octets))


def test_a_sender_report_stands_as_the_rfc_draws_it() -> None:
    report = SenderReport(ssrc=1, ntp=0x0203040506070809, timestamp=10, packets=11, octets=12)

    expected = "80 c8 0006 00000001 02030405 06070809 0000000a 0000000b 0000000c"
    assert encode_reports(report) == bytes.fromhex(expected)


def test_a_description_ends_with_at_least_one_zero_on_a_word() -> None:
    octets = encode_reports(SourceDescription(ssrc=1, cname="ab"))

    assert octets == bytes.fromhex("81 ca 0003 00000001 01 02 6162 00000000")


def test_a_goodbye_carries_its_reason() -> None:
    octets = encode_reports(Goodbye(ssrcs=(1, 2), reason="end"))

    assert octets == bytes.fromhex("82 cb 0003 00000001 00000002 03") + b"end"


def test_an_unknown_report_is_kept() -> None:
    feedback = bytes.fromhex("81 ce 0002 00000001 00000002")

    (report,) = decode_reports(feedback)

    assert report == OtherReport(packet_type=206, count=1, body=feedback[4:])
    assert encode_reports(report) == feedback


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        ("", "no bytes"),
        ("80 c8 00", "header is cut off"),
        ("40 c8 0000", "the version is 1"),
        ("80 c8 0006 00000001", "longer than what came"),
        ("80 c8 0001 00000001", "sender report is cut off"),
        ("81 c9 0001 00000001", "report with its blocks is cut off"),
        ("81 ca 0002 00000001 01 09 6162", "item of a source description is cut off"),
        ("82 cb 0001 00000001", "goodbye is cut off"),
    ],
)
def test_what_is_no_rtcp_says_why(octets: str, words: str) -> None:
    with pytest.raises(PacketError, match=words):
        decode_reports(bytes.fromhex(octets))


def test_the_first_second_of_unix_time_is_a_known_ntp_time() -> None:
    assert ntp_time(500_000) == 0x83AA7E80_80000000


@given(PACKETS)
def test_any_packet_is_read_as_it_was_written(packet: RtpPacket) -> None:
    assert decode_rtp(encode_rtp(packet)) == packet


@given(st.lists(REPORTS, min_size=1, max_size=4))
def test_any_reports_are_read_as_they_were_written(reports) -> None:
    assert decode_reports(encode_reports(*reports)) == tuple(reports)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_a_packet_error(octets: bytes) -> None:
    for read in (decode_rtp, decode_reports):
        with contextlib.suppress(PacketError):
            assert read(octets)


@given(st.integers(0, 2_085_978_495_999_999))
def test_an_instant_survives_the_way_to_ntp_and_back(instant: int) -> None:
    assert unix_time(ntp_time(instant)) == instant
