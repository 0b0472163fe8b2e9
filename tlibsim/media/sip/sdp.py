"""Session descriptions (RFC 4566, 3264): an exact writer, a lenient reader, and the answer check.

The order of lines is kept, unknown lines survive, and nothing is invented.  An answer is read
by position of its m-lines (MEDIA.md 3.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


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
    """Read a description; raises SipError for what is no description at all."""
    raise NotImplementedError


def render(session: SessionDescription) -> bytes:
    """Write a description, CRLF after each line, in the order of RFC 4566."""
    raise NotImplementedError


def agree(
    offer: SessionDescription, answer: SessionDescription
) -> tuple[tuple[AgreedStream, ...], tuple[str, ...]]:
    """What was agreed for each m-line that we offered, and warnings.

    Raises SipError (488) when no line at all is on.
    """
    raise NotImplementedError


def answer_to(offer: SessionDescription, ours: SessionDescription) -> SessionDescription:
    """Our answer to an offer of the recorder: our lines by position, direction mirrored.

    Raises SipError (488) when nothing of it can be taken.
    """
    raise NotImplementedError


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
