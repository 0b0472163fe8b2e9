"""``tlibsim dn``: a DN of a running server: its state, its telephone, its behavior."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from tlibsim.cli.remote import Document, Remote, show, url_option
from tlibsim.cli.words import Verb
from tlibsim.config.spans import seconds_of
from tlibsim.console.verb_names import DN_VERBS


def _span(text: str) -> float | None:
    return None if text == NEVER else seconds_of(text if text[-1:].isalpha() else f"{text}s")


def _work(text: str) -> float | str | None:
    if text == "untimed":
        return text
    seconds = _span(text)
    return None if seconds is None else round(seconds)


def _flag(text: str) -> bool:
    if text not in {"", "on", "off"}:
        raise ValueError(f"{text!r} is neither on nor off")
    return text != "off"


NEVER = "never"
BEHAVIORS: Mapping[str, Callable[[str], float | str | bool | None]] = {
    "answer-after": _span,
    "talk-time": _span,
    "wrap-up-time": _work,
    "no-answer": _flag,
    "reject": _flag,
}
"""What a telephone does by itself, and how its value is read."""

_VERBS = (*(verb for verb in DN_VERBS if verb != "behave"), *BEHAVIORS)


@click.command()
@click.argument("number", metavar="[DN]", default="")
@click.argument("verb", required=False, type=Verb(_VERBS))
@click.argument("value", default="")
@click.option("--number", "outside", default="", help="Of a trunk: this number outside only.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@url_option
def dn(
    number: str, verb: str | None, value: str, outside: str, as_json: bool, url: str
) -> None:
    """Show a DN (or all), or do something with it: out-of-service, dnd-on, forward 7002 ...

    What a telephone does by itself: answer-after 1s, talk-time 30s, wrap-up-time 10s (or never),
    no-answer on, reject on; restore brings the configuration back. The same for everybody
    behind a trunk, or with --number for one number (a pattern) outside.
    """
    remote = Remote(url)
    if verb is None:
        found = remote.get("dns", number) if number else remote.get("dns")
        _say(found if isinstance(found, list) else [found], found, as_json)
    else:
        way, body = _request(verb, value)
        if outside:
            body["number"] = outside
        document = remote.post("dns", number, way, body=body)
        _say([document], document, as_json)


def _say(lines: list[Document], document: Any, as_json: bool) -> None:
    if as_json:
        show(document)
        return
    for one in lines:
        click.echo(_line(one))


def _request(verb: str, value: str) -> tuple[str, Document]:
    """The verb of the control API and its body."""
    read = BEHAVIORS.get(verb)
    if read is None:
        return verb, {"to": value} if value else {}
    try:
        return "behave", {verb.replace("-", "_"): read(value)}
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=verb) from error


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
    words += [
        _SHOWN[key](value) for key, value in document["behavior"].items() if key in _SHOWN
    ]
    return "  ".join(words)


_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "answer_after": lambda value: f"answers after {value:g} s",
    "talk_time": lambda value: f"talks for {value:g} s",
    "wrap_up_time": lambda value: f"wrap-up {value}",
    "no_answer": lambda _: "lets calls ring",
    "reject": lambda _: "declines",
}
"""What a telephone does by itself, in words."""
