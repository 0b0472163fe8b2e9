"""``tlibsim diff``: what differs between two logs, or a log and a run."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.logfiles import counted, messages_of, printable, stop, tell_problems

if TYPE_CHECKING:
    from tlibsim.logs.differing import Comparison, LogDifference
    from tlibsim.logs.message import LogMessage

SAME, DIFFERENT = 0, 1


@click.command()
@click.argument("first", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("second", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--ignore",
    multiple=True,
    metavar="ATTRIBUTE",
    help="Leave out this attribute too; may be repeated.",
)
@click.option("--no-ignore", is_flag=True, help="Compare what is left out by default, too.")
@click.option("--exact", is_flag=True, help="Compare identifiers and times by their values.")
@click.option(
    "--only", multiple=True, metavar="DN", help="Compare this DN only; may be repeated."
)
@click.option(
    "--call", default="", metavar="CONNID", help="Compare this call of the first log."
)
@click.option("--all", "show_all", is_flag=True, help="Show every difference, not the first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of both files.")
def diff(
    first: Path,
    second: Path,
    ignore: tuple[str, ...],
    no_ignore: bool,
    exact: bool,
    only: tuple[str, ...],
    call: str,
    show_all: bool,
    as_json: bool,
    encoding: str,
) -> None:
    """Compare two logs, or a log and the journal of a run, DN by DN.

    Server logs, client-side logs and journals (JSON lines, as `scenario run --journal` and
    `journal --export` write them) may be mixed. Identifiers are compared by what they stand for,
    times not at all.

    Exit code: 0 no difference, 1 there are some, 2 bad usage or a file without a message.
    """
    from tlibsim.logs.differing import DEFAULT_IGNORE, DiffOptions, compare_logs

    mine = _chosen(_read(first, encoding), only, call)
    theirs = _chosen(_read(second, encoding), only, "")
    ignored = frozenset(ignore) | (frozenset() if no_ignore else frozenset(DEFAULT_IGNORE))
    found = compare_logs(mine, theirs, DiffOptions(ignore=ignored, blind=not exact))
    if as_json:
        click.echo(json.dumps(_object(found), ensure_ascii=True))
    else:
        _tell(found, show_all=show_all)
    sys.exit(DIFFERENT if found.differences else SAME)


def _read(path: Path, encoding: str) -> "list[LogMessage]":
    with messages_of(path, encoding) as (reader, messages):
        found = list(messages)
    tell_problems(reader)
    if not found:
        stop(f"{path}: has no message of any dialect that is known here")
    return found


def _chosen(
    messages: "list[LogMessage]", only: tuple[str, ...], call: str
) -> "list[LogMessage]":
    from tlibsim.logs.calls import of_call

    if call:
        messages = list(of_call(messages, call))
    return [one for one in messages if not only or one.this_dn in only]


def _tell(found: "Comparison", *, show_all: bool) -> None:
    from tlibsim.logs.differing import counts

    for one in found.differences if show_all else found.differences[:1]:
        for line in one.lines():
            click.echo(printable(line))
    number = counts(found.differences)
    words = [f"{number[change]} {change.value}" for change in number if number[change]]
    told = f": {', '.join(words)}" if words else ""
    compared = counted(found.compared, "pair")
    click.echo(f"{counted(len(found.differences), 'difference')}{told} ({compared} compared)")


def _object(found: "Comparison") -> dict[str, object]:
    from tlibsim.logs.differing import counts

    return {
        "differences": [_difference(one) for one in found.differences],
        "counts": {kind.value: number for kind, number in counts(found.differences).items()},
        "compared": found.compared,
    }


def _difference(one: "LogDifference") -> dict[str, object]:
    message = one.first or one.second
    return {
        "change": one.change.value,
        "message": message.name if message is not None else "",
        "dn": one.lane,
        "attribute": one.attribute,
        "first": one.left,
        "second": one.right,
        "first_place": one.first.place if one.first is not None else None,
        "second_place": one.second.place if one.second is not None else None,
    }
