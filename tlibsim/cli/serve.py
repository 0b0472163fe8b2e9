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
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port of the first listener; 0 takes any free one.",
)
@click.option(
    "--http-port",
    type=click.IntRange(0, 65535),
    help="Port of the control API; 0 takes any free one.  Default: as configured.",
)
@click.option(
    "--ready-file", metavar="FILE", help="Write the addresses here once all is listening."
)
@click.option(
    "--watch", is_flag=True, help="Read the configuration again whenever its file changes."
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
    watch: bool,
    quiet: bool,
    log_format: str,
    clock: str,
) -> None:
    """Serve a switch until SIGINT or SIGTERM.

    Once everything listens, one JSON line with all addresses goes to standard output, and the
    same into the ready file.  Without --config and --bed it is tlibsim.yaml that is served if
    there is one in this folder, else the demo switch.  SIGHUP, or tlibsim reload, reads the file
    again while calls go on.
    """
    if config_file and bed:
        raise click.UsageError("--config and --bed exclude each other")
    if config_file is None and bed is None and Path(USUAL_FILE).is_file():
        config_file = USUAL_FILE
        click.echo(f"serving {USUAL_FILE} of this folder", err=True)
    file = bed or config_file
    if watch and file is None:
        raise click.UsageError(f"--watch needs a file: --config, --bed or {USUAL_FILE}")
    from tlibsim.net.watching import signature

    seen = signature(Path(file)) if file is not None and watch else None
    settings = read_settings(config_file, bed, overrides, host, port)
    settings = _console_at(settings, http_port, anywhere=port == 0)
    if not settings.dns and file is not None:
        click.echo(no_dns(file), err=True)
    from tlibsim import serving
    from tlibsim.net.clock import ClockError, clock_kind
    from tlibsim.net.log import LogFormat

    def again() -> Settings:
        found = _read(config_file, bed, overrides, host, port)
        return _console_at(found, http_port, anywhere=port == 0)

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
            source=None if file is None else again,
            watched=serving.Watched(path=Path(file), seen=seen) if file and watch else None,
        )
    )


def no_dns(file: str) -> str:
    """The warning of a configuration with which no client can do anything."""
    return f'{file}: warning: configures no DN; write one: dns: {{"7001": {{type: DN}}}}'


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
        settings = _read(config_file, bed, overrides, host, port)
    except config.ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)
    for warning in settings.unknown_options:
        click.echo(str(warning), err=True)
    return settings


def _read(
    config_file: str | None,
    bed: str | None,
    overrides: tuple[str, ...],
    host: str | None,
    port: int | None,
) -> Settings:
    """The same; raises ConfigError, also for a file that cannot be read."""
    from tlibsim import config

    if bed is not None:
        settings = config.load_bed(_text_of(bed), bed, overrides, os.environ)
    elif config_file is not None:
        text = _text_of(config_file)
        settings = config.load(text, config_file, overrides, os.environ)
        check_faults(text, config_file, settings, overrides)
    else:
        settings = config.demo_settings(overrides, os.environ)
    return _listening_at(settings, host, port)


def check_faults(text: str, file: str, settings: Settings, overrides: tuple[str, ...]) -> None:
    """The section ``faults`` is checked by the table of faults; raises ConfigError with places."""
    if not settings.faults:
        return
    from tlibsim.config.loading import error_at
    from tlibsim.faults import FaultError
    from tlibsim.net.faulting import check

    wrong: list[tuple[tuple[str | int, ...], str]] = []
    for number, words in enumerate(settings.faults):
        try:
            check(words)
        except FaultError as error:
            key, _, message = str(error).partition(": ")
            wrong.append((("faults", number, key), message))
    if wrong:
        raise error_at(text, file, overrides, os.environ, wrong)


def _text_of(name: str) -> str:
    from tlibsim.config import ConfigError, Problem

    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(source=name, key="", message=f"cannot be read: {error}")
        raise ConfigError([problem]) from None


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
