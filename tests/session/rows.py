"""Rows of the tables in BEHAVIOUR.md, compared with what a client really got."""

from collections.abc import Sequence
from typing import Any

from tests.session.exchange import Exchange, Line
from tlibproto.messages import RequestAnswerCall, RequestMakeCall
from tlibproto.vocabulary import CallState, ConnId, DnRole, KVList

ORIGINATION, DESTINATION = DnRole.RoleOrigination, DnRole.RoleDestination
ANSWER = "answer"
"""The event that carries the ReferenceID of the last request of that client."""

Row = tuple[Any, ...]


def row(name: str, **attributes: Any) -> Row:
    """An event by its short name, and what it must carry; None: the attribute is absent."""
    return (name, attributes)


def seen(message: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """The same attributes of a message, in the words of the row."""
    return {name: getattr(message, name, None) for name in wanted}


def check(line: Line, *rows: Row, answers: int | None = None) -> None:
    """What the client got since the last time are these events and no others, in this order.

    ``answers`` is the place of the one event that carries a ReferenceID; None: no event does.
    """
    messages: Sequence[Any] = line.take()
    names = [type(message).__name__.removeprefix("Event") for message in messages]
    assert names == [name for name, _ in rows]
    for message, (name, wanted) in zip(messages, rows, strict=True):
        assert (name, seen(message, wanted)) == (name, wanted)
    numbered = [at for at, one in enumerate(messages) if one.reference_id is not None]
    assert numbered == ([] if answers is None else [answers])


class Scene:
    """Four desks with a DN each: 7001 called 7002, which answered; all is read and forgotten."""

    def __init__(
        self, a: str = "7001", b: str = "7002", data: KVList | None = None, **options: Any
    ) -> None:
        self.exchange = Exchange(**options)
        self.desks = {dn: self.exchange.open(dn) for dn in ("7001", "7002", "7003", "7004")}
        self.one = self.call(a, b, data)

    def __getitem__(self, dn: str) -> Line:
        return self.desks[dn]

    def call(self, a: str, b: str, data: KVList | None = None) -> ConnId:
        dialing = self.desks[a].ask(RequestMakeCall(this_dn=a, other_dn=b, user_data=data))
        conn_id: ConnId = dialing.conn_id
        self.answer(b, conn_id)
        return conn_id

    def answer(self, dn: str, conn_id: ConnId) -> None:
        self.desks[dn].ask(RequestAnswerCall(this_dn=dn, conn_id=conn_id))
        self.forget()

    def forget(self) -> None:
        for desk in self.desks.values():
            desk.take()

    def silent(self, *dns: str) -> None:
        """These got nothing at all."""
        for dn in dns:
            assert self.desks[dn].take() == []

    def states(self, conn_id: ConnId) -> dict[str, str]:
        view = self.exchange.switch.call(conn_id)
        return {} if view is None else {party.dn: party.state.name for party in view.parties}


OK, TRANSFERRED, CONFERENCED = CallState.Ok, CallState.Transferred, CallState.Conferenced
