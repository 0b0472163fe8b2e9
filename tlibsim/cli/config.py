"""``tlibsim config``: check a configuration, show what it comes to, print schema and reference."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from tlibsim.cli.serve import BAD_USAGE, check_faults, no_dns, read_file
from tlibsim.config import ConfigError

_set = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting."
)
_bed = click.option("--bed", is_flag=True, help="FILE is a scenario file: read its bed.")


@click.group()
def config() -> None:
    """Check and show configurations; print their schema and reference."""


@config.command()
@click.argument("file")
@_bed
@_set
def check(file: str, bed: bool, overrides: tuple[str, ...]) -> None:
    """Tell what is wrong with FILE.

    Each fault has file, line, column, key and the nearest valid key.  Ends with 0 when the file
    can be used (warnings may be shown) and with 2 when it cannot.
    """
    settings = _settings(file, bed, overrides)
    for warning in settings.unknown_options:
        click.echo(str(warning), err=True)
    try:
        check_faults(read_file(file), file, settings, overrides)
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)
    if not settings.dns:
        click.echo(no_dns(file), err=True)
    click.echo(f"{file}: good, {len(settings.dns):,} DNs")


@config.command()
@click.argument("file", required=False)
@_bed
@_set
@click.option("--all", "all_options", is_flag=True, help="Options that have their default too.")
def show(file: str | None, bed: bool, overrides: tuple[str, ...], all_options: bool) -> None:
    """Print as YAML what FILE and the overrides come to, without secrets.

    Without FILE: the demo switch, or with --bed the default bed of scenario files.
    """
    from tlibsim.config.shown import as_yaml

    settings = _settings(file, bed, overrides)
    for warning in settings.unknown_options:
        click.echo(str(warning), err=True)
    click.echo(as_yaml(settings, all_options=all_options), nl=False)


@config.command()
def schema() -> None:
    """Print the JSON Schema of the file (docs/tlibsim.schema.json)."""
    from tlibsim.config import reference

    click.echo(reference.schema(), nl=False)


@config.command()
def reference() -> None:
    """Print the reference of all sections and options (docs/configuration.md)."""
    from tlibsim.config import reference as made

    click.echo(made.page(), nl=False)


def _settings(file: str | None, bed: bool, overrides: tuple[str, ...]) -> Any:
    from tlibsim import config as reading

    load: Callable[..., Any] = reading.load_bed if bed else reading.load
    try:
        if file is not None:
            return load(read_file(file), file, overrides, os.environ)
        if bed:
            return reading.load_bed("", "default bed", overrides, os.environ)
        return reading.demo_settings(overrides, os.environ)
    except reading.ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)
