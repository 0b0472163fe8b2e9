"""What the commands about logs share: files opened as they are, problems told, words counted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from tlibsim.logs.capture import CaptureReader
    from tlibsim.logs.message import LogMessage
    from tlibsim.logs.reading import LogReader

BAD_USAGE = 2
_TOLD = 10


def stop(text: str, code: int = BAD_USAGE) -> NoReturn:
    """Say what is wrong and end."""
    click.echo(text, err=True)
    sys.exit(code)


@contextmanager
def messages_of(
    path: Path, charset: str = "utf-8"
) -> Iterator[tuple["LogReader", Iterator["LogMessage"]]]:
    """A reader of a log and its messages; a file that cannot be read ends with exit code 2."""
    from tlibsim.logs.reading import LogReader
    from tlibsim.logs.sources import bounded_lines

    try:
        with path.open(encoding=charset, errors="surrogateescape") as file:
            reader = LogReader(str(path))
            yield reader, reader.read(bounded_lines(file))
    except BrokenPipeError:  # nobody reads any more, and click knows what to do
        raise
    except (OSError, LookupError, UnicodeError) as error:
        stop(f"{path}: cannot be read: {error}")


def tell_problems(reader: "LogReader | CaptureReader") -> None:
    """The lines that could not be read, the first of them with file and line."""
    for problem in reader.problems[:_TOLD]:
        click.echo(printable(str(problem)), err=True)
    strange = getattr(reader, "strange", 0)
    if strange:
        click.echo(
            f"{printable(reader.source)}: {counted(strange, 'line')} with bytes of another encoding"
            " (read as Latin-1); name it with --encoding",
            err=True,
        )
    if reader.unreadable > _TOLD:
        click.echo(f"... and {reader.unreadable - _TOLD} more such lines", err=True)


def without_messages(path: Path) -> str:
    """What is wrong with a log in which there is no message."""
    try:
        empty = path.stat().st_size == 0
    except OSError:
        empty = False
    if empty:
        return (
            f"{path}: is empty; if tlibsim record wrote it, nobody connected to the proxy:"
            " the client must connect to the address of --listen"
        )
    return f"{path}: has no message of any dialect that is known here"


def printable(text: str) -> str:
    """Text of a log as a terminal takes it: no control characters, nothing it cannot encode."""
    clean = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
    return clean.encode("utf-8", "backslashreplace").decode("utf-8")


def counted(number: int, noun: str) -> str:
    """``1 line``, ``184,220 lines``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
