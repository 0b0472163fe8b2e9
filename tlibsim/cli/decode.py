"""``tlibsim decode``: the messages of a capture, a line each."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.logfiles import counted, printable, stop, tell_problems

if TYPE_CHECKING:
    from tlibsim.logs.capture import CapturedUnit, CaptureReader

NOTHING_FOUND = 3
_DAY = 86_400_000_000
PORT = click.option(
    "--port",
    "ports",
    multiple=True,
    type=click.IntRange(1, 65535),
    help="The port of the server; both of an HA pair: say it twice. Without it all are read.",
)
CHARSET = click.option(
    "--charset", default="utf-8", show_default=True, help="Of texts on the wire."
)


@contextmanager
def captured(
    file: Path, ports: tuple[int, ...], charset: str
) -> Iterator[tuple["CaptureReader", Iterator["CapturedUnit"]]]:
    """A reader of a capture and what was said; a file that is none ends with exit code 2."""
    from tlibproto.vocabulary import wire_codec
    from tlibsim.logs.capture import CaptureReader
    from tlibsim.logs.packets import CaptureError, PacketReader

    try:
        wire_codec(charset)
        with file.open("rb") as opened:
            reader = CaptureReader(str(file), frozenset(ports), charset)
            yield reader, reader.units(PacketReader(opened))
    except BrokenPipeError:  # nobody reads any more, and click knows what to do
        raise
    except (OSError, CaptureError, LookupError, ValueError) as error:
        stop(f"{file}: {error}")


def refuse_encrypted(reader: "CaptureReader", found: int) -> None:
    """Say which connections nobody can read; when nothing else is there, end with exit code 2."""
    for way in reader.encrypted.values():
        click.echo(
            f"{reader.source}: {way} is encrypted (TLS) and cannot be read; capture on the plain"
            " port, or stand between both with tlibsim record",
            err=True,
        )
    if reader.encrypted and not found:
        stop(f"{reader.source}: every connection is encrypted")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@PORT
@CHARSET
@click.option("--addp", is_flag=True, help="Show keep-alive packets, too.")
@click.option(
    "--json", "as_json", is_flag=True, help="JSON lines, as `wire decode` prints them."
)
def decode(file: Path, ports: tuple[int, ...], charset: str, addp: bool, as_json: bool) -> None:
    """Show the messages of a pcap or pcapng file.

    TCP is put together again; what is missing or damaged is told with its packet.

    Exit code: 0 messages were found, 2 bad usage, no capture or only encrypted connections,
    3 nothing found.
    """
    begun: int | None = None
    number = 0
    with captured(file, ports, charset) as (reader, units):
        for unit in units:
            begun = unit.at if begun is None else begun
            if unit.message is None and not addp:
                continue
            number += 1
            line = _as_json(unit, number, charset) if as_json else _line(unit, number, begun)
            click.echo(line)
    tell_problems(reader)
    refuse_encrypted(reader, number)
    if not number:
        stop(f"{file}: {_nothing(reader, ports)}", NOTHING_FOUND)
    sys.exit(0)


def _nothing(reader: "CaptureReader", ports: tuple[int, ...]) -> str:
    where = f" on port {', '.join(map(str, ports))}" if ports else ""
    return f"no message{where} in {counted(reader.packets, 'packet')}"


def _line(unit: "CapturedUnit", number: int, begun: int) -> str:
    from tlibsim.journal.values import shown_message

    way = "C>S" if unit.to_server else "S>C"
    us = (unit.at - begun) % _DAY
    seconds = us // 1_000_000
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    what = f"ADDP {unit.addp.kind}" if unit.addp is not None else ""
    if unit.message is not None:
        what = shown_message(unit.message) + _named(unit)
    stamp = f"{clock}.{us // 1000 % 1000:03}"
    return printable(f"#{number}  {stamp}  {way}  c{unit.connection}  {what}")


def _named(unit: "CapturedUnit") -> str:
    name = getattr(unit.message, "application_name", None)
    return f" name={name}" if name else ""


def _as_json(unit: "CapturedUnit", number: int, charset: str) -> str:
    from tlibproto import jsonform
    from tlibsim.journal.export import iso

    found: dict[str, object] = {
        "n": number,
        "t": iso(unit.at),
        "packet": unit.packet,
        "connection": unit.connection,
        "client": f"{unit.client[0]}:{unit.client[1]}",
        "server": f"{unit.server[0]}:{unit.server[1]}",
        "to_server": unit.to_server,
    }
    if unit.addp is not None:
        found["addp"] = unit.addp.kind
    else:
        found |= jsonform.payload_to_json(unit.payload, charset)
    return json.dumps(found)
