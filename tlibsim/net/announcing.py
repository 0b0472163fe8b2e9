"""Telling people and programs where a server listens, or why it cannot."""

import contextlib
import errno
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.error import CannotListenError

from tlibsim.net.ports import holder


class Ready(Protocol):
    """A server that can say where it listens."""

    def ready(self) -> Mapping[str, Any]: ...


def cannot_listen(error: CannotListenError) -> str:
    """Why a port cannot be bound, who has it, and what to do."""
    port = int(error.port)
    where = f"port {port} on {error.interface or 'all addresses'}"
    if getattr(error.socketError, "errno", None) != errno.EADDRINUSE:
        return f"{where} cannot be bound: {error.socketError}"
    who = holder(port) or "another process"
    return f"{where} is taken by {who}. Use --port 0 for any free port."


@contextlib.contextmanager
def announced(simulator: Ready, ready_file: str | None) -> Iterator[None]:
    """One JSON line with all addresses on standard output, and before it in the ready file."""
    line = json.dumps(simulator.ready())
    if ready_file is None:
        _say(line)
        yield
        return
    path = Path(ready_file)
    part = path.with_name(path.name + ".part")
    part.write_text(line + "\n", encoding="utf-8")
    part.replace(path)
    _say(line)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
