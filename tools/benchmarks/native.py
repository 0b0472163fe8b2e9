"""The two C programs of the benchmark of media: built when there is a compiler, and driven.

Nothing is kept: they are compiled into a temporary folder each time, which takes a second.
"""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent
COMPILERS = ("gcc", "cc", "clang")
FLAGS = ("-O2", "-std=gnu11")
PATIENCE_S = 30.0


class NoCompilerError(Exception):
    """The C programs cannot be had."""


def built(name: str, folder: Path) -> Path:
    """Compile one program; raises NoCompilerError."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise NoCompilerError(
            f"no C compiler ({', '.join(COMPILERS)}); try: apt-get install gcc"
        )
    program = folder / name
    source = SOURCES / f"{name}.c"
    done = subprocess.run(
        [compiler, *FLAGS, "-o", str(program), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoCompilerError(f"{compiler} does not compile {source.name}: {done.stderr}")
    return program


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the sink saw since the last reset; times are microseconds, spreads are median, 99 of
    100 and greatest.

    ``all`` counts packets since the beginning, whatever was reset.
    ``holes`` are blocks that a sender left out, ``strays`` packets after a stream was asked to
    be inactive.  The SIP part counts requests; ``setup_us`` is from INVITE to ACK.
    """

    all: int
    packets: int
    begun: int
    missing: int
    repeated: int
    reordered: int
    holes: int
    marks: int
    strays: int
    pacing_us: tuple[int, int, int]
    invites: int
    reinvites: int
    inactives: int
    byes: int
    acks: int
    others: int
    setup_us: tuple[int, int, int]
    setup_all_us: int
    inactive_all_us: int


class Recorder:
    """The sink and its SIP side, running."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pid = process.pid
        first = self._line()
        self.sip_port: int = first["sip"]
        self.ports: Sequence[int] = tuple(first["ports"])

    def reset(self) -> None:
        """Forget what was counted; the streams go on."""
        self._ask("reset")

    def report(self) -> Judgement:
        """Tell what was counted."""
        values = self._ask("report")
        spreads = {
            name: tuple(value) for name, value in values.items() if isinstance(value, list)
        }
        return Judgement(**(values | spreads))

    def _ask(self, word: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the recorder of the benchmark is gone")
        values: dict[str, Any] = json.loads(line)
        return values


@contextlib.contextmanager
def recording(program: Path, streams: int) -> Iterator[Recorder]:
    """Run the sink for so many streams."""
    process = subprocess.Popen(
        [program, str(streams)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Recorder(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the C sender did: packets, those not taken, seconds of processor time."""

    packets: int
    dropped: int
    cpu_s: float


def send(program: Path, ports: Sequence[int], seconds: float) -> Sent:
    """Send one stream to each port for some seconds."""
    done = subprocess.run(
        [program, str(seconds), *map(str, ports)],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + PATIENCE_S,
    )
    return Sent(**json.loads(done.stdout))
