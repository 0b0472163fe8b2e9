"""Ports of this machine: whether one is free, and which process holds it, where the system tells."""

import errno
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_LISTENING = "0A"
_TABLES = {
    socket.SOCK_STREAM: ("tcp", "tcp6"),
    socket.SOCK_DGRAM: ("udp", "udp6"),
}


def trouble_at(host: str, port: int, kind: socket.SocketKind) -> str:
    """Why nothing can listen there; empty when it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "taken"
            return error.strerror or str(error)
    return ""


def holder_of(port: int, kind: socket.SocketKind, proc: Path = _PROC) -> str:
    """The process at a port, ``python3 (process 123)``; empty when the system does not tell."""
    inodes = set(_inodes(port, kind, proc))
    if not inodes:
        return ""
    for process in sorted(proc.glob("[0-9]*")):
        if any(link in inodes for link in _links(process)):
            with suppress(OSError):
                name = (process / "comm").read_text(encoding="utf-8").strip()
                return f"{name} (process {process.name})"
    return ""


def _inodes(port: int, kind: socket.SocketKind, proc: Path) -> Iterator[str]:
    for table in _TABLES[kind]:
        with suppress(OSError):
            for line in (proc / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                listening = kind is socket.SOCK_DGRAM or words[3] == _LISTENING
                if listening and int(words[1].rpartition(":")[2], 16) == port:
                    yield f"socket:[{words[9]}]"


def _links(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                yield str(descriptor.readlink())
