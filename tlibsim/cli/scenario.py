"""``tlibsim scenario``: play scenario files, or only look whether they are right."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.words import NEVER_CONNECTED, address_of, run_and_exit

if TYPE_CHECKING:
    from tlibsim.net.reactor import Reactor
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.results import Result
    from tlibsim.scenario.stage import Stage

BAD_USAGE = 2
NOTHING_RAN = 3

_TITLE = 74

_FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


@click.group()
def scenario() -> None:
    """Play scenarios: what clients do, and what each must get for it."""


@scenario.command()
@_FILES
@click.option("--only", multiple=True, metavar="ID", help="Run this scenario; may be repeated.")
@click.option(
    "--against", metavar="HOST:PORT", help="Use a server that runs, not a private one for each."
)
@click.option(
    "--pending",
    "pending_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Scenarios that may fail; one of them that passes is a failure.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def run(
    files: tuple[Path, ...],
    only: tuple[str, ...],
    against: str | None,
    pending_file: Path | None,
    as_json: bool,
) -> None:
    """Play the scenarios of the files and compare what every client got.

    Exit code: 0 all passed, 1 a check failed, 2 bad usage or bad file, 3 nothing ran, 4 the
    server named with --against was never reached, 5 internal error, 130 interrupted.
    """
    address = None if against is None else address_of(against)
    all_parts = _read_all(files)
    pending = _read_pending(pending_file, all_parts)
    chosen = _chosen(all_parts, only)
    show = _Report(as_json=as_json)

    async def main(reactor: "Reactor") -> int:
        from tlibsim.scenario.stage import NeverConnectedError

        try:
            for part in chosen:
                show.result(await _played(part, reactor, address, pending))
        except NeverConnectedError as error:
            click.echo(str(error), err=True)
            return NEVER_CONNECTED
        return show.summary()

    run_and_exit(main)


@scenario.command()
@_FILES
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Look whether scenario files are right, without playing them.

    Exit code: 0 nothing wrong, 2 a file is wrong.
    """
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts, warnings

    problems: list[dict[str, object]] = []
    count = 0
    for file in files:
        try:
            found = parts(_text(file), str(file))
        except ScenarioError as error:
            problems += [_problem_object(problem) for problem in error.problems]
            if not as_json:
                click.echo(str(error), err=True)
            continue
        count += len(found)
        for warning in warnings(found):
            click.echo(warning, err=True)
    if as_json:
        click.echo(json.dumps({"scenarios": count, "problems": problems}, ensure_ascii=False))
    elif not problems:
        click.echo(f"{count} scenario{'' if count == 1 else 's'}, nothing wrong")
    sys.exit(BAD_USAGE if problems else 0)


class _Report:
    """Tells results as they come, or all of them as one JSON object at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._results: list[Result] = []

    def result(self, result: "Result") -> None:
        """One scenario is over."""
        self._results.append(result)
        if not self._as_json:
            click.echo(_line(result))
            for line in _details(result):
                click.echo(f"    {line}")

    def summary(self) -> int:
        """Everything is over; the exit code."""
        from tlibsim.scenario.program import counted, exit_code

        code = exit_code(self._results)
        seconds = sum(result.seconds for result in self._results)
        if self._as_json:
            click.echo(
                json.dumps(
                    {
                        "scenarios": [result.as_object() for result in self._results],
                        "summary": _counts(self._results),
                        "seconds": round(seconds, 3),
                        "exit_code": code,
                    },
                    ensure_ascii=False,
                )
            )
        else:
            click.echo(f"{counted(self._results)}  {seconds:.1f} s")
        return code


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


async def _played(
    part: "Part",
    reactor: "Reactor",
    address: tuple[str, int] | None,
    pending: Mapping[str, str],
) -> "Result":
    from tlibsim.scenario.program import judged, reason_to_skip
    from tlibsim.scenario.results import Result, Status
    from tlibsim.scenario.runner import play

    skip = reason_to_skip(part.scenario, elsewhere=address is not None)
    if skip:
        return Result(scenario=part.scenario, status=Status.SKIPPED, reason=skip)
    result = await play(part.scenario, part.settings, _stage(part, reactor, address))
    return judged(result, pending)


def _stage(part: "Part", reactor: "Reactor", address: tuple[str, int] | None) -> "Stage":
    from tlibsim.app import Simulator
    from tlibsim.net.stage import AgainstStage, PrivateStage

    if address is not None:
        return AgainstStage(reactor, part.settings, address)
    return PrivateStage(
        reactor,
        part.settings,
        lambda settings, clock: Simulator(settings, reactor=reactor, clock=clock),
    )


# -- files -------------------------------------------------------------------------------------


def _read_all(files: Sequence[Path]) -> tuple["Part", ...]:
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts

    found: list[Part] = []
    for file in files:
        try:
            found += parts(_text(file), str(file))
        except ScenarioError as error:
            click.echo(str(error), err=True)
            sys.exit(BAD_USAGE)
    return tuple(found)


def _read_pending(file: Path | None, all_parts: Sequence["Part"]) -> Mapping[str, str]:
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.pending import load_pending

    if file is None:
        return {}
    try:
        known = tuple(part.scenario.id for part in all_parts)
        return load_pending(_text(file), str(file), known)
    except ScenarioError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)


def _chosen(all_parts: Sequence["Part"], only: Sequence[str]) -> Sequence["Part"]:
    """The scenarios to run: all, or those named; an unknown name stops the run."""
    from tlibsim.config.problems import nearest

    if not only:
        return all_parts
    known = [part.scenario.id for part in all_parts]
    unknown = [name for name in only if name not in known]
    for name in unknown:
        near = nearest(name, known)
        hint = f" Did you mean {near}?" if near else ""
        click.echo(f"--only {name}: no scenario has this id.{hint}", err=True)
    if unknown:
        sys.exit(NOTHING_RAN if len(unknown) == len(only) else BAD_USAGE)
    return [part for part in all_parts if part.scenario.id in only]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        click.echo(f"{file}: cannot be read: {error}", err=True)
        sys.exit(BAD_USAGE)


def _problem_object(problem: object) -> dict[str, object]:
    names = ("source", "line", "column", "key", "message", "suggestion")
    return {name: getattr(problem, name) for name in names}
