"""Pictures in packets: RFC 6184 and RFC 7741, put together again and found whole."""

from itertools import pairwise

import pytest

from tests.media.rtp.bench import START, PaperPair, Wire
from tlibsim.media.rtp.clips import FOLDER, MOST_PAYLOAD, clip
from tlibsim.media.rtp.identity import Start
from tlibsim.media.rtp.line import Line
from tlibsim.media.rtp.packet import SenderReport
from tlibsim.media.rtp.pictures import PictureStream
from tlibsim.media.rtp.values import Encoding

VIDEO = (Encoding.H264, Encoding.VP8)
START_CODE = b"\x00\x00\x00\x01"


def units_of(payloads) -> list[bytes]:
    """Undo what RFC 6184 does: single units, STAP-A, FU-A."""
    units = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == 24:
            rest = payload[1:]
            while rest:
                size = int.from_bytes(rest[:2], "big")
                units.append(rest[2 : 2 + size])
                rest = rest[2 + size :]
        elif kind == 28:
            if payload[1] & 0x80:
                units.append(bytes((payload[0] & 0xE0 | payload[1] & 0x1F,)))
            units[-1] += payload[2:]
        else:
            units.append(payload)
    return units


class Bed:
    """A stream of pictures and the wire that its packets go to."""

    def __init__(self, encoding: Encoding, shift: int = 0) -> None:
        self.pair = PaperPair()
        self.wire = Wire()
        line = Line(self.pair, "me", None, rtcp=True)
        self.stream = PictureStream(line, clip(encoding), 96, slot=0, shift=shift)
        self.round = 0

    def send(self, rounds: int) -> None:
        for _ in range(rounds):
            self.stream.send_picture(self.round, self.wire)
            self.round += 1

    @property
    def packets(self):
        return self.wire.packets


def test_the_packets_of_h264_hold_the_units_of_the_file() -> None:
    payloads = [one for picture in clip(Encoding.H264).pictures for one in picture.payloads]
    file = (FOLDER / "test-picture.h264").read_bytes()

    whole = START_CODE + START_CODE.join(units_of(payloads))

    assert whole.replace(START_CODE, b"\0\0\1") == file.replace(START_CODE, b"\0\0\1")


def test_the_packets_of_vp8_hold_the_frames_of_the_file() -> None:
    file = (FOLDER / "test-picture.ivf").read_bytes()
    position, frames = 32, []
    while position < len(file):
        size = int.from_bytes(file[position : position + 4], "little")
        frames.append(file[position + 12 : position + 12 + size])
        position += 12 + size

    pictures = clip(Encoding.VP8).pictures

    assert [b"".join(one[1:] for one in picture.payloads) for picture in pictures] == frames
    assert all(picture.payloads[0][0] == 0x10 for picture in pictures)
    assert all(one[0] == 0 for picture in pictures for one in picture.payloads[1:])


def test_a_large_unit_is_cut_and_says_where_it_begins_and_ends() -> None:
    key = clip(Encoding.H264).pictures[0]
    fragments = [one for one in key.payloads if one[0] & 0x1F == 28]

    assert len(fragments) >= 2
    assert fragments[0][1] & 0xC0 == 0x80
    assert fragments[-1][1] & 0xC0 == 0x40


@pytest.mark.parametrize("encoding", VIDEO)
def test_no_packet_is_too_long_for_the_path(encoding: Encoding) -> None:
    pictures = clip(encoding).pictures

    assert max(len(one) for picture in pictures for one in picture.payloads) <= MOST_PAYLOAD


@pytest.mark.parametrize("encoding", VIDEO)
def test_a_clip_has_four_seconds_and_a_key_picture_in_each(encoding: Encoding) -> None:
    pictures = clip(encoding).pictures

    assert [n for n, picture in enumerate(pictures) if picture.key] == [0, 25, 50, 75]
    assert len(pictures) == 100


def test_the_profile_for_the_sdp_is_that_of_the_file() -> None:
    assert clip(Encoding.H264).fmtp == "profile-level-id=42c00d;packetization-mode=1"
    assert clip(Encoding.VP8).fmtp == ""


@pytest.mark.parametrize("encoding", VIDEO)
def test_a_picture_has_one_timestamp_and_its_last_packet_the_marker(encoding: Encoding) -> None:
    bed = Bed(encoding)
    bed.send(500)

    stamps = {}
    for packet in bed.packets:
        stamps.setdefault(packet.timestamp, []).append(packet.marker)
    assert all(marks == [*[False] * (len(marks) - 1), True] for marks in stamps.values())
    times = list(stamps)
    steps = {(b - a) % 2**32 for a, b in pairwise(times)}
    assert steps == {3600}
    assert len(times) == 250


def test_sequence_numbers_have_no_hole_over_the_end_of_the_clip() -> None:
    bed = Bed(Encoding.VP8)
    bed.send(500)

    first = bed.packets[0].sequence
    assert [(one.sequence - first) % 65536 for one in bed.packets] == list(
        range(len(bed.packets))
    )


@pytest.mark.parametrize("shift", [0, 1, 6, 99])
def test_a_stream_begins_with_a_key_picture_wherever_the_time_is(shift: int) -> None:
    bed = Bed(Encoding.H264, shift=shift)
    bed.send(60)

    assert units_of([bed.packets[0].payload])[0][0] & 0x1F == 7
    assert bed.packets[0].payload == clip(Encoding.H264).pictures[0].payloads[0]


def test_a_stream_that_goes_on_after_a_pause_waits_for_a_key_picture() -> None:
    bed = Bed(Encoding.VP8)
    bed.send(30)
    count = len(bed.packets)
    bed.round += 4
    bed.stream.wish = bed.stream.wish.changed(start=Start())
    bed.send(40)

    first = bed.packets[count]
    assert first.payload[1] & 1 == 0
    assert (first.timestamp - bed.packets[0].timestamp) % 2**32 == 90_000


def test_pictures_left_out_are_followed_by_a_key_picture() -> None:
    bed = Bed(Encoding.VP8)
    bed.send(10)
    count = len(bed.packets)
    bed.stream.skip(10)
    bed.round += 10
    bed.send(60)

    assert bed.packets[count].payload[1] & 1 == 0
    assert bed.stream.counters().skipped == 10


def test_the_report_of_pictures_counts_their_octets_on_a_90_khz_clock() -> None:
    bed = Bed(Encoding.H264)
    bed.send(100)
    bed.stream.report(START, 50 * 20.0)

    report = bed.pair.reports()[0]
    assert isinstance(report, SenderReport)
    assert report.octets == sum(len(one.payload) for one in bed.packets)
    at_50 = (bed.packets[0].timestamp + 50 * 1800) % 2**32
    assert report.timestamp == at_50
