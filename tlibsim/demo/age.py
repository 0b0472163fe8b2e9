"""How old this program is: for the time to ready that the demo shows."""

import os
import time
from pathlib import Path

_START_TIME = 22
"""Column of the start time in ``/proc/PID/stat``, counted from 1 (proc(5))."""
_LOADING_S = 1.0
"""More than an interpreter needs before it reads the first line of the program."""


def program_age(loaded_s: float) -> float:
    """Seconds since the program began; ``loaded_s`` is the time since its first line was read.

    The process may be older than the program: a shell that first installs it and then becomes
    it (``exec``) keeps its process.  What is older than loading takes was something else.
    """
    age = process_age()
    return loaded_s if age is None or age - loaded_s > _LOADING_S else age


def process_age() -> float | None:
    """Seconds since the process began, or None where the system does not tell."""
    try:
        text = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
        columns = text.rpartition(")")[2].split()
        started_s = int(columns[_START_TIME - 3]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s
    except (OSError, ValueError, IndexError, AttributeError):
        return None
