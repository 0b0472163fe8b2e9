"""``tlibsim contract``: is a recorder, or a desktop, right?"""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.runlog import INTERRUPTED, kept_run
from tlibsim.cli.serve import BAD_USAGE, read_file, read_settings
from tlibsim.cli.words import run_and_exit

if TYPE_CHECKING:
    from tlibsim.contract.result import CheckResult, RunResult
    from tlibsim.contract.runner import Contract
    from tlibsim.contract.selection import Selection
    from tlibsim.contract.suite import ContractError, Suite
    from tlibsim.net.reactor import Reactor
    from tlibsim.runs.keeping import Keeper

_USUAL = "tlibsim.yaml"
_SECRET = re.compile(
    r"(?i)((?:password|passwd|passphrase|secret|token)['\"]?[=:\s]+['\"]?)[^\s'\"]+"
)


@click.group()
def contract() -> None:
    """Check what a recorder, or an agent desktop, does against its contract."""


_OF_DESKTOPS = click.option("--desktop", is_flag=True, help="The contract of desktops.")


def _suite(*, desktop: bool) -> "Suite":
    from tlibsim.contract.desktop import DESKTOP
    from tlibsim.contract.recorder import RECORDER

    return DESKTOP if desktop else RECORDER


@contract.command("list")
@_OF_DESKTOPS
def list_checks(*, desktop: bool) -> None:
    """All checks, with their levels, call flows and sources."""
    for one in _suite(desktop=desktop).checks:
        click.echo(f"{one.id}  {one.level.value:<7}{one.flow:<12}{one.title}  ({one.source})")


@contract.command()
@_OF_DESKTOPS
def schema(*, desktop: bool) -> None:
    """Print the JSON Schema of contracts/recorder.yaml, or of contracts/desktop.yaml."""
    from tlibsim.contract.selection import schema as made

    click.echo(made(_suite(desktop=desktop)), nl=False)


@contract.command()
@click.argument("checks", nargs=-1, metavar="[CHECK]...")
@_OF_DESKTOPS
@click.option("--config", "config_file", metavar="FILE", help=f"Default: {_USUAL}.")
@click.option(
    "--contract",
    "contract_file",
    metavar="FILE",
    help="Levels, and what is skipped.  Default: contracts/recorder.yaml, where there is one.",
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="One setting.")
@click.option("--only", multiple=True, metavar="CHECK|FLOW", help="Only these; or 'failures'.")
@click.option("--junit", type=click.Path(dir_okay=False), help="Write JUnit XML here.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write one HTML page here.")
@click.option("--summary", type=click.Path(dir_okay=False), help="Append Markdown here.")
def run(
    checks: tuple[str, ...],
    config_file: str | None,
    contract_file: str | None,
    overrides: tuple[str, ...],
    only: tuple[str, ...],
    *,
    desktop: bool,
    **reports: str | None,
) -> None:
    """Play the call flows against the recorder of the configuration, and judge it.

    With --desktop: against its agent desktop.

    Exit code 0: all passed; 1: a check failed; 2: wrong configuration; 3: nothing was judged;
    4: the recorder never connected.
    """
    file = config_file or _USUAL
    settings = read_settings(file, None, overrides)
    from tlibsim.contract.reports import WRITERS, item, line, text
    from tlibsim.contract.runner import Contract
    from tlibsim.contract.suite import ContractError

    suite = _suite(desktop=desktop)
    folder = Path(file).resolve().parent
    selection = _selection(contract_file, Path(file).parent, suite)
    files = {"--config": config_file, "--contract": contract_file}
    again = " ".join((suite.command, *_given(files, overrides)))
    command = " ".join((again, *checks, *(f"--only {name}" for name in only)))

    async def main(reactor: "Reactor") -> int:
        def told(result: "CheckResult") -> None:
            click.echo(line(result))
            kept.add(item(result))

        try:
            played = Contract(
                settings,
                reactor,
                directory=folder,
                suite=suite,
                selection=selection,
                only=(*checks, *only),
                told=told,
                playing=lambda flow: kept.at(f"flow {flow}"),
                command=again,
            )
        except ContractError as error:
            _tell(error, file, overrides)
            return BAD_USAGE
        kept = kept_run(
            "contract",
            suite.title,
            of=played.count,
            place=folder,
            command=command,
            seed=played.seed,
            clock="real",
        )
        click.echo(played.title)
        result = await _judged(played, kept, f"{file}: {suite.noun}.start")
        if result is None:
            return BAD_USAGE
        for words in text(result):
            click.echo(words)
        written = {name: path for name, path in reports.items() if path}
        for name, path in written.items():
            _write(Path(path), WRITERS[name](result), append=name == "summary")
            kept.report(name, path)
        told_reports = f"report: {', '.join(written.values())}   " if written else ""
        click.echo(f"{told_reports}exit code {result.exit_code}")
        return result.exit_code

    run_and_exit(main)


def _given(files: Mapping[str, str | None], overrides: Iterable[str]) -> Iterator[str]:
    """The options of a command line that say what is played, for a shell; secrets are hidden."""
    for option, file in files.items():
        if file:
            yield f"{option} {shlex.quote(file)}"
    for override in overrides:
        shown = _SECRET.sub(r"\1***", override)
        yield f"--set {shlex.quote(shown)}"


def suite_of(noun: str) -> "Suite | None":
    """The contract of recorders, or that of desktops; None for any other word."""
    found = {one.noun: one for one in (_suite(desktop=False), _suite(desktop=True))}
    return found.get(noun)


def _selection(file: str | None, folder: Path, suite: "Suite") -> "Selection":
    from tlibsim.contract.selection import EVERYTHING

    usual = folder / "contracts" / f"{suite.noun}.yaml"
    chosen = Path(file) if file else usual
    return selection_of(chosen, suite) if file or usual.is_file() else EVERYTHING


def selection_of(file: Path, suite: "Suite") -> "Selection":
    """What the file of the contract says; a wrong one ends with exit code 2."""
    from tlibsim.config import ConfigError
    from tlibsim.contract.selection import read_selection

    try:
        return read_selection(read_file(str(file)), str(file), suite)
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)


def _tell(error: "ContractError", file: str, overrides: tuple[str, ...]) -> None:
    """Everything that stands in the way, with its place in the configuration."""
    from tlibsim.config.loading import error_at

    words = [one.message for one in error.troubles if not one.path]
    placed = [(one.path, one.message) for one in error.troubles if one.path]
    if placed:
        words.append(str(error_at(read_file(file), file, overrides, os.environ, placed)))
    click.echo("\n".join(words), err=True)


async def _judged(played: "Contract", kept: "Keeper", start: str) -> "RunResult | None":
    """What came of the contract, kept; None when it could not begin, which is told."""
    from twisted.internet.error import CannotListenError

    from tlibsim.net.announcing import cannot_listen

    problem = ""
    try:
        result = await played.run()
    except CannotListenError as error:
        problem = cannot_listen(error)
    except (OSError, ValueError) as error:
        problem = f"{start}: {error}"
    else:
        kept.end(result.exit_code, result.summary(), result.problem, result.seconds)
        return result
    finally:
        kept.end(BAD_USAGE if problem else INTERRUPTED, "", problem)
    click.echo(problem, err=True)
    return None


def _write(path: Path, text: str, *, append: bool) -> None:
    """Write a report; one that cannot be written ends with exit code 2."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        click.echo(f"{path}: cannot be written: {error}", err=True)
        sys.exit(BAD_USAGE)
