"""``python -m tlibsim.testing.desktop``: the reference desktop as a program of its own."""

import signal
import threading

import click

from tlibsim.testing.desktop.bugs import BUGS
from tlibsim.testing.desktop.desktop import Desktop, Place


@click.command()
@click.option("--tserver", default="127.0.0.1:7020", show_default=True, metavar="HOST:PORT")
@click.option("--dn", default="7001", show_default=True, help="Its telephone.")
@click.option("--agent", default="1001", show_default=True, help="AgentID of the login.")
@click.option("--queue", default="", help="Queue to log in to.")
@click.option("--password", default=None, help="ApplicationPassword.")
@click.option("--bug", type=click.Choice(sorted(BUGS)), help="Have this mistake.")
def main(
    tserver: str, dn: str, agent: str, queue: str, password: str | None, bug: str | None
) -> None:
    """Answer calls until SIGINT or SIGTERM."""
    host, _, port = tserver.rpartition(":")
    if not host or not port.isdecimal():
        raise click.BadParameter(f"{tserver!r} is not HOST:PORT", param_hint="--tserver")
    over = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: over.set())
    bugs = frozenset((bug,)) if bug else frozenset()
    place = Place(dn=dn, agent=agent, queue=queue, bugs=bugs)
    desktop = Desktop((host, int(port)), place, password=password)
    desktop.open()
    over.wait()
    desktop.close()


if __name__ == "__main__":
    main()
