"""Words of the command line that several commands read: addresses; and exit codes."""

import click

NEVER_CONNECTED = 4
"""The system under test was never reached (FEATURES.md, "Exit codes")."""

_PORTS = range(1, 65536)


def address_of(text: str) -> tuple[str, int]:
    """``HOST:PORT``, an IPv6 address in brackets; raises click's usage error."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) not in _PORTS:
        raise click.BadParameter(f"{text!r} is not HOST:PORT")
    return host, int(port)
