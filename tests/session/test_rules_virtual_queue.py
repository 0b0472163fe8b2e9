"""Events of virtual queues, which routers send (BEHAVIOUR.md 5.4, 1.14)."""

from typing import Any

import pytest

from tests.session.exchange import Exchange
from tests.session.rows import check, row
from tests.switch.bed import CALLER
from tlibproto.messages import (
    EventRouteRequest,
    RequestQueryAddress,
    RequestRegisterAddress,
    RequestRouteCall,
    RequestSendEvent,
    evolve,
)
from tlibproto.vocabulary import (
    AddressInfoType,
    AddressType,
    CallState,
    Dn,
    DnRole,
    KVList,
    MessageId,
    ReferenceId,
    RouteType,
)
from tlibsim.config import DnSettings, DnType
from tlibsim.switch.commands import ArriveInbound

VQ = DnSettings(dn="VQ_sales", type=DnType.VIRTUAL_QUEUE)
WHATEVER = ReferenceId(-1)
"""What routers write for a reference that nobody looks at (4294967295)."""
MORE = KVList.of(SIGNATURE="router", VERSION="8.1", VQID="01ABC", Location="SIP_Switch1")


def test_a_virtual_queue_is_registered_and_asked_like_a_queue() -> None:
    line = Exchange(extra=(VQ,)).open()

    registered = line.ask(
        RequestRegisterAddress(this_dn="VQ_sales", address_type=AddressType.Queue)
    )
    status = line.ask(
        RequestQueryAddress(this_dn="VQ_sales", address_info_type=AddressInfoType.QueueStatus)
    )

    counters = {"AgentsInQueue": 0, "AvailableAgents": 0, "CallsInQueue": 0}
    assert registered.address_type is AddressType.Queue
    assert dict(registered.extensions) == dict(status.extensions) == counters


def test_a_router_tells_of_a_virtual_queue_that_it_has_not_registered() -> None:
    exchange = Exchange(extra=(VQ,))
    router, reader = exchange.open("5000"), exchange.open("VQ_sales")
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("5000")))
    arrived = router.last(EventRouteRequest)
    told: dict[str, Any] = {
        "conn_id": arrived.conn_id,
        "call_uuid": arrived.call_uuid,
        "this_dn": "VQ_sales",
        "this_queue": "VQ_sales",
        "this_dn_role": DnRole.RoleDestination,
        "other_dn": CALLER,
        "other_dn_role": DnRole.RoleOrigination,
        "call_state": CallState.Ok,
        "extensions": MORE,
    }
    third = {"third_party_dn": "7001", "third_party_dn_role": DnRole.RoleDestination}

    queued = RequestSendEvent(user_event=int(MessageId.EventQueued), **told)
    router.send(evolve(queued, reference_id=WHATEVER))
    route = RequestRouteCall(
        this_dn="5000",
        conn_id=arrived.conn_id,
        other_dn="7001",
        route_type=RouteType.Unknown,
    )
    router.ask(route)
    diverted = RequestSendEvent(user_event=int(MessageId.EventDiverted), **told, **third)
    router.send(evolve(diverted, reference_id=WHATEVER))

    check(reader, row("Queued", **told), row("Diverted", **told, **third))


@pytest.mark.parametrize("dn", ["8000", "7001"])
def test_of_any_other_dn_only_who_registered_it_tells(dn: str) -> None:
    line = Exchange(extra=(VQ,)).open()

    assert line.refused(RequestSendEvent(this_dn=dn)) == 41
