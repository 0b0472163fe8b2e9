"""Programs of others as peers in tests: started on free ports, ended by the id that we got.

``needs("sipp")`` skips a test, with the reason, where the program is not installed.
"""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "peers" / "sipp"
PACKAGES = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "kamailio": "kamailio",
    "tshark": "tshark",
    "sox": "sox",
}
PATIENCE = 10.0


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip when one of the programs is not there, and say which package has it."""
    missing = [one for one in programs if shutil.which(one) is None]
    names = ", ".join(f"{one} (Debian package {PACKAGES.get(one, one)})" for one in missing)
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {names}")


def free_ports(count: int = 1, kind: int = socket.SOCK_DGRAM) -> int:
    """The first (even, if there are more) of ``count`` ports in a row that are free on loopback just now."""
    for _ in range(200):
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            sockets = [held.enter_context(socket.socket(socket.AF_INET, kind))]
            sockets[0].bind(("127.0.0.1", 0))
            first = sockets[0].getsockname()[1]
            if first % 2 and count > 1:
                continue
            for number in range(1, count):
                sockets.append(held.enter_context(socket.socket(socket.AF_INET, kind)))
                sockets[-1].bind(("127.0.0.1", first + number))
            return first
    raise RuntimeError("no free ports on loopback")


def is_bound(port: int, table: str = "udp") -> bool:
    """Whether some process has this port of IPv4, by the table of the kernel."""
    lines = Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    return any(int(line.split()[1].rpartition(":")[2], 16) == port for line in lines)


@dataclass
class Peer:
    """A running program; ``output`` is everything that it printed."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    media_port: int = 0
    log: Path = field(default_factory=Path)

    def stop(self) -> int:
        """End it by its id, gently first; gives the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait(3)

    def exit_code(self, seconds: float = PATIENCE) -> int:
        """Wait for its own end (blocks)."""
        return self.process.wait(seconds)

    @property
    def output(self) -> str:
        return (self.folder / "output.txt").read_text(encoding="utf-8", errors="replace")

    def invites(self) -> list[str]:
        """The Request-URIs of the INVITEs that a sipp scenario logged."""
        if not self.log.exists():
            return []
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [part.strip() for part in text.split("INVITE ")[1:]]


def start(
    command: Sequence[str], *, folder: Path, port: int, table: str = "udp", **more: object
) -> Peer:
    """Start a program and wait until it has its port; raises RuntimeError if it does not."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    peer = Peer(process=process, port=port, folder=folder, **more)  # type: ignore[arg-type]
    deadline = time.monotonic() + PATIENCE
    while not is_bound(port, table):
        if process.poll() is not None or time.monotonic() > deadline:
            peer.stop()
            raise RuntimeError(f"{command[0]} did not start: {peer.output[-2000:]}")
        time.sleep(0.02)
    return peer


def start_sipp(
    scenario: str, folder: Path, *arguments: str, transport: str = "u1", echo: bool = True
) -> Peer:
    """Sipp as a server with one of the scenarios of ``fixtures/peers/sipp``."""
    table = "udp" if transport.startswith("u") else "tcp"
    kind = socket.SOCK_DGRAM if table == "udp" else socket.SOCK_STREAM
    port, media_port = free_ports(1, kind), free_ports(4)
    log = folder / "invites.log"
    log.unlink(missing_ok=True)
    command = [
        *("sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1"),
        *("-p", str(port), "-mp", str(media_port), "-t", transport, "-nostdin"),
        *("-trace_err", "-error_file", str(folder / "errors.log")),
        *("-trace_logs", "-log_file", str(log)),
        *(["-rtp_echo"] if echo else []),
        *arguments,
    ]
    return start(command, folder=folder, port=port, table=table, media_port=media_port, log=log)


@contextlib.contextmanager
def sipp(scenario: str, folder: Path, *arguments: str, transport: str = "u1") -> Iterator[Peer]:
    """Sipp for the time of a with block."""
    peer = start_sipp(scenario, folder, *arguments, transport=transport)
    try:
        yield peer
    finally:
        peer.stop()
