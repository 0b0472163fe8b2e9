"""BEHAVIOUR.md 1.13: calls that come to a queue by other ways, and what they cost."""

import sys
from typing import Any

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tests.switch.queued import rings_at
from tlibproto.vocabulary import Dn, KVList
from tlibsim.config import AgentSettings, DnSettings
from tlibsim.switch.commands import (
    AnswerCall,
    Because,
    CompleteTransfer,
    Consult,
    FarRelease,
    Purpose,
    RouteCall,
    SingleStepConference,
    SingleStepTransfer,
)

# Calls that come by other ways.


def test_a_call_transferred_to_a_queue_is_distributed() -> None:
    bed = Bed()
    bed.log_in("7003")
    conn_id = bed.inbound("7001")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    bed.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="8000"))
    bed.do(AnswerCall(dn=Dn("7003"), conn_id=conn_id))

    assert bed.story("8000") == ["PartyQueued", "PartyDiverted"]
    assert pair(bed.told("7003")[-1])[:4] == (
        "7003",
        "RoleDestination",
        CALLER,
        "RoleOrigination",
    )


def test_a_consultation_that_waits_can_be_completed_and_is_distributed_then() -> None:
    bed = Bed()
    conn_id = bed.inbound("7001")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    bed.do(Consult(dn=Dn("7001"), conn_id=conn_id, to="8000", purpose=Purpose.TRANSFER))
    bed.do(CompleteTransfer(dn=Dn("7001"), conn_id=conn_id))

    bed.log_in("7003")

    assert rings_at(bed) == {conn_id: "7003"}
    bed.do(AnswerCall(dn=Dn("7003"), conn_id=conn_id))
    assert bed.told("7003")[-1].side.other_dn == CALLER


def test_a_conference_can_ask_a_queue_for_an_agent() -> None:
    bed = Bed()
    bed.log_in("7003")
    conn_id = bed.talk("7001", "7002")
    bed.do(SingleStepConference(dn=Dn("7001"), conn_id=conn_id, to="8000"))
    bed.do(AnswerCall(dn=Dn("7003"), conn_id=conn_id))

    assert bed.story("7001") == ["PartyAdded"]
    assert bed.story("7002") == ["PartyAdded"]


@pytest.mark.parametrize("on_ringing", [True, False])
def test_a_call_routed_to_a_queue_has_left_the_routing_point(on_ringing: bool) -> None:
    bed = Bed(divert_on_ringing=on_ringing, wrap_up_time=2)
    bed.log_in()
    conn_id = bed.inbound("5000")
    bed.do(RouteCall(dn=Dn("5000"), conn_id=conn_id, to="8000"))
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert sorted(bed.story("5000")) == [
        "PartyDiverted",
        "PartyQueued",
        "RouteRequested",
        "RouteUsed",
    ]
    assert bed.story("8000") == ["PartyQueued", "PartyDiverted"]
    assert bed.told("7001")[-1].side.queue == "8000"
    assert len(bed.view(conn_id).parties) == 2


@pytest.mark.parametrize(
    ("extension", "told"), [(None, ["AgentBecameNotReady"]), ("logout", ["AgentLoggedOut"])]
)
def test_after_routing_timeout_does_with_the_agent_what_the_route_or_the_option_says(
    extension: str | None, told: list[str]
) -> None:
    bed = Bed(
        divert_on_ringing=False,
        after_routing_timeout=3,
        after_routing_timeout_action="notready",
        router_timeout=0,
    )
    bed.log_in(queue=None)
    conn_id = bed.inbound("5000")
    pairs = (("AFTER_ROUTING_TIMEOUT_ACTION", extension),) if extension else ()
    because = Because(extensions=KVList(pairs))
    bed.do(RouteCall(dn=Dn("5000"), conn_id=conn_id, to="7001", because=because))

    bed.wait(3)

    assert bed.happened("7001") == ["PartyRinging", "PartyReleased", *told]


# How much work it is.


def _steps_per_call(agents: int) -> int:
    """Lines of Python for one call through a queue with so many idle agents."""
    extra = [DnSettings(dn=str(20_000 + n)) for n in range(agents)]
    bed = Bed(extra=extra, agents={str(n): AgentSettings(login=str(n)) for n in range(9)})
    for one in extra:
        bed.log_in(one.dn, one.dn)
    steps = 0

    def count(frame: Any, event: str, argument: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    def call() -> None:
        conn_id = bed.inbound("8000")
        agent = next(iter(rings_at(bed).values()))
        bed.do(AnswerCall(dn=Dn(agent), conn_id=conn_id))
        bed.do(FarRelease(conn_id=conn_id))

    for _ in range(5):
        call()
    sys.settrace(count)
    try:
        for _ in range(20):
            call()
    finally:
        sys.settrace(None)
    return steps


def test_a_call_costs_the_same_with_10_agents_and_with_1000() -> None:
    assert _steps_per_call(1000) <= _steps_per_call(10) * 1.2
