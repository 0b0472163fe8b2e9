"""(d) Whole calls over TCP, and where their time goes.

The hub without sockets takes a part of the server's processor time for a call, and the codec a
part of that.  What the hub takes beyond the codec is neither codec nor socket.  All three are
measured in each round: the server over TCP; in the worker's process, a hub on the same
requests; and the codec on the messages of those very calls.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tlibproto.codec import decode, encode, with_reference
from tlibproto.framing import FrameDecoder, encode_frame
from tlibproto.messages import Message
from tools.benchmarks.calls import CLIENTS, EVENTS, STEPS, Pair, Party, pairs_of, played
from tools.benchmarks.codec import MICRO, fresh
from tools.benchmarks.hublinks import hub_links
from tools.benchmarks.processes import Server, serving, worker
from tools.benchmarks.rounds import Effort, seconds_of_each
from tools.benchmarks.rows import Row
from tools.benchmarks.switchboard import FIRST_DN, configuration, hub

DNS = 100
CALLS_AT_ONCE = 16
_REPEATS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Of one call: its time, and the processor seconds of the server, the hub, the codec."""

    seconds: float
    server: float
    hub: float
    codec: float

    @property
    def model(self) -> float:
        """The share of the server's time that is neither codec nor socket."""
        return (self.hub - self.codec) / self.server


def inside(pairs: Sequence[Pair], rounds: int) -> tuple[float, float]:
    """Run in the worker: the seconds of a call in a hub, and those of the codec for one."""
    links = hub_links(hub(DNS), CLIENTS)
    party = Party(links, pairs)
    party.register()
    party.calls()
    for link in links:
        link.forget()
    party.calls()
    said = [data for link in links for data in link.said]
    codec = _codec_seconds(said, links[-1].heard)
    for link in links:
        link.forget()
    for _ in range(rounds):
        party.calls()
    seconds = sum(link.seconds for link in links)
    return seconds / (rounds * len(pairs)), codec / len(pairs)


def _codec_seconds(said: Sequence[bytes], heard: Sequence[bytes]) -> float:
    """Read the requests as they came, write each event, and a copy of every second one.

    Each request has one of its two events as its answer: the copy with the ReferenceID.
    """
    events = [fresh(decode(payload)) for payload in heard for _ in range(_REPEATS)]
    reading = seconds_of_each(_read, list(said) * _REPEATS) * len(said)
    writing = seconds_of_each(_write, events) * len(heard)
    answering = seconds_of_each(_answer, list(heard[::2]) * _REPEATS) * len(heard[::2])
    return reading + writing + answering


def _read(data: bytes) -> None:
    for payload in FrameDecoder().feed(data):
        if isinstance(payload, bytes):
            decode(payload)


def _write(event: Message) -> None:
    encode_frame(encode(event))


def _answer(payload: bytes) -> None:
    encode_frame(with_reference(payload, STEPS))


def _spent(server: Server, pool: ProcessPoolExecutor, at_once: int, count: int) -> Spent:
    pairs = pairs_of(FIRST_DN, at_once)
    rounds = max(2, count // at_once)
    cost = pool.submit(played, server.address, server.pid, pairs, rounds).result()
    in_hub, in_codec = pool.submit(inside, pairs, rounds).result()
    return Spent(seconds=cost.seconds, server=cost.cpu_seconds, hub=in_hub, codec=in_codec)


def measure(effort: Effort) -> Sequence[Row]:
    count = effort.times(300)
    one: list[Spent] = []
    many: list[Spent] = []
    with serving(configuration(DNS)) as server, worker() as pool:
        for _ in range(effort.rounds):
            one.append(_spent(server, pool, 1, count))
            many.append(_spent(server, pool, CALLS_AT_ONCE, count))
    return (*_rows("one call at a time", one), *_rows(f"{CALLS_AT_ONCE} calls at a time", many))


def _rows(how: str, spent: Sequence[Spent]) -> Iterator[Row]:
    def row(what: str, values: Sequence[float], unit: str) -> Row:
        return Row(letter="d", what=f"{how}: {what}", values=values, unit=unit)

    yield row("calls", [1 / one.seconds for one in spent], "1/s")
    yield row("events to clients", [EVENTS / one.seconds for one in spent], "1/s")
    yield row("processor time of a call", [one.server * MICRO for one in spent], "us")
    yield row("of it neither codec nor socket", [one.model * 100 for one in spent], "%")
