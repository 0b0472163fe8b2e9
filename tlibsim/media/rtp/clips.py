"""A short clip as RTP payloads: H.264 by RFC 6184, VP8 by RFC 7741 (issue of the guide: video).

Cutting is done once; the pacing thread only puts a header before each piece.  The clips and how
they were made: ``tlibsim/media/video/README.md``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Final

from tlibsim.media.rtp.values import Encoding

MOST_PAYLOAD: Final = 1200
"""Bytes of payload that pass any path, also with SRTP and in a tunnel."""

PICTURE_ROUNDS: Final = 2
"""A picture each 40 ms, 25 a second."""

FOLDER: Final = Path(__file__).parents[1] / "video"

_START_CODE: Final = re.compile(rb"\x00\x00\x00?\x01")
_SLICES: Final = frozenset({1, 5})
_KEY_SLICE, _SEQUENCE, _AGGREGATE, _FRAGMENT = 5, 7, 24, 28
_FIRST, _LAST = 0x80, 0x40
_LENGTH: Final = Struct("!H")
_IVF_HEADER: Final = 32
_IVF_FRAME: Final = Struct("<IQ")
_VP8_BEGIN: Final = b"\x10"
_VP8_MORE: Final = b"\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: what its packets carry; ``key`` if it needs no picture before it."""

    payloads: tuple[bytes, ...]
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Pictures that repeat; the first is a key picture.  ``fmtp`` is for the SDP, or empty."""

    pictures: tuple[Picture, ...]
    fmtp: str = ""


@cache
def clip(encoding: Encoding) -> Clip:
    """Return the clip in H.264 or VP8."""
    if encoding is Encoding.H264:
        return cut_h264((FOLDER / "test-picture.h264").read_bytes())
    return cut_vp8((FOLDER / "test-picture.ivf").read_bytes())


def cut_h264(stream: bytes) -> Clip:
    """Cut an Annex B stream with one slice to a picture."""
    pictures: list[Picture] = []
    before: list[bytes] = []
    fmtp = ""
    for unit in _units(stream):
        kind = unit[0] & 0x1F
        if kind == _SEQUENCE and not fmtp:
            fmtp = f"profile-level-id={unit[1:4].hex()};packetization-mode=1"
        if kind not in _SLICES:
            before.append(unit)
            continue
        head = (_aggregated(before),) if before else ()
        payloads = (*head, *_fragments(unit))
        pictures.append(Picture(payloads=payloads, key=kind == _KEY_SLICE))
        before.clear()
    return Clip(pictures=tuple(pictures), fmtp=fmtp)


def cut_vp8(file: bytes) -> Clip:
    """Cut an IVF file with VP8."""
    pictures: list[Picture] = []
    position = _IVF_HEADER
    while position < len(file):
        size, _ = _IVF_FRAME.unpack_from(file, position)
        position += _IVF_FRAME.size
        frame = file[position : position + size]
        position += size
        pieces = _pieces(frame, MOST_PAYLOAD - 1)
        first, *rest = pieces
        payloads = (_VP8_BEGIN + first, *(_VP8_MORE + piece for piece in rest))
        pictures.append(Picture(payloads=payloads, key=not frame[0] & 1))
    return Clip(pictures=tuple(pictures))


def _units(stream: bytes) -> Iterator[bytes]:
    """Yield the NAL units of an Annex B stream, without start codes and trailing zeros."""
    for unit in _START_CODE.split(stream):
        if stripped := unit.rstrip(b"\0"):
            yield stripped


def _aggregated(units: list[bytes]) -> bytes:
    """Put parameter sets into one STAP-A; a single unit goes as it is."""
    if len(units) == 1:
        return units[0]
    importance = max(unit[0] & 0x60 for unit in units)
    parts = (_LENGTH.pack(len(unit)) + unit for unit in units)
    return bytes((importance | _AGGREGATE,)) + b"".join(parts)


def _fragments(unit: bytes) -> tuple[bytes, ...]:
    """Return a unit as it is when it fits, else as FU-A."""
    if len(unit) <= MOST_PAYLOAD:
        return (unit,)
    indicator = unit[0] & 0xE0 | _FRAGMENT
    pieces = _pieces(unit[1:], MOST_PAYLOAD - 2)
    marks = [_FIRST, *[0] * (len(pieces) - 2), _LAST]
    return tuple(
        bytes((indicator, mark | unit[0] & 0x1F)) + piece
        for mark, piece in zip(marks, pieces, strict=True)
    )


def _pieces(octets: bytes, most: int) -> list[bytes]:
    return [octets[begin : begin + most] for begin in range(0, len(octets), most)]
