"""The story of a call in lines: who was on it in turn, and by DN what happened there.

It is made of the history of the control API (FIRST_HOUR.md, story D)::

    call 4  4155550142 -> 7002 bob -> 7003 carol   transferred 12:14:40
      7002  Ringing Established Held (consult call 5: Dialing Established) Released
      7003  Ringing Established PartyChanged
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

Document = dict[str, Any]

STATES = {"Alerting": "ringing", "Connected": "talking"}
"""States of parties in words of every day; the others as they are, in lower case."""

_UNSHOWN = "EventAttachedDataChanged"
_CLOCK = slice(11, 19)


def story(document: Document) -> Iterator[str]:
    """The lines for one history."""
    yield _headline(document)
    own = document["call"]
    by_dn: dict[str, list[Document]] = {}
    for step in document["steps"]:
        by_dn.setdefault(step["dn"], []).append(step)
    width = max((len(dn) for dn in by_dn), default=0)
    for dn, steps in by_dn.items():
        yield f"  {dn:<{width}}  {' '.join(_words(steps, own))}".rstrip()
    data = document["userdata"]
    pairs = data.items() if isinstance(data, dict) else data
    if pairs:
        yield "  user data: " + " ".join(f"{key}={_value(value)}" for key, value in pairs)
    yield f"  conn id: {document['conn_id']}"


def _headline(document: Document) -> str:
    names = [f"{one['dn']} {one['name']}".strip() for one in document["path"]]
    if len(names) == 1:
        names.append(document["dnis"] or "-")
    words = [f"call {document['call']}", " -> ".join(names)]
    if document["transferred"]:
        words.append(f"transferred {document['transferred'][_CLOCK]}")
    if document["over"]:
        words.append("over")
    else:
        words += list(states(document))
    return "  ".join(words)


def states(document: Document, *, inside: bool = False) -> Iterator[str]:
    """``ringing 7002`` for each party, or only for those inside."""
    for party in document["parties"]:
        if not (inside and party["trunk"]):
            yield f"{STATES.get(party['state'], party['state'].lower())} {party['dn']}"


def _words(steps: Sequence[Document], own: int) -> Iterator[str]:
    """The events at one DN, with those of a consultation in brackets where it had the call.

    That the consultation ended by the transfer itself is told by what comes next.
    """
    told = [step for step in steps if step["event"] != _UNSHOWN]
    if not told:
        return
    groups = [(number, list(found)) for number, found in groupby(told, lambda one: one["call"])]
    had = False
    for (number, found), (_, after) in zip(groups, [*groups[1:], (own, [])], strict=True):
        ends = number != own and had and _ends_with(found, after)
        names = [step["event"].removeprefix("Event") for step in found]
        words = " ".join(names[:-1] if ends else names)
        plain = number == own or (not had and bool(after))
        yield words if plain else f"(consult call {number}: {words})"
        had = had or number == own


def _ends_with(found: Sequence[Document], after: Sequence[Document]) -> bool:
    """Whether the last of them is the release that belongs to what follows at once."""
    last = found[-1]
    at_once = bool(after) and after[0]["at"] == last["at"]
    return at_once and last["event"] == "EventReleased" and len(found) > 1


def _value(value: Any) -> str:
    return f"{value} (int)" if isinstance(value, int) else repr(value)
