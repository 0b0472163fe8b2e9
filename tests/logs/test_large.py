"""Logs of any length are read with flat memory, however many calls they have."""

import tracemalloc
from collections.abc import Iterator
from io import StringIO
from itertools import islice

import pytest

from tlibsim.logs.calls import CallIndex
from tlibsim.logs.reading import LogReader
from tlibsim.logs.sources import MOST_CHARACTERS, bounded_lines

pytestmark = pytest.mark.timeout(170)
FIRST = 0x009A000000000000
CALLS = 1_500
"""Some of these are read before memory is measured, so that tables have grown to what they need."""

CALL = """\
@{clock} [0] 8.1.101.75 distribute_event: message EventRinging
\tAttributeConnID\t{conn:016x}
\tAttributeCallUUID\t'{conn:032X}'
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'4155550100'
\tAttributeUserData\t[60] 00 02 00 00..
\t\t'account'\t'A-77'
\t\t'notes'\t'{filling}'
{clock} Trc 04541 RequestAnswerCall received from [66] (00000e85 wde 10.0.0.7:49280)
message RequestAnswerCall
\tAttributeThisDN\t'7001'
\tAttributeConnID\t{conn:016x}
\tAttributeReferenceID\t{number}
@{clock} [0] 8.1.101.75 distribute_event: message EventEstablished
\tAttributeConnID\t{conn:016x}
\tAttributeThisDN\t'7001'
\tAttributeReferenceID\t{number}
"""


def lines(filling: int = 16) -> Iterator[str]:
    """A log without an end, a call after another."""
    number = 0
    while True:
        number += 1
        seconds = number // 4
        clock = f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.0000"
        text = CALL.format(
            clock=clock, conn=FIRST + number, number=number % 100_000, filling="x" * filling
        )
        yield from text.splitlines(keepends=True)


def grown(index: CallIndex, stream: Iterator[str], count: int) -> int:
    """By how many bytes memory has grown after so many messages of the stream."""
    reader = LogReader("long.log")
    messages = reader.read(stream)

    def read(number: int) -> None:
        for message in islice(messages, number):
            index.note(message)

    tracemalloc.start()
    try:
        read(CALLS)
        before, _ = tracemalloc.get_traced_memory()
        read(count)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert index.count == CALLS + count
    return after - before


def test_a_long_log_needs_no_more_memory_than_a_short_one() -> None:
    index = CallIndex(wanted=f"{FIRST + 7:016x}", most=200)

    assert grown(index, lines(filling=24_000), 6_000) < 200_000
    assert index.call_count == 2_500


def test_a_call_is_found_however_long_ago_it_was() -> None:
    index = CallIndex(wanted=f"{FIRST + 7:016x}", most=50)
    for message in islice(LogReader("a").read(lines()), 3_000):
        index.note(message)

    again = islice(LogReader("a").read(lines()), 3_000)
    found = [one.name for one in index.of(again, index.wanted)]

    assert found == ["EventRinging", "RequestAnswerCall", "EventEstablished"]


def test_a_line_without_an_end_is_read_in_pieces() -> None:
    pieces = list(bounded_lines(StringIO("x" * (3 * MOST_CHARACTERS + 5))))

    assert [len(piece) for piece in pieces] == [MOST_CHARACTERS] * 3 + [5]
