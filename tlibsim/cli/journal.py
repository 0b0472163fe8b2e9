"""``tlibsim journal``: what was said and what happened on a running server."""

import json

import click

from tlibsim.cli.remote import Remote, url_option


@click.command()
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option("--limit", default=100, show_default=True, help="At most so many, the newest.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@url_option
def journal(query: tuple[str, ...], limit: int, as_json: bool, url: str) -> None:
    """Entries of the journal that fit: event:EventRinging dn:7001 userdata.account=A-77"""
    words = " ".join(query) if query else "kind:request,answer,event"
    for one in Remote(url).get("journal", q=words, limit=str(limit)):
        if as_json:
            click.echo(json.dumps(one, ensure_ascii=False))
        else:
            who = ", ".join(who["name"] or str(who["id"]) for who in one.get("clients", ()))
            name = one.get("message") or one.get("name") or ""
            line = f"#{one['n']:<6}{one['t'][11:23]}  {one['kind']:<9}{name:<28}"
            click.echo(f"{line}{one.get('dn', ''):<10}{who}".rstrip())
