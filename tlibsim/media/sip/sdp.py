"""Session descriptions (RFC 4566, 3264): an exact writer, a lenient reader, and the answer check.

The order of lines is kept, unknown lines survive, and nothing is invented.  An answer is read
by position of its m-lines (MEDIA.md 3.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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


MIRRORED: Mapping[Direction, Direction] = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}
_NOWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what old peers write for "on hold"
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
    """An SDES key line (RFC 4568): a=crypto:TAG SUITE KEY [PARAMETERS].  The key stays hidden."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedStream:
    """What offer and answer say of one m-line of ours, by position.

    ``codec`` is None and ``port`` 0 for a line that is off; then ``cause`` says why.
    ``direction`` is ours after both have spoken; ``crypto`` the recorder's key line.
    ``rtcp_port`` is 0 when the answer names none (port + 1 then).
    """

    index: int
    address: str = ""
    port: int = 0
    codec: Codec | None = None
    direction: Direction = Direction.INACTIVE
    protocol: str = "RTP/AVP"
    crypto: Crypto | None = None
    rtcp_port: int = 0
    rtcp_mux: bool = False
    cause: str = ""

    @property
    def on(self) -> bool:
        return self.codec is not None


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
    ends = [*starts[1:], len(lines)]
    head = _Section(lines[: starts[0] if starts else len(lines)])
    return SessionDescription(
        origin=_origin(head.first("o")),
        name=head.first("s") or "-",
        address=head.address(),
        times=tuple(text for letter, text in head.lines if letter == "t") or ("0 0",),
        attributes=head.attributes(),
        other=head.other("voscta"),
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
        f"o={origin.username} {origin.session_id} {origin.version}"
        f" IN {origin.address_type} {origin.address}",
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


def agree(
    offer: SessionDescription, answer: SessionDescription
) -> tuple[tuple[AgreedStream, ...], tuple[str, ...]]:
    """What was agreed for each m-line that we offered, by position, and warnings.

    Raises SipError (488) when no line at all is on.
    """
    streams = tuple(
        _agreed(index, offer, answer) if line.active else AgreedStream(index=index)
        for index, line in enumerate(offer.media)
    )
    warnings = [f"line {one.index + 1}: {one.cause}" for one in streams if one.cause]
    if not any(one.on for one in streams):
        raise SipError("the answer takes no line: " + "; ".join(warnings), 488)
    if len(answer.media) > len(offer.media):
        warnings.append("the answer has lines that were not offered")
    return streams, tuple(warnings)


def answer_to(offer: SessionDescription, ours: SessionDescription) -> SessionDescription:
    """Our answer to an offer of the recorder: our lines by position, direction mirrored.

    A line that we do not have is refused by port 0.  Raises SipError (488) when that is so
    for every line.
    """
    media = tuple(
        _answer_line(offer, line, ours, ours.media[index] if index < len(ours.media) else None)
        for index, line in enumerate(offer.media)
    )
    if not any(line.active for line in media):
        raise SipError("nothing of the offer can be taken", 488)
    return replace(ours, media=media, direction=None)


def versioned(new: SessionDescription, last: SessionDescription) -> SessionDescription:
    """``new`` with the o= line of ``last``, its version raised when anything else differs."""
    same = replace(new, origin=last.origin)
    if same == last:
        return same
    return replace(new, origin=replace(last.origin, version=last.origin.version + 1))


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
        return tuple((letter, text) for letter, text in self.lines if letter not in known)


def _media(lines: list[tuple[str, str]]) -> MediaDescription:
    section = _Section(lines)
    parts = section.first("m").split()
    port = parts[1].partition("/")[0] if len(parts) > 1 else ""
    if len(parts) < 3 or not _number(port, 5) or int(port) > 65_535:
        raise SipError("an m-line that cannot be read", 488)
    return MediaDescription(
        kind=parts[0].lower(),
        port=int(port),
        protocol=parts[2].upper(),
        formats=tuple(parts[3:]),
        address=section.address(),
        attributes=section.attributes(),
        other=section.other("mca"),
        direction=section.direction(),
    )


def _origin(text: str) -> Origin:
    parts = [*text.split(), *[""] * 6][:6]
    return Origin(
        username=parts[0] or "-",
        session_id=int(parts[1]) if _number(parts[1], 30) else 0,
        version=int(parts[2]) if _number(parts[2], 30) else 0,
        address_type=parts[4] or "IP4",
        address=parts[5] or "0.0.0.0",  # noqa: S104 - the unspecified address of SDP
    )


def _number(text: str, digits: int) -> bool:
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


def _agreed(index: int, offer: SessionDescription, answer: SessionDescription) -> AgreedStream:
    ours = offer.media[index]
    theirs = answer.media[index] if index < len(answer.media) else None
    if theirs is None:
        return AgreedStream(index=index, cause="missing in the answer")
    codec = common_codec(ours, theirs)
    crypto = _agreed_crypto(ours, theirs)
    address = answer.address_of(theirs)
    cause = _why_off(ours, theirs, codec, crypto, address)
    if cause:
        return AgreedStream(index=index, cause=cause)
    mine, his = offer.direction_of(ours), answer.direction_of(theirs)
    held = address in _NOWHERE
    agreed = Direction.of(
        sends=mine.sends and his.receives and not held,
        receives=mine.receives and his.sends,
    )
    return AgreedStream(
        index=index,
        address=address,
        port=theirs.port,
        codec=codec,
        direction=agreed,
        protocol=theirs.protocol,
        crypto=crypto,
        rtcp_port=_rtcp_port(theirs),
        rtcp_mux=ours.attribute("rtcp-mux") is not None
        and theirs.attribute("rtcp-mux") is not None,
        cause="the recorder does not take what we send" if mine.sends > agreed.sends else "",
    )


def _why_off(
    ours: MediaDescription,
    theirs: MediaDescription,
    codec: Codec | None,
    crypto: Crypto | None,
    address: str,
) -> str:
    """Why a line of the answer is off; empty when it is on."""
    checks = (
        (theirs.kind != ours.kind, f"{theirs.kind} answered to {ours.kind}"),
        (not theirs.active, "refused with port 0"),
        (_secure(theirs) != _secure(ours), f"{theirs.protocol} answered to {ours.protocol}"),
        (codec is None, "no codec in common"),
        (not address, "no c= line"),
        (_secure(ours) and crypto is None, "no key in the answer"),
    )
    return next((cause for wrong, cause in checks if wrong), "")


def common_codec(ours: MediaDescription, theirs: MediaDescription) -> Codec | None:
    """The first codec of theirs that is ours too, with their payload type."""
    names = {one.name: one for one in ours.codecs if one.name}
    numbers = {one.payload: one for one in ours.codecs}
    for one in theirs.codecs:
        if one.name.startswith("TELEPHONE-EVENT"):
            continue
        if one.name in names or (not one.name and one.payload in numbers):
            mine = names.get(one.name) or numbers[one.payload]
            return replace(one, rtpmap=one.rtpmap or mine.rtpmap)
    return None


def _secure(media: MediaDescription) -> bool:
    return "SAVP" in media.protocol


def _agreed_crypto(ours: MediaDescription, theirs: MediaDescription) -> Crypto | None:
    offered = {(one.tag, one.suite) for one in ours.cryptos}
    return next((one for one in theirs.cryptos if (one.tag, one.suite) in offered), None)


def _rtcp_port(media: MediaDescription) -> int:
    text = (media.attribute("rtcp") or "").partition(" ")[0]
    return int(text) if _number(text, 5) and int(text) <= 65_535 else 0


def _answer_line(
    offer: SessionDescription,
    theirs: MediaDescription,
    session: SessionDescription,
    ours: MediaDescription | None,
) -> MediaDescription:
    codec = common_codec(ours, theirs) if ours is not None else None
    keys = _own_keys(theirs, ours) if ours is not None else ()
    if (
        ours is None
        or codec is None
        or not (theirs.active and ours.active and theirs.kind == ours.kind)
        or _secure(theirs) != _secure(ours)
        or (_secure(ours) and not keys)
    ):
        return MediaDescription(
            kind=theirs.kind,
            protocol=theirs.protocol,
            formats=theirs.formats or ("0",),
        )
    his, mine = offer.direction_of(theirs), session.direction_of(ours)
    kept = tuple(
        (name, value)
        for name, value in ours.attributes
        if name not in {"rtpmap", "fmtp", "crypto"}
    )
    payload = str(codec.payload)
    maps = [("rtpmap", f"{payload} {codec.rtpmap or codec.name}")]
    maps += [("fmtp", f"{payload} {codec.fmtp}")] if codec.fmtp else []
    return replace(
        ours,
        protocol=theirs.protocol,
        formats=(payload,),
        attributes=(*maps, *kept, *keys),
        direction=Direction.of(
            sends=mine.sends and his.receives, receives=mine.receives and his.sends
        ),
    )


def _own_keys(theirs: MediaDescription, ours: MediaDescription) -> Attributes:
    """Our key under the tag of the first of their key lines whose suite is ours."""
    suites = {one.suite: one for one in reversed(ours.cryptos)}
    for one in theirs.cryptos:
        if one.suite in suites:
            return (("crypto", f"{one.tag} {one.suite} {suites[one.suite].key}"),)
    return ()


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
