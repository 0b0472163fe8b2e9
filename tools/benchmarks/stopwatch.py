"""How much of the hub's time the codec takes, measured where the hub calls it.

In the hub's turn the codec's code and data come and go between those of the model, so it takes
longer than in a loop of its own; a stopwatch around each call sees that.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any
from unittest.mock import patch

from tlibsim.session import hub, outbox, post

_CALLS = tuple(
    (module, name)
    for module in (hub, outbox, post)
    for name in ("decode", "encode", "with_reference", "encode_frame")
    if hasattr(module, name)
)
"""Where the session layer uses the codec and framing."""


class Stopwatch:
    """Adds up the seconds of what it watches."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            begin = perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += perf_counter() - begin

        return timed


@contextmanager
def codec_watched() -> Iterator[Stopwatch]:
    """A stopwatch on every call of the codec by a hub in this process."""
    stopwatch = Stopwatch()
    with ExitStack() as stack:
        for module, name in _CALLS:
            timed = stopwatch.watched(getattr(module, name))
            stack.enter_context(patch.object(module, name, timed))
        yield stopwatch
