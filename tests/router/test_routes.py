"""What the built-in router does with a call at a routing point."""

import pytest

from tests.router.bed import CALLER, OTHER_POINT, POINT, Routed, agent, to
from tests.switch.bed import SECOND
from tlibproto.messages import (
    EventAttachedDataChanged,
    EventDiverted,
    EventError,
    EventRouteUsed,
    RequestAnswerCall,
    RequestCompleteTransfer,
    RequestInitiateTransfer,
    RequestRegisterAddress,
    RequestReleaseCall,
    RequestRouteCall,
)
from tlibproto.vocabulary import CallState, Dn, KVList, RegisterMode
from tlibsim.config import RouteRule, RouteTarget, RouteTreatment
from tlibsim.router.router import MOST_ROUTES
from tlibsim.switch.commands import FarRelease, SetOutOfService, SetPhoneBusy


def test_a_call_goes_to_the_target_of_the_rule_at_once() -> None:
    bed = Routed(RouteRule(to=to("7001")))
    desk, eye = bed.open("7001"), bed.open(POINT)
    bed.arrive()
    assert desk.names() == ["EventRinging"]
    assert eye.names() == [
        "EventQueued",
        "EventRouteRequest",
        "EventRouteUsed",
        "EventDiverted",
    ]


def test_the_router_answers_no_request_so_its_events_have_no_reference() -> None:
    bed = Routed(RouteRule(to=to("7001")))
    eye = bed.open(POINT)
    bed.arrive()
    used = eye.last(EventRouteUsed)
    assert used.reference_id is None
    assert used.third_party_dn == "7001"


def test_the_first_rule_that_fits_decides() -> None:
    bed = Routed(
        RouteRule(name="no", ani=("999*",), to=to("7003")),
        RouteRule(name="yes", to=to("7001")),
        RouteRule(name="late", to=to("7002")),
    )
    assert bed.places(bed.arrive()) == ["7001"]
    assert bed.applied() == ["yes"]


def test_without_a_rule_that_fits_the_default_is_taken() -> None:
    bed = Routed(RouteRule(ani=("999*",), to=to("7003")), default=to("7002"))
    assert bed.places(bed.arrive()) == ["7002"]
    assert bed.applied() == ["default"]


def test_without_a_default_the_call_waits_for_router_timeout() -> None:
    bed = Routed(RouteRule(ani=("999*",), to=to("7003")), default_dn="7003")
    conn_id = bed.arrive()
    assert bed.places(conn_id) == [POINT]
    bed.wait(10)
    assert bed.places(conn_id) == ["7003"]


def test_a_busy_target_is_passed_over() -> None:
    bed = Routed(RouteRule(to=to("7001", "7002")))
    bed.perform(SetPhoneBusy(dn=Dn("7001"), busy=True))
    assert bed.places(bed.arrive()) == ["7002"]


def test_when_no_target_can_be_had_the_default_is_tried() -> None:
    bed = Routed(RouteRule(to=to("7001")), default=to("7003"))
    bed.perform(SetOutOfService(dn=Dn("7001")))
    assert bed.places(bed.arrive()) == ["7003"]


def test_when_nothing_can_be_had_the_call_stays_and_may_be_routed_by_a_client() -> None:
    bed = Routed(RouteRule(to=to("7001")))
    bed.perform(SetPhoneBusy(dn=Dn("7001"), busy=True))
    router = bed.open(POINT)
    conn_id = bed.arrive()
    assert bed.places(conn_id) == [POINT]
    used = router.ask(RequestRouteCall(this_dn=POINT, conn_id=conn_id, other_dn="7002"))
    assert type(used) is EventRouteUsed


def test_an_agent_is_found_where_she_is_logged_in() -> None:
    bed = Routed(RouteRule(to=(agent("1002"),)))
    bed.log_in("7002")
    assert bed.places(bed.arrive()) == ["7002"]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        (agent("1001"), "7003"),
        (agent("1001", when="logged-in"), "7001"),
        (agent("1002", when="any"), "7003"),
        (RouteTarget(dn="8000", when="ready"), "7003"),
        (RouteTarget(dn="8000", when="logged-in"), "8000"),
        (RouteTarget(dn="7001", when="ready"), "7003"),
        (RouteTarget(dn="7002", when="ready"), "7002"),
        (RouteTarget(dn="7002", when="logged-in"), "7003"),
        (RouteTarget(dn="8000"), "8000"),
    ],
)
def test_a_target_is_taken_when_it_is_as_demanded(target: RouteTarget, place: str) -> None:
    bed = Routed(RouteRule(to=(target, RouteTarget(dn="7003"))))
    bed.log_in("7001", ready=False)
    assert bed.places(bed.arrive()) == [place]


def test_an_agent_who_talks_is_not_ready() -> None:
    bed = Routed(RouteRule(to=(agent("1001"), RouteTarget(dn="7003"))))
    bed.log_in("7001")
    assert bed.places(bed.arrive()) == ["7001"]
    assert bed.places(bed.arrive()) == ["7003"]


def test_a_queue_sends_the_routed_call_to_its_agent() -> None:
    bed = Routed(RouteRule(to=to("8000")))
    bed.log_in("7002")
    assert bed.places(bed.arrive()) == ["7002"]


def test_calls_are_shared_out_by_percent() -> None:
    rule = RouteRule(to=(RouteTarget(dn="8000", percent=25), RouteTarget(dn="5999")))
    bed = Routed(rule, default=to(OTHER_POINT), seed=7, router_timeout=0)
    shares = [bed.places(bed.arrive()) for _ in range(400)]
    first = sum(places == ["8000"] for places in shares)
    assert first == 400, "what is not drawn is tried too, when the other leads nowhere"
    even = RouteRule(to=(RouteTarget(dn="8000", percent=25), RouteTarget(dn="7001")))
    bed = Routed(even, seed=7)
    drawn = sum(bed.places(bed.arrive()) == ["8000"] for _ in range(400))
    assert 70 <= drawn <= 130


def test_the_same_seed_draws_the_same_targets() -> None:
    rule = RouteRule(to=(RouteTarget(dn="8000", percent=50), RouteTarget(dn="7001")))

    def places(seed: int) -> list[list[str]]:
        bed = Routed(rule, seed=seed)
        return [bed.places(bed.arrive()) for _ in range(32)]

    assert places(3) == places(3) != places(4)


def test_extensions_and_reasons_are_those_of_the_route() -> None:
    rule = RouteRule(
        to=to("7001"), extensions={"record": "destination", "n": 5}, reasons={"why": "rule"}
    )
    bed = Routed(rule)
    eye = bed.open(POINT)
    bed.arrive()
    used = eye.last(EventRouteUsed)
    assert used.extensions == KVList((("record", "destination"), ("n", 5)))
    assert used.reasons == KVList.of(why="rule")


def test_user_data_is_set_before_the_call_is_routed() -> None:
    bed = Routed(RouteRule(to=to("7001"), attach={"By": "rule", "Tier": 2}))
    eye = bed.open(POINT)
    conn_id = bed.arrive(user_data=KVList.of(Tier=1))
    names = eye.names()
    assert names.index("EventAttachedDataChanged") < names.index("EventRouteUsed")
    call = bed.switch.call(conn_id)
    assert call is not None
    assert call.user_data == KVList((("Tier", 2), ("By", "rule")))


def test_data_that_is_too_long_is_left_out_and_the_call_is_routed() -> None:
    bed = Routed(RouteRule(to=to("7001"), attach={"k": "x" * 500}), user_data_limit=100)
    eye = bed.open(POINT)
    assert bed.places(bed.arrive()) == ["7001"]
    assert not any(type(event) is EventAttachedDataChanged for event in eye.take())


def test_an_unwanted_call_is_rejected() -> None:
    bed = Routed(RouteRule(ani=(CALLER,), reject=True))
    eye = bed.open(POINT)
    bed.arrive()
    assert bed.switch.views() == []
    assert eye.last(EventRouteUsed).call_state == CallState.Dropped


# -- treatments --------------------------------------------------------------------------------


def test_the_caller_hears_the_treatments_one_after_the_other() -> None:
    rule = RouteRule(
        treatment=(
            RouteTreatment(kind="music", seconds=5),
            RouteTreatment(kind="announcement", seconds=4, parameters={"TEXT": "hello"}),
        ),
        to=to("7001"),
    )
    bed = Routed(rule)
    eye = bed.open(POINT)
    conn_id = bed.arrive()
    bed.wait(4.9)
    assert eye.names()[-1] == "EventTreatmentApplied"
    bed.wait(0.1)
    assert eye.names() == ["EventTreatmentEnd", "EventTreatmentApplied"]
    bed.wait(3.9)
    assert bed.places(conn_id) == [POINT]
    bed.wait(0.1)
    assert eye.names() == ["EventTreatmentEnd", "EventRouteUsed", "EventDiverted"]
    assert bed.places(conn_id) == ["7001"]


def test_a_caller_who_leaves_during_a_treatment_leaves_nothing_behind() -> None:
    bed = Routed(RouteRule(treatment=(RouteTreatment(seconds=5),), to=to("7001")))
    desk = bed.open("7001")
    conn_id = bed.arrive()
    bed.wait(2)
    bed.perform(FarRelease(conn_id=conn_id))
    bed.wait(10)
    assert desk.names() == []
    assert bed.router.busy == 0
    assert bed.hub.next_deadline() is None


def test_a_client_that_routes_during_a_treatment_goes_before_the_rule() -> None:
    bed = Routed(RouteRule(treatment=(RouteTreatment(seconds=5),), to=to("7001")))
    router = bed.open(POINT)
    conn_id = bed.arrive()
    router.ask(RequestRouteCall(this_dn=POINT, conn_id=conn_id, other_dn="7002"))
    bed.wait(10)
    assert bed.places(conn_id) == ["7002"]


def test_a_treatment_that_cannot_be_applied_takes_no_time() -> None:
    wrong = RouteTreatment(kind="announcement", seconds=5, parameters={"DURATION": "long"})
    bed = Routed(RouteRule(treatment=(wrong,), to=to("7001")))
    assert bed.places(bed.arrive()) == ["7001"]


def test_a_call_that_is_transferred_to_the_routing_point_is_routed_under_its_new_name() -> None:
    bed = Routed(RouteRule(treatment=(RouteTreatment(seconds=5),), to=to("7003")))
    desk, other = bed.open("7001"), bed.open("7002")
    conn_id = bed.talk(desk, other)
    consult = desk.ask(
        RequestInitiateTransfer(this_dn="7001", conn_id=conn_id, other_dn=POINT)
    ).conn_id
    desk.ask(RequestCompleteTransfer(this_dn="7001", conn_id=conn_id, transfer_conn_id=consult))
    bed.wait(6)
    assert bed.places(conn_id) == ["7002", "7003"]


# -- routing on answer -------------------------------------------------------------------------


def test_with_divert_on_ringing_false_a_refused_call_goes_to_the_next_target() -> None:
    bed = Routed(RouteRule(to=to("7001", "7002")), divert_on_ringing=False)
    desk, eye = bed.open("7001"), bed.open(POINT)
    conn_id = bed.arrive()
    desk.ask(RequestReleaseCall(this_dn="7001", conn_id=conn_id))
    assert bed.places(conn_id) == [POINT, "7002"]
    assert "EventRouteUsed" not in eye.names()


def test_with_divert_on_ringing_false_the_answer_ends_the_routing() -> None:
    bed = Routed(
        RouteRule(to=to("7001", "7002")), divert_on_ringing=False, after_routing_timeout=3
    )
    desk = bed.open("7002")
    conn_id = bed.arrive()
    bed.wait(3)
    assert bed.places(conn_id) == [POINT, "7002"]
    desk.ask(RequestAnswerCall(this_dn="7002", conn_id=conn_id))
    assert bed.places(conn_id) == ["7002"]
    assert bed.router.busy == 0


# -- whose call it is --------------------------------------------------------------------------


def test_a_client_that_may_route_keeps_the_calls_of_its_routing_point() -> None:
    bed = Routed(RouteRule(to=to("7001")), when="unclaimed")
    router = bed.open(POINT)
    conn_id = bed.arrive()
    assert bed.places(conn_id) == [POINT]
    router.ask(RequestRouteCall(this_dn=POINT, conn_id=conn_id, other_dn="7002"))
    assert bed.places(conn_id) == ["7002"]


def test_when_that_client_is_gone_the_rules_act_again() -> None:
    bed = Routed(RouteRule(to=to("7001")), when="unclaimed")
    bed.open(POINT).disconnect()
    assert bed.places(bed.arrive()) == ["7001"]


def test_a_client_that_only_monitors_does_not_keep_the_calls() -> None:
    bed = Routed(RouteRule(to=to("7001")), when="unclaimed")
    eye = bed.open()
    eye.ask(RequestRegisterAddress(this_dn=POINT, register_mode=RegisterMode.ModeMonitor))
    assert bed.places(bed.arrive()) == ["7001"]


def test_always_routes_before_any_client_can() -> None:
    bed = Routed(RouteRule(to=to("7001")), when="always")
    router = bed.open(POINT)
    conn_id = bed.arrive()
    late = router.ask(RequestRouteCall(this_dn=POINT, conn_id=conn_id, other_dn="7002"))
    assert type(late) is EventError
    assert bed.places(conn_id) == ["7001"]


def test_never_leaves_everything_to_clients() -> None:
    bed = Routed(RouteRule(to=to("7001")), when="never", default=to("7001"))
    assert bed.places(bed.arrive()) == [POINT]


# -- chains ------------------------------------------------------------------------------------


def test_a_routing_point_may_route_to_another() -> None:
    bed = Routed(
        RouteRule(point=(POINT,), to=to(OTHER_POINT)),
        RouteRule(point=(OTHER_POINT,), to=to("7001")),
    )
    assert bed.places(bed.arrive()) == ["7001"]


def test_a_circle_of_routing_points_ends_and_the_call_waits() -> None:
    bed = Routed(
        RouteRule(point=(POINT,), to=to(OTHER_POINT)),
        RouteRule(point=(OTHER_POINT,), to=to(POINT)),
    )
    eye = bed.open(POINT, OTHER_POINT)
    conn_id = bed.arrive()
    assert bed.places(conn_id) == [POINT]
    assert sum(type(one) is EventDiverted for one in eye.take()) == MOST_ROUTES
    assert bed.router.busy == 0


def test_a_hundred_calls_leave_nothing_behind() -> None:
    bed = Routed(RouteRule(treatment=(RouteTreatment(seconds=1),), to=to("8000")))
    for _ in range(100):
        conn_id = bed.arrive()
        bed.wait(2)
        bed.perform(FarRelease(conn_id=conn_id))
    bed.wait(20)
    assert bed.router.busy == 0
    assert bed.hub.next_deadline() is None


def test_the_time_passes_for_each_call_on_its_own() -> None:
    bed = Routed(RouteRule(treatment=(RouteTreatment(seconds=5),), to=to("8000")))
    first = bed.arrive()
    bed.at(bed.now + 2 * SECOND)
    second = bed.arrive()
    bed.wait(3)
    assert (bed.places(first), bed.places(second)) == (["8000"], [POINT])
