"""SIP addresses: read for routing, and otherwise left as they were written.

A Request-URI goes out as the very text that was asked for; this module only looks into it
(MEDIA.md 5.1, RFC 3261 19.1).
"""

import re
from dataclasses import dataclass

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.values import Hop, Transport

MAX_URI = 4096
_HOST = re.compile(r"\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_BAD = re.compile(r"[\x00-\x20\x7f<>\"]")
_TRANSPORTS = {one.value: one for one in Transport}

Parameters = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SipUri:
    """A sip: or sips: address in its parts.

    ``user`` is the text before the @ (still escaped, "" for none), ``host`` has no brackets,
    ``port`` is 0 when none is written, ``headers`` is the text after a question mark.
    """

    scheme: str
    host: str
    user: str = ""
    port: int = 0
    parameters: Parameters = ()
    headers: str = ""

    @property
    def secure(self) -> bool:
        return self.scheme == "sips"

    def parameter(self, name: str) -> str | None:
        """The value of a parameter ("" for one without value), None when it is missing."""
        for found, value in self.parameters:
            if found.lower() == name:
                return value or ""
        return None

    def __str__(self) -> str:
        text = f"{self.scheme}:{self.user}@" if self.user else f"{self.scheme}:"
        text += bracketed(self.host) + (f":{self.port}" if self.port else "")
        for name, value in self.parameters:
            text += f";{name}" if value is None else f";{name}={value}"
        return f"{text}?{self.headers}" if self.headers else text


def parse_uri(text: str) -> SipUri:
    """Read a sip: or sips: address; raises SipError (416 for other schemes)."""
    if len(text) > MAX_URI or _BAD.search(text):
        raise SipError("an address with characters that do not belong there")
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() not in {"sip", "sips"}:
        raise SipError("no sip: or sips: address", 416)
    user, at, place = rest.partition("@")
    if not at:
        user, place = "", rest
    place, _, headers = place.partition("?")
    place, *parameters = place.split(";")
    host, port = parse_host_port(place)
    return SipUri(
        scheme=scheme.lower(),
        user=user,
        host=host,
        port=port,
        parameters=tuple(_parameter(one) for one in parameters if one),
        headers=headers,
    )


def parse_host_port(text: str) -> tuple[str, int]:
    """Host (no brackets) and port (0: none) of ``host:port``; raises SipError."""
    found = _HOST.match(text)
    if found is None:
        raise SipError("an address without a host")
    rest = text[found.end() :]
    if not rest:
        return found[0].strip("[]"), 0
    port = rest[1:]
    if rest[0] != ":" or not (port.isascii() and port.isdigit() and len(port) <= 5):
        raise SipError("an address with a wrong port")
    if not 0 < int(port) <= 65_535:
        raise SipError("an address with a wrong port")
    return found[0].strip("[]"), int(port)


def bracketed(host: str) -> str:
    """The host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def plain(uri: SipUri) -> SipUri:
    """The address without parameters and headers, as a To header carries it (MEDIA.md 5.1)."""
    return SipUri(scheme=uri.scheme, user=uri.user, host=uri.host, port=uri.port)


def hop_to(uri: SipUri, fallback: Transport) -> Hop:
    """Where a request to this address goes; no DNS records but addresses are asked for.

    ``fallback`` is the transport when the address names none.  A sips: address takes TLS.
    Raises SipError for a transport that we do not have.
    """
    named = uri.parameter("transport")
    if uri.secure:
        transport = Transport.TLS
    elif named is None or not named:
        transport = fallback
    elif named.lower() in _TRANSPORTS:
        transport = _TRANSPORTS[named.lower()]
    else:
        raise SipError(f"transport {named[:20]} is not supported")
    maddr = uri.parameter("maddr")
    host = parse_host_port(maddr)[0] if maddr else uri.host
    return Hop(
        transport=transport,
        host=host,
        port=uri.port or transport.default_port,
        server_name=uri.host if maddr else "",
    )


def _parameter(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name, value if equals else None
