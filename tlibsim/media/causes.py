"""What went wrong with a recording, in words for people that say what to do."""

import errno
from pathlib import Path

_FORBIDDEN = "{folder} must not be written: give this user the right, or choose another"

_REASONS = {
    errno.ENOSPC: "the disk of {folder} is full: remove something, or choose another directory",
    errno.EDQUOT: "the disk quota for {folder} is used up: remove something, or have it raised",
    errno.ENOENT: "the recordings directory {folder} is gone: make it again, or mount its disk",
    errno.ENOTDIR: "{folder} is not a directory: choose another one for recordings",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: "{folder} is on a disk that is mounted read-only: choose another directory",
    errno.EMFILE: "too many files are open: raise the limit of this process (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine: raise its limit",
}


def disk_cause(error: OSError, folder: Path) -> str:
    """Explain an error of the disk."""
    pattern = _REASONS.get(error.errno or 0)
    if pattern is None:
        return f"{folder} cannot be written: {error.strerror or error}"
    return pattern.format(folder=folder)


def floor_cause(free_bytes: int, floor_bytes: int, folder: Path) -> str:
    """Explain that the disk is nearly full."""
    return (
        f"only {free_bytes // 1_000_000} MB are free for {folder}, and "
        f"{floor_bytes // 1_000_000} MB must stay free: remove something, or lower min_free_mb"
    )


def ports_cause(max_ports: int) -> str:
    """Explain that no more recordings fit."""
    return (
        f"all {max_ports} recording ports are in use ({max_ports // 2} recordings): "
        "wait for one to end, or raise max_ports"
    )


def length_cause(max_length_s: int) -> str:
    """Explain that a recording was ended for its length."""
    if not max_length_s:
        return "the recording has the greatest length that a WAV file can hold"
    return f"the recording has its greatest length of {max_length_s} s (see max_minutes)"
