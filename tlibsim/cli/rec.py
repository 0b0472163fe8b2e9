"""``tlibsim rec``: recording on a running server, asked for as a recorder would."""

from typing import Any

import click

from tlibsim.cli.remote import Document, Remote, show, url_option
from tlibsim.console.verb_names import RECORDING_VERBS

_START_S = 15.0


@click.group()
def rec() -> None:
    """Start, pause, resume and stop recordings on a running server."""


def _call_of(remote: Remote, name: str, dn: str) -> str:
    """The call named, or the one that the DN is on."""
    if name or not dn:
        return name or "last"
    document = remote.get("dns", dn)
    if not document["calls"]:
        raise click.UsageError(f"{dn} is on no call")
    conn_id: str = document["calls"][-1]
    return conn_id


def _await_start(remote: Remote, conn_id: str, before: list[Document]) -> None:
    """Wait until it records, so that the next command finds it; a failure ends with 1."""
    after = str(before[-1]["n"]) if before else "0"
    news = f"fact:RecordingStarted,RecordingFailed call:{conn_id}"
    found = remote.get(
        "wait", q=news, after=after, timeout=f"{_START_S:g}s", seconds=_START_S + 5
    )
    if found["name"] == "RecordingFailed":
        cause = found.get("values", {}).get("cause", "no cause was given")
        raise click.ClickException(f"the recording failed: {cause}")


def _verb(verb: str) -> click.Command:
    @click.command(verb, help=f"{verb.capitalize()} recording a call.")
    @click.argument("name", metavar="[CALL]", default="")
    @click.option("--dn", default="", help="The DN that asks, or whose call it is.")
    @click.option("--id", "record_id", default="", help="Identifier of the recording.")
    @click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
    @url_option
    def act(name: str, dn: str, record_id: str, as_json: bool, url: str, **more: str) -> None:
        remote = Remote(url)
        body: Document = {"dn": dn, "id": record_id, **more}
        given = {key: value for key, value in body.items() if value}
        call = _call_of(remote, name, dn)
        before = remote.get("journal", q="kind:fact", limit="1") if verb == "start" else []
        document = remote.post("recordings", call, verb, body=given)
        if verb == "start":
            _await_start(remote, document["conn_id"], before)
        if as_json:
            show(document)
        else:
            click.echo(f"call {document['call']}  {verb} accepted")

    if verb == "start":
        for option in _START_OPTIONS:
            act = option(act)
    return act


_START_OPTIONS: tuple[Any, ...] = (
    click.option("--dest2", default="", help="A second recorder."),
    click.option("--dest", default="", help="The recorder to use."),
    click.option(
        "--record",
        default="",
        type=click.Choice(["", "source", "destination"]),
        show_choices=False,
        help="source: the DN itself; destination: the other side.",
    ),
)

for _name in RECORDING_VERBS:
    rec.add_command(_verb(_name))


@rec.command("list")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@url_option
def list_sessions(as_json: bool, url: str) -> None:
    """Recording sessions of the server, live ones and the last that are over."""
    documents = Remote(url).get("recordings")
    if as_json:
        show(documents)
        return
    for one in documents:
        who = f"{one['record_dn']} / {one['other_dn'] or '-'}"
        click.echo(f"{one['state']:<9}{one['trigger']:<10}{who:<26}{one['id']}")
    if not documents:
        click.echo("no recordings")
