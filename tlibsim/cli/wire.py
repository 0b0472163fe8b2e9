"""``tlibsim wire``: payloads and streams as JSON lines, and for human eyes.

decode, encode and stream are filters: one result for each line that is not blank, whatever was
wrong with the lines before it.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import click

from tlibproto import jsonform
from tlibproto.errors import ProtocolError, Unencodable
from tlibproto.vocabulary import wire_codec

_FILE = click.argument(
    "file", type=click.File("r", encoding="utf-8", errors="replace"), default="-"
)


def _charset(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        wire_codec(value)
    except (LookupError, ValueError) as error:
        raise click.BadParameter(str(error)) from None
    return value


_CHARSET = click.option(
    "--charset",
    default="utf-8",
    show_default=True,
    callback=_charset,
    help="Character set of the texts, by its Python name.",
)


@click.group()
def wire() -> None:
    """Look at the bytes of the protocol: decode, encode, stream, explain."""


@wire.command()
@_FILE
@_CHARSET
def decode(file: TextIO, charset: str) -> None:
    """Turn payloads (hex, one a line) into JSON objects, one a line.

    A line that cannot be read gives {"error": {kind, offset, path, message}} and the next one
    follows. The exit code is 0 all the same: errors are results here.
    """

    def result(line: str) -> Any:
        return jsonform.payload_to_json(bytes.fromhex(line), charset)

    line = ""
    for line in _lines(file):
        _print(_decoded(line, result))
    if not line:
        click.echo(
            f"{file.name}: is empty; a payload in hex is expected on each line", err=True
        )


@wire.command()
@_FILE
def stream(file: TextIO) -> None:
    """Cut TCP streams (hex, one a line) into their messages and ADDP packets.

    Each line gives {"units": [...]}, with "error" where the connection has to be closed, and
    with "incomplete", a number of bytes, where the stream stops inside a unit. The exit code
    is 0 all the same.
    """

    def result(line: str) -> Any:
        return jsonform.stream_to_json(bytes.fromhex(line))

    for line in _lines(file):
        _print(_decoded(line, result))


@wire.command()
@_FILE
@_CHARSET
@click.pass_context
def encode(context: click.Context, file: TextIO, charset: str) -> None:
    """Turn JSON objects (one a line) into payloads in hex, one a line: the inverse of decode.

    A type code that is not named is the usual one. A line that cannot be encoded gives
    {"error": {line, kind, offset, path, message}} on standard error and nothing on standard
    output, the next one follows, and the exit code is 1 in the end.
    """
    failed = False
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            click.echo(_encoded(line, charset).hex())
        except Unencodable as error:
            failed = True
            report = _report("Unencodable", None, error.path, error.message)
            click.echo(json.dumps({"error": {"line": number, **report}}), err=True)
    context.exit(1 if failed else 0)


@wire.command()
@_FILE
@_CHARSET
def explain(file: TextIO, charset: str) -> None:
    """Print packets or payloads as a tree with offsets.

    Reads hex as people paste it: with or without offsets, ASCII columns, spaces, colons and
    0x; a payload, or packets with their lengths in front. A blank line begins another dump.
    """
    from tlibproto.explain import explain_dump

    encoding = sys.stdout.encoding or "ascii"
    for text in explain_dump(file.read(), charset):
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding))


def _lines(file: TextIO) -> Iterator[str]:
    return (line.strip() for line in file if line.strip())


def _decoded(line: str, result: Callable[[str], Any]) -> Any:
    """Return the result for a line, or what is wrong with it."""
    try:
        return result(line)
    except ProtocolError as error:
        return {"error": jsonform.error_to_json(error)}
    except ValueError as error:
        return {"error": _report("NotHex", 0, "", str(error))}


def _encoded(line: str, charset: str) -> bytes:
    """Return the payload for a line; whatever is wrong with it is Unencodable."""
    try:
        form = json.loads(line)
    except ValueError as error:
        raise Unencodable(f"not JSON: {error}") from None
    except RecursionError:
        raise Unencodable("the lists lie in each other too deep") from None
    try:
        return jsonform.payload_from_json(form, charset)
    except RecursionError:
        raise Unencodable("the lists lie in each other too deep") from None


def _report(kind: str, offset: int | None, path: str, message: str) -> dict[str, Any]:
    return {"kind": kind, "offset": offset, "path": path, "message": message}


def _print(form: Any) -> None:
    """Print one line of JSON, in ASCII, so that lone surrogates survive."""
    click.echo(json.dumps(form))
