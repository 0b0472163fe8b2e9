"""The version of the program, installed or not."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]
_VERSION = re.compile(r"^version *= *(\S+)", re.MULTILINE)
UNKNOWN = "unknown"


def program_version() -> str:
    """What is installed, else what the checkout says of itself, else ``unknown``."""
    try:
        return version("tlibsim")
    except PackageNotFoundError:
        return checkout_version(_CHECKOUT)


def checkout_version(root: Path) -> str:
    """What the ``setup.cfg`` there says; ``unknown`` where it does not."""
    try:
        text = (root / "setup.cfg").read_text(encoding="utf-8")
    except OSError:
        return UNKNOWN
    found = _VERSION.search(text)
    return UNKNOWN if found is None else f"{found[1]} (checkout)"
