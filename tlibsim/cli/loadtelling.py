"""What ``tlibsim load`` tells: a line while it runs, a table at its end, JSON, the run's document."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tlibsim.cli.runlog import kept_run

if TYPE_CHECKING:
    from tlibsim.net.arrivals import Model
    from tlibsim.net.loading import LoadResult
    from tlibsim.runs.keeping import Keeper

CHECK_FAILED, BAD_USAGE, NOTHING_RAN, INTERRUPTED = 1, 2, 3, 130
_CLEAR = "\r\x1b[K"
_LINE = 100


class LoadReport:
    """Tells one load.  Its exit code depends on the errors and the p99 that are allowed."""

    def __init__(
        self,
        *,
        title: str,
        place: Path,
        model: "Model",
        json_file: str | None,
        max_errors: int,
        max_p99: float | None,
    ) -> None:
        self._title = title
        self._place = place
        self._model = model
        self._json_file = json_file
        self._max_errors = max_errors
        self._max_p99 = max_p99
        self._keeper: Keeper | None = None
        self._live = sys.stderr.isatty()

    def begin(self, slots: int) -> None:
        """The load begins."""
        self._keeper = kept_run(
            "load",
            self._title,
            of=0,
            place=self._place,
            command=f"tlibsim load {self._title}",
            clock="real",
        )
        self._keeper.run.more["load"] = {"slots": slots, **self._words()}

    def _words(self) -> dict[str, Any]:
        from tlibsim.net.arrivals import OpenModel

        kind = "open" if isinstance(self._model, OpenModel) else "closed"
        return {"model": kind, **asdict(self._model)}

    def told(self, result: "LoadResult") -> None:
        """So far."""
        if self._keeper is not None:
            self._keep(result)
            self._keeper.at(f"{result.live} under way")
        if self._live:
            click.echo(f"{_CLEAR}{line(result)[:_LINE]}", nl=False, err=True)

    def failed(self, code: int, problem: str) -> int:
        """It could not be done."""
        self._clear()
        click.echo(problem, err=True)
        if self._keeper is not None:
            self._keeper.end(code, "", problem)
        return code

    def over(self, result: "LoadResult", *, interrupted: bool = False) -> int:
        """It is over; the exit code."""
        self._clear()
        code = INTERRUPTED if interrupted else self._code(result)
        self._keep(result)
        document = {**self._words(), **object_of(result), "exit_code": code}
        if self._json_file != "-":
            show(result)
        if self._json_file is not None and not _written(self._json_file, document):
            code = BAD_USAGE
        if self._keeper is not None:
            self._keeper.end(code, summary(result), seconds=result.elapsed_s)
        return code

    def _keep(self, result: "LoadResult") -> None:
        if self._keeper is not None:
            run = self._keeper.run
            run.of = result.due
            run.counts.clear()
            run.counts.update({"pass": result.completed, "error": result.error_count})
            run.more["load"] |= object_of(result)

    def _clear(self) -> None:
        if self._live:
            click.echo(_CLEAR, nl=False, err=True)

    def _code(self, result: "LoadResult") -> int:
        if not result.begun:
            return NOTHING_RAN
        limit = self._max_p99
        slow = limit is not None and any(
            row["p99"] > limit for row in result.percentiles().values()
        )
        return CHECK_FAILED if slow or result.error_count > self._max_errors else 0


def line(result: "LoadResult") -> str:
    """How it goes, in one line: seconds, calls a second, the slowest p99, errors."""
    p99 = {name: row["p99"] for name, row in result.percentiles().items()}
    slowest = max(p99, key=lambda name: p99[name], default="")
    shown = f"  p99 {p99[slowest]:.1f} ms ({slowest})" if slowest else ""
    return (
        f"{result.elapsed_s:5.0f} s  {result.rate:6.1f}/s  {result.begun:,} begun  "
        f"{result.live:,} under way{shown}  {result.error_count:,} errors"
    )


def summary(result: "LoadResult") -> str:
    """``100 calls due, 100 begun, 100 completed in 10.2 s``."""
    return (
        f"{result.due:,} calls due, {result.begun:,} begun, {result.completed:,} completed"
        f" in {result.elapsed_s:.1f} s"
    )


def show(result: "LoadResult") -> None:
    """The table at the end."""
    click.echo(f"{summary(result)}  ({result.rate:.1f} calls a second)")
    for name, found in result.latency.items():
        row = found.milliseconds()
        words = "  ".join(f"{label} {ms:7.2f}" for label, ms in row.items())
        click.echo(f"  {name:<26}{words}  ms  {found.count:,} times")
    for text, count in result.codes.most_common():
        click.echo(f"  EventError  {count:,} x {text}")
    for text, count in result.errors.most_common():
        click.echo(f"  error  {count:,} x {text}")
    if not result.errors:
        click.echo("  no errors")
    for told in result.first_story.splitlines():
        click.echo(f"    {told}")


def object_of(result: "LoadResult") -> dict[str, Any]:
    """The result as a JSON object; latencies in milliseconds."""
    return {
        "due": result.due,
        "begun": result.begun,
        "completed": result.completed,
        "seconds": round(result.elapsed_s, 3),
        "calls_per_second": round(result.rate, 3),
        "errors": dict(result.errors),
        "event_errors": dict(result.codes),
        "first_failure": result.first_story,
        "latency_ms": {
            name: {
                **{label: round(ms, 3) for label, ms in found.milliseconds().items()},
                "mean": round(found.mean * 1000, 3),
                "count": found.count,
            }
            for name, found in result.latency.items()
        },
    }


def _written(file: str, document: dict[str, Any]) -> bool:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if file == "-":
        click.echo(text)
        return True
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        click.echo(f"{file}: cannot be written: {error}", err=True)
        return False
    return True
