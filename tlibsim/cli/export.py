"""``tlibsim export``: a journal as a capture, or in the words of a server's log."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.logfiles import counted, stop

if TYPE_CHECKING:
    from tlibsim.journal.records import Record

NOTHING_WRITTEN = 3
_CAPTURES = (".pcap", ".pcapng")
_HOST = "127.0.0.1"


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: .pcap, .pcapng or .log.",
)
@click.option(
    "--port",
    default=7020,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port of the server in a capture.",
)
def export(file: Path, output: Path, port: int) -> None:
    """Write a journal (JSON lines) as a capture (.pcap, .pcapng) or as a server's log (.log).

    Exit code: 0 written, 2 bad usage or bad file, 3 the journal has no message.
    """
    from tlibsim.journal.tserverlog import to_log
    from tlibsim.logs.pcapexport import PcapExport

    count = [0]
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        records = _records(file, count)
        if output.suffix in _CAPTURES:
            capture = PcapExport(server=(_HOST, port), newer=output.suffix == ".pcapng")
            with output.open("wb") as written:
                written.writelines(capture.chunks(records))
        elif output.suffix == ".log":
            with output.open(
                "w", encoding="utf-8", errors="surrogateescape", newline="\n"
            ) as log:
                log.writelines(f"{line}\n" for line in to_log(records))
        else:
            stop(f"{output}: must end in .pcap, .pcapng or .log")
    except (OSError, UnicodeError) as error:
        stop(f"{file}: {error}")
    if not count[0]:
        stop(f"{file}: has no message; {output} is empty", NOTHING_WRITTEN)
    click.echo(f"wrote {output} ({counted(count[0], 'message')})")
    sys.exit(0)


def _records(file: Path, count: list[int]) -> Iterator["Record"]:
    from tlibsim.journal.export import ExportError, from_line
    from tlibsim.journal.records import MESSAGES

    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = from_line(line)
            except ExportError as error:
                stop(f"{file}:{number}: {error}")
            count[0] += record.kind in MESSAGES
            yield record
