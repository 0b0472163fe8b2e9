"""What a private switch said to its recorders over SIP, and ways to wait for it.

The other end of :mod:`tlibsim.testing.sipview`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tlibsim.contract.evidence import Exchange, Scene, SipSeen, seen_in
from tlibsim.media.sip.message import Request
from tlibsim.media.sip.values import Traffic
from tlibsim.ports.media import Instant
from tlibsim.ports.moments import iso

_MOST = 10_000

Document = dict[str, Any]


class SipLog:
    """The latest messages between one switch and its recorders."""

    def __init__(self) -> None:
        self._seen: deque[SipSeen] = deque(maxlen=_MOST)
        self._listeners: list[Callable[[], None]] = []

    def note(self, traffic: Traffic, now: Instant) -> None:
        """Keep a message; what cannot be read as SIP is no message."""
        seen = seen_in(traffic, now)
        if seen is not None:
            self._seen.append(seen)
            for listener in tuple(self._listeners):
                listener()

    def forget(self) -> None:
        """As if nothing had been said."""
        self._seen.clear()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told of each message; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def messages(self) -> list[Document]:
        """All messages, oldest first."""
        return [_document(one) for one in self._seen]

    def sessions(self) -> int:
        """How many sessions are open: accepted, and ended by neither side."""
        scene = self._scene()
        accepted = {one.request.call_id for one in scene.invites() if _accepted(one)}
        ended = {
            one.call_id
            for one in self._seen
            if isinstance(one.message, Request) and one.message.method == "BYE"
        }
        return len(accepted - ended)

    def exchanges(self, kind: str, wanted: Mapping[str, Any]) -> list[Document]:
        """Answered requests of a kind (``invite``, ``reinvite``, ``bye``...) that fit.

        ``wanted`` may have ``direction`` (of every line of our offer) and ``code``.
        """
        found = [_exchange(one) for one in _KINDS[kind](self._scene())]
        return [one for one in found if all(one[key] == value for key, value in wanted.items())]

    def nearest(self) -> str:
        """What was said, a line each, for a failure."""
        lines = [f"  {one['t'][11:23]}  {one['text']}" for one in self.messages()[-20:]]
        return "\n".join(lines) or "  nothing was said over SIP"

    def _scene(self) -> Scene:
        return Scene(name="", begun_at=Instant(0), sip=list(self._seen))


def _answered(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    return (one for one in exchanges if one.answer is not None)


def _accepted(exchange: Exchange) -> bool:
    return exchange.code // 100 == 2


_KINDS: Mapping[str, Callable[[Scene], Iterator[Exchange]]] = {
    "invite": lambda scene: _answered(scene.invites()),
    "reinvite": lambda scene: _answered(scene.reinvites()),
    "bye": lambda scene: _answered(scene.exchanges("BYE")),
    "options": lambda scene: _answered(scene.exchanges("OPTIONS")),
    "info": lambda scene: _answered(scene.exchanges("INFO")),
    "bye-of-recorder": lambda scene: (
        Exchange(request=one, answer=None) for one in scene.byes_of_recorder()
    ),
}
KINDS = tuple(_KINDS)


def _exchange(exchange: Exchange) -> Document:
    return {**_document(exchange.request), "code": exchange.code}


def _document(seen: SipSeen) -> Document:
    message = seen.message
    is_request = isinstance(message, Request)
    number, method = seen.cseq
    directions = sorted({one.value for one in seen.directions})
    line = (
        f"{message.method} {message.uri}"
        if isinstance(message, Request)
        else f"{message.code} {message.reason} ({method})"
    )
    way = "to" if seen.sent else "from"
    return {
        "t": iso(seen.at),
        "sent": seen.sent,
        "method": method,
        "request": is_request,
        "uri": message.uri if isinstance(message, Request) else "",
        "code": 0 if isinstance(message, Request) else message.code,
        "call_id": seen.call_id,
        "cseq": number,
        "direction": " ".join(directions),
        "headers": [list(one) for one in message.headers],
        "body": message.body.decode("utf-8", "replace"),
        "text": f"{way} the recorder: {line}  {' '.join(directions)}".rstrip(),
    }
