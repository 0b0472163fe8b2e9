"""Tells what comes of scenarios: lines, one JSON object, JUnit, and the document of the run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.progress import Progress
from tlibsim.playing.parts import place_of

if TYPE_CHECKING:
    from tlibsim.runs.keeping import Keeper
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.results import Result
    from tlibsim.scenario.script.steps import AnyStep
    from tlibsim.scenario.stage import Stage

_TITLE = 74


class Report:
    """Tells results as they come, or all of them as one JSON object at the end."""

    def __init__(self, *, as_json: bool, progress: Progress | None, order: int | None) -> None:
        self._as_json = as_json
        self._progress = progress
        self._order = order
        self._results: list[Result] = []
        self._keeper: Keeper | None = None

    def keep(self, keeper: "Keeper") -> None:
        """The run's document is kept there."""
        self._keeper = keeper

    def entered(self, part: "Part", step: "AnyStep", stage: "Stage") -> None:
        """A scenario begins a step."""
        if self._progress is not None:
            self._progress.entered(part, step, stage)
        if self._keeper is not None:
            self._keeper.at(place_of(part, step))

    def result(self, result: "Result") -> None:
        """One scenario is over."""
        from tlibsim.runs.items import scenario_item

        self._results.append(result)
        if self._progress is not None:
            self._leave(self._progress, result)
        if self._keeper is not None:
            self._keeper.add(scenario_item(result))
        if not self._as_json:
            click.echo(_line(result))
            for line in _details(result):
                click.echo(f"    {line}")

    def _leave(self, progress: Progress, result: "Result") -> None:
        """Take the progress away; of a failure it stays, except among the lines of a JSON object."""
        from tlibsim.scenario.results import Status

        if result.status is Status.FAILED and not self._as_json:
            progress.failed(result.scenario)
        else:
            progress.clear()

    def write_junit(self, file: Path | None) -> None:
        """The results so far, as JUnit XML."""
        from tlibsim.scenario.junit import junit

        if file is not None:
            file.write_text(junit(self._results) + "\n", encoding="utf-8")
            if self._keeper is not None:
                self._keeper.report("junit", str(file))

    def ended(self, code: int, problem: str = "", seconds: float | None = None) -> int:
        """Nothing more comes; gives back the exit code."""
        from tlibsim.scenario.program import counted

        if self._keeper is not None:
            self._keeper.end(code, counted(self._results), problem, seconds)
        return code

    def summary(self, seconds: float) -> int:
        """Everything is over after so long; the exit code."""
        from tlibsim.scenario.program import counted, exit_code

        code = exit_code(self._results)
        if self._as_json:
            found: dict[str, object] = {
                "scenarios": [result.as_object() for result in self._results],
                "summary": _counts(self._results),
                "seconds": round(seconds, 3),
                "exit_code": code,
            }
            if self._order is not None:
                found["shuffle_seed"] = self._order
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            click.echo(f"{counted(self._results)}  {seconds:.1f} s")
            if self._order is not None:
                click.echo(f"played in the order of --shuffle --seed {self._order}")
        return self.ended(code, seconds=seconds)


def _line(result: "Result") -> str:
    """Identifier, title, end and time, in columns."""
    scenario, status = result.scenario, result.status.value
    title = f"{scenario.title:<{_TITLE}.{_TITLE}}"
    return f"{scenario.id:<4} {title} {status:<7} {result.seconds:6.2f} s"


def _details(result: "Result") -> list[str]:
    from tlibsim.scenario.results import Status

    if result.status is Status.PASSED:
        return []
    if result.status is Status.PENDING:
        return [f"waits for: {result.reason}"] if result.reason else []
    return result.text().splitlines()


def _counts(results: Sequence["Result"]) -> dict[str, int]:
    from tlibsim.scenario.results import Status

    return {
        status.value.lower(): sum(result.status is status for result in results)
        for status in Status
    }
