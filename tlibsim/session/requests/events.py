"""Events that clients send to each other (BEHAVIOUR.md 5; RECORDING.md 10)."""

from collections.abc import Mapping
from typing import Any

from tlibproto.messages import (
    CATALOGUE,
    Event,
    EventACK,
    EventUserEvent,
    Request,
    RequestDistributeUserEvent,
    RequestSendEvent,
)
from tlibproto.vocabulary import Dn
from tlibsim.config import DnType
from tlibsim.session.asker import Asker, Outcome, Relay, RequestFunction, times
from tlibsim.session.client import ClientId
from tlibsim.switch.refusals import Reason, RequestRefused

_OWN = frozenset({"reference_id", "client_id", "communication_dn"})
"""Attributes of the request itself; the rest belong to the event that it encloses."""


_EVENTS = {int(number): kind for number, kind in CATALOGUE.items() if issubclass(kind, Event)}


def _enclosed(request: RequestSendEvent | RequestDistributeUserEvent) -> dict[str, Any]:
    return {name: value for name, value in request.present() if name not in _OWN}


def _stamped(asker: Asker) -> dict[str, Any]:
    """What every event with a DN has, unless the client says otherwise (BEHAVIOUR.md 0.3)."""
    return {"customer_id": asker.settings.customer_id, **times(asker.now)}


def _event_class(number: int | None) -> type[Event]:
    if number is None:
        return EventUserEvent
    kind = _EVENTS.get(number)
    if kind is None:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"UserEvent {number} is no event")
    return kind


def send_event(request: RequestSendEvent, asker: Asker) -> Outcome:
    """Pass an event of any type on to the clients of its ThisDN, or to one client.

    The sender, being on the DN, gets it too, unless ``userevent-echo`` is off (RECORDING.md 10).
    A virtual queue is nobody's telephone: routers need not register it (BEHAVIOUR.md 5.4).
    """
    device = asker.configured(request.this_dn)
    dn = device.dn
    if device.settings.type is not DnType.VIRTUAL_QUEUE:
        asker.registered(dn)
    kind = _event_class(request.user_event)
    only = ClientId(request.client_id) if request.client_id else None
    event = kind(**{**_stamped(asker), **_enclosed(request)})
    sender = None if asker.settings.options.userevent_echo else asker.client.id
    return Outcome(answer=EventACK(**times(asker.now)), relay=Relay(event, dn, only, sender))


def distribute_user_event(request: RequestDistributeUserEvent, asker: Asker) -> Outcome:
    """Inform the clients of CommunicationDN; the requestor need not have it registered."""
    if not request.communication_dn:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "CommunicationDN is missing or empty")
    dn = Dn(request.communication_dn)
    asker.configured(dn)
    event = EventUserEvent(**{**_stamped(asker), **_enclosed(request), "this_dn": dn})
    return Outcome(answer=EventACK(**times(asker.now)), relay=Relay(event, dn))


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestSendEvent: send_event,
    RequestDistributeUserEvent: distribute_user_event,
}
