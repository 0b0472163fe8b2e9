"""``tlibsim demo``: a live switch with calls and recordings, out of nothing."""

import os
import sys
import time
from pathlib import Path

import click

BAD_USAGE = 2
LOADED_AT = time.perf_counter()
"""When this program was loaded: close enough to its start, wherever that cannot be told."""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port for T-Library clients; 0 takes any free one (default: 7020; with --once: 0).",
)
@click.option(
    "--http-port",
    type=click.IntRange(0, 65535),
    help="Port of the control API (default: 7080 beside 7020, else any free one).",
)
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    help="Where recordings go (default: tlibsim-demo/recordings).",
)
@click.option(
    "--traffic/--no-traffic",
    default=True,
    show_default=True,
    help="Calls arrive by themselves.",
)
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(min=1),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="From one call to the next; at the default, recordings take 25 MB an hour.",
)
@click.option("--once", is_flag=True, help="One recorded call, and the end.")
def demo(
    port: int | None,
    http_port: int | None,
    directory: Path | None,
    traffic: bool,
    every_s: float,
    once: bool,
) -> None:
    """Run a switch with calls and recordings; it needs no files and connects to nothing.

    The switch listens on 127.0.0.1 only. Each line of its screen is something that happened;
    after the first call it names the recording and a picture of it.

    Exit code: 0 stopped with Ctrl-C, or --once has recorded its call; 1 --once has not; 2 bad
    usage, a port that is taken, a directory that cannot be written; 5 internal error; 130
    --once was interrupted.
    """
    if once and not traffic:
        raise click.UsageError("--once and --no-traffic exclude each other")
    from tlibsim.config import ConfigError
    from tlibsim.demo.run import run
    from tlibsim.demo.settings import Wishes

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    wishes = Wishes(
        port=port,
        http_port=http_port,
        directory=directory,
        traffic=traffic,
        once=once,
        every_s=every_s,
    )
    try:
        sys.exit(run(wishes, os.environ, sys.stdout, LOADED_AT))
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)
