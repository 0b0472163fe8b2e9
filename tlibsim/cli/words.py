"""What several commands share: addresses in words, and how a program on the reactor ends."""

import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from tlibsim.net.reactor import Reactor

NEVER_CONNECTED = 4
"""The system under test was never reached (FEATURES.md, "Exit codes")."""

INTERNAL_ERROR = 5

_PORTS = range(1, 65536)
_ALL_PORTS = range(65536)


def address_of(text: str, *, any_port: bool = False) -> tuple[str, int]:
    """``HOST:PORT``, an IPv6 address in brackets; raises click's usage error.

    ``any_port``: 0 is allowed, and means any free one.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if (
        not colon
        or not host
        or not port.isdecimal()
        or int(port) not in (_ALL_PORTS if any_port else _PORTS)
    ):
        raise click.BadParameter(f"{text!r} is not HOST:PORT")
    return host, int(port)


def run_and_exit(main: "Callable[[Reactor], Coroutine[Any, Any, int]]") -> NoReturn:
    """Run a program on the reactor; a bug of ours ends with its traceback and exit code 5."""
    from tlibsim import process

    try:
        code = process.run(main)
    except BrokenPipeError:  # nobody reads any more, and click knows what to do
        raise
    except Exception:  # noqa: BLE001  the last thing that can be done for any of them
        traceback.print_exc()
        code = INTERNAL_ERROR
    sys.exit(code)
