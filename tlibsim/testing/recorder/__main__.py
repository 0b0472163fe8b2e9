"""``python -m tlibsim.testing.recorder``: the reference recorder as a program of its own."""

import signal
import sys
import threading
from pathlib import Path

import click

from tlibsim.testing.recorder.bugs import BUGS
from tlibsim.testing.recorder.library import Rules
from tlibsim.testing.recorder.recorder import Recorder


@click.command()
@click.option("--tserver", default="127.0.0.1:7020", show_default=True, metavar="HOST:PORT")
@click.option("--sip-port", default=5080, show_default=True, help="UDP port; 0 takes any.")
@click.option("--register", default="7001,7002", show_default=True, help="DNs, with commas.")
@click.option("--start-on", default="", help="DNs whose calls to ask a recording for.")
@click.option("--files", default="recorded", show_default=True, help="Folder of WAV files.")
@click.option("--password", default=None, help="ApplicationPassword.")
@click.option("--bug", type=click.Choice(sorted(BUGS)), help="Have this mistake.")
def main(
    tserver: str,
    sip_port: int,
    register: str,
    start_on: str,
    files: str,
    password: str | None,
    bug: str | None,
) -> None:
    """Record until SIGINT or SIGTERM."""
    host, _, port = tserver.rpartition(":")
    if not host or not port.isdecimal():
        raise click.BadParameter(f"{tserver!r} is not HOST:PORT", param_hint="--tserver")
    over = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: over.set())
    rules = Rules(
        dns=_words(register),
        start_on=_words(start_on),
        bugs=frozenset((bug,)) if bug else frozenset(),
    )
    tserver_address = (host, int(port))
    try:
        recorder = Recorder(
            tserver_address, rules, directory=Path(files), sip_port=sip_port, password=password
        )
    except OSError as error:
        raise click.UsageError(_cannot_listen(sip_port, error)) from None
    recorder.open()
    click.echo(f"sip:127.0.0.1:{recorder.sip_port}")
    sys.stdout.flush()
    over.wait()
    recorder.close()


def _cannot_listen(port: int, error: OSError) -> str:
    """Why it takes no SIP sessions at the port, and what helps."""
    why = (error.strerror or str(error)).lower()
    help_ = "end the program that has it (another recorder?), or take another with --sip-port"
    return f"cannot take SIP sessions at UDP port {port}: {why}; {help_}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


if __name__ == "__main__":
    main()
