"""What several commands share: addresses in words, and how a program on the reactor ends."""

import re
import sys
import traceback
from collections.abc import Callable, Coroutine
from difflib import get_close_matches
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from tlibsim.net.reactor import Reactor

    _Choice = click.Choice[str]
else:
    _Choice = click.Choice  # no generic class before click 8.2

NEVER_CONNECTED = 4
"""The system under test was never reached (FEATURES.md, "Exit codes")."""

INTERNAL_ERROR = 5

PATIENCE_S = 2.0
"""How long a server of this machine may take to begin to listen; whoever comes early tries again."""

PAUSE_S = 0.1
"""The pause before they do."""

_LAST_PORT = 65535
_INTEGER = re.compile(r"-?[0-9]{1,30}")


class Verb(_Choice):
    """One word of several, told apart without hyphens; of a wrong one the nearest is named."""

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        known = {str(one).replace("-", ""): str(one) for one in self.choices}
        found = known.get(value.lower().replace("-", "").replace("_", ""))
        if found is not None:
            return found
        near = get_close_matches(value, list(known), n=1)
        if near:
            others = ", ".join(map(str, self.choices))
            raise click.UsageError(
                f"no verb {value!r}; do you mean {known[near[0]]!r}?  All: {others}", ctx
            )
        return super().convert(value, param, ctx)


def address_of(text: str, *, any_port: bool = False) -> tuple[str, int]:
    """``HOST:PORT``, an IPv6 address in brackets; raises click's usage error.

    ``any_port``: 0 is allowed, and means any free one.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not _INTEGER.fullmatch(port):
        raise click.BadParameter(f"{text!r} is not HOST:PORT")
    first = 0 if any_port else 1
    if not first <= int(port) <= _LAST_PORT:
        raise click.BadParameter(
            f"{text!r}: {port} is no port; ports are in the range {first}-{_LAST_PORT}"
        )
    return host, int(port)


def is_this_machine(host: str) -> bool:
    """Whether a host is a loopback address, or the name of one."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


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
