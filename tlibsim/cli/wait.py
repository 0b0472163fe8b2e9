"""``tlibsim wait``: until something happens on a running server, or the time is over."""

import click

from tlibsim.cli.remote import Remote, show, url_option
from tlibsim.config.spans import seconds_of

_ROOM_S = 5.0


@click.command()
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option("--event", default="", help="Name of the event.")
@click.option("--request", default="", help="Name of the request.")
@click.option("--dn", default="", help="The DN concerned.")
@click.option("--client", default="", help="Name of the client.")
@click.option("--call", default="", help="ConnID of the call.")
@click.option("--timeout", default="30s", show_default=True, help="How long: 250ms, 20s, 5m.")
@click.option(
    "--after",
    default="",
    help="What came after this entry of the journal, too; 0: since the start.",
)
@click.option("--json", "as_json", is_flag=True, help="The message as JSON.")
@url_option
def wait(query: tuple[str, ...], as_json: bool, url: str, **terms: str) -> None:
    """Wait for a message; exit code 1 when none comes in time.

    What came before it is typed does not count, unless --after says so.

    QUERY has words of the journal's query language: userdata.account=A-77
    """
    asked = {name: value for name, value in terms.items() if value}
    if query:
        asked["q"] = " ".join(query)
    try:
        seconds = seconds_of(terms["timeout"])
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--timeout") from None
    document = Remote(url).get("wait", seconds=seconds + _ROOM_S, **asked)
    if as_json:
        show(document)
        return
    name = document.get("message") or document.get("name")
    values = {one["name"]: one["value"] for one in document.get("attributes", ())}
    words = [str(name), document.get("dn", "")]
    if "CallID" in values:
        words.append(f"call {values['CallID']}")
    words.append(f"after {document['after_s']:.1f} s")
    click.echo(" ".join(word for word in words if word))
