"""``tlibsim coverage``: what is done with each request and event of the protocol."""

import json
from dataclasses import asdict
from enum import Enum

import click

from tlibsim.session.coverage import Cover, Row, markdown, rows


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


@click.command()
@click.option("--markdown", "as_markdown", is_flag=True, help="The page COVERAGE.md.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each message.")
@click.option(
    "--only",
    type=click.Choice([cover.value for cover in Cover]),
    help="Only messages covered like this.",
)
def coverage(as_markdown: bool, as_json: bool, only: str | None) -> None:
    """List every request and event: exact, approximate or absent, and its source."""
    if as_markdown:
        click.echo(markdown(), nl=False)
        return
    for row in rows():
        if only in (None, row.cover.value):
            click.echo(_json(row) if as_json else _line(row))


def _json(row: Row) -> str:
    return json.dumps({name: _plain(value) for name, value in asdict(row).items()})


def _line(row: Row) -> str:
    note = f"  ({row.note})" if row.note else ""
    line = f"{row.number:>3}  {row.name:<36} {row.cover.value:<12} {row.source}{note}"
    return line.rstrip()
