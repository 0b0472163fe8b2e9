"""``tlibsim clock``: what time it is in a running switch, and turning it."""

import click

from tlibsim.cli.remote import Document, Remote, show, url_option

_EXAMPLES = {"advance": "advance 30s", "set": "set 2026-01-01T08:00:00Z", "scale": "scale 10"}
"""How the verbs that need a value are written."""


@click.command()
@click.argument(
    "verb",
    required=False,
    type=click.Choice(("freeze", "run", "scale", "advance", "set")),
)
@click.argument("value", default="")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@url_option
def clock(verb: str | None, value: str, as_json: bool, url: str) -> None:
    """Show the clock, or turn it: advance 8h, freeze, run, scale 10, set 2026-01-01T08:00:00Z."""
    remote = Remote(url)
    document = (
        remote.post("clock", verb, body=_body(verb, value)) if verb else remote.get("clock")
    )
    if as_json:
        show(document)
        return
    speed = document["speed"]
    how = (
        "stands still"
        if speed == 0
        else "runs"
        if speed == 1
        else f"runs {speed:g} times as fast"
    )
    click.echo(f"{document['now']}  {how}")


def _body(verb: str, value: str) -> Document:
    if verb in _EXAMPLES and not value:
        raise click.UsageError(f"{verb} needs a value: tlibsim clock {_EXAMPLES[verb]}")
    if verb == "advance":
        return {"by": value}
    if verb == "set":
        return {"to": value}
    if verb == "scale":
        try:
            return {"speed": float(value.removesuffix("x"))}
        except ValueError:
            raise click.UsageError(f"{value!r} is no speed; write scale 10") from None
    return {}
