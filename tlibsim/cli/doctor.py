"""``tlibsim doctor``: what stands in the way, and what a client did so far and never did."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tlibsim.cli.findings import (
    NOTE,
    OK,
    QUESTION,
    WARN,
    Finding,
    headline,
    of_client,
    of_left,
)
from tlibsim.cli.remote import Remote, url_option
from tlibsim.cli.words import NEVER_CONNECTED

if TYPE_CHECKING:
    from tlibsim.config import Settings

_USUAL = "tlibsim.yaml"
TROUBLE = 1


@click.command()
@click.option("--client", "name", default="", help="Only clients of this application name.")
@click.option(
    "--config",
    "config_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"For ports, and the recorder's SIP address.  Default: {_USUAL}, where there is one.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@url_option
def doctor(name: str, config_file: Path | None, as_json: bool, url: str) -> None:
    """Look at a running server and its clients; where none runs, at what it needs.

    That is: free ports that can be reached, names that resolve, certificates that are valid.

    Exit code: 0 nothing to warn of, 1 a warning, 2 wrong usage or configuration, 4 a client that
    was named is not connected, or was asked for and no server runs.
    """
    settings = _settings(config_file)
    remote = Remote(url)
    groups: list[tuple[str, list[Finding]]] = []
    code = 0
    if remote.reachable():
        groups, code = _clients(remote, name)
    else:
        groups.append((f"no server runs at {url}", list(_machine(settings))))
        code = NEVER_CONNECTED if name else 0
    groups[-1][1].extend(_recorder(settings))
    _show(groups, as_json=as_json)
    warned = any(one.level == WARN for _, found in groups for one in found)
    sys.exit(code or (TROUBLE if warned else 0))


def _settings(file: Path | None) -> "Settings":
    from tlibsim.cli.serve import read_settings

    usual = Path(_USUAL)
    chosen = file or (usual if usual.is_file() else None)
    return read_settings(None if chosen is None else str(chosen), None)


def _clients(remote: Remote, name: str) -> tuple[list[tuple[str, list[Finding]]], int]:
    """Findings of each client, or of those of a name; of one that has left its errors."""
    found = remote.get("clients")
    chosen = [one for one in found if not name or one["name"] == name]
    records = remote.get("journal", q=QUESTION)
    left = list(of_left(found, records, name))
    if not chosen:
        return [_nobody(found, name), *left], NEVER_CONNECTED if name else 0
    now, dns = remote.get("clock")["now"], remote.get("dns")
    groups = []
    for one in chosen:
        others = {other["client"] for other in found} - {one["client"]}
        findings = list(of_client(one, records, dns, now, others))
        groups.append((headline(one, records, now), findings))
    return [*groups, *left], 0


def _nobody(found: Sequence[dict[str, Any]], name: str) -> tuple[str, list[Finding]]:
    if not name:
        return "the server runs", [Finding(level=NOTE, text="no client is connected")]
    others = ", ".join(repr(one["name"]) for one in found) or "none"
    text = f"no client {name!r} is connected; connected: {others}"
    return "the server runs", [Finding(level=WARN, text=text)]


def _machine(settings: "Settings") -> Iterator[Finding]:
    from tlibsim.cli.machine import of_machine

    return of_machine(settings)


def _recorder(settings: "Settings") -> Iterator[Finding]:
    """Whether the recorder under test, and those of the pool, answer OPTIONS."""
    from tlibsim.cli.sipping import ask_options

    under_test = "" if settings.recorder is None else settings.recorder.sip_uri
    for uri in dict.fromkeys((under_test, *(one.address for one in settings.recorders))):
        if not uri:
            continue
        answer = ask_options(uri)
        if answer.code:
            text = f"{uri} answers OPTIONS with {answer.code} in {answer.ms:.0f} ms"
            yield Finding(level=OK if answer.code == 200 else NOTE, text=text, area="SIP")
        else:
            yield Finding(level=WARN, text=f"{uri} does not answer OPTIONS: {answer.why}")


def _show(groups: Sequence[tuple[str, Sequence[Finding]]], *, as_json: bool) -> None:
    if as_json:
        document = [
            {
                "about": about,
                "findings": [{"level": one.level, "text": one.text} for one in found],
            }
            for about, found in groups
        ]
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for about, found in groups:
        click.echo(about)
        for one in found:
            click.echo(str(one))
