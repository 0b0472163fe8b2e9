"""Who a stream says it is, and what it is ordered to send (RFC 3550 section 5.1)."""

import secrets
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the numbers of a source begin; ``timestamp`` is that of round 0 of the thread."""

    ssrc: int
    sequence: int
    timestamp: int


def fresh_source() -> Source:
    """Return a source with random numbers."""
    octets = secrets.token_bytes(10)
    return Source(
        ssrc=int.from_bytes(octets[:4], "big"),
        sequence=int.from_bytes(octets[4:6], "big"),
        timestamp=int.from_bytes(octets[6:], "big"),
    )


class Start:
    """The beginning of a talk: sound has the marker then, pictures wait for a key picture."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Generic[Content]):
    """What a stream is to send from the next packet on; replaced whole, never changed."""

    content: Content
    payload_type: int
    source: Source
    start: Start

    def changed(
        self,
        *,
        content: Content | None = None,
        payload_type: int | None = None,
        source: Source | None = None,
        start: Start | None = None,
    ) -> "Wish[Content]":
        """Return another wish; None keeps what is."""
        return replace(
            self,
            content=self.content if content is None else content,
            payload_type=self.payload_type if payload_type is None else payload_type,
            source=source or self.source,
            start=start or self.start,
        )


def first_wish(content: Content, payload_type: int) -> Wish[Content]:
    """Return the wish of a new stream."""
    return Wish(
        content=content, payload_type=payload_type, source=fresh_source(), start=Start()
    )
