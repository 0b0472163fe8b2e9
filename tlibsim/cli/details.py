"""What ``tlibsim cdr`` and ``tlibsim recordings trace`` share: the store, and finding in it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tlibsim.cdr.findings import lines_of
from tlibsim.cdr.store import Query, Store, read_store
from tlibsim.media.database import DatabaseUnusableError

Document = Mapping[str, Any]

DIRECTORY = click.option(
    "--directory",
    "-d",
    type=click.Path(path_type=Path),
    default=Path("recordings"),
    show_default=True,
    envvar="TLIBSIM_RECORDINGS",
    show_envvar=True,
    help="Where the recordings are.",
)


class RecordingsProblem(click.ClickException):
    """Something that the user can put right: exit code 2."""

    exit_code = 2


@contextmanager
def opened(directory: Path) -> Iterator[Store]:
    """The call detail records of a directory; RecordingsProblem when there are none."""
    try:
        store = read_store(directory)
    except FileNotFoundError:
        raise RecordingsProblem(
            f"there are no call detail records in {directory}. Name the recordings directory of "
            "the server with --directory (see recordings.directory and cdr in its "
            "configuration)."
        ) from None
    except (DatabaseUnusableError, OSError) as error:
        raise RecordingsProblem(
            f"{error}. A server that starts on it makes a new one."
        ) from None
    try:
        yield store
    finally:
        store.close()


def one_of(store: Store, wanted: str, directory: Path, kind: str | None) -> Document:
    """The record that ``wanted`` names, the latest for the word last; RecordingsProblem."""
    if wanted == "last":
        found = list(store.search(Query(kind=kind, limit=1)))
    else:
        found = list(store.search(Query(kind=kind, call=wanted, limit=11)))
        found = found or list(store.search(Query(kind=kind, call=f"*.{wanted}", limit=11)))
    if len(found) == 1:
        return found[0]
    if not found:
        raise RecordingsProblem(
            f"no record in {directory} is {wanted!r}. "
            f"See them with: tlibsim cdr list --directory {directory}"
        )
    names = "\n  ".join(f"{one['key']}  {one['kind']}" for one in found[:10])
    raise RecordingsProblem(f"{wanted!r} fits several records; take a key:\n  {names}")


def found_trace(directory: Path, wanted: str) -> tuple[Document | None, Document | None]:
    """The trace of a recording session, and the record of its call where that is kept.

    No trace: the call was not recorded.  RecordingsProblem when nothing fits.
    """
    with opened(directory) as store:
        try:
            record = one_of(store, wanted, directory, "recording")
        except RecordingsProblem:
            calls = list(store.search(Query(kind="call", call=wanted, limit=1)))
            if not calls or calls[0]["recordings"]:
                raise
            return None, calls[0]
        trace = store.trace(record["key"])
        key = f"{record['run']}.{record['conn_id']}"
        calls = list(store.search(Query(kind="call", call=key, limit=1)))
    if trace is None:
        raise RecordingsProblem(f"the trace of {record['key']} is not kept any more")
    return trace, calls[0] if calls else None


def unrecorded(call: Document) -> Iterator[str]:
    """Why a call has no recording session, as far as its record tells."""
    yield f"call {call['conn_id']} was not recorded"
    for one in call["refused"]:
        who = f"{one['dn']} ({one['client'] or '-'})"
        yield f"  {one['service']} by {who} was refused: {one['cause']}"
    yield from finding_lines(call)


def finding_lines(call: Document | None, sessions: Sequence[Document] = ()) -> Iterator[str]:
    """What the user data of a call that is over, and its recordings, say of its recording."""
    if call is not None and call.get("finding"):
        yield ""
        yield from lines_of(str(call["finding"]), sessions)
