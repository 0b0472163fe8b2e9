"""(a) The codec against struct-level code, on a typical event of a call (WIRE.md 2 and 3).

Both sides read every value, lists included.  The messages that are encoded are made from their
values, each is encoded once, and none has kept the bytes of another.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tlibproto.codec import decode, encode
from tlibproto.messages import Message
from tools.benchmarks import plain
from tools.benchmarks.rounds import Effort, interleaved, ratios, seconds_each, seconds_of_each
from tools.benchmarks.rows import Row, at_most

SAMPLE = Path(__file__).parents[2] / "fixtures" / "benchmarks" / "sample-event.hex"
LIMIT = at_most(2.0)
MICRO = 1e6


def sample() -> bytes:
    """The payload of an EventEstablished with 17 attributes, two of them lists."""
    return bytes.fromhex(SAMPLE.read_text(encoding="ascii"))


def fresh(message: Message) -> Message:
    """The same message, made from its values as a server makes it."""
    return type(message)(**dict(message.present()))


def _encoding(message: Message, count: int) -> float:
    return seconds_of_each(encode, [fresh(message) for _ in range(count)])


def measure(effort: Effort) -> Sequence[Row]:
    payload = sample()
    message = decode(payload)
    number, pairs = plain.read_pairs(payload)
    if encode(fresh(message)) != payload or plain.write_pairs(number, pairs) != payload:
        raise AssertionError("both sides must give the bytes of the sample")
    count = effort.times(4000)
    times = interleaved(
        {
            "decode": partial(seconds_each, partial(decode, payload), count),
            "read": partial(seconds_each, partial(plain.read_pairs, payload), count),
            "encode": partial(_encoding, message, count),
            "write": partial(seconds_each, partial(plain.write_pairs, number, pairs), count),
        },
        effort.rounds * 2,
    )
    return (
        _ratio("decode, of struct-level code", times["decode"], times["read"]),
        _ratio("encode, of struct-level code", times["encode"], times["write"]),
        _time("decode the sample event", times["decode"]),
        _time("encode the sample event", times["encode"]),
    )


def _ratio(what: str, ours: Sequence[float], theirs: Sequence[float]) -> Row:
    values = ratios(ours, theirs)
    return Row(letter="a", what=what, values=values, unit="times", goal=LIMIT)


def _time(what: str, seconds: Sequence[float]) -> Row:
    return Row(letter="a", what=what, values=[one * MICRO for one in seconds], unit="us")
