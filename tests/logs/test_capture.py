"""Captures are read: both formats, TCP put together again, and nothing in them can do harm."""

import io
import random
from collections.abc import Iterable
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlibproto.codec import encode
from tlibproto.framing import encode_addp, encode_frame
from tlibproto.messages import EventRinging, Message, RequestMakeCall, RequestRegisterClient
from tlibproto.vocabulary import ConnId, Dn, ReferenceId
from tlibsim.journal.journal import Kind
from tlibsim.journal.records import Record, Who
from tlibsim.logs.capture import CapturedUnit, CaptureReader, log_messages
from tlibsim.logs.message import Role
from tlibsim.logs.packets import CaptureError, PacketReader, pcap_header, pcap_record
from tlibsim.logs.pcapexport import PcapExport
from tlibsim.logs.segments import ACK, FIN, RAW_IP, SYN, ip_packet
from tlibsim.ports.media import Instant

CLIENT, SERVER = ("10.0.0.7", 50_000), ("10.0.0.1", 3000)
CALL = RequestMakeCall(this_dn=Dn("7001"), other_dn="7002", reference_id=ReferenceId(1))
OPEN = RequestRegisterClient(protocol_version="v", session_id=0, application_name="wde")
STREAM = b"".join(encode_frame(encode(one)) for one in (OPEN, CALL, CALL, CALL))


def packet(sequence: int, data: bytes = b"", flags: int = ACK) -> bytes:
    return ip_packet(
        CLIENT, SERVER, sequence=sequence % 2**32, acknowledged=1, flags=flags, data=data
    )


def capture(packets: Iterable[bytes]) -> bytes:
    records = (pcap_record(1_000_000 + n, one) for n, one in enumerate(packets))
    return pcap_header(RAW_IP) + b"".join(records)


def read(data: bytes, *ports: int) -> tuple[CaptureReader, list[CapturedUnit]]:
    reader = CaptureReader("a.pcap", frozenset(ports or (3000,)))
    return reader, list(reader.units(PacketReader(io.BytesIO(data))))


def messages(data: bytes) -> list[Message]:
    return [one.message for one in read(data)[1] if one.message is not None]


def cut(stream: bytes, *places: int) -> list[bytes]:
    """The stream in segments that end at these places."""
    ends = (0, *places, len(stream))
    return [packet(ends[n], stream[ends[n] : ends[n + 1]]) for n in range(len(ends) - 1)]


def test_a_stream_in_one_segment_is_read() -> None:
    assert messages(capture(cut(STREAM))) == [OPEN, CALL, CALL, CALL]


@given(st.data())
def test_any_segmentation_order_and_repetition_gives_the_same(data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(1, len(STREAM) - 1), max_size=12)))
    seed = data.draw(st.integers(0, 1 << 20))
    begin = data.draw(st.sampled_from([0, 2**32 - 20, 2**31]))
    ends = (0, *places, len(STREAM))
    parts = [
        packet(begin + 1 + ends[n], STREAM[ends[n] : ends[n + 1]]) for n in range(len(ends) - 1)
    ]
    parts += [
        packet(begin + 1 + ends[n], STREAM[ends[n] :]) for n in range(0, len(ends) - 1, 3)
    ]
    random.Random(seed).shuffle(parts)
    opening = packet(begin, flags=SYN)

    assert messages(capture([opening, *parts])) == [OPEN, CALL, CALL, CALL]


def test_what_is_missing_is_told_and_reading_goes_on_at_the_next_message() -> None:
    frame = encode_frame(encode(CALL))
    stream = [packet(1, frame), packet(1 + 2 * len(frame), frame)]

    reader, units = read(capture([packet(0, flags=SYN), *stream]))

    assert len(units) == 2
    assert [str(one) for one in reader.problems] == [
        f"a.pcap:3: {len(frame)} bytes before this packet are missing"
    ]


def test_a_capture_that_begins_inside_of_a_message_is_read_from_the_next_piece() -> None:
    frame = encode_frame(encode(CALL))

    reader, units = read(capture([packet(7, b"\xff" * 9), packet(16, frame)]))

    assert [one.message for one in units] == [CALL]
    assert reader.unreadable == 1


def test_an_encrypted_connection_is_named_and_not_read() -> None:
    reader, units = read(
        capture([packet(0, flags=SYN), packet(1, b"\x16\x03\x01\x02\x00\x01")])
    )

    assert units == []
    assert list(reader.encrypted.values()) == ["10.0.0.7:50000 > 10.0.0.1:3000"]


def test_other_ports_are_left_out() -> None:
    assert read(capture(cut(STREAM)), 3001)[1] == []
    assert len(read(capture(cut(STREAM)), 3000, 3001)[1]) == 4


def test_keep_alive_packets_are_told_apart() -> None:
    _, units = read(capture(cut(encode_addp("P") + STREAM)))

    assert units[0].addp is not None
    assert units[0].addp.kind == "P"
    assert len(units) == 5


def test_a_port_that_is_used_again_is_another_connection() -> None:
    frame = encode_frame(encode(CALL))
    first = [packet(0, flags=SYN), packet(1, frame), packet(1 + len(frame), flags=FIN | ACK)]

    reader, units = read(capture([*first, packet(900, flags=SYN), packet(901, frame)]))

    assert [one.connection for one in units] == [1, 2]
    assert reader.connections == 2


def ethernet(data: bytes, tags: bytes = b"") -> bytes:
    return bytes(12) + tags + b"\x08\x00" + data


@pytest.mark.parametrize(
    ("link", "wrap"),
    [
        (1, ethernet),
        (1, lambda data: ethernet(data, b"\x81\x00\x00\x07")),
        (113, lambda data: bytes(14) + b"\x08\x00" + data),
        (276, lambda data: b"\x08\x00" + bytes(18) + data),
        (0, lambda data: b"\x02\x00\x00\x00" + data),
        (101, lambda data: data),
    ],
)
def test_the_usual_links_are_known(link: int, wrap: object) -> None:
    assert callable(wrap)
    data = pcap_header(link) + pcap_record(0, wrap(packet(1, STREAM)))

    assert messages(data) == [OPEN, CALL, CALL, CALL]


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = pack(f"{order}I", len(body) + 12)
    return pack(f"{order}I", kind) + length + body + length


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_is_read_in_both_byte_orders_with_its_clock(order: str) -> None:
    data = packet(1, STREAM)
    section = block(0x0A0D0D0A, pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    clock = pack(f"{order}HHB3xHH", 9, 1, 9, 0, 0)
    interface = block(1, pack(f"{order}HHI", RAW_IP, 0, 0) + clock, order)
    nanos = 1_700_000_000_123_456_789
    stamp = (nanos >> 32, nanos & 0xFFFFFFFF)
    enhanced = block(6, pack(f"{order}IIIII", 0, *stamp, len(data), len(data)) + data, order)

    _, units = read(section + interface + block(5, b"stat", order) + enhanced)

    assert [one.message for one in units] == [OPEN, CALL, CALL, CALL]
    assert units[0].at == 1_700_000_000_123_456


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x0a\x0d\x0d\x0a", b"\xd4\xc3\xb2\xa1ab"])
def test_what_is_no_capture_is_refused(data: bytes) -> None:
    with pytest.raises(CaptureError):
        read(data)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 600), st.integers(0, 8))
def test_damage_anywhere_never_does_more_than_be_told(rest: bytes, at: int, drop: int) -> None:
    whole = capture([packet(0, flags=SYN), *cut(STREAM, 30, 60, 90)])

    read(whole[: max(24, at)] + rest + whole[max(24, at) + drop :])


@given(st.binary(max_size=300), st.sampled_from([b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a"]))
def test_garbage_after_a_magic_is_refused_or_read(rest: bytes, magic: bytes) -> None:
    try:
        read(magic + rest)
    except CaptureError:
        return


def test_a_file_that_breaks_off_gives_what_came_before() -> None:
    data = capture([packet(1, STREAM), packet(1 + len(STREAM), STREAM)])

    reader, units = read(data[:-5])

    assert len(units) == 4
    assert "ends inside of packet 2" in str(reader.problems[0])


def test_a_journal_as_a_capture_says_the_same_to_each_client() -> None:
    ringing = EventRinging(
        conn_id=ConnId(7), this_dn=Dn("7002"), event_sequence_number=9, reference_id=None
    )
    desk, rec = Who(number=1, name="wde"), Who(number=2, name="rec")
    records = [
        Record(number=1, at=Instant(5_000_000), kind=Kind.REQUEST, name="", clients=(desk,),
               message=OPEN),
        Record(number=2, at=Instant(6_000_000), kind=Kind.REQUEST, name="", clients=(desk,),
               message=CALL, reference=1),
        Record(number=3, at=Instant(7_000_000), kind=Kind.EVENT, name="", clients=(desk, rec),
               message=ringing, reference=1),
    ]  # fmt: skip
    data = b"".join(PcapExport().chunks(records))

    _, units = read(data, 7020)

    assert [(one.connection, one.to_server) for one in units] == [
        (1, True),
        (1, True),
        (1, False),
        (2, False),
    ]
    assert [one.message.reference_id for one in units if one.message] == [None, 1, 1, None]
    found = list(log_messages(units, "a.pcap"))
    assert [one.role for one in found] == [Role.REQUEST, Role.REQUEST, Role.EVENT]
    assert found[1].client == "wde"
