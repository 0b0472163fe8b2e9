"""``tlibsim journal``: what was said and what happened, on a running server or in a file."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tlibsim.cli.remote import Remote, url_option

if TYPE_CHECKING:
    from tlibsim.journal.records import Record

_TOLD = frozenset({"answer", "refusal", "event"})
_MESSAGES = "kind:request,answer,event"


@click.command()
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option("--limit", default=100, show_default=True, help="At most so many, the newest.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@click.option("--tserver", "as_log", is_flag=True, help="The log of a server (with --file).")
@click.option(
    "--file",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ask a journal that was exported, not a running server.",
)
@url_option
def journal(
    query: tuple[str, ...],
    limit: int,
    as_json: bool,
    as_log: bool,
    file: Path | None,
    url: str,
) -> None:
    """Entries of the journal that fit: event:EventRinging dn:7001 userdata.account=A-77"""
    words = " ".join(query) if query else _MESSAGES
    if file is not None:
        _from_file(file, words, limit, as_json=as_json, as_log=as_log)
        return
    if as_log:
        raise click.UsageError("--tserver needs --file; of a server see serve --log-format")
    found = Remote(url).get("journal", q=words, limit=str(limit))
    if not found:
        click.echo("nothing fits; events are there only when a client has registered", err=True)
    for one in found:
        if as_json:
            click.echo(json.dumps(one, ensure_ascii=False))
        else:
            who = ", ".join(who["name"] or str(who["id"]) for who in one.get("clients", ()))
            name = one.get("message") or one.get("name") or ""
            name = "" if name == one["kind"] else name
            line = f"#{one['n']:<6}{one['t'][11:23]}  {one['kind']:<11} {name:<27} "
            click.echo(f"{line}{one.get('dn', ''):<10}{who}{_why(one)}".rstrip())


def _why(one: Mapping[str, Any]) -> str:
    """``  53 Invalid attribute value (request: reason)`` of an error, the reason of a refusal."""
    values = {each["name"]: each["value"] for each in one.get("attributes", ())}
    words = [str(values[name]) for name in ("ErrorCode", "ErrorMessage") if name in values]
    if one.get("detail"):
        words.append(f"({one['detail'].splitlines()[0]})")
    return "  " + " ".join(words) if words and one["kind"] in _TOLD else ""


def _from_file(file: Path, words: str, limit: int, *, as_json: bool, as_log: bool) -> None:
    """The records of an exported journal that fit, in one of three forms."""
    from tlibsim.journal.export import to_lines
    from tlibsim.journal.tserverlog import to_log

    found = deque(_matching(file, words), maxlen=max(1, limit))
    if as_json:
        lines: Iterator[str] = to_lines(found)
    elif as_log:
        lines = to_log(found)
    else:
        lines = (_line(record) for record in found)
    for line in lines:
        click.echo(line)
    if not found:
        click.echo(f"{file}: nothing fits", err=True)


def _matching(file: Path, words: str) -> "Iterator[Record]":
    """The records that a query finds, one line in memory at a time."""
    from tlibsim.journal.export import ExportError, from_line
    from tlibsim.journal.query import parse
    from tlibsim.journal.syntax import QueryError

    try:
        query = parse(words)
    except QueryError as error:
        raise click.UsageError(error.shown()) from None
    begun = None
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = from_line(line)
            except ExportError as error:
                raise click.UsageError(f"{file}:{number}: {error}") from None
            begun = record.at if begun is None else begun
            if query.matches(record, begun):
                yield record


def _line(record: "Record") -> str:
    from tlibsim.journal.expectations import shown_record
    from tlibsim.journal.export import iso

    head = f"#{record.number:<6}{iso(record.at)[11:23]}  {record.kind.value:<11} "
    return f"{head}{shown_record(record)}".rstrip()
