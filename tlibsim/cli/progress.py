"""Two lines on a terminal that show how far a scenario is; nothing where nobody looks.

The second one says what is waited for.  Of a scenario that failed both stay (FIRST_HOUR.md, story T).
"""

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.script.steps import AnyStep
    from tlibsim.scenario.stage import Stage
    from tlibsim.scenario.steps import Scenario

_WIDTH = 30
_LINE = 100
_SECOND = 1_000_000
_USUAL_WAIT_US = 2_000_000
_CLEAR = "\r\x1b[K"
_UP = "\x1b[A"


class Progress:
    """``lost-pause  [####------]  step 17/19  t+00:41.9``, rewritten in place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun: dict[str, int] = {}
        self._last: dict[str, list[str]] = {}
        self._shown = 0

    def entered(self, part: "Part", step: "AnyStep", stage: "Stage") -> None:
        """A step begins, or one inside of it."""
        scenario = part.scenario
        key = _key(scenario)
        begun = self._begun.setdefault(key, int(stage.now()))
        number = getattr(step, "number", None) or int(step.path.partition(".")[0])  # type: ignore[union-attr]
        count = len(scenario.steps)
        filled = round(_WIDTH * number / count) if count else 0
        seconds = (int(stage.now()) - begun) / _SECOND
        line = (
            f"{scenario.id}  [{'#' * filled}{'-' * (_WIDTH - filled)}]  step {number}/{count}  "
            f"t+{int(seconds // 60):02}:{seconds % 60:04.1f}"
        )
        waiting = _waited_for(step)
        lines = [line, f"  step {number}  waiting for {waiting}"] if waiting else [line]
        self._last[key] = [one[:_LINE] for one in lines]
        self.clear()
        self._stream.write("\n".join(self._last[key]))
        self._stream.flush()
        self._shown = len(lines)

    def clear(self) -> None:
        """Take the lines away, before something else is written."""
        if self._shown:
            self._stream.write(_CLEAR + f"{_UP}{_CLEAR}" * (self._shown - 1))
            self._stream.flush()
            self._shown = 0

    def failed(self, scenario: "Scenario") -> None:
        """A scenario has failed: where it was stays on the screen."""
        self.clear()
        for line in self._last.get(_key(scenario), ()):
            self._stream.write(f"{line}\n")
        self._stream.flush()


def _key(scenario: "Scenario") -> str:
    return f"{scenario.source} {scenario.id}"


def _waited_for(step: "AnyStep") -> str:
    """What must come, and for how long it may take; empty when a step waits for nothing."""
    from tlibsim.scenario.script.steps import Expect

    if not isinstance(step, Expect):
        return ""
    limit = _USUAL_WAIT_US if step.within_us is None else step.within_us
    return f"{step.patterns[0].text} ... {limit / _SECOND:g} s"
