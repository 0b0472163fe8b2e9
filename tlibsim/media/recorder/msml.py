"""What is said to a media server: INFO by INFO, each with the result that it brought.

The texts are those of :mod:`tlibsim.ports.msml`, where three things are marked as assumed.
Source: MEDIA.md 6.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tlibsim.media.recorder.xmltree import TreeError, read_tree
from tlibsim.media.sip.values import Clock, Timer

GOOD = range(200, 300)


def read_result(body: bytes) -> int:
    """The response of the ``<result>`` in an INFO body; 0 when there is none."""
    try:
        root = read_tree(body)
    except TreeError:
        return 0
    for one in root.iter():
        if one.tag.rpartition("}")[2] == "result":
            text = one.get("response", "")
            return int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    body: str
    done: Callable[[str], None]


class Conversation:
    """One INFO at a time; ``done`` gets "" when the result was good, else what was wrong.

    Nothing is said before :meth:`begin`.
    """

    def __init__(
        self, send: Callable[[bytes], None], clock: Clock, patience_s: float = 8.0
    ) -> None:
        self._send = send
        self._clock = clock
        self._patience_s = patience_s
        self._waiting: deque[_Saying] = deque()
        self._open: _Saying | None = None
        self._timer: Timer | None = None
        self._begun = False

    @property
    def idle(self) -> bool:
        return self._open is None and not self._waiting

    def begin(self, body: str, done: Callable[[str], None]) -> None:
        """Say this first, and then what has been waiting."""
        self._begun = True
        self._waiting.appendleft(_Saying(body=body, done=done))
        self._next()

    def say(self, body: str, done: Callable[[str], None]) -> None:
        """Say this when its turn comes."""
        self._waiting.append(_Saying(body=body, done=done))
        self._next()

    def stop(self) -> None:
        """Say and expect nothing more."""
        self._waiting.clear()
        self._open = None
        if self._timer is not None:
            self._timer.cancel()

    def informed(self, body: bytes) -> None:
        """An INFO came: perhaps the result that is awaited."""
        response = read_result(body)
        if response:
            self._finish("" if response in GOOD else f"the media server answers {response}")

    def answered(self, code: int) -> None:
        """The answer to our INFO; a good one says only that it has arrived."""
        if code not in GOOD:
            self._finish(f"INFO: {code}" if code else "no answer to the INFO")

    def _next(self) -> None:
        if not self._begun or self._open is not None or not self._waiting:
            return
        self._open = self._waiting.popleft()
        self._timer = self._clock.call_later(self._patience_s, self._too_late)
        self._send(self._open.body.encode())

    def _too_late(self) -> None:
        self._finish(f"no result in {self._patience_s:g} s")

    def _finish(self, cause: str) -> None:
        saying, self._open = self._open, None
        if self._timer is not None:
            self._timer.cancel()
        if saying is not None:
            saying.done(cause)
            self._next()
