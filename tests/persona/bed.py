"""A persona with an open session, and the messages and notices that it gets."""

from random import Random
from typing import Any

from tlibproto.messages import (
    EventACK,
    EventAttachedDataChanged,
    EventEstablished,
    EventLinkConnected,
    EventUserEvent,
    Message,
    Request,
    RequestPrivateService,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import ConnId, KVList
from tlibsim.config import Persona as PersonaSettings
from tlibsim.config import PersonaRule
from tlibsim.persona.notices import LegNotice, SessionNotice
from tlibsim.persona.persona import Persona
from tlibsim.ports.media import Instant, LegStatus

CALL, OTHER_CALL = ConnId(0xC1), ConnId(0xC2)
START = Instant(1_700_000_000_000_000)
DNS = ("7001", "7002", "7003", "8000")
UP, INVITING = LegStatus.ESTABLISHED, LegStatus.INVITING
FAILED, ENDED = LegStatus.FAILED, LegStatus.ENDED


class Recorder:
    """A persona with an open session, and what it asked for since the last look."""

    def __init__(self, *rules: PersonaRule, own: tuple[str, ...] = (), **settings: Any) -> None:
        wanted = PersonaSettings(name="rec", rules=rules, **settings)
        self.persona = Persona(wanted, dns=DNS, own=own, rng=Random(1))
        self.now = START
        self.opening = self.open()

    def open(self) -> list[Request]:
        self.persona.connected()
        asked = list(self.persona.take())
        return asked + self.hear(EventLinkConnected())

    def hear(self, *messages: Message) -> list[Request]:
        for message in messages:
            self.persona.hear(message, self.now)
        return self.settle()

    def see(self, **changes: Any) -> list[Request]:
        self.persona.see(notice(**changes))
        return self.settle()

    def settle(self) -> list[Request]:
        self.persona.settle(self.now)
        return list(self.persona.take())

    def start(self) -> RequestPrivateService:
        """The call is established, and this is the START that it causes."""
        (request,) = self.hear(established())
        assert isinstance(request, RequestPrivateService)
        return request

    def recorded(self) -> None:
        """The call is established, and its START was accepted."""
        self.hear(EventACK(reference_id=self.start().reference_id))


def notice(
    *statuses: LegStatus, session: str = "s1", legs: tuple[LegStatus, ...] = (), **more: Any
) -> SessionNotice:
    values: dict[str, Any] = {
        "session": session,
        "conn_id": CALL,
        "record_dn": "7001",
        "over": False,
        "ready": False,
        "legs": tuple(
            LegNotice(host=more.pop("host", "recorder.tlibsim"), dn="7001", status=status)
            for status in (*statuses, *legs)
        ),
    }
    return SessionNotice(**(values | more))


def established(dn: str = "7001", conn_id: ConnId = CALL, **data: str) -> EventEstablished:
    return EventEstablished(this_dn=dn, conn_id=conn_id, user_data=KVList.of(**data))


def changed(dn: str = "7001", **data: str) -> EventAttachedDataChanged:
    return EventAttachedDataChanged(this_dn=dn, conn_id=CALL, user_data=KVList.of(**data))


def said(requests: list[Request]) -> list[str]:
    """The values that are attached."""
    assert all(isinstance(one, RequestUpdateUserData) for one in requests), requests
    return [str(value) for one in requests for _, value in one.user_data]


ALL = PersonaRule(dn="7001")


def screen(word: str, **more: Any) -> EventUserEvent:
    return EventUserEvent(this_dn="7001", user_data=KVList([("screen-capture", word)]), **more)
