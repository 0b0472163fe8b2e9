"""One line on a terminal that shows how far a scenario is; nothing where nobody looks."""

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.script.steps import AnyStep
    from tlibsim.scenario.stage import Stage

_WIDTH = 30
_LINE = 100
_SECOND = 1_000_000
_CLEAR = "\r\x1b[K"


class Progress:
    """``lost-pause  [####------]  step 17/19  t+00:41.9``, rewritten in place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._shown = False

    def entered(self, part: "Part", step: "AnyStep", stage: "Stage") -> None:
        """A step begins."""
        scenario = part.scenario
        key = f"{scenario.source} {scenario.id}"
        begun = self._begun.setdefault(key, int(stage.now()))
        number = getattr(step, "number", None) or int(step.path.partition(".")[0])  # type: ignore[union-attr]
        count = len(scenario.steps)
        filled = round(_WIDTH * number / count) if count else 0
        seconds = (int(stage.now()) - begun) / _SECOND
        line = (
            f"{scenario.id}  [{'#' * filled}{'-' * (_WIDTH - filled)}]  step {number}/{count}  "
            f"t+{int(seconds // 60):02}:{seconds % 60:04.1f}"
        )
        self._stream.write(f"{_CLEAR}{line[:_LINE]}")
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away, before something else is written."""
        if self._shown:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._shown = False
