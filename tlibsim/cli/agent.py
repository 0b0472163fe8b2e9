"""``tlibsim agent``: agents of a running server."""

import click

from tlibsim.cli.pairs import pairs_of
from tlibsim.cli.remote import Document, Remote, fail, show, url_option
from tlibsim.cli.words import Verb
from tlibsim.console.verb_names import AGENT_VERBS


@click.command()
@click.argument("agent_id", metavar="[AGENT]", default="")
@click.argument("verb", required=False, type=Verb(AGENT_VERBS))
@click.option("--dn", default="", help="login: where; default: the agent's own DN.")
@click.option("--queue", default="", help="The queue; default: all of the agent's.")
@click.option("--reason", multiple=True, metavar="KEY=VALUE", help="Reasons of the change.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@url_option
def agent(
    agent_id: str,
    verb: str | None,
    dn: str,
    queue: str,
    reason: tuple[str, ...],
    as_json: bool,
    url: str,
) -> None:
    """Show the agents, or let one log in, log out, be ready or not ready.

    AGENT is the login, or the name that the configuration gives.
    """
    remote = Remote(url)
    if verb is None:
        everybody = remote.get("agents")
        documents = [one for one in everybody if agent_id in ("", one["agent"], one["name"])]
        if agent_id and not documents:
            there = ", ".join(str(one["agent"]) for one in everybody) or "none"
            fail(f"no agent {agent_id!r} is configured; agents: {there}")
    else:
        body: Document = {"dn": dn, "queue": queue, "reasons": pairs_of(reason)}
        given = {key: value for key, value in body.items() if value}
        documents = [remote.post("agents", _login(remote, agent_id), verb, body=given)]
    if as_json:
        show(documents)
        return
    for one in documents:
        where = f"at {one['dn']}" if one["dn"] else ""
        click.echo(
            f"{one['agent']:<10}{one['name'] or '':<12}{one['state']:<18}{where}".rstrip()
        )


def _login(remote: Remote, word: str) -> str:
    """The login of an agent who was told by login or by name."""
    found = remote.get("agents")
    if any(word == one["agent"] for one in found):
        return word
    named = [str(one["agent"]) for one in found if word == one["name"]]
    return named[0] if len(named) == 1 else word
