"""``tlibsim serve``: a switch on this machine until it is told to stop."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from tlibsim.config import Settings

BAD_USAGE = 2
USUAL_FILE = "tlibsim.yaml"


@click.command()
@click.option("--config", "config_file", metavar="FILE", help="The configuration (YAML).")
@click.option("--bed", metavar="FILE", help="Serve the bed of a scenario file instead.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting."
)
@click.option("--host", help="Address of the first listener (default: loopback).")
@click.option("--port", type=int, help="Port of the first listener; 0 takes any free one.")
@click.option(
    "--http-port",
    type=click.IntRange(0, 65535),
    help="Port of the control API; 0 takes any free one.  Default: as configured.",
)
@click.option(
    "--ready-file", metavar="FILE", help="Write the addresses here once all is listening."
)
@click.option("--quiet", is_flag=True, help="No log on stderr.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "tserver", "json"]),
    default="text",
    show_default=True,
    help="Lines for people, a server's log, or the journal as JSON lines.",
)
@click.option(
    "--clock",
    default="real",
    show_default=True,
    metavar="CLOCK",
    help="real, frozen, stepped (from 2026-01-01, only when turned), or a speed such as 10x.",
)
def serve(
    config_file: str | None,
    bed: str | None,
    overrides: tuple[str, ...],
    host: str | None,
    port: int | None,
    http_port: int | None,
    ready_file: str | None,
    quiet: bool,
    log_format: str,
    clock: str,
) -> None:
    """Serve a switch until SIGINT or SIGTERM.

    Once everything listens, one JSON line with all addresses goes to standard output, and the
    same into the ready file.  Without --config and --bed it is tlibsim.yaml that is served if
    there is one in this folder, else the demo switch.
    """
    if config_file and bed:
        raise click.UsageError("--config and --bed exclude each other")
    if config_file is None and bed is None and Path(USUAL_FILE).is_file():
        config_file = USUAL_FILE
        click.echo(f"serving {USUAL_FILE} of this folder", err=True)
    settings = read_settings(config_file, bed, overrides, host, port)
    settings = _console_at(settings, http_port, anywhere=port == 0)
    from tlibsim import serving
    from tlibsim.net.clock import ClockError, clock_kind
    from tlibsim.net.log import LogFormat

    try:
        kind = clock_kind(clock)
    except ClockError as error:
        raise click.BadParameter(str(error), param_hint="--clock") from None
    sys.exit(
        serving.serve(
            settings,
            ready_file=ready_file,
            log=None if quiet else sys.stderr,
            log_format=LogFormat(log_format),
            clock=kind,
            project=Path(config_file).resolve().parent if config_file else None,
        )
    )


def read_settings(
    config_file: str | None,
    bed: str | None,
    overrides: tuple[str, ...] = (),
    host: str | None = None,
    port: int | None = None,
) -> Settings:
    """Settings from the files and options of a command; a wrong one ends with exit code 2."""
    from tlibsim import config

    try:
        if bed is not None:
            settings = config.load_bed(read_file(bed), bed, overrides, os.environ)
        elif config_file is not None:
            settings = config.load(read_file(config_file), config_file, overrides, os.environ)
        else:
            settings = config.demo_settings(overrides, os.environ)
    except config.ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)
    for warning in settings.unknown_options:
        click.echo(str(warning), err=True)
    return _listening_at(settings, host, port)


def _console_at(settings: Settings, port: int | None, *, anywhere: bool) -> Settings:
    """With ``anywhere``, a configured control API takes any free port, as the listener does."""
    http = settings.http
    if port is None:
        if http.port is None or not anywhere:
            return settings
        port = 0
    return replace(settings, http=replace(http, port=port))


def _listening_at(settings: Settings, host: str | None, port: int | None) -> Settings:
    first, *others = settings.listeners
    if host is not None:
        first = replace(first, host=host)
    if port is not None:
        first = replace(first, port=port)
    return replace(settings, listeners=(first, *others))


def read_file(name: str) -> str:
    """The text of a file that the user named; a wrong name ends with exit code 2."""
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        click.echo(f"{name}: cannot be read: {error}", err=True)
        sys.exit(BAD_USAGE)
