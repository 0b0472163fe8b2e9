"""The command that starts a program under test: what is filled in, and what can be wrong."""

import shlex

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.uri import parse_uri

_SIP_PORT = 5060

Address = tuple[str, int]


def words(command: str, tserver: Address, sip_uri: str = "") -> list[str]:
    """The words of a ``start``: ``{tlib_host}``, ``{tlib_port}``, ``{sip_port}`` filled in.

    ``{sip_port}`` is the port of the recorder's SIP address.  Raises ValueError, which says what
    is wrong; an empty command has no words.
    """
    host, port = tserver
    try:
        filled = command.format(tlib_host=host, tlib_port=port, sip_port=sip_port(sip_uri))
    except (KeyError, IndexError, AttributeError):
        names = "{tlib_host}, {tlib_port} and {sip_port}"
        raise ValueError(f"knows {names}, and nothing else in braces") from None
    except ValueError as error:
        raise ValueError(f"is no command: {error}") from None
    try:
        found = shlex.split(filled)
    except ValueError as error:
        raise ValueError(f"is no command: {error}") from None
    if command and not found:
        raise ValueError("is no command")
    return found


def sip_port(sip_uri: str) -> int:
    """The port of a SIP address; that of SIP when there is none in it, or no address."""
    try:
        return parse_uri(sip_uri).port or _SIP_PORT
    except SipError:
        return _SIP_PORT
