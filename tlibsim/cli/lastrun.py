"""What ``tlibsim scenario run`` was asked for last, so that ``tlibsim bundle --run last`` knows.

A small file in the state folder of the user (XDG_STATE_HOME), readable by nobody else.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = Path("tlibsim") / "last-run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """Absolute paths of files and folders, and the options that decide what a run is."""

    files: Sequence[str]
    only: Sequence[str] = ()
    variables: Sequence[str] = ()
    seed: int | None = None
    strict: bool = False


def place() -> Path:
    """Where it is kept."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / _FILE


def remember(run: LastRun) -> None:
    """Keep it; where nothing can be written, nothing is kept."""
    with suppress(OSError, RuntimeError):
        file = place()
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(asdict(run), stream)
        fresh.replace(file)


def recall() -> LastRun | None:
    """What was kept; None when nothing was, or it cannot be read."""
    try:
        return LastRun(**json.loads(place().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RuntimeError):
        return None
