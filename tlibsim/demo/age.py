"""How old this process is: for the time to ready that the demo shows."""

import os
import time
from pathlib import Path

_START_TIME = 22
"""Column of the start time in ``/proc/PID/stat``, counted from 1 (proc(5))."""


def process_age() -> float | None:
    """Seconds since the process began, or None where the system does not tell."""
    try:
        text = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
        columns = text.rpartition(")")[2].split()
        started_s = int(columns[_START_TIME - 3]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s
    except (OSError, ValueError, IndexError, AttributeError):
        return None
