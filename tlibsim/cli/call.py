"""``tlibsim call``: calls on a running server."""

import click

from tlibsim.cli.pairs import pairs_of
from tlibsim.cli.remote import Document, Remote, show, url_option
from tlibsim.cli.story import states, story
from tlibsim.console.verb_names import CALL_VERBS

_data = click.option(
    "--data", multiple=True, metavar="KEY=VALUE", help="User data; KEY:int=5 for an integer."
)
_json = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")


@click.group()
def call() -> None:
    """Make calls on a running server, look at them, act on them."""


@call.command()
@click.option("--from", "caller", default="", metavar="NUMBER", help="Number of the caller.")
@click.option("--to", required=True, metavar="DN", help="The number called.")
@click.option("--dnis", default="", help="DNIS; default: the number called.")
@click.option("--trunk", default="", help="The trunk it comes in by.")
@_data
@_json
@url_option
def inbound(
    caller: str, to: str, dnis: str, trunk: str, data: tuple[str, ...], as_json: bool, url: str
) -> None:
    """A call comes in from outside."""
    body = {"from": caller, "to": to, "dnis": dnis, "trunk": trunk, "via": "trunk"}
    _made(url, body, data, as_json)


@call.command()
@click.option("--from", "origin", required=True, metavar="DN", help="The DN that calls.")
@click.option("--to", required=True, metavar="NUMBER", help="The number called.")
@_data
@_json
@url_option
def make(origin: str, to: str, data: tuple[str, ...], as_json: bool, url: str) -> None:
    """A DN makes a call."""
    _made(url, {"from": origin, "to": to, "via": "dn"}, data, as_json)


def _made(url: str, body: Document, data: tuple[str, ...], as_json: bool) -> None:
    if data:
        body["userdata"] = pairs_of(data)
    document = Remote(url).post("calls", body=body)
    if as_json:
        show(document)
    elif "conn_id" in document:
        words = (
            f"call {document['call']}",
            document["conn_id"],
            *states(document, inside=True),
        )
        click.echo("  ".join(words))
    else:
        click.echo(document["ended"])


@call.command("list")
@_json
@url_option
def list_calls(as_json: bool, url: str) -> None:
    """Live calls."""
    documents = Remote(url).get("calls")
    if as_json:
        show(documents)
        return
    for document in documents:
        click.echo(_line(document))
    if not documents:
        click.echo("no calls")


@call.command("show")
@click.argument("name", metavar="CALL")
@_json
@url_option
def show_call(name: str, as_json: bool, url: str) -> None:
    """What happened to a call, live or over.  CALL is its number, its ConnID, or 'last'."""
    document = Remote(url).get("calls", name, "history")
    if as_json:
        show(document)
        return
    for line in story(document):
        click.echo(line)


def _line(document: Document) -> str:
    """``call 4  0071000000000004  4155550142 -> 7002  ringing 7002``, or ``over`` at the end."""
    words = [f"call {document['call']}", document["conn_id"]]
    words.append(f"{document['ani'] or '-'} -> {document['dnis'] or '-'}")
    if document.get("over"):
        return "  ".join((*words, "over"))
    return "  ".join((*words, *states(document)))


def _verb(verb: str) -> click.Command:
    """The command for one verb; CALL is a number, a ConnID or 'last'."""

    @click.command(verb, help=f"{verb.capitalize()} (CALL: number, ConnID or 'last').")
    @click.argument("name", metavar="[CALL]", default="last")
    @click.option("--dn", default="", help="Who does it; default: the one who can.")
    @click.option("--to", default="", help="Where to, or whom.")
    @click.option("--by", default="", help="release: 'remote' if the party outside hangs up.")
    @click.option("--digits", default="", help="digits: the keys.")
    @click.option("--consult", default="", help="complete-...: ConnID of the consultation.")
    @click.option("--result", default="", help="far-answer: Human, AnsweringMachine or Fax.")
    @_data
    @_json
    @url_option
    def act(name: str, as_json: bool, url: str, data: tuple[str, ...], **words: str) -> None:
        body: Document = {key: value for key, value in words.items() if value}
        if data:
            body["userdata"] = pairs_of(data)
        document = Remote(url).post("calls", name, verb, body=body)
        if as_json:
            show(document)
        else:
            click.echo(_line(document))

    return act


for _name in CALL_VERBS:
    call.add_command(_verb(_name))
