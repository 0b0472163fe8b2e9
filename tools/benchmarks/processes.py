"""The processes of a benchmark: servers on loopback, and one worker that plays the clients.

Every server is a real one, started as a user starts it, in a directory of its own.  With two
cores or more the servers keep to one and the clients to another, so that neither takes from the
other.
"""

import contextlib
import json
import multiprocessing
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (ROOT, ROOT / "protocol")
READY_SECONDS = 60.0
STOP_SECONDS = 10.0
OPEN_FILES = 12_000

Address = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: where it listens, which process it is, how long its start took."""

    address: Address
    pid: int
    seconds_to_ready: float


def cpu_seconds(pid: int) -> float:
    """The processor time of all threads of a process: Linux keeps a clock for each."""
    return time.clock_gettime(~pid << 3 | 2)


def resident_bytes(pid: int) -> int:
    """The memory that a process has at the moment."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


@contextlib.contextmanager
def serving(config: str) -> Iterator[Server]:
    """A ``tlibsim serve`` of a configuration (YAML)."""
    with tempfile.TemporaryDirectory(prefix="tlibsim-bench-") as directory:
        Path(directory, "tlibsim.yaml").write_text(config, encoding="utf-8")
        words = ["-m", "tlibsim", "serve", "--config", "tlibsim.yaml", "--port", "0", "--quiet"]
        with _running(words, directory) as server:
            yield server


@contextlib.contextmanager
def echoing() -> Iterator[Server]:
    """A raw Twisted server that sends every packet back."""
    with _running(["-m", "tools.benchmarks.echo"], str(ROOT)) as server:
        yield server


@contextlib.contextmanager
def sending() -> Iterator[Server]:
    """A bare server that sends ready bytes to many clients."""
    with _running(["-m", "tools.benchmarks.bare"], str(ROOT)) as server:
        yield server


@contextlib.contextmanager
def _running(words: Sequence[str], directory: str) -> Iterator[Server]:
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, SOURCES))},
    )
    try:
        line = _first_line(process)
        seconds = time.perf_counter() - begin
        where = json.loads(line)["tlib"]
        _keep_to_core(process.pid, 0)
        yield Server(
            address=(where["host"], where["port"]), pid=process.pid, seconds_to_ready=seconds
        )
    finally:
        _stop(process)


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The line that says where the server listens; raises RuntimeError when none comes."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], READY_SECONDS)
    line = process.stdout.readline() if ready else b""
    if not line:
        raise RuntimeError(f"{process.args!r} did not get ready")
    return line


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _keep_to_core(pid: int, number: int) -> None:
    """Bind a process to one of the cores that this one may use, if there are two."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[number]})


def _begin_worker(core: int) -> None:
    os.sched_setaffinity(0, {core})


@contextlib.contextmanager
def worker() -> Iterator[ProcessPoolExecutor]:
    """One process that runs functions of the benchmarks: the clients live there."""
    allow_open_files()
    core = max(os.sched_getaffinity(0))
    with ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin_worker,
        initargs=(core,),
    ) as pool:
        yield pool


def allow_open_files() -> None:
    """Let this process and its children have as many open files as 5,000 clients need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
