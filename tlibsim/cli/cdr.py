"""``tlibsim cdr``: call detail records of a server, while it runs and afterwards.

Reads what the server keeps beside its recordings and never writes there.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from tlibsim.cdr.findings import lines_of
from tlibsim.cdr.store import Query, Store
from tlibsim.cli.details import DIRECTORY, Document, RecordingsProblem, one_of, opened
from tlibsim.cli.moments import instant, length, local, printable, table
from tlibsim.media.database import storable

_Function = Callable[..., None]
_KINDS = ("call", "recording")
_COLUMNS = (
    *("kind", "key", "server", "switch", "conn_id", "call_uuid", "call_id", "call_type"),
    *("ani", "dnis", "state", "outcome", "cause", "started", "answered", "ended"),
    *("duration_ms", "talk_ms", "session", "record_id", "record_dn", "other_dn", "trigger"),
    *("asked_by", "client", "file_name", "paused_ms", "finding"),
)
_LISTS = ("parties", "files", "user_data", "recordings")


@click.group()
def cdr() -> None:
    """Call detail records: one for each call and for each recording session."""


def _filters(command: _Function) -> _Function:
    """The options by which records are chosen, for ``list`` and ``export``."""
    for option in reversed(
        (
            click.option("--kind", type=click.Choice(_KINDS), help="Only calls or recordings."),
            click.option("--call", help="Connection id, call UUID, record id or file name."),
            click.option("--number", help="DN, trunk, queue, login, ANI or DNIS."),
            click.option("--state", help="live, ended, lost, or a state of a recording."),
            click.option("--since", "since_us", callback=instant, help="Not over before: 2h."),
            click.option("--until", "until_us", callback=instant, help="Not begun after."),
            click.option(
                "--limit", type=click.IntRange(min=0), default=0, help="At most (0: all)."
            ),
        )
    ):
        command = option(command)
    return command


@cdr.command("list")
@DIRECTORY
@_filters
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_records(directory: Path, as_json: bool, **wanted: object) -> None:
    """List records, the latest first.

    Every filter given must fit; an asterisk in it fits any text.
    """
    with opened(directory) as store:
        found = store.search(Query(**wanted))  # type: ignore[arg-type]
        if as_json:
            for document in found:
                click.echo(json.dumps(document))
            return
        rows = [_row(document) for document in found]
    if not rows:
        click.echo(f"No record in {directory} fits.", err=True)
        return
    head = ("STARTED", "LENGTH", "KIND", "STATE", "WHO", "WHY", "ID")
    for line in table(head, rows):
        click.echo(line)


@cdr.command()
@click.argument("record")
@DIRECTORY
@click.option("--json", "as_json", is_flag=True, help="The record as one JSON object.")
def show(record: str, directory: Path, as_json: bool) -> None:
    """Show all that is known of one RECORD, and of the recordings of a call.

    RECORD is a connection id, call UUID, record id, file name or key, or the word last.
    """
    with opened(directory) as store:
        document = _chosen(store, record, directory)
        recordings = [
            one
            for name in document.get("recordings") or ()
            for one in store.search(Query(kind="recording", call=f"{_run(document)}.{name}"))
        ]
    if as_json:
        whole = {**document, "recording_records": recordings} if recordings else document
        click.echo(json.dumps(whole, indent=2))
        return
    for one in (document, *recordings):
        for line in _lines(one):
            click.echo(printable(line))
        for line in lines_of(one.get("finding") or "", recordings):
            click.echo(f"  {line}")


@cdr.command()
@click.argument("destination", type=click.Path(path_type=Path, dir_okay=False), required=False)
@DIRECTORY
@_filters
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="JSON lines with everything, or a table.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def export(
    destination: Path | None, directory: Path, form: str, force: bool, **wanted: object
) -> None:
    """Write records to DESTINATION, or to standard output, the earliest first."""
    with opened(directory) as store:
        found = list(store.search(Query(**wanted)))[::-1]  # type: ignore[arg-type]
    write = _write_csv if form == "csv" else _write_lines
    if destination is None:
        write(found, sys.stdout)
        return
    if destination.exists() and not force:
        raise RecordingsProblem(f"{destination} is there already. Replace it with --force.")
    try:
        with destination.open("w", encoding="utf-8", newline="") as file:
            write(found, file)
    except OSError as error:
        raise RecordingsProblem(f"{destination} cannot be written: {error}.") from None
    click.echo(f"{len(found)} records in {destination}")


def _chosen(store: Store, record: str, directory: Path) -> Document:
    """A call goes before its recordings where a name fits both."""
    if record != "last":
        calls = list(store.search(Query(kind="call", call=record, limit=2)))
        if len(calls) == 1:
            return calls[0]
    return one_of(store, record, directory, "call" if record == "last" else None)


def _run(document: Document) -> str:
    return str(document["key"]).partition(".")[0]


def _row(document: Document) -> tuple[str, ...]:
    started = document.get("started_us") or document.get("requested_us") or 0
    if document["kind"] == "call":
        dns = dict.fromkeys(party["dn"] for party in document["parties"])
        who, why, name = " ".join(dns), document["outcome"], document["conn_id"]
    else:
        dns = dict.fromkeys((document["record_dn"], document["other_dn"]))
        who, why, name = " ".join(filter(None, dns)), document["trigger"], document["record_id"]
    return (
        local(started),
        length(document.get("duration_ms")),
        document["kind"],
        document["state"],
        who or "-",
        str(why),
        str(name),
    )


def _lines(document: Document) -> Iterator[str]:
    yield f"{document['kind']} {document['key']}: {document['state']}"
    for name, value in document.items():
        if name in _SPECIAL:
            yield from _SPECIAL[name](value)
        elif name not in _LEFT_OUT and not name.endswith("_us") and value not in (None, "", []):
            yield f"  {name.replace('_', ' '):<16}  {_shown(value)}"


def _shown(value: object) -> str:
    return value if isinstance(value, str | int) else json.dumps(value)  # type: ignore[return-value]


def _parties(value: Iterable[Document | str]) -> Iterator[str]:
    for party in value:
        if isinstance(party, str):
            yield f"  {'party':<16}  {party}"
            continue
        more = [f"agent {party['agent']}"] if party["agent"] else []
        more += [f"over {party['trunk']}"] if party["trunk"] else []
        more += [f"from queue {party['queue']}"] if party["queue"] else []
        span = f"{party['joined']} to {party['left'] or '...'}"
        told = ", ".join((party["role"], *more))
        yield f"  {'party':<16}  {party['dn']} ({told}): {span} {party['how'] or ''}"


def _steps(value: Iterable[Document]) -> Iterator[str]:
    for step in value:
        other = f" with {step['other']}" if step["other"] else ""
        yield f"  {'step':<16}  {step['at']}  {step['dn']} {step['what']}{other}"


def _pairs(value: Iterable[list[object]]) -> Iterator[str]:
    for key, data in value:
        yield f"  {'user data':<16}  {key} = {_shown(data)}"


def _pauses(value: Iterable[Document]) -> Iterator[str]:
    for pause in value:
        yield f"  {'paused':<16}  {pause['from']} to {pause['until'] or '...'}"


def _files(value: Iterable[Document]) -> Iterator[str]:
    for file in value:
        yield f"  {'file':<16}  {file['path']} ({length(file['duration_ms'])})"


def _legs(value: Iterable[Document]) -> Iterator[str]:
    for leg in value:
        cause = f" ({leg['cause']})" if leg["cause"] else ""
        yield f"  {'leg':<16}  {leg['key']} to {leg['dest']}: {leg['status']}{cause}"


def _refusals(value: Iterable[Document]) -> Iterator[str]:
    for one in value:
        by = f"{one['dn']}, client {one['client'] or '-'}"
        yield f"  {'refused':<16}  {one['at']}  {one['service']} by {by}: {one['cause']}"


_SPECIAL: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "parties": _parties,
    "steps": _steps,
    "user_data": _pairs,
    "pauses": _pauses,
    "files": _files,
    "legs": _legs,
    "refused": _refusals,
}
_LEFT_OUT = frozenset({"format", "kind", "key", "state", "run", "finding"})


def _write_lines(found: Iterable[Document], file: TextIO) -> None:
    file.writelines(json.dumps(document) + "\n" for document in found)


def _write_csv(found: Iterable[Document], file: TextIO) -> None:
    """One row a record; lists are JSON in their cell, and no cell begins a formula."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*_COLUMNS, *_LISTS))
    for document in found:
        cells = [_cell(document.get(name)) for name in _COLUMNS]
        lists = [json.dumps(document[name]) if document.get(name) else "" for name in _LISTS]
        writer.writerow((*cells, *lists))


def _cell(value: object) -> str:
    """A value that no spreadsheet takes for a formula; a number with a plus stays one."""
    text = "" if value is None else storable(str(value))
    is_number = text[1:].isdecimal()
    return f"'{text}" if text[:1] in set("=+-@\t\r") and not is_number else text
