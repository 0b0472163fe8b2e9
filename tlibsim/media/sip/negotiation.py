"""Offer and answer (RFC 3264): what was agreed line by line, and answers to a recorder's offer.

An answer is read by position of its m-lines; port 0 turns one line off and the session goes on
(MEDIA.md 3.3).
"""

from dataclasses import dataclass, replace

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.sdp import (
    Attributes,
    Codec,
    Crypto,
    Direction,
    MediaDescription,
    SessionDescription,
    is_number,
)

_NOWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what old peers write for "on hold"


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
    return int(text) if is_number(text, 5) and int(text) <= 65_535 else 0


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
