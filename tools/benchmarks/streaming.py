"""(s) The sender of RTP: 1,000 streams beside telephone traffic, against a sender in C.

The streams come from a process of their own; another one is a server that handles calls.  The
C sender sends the same streams to the same sink in turn, beside the same traffic.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlibsim.media.rtp.srtp import available
from tools.benchmarks.native import Judgement, Recorder, Sent, built, recording, send
from tools.benchmarks.processes import ROOT, SOURCES, serving
from tools.benchmarks.rounds import ratios
from tools.benchmarks.rows import Goal, Row, at_most
from tools.benchmarks.switchboard import FIRST_DN, configuration
from tools.benchmarks.traffic import traffic

MICRO = 1e6
DRAIN_S = 0.2
SETTLE_S = 1.0
"""What passes before the figures begin: all streams run then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is asked for: streams, seconds in all, calls a second beside, parts of it."""

    streams: int
    seconds: float
    traffic: float
    rounds: int

    @property
    def round_s(self) -> float:
        return self.seconds / self.rounds


class Streams:
    """The process that sends."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        values: dict[str, Any] = json.loads(self._process.stdout.readline())
        return values


@contextlib.contextmanager
def sending(ports: Sequence[int], *, secured: bool = False) -> Iterator[Streams]:
    """Send a stream to each port while the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.benchmarks.streams"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, SOURCES))},
    )
    try:
        streams = Streams(process)
        streams.ask(json.dumps({"ports": list(ports), "secured": secured}))
        yield streams
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What our sender spent in a while, what the sink saw then, and what it never saw."""

    cpu_s: float
    seconds: float
    packets: int
    seen: Judgement
    lost: int

    @property
    def us_each(self) -> float:
        return self.cpu_s / max(self.packets, 1) * MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """The same of the sender in C."""

    sent: Sent
    seen: Judgement

    @property
    def us_each(self) -> float:
        return self.sent.cpu_s / max(self.sent.packets, 1) * MICRO


def measure(load: Load) -> Sequence[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="tlibsim-bench-") as folder,
        serving(configuration(10)) as server,
        recording(built("recorder", Path(folder)), load.streams) as sink,
        traffic(server.address, FIRST_DN, load.traffic) as calls,
    ):
        program = built("sender", Path(folder))
        ours: list[Ours] = []
        plain: list[Plain] = []
        secured: list[Ours] = []
        for _ in range(load.rounds):
            ours.append(_of_ours(sink, load.round_s, secured=False))
            plain.append(_of_c(sink, program, load.round_s / 2))
            if available():
                secured.append(_of_ours(sink, load.round_s / 2, secured=True))
        rate = calls.per_second
    return (
        *_ours_rows(load, ours, plain),
        *_plain_rows(plain),
        *_secured_rows(secured, plain),
        Row(letter="s", what="calls beside", values=[rate], unit="1/s"),
    )


def _of_ours(sink: Recorder, seconds: float, *, secured: bool) -> Ours:
    already = sink.report().all
    with sending(sink.ports, secured=secured) as streams:
        time.sleep(SETTLE_S)
        sink.reset()
        before, begin = streams.ask("status"), time.monotonic()
        time.sleep(seconds)
        after, end = streams.ask("status"), time.monotonic()
        seen = sink.report()
        streams.ask("pause")
        time.sleep(DRAIN_S)
        sent, arrived = streams.ask("status")["packets"], sink.report().all - already
    return Ours(
        cpu_s=after["cpu_s"] - before["cpu_s"],
        seconds=end - begin,
        packets=after["packets"] - before["packets"],
        seen=seen,
        lost=max(sent - arrived, seen.missing),
    )


def _of_c(sink: Recorder, program: Path, seconds: float) -> Plain:
    sink.reset()
    sent = send(program, sink.ports, seconds)
    return Plain(sent=sent, seen=sink.report())


def _row(what: str, values: Sequence[float], unit: str, goal: Goal | None = None) -> Row:
    return Row(letter="s", what=what, values=values, unit=unit, goal=goal)


def _ours_rows(load: Load, ours: Sequence[Ours], plain: Sequence[Plain]) -> Iterator[Row]:
    each = [one.us_each for one in ours]
    seen = [one.seen for one in ours]
    lost, holes = [one.lost for one in ours], [one.holes for one in seen]
    yield _row(f"{load.streams:,} streams: packets missing", lost, "", at_most(0))
    yield _row("blocks left out", holes, "", at_most(0))
    yield _row("packets", [one.packets / one.seconds for one in ours], "1/s")
    yield from _pacing_rows("pacing error", seen, at_most(5))
    of_c = ratios(
        [one.pacing_us[1] for one in seen], [one.seen.pacing_us[1] or 1 for one in plain]
    )
    yield _row("pacing error, 99 of 100, of the C sender's", of_c, "times")
    spent = ratios(each, [one.us_each for one in plain])
    yield _row("sender's processor time, of a C sender's", spent, "times", at_most(2.5))
    yield _row("sender's processor time of a packet", each, "us")
    yield _row("sender's share of a core", [o.cpu_s / o.seconds * 100 for o in ours], "%")


def _pacing_rows(what: str, seen: Sequence[Judgement], goal: Goal | None) -> Iterator[Row]:
    names = ((1, "99 of 100", goal), (0, "median", None), (2, "greatest", None))
    for place, name, wanted in names:
        values = [one.pacing_us[place] / 1000 for one in seen]
        yield _row(f"{what}, {name}", values, "ms", wanted)


def _plain_rows(plain: Sequence[Plain]) -> Iterator[Row]:
    yield _row("C sender: processor time of a packet", [one.us_each for one in plain], "us")
    yield from _pacing_rows("C sender: pacing error", [one.seen for one in plain], None)


def _secured_rows(secured: Sequence[Ours], plain: Sequence[Plain]) -> Iterator[Row]:
    if secured:
        spent = ratios([one.us_each for one in secured], [one.us_each for one in plain])
        yield _row("SRTP: processor time, of the C sender without", spent, "times")
        yield _row("SRTP: packets missing", [one.lost for one in secured], "", at_most(0))
        yield from _pacing_rows("SRTP: pacing error", [one.seen for one in secured], None)
