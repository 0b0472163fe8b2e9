"""``tlibsim snapshot``: named states of a running server."""

from typing import Any

import click

from tlibsim.cli.remote import Document, Remote, show, url_option

_LOADING_S = 30.0
"""Recorders have a while to let go of what they record, and to take the next."""


@click.group()
def snapshot() -> None:
    """Named states of a running server: save one, come back to it, list them, remove one."""


@snapshot.command()
@click.argument("name")
@url_option
def save(name: str, url: str) -> None:
    """Keep the state of the switch under that name; one of the same name is replaced."""
    document = Remote(url).post("snapshots", body={"name": name})
    click.echo(f"{document['name']}: saved, {_size(document['bytes'])}")


@snapshot.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="The state, as JSON.")
@url_option
def load(name: str, as_json: bool, url: str) -> None:
    """Come back to that state.  Clients stay, and see the link go and come back."""
    document = Remote(url).post("snapshots", name, "load", seconds=_LOADING_S)
    if as_json:
        show(document)
        return
    click.echo(f"{name}: {_summary(document)}")


def _summary(state: Document) -> str:
    """What is there now, in a few words."""
    agents = [one for one in state["agents"] if one["dn"]]
    live = [one for one in state["recordings"] if one["ended"] is None]
    counts = (
        _count(len(state["calls"]), "call"),
        f"{_count(len(agents), 'agent')} logged in",
        _count(len(live), "recording"),
    )
    return ", ".join(counts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


@snapshot.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@url_option
def list_snapshots(as_json: bool, url: str) -> None:
    """The snapshots that are kept."""
    found = Remote(url).get("snapshots")
    if as_json:
        show(found)
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("no snapshots")


def _line(one: dict[str, Any]) -> str:
    return f"{one['name']:<24}{one['saved']}  {_size(one['bytes']):>10}"


def _size(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.1f} kB"


@snapshot.command()
@click.argument("name")
@url_option
def remove(name: str, url: str) -> None:
    """Forget a snapshot."""
    document = Remote(url).delete("snapshots", name)
    click.echo(f"{document['removed']}: removed")
