"""The headers that a user agent must look into: Via, addresses, CSeq, timers, challenges.

Source: RFC 3261 section 20, RFC 3581 (rport), RFC 4028 (Session-Expires, Min-SE).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.message import every
from tlibsim.media.sip.uri import bracketed, parse_host_port
from tlibsim.media.sip.values import Headers

MAX_SEQUENCE = 2**31 - 1
_VIA = re.compile(r"SIP\s*/\s*2\.0\s*/\s*([A-Za-z0-9-]+)\s+([^\s;]+)\s*", re.IGNORECASE)
_MEMBERS = {
    one: re.compile(rf'(?:"(?:[^"\\]|\\.)*"?|<[^>]*>?|[^{one}"<])+', re.DOTALL) for one in ",;"
}
_PAIR = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,]+)')

HeaderParameters = Mapping[str, str | None]
"""Lower-case name to value without quotes; None for a flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAddress:
    """A From, To, Contact or Route value: the address as text and the header's parameters."""

    uri: str
    parameters: HeaderParameters = field(default_factory=dict)

    @property
    def tag(self) -> str:
        return self.parameters.get("tag") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    transport: str
    host: str
    port: int = 0
    parameters: HeaderParameters = field(default_factory=dict)

    @property
    def branch(self) -> str:
        return self.parameters.get("branch") or ""

    @property
    def sent_by(self) -> str:
        return f"{bracketed(self.host)}:{self.port}" if self.port else bracketed(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A CSeq."""

    number: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A Session-Expires or Min-SE; ``refresher`` is "uac", "uas" or ""."""

    seconds: int
    refresher: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A Digest challenge of a 401 (``proxy`` False) or 407."""

    realm: str
    nonce: str
    proxy: bool = False
    algorithm: str = "MD5"
    qop: tuple[str, ...] = ()
    opaque: str | None = None
    stale: bool = False


def split_list(value: str, separator: str = ",") -> Iterator[str]:
    """The members of a list, not cut inside quotes or angle brackets; empty ones left out."""
    for part in _MEMBERS[separator].findall(value):
        if clean := part.strip():
            yield clean


def listed(headers: Headers, name: str) -> tuple[str, ...]:
    """All members of all header lines of that name, in order."""
    return tuple(part for value in every(headers, name) for part in split_list(value))


def parse_parameters(text: str) -> HeaderParameters:
    """Read ``;a=b;c`` as a mapping; the first of a name counts."""
    found: dict[str, str | None] = {}
    for part in split_list(text, ";"):
        name, equals, value = part.partition("=")
        found.setdefault(name.strip().lower(), unquoted(value.strip()) if equals else None)
    return found


def unquoted(text: str) -> str:
    """The text without its quotes and escapes, if it has them."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text


def parse_address(value: str) -> NameAddress:
    """Read a name-addr or addr-spec with parameters; raises SipError without an address.

    Without angle brackets parameters belong to the header (RFC 3261 20.10).
    """
    start = _angle(value)
    if start < 0:
        uri, _, rest = value.strip().partition(";")
    else:
        uri, closed, rest = value[start + 1 :].partition(">")
        if not closed:
            raise SipError("an address that is not closed")
    if ":" not in uri:
        raise SipError("a header without an address")
    return NameAddress(uri=uri.strip(), parameters=parse_parameters(rest))


def parse_via(value: str) -> Via:
    """Read one Via value; raises SipError."""
    found = _VIA.match(value)
    if found is None:
        raise SipError("a Via that cannot be read")
    host, port = parse_host_port(found[2])
    rest = value[found.end() :]
    return Via(
        transport=found[1].upper(), host=host, port=port, parameters=parse_parameters(rest)
    )


def parse_sequence(value: str | None) -> Sequence:
    """Read a CSeq; raises SipError."""
    parts = (value or "").split()
    if len(parts) != 2 or not _digits(parts[0], 10) or int(parts[0]) > MAX_SEQUENCE:
        raise SipError("a CSeq that cannot be read")
    return Sequence(number=int(parts[0]), method=parts[1])


def parse_interval(value: str | None) -> Interval | None:
    """A Session-Expires or Min-SE; None when missing or unreadable."""
    text, _, rest = (value or "").partition(";")
    if not _digits(text.strip(), 10):
        return None
    refresher = (parse_parameters(rest).get("refresher") or "").lower()
    known = refresher if refresher in {"uac", "uas"} else ""
    return Interval(seconds=min(int(text), MAX_SEQUENCE), refresher=known)


def parse_retry_after(value: str | None) -> float:
    """The seconds of a Retry-After, at most a day; 0 when missing or unreadable."""
    text = re.split(r"[\s;(]", (value or "").strip(), maxsplit=1)[0]
    return float(min(int(text), 86_400)) if _digits(text, 10) else 0.0


def parse_challenge(value: str, *, proxy: bool) -> Challenge | None:
    """Read a WWW-Authenticate or Proxy-Authenticate; None when it is no usable Digest."""
    scheme, _, rest = value.strip().partition(" ")
    pairs: dict[str, str] = {}
    for name, text in _PAIR.findall(rest):
        pairs.setdefault(name.lower(), unquoted(text))
    if scheme.lower() != "digest" or "nonce" not in pairs:
        return None
    return Challenge(
        realm=pairs.get("realm", ""),
        nonce=pairs["nonce"],
        proxy=proxy,
        algorithm=pairs.get("algorithm", "MD5"),
        qop=tuple(
            one.strip().lower() for one in pairs.get("qop", "").split(",") if one.strip()
        ),
        opaque=pairs.get("opaque"),
        stale=pairs.get("stale", "").lower() == "true",
    )


def with_received(value: str, host: str, port: int) -> str:
    """The top Via of a request that came from ``host``, ``port``, as its answer carries it.

    RFC 3261 18.2.1 and RFC 3581: received when the address differs, rport when asked for.
    """
    via = parse_via(value)
    if "rport" in via.parameters and not via.parameters["rport"]:
        value = re.sub(
            r";\s*rport(\s*=)?(?=\s*(;|$))", f";rport={port}", value, flags=re.IGNORECASE
        )
        return f"{value};received={host}"
    return value if via.host == host else f"{value};received={host}"


def _angle(value: str) -> int:
    """Where the first < outside quotes is; -1 for none."""
    quoted = skip = False
    for index, one in enumerate(value):
        if skip:
            skip = False
        elif quoted:
            skip, quoted = one == "\\", one != '"'
        elif one == "<":
            return index
        else:
            quoted = one == '"'
    return -1


def _digits(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most
