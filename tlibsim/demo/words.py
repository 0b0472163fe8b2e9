"""Words that several parts of the demo's screen are made of."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tlibproto.vocabulary import KVList
from tlibsim.ports.media import Instant

_LONGEST_VALUE = 28
_PLAYERS: Mapping[str, str] = {
    "play": "play -q",
    "ffplay": "ffplay -loglevel error -nodisp -autoexit",
    "afplay": "afplay",
    "aplay": "aplay -q",
}


def clock(at: Instant) -> str:
    """Local time of day with milliseconds."""
    moment = datetime.fromtimestamp(at // 1_000_000).astimezone()
    return f"{moment:%H:%M:%S}.{at // 1000 % 1000:03d}"


def seconds(value: float) -> str:
    """A number of seconds: ``2 s``, ``0.5 s``."""
    return f"{value:g} s"


def printable(text: str) -> str:
    """Make a text from the wire harmless on a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def shortened(text: str) -> str:
    """A long text with its middle left out."""
    if len(text) <= _LONGEST_VALUE:
        return text
    part = (_LONGEST_VALUE - 3) // 2
    return f"{text[:part]}...{text[-part:]}"


def pairs(data: KVList) -> str:
    """User data as ``key=value`` words."""
    return "  ".join(f"{printable(key)}={_value(value)}" for key, value in data)


def _value(value: object) -> str:
    if isinstance(value, KVList):
        return f"{{{pairs(value)}}}"
    return shortened(printable(str(value)))


def place(path: str | Path) -> str:
    """A path as the user would type it: short where it is below the present directory."""
    absolute = Path(path).absolute()
    try:
        return f"./{absolute.relative_to(Path.cwd())}"
    except ValueError:
        return str(absolute)


def player_command(path: Path) -> str:
    """How to play a file on this machine; empty when no player is known."""
    for program, command in _PLAYERS.items():
        if shutil.which(program):
            return f"{command} {shlex.quote(place(path))}"
    return ""


def program() -> str:
    """How this program is called in a second terminal."""
    if shutil.which("tlibsim"):
        return "tlibsim"
    called = Path(sys.argv[0])
    if called.name == "tlibsim" and os.access(called, os.X_OK):
        return shlex.quote(place(called))
    return f"{shlex.quote(sys.executable)} -m tlibsim"
