"""(l) The whole path: a server with 500 recorded calls, each with two legs to a SIP recorder.

A client makes the calls and asks for the recordings, the recorder in C takes the legs and judges
the streams, and other calls go on beside.  Then all recordings are paused within a second, are
resumed at once, and end with their calls.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tlibproto.codec import decode
from tlibproto.messages import (
    EventDialing,
    EventEstablished,
    EventRinging,
    Message,
    RequestAnswerCall,
    RequestPrivateService,
    RequestReleaseCall,
)
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.media.rtp.sender import THREAD_NAME
from tools.benchmarks import packets
from tools.benchmarks.calls import Pair, make
from tools.benchmarks.link import Link
from tools.benchmarks.native import Judgement, Recorder, Sent, built, recording, send
from tools.benchmarks.processes import Address, Server, allow_open_files, cpu_seconds, serving
from tools.benchmarks.rows import Goal, Row, at_most
from tools.benchmarks.traffic import traffic

MICRO = 1e6
PATIENCE_S = 60.0
POLL_S = 0.02
SETTLE_S = 2.0
CALLERS, CALLED, OTHERS = 1_000_000, 2_000_000, 3_000_000
START, PAUSE, RESUME = 3013, 3015, 3016
PARTS_OF_A_SECOND = 20


def configuration(calls: int, sip_port: int) -> str:
    """The YAML of a switch that records at one recorder and keeps nothing on the disk."""
    ranges = (CALLERS, CALLED, OTHERS)
    dns = "".join(f'  "{first}-{first + calls - 1}": {{type: DN}}\n' for first in ranges)
    return (
        f"dns:\n{dns}"
        '  "9000": {type: VoIPService, service-type: msml}\n'
        "recordings: {backend: 'null'}\n"
        f"recorders: [{{name: bench, address: 'sip:127.0.0.1:{sip_port}'}}]\n"
        "options: {recorder-mode: sip, msml-record-support: true, "
        f"max-ports: {4 * calls}}}\n"
        "seed: 1\n"
    )


def thread_cpu_s(pid: int, name: str) -> float:
    """The processor time of a thread, found by the name that it shows."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text(encoding="ascii").strip() == name:
            nanoseconds = (task / "schedstat").read_text(encoding="ascii").split()[0]
            return int(nanoseconds) / 1e9
    raise ProcessLookupError(f"no thread {name} in process {pid}")


class Desk:
    """A client that is registered on many DNs and waits for events by their kind."""

    def __init__(self, address: Address, dns: Sequence[str]) -> None:
        self._link = Link(address)
        registrations = [packets.registration(dn) for dn in dns]
        self._link.send(b"".join((packets.opening(), *registrations)))
        self._link.take(1 + len(registrations))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.socket.close()

    def send(self, requests: Sequence[Message]) -> None:
        self._link.send(b"".join(map(packets.packet, requests)))

    def wait_for(self, kind: type[Message], count: int) -> Mapping[str, bytes]:
        """Take events until so many of a kind have come; return the ConnID of each DN."""
        found: dict[str, bytes] = {}
        while len(found) < count:
            for payload in self._link.take(1):
                event = decode(payload)
                if isinstance(event, kind):
                    found[str(event.this_dn)] = ConnId(event.conn_id)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The recorded calls: their client and their ConnIDs by caller."""

    desk: Desk
    conn_ids: Mapping[str, bytes]

    def ask(self, service: int, callers: Sequence[str]) -> None:
        """Ask for a private service for some calls, in one go."""
        self.desk.send(
            [
                RequestPrivateService(
                    private_msg_id=service, this_dn=Dn(dn), conn_id=self.conn_ids[dn]
                )
                for dn in callers
            ]
        )

    def release(self) -> None:
        self.desk.send(
            [
                RequestReleaseCall(this_dn=Dn(dn), conn_id=conn_id)
                for dn, conn_id in self.conn_ids.items()
            ]
        )


def established(stack: ExitStack, address: Address, count: int) -> Calls:
    """Make calls that last."""
    pairs: list[Pair] = [(str(CALLERS + n), str(CALLED + n)) for n in range(count)]
    calling = stack.enter_context(Desk(address, [one for one, _ in pairs]))
    called = stack.enter_context(Desk(address, [one for _, one in pairs]))
    calling.send([make(pair) for pair in pairs])
    conn_ids = calling.wait_for(EventDialing, count)
    ringing = called.wait_for(EventRinging, count)
    called.send([RequestAnswerCall(this_dn=Dn(dn), conn_id=one) for dn, one in ringing.items()])
    calling.wait_for(EventEstablished, count)
    return Calls(desk=calling, conn_ids=conn_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was seen in each part of the run."""

    setup: Judgement
    steady: Judgement
    steady_s: float
    sender_cpu_s: float
    server_cpu_s: float
    pausing: Judgement
    paused: Judgement
    resuming: Judgement
    ending: Judgement
    ending_s: float
    plain: Sent
    plain_seen: Judgement
    calls_per_second: float


def measure(calls: int, seconds: float, rate: float) -> Sequence[Row]:
    allow_open_files()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tlibsim-bench-")))
        sink = stack.enter_context(recording(built("recorder", folder), 2 * calls))
        server = stack.enter_context(serving(configuration(calls, sink.sip_port)))
        os.sched_setaffinity(server.pid, os.sched_getaffinity(0))
        found = _run(stack, server, sink, built("sender", folder), calls, seconds, rate)
    return tuple(_rows(calls, found))


def _run(
    stack: ExitStack,
    server: Server,
    sink: Recorder,
    program: Path,
    calls: int,
    seconds: float,
    rate: float,
) -> Found:
    held = established(stack, server.address, calls)
    callers = list(held.conn_ids)
    sink.reset()
    held.ask(START, callers)
    setup = _until(sink, lambda seen: seen.acks >= 2 * calls, "all legs are up")
    with traffic(server.address, OTHERS, rate) as beside:
        time.sleep(SETTLE_S)
        sink.reset()
        before = thread_cpu_s(server.pid, THREAD_NAME), cpu_seconds(server.pid)
        begin = time.monotonic()
        time.sleep(seconds)
        after = thread_cpu_s(server.pid, THREAD_NAME), cpu_seconds(server.pid)
        steady_s, steady = time.monotonic() - begin, sink.report()

        sink.reset()
        for part in range(PARTS_OF_A_SECOND):
            held.ask(PAUSE, callers[part::PARTS_OF_A_SECOND])
            time.sleep(1 / PARTS_OF_A_SECOND)
        pausing = _until(sink, lambda seen: seen.inactives >= 2 * calls, "all are paused")
        sink.reset()
        plain = send(program, sink.ports, seconds / 3)
        plain_seen = sink.report()
        sink.reset()
        time.sleep(1)
        paused = sink.report()

        held.ask(RESUME, callers)
        _until(sink, lambda seen: seen.marks >= 2 * calls, "all are heard again")
        time.sleep(1)
        resuming = sink.report()
        sink.reset()
        begin = time.monotonic()
        held.release()
        ending = _until(sink, lambda seen: seen.byes >= 2 * calls, "all legs are gone")
        ending_s = time.monotonic() - begin
        per_second = beside.per_second
    return Found(
        setup=setup,
        steady=steady,
        steady_s=steady_s,
        sender_cpu_s=after[0] - before[0],
        server_cpu_s=after[1] - before[1],
        pausing=pausing,
        paused=paused,
        resuming=resuming,
        ending=ending,
        ending_s=ending_s,
        plain=plain,
        plain_seen=plain_seen,
        calls_per_second=per_second,
    )


def _until(sink: Recorder, condition: Callable[[Judgement], bool], what: str) -> Judgement:
    deadline = time.monotonic() + PATIENCE_S
    while not condition(seen := sink.report()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not happen that {what}: {seen}")
        time.sleep(POLL_S)
    return seen


def _row(what: str, value: float, unit: str = "", goal: Goal | None = None) -> Row:
    return Row(letter="l", what=what, values=[value], unit=unit, goal=goal)


def _rows(calls: int, found: Found) -> Iterator[Row]:
    legs = 2 * calls
    yield from _setup_rows(legs, found.setup)
    yield from _steady_rows(legs, found)
    pauses = (("pauses in one second", found.pausing), ("resumes at once", found.resuming))
    for what, seen in pauses:
        yield _row(f"{legs:,} {what}: packets missing", seen.missing, "", at_most(0))
        yield _row(f"{legs:,} {what}: blocks left out", seen.holes)
        yield _row(f"{legs:,} {what}: pacing error, 99 of 100", seen.pacing_us[1] / 1000, "ms")
        yield _row(f"{legs:,} {what}: greatest", seen.pacing_us[2] / 1000, "ms")
    yield _row("packets in a paused second", found.paused.packets, "", at_most(0))
    yield _row(f"{legs:,} legs ended in", found.ending_s, "s")
    yield _row("calls beside", found.calls_per_second, "1/s")


def _setup_rows(legs: int, seen: Judgement) -> Iterator[Row]:
    yield _row(f"{legs:,} legs set up", legs / max(seen.setup_all_us, 1) * MICRO, "1/s")
    yield _row("INVITE to ACK of a leg, 99 of 100", seen.setup_us[1] / 1000, "ms")
    yield _row("INVITE to ACK of a leg, greatest", seen.setup_us[2] / 1000, "ms")


def _steady_rows(legs: int, found: Found) -> Iterator[Row]:
    seen = found.steady
    ours = found.sender_cpu_s / max(seen.packets, 1) * MICRO
    plain = found.plain.cpu_s / max(found.plain.packets, 1) * MICRO
    yield _row(f"{legs:,} streams: packets missing", seen.missing, "", at_most(0))
    yield _row("blocks left out", seen.holes, "", at_most(0))
    yield _row("packets", seen.packets / found.steady_s, "1/s")
    yield _row("pacing error, 99 of 100", seen.pacing_us[1] / 1000, "ms", at_most(5))
    yield _row("pacing error, median", seen.pacing_us[0] / 1000, "ms")
    yield _row("pacing error, greatest", seen.pacing_us[2] / 1000, "ms")
    in_c = found.plain_seen.pacing_us[1]
    yield _row("pacing error of C, 99 of 100", in_c / 1000, "ms")
    yield _row("pacing error, 99 of 100, of C's", seen.pacing_us[1] / max(in_c, 1), "times")
    yield _row("sender's processor time, of a C sender's", ours / plain, "times", at_most(2.5))
    yield _row("sender's share of a core", found.sender_cpu_s / found.steady_s * 100, "%")
    yield _row("whole server's share of a core", found.server_cpu_s / found.steady_s * 100, "%")
