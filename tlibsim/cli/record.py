"""``tlibsim record``: stand between a real client and a real server, and write what they say."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.fromlog import rules_from
from tlibsim.cli.logfiles import BAD_USAGE, counted, stop
from tlibsim.cli.words import address_of, run_and_exit

if TYPE_CHECKING:
    from tlibsim.net.reactor import Reactor
    from tlibsim.net.tap import Tap

_LOOPBACK = "127.0.0.1"
_SHOW_SECONDS = 1.0
_MEGABYTE = 1_000_000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--listen",
    required=True,
    metavar="[HOST]:PORT",
    help="Where clients connect; without a host on loopback. Port 0 takes any free one.",
)
@click.option("--upstream", required=True, metavar="HOST:PORT", help="The real server.")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of session files.",
)
@click.option("--redact", "rules_file", type=_FILE, help="Rules of what is hidden besides.")
@click.option("--no-redact", is_flag=True, help="Hide nothing but passwords.")
@click.option("--max-mb", default=1000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--charset", default="utf-8", show_default=True, help="Of texts on the wire.")
@click.option("--tls-cert", type=_FILE, help="Clients connect over TLS: our certificate (PEM).")
@click.option("--tls-key", type=_FILE, help="Its key (PEM).")
@click.option("--upstream-tls", is_flag=True, help="Connect to the server over TLS.")
@click.option("--upstream-ca", type=_FILE, help="Who vouches for the server (PEM).")
def record(
    listen: str,
    upstream: str,
    out: Path,
    rules_file: Path | None,
    no_redact: bool,
    max_mb: int,
    charset: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    upstream_tls: bool,
    upstream_ca: Path | None,
) -> None:
    """Write what real clients and a real server say to each other.

    Bytes pass as they are. Card and telephone numbers, passwords and what the rules name get
    pseudonyms before anything is written. The session file goes into from-log, replay and diff.

    Exit code: 0 after Ctrl-C or SIGTERM with a session written, 2 bad usage.
    """
    if (tls_cert is None) is not (tls_key is None):
        raise click.UsageError("--tls-cert and --tls-key go together")
    listening = address_of(
        f"{_LOOPBACK}{listen}" if listen.startswith(":") else listen, any_port=True
    )
    server = address_of(upstream)
    rules = rules_from(rules_file, no_redact)

    async def main(reactor: "Reactor") -> int:
        from twisted.internet.defer import CancelledError
        from twisted.internet.error import CannotListenError
        from twisted.internet.ssl import DefaultOpenSSLContextFactory

        from tlibsim.app import wall_time
        from tlibsim.logs.redaction import Redactor
        from tlibsim.logs.session import SessionLines
        from tlibsim.net.replay import rest
        from tlibsim.net.tap import SessionFile, Tap, Upstream

        context = None
        if tls_cert is not None and tls_key is not None:
            names = (str(tls_key), str(tls_cert))
            context = DefaultOpenSSLContextFactory(*names)  # type: ignore[no-untyped-call]
        try:
            file = SessionFile.new(out, max_mb * _MEGABYTE)
        except OSError as error:
            stop(f"{out}: cannot be written: {error}")
        lines = SessionLines(Redactor(rules), charset)
        ends = Upstream(host=server[0], port=server[1], tls=upstream_tls, ca=upstream_ca)
        tap = Tap(reactor, ends, lines, file, wall_time)
        try:
            host, port = tap.listen(listening, context)
        except CannotListenError as error:
            click.echo(str(error), err=True)
            return BAD_USAGE
        click.echo(f"listening at {host}:{port}, writing {file.path}", err=True)
        shown = ""
        try:
            while True:
                await rest(reactor, _SHOW_SECONDS)
                shown = _show(tap, shown)
        except CancelledError:
            pass
        finally:
            await tap.close()
        hidden = lines.redactor.told()
        words = f"{_told(tap)} · redacted {hidden}" if hidden else _told(tap)
        click.echo(f"wrote {file.path}: {words}")
        return 0

    run_and_exit(main)


def _show(tap: "Tap", before: str) -> str:
    """One line when something is new."""
    now = f"recording {_told(tap)}"
    if tap.problem:
        click.echo(f"the server was not reached: {tap.problem}", err=True)
        tap.problem = ""
    if now != before and (before or tap.lines.messages) and sys.stderr.isatty():
        click.echo(f"{now} · Ctrl-C closes the session cleanly", err=True)
    return now


def _told(tap: "Tap") -> str:
    words = [
        counted(len(tap.connections) or tap.lines.clients, "client"),
        counted(tap.lines.messages, "message"),
        f"{counted(tap.lines.open_calls, 'call')} open",
    ]
    if tap.file.full:
        words.append("the file is full")
    return " · ".join(words)
