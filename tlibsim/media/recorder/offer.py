"""The session description that a recorder is offered (MEDIA.md 3.3 and 5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tlibsim.media.settings import Codec as SoundCodec
from tlibsim.media.sip.sdp import (
    Attributes,
    Direction,
    MediaDescription,
    Origin,
    SessionDescription,
    render,
)
from tlibsim.ports.media import StreamKind

_SOUND = {SoundCodec.MULAW: ("0", "PCMU/8000"), SoundCodec.ALAW: ("8", "PCMA/8000")}
_PICTURES: tuple[tuple[str, str, str], ...] = (
    ("96", "H264/90000", "profile-level-id=42e01f;packetization-mode=1"),
    ("97", "VP8/90000", ""),
)
_KEY = re.compile(r"inline:\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOffer:
    """One m-line: ``port`` 0 is a line that is off, ``crypto`` empty one in the clear."""

    kind: StreamKind
    port: int
    direction: Direction
    label: str = ""
    crypto: str = ""


def describe(
    lines: Sequence[LineOffer],
    codecs: Sequence[SoundCodec],
    *,
    host: str,
    session: int,
    version: int,
) -> SessionDescription:
    """An offer of these lines; ``host`` is where our streams come from."""
    origin = Origin(
        username="tlibsim",
        session_id=session,
        version=version,
        address=host,
        address_type="IP6" if ":" in host else "IP4",
    )
    media = tuple(_line(one, codecs) for one in lines)
    return SessionDescription(origin=origin, address=host, media=media)


def _line(line: LineOffer, codecs: Sequence[SoundCodec]) -> MediaDescription:
    video = line.kind is StreamKind.VIDEO
    formats, attributes = _pictures() if video else _sound(codecs)
    if line.label:
        attributes = (*attributes, ("label", line.label))
    if line.crypto:
        attributes = (*attributes, ("crypto", f"1 {line.crypto}"))
    return MediaDescription(
        kind="video" if video else "audio",
        port=line.port,
        protocol="RTP/SAVP" if line.crypto else "RTP/AVP",
        formats=formats,
        attributes=attributes,
        direction=line.direction,
    )


def _sound(codecs: Sequence[SoundCodec]) -> tuple[tuple[str, ...], Attributes]:
    known = [_SOUND[one] for one in codecs]
    maps = tuple(("rtpmap", f"{number} {name}") for number, name in known)
    return tuple(number for number, _ in known), (*maps, ("ptime", "20"))


def _pictures() -> tuple[tuple[str, ...], Attributes]:
    attributes: list[tuple[str, str | None]] = []
    for number, name, parameters in _PICTURES:
        attributes.append(("rtpmap", f"{number} {name}"))
        if parameters:
            attributes.append(("fmtp", f"{number} {parameters}"))
    return tuple(number for number, _, _ in _PICTURES), tuple(attributes)


def body(session: SessionDescription) -> bytes:
    """The description as it goes on the wire."""
    return render(session)


def shown(data: bytes) -> str:
    """An SDP body for people and traces: its keys are not shown."""
    return _KEY.sub("inline:(not shown)", data.decode("utf-8", "replace"))
