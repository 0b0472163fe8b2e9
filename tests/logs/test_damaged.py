"""Whatever is done to a log or a capture: it is read, or told of, and never ends in a crash."""

import io
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.logs.texts import SDK
from tlibsim.journal.export import from_line
from tlibsim.logs.calls import CallIndex
from tlibsim.logs.capture import CaptureReader, log_messages
from tlibsim.logs.fromlog import FromLogOptions, NothingToWriteError, scenario_of
from tlibsim.logs.message import LogMessage
from tlibsim.logs.packets import CaptureError, PacketReader
from tlibsim.logs.pcapexport import PcapExport
from tlibsim.logs.reading import KEPT_PROBLEMS, LogReader
from tlibsim.logs.sources import bounded_lines
from tlibsim.scenario.program import parts

pytestmark = pytest.mark.timeout(170)
LOG = (Path(__file__).parents[2] / "fixtures" / "logs" / "sipserver.20250311.log").read_bytes()
LINES = LOG.splitlines(keepends=True)
SEEDS = st.integers(0, 1 << 32)
REQUEST = (
    '{"n": 1, "t": "2026-01-01T00:00:00.000000Z", "kind": "request", '
    '"clients": [{"id": 1, "name": "wde"}], "message": "RequestQueryServer", "id": 91, '
    '"attributes": []}'
)


def read(data: bytes, encoding: str = "utf-8") -> tuple[LogReader, list[LogMessage]]:
    """As the commands read a file."""
    reader = LogReader("damaged.log")
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="surrogateescape")
    return reader, list(reader.read(bounded_lines(text)))


def used(messages: list[LogMessage]) -> None:
    """Everything that from-log does with messages; what it writes can be read again."""
    index = CallIndex()
    for one in messages:
        index.note(one)
    for name, own in index.groups(messages, 100_000).items():
        options = FromLogOptions(name="made", call=name)
        try:
            made = scenario_of(own, options, index.registrations.values())
        except NothingToWriteError:
            continue
        if made.steps:
            parts(made.text, "made.yaml")


def flipped(data: bytes, chance: random.Random, count: int) -> bytes:
    changed = bytearray(data)
    for _ in range(count):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
@example(4132021)  # whose request it was is lost: it becomes the observer's
def test_bits_that_flipped_are_told_or_passed_over(seed: int) -> None:
    chance = random.Random(seed)
    begin = chance.randrange(len(LINES) - 400)
    data = b"".join(LINES[begin : begin + 400])

    reader, messages = read(flipped(data, chance, chance.randrange(1, 200)))

    assert reader.lines
    assert len(reader.problems) <= KEPT_PROBLEMS
    used(messages)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_lines_that_are_lost_mixed_or_doubled_do_no_harm(seed: int) -> None:
    chance = random.Random(seed)
    begin = chance.randrange(len(LINES) - 300)
    lines = LINES[begin : begin + 300] + SDK.encode().splitlines(keepends=True)
    for _ in range(chance.randrange(1, 60)):
        at = chance.randrange(len(lines))
        chance.choice((lines.pop, lambda n: lines.insert(n, lines[n // 2])))(at)
    if chance.random() < 0.3:
        chance.shuffle(lines)

    _, messages = read(b"".join(lines))

    used(messages)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, len(LOG)))
def test_a_log_that_ends_anywhere_gives_what_came_before(end: int) -> None:
    _, whole = read(LOG)

    _, messages = read(LOG[:end])

    sure = messages[:-2]
    assert [(one.line, one.values) for one in sure] == [
        (one.line, one.values) for one in whole[: len(sure)]
    ]


def test_a_last_line_without_an_end_counts() -> None:
    assert len(read(LOG.rstrip(b"\n"))[1]) == len(read(LOG)[1])


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_line_ends_of_other_systems_are_the_same(end: bytes) -> None:
    _, plain = read(LOG)

    _, messages = read(LOG.replace(b"\n", end))

    assert [one.values for one in messages] == [one.values for one in plain]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037"])
def test_a_wrong_encoding_gives_no_message_and_no_crash(encoding: str) -> None:
    _, messages = read(LOG[:20_000].decode("utf-8").encode(encoding))

    assert messages == []


@pytest.mark.parametrize("encoding", ["utf-16", "cp037", "latin-1"])
def test_the_encoding_that_is_named_is_used(encoding: str) -> None:
    data = LOG[:20_000].decode("utf-8").encode(encoding)

    assert len(read(data, encoding)[1]) == len(read(LOG[:20_000])[1])


def test_text_that_is_not_utf_8_is_kept_and_can_be_written() -> None:
    data = LOG.replace(b"'A-77'", b"'M\xfcller'")

    reader, messages = read(data)

    assert reader.strange
    used(messages)


def test_logs_of_two_kinds_in_one_file_are_both_read() -> None:
    both = LOG + SDK.encode() + REQUEST.encode() + b"\n" + LOG

    reader, messages = read(both)

    assert len(messages) == 2 * len(read(LOG)[1]) + 3
    assert [one.line for one in messages] == sorted(one.line for one in messages)
    assert len(reader.dialects) == 4


def test_gigantic_lines_and_messages_are_cut_and_cost_no_memory() -> None:
    def lines() -> io.StringIO:
        head = LINES[4].decode() + LINES[5].decode()
        return io.StringIO(head + "\tAttributeThisDN\t'7001'\n" * 200_000 + "x" * 8_000_000)

    file = lines()
    tracemalloc.start()
    try:
        reader = LogReader("long.log")
        messages = list(reader.read(bounded_lines(file)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [one.name for one in messages] == ["RequestRegisterClient"]
    assert peak < 20_000_000


# Captures.


def a_capture(*, newer: bool) -> bytes:
    """A conversation of two messages, over and over."""
    records = [
        from_line(REQUEST.replace('"id": 1,', f'"id": {n % 3 + 1},')) for n in range(200)
    ]
    return b"".join(PcapExport(newer=newer).chunks(records))


CAPTURES = {"pcap": a_capture(newer=False), "pcapng": a_capture(newer=True)}


def decoded(data: bytes) -> tuple[CaptureReader, list[LogMessage]]:
    reader = CaptureReader("damaged.pcap")
    try:
        return reader, list(log_messages(reader.units(PacketReader(io.BytesIO(data))), "a"))
    except CaptureError:
        return reader, []


@pytest.mark.parametrize("form", CAPTURES)
def test_a_capture_as_it_is_has_all_its_messages(form: str) -> None:
    reader, messages = decoded(CAPTURES[form])

    assert len(messages) == 200
    assert reader.connections == 3
    assert not reader.problems


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(CAPTURES)), SEEDS)
def test_bits_that_flipped_in_a_capture_are_told_or_passed_over(form: str, seed: int) -> None:
    chance = random.Random(seed)

    reader, messages = decoded(flipped(CAPTURES[form], chance, chance.randrange(1, 100)))

    assert len(messages) <= 400
    assert len(reader.problems) <= KEPT_PROBLEMS


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(CAPTURES)), st.integers(0, 30_000), SEEDS)
def test_a_capture_that_ends_anywhere_gives_what_came_before(
    form: str, end: int, seed: int
) -> None:
    whole = CAPTURES[form]
    garbage = random.Random(seed).randbytes(seed % 40)

    _, messages = decoded(whole[:end] + garbage)

    assert len(messages) <= 201
