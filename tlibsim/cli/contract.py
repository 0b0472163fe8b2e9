"""``tlibsim contract``: is a recorder, or a desktop, right?"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.serve import BAD_USAGE, read_file, read_settings
from tlibsim.cli.words import run_and_exit

if TYPE_CHECKING:
    from tlibsim.contract.suite import ContractError, Suite
    from tlibsim.net.reactor import Reactor

_USUAL = "tlibsim.yaml"


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
@click.argument("checks", nargs=-1, metavar="[CHECK]...")
@_OF_DESKTOPS
@click.option("--config", "config_file", metavar="FILE", help=f"Default: {_USUAL}.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="One setting.")
@click.option("--only", multiple=True, metavar="CHECK|FLOW", help="Only these; or 'failures'.")
@click.option("--junit", type=click.Path(dir_okay=False), help="Write JUnit XML here.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write one HTML page here.")
@click.option("--summary", type=click.Path(dir_okay=False), help="Append Markdown here.")
def run(
    checks: tuple[str, ...],
    config_file: str | None,
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
    from twisted.internet.error import CannotListenError

    from tlibsim.contract.reports import WRITERS, line, text
    from tlibsim.contract.runner import Contract
    from tlibsim.contract.suite import ContractError
    from tlibsim.net.announcing import cannot_listen

    suite = _suite(desktop=desktop)

    async def main(reactor: "Reactor") -> int:
        try:
            played = Contract(
                settings,
                reactor,
                directory=Path(file).resolve().parent,
                suite=suite,
                only=(*checks, *only),
                told=lambda result: click.echo(line(result)),
            )
        except ContractError as error:
            _tell(error, file, overrides)
            return BAD_USAGE
        try:
            result = await played.run()
        except CannotListenError as error:
            click.echo(cannot_listen(error), err=True)
            return BAD_USAGE
        except (OSError, ValueError) as error:
            click.echo(f"{file}: {suite.noun}.start: {error}", err=True)
            return BAD_USAGE
        for words in text(result):
            click.echo(words)
        for name, path in reports.items():
            if path is not None:
                _write(Path(path), WRITERS[name](result), append=name == "summary")
                click.echo(f"{name}: {path}")
        return result.exit_code

    run_and_exit(main)


def _tell(error: "ContractError", file: str, overrides: tuple[str, ...]) -> None:
    """Everything that stands in the way, with its place in the configuration."""
    from tlibsim.config.loading import error_at

    words = [one.message for one in error.troubles if not one.path]
    placed = [(one.path, one.message) for one in error.troubles if one.path]
    if placed:
        words.append(str(error_at(read_file(file), file, overrides, os.environ, placed)))
    click.echo("\n".join(words), err=True)


def _write(path: Path, text: str, *, append: bool) -> None:
    """Write a report; one that cannot be written ends with exit code 2."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        click.echo(f"{path}: cannot be written: {error}", err=True)
        sys.exit(BAD_USAGE)
