"""``tlibsim dn``: a DN of a running server: its state, its telephone, its behavior."""

import click

from tlibsim.cli.remote import Document, Remote, show, url_option
from tlibsim.console.verb_names import DN_VERBS


@click.command()
@click.argument("number", metavar="DN")
@click.argument("verb", required=False, type=click.Choice(DN_VERBS))
@click.argument("value", default="")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@url_option
def dn(number: str, verb: str | None, value: str, as_json: bool, url: str) -> None:
    """Show a DN, or do something with it: out-of-service, busy, dnd-on, forward 7002 ..."""
    remote = Remote(url)
    if verb is None:
        document = remote.get("dns", number)
    else:
        body: Document = {"to": value} if value else {}
        document = remote.post("dns", number, verb, body=body)
    if as_json:
        show(document)
    else:
        click.echo(_line(document))


def _line(document: Document) -> str:
    words = [document["dn"], document["type"], document["state"]]
    marks = (
        ("agent", f"agent {document['agent']}"),
        ("busy", "busy"),
        ("dnd", "do not disturb"),
        ("message_waiting", "message waiting"),
        ("forward", f"forwarded to {document['forward']}"),
    )
    words += [text for key, text in marks if document[key]]
    return "  ".join(words)
