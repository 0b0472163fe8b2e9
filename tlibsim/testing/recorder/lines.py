"""The lines of a session: which ports listen, what an offer is answered with, what was heard."""

import contextlib
from dataclasses import replace

from tlibsim.media.rtp.receiver import RtpReceiver
from tlibsim.media.sip.sdp import (
    Direction,
    MediaDescription,
    Origin,
    SessionDescription,
    parse,
    render,
)

_KNOWN = ("0", "8")
_DEAD_PORT = 9


class Lines:
    """The lines of one session, one for each m-line of the first offer."""

    def __init__(self, host: str, bugs: frozenset[str]) -> None:
        self._host = host
        self._bugs = bugs
        self._version = 0
        self._offer: SessionDescription | None = None
        self._closed = False
        self.receivers: list[RtpReceiver | None] = []

    def kind_of(self, offer: SessionDescription) -> str:
        """What a re-INVITE is about: pause, resume, party or refresh."""
        before = self._offer
        if before is None:
            return "first"
        if offer.origin.version == before.origin.version:
            return "refresh"
        now, then = _directions(offer), _directions(before)
        if now != then:
            return "pause" if now == {Direction.INACTIVE} else "resume"
        return "party"

    def answer(self, body: bytes) -> bytes:
        """The answer to an offer; lines that are new begin to listen."""
        offer = parse(body)
        kind = self.kind_of(offer)
        self._offer = offer
        self._version += 1
        media = tuple(self._line(one, offer, at, kind) for at, one in enumerate(offer.media))
        return render(
            SessionDescription(
                origin=Origin(
                    username="recorder", session_id=1, version=self._version, address=self._host
                ),
                address=self._host,
                media=media,
            )
        )

    def _line(
        self, line: MediaDescription, offer: SessionDescription, at: int, kind: str
    ) -> MediaDescription:
        codec = next((one for one in line.formats if one in _KNOWN), "")
        taken = line.kind == "audio" and line.active and bool(codec)
        if not taken or "port-zero" in self._bugs:
            return replace(line, port=0, attributes=(), direction=None)
        receiver = self._receiver(at)
        port = _DEAD_PORT if receiver is None else receiver.address[1]
        payload = "97" if "other-codec" in self._bugs else codec
        return MediaDescription(
            kind="audio",
            port=port,
            protocol=line.protocol,
            formats=(payload,),
            direction=self._direction(offer.direction_of(line), kind),
        )

    def _direction(self, offered: Direction, kind: str) -> Direction:
        if offered is Direction.SENDONLY and "sends-too" in self._bugs:
            return Direction.SENDRECV
        if offered is Direction.INACTIVE and "ignores-pause" in self._bugs:
            return Direction.RECVONLY
        if kind == "resume" and "stays-paused" in self._bugs:
            return Direction.INACTIVE
        return Direction.of(sends=False, receives=offered.sends)

    def _receiver(self, at: int) -> RtpReceiver | None:
        while len(self.receivers) <= at:
            dead = "dead-port" in self._bugs
            receiver = None if dead else RtpReceiver(self._host)
            if receiver is not None:
                receiver.open()
            self.receivers.append(receiver)
        return self.receivers[at]

    def close(self) -> None:
        """Listen no more; what came is kept."""
        if self._closed:
            return
        self._closed = True
        for receiver in self.receivers:
            if receiver is not None:
                with contextlib.suppress(OSError):
                    receiver.close()


def _directions(offer: SessionDescription) -> set[Direction]:
    return {offer.direction_of(one) for one in offer.media if one.active}
