"""Addresses of recorders: read, compared, allowed or not, and made into Request-URIs.

Source: MEDIA.md 4 and 5.1, RECORDING.md 8.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from tlibsim.media.sip.values import Transport

_TRANSPORTS = {one.value: one for one in Transport}
_LONGEST = 1000


class AddressError(ValueError):
    """The text is no address of a recorder; the message is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A SIP address; ``host`` has no brackets, ``port`` 0 is the default of the transport."""

    scheme: str = "sip"
    user: str = ""
    host: str
    port: int = 0
    transport: Transport | None = None

    @property
    def host_port(self) -> str:
        """The host and, when one is given, the port, as a URI has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    @property
    def secure(self) -> bool:
        """Whether signaling is encrypted."""
        return self.scheme == "sips" or self.transport is Transport.TLS

    @property
    def way(self) -> Transport:
        """The transport that is used."""
        return Transport.TLS if self.scheme == "sips" else self.transport or Transport.UDP

    @property
    def real_port(self) -> int:
        return self.port or self.way.default_port

    def plain_uri(self) -> str:
        """The URI without parameters, but with the user if there is one."""
        user = f"{self.user}@" if self.user else ""
        return f"{self.scheme}:{user}{self.host_port}"

    def same_place(self, other: "Address") -> bool:
        """Whether both name one host and port."""
        mine, its = self.host.rstrip(".").lower(), other.host.rstrip(".").lower()
        return (mine, self.real_port) == (its, other.real_port)


def read_address(text: str) -> Address:
    """Read ``sip:user@host:port;transport=tcp``, ``<sip:..>`` or ``host:port``.

    Raises AddressError.  Parameters other than ``transport`` and headers fall away.
    """
    bare = text.strip().removeprefix("<").split(">")[0]
    if not bare or len(bare) > _LONGEST or any(one <= " " or one > "~" for one in bare):
        raise AddressError(f"{text[:80]!r} is no address of a recorder")
    scheme, colon, rest = bare.partition(":")
    if not colon or scheme.lower() not in {"sip", "sips"}:
        scheme, rest = "sip", bare
    place, *parameters = rest.split("?", 1)[0].split(";")
    user, _, host_port = place.rpartition("@")
    host, port = _host_and_port(host_port, text)
    return Address(
        scheme=scheme.lower(),
        user=user,
        host=host,
        port=port,
        transport=_transport(parameters),
    )


def _host_and_port(text: str, whole: str) -> tuple[str, int]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
        good = bool(bracket) and _is_address(host) and rest[:1] in {"", ":"}
    else:
        host, _, port = text.partition(":")
        good = bool(host) and all(one.isalnum() or one in "-._" for one in host)
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0
    if not good or number > 65_535 or (port and not number):
        raise AddressError(f"{whole[:80]!r} is no address of a recorder")
    return host, number


def _transport(parameters: Iterable[str]) -> Transport | None:
    for one in parameters:
        name, _, value = one.partition("=")
        if name.lower() == "transport":
            return _TRANSPORTS.get(value.lower())
    return None


def is_allowed(address: Address, patterns: Iterable[str]) -> bool:
    """Whether a pattern fits: a network, ``*.domain``, ``host`` or ``host:port``."""
    return any(_fits(address, one.strip().lower()) for one in patterns if one.strip())


def _fits(address: Address, pattern: str) -> bool:
    host = address.host.rstrip(".").lower()
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    if _is_address(host):
        try:
            return ipaddress.ip_address(host) in ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            pass
    try:
        wanted = read_address(pattern)
    except AddressError:
        return False
    return wanted.host.lower() == host and wanted.port in {0, address.real_port}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
