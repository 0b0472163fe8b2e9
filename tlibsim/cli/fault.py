"""``tlibsim fault``: what goes wrong on purpose on a running server."""

from typing import Any

import click

from tlibsim.cli.remote import Document, Remote, fail, show, url_option

_TELLING = (
    ("error", "error"),
    ("code", "error"),
    ("delay", "delay"),
)
"""Options that say by themselves which kind is meant, in this order."""

_SHOWN = ("client", "dn", "message", "address", "code", "count", "for")
"""What is told of a fault in a list, in this order."""


@click.group()
def fault() -> None:
    """Faults of a running server: add some, list them, clear them."""


@fault.command()
@click.argument("name")
@click.option(
    "--kind", default="", help="What happens: drop, duplicate, truncate ... see 'kinds'."
)
@click.option("--client", default="", help="Only for this client (name, number or pattern).")
@click.option("--dn", default="", help="Only for messages of this DN.")
@click.option("--event", default="", help="Only for this event.")
@click.option("--request", default="", help="Only for this request.")
@click.option("--error", default="", help="EventError of this condition: destination-busy ...")
@click.option("--code", default="", help="EventError with this code.")
@click.option("--delay", default="", help="How late: 250ms, 8s.")
@click.option("--jitter", default="", help="Up to so much more, by chance.")
@click.option("--amount", default="", help="Bytes, bytes a second, or what is added.")
@click.option("--sip", default="", metavar="CODE", help="Recorders answer INVITEs with it.")
@click.option("--addp", type=click.Choice(("silent",)), help="ADDP is not answered.")
@click.option("--address", default="", help="Only this recorder.")
@click.option("--count", default="", help="How often at most.")
@click.option("--nth", default="", help="Only the n-th of them.")
@click.option("--skip", default="", help="Let the first ones pass.")
@click.option("--probability", default="", help="0.25 or 25%.")
@click.option("--for", "seconds", default="", help="How long: 90s.")
@url_option
def add(name: str, url: str, seconds: str, sip: str, addp: str | None, **words: str) -> None:
    """Put a fault in force."""
    body: Document = {key: value for key, value in words.items() if value}
    if seconds:
        body["for"] = seconds
    if sip:
        body |= {"kind": "sip", "code": sip}
    elif addp:
        body["kind"] = "addp-silent"
    elif "kind" not in body:
        body["kind"] = _kind_of(body)
    Remote(url).post("faults", body={"name": name, **body})
    click.echo(f"{name}: {body['kind']}")


def _kind_of(body: Document) -> str:
    for key, kind in _TELLING:
        if key in body:
            return kind
    raise click.UsageError("say what happens: --error, --delay, --sip, --addp or --kind")


@fault.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@url_option
def list_faults(as_json: bool, url: str) -> None:
    """Faults in force, and how often each has struck."""
    found = Remote(url).get("faults")
    if as_json:
        show(found)
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("no faults")


def _line(one: dict[str, Any]) -> str:
    words = [f"{one['name']:<20}{one['kind']:<18}"]
    words += [f"{key} {one[key]}" for key in _SHOWN if one.get(key)]
    if "struck" in one:
        words.append(f"struck {one['struck']} of {one['seen']} seen")
    return "  ".join(words).rstrip()


@fault.command()
@click.argument("name", default="")
@url_option
def clear(name: str, url: str) -> None:
    """End the faults of that name, or all."""
    remote = Remote(url)
    document = remote.post("faults", "reset", body={"name": name})
    if name and not document["cleared"]:
        there = ", ".join(dict.fromkeys(one["name"] for one in remote.get("faults"))) or "none"
        fail(f"no fault {name!r} is in force; in force: {there}")
    click.echo(f"{document['cleared']} cleared")


@fault.command()
def kinds() -> None:
    """All kinds of faults."""
    from tlibsim.net.faulting import EVERY_KIND

    for kind, text in EVERY_KIND.items():
        click.echo(f"{kind:<20}{text}")
