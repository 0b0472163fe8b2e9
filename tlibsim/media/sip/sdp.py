"""Session descriptions (RFC 4566): an exact writer and a lenient reader.

The order of a= lines is kept (but a direction goes last), b=, k= and the like survive.  What offer
and answer mean together is the business of :mod:`tlibsim.media.sip.negotiation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tlibsim.media.sip.errors import SipError

MAX_BYTES = 65_536
MAX_LINES = 2000
MAX_MEDIA = 32
STATIC_CODECS: Mapping[int, str] = {
    0: "PCMU/8000",
    3: "GSM/8000",
    4: "G723/8000",
    8: "PCMA/8000",
    9: "G722/8000",
    18: "G729/8000",
    34: "H263/90000",
}
"""Payload types that need no a=rtpmap (RFC 3551)."""


class Direction(Enum):
    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in {Direction.SENDRECV, Direction.SENDONLY}

    @property
    def receives(self) -> bool:
        return self in {Direction.SENDRECV, Direction.RECVONLY}

    @staticmethod
    def of(*, sends: bool, receives: bool) -> "Direction":
        """The direction with these two halves."""
        if sends:
            return Direction.SENDRECV if receives else Direction.SENDONLY
        return Direction.RECVONLY if receives else Direction.INACTIVE


_DIRECTIONS = frozenset(one.value for one in Direction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """A payload type with its rtpmap ("PCMU/8000", "" if none was given) and fmtp text."""

    payload: int
    rtpmap: str = ""
    fmtp: str = ""

    @property
    def name(self) -> str:
        """Upper case, with the clock rate, static payload types named: "PCMU/8000"."""
        text = (self.rtpmap or STATIC_CODECS.get(self.payload, "")).upper()
        return text.removesuffix("/1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crypto:
    """An SDES key line (RFC 4568): TAG SUITE KEY [PARAMETERS].  The key stays hidden."""

    tag: int
    suite: str
    key: str
    parameters: str = ""

    def __repr__(self) -> str:
        return f"Crypto(tag={self.tag}, suite={self.suite!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The o= line; ``version`` is raised by one with each changed description."""

    username: str = "-"
    session_id: int = 0
    version: int = 0
    address: str = "127.0.0.1"
    address_type: str = "IP4"


Attributes = tuple[tuple[str, str | None], ...]
"""a= lines in order: (name, value); value None for a flag such as a=sendonly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDescription:
    """One m-line with what belongs to it.

    ``address`` is of its own c= line or "" (that of the session counts then), ``formats`` the
    payload types as text in order of preference, ``other`` lines such as b= as (letter, text).
    """

    kind: str = "audio"
    port: int = 0
    protocol: str = "RTP/AVP"
    formats: tuple[str, ...] = ()
    address: str = ""
    attributes: Attributes = ()
    other: tuple[tuple[str, str], ...] = ()
    direction: Direction | None = None

    @property
    def active(self) -> bool:
        return self.port != 0

    def attribute(self, name: str) -> str | None:
        """The value of the first a= line of that name ("" for a flag); None when missing."""
        for found, value in self.attributes:
            if found == name:
                return value or ""
        return None

    @property
    def label(self) -> str:
        return self.attribute("label") or ""

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """The payload types in order of preference; formats that are no numbers left out."""
        maps = _by_payload(self.attributes, "rtpmap")
        parameters = _by_payload(self.attributes, "fmtp")
        return tuple(
            Codec(payload=int(one), rtpmap=maps.get(one, ""), fmtp=parameters.get(one, ""))
            for one in self.formats
            if one.isascii() and one.isdigit() and len(one) <= 3 and int(one) <= 127
        )

    @property
    def cryptos(self) -> tuple[Crypto, ...]:
        """The usable a=crypto lines, in order."""
        found = (_crypto(value or "") for name, value in self.attributes if name == "crypto")
        return tuple(one for one in found if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDescription:
    """A whole description; ``address`` is that of the session's c= line, or ""."""

    origin: Origin
    name: str = "-"
    address: str = ""
    times: tuple[str, ...] = ("0 0",)
    attributes: Attributes = ()
    other: tuple[tuple[str, str], ...] = ()
    direction: Direction | None = None
    media: tuple[MediaDescription, ...] = ()

    def address_of(self, media: MediaDescription) -> str:
        """The address of the m-line: its own c= line, else the session's; "" when neither."""
        return media.address or self.address

    def direction_of(self, media: MediaDescription) -> Direction:
        """The direction of the m-line, else of the session, else sendrecv."""
        return media.direction or self.direction or Direction.SENDRECV


def parse(body: bytes) -> SessionDescription:
    """Read a description; raises SipError for what is no description at all.

    Lines that are not ``x=...`` are passed over, missing ones get defaults; an m-line that
    cannot be read spoils the whole, since answers are matched by position.
    """
    if len(body) > MAX_BYTES:
        raise SipError("the SDP is too long", 488)
    lines = _lines(body)
    starts = [number for number, (letter, _) in enumerate(lines) if letter == "m"]
    if not lines or not any(letter in "vom" for letter, _ in lines):
        raise SipError("the body is no SDP", 488)
    if len(starts) > MAX_MEDIA or len(lines) > MAX_LINES:
        raise SipError("the SDP has too many lines", 488)
    ends = [*starts, len(lines)][1:]
    head = _Section(lines[: starts[0] if starts else len(lines)])
    return SessionDescription(
        origin=_origin(head.first("o")),
        name=head.first("s") or "-",
        address=head.address(),
        times=tuple(text for letter, text in head.lines if letter == "t") or ("0 0",),
        attributes=head.attributes(),
        other=head.other("iuepbrzk"),
        direction=head.direction(),
        media=tuple(_media(lines[a:b]) for a, b in zip(starts, ends, strict=True)),
    )


def render(session: SessionDescription) -> bytes:
    """Write a description, CRLF after each line, in the order of RFC 4566.

    Raises SipError when a text has a line end in it.
    """
    origin = session.origin
    lines = [
        "v=0",
        f"o={origin.username} {origin.session_id} {origin.version} IN {origin.address_type} "
        + origin.address,
        f"s={session.name}",
        *_of(session.other, "iuep"),
        *_connection(session.address),
        *_of(session.other, "b"),
        *(f"t={one}" for one in session.times),
        *_of(session.other, "rzk"),
        *_attribute_lines(session.attributes, session.direction),
    ]
    for media in session.media:
        lines.append(f"m={media.kind} {media.port} {media.protocol} {' '.join(media.formats)}")
        lines += _of(media.other, "i")
        lines += _connection(media.address)
        lines += _of(media.other, "bk")
        lines += _attribute_lines(media.attributes, media.direction)
    if any("\r" in line or "\n" in line or "\0" in line for line in lines):
        raise SipError("a line end inside a value of the SDP", 500)
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _lines(body: bytes) -> list[tuple[str, str]]:
    text = body.decode("utf-8", "replace").replace("\0", "")
    found = (line.strip(" \t\r") for line in text.replace("\r\n", "\n").split("\n"))
    return [(line[0], line[2:]) for line in found if len(line) > 1 and line[1] == "="]


class _Section:
    """The lines of the session, or of one m-line."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self.lines = [(letter, text.replace("\r", " ")) for letter, text in lines]

    def first(self, letter: str) -> str:
        return next((text for found, text in self.lines if found == letter), "")

    def address(self) -> str:
        parts = self.first("c").split()
        return parts[2].partition("/")[0] if len(parts) > 2 else ""

    def attributes(self) -> Attributes:
        found = []
        for letter, text in self.lines:
            name, colon, value = text.partition(":")
            if letter == "a" and name and text not in _DIRECTIONS:
                found.append((name, value if colon else None))
        return tuple(found)

    def direction(self) -> Direction | None:
        found = [text for letter, text in self.lines if letter == "a" and text in _DIRECTIONS]
        return Direction(found[-1]) if found else None

    def other(self, known: str) -> tuple[tuple[str, str], ...]:
        return tuple((letter, text) for letter, text in self.lines if letter in known)


def _media(lines: list[tuple[str, str]]) -> MediaDescription:
    section = _Section(lines)
    parts = section.first("m").split()
    port = parts[1].partition("/")[0] if len(parts) > 1 else ""
    if len(parts) < 3 or not is_number(port, 5) or int(port) > 65_535:
        raise SipError("an m-line that cannot be read", 488)
    return MediaDescription(
        kind=parts[0].lower(),
        port=int(port),
        protocol=parts[2].upper(),
        formats=tuple(parts[3:]),
        address=section.address(),
        attributes=section.attributes(),
        other=section.other("ibk"),
        direction=section.direction(),
    )


def _origin(text: str) -> Origin:
    parts = [*text.split(), *[""] * 6][:6]
    return Origin(
        username=parts[0] or "-",
        session_id=int(parts[1]) if is_number(parts[1], 30) else 0,
        version=int(parts[2]) if is_number(parts[2], 30) else 0,
        address_type=parts[4] or "IP4",
        address=parts[5] or "0.0.0.0",  # noqa: S104 - the unspecified address of SDP
    )


def is_number(text: str, digits: int) -> bool:
    """Whether the text is that many ASCII digits at most, and at least one."""
    return text.isascii() and text.isdigit() and len(text) <= digits


def _of(lines: tuple[tuple[str, str], ...], letters: str) -> list[str]:
    return [f"{one}={text}" for letter in letters for one, text in lines if one == letter]


def _connection(address: str) -> list[str]:
    return [f"c=IN {'IP6' if ':' in address else 'IP4'} {address}"] if address else []


def _attribute_lines(attributes: Attributes, direction: Direction | None) -> list[str]:
    lines = [
        f"a={name}" if value is None else f"a={name}:{value}" for name, value in attributes
    ]
    return [*lines, f"a={direction.value}"] if direction else lines


def _by_payload(attributes: Attributes, name: str) -> dict[str, str]:
    """The a=rtpmap or a=fmtp lines by payload type; the first of a type counts."""
    found: dict[str, str] = {}
    for key, value in attributes:
        if key == name and value:
            payload, _, text = value.strip().partition(" ")
            found.setdefault(payload, text.strip())
    return found


def _crypto(value: str) -> Crypto | None:
    parts = value.split(None, 3)
    if len(parts) < 3 or not (parts[0].isascii() and parts[0].isdigit() and len(parts[0]) < 10):
        return None
    return Crypto(
        tag=int(parts[0]), suite=parts[1], key=parts[2], parameters="".join(parts[3:])
    )
