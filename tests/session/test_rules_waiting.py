"""Queues, routing points, predictive and forwarded calls, row by row (BEHAVIOUR.md 1.13 to 1.17)."""

from typing import Any

import pytest

from tests.session.rows import DESTINATION, OK, ORIGINATION, check, row
from tests.session.test_rules_calls import Floor, failed
from tests.switch.bed import CALLER
from tlibproto.messages import (
    RequestCallForwardSet,
    RequestMakeCall,
    RequestMakePredictiveCall,
    RequestRouteCall,
)
from tlibproto.vocabulary import (
    CallState,
    CallType,
    Cause,
    ConnId,
    Dn,
    DnRole,
    ForwardMode,
    KVList,
    RouteType,
)
from tlibsim.switch.commands import (
    FarAnswer,
    FarRelease,
    FarResult,
    SetPhoneBusy,
)

# -- 1.13 ------------------------------------------------------------------------------------------


def _waits(one: ConnId, at: str) -> dict[str, Any]:
    return {
        "conn_id": one,
        "this_dn": at,
        "this_queue": at,
        "this_dn_role": DESTINATION,
        "other_dn": CALLER,
        "other_dn_role": ORIGINATION,
        "call_state": OK,
    }


def test_a_queued_call_row_by_row() -> None:
    floor = Floor(emit_cause=True)
    floor.log_in()
    one = floor.inbound("8000")
    queued = _waits(one, "8000")
    rings: dict[str, Any] = {
        **queued,
        "this_dn": "7001",
        "third_party_dn": None,
        "call_type": CallType.Inbound,
    }
    check(
        floor["8000"],
        row("Queued", **queued, third_party_dn=None),
        row("Diverted", **queued, third_party_dn="7001", third_party_dn_role=DESTINATION),
    )
    check(floor["7001"], row("Ringing", **rings, cause=Cause.ACD))
    floor.answer("7001", one)
    check(floor["7001"], row("Established", **rings), answers=0)
    floor.release("7001", one)
    check(floor["7001"], row("Released", **rings), answers=0)


def test_a_caller_who_gives_up_in_the_queue_abandons_it() -> None:
    floor = Floor()
    one = floor.inbound("8000")
    floor.forget()

    floor.exchange.perform(FarRelease(conn_id=one))

    check(floor["8000"], row("Abandoned", **_waits(one, "8000")))


def test_an_internal_caller_of_a_queue_is_told_when_the_agent_answers() -> None:
    floor = Floor()
    floor.log_in()
    one = floor.make("7002", "8000")
    check(floor["7002"], row("Dialing", other_dn="8000"), answers=0)

    floor.answer("7001", one)

    check(floor["7002"], row("Established", conn_id=one, other_dn="7001", this_queue=None))


def test_a_full_queue_releases_an_internal_caller() -> None:
    floor = Floor(dn={"8000": {"max_calls": 1}})
    floor.inbound("8000")
    floor.forget()

    dialing = floor["7002"].ask(RequestMakeCall(this_dn="7002", other_dn="8000"))

    check(
        floor["7002"],
        row("Dialing", conn_id=dialing.conn_id),
        row("Released", conn_id=dialing.conn_id, call_state=CallState.QueueFull),
        answers=0,
    )
    floor.silent("8000")


def test_an_agent_who_does_not_answer_gives_the_call_back() -> None:
    floor = Floor(acd_ring_timeout=5, no_answer_action="notready")
    floor.log_in()
    one = floor.inbound("8000")
    floor.forget()

    floor.exchange.wait(5)

    check(
        floor["7001"],
        row("Released", conn_id=one, call_state=CallState.Redirected, this_queue="8000"),
        row("AgentNotReady", agent_id="1001"),
    )
    check(floor["8000"], row("AgentNotReady"), row("Queued", **_waits(one, "8000")))


# -- 1.14 ------------------------------------------------------------------------------------------


def _route(floor: Floor, one: ConnId, to: str, **more: Any) -> RequestRouteCall:
    return RequestRouteCall(
        this_dn="5000", conn_id=one, other_dn=to, route_type=RouteType.Unknown, **more
    )


@pytest.mark.parametrize("told", [True, False])
def test_a_routed_call_row_by_row(told: bool) -> None:
    floor = Floor(rp_queue_events=told, emit_cause=True)
    one = floor.inbound("5000")
    waits = _waits(one, "5000")
    queued = [row("Queued", **waits)] * told
    check(floor["5000"], *queued, row("RouteRequest", **waits, call_type=CallType.Inbound))

    floor["5000"].ask(_route(floor, one, "7001"))

    to = {"third_party_dn": "7001", "third_party_dn_role": DESTINATION}
    diverted = [row("Diverted", **waits, **to)] * told
    check(floor["5000"], row("RouteUsed", **waits, **to), *diverted, answers=0)
    rings: dict[str, Any] = {**waits, "this_dn": "7001"}
    check(floor["7001"], row("Ringing", **rings, third_party_dn="5000", cause=Cause.Route))
    floor.answer("7001", one)
    check(floor["7001"], row("Established", **rings), answers=0)


def test_a_caller_who_leaves_the_routing_point_abandons_it() -> None:
    floor = Floor()
    one = floor.inbound("5000")
    floor.forget()

    floor.exchange.perform(FarRelease(conn_id=one))

    check(floor["5000"], row("Abandoned", **_waits(one, "5000")))


@pytest.mark.parametrize(("to", "code"), [("7002", 231), ("4711", 177), ("", 177)])
def test_a_target_that_cannot_be_had_leaves_the_call_where_it_is(to: str, code: int) -> None:
    floor = Floor()
    floor.exchange.perform(SetPhoneBusy(dn=Dn("7002"), busy=True))
    one = floor.inbound("5000")
    floor.forget()

    assert floor["5000"].refused(_route(floor, one, to)) == code

    floor.forget()
    floor["5000"].ask(_route(floor, one, "7001"))
    check(floor["5000"], row("RouteUsed"), row("Diverted"), answers=0)


def test_the_route_is_used_when_the_target_answers_by_option() -> None:
    floor = Floor(divert_on_ringing=False)
    one = floor.inbound("5000")
    floor.forget()
    request = _route(floor, one, "7001", reference_id=ConnId(9))
    floor["5000"].send(request)
    floor.silent("5000")
    assert floor["5000"].refused(_route(floor, one, "7002")) == 110
    floor["5000"].take()

    floor.answer("7001", one)

    check(floor["5000"], row("RouteUsed", reference_id=9), row("Diverted"), answers=0)


def test_a_call_that_is_not_at_the_routing_point_cannot_be_routed() -> None:
    floor = Floor()
    one = floor.inbound("7001")

    assert floor["5000"].refused(_route(floor, one, "7002")) == 705


@pytest.mark.parametrize("default", ["7003", ""])
def test_without_a_router_the_default_is_taken_or_the_call_is_released(default: str) -> None:
    floor = Floor(router_timeout=5, default_dn=default)
    one = floor.inbound("5000")
    floor.forget()

    floor.exchange.wait(5)

    if default:
        to = {"third_party_dn": "7003"}
        check(floor["5000"], row("RouteUsed", **to), row("Diverted", **to))
        check(floor["7003"], row("Ringing", conn_id=one, this_queue="5000"))
    else:
        check(floor["5000"], row("Abandoned", conn_id=one))


@pytest.mark.parametrize("kind", [RouteType.Reject, RouteType.CallDisconnect])
def test_a_rejected_call_is_dropped(kind: RouteType) -> None:
    floor = Floor()
    one = floor.make("7002", "5000")
    floor.forget()

    floor["5000"].ask(RequestRouteCall(this_dn="5000", conn_id=one, route_type=kind))

    check(floor["5000"], row("RouteUsed", call_state=CallState.Dropped), answers=0)
    check(floor["7002"], row("Released", conn_id=one))
    assert floor.exchange.switch.views() == []


# -- 1.16 ------------------------------------------------------------------------------------------


def _predictive(floor: Floor, seconds: int = 20) -> ConnId:
    request = RequestMakePredictiveCall(this_dn="8000", other_dn="915551234", timeout=seconds)
    conn_id: ConnId = floor["8000"].ask(request).conn_id
    return conn_id


def _dials(one: ConnId) -> dict[str, Any]:
    return {
        "conn_id": one,
        "this_dn": "8000",
        "this_queue": "8000",
        "this_dn_role": ORIGINATION,
        "other_dn": "915551234",
        "other_dn_role": DESTINATION,
    }


@pytest.mark.parametrize(
    ("result", "state"),
    [(FarResult.HUMAN, OK), (FarResult.ANSWERING_MACHINE, CallState.AnsweringMachineDetected)],
)
def test_a_predictive_call_row_by_row(result: FarResult, state: CallState) -> None:
    floor = Floor()
    floor.log_in()
    one = _predictive(floor)
    dials = _dials(one)
    check(floor["8000"], row("Dialing", **dials), answers=0)

    floor.exchange.perform(FarAnswer(conn_id=one, result=result))

    machine = result is FarResult.ANSWERING_MACHINE
    data = KVList.of(AnswerClass="AM") if machine else None
    check(
        floor["8000"],
        row("Queued", **dials, call_state=state, user_data=data),
        row("Diverted", **dials, call_state=OK, third_party_dn="7001"),
    )
    agent: dict[str, Any] = {**dials, "this_dn": "7001", "call_state": OK}
    check(floor["7001"], row("Ringing", **agent))
    floor.answer("7001", one)
    check(floor["7001"], row("Established", **agent), answers=0)


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ("time", CallState.NoAnswer),
        ("busy", CallState.Busy),
        ("fax", CallState.FaxDetected),
    ],
)
def test_a_customer_who_is_not_reached_is_a_release_with_the_reason(
    how: str, state: CallState
) -> None:
    floor = Floor()
    one = _predictive(floor)
    floor.forget()

    if how == "time":
        floor.exchange.wait(20)
    elif how == "fax":
        floor.exchange.perform(FarAnswer(conn_id=one, result=FarResult.FAX))
    else:
        floor.exchange.perform(FarRelease(conn_id=one))

    check(floor["8000"], row("Released", **_dials(one), call_state=state))


@pytest.mark.parametrize("agent", [False, True])
def test_a_customer_who_leaves_abandons_the_queue_or_the_agent(agent: bool) -> None:
    floor = Floor()
    if agent:
        floor.log_in()
    one = _predictive(floor)
    floor.exchange.perform(FarAnswer(conn_id=one))
    floor.forget()

    floor.exchange.perform(FarRelease(conn_id=one))

    check(floor["7001" if agent else "8000"], row("Abandoned", conn_id=one))


# -- 1.17 ------------------------------------------------------------------------------------------


def _forward(floor: Floor, mode: ForwardMode, to: str = "7003", dn: str = "7002") -> Any:
    return floor[dn].ask(RequestCallForwardSet(this_dn=dn, other_dn=to, forward_mode=mode))


@pytest.mark.parametrize("shown", [False, True])
def test_a_forwarded_call_rings_at_the_target_and_the_dn_gets_nothing(shown: bool) -> None:
    floor = Floor(forwarded_callstate=shown, emit_cause=True)
    _forward(floor, ForwardMode.Unconditional)
    floor.forget()

    floor.make()

    check(
        floor["7003"],
        row(
            "Ringing",
            other_dn="7001",
            third_party_dn="7002",
            cause=Cause.Forward,
            call_state=CallState.Forwarded if shown else OK,
        ),
    )
    floor.silent("7002")


@pytest.mark.parametrize("mode", [ForwardMode.OnNoAnswer, ForwardMode.OnBusyAndNoAnswer])
def test_a_dn_that_rang_before_it_forwarded_is_released_so(mode: ForwardMode) -> None:
    floor = Floor(no_answer_timeout=5)
    _forward(floor, mode)
    one = floor.make()
    floor.forget()

    floor.exchange.wait(5)

    check(floor["7002"], row("Released", conn_id=one, call_state=CallState.Forwarded))
    check(floor["7003"], row("Ringing", conn_id=one, third_party_dn="7002"))
    floor.silent("7001")


def test_a_loop_of_forwards_is_an_invalid_destination() -> None:
    floor = Floor()
    _forward(floor, ForwardMode.Unconditional, "7003", "7002")
    _forward(floor, ForwardMode.Unconditional, "7002", "7003")
    floor.forget()

    dialing = floor["7001"].ask(RequestMakeCall(this_dn="7001", other_dn="7002"))

    rows = failed(dialing.conn_id, "7002", CallState.SitInvalidnum)
    check(floor["7001"], *rows, answers=0)


def test_the_role_of_a_third_party_is_never_missing() -> None:
    floor = Floor()
    one = floor.inbound("5000")
    floor["5000"].ask(_route(floor, one, "7001"))

    assert floor["7001"].inbox[0].third_party_dn_role is DnRole.RoleDestination
