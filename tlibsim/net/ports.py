"""Whether a TCP port is free, and who holds it: for messages that say why none listens there."""

import errno
import socket
from collections.abc import Sequence
from pathlib import Path

TAKEN = "taken"
_LISTENING = "0A"
_PROGRAM = "tlibsim"


def trouble_at(host: str, port: int) -> str:
    """Why nothing can listen there: TAKEN, or the system's words; empty when it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return TAKEN
            return error.strerror or str(error)
    return ""


def holder(port: int) -> str:
    """The process that listens on the port, as ``name (pid N)``; empty when it cannot be told.

    Told on Linux; one of ours is named with its command: ``tlibsim demo (pid N)``.
    """
    inodes = _listening_inodes(port)
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        if _has_socket(process, inodes):
            return f"{_name(process)} (pid {process.name})"
    return ""


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            local, state, inode = columns[1], columns[3], columns[9]
            if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{inode}]")
    return inodes


def _has_socket(process: Path, inodes: set[str]) -> bool:
    try:
        return any(str(entry.readlink()) in inodes for entry in (process / "fd").iterdir())
    except OSError:
        return False


def _name(process: Path) -> str:
    try:
        words = (process / "cmdline").read_text(encoding="utf-8", errors="replace")
        ours = _command(words.split("\0"))
        return ours or (process / "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return "a process"


def _command(words: Sequence[str]) -> str:
    """``tlibsim serve`` of a command line of ours; empty for any other."""
    for at, word in enumerate(words[:-1]):
        ours = word == _PROGRAM if words[at - 1] == "-m" else word.endswith(f"/{_PROGRAM}")
        if ours:
            return f"{_PROGRAM} {words[at + 1]}".strip()
    return ""
