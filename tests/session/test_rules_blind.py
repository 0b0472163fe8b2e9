"""Blind, mute and single-step transfers, transfers to queues, row by row (BEHAVIOUR.md 1.7, 1.8)."""

from typing import Any

import pytest

from tests.session.rows import (
    DESTINATION,
    OK,
    ORIGINATION,
    TRANSFERRED,
    Row,
    Scene,
    check,
    row,
)
from tests.session.test_rules_transfer import (
    BY,
    complete,
    consult,
    consulted,
    leaving,
    moved,
    stayed,
)
from tlibproto.messages import (
    RequestAgentLogin,
    RequestAnswerCall,
    RequestCompleteTransfer,
    RequestMuteTransfer,
    RequestReleaseCall,
    RequestSingleStepTransfer,
)
from tlibproto.vocabulary import AgentWorkMode, CallType, Cause, Dn
from tlibsim.switch.commands import SetPhoneBusy

# -- while the target rings --------------------------------------------------------------------


def test_a_blind_completion_moves_the_alerting_party_without_a_second_ringing() -> None:
    scene = Scene()
    two = consult(scene)
    scene.forget()

    complete(scene, two)

    check(scene["7002"], *leaving(scene, two), answers=0)
    check(scene["7001"], stayed(scene))
    check(scene["7003"], moved(scene, two))
    assert scene.states(scene.one) == {"7001": "Connected", "7003": "Alerting"}


@pytest.mark.parametrize("told", [False, True])
def test_the_held_party_hears_of_the_blind_answer_only_by_option(told: bool) -> None:
    scene = Scene(blind_established_to_held=told)
    complete(scene, consult(scene))
    scene.forget()

    scene["7003"].ask(RequestAnswerCall(this_dn="7003", conn_id=scene.one))

    check(
        scene["7003"],
        row("Established", conn_id=scene.one, other_dn="7001", call_state=OK),
        answers=0,
    )
    wanted = [row("Established", conn_id=scene.one, other_dn="7003", call_state=OK)] * told
    check(scene["7001"], *wanted)


def test_a_blind_transfer_can_be_forbidden() -> None:
    scene = Scene(blind_transfer="reject")
    two = consult(scene)

    request = RequestCompleteTransfer(this_dn="7002", conn_id=scene.one, transfer_conn_id=two)
    assert scene["7002"].refused(request) == 1161


def test_the_caller_who_gives_up_during_a_blind_transfer_abandons_the_target() -> None:
    scene = Scene()
    complete(scene, consult(scene))
    scene.forget()

    scene["7001"].ask(RequestReleaseCall(this_dn="7001", conn_id=scene.one))

    check(scene["7001"], row("Released", conn_id=scene.one, other_dn="7003"), answers=0)
    check(scene["7003"], row("Abandoned", conn_id=scene.one, other_dn="7001"))
    assert scene.exchange.switch.views() == []


def test_a_mute_transfer_is_all_of_it_in_one_request() -> None:
    scene = Scene()

    scene["7002"].ask(RequestMuteTransfer(this_dn="7002", conn_id=scene.one, other_dn="7003"))

    two = scene["7002"].inbox[1].conn_id
    check(
        scene["7002"],
        row("Held", conn_id=scene.one),
        row("Dialing", conn_id=two, call_type=CallType.Consult, transfer_conn_id=scene.one),
        *leaving(scene, two),
        answers=3,
    )
    check(
        scene["7003"],
        row("Ringing", conn_id=two, previous_conn_id=scene.one),
        moved(scene, two),
    )
    check(scene["7001"], stayed(scene))


def test_a_mute_transfer_to_somebody_busy_is_refused_and_changes_nothing() -> None:
    scene = Scene()
    scene.exchange.perform(SetPhoneBusy(dn=Dn("7003"), busy=True))

    request = RequestMuteTransfer(this_dn="7002", conn_id=scene.one, other_dn="7003")
    assert scene["7002"].refused(request) == 93

    assert scene.states(scene.one)["7002"] == "Connected"
    scene.silent("7001", "7003")


def test_a_mute_transfer_looks_like_a_single_step_one_by_option() -> None:
    scene = Scene(mute_transfer_as_single_step=True)

    scene["7002"].ask(RequestMuteTransfer(this_dn="7002", conn_id=scene.one, other_dn="7003"))

    check(scene["7002"], row("Released", conn_id=scene.one), answers=0)
    check(scene["7003"], row("Ringing", conn_id=scene.one))


# -- to a queue and a routing point ------------------------------------------------------------


def test_a_transfer_to_a_queue_is_queued_in_place_of_ringing() -> None:
    scene = Scene()
    queue = scene.exchange.open("8000")
    two = consult(scene, to="8000")
    scene["7002"].take()
    check(
        queue,
        row("Queued", conn_id=two, call_type=CallType.Consult, previous_conn_id=scene.one),
    )

    complete(scene, two)

    check(
        scene["7002"],
        row("Released", conn_id=two, other_dn="8000", call_state=TRANSFERRED),
        row("Released", conn_id=scene.one, other_dn="7001", third_party_dn="8000"),
        answers=0,
    )
    check(
        queue,
        row(
            "PartyChanged",
            conn_id=scene.one,
            previous_conn_id=two,
            this_dn="8000",
            this_queue="8000",
            other_dn="7001",
            call_state=TRANSFERRED,
        ),
    )
    scene.forget()
    login = RequestAgentLogin(
        this_dn="7003",
        agent_id="1003",
        this_queue="8000",
        agent_work_mode=AgentWorkMode.AutoIn,
    )
    scene["7003"].ask(login)
    check(
        scene["7003"],
        row("AgentLogin"),
        row("AgentReady"),
        row("Ringing", conn_id=scene.one, this_queue="8000", other_dn="7001"),
        answers=0,
    )


def test_a_transfer_to_a_routing_point_asks_for_a_route_with_the_previous_conn_id() -> None:
    scene = Scene()
    point = scene.exchange.open("5000")

    two = consult(scene, to="5000")

    same: dict[str, Any] = {"conn_id": two, "previous_conn_id": scene.one, "this_queue": "5000"}
    check(point, row("Queued", **same), row("RouteRequest", **same, call_type=CallType.Consult))


# -- in a single step --------------------------------------------------------------------------


def _single_step(scene: Scene, to: str = "7003") -> Any:
    request = RequestSingleStepTransfer(this_dn="7002", conn_id=scene.one, other_dn=to)
    return scene["7002"].ask(request)


def _told(scene: Scene) -> Row:
    return row(
        "PartyChanged",
        conn_id=scene.one,
        previous_conn_id=scene.one,
        other_dn="7003",
        other_dn_role=DESTINATION,
        third_party_dn="7002",
        third_party_dn_role=BY,
        call_state=TRANSFERRED,
    )


def test_a_single_step_transfer_row_by_row() -> None:
    scene = Scene()

    _single_step(scene)

    check(
        scene["7002"],
        row(
            "Released",
            conn_id=scene.one,
            other_dn="7001",
            third_party_dn="7003",
            third_party_dn_role=DESTINATION,
            call_state=TRANSFERRED,
        ),
        answers=0,
    )
    check(
        scene["7003"],
        row(
            "Ringing",
            conn_id=scene.one,
            this_dn_role=DESTINATION,
            other_dn="7001",
            other_dn_role=ORIGINATION,
            third_party_dn="7002",
            third_party_dn_role=BY,
            call_state=TRANSFERRED,
            call_type=CallType.Internal,
        ),
    )
    check(scene["7001"], _told(scene))

    scene["7003"].ask(RequestAnswerCall(this_dn="7003", conn_id=scene.one))

    check(
        scene["7003"],
        row("Established", conn_id=scene.one, other_dn="7001", call_state=OK),
        answers=0,
    )
    scene.silent("7001", "7002")


def test_the_other_party_is_told_at_the_answer_by_option() -> None:
    scene = Scene(sst_partychanged="answer")
    _single_step(scene)
    scene.silent("7001")
    scene["7003"].take()

    scene["7003"].ask(RequestAnswerCall(this_dn="7003", conn_id=scene.one))

    check(scene["7001"], _told(scene))
    check(scene["7003"], row("Established"), answers=0)


def test_a_transfer_in_one_step_by_the_caller_makes_the_same_rows() -> None:
    scene = Scene()

    scene["7001"].ask(
        RequestSingleStepTransfer(this_dn="7001", conn_id=scene.one, other_dn="7003")
    )

    check(scene["7003"], row("Ringing", other_dn="7002", other_dn_role=ORIGINATION))
    check(scene["7002"], row("PartyChanged", other_dn="7003", other_dn_role=DESTINATION))


@pytest.mark.parametrize(
    ("to", "code"), [("7003", 231), ("4711", 71), ("", 71), ("7001", 231), ("7002", 231)]
)
def test_a_single_step_transfer_that_cannot_be_made_leaves_the_call_untouched(
    to: str, code: int
) -> None:
    scene = Scene()
    scene.exchange.perform(SetPhoneBusy(dn=Dn("7003"), busy=True))
    before = scene.exchange.switch.views()

    request = RequestSingleStepTransfer(this_dn="7002", conn_id=scene.one, other_dn=to)
    assert scene["7002"].refused(request) == code

    assert scene.exchange.switch.views() == before
    scene.silent("7001", "7003")


def test_a_held_call_can_be_transferred_in_one_step() -> None:
    scene = Scene()
    two = consulted(scene)

    request = RequestSingleStepTransfer(this_dn="7002", conn_id=scene.one, other_dn="7004")
    scene["7002"].ask(request)

    check(scene["7004"], row("Ringing", conn_id=scene.one, other_dn="7001"))
    assert scene.states(two) == {"7002": "Connected", "7003": "Connected"}


def test_the_cause_of_a_single_step_transfer_is_told_by_option() -> None:
    for emit, cause in ((False, None), (True, Cause.SingleStepTransfer)):
        scene = Scene(emit_cause=emit)
        _single_step(scene)
        check(scene["7001"], row("PartyChanged", cause=cause))
        check(scene["7003"], row("Ringing", cause=cause))
