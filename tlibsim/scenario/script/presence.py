"""Is an actor who connects by himself there, with all the DNs that he must register?"""

from collections.abc import Iterable

from tlibsim.journal import Kind
from tlibsim.journal.records import Record
from tlibsim.scenario.script.steps import Actor


def is_there(actor: Actor, records: Iterable[Record]) -> bool:
    """Whether the actor has connected under its name and registered its DNs."""
    connected, registered = _seen(actor, records)
    return connected and registered >= set(actor.dns)


def not_there(actor: Actor, records: Iterable[Record], address: str) -> str:
    """Why an actor is not there, for people."""
    kept = tuple(records)
    connected, registered = _seen(actor, kept)
    seconds = actor.within_us / 1_000_000
    if not connected:
        names = sorted({who.name for one in kept for who in one.clients if who.name})
        others = f"; connected are {', '.join(names)}" if names else ""
        return f"{actor.name} never connected to {address} in {seconds:g} s{others}"
    missing = ", ".join(dn for dn in actor.dns if dn not in registered)
    return f"{actor.name} connected, but has not registered {missing} in {seconds:g} s"


def _seen(actor: Actor, records: Iterable[Record]) -> tuple[bool, set[str]]:
    connected = False
    registered: set[str] = set()
    for record in records:
        if not any(who.name == actor.name for who in record.clients):
            continue
        if record.kind is Kind.CLOSED:
            connected, registered = False, set()
        elif record.kind is Kind.REQUEST:
            connected = True
        elif record.name == "EventRegistered":
            registered.add(record.dn)
    return connected, registered
