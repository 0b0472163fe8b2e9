"""Alternate, reconnect, merge, redirect, clear, and single events, row by row (BEHAVIOUR.md 1.12)."""

from typing import Any

import pytest

from tests.session.rows import (
    CONFERENCED,
    DESTINATION,
    OK,
    ORIGINATION,
    TRANSFERRED,
    Scene,
    check,
    row,
)
from tests.session.test_rules_conference import added, conference
from tests.session.test_rules_transfer import consult, consulted
from tlibproto.messages import (
    RequestAgentLogin,
    RequestAlternateCall,
    RequestAnswerCall,
    RequestClearCall,
    RequestHoldCall,
    RequestMakeCall,
    RequestMergeCalls,
    RequestMuteTransfer,
    RequestReconnectCall,
    RequestRedirectCall,
    RequestReleaseCall,
    RequestRetrieveCall,
    RequestRouteCall,
    RequestSendDtmf,
    RequestSetCallInfo,
    RequestSetMessageWaitingOff,
    RequestSetMessageWaitingOn,
    RequestSingleStepTransfer,
)
from tlibproto.vocabulary import (
    AgentWorkMode,
    CallState,
    Cause,
    ConnId,
    Dn,
    MergeType,
    RouteType,
    SetOpType,
)
from tlibsim.switch.commands import ArriveInbound, SetPhoneBusy

# -- to and fro --------------------------------------------------------------------------------


def test_alternate_holds_the_active_and_retrieves_the_held_call() -> None:
    scene = Scene()
    two = consulted(scene)

    scene["7002"].ask(
        RequestAlternateCall(this_dn="7002", conn_id=two, previous_conn_id=scene.one)
    )

    check(
        scene["7002"],
        row("Held", conn_id=two, other_dn="7003"),
        row("Retrieved", conn_id=scene.one, other_dn="7001", call_state=OK),
        answers=1,
    )
    scene.silent("7001", "7003")


def test_alternate_works_between_two_unrelated_calls_and_back() -> None:
    scene = Scene()
    scene["7002"].ask(RequestHoldCall(this_dn="7002", conn_id=scene.one))
    two = scene.call("7003", "7002")

    for active, held in ((two, scene.one), (scene.one, two)):
        scene["7002"].ask(
            RequestAlternateCall(this_dn="7002", conn_id=active, previous_conn_id=held)
        )
        check(
            scene["7002"],
            row("Held", conn_id=active),
            row("Retrieved", conn_id=held),
            answers=1,
        )


@pytest.mark.parametrize(
    ("active", "held", "code"),
    [("one", "two", 1163), ("two", "two", 1164), ("two", "none", 56), ("none", "one", 56)],
)
def test_alternate_needs_an_active_and_a_held_call(active: str, held: str, code: int) -> None:
    scene = Scene()
    calls = {"one": scene.one, "two": consulted(scene), "none": ConnId(0xDEAD)}

    request = RequestAlternateCall(
        this_dn="7002", conn_id=calls[active], previous_conn_id=calls[held]
    )
    assert scene["7002"].refused(request) == code
    scene.silent("7001", "7003")


def test_nobody_alternates_while_the_consulted_dn_rings() -> None:
    scene = Scene()
    two = consult(scene)

    request = RequestAlternateCall(this_dn="7002", conn_id=two, previous_conn_id=scene.one)
    assert scene["7002"].refused(request) == 1163


def test_reconnect_releases_the_active_and_retrieves_the_held_call() -> None:
    scene = Scene()
    two = consulted(scene)

    scene["7002"].ask(
        RequestReconnectCall(this_dn="7002", conn_id=two, previous_conn_id=scene.one)
    )

    check(
        scene["7002"],
        row("Released", conn_id=two, other_dn="7003", call_state=OK),
        row("Retrieved", conn_id=scene.one, other_dn="7001", call_state=OK),
        answers=1,
    )
    check(scene["7003"], row("Released", conn_id=two, other_dn="7002", call_state=OK))
    scene.silent("7001")


def test_reconnect_while_the_consulted_dn_rings_abandons_it() -> None:
    scene = Scene()
    two = consult(scene)
    scene.forget()

    scene["7002"].ask(
        RequestReconnectCall(this_dn="7002", conn_id=two, previous_conn_id=scene.one)
    )

    check(scene["7002"], row("Released", conn_id=two), row("Retrieved"), answers=1)
    check(scene["7003"], row("Abandoned", conn_id=two, other_dn="7002"))


# -- merge -------------------------------------------------------------------------------------


def unrelated(scene: Scene) -> ConnId:
    """7002 holds the first call and was called by 7003."""
    scene["7002"].ask(RequestHoldCall(this_dn="7002", conn_id=scene.one))
    return scene.call("7003", "7002")


def merge(scene: Scene, one: ConnId, two: ConnId, kind: MergeType | None) -> Any:
    return scene["7002"].ask(
        RequestMergeCalls(this_dn="7002", conn_id=one, transfer_conn_id=two, merge_type=kind)
    )


@pytest.mark.parametrize("turned", [False, True])
def test_calls_merged_for_transfer_keep_the_conn_id_of_the_held_one(turned: bool) -> None:
    scene = Scene()
    two = unrelated(scene)
    calls = (two, scene.one) if turned else (scene.one, two)

    merge(scene, *calls, MergeType.ForTransfer)

    check(
        scene["7002"],
        row("Released", conn_id=two, other_dn="7003", call_state=TRANSFERRED),
        row(
            "Released",
            conn_id=scene.one,
            other_dn="7001",
            call_state=TRANSFERRED,
            third_party_dn="7003",
        ),
        answers=0,
    )
    check(
        scene["7001"],
        row("PartyChanged", conn_id=scene.one, previous_conn_id=scene.one, other_dn="7003"),
    )
    check(
        scene["7003"],
        row(
            "PartyChanged",
            conn_id=scene.one,
            previous_conn_id=two,
            other_dn="7001",
            other_dn_role=ORIGINATION,
            third_party_dn="7002",
        ),
    )


def test_calls_merged_for_a_conference_keep_the_conn_id_of_the_held_one() -> None:
    scene = Scene()
    two = unrelated(scene)

    merge(scene, scene.one, two, MergeType.ForConference)

    check(
        scene["7002"],
        row("Released", conn_id=two, call_state=CONFERENCED),
        row("Retrieved", conn_id=scene.one, call_state=CONFERENCED),
        added(scene),
        answers=2,
    )
    check(scene["7001"], added(scene))
    check(scene["7003"], row("PartyChanged", conn_id=scene.one, previous_conn_id=two))


def test_calls_are_merged_for_transfer_when_the_type_is_not_given() -> None:
    scene = Scene()

    merge(scene, scene.one, unrelated(scene), None)

    assert set(scene.states(scene.one)) == {"7001", "7003"}


def test_a_merge_needs_a_held_call() -> None:
    scene = Scene()
    two = unrelated(scene)
    scene["7002"].ask(RequestRetrieveCall(this_dn="7002", conn_id=scene.one))

    request = RequestMergeCalls(
        this_dn="7002",
        conn_id=scene.one,
        transfer_conn_id=two,
        merge_type=MergeType.ForTransfer,
    )
    assert scene["7002"].refused(request) == 1164


# -- redirect ----------------------------------------------------------------------------------


def ringing(**options: Any) -> tuple[Scene, ConnId]:
    """7004 calls 7002, which rings, besides the first call."""
    scene = Scene(**options)
    dialing = scene["7004"].ask(RequestMakeCall(this_dn="7004", other_dn="7002"))
    scene.forget()
    return scene, dialing.conn_id


def redirect(scene: Scene, conn_id: ConnId, to: str = "7003") -> Any:
    return scene["7002"].ask(RequestRedirectCall(this_dn="7002", conn_id=conn_id, other_dn=to))


def test_a_redirected_call_rings_elsewhere_and_its_caller_hears_of_it_by_the_answer() -> None:
    scene, two = ringing()

    redirect(scene, two)

    check(
        scene["7002"],
        row(
            "Released",
            conn_id=two,
            other_dn="7004",
            call_state=CallState.Redirected,
            third_party_dn="7003",
        ),
        answers=0,
    )
    check(
        scene["7003"],
        row(
            "Ringing",
            conn_id=two,
            this_dn_role=DESTINATION,
            other_dn="7004",
            other_dn_role=ORIGINATION,
            third_party_dn="7002",
            call_state=OK,
            cause=None,
        ),
    )
    scene.silent("7004")

    scene["7003"].ask(RequestAnswerCall(this_dn="7003", conn_id=two))
    check(
        scene["7004"],
        row("Established", conn_id=two, other_dn="7003", other_dn_role=DESTINATION),
    )


def test_the_cause_of_a_redirected_call_is_told_by_option() -> None:
    scene, two = ringing(emit_cause=True)

    redirect(scene, two)

    check(scene["7003"], row("Ringing", cause=Cause.Redirect))


@pytest.mark.parametrize(
    ("to", "code"), [("7003", 231), ("4711", 177), ("", 71), ("7004", 231), ("7002", 231)]
)
def test_a_call_cannot_be_redirected_to_where_it_cannot_ring(to: str, code: int) -> None:
    scene, two = ringing()
    scene.exchange.perform(SetPhoneBusy(dn=Dn("7003"), busy=True))

    request = RequestRedirectCall(this_dn="7002", conn_id=two, other_dn=to)
    assert scene["7002"].refused(request) == code
    assert scene.states(two) == {"7004": "Dialing", "7002": "Alerting"}


def test_only_a_call_that_rings_is_redirected() -> None:
    scene = Scene()

    request = RequestRedirectCall(this_dn="7002", conn_id=scene.one, other_dn="7003")
    assert scene["7002"].refused(request) == 1161


def test_a_distributed_call_that_is_redirected_keeps_its_queue() -> None:
    scene = Scene()
    scene["7003"].ask(
        RequestAgentLogin(
            this_dn="7003",
            agent_id="1003",
            this_queue="8000",
            agent_work_mode=AgentWorkMode.AutoIn,
        )
    )
    scene.exchange.perform(ArriveInbound(caller="15550001", to=Dn("8000")))
    conn_id = scene["7003"].inbox[-1].conn_id
    scene.forget()

    scene["7003"].ask(RequestRedirectCall(this_dn="7003", conn_id=conn_id, other_dn="7004"))

    check(scene["7004"], row("Ringing", conn_id=conn_id, this_queue="8000"))


def test_a_routed_call_that_is_redirected_leaves_its_routing_point_when_it_is_answered() -> (
    None
):
    scene = Scene(divert_on_ringing=False)
    point = scene.exchange.open("5000")
    scene.exchange.perform(ArriveInbound(caller="15550001", to=Dn("5000")))
    conn_id = point.inbox[-1].conn_id
    point.send(
        RequestRouteCall(
            this_dn="5000", conn_id=conn_id, other_dn="7003", route_type=RouteType.Unknown
        )
    )
    scene["7003"].ask(RequestRedirectCall(this_dn="7003", conn_id=conn_id, other_dn="7004"))
    point.take()

    scene["7004"].ask(RequestAnswerCall(this_dn="7004", conn_id=conn_id))

    assert set(scene.states(conn_id)) == {"15550001", "7004"}
    assert point.names() == ["EventRouteUsed", "EventDiverted"]


# -- clear and single events -------------------------------------------------------------------


@pytest.mark.parametrize(("option", "state"), [("ok", OK), ("cleared", CallState.Cleared)])
def test_clear_releases_everybody(option: str, state: CallState) -> None:
    scene = conference(clear_callstate=option)

    scene["7001"].ask(RequestClearCall(this_dn="7001", conn_id=scene.one))

    check(scene["7001"], row("Released", conn_id=scene.one, call_state=OK), answers=0)
    for dn in ("7002", "7003"):
        check(scene[dn], row("Released", conn_id=scene.one, call_state=state))
    assert scene.exchange.switch.views() == []


def test_clear_abandons_who_rings() -> None:
    scene, two = ringing()

    scene["7004"].ask(RequestClearCall(this_dn="7004", conn_id=two))

    check(scene["7004"], row("Released", conn_id=two), answers=0)
    check(scene["7002"], row("Abandoned", conn_id=two))


def test_call_info_is_told_to_all_parties() -> None:
    scene = Scene()

    scene["7002"].ask(
        RequestSetCallInfo(
            this_dn="7002", conn_id=scene.one, set_operation=SetOpType.SetCallInfo
        )
    )

    wanted = {"conn_id": scene.one, "set_operation": SetOpType.SetCallInfo}
    check(scene["7002"], row("CallInfoChanged", **wanted, this_dn="7002"), answers=0)
    check(scene["7001"], row("CallInfoChanged", **wanted, this_dn="7001"))


def test_digits_are_told_to_who_sent_them_only() -> None:
    scene = Scene()

    scene["7002"].ask(RequestSendDtmf(this_dn="7002", conn_id=scene.one, dtmf_digits="12#"))
    check(scene["7002"], row("DtmfSent", conn_id=scene.one), answers=0)
    scene.silent("7001")

    wrong = RequestSendDtmf(this_dn="7002", conn_id=scene.one, dtmf_digits="12x")
    assert scene["7002"].refused(wrong) == 302


def test_the_message_lamp_is_told_at_the_dn() -> None:
    scene = Scene()
    for request, name in (
        (RequestSetMessageWaitingOn, "MessageWaitingOn"),
        (RequestSetMessageWaitingOff, "MessageWaitingOff"),
    ):
        scene["7001"].ask(request(this_dn="7001"))
        check(scene["7001"], row(name, this_dn="7001"), answers=0)


def test_hold_and_retrieve_keep_the_roles_and_tell_the_other_side_nothing() -> None:
    scene = Scene()

    scene["7002"].ask(RequestHoldCall(this_dn="7002", conn_id=scene.one))
    check(
        scene["7002"],
        row("Held", conn_id=scene.one, other_dn="7001", this_dn_role=DESTINATION),
        answers=0,
    )
    assert scene["7002"].refused(RequestHoldCall(this_dn="7002", conn_id=scene.one)) == 1161
    scene["7002"].take()
    scene["7002"].ask(RequestRetrieveCall(this_dn="7002", conn_id=scene.one))
    check(
        scene["7002"],
        row("Retrieved", conn_id=scene.one, other_dn="7001", this_dn_role=DESTINATION),
        answers=0,
    )
    again = RequestRetrieveCall(this_dn="7002", conn_id=scene.one)
    assert scene["7002"].refused(again) == 1161
    scene.silent("7001")


def test_a_held_call_is_released_like_any_other() -> None:
    scene = Scene()
    scene["7002"].ask(RequestHoldCall(this_dn="7002", conn_id=scene.one))
    scene.forget()

    scene["7001"].ask(RequestReleaseCall(this_dn="7001", conn_id=scene.one))

    check(scene["7001"], row("Released", other_dn="7002", call_state=OK), answers=0)
    check(scene["7002"], row("Released", other_dn="7001", call_state=OK))


@pytest.mark.parametrize("how", ["single step", "mute", "redirect", "route"])
def test_nobody_is_connected_to_himself(how: str) -> None:
    scene, two = ringing()
    point = scene.exchange.open("5000")
    same: dict[str, Any] = {"this_dn": "7002", "conn_id": scene.one, "other_dn": "7001"}
    if how == "route":
        scene["7003"].ask(RequestMakeCall(this_dn="7003", other_dn="5000"))
        route = RequestRouteCall(
            this_dn="5000",
            conn_id=point.inbox[-1].conn_id,
            other_dn="7003",
            route_type=RouteType.Unknown,
        )
        assert point.refused(route) == 231
    elif how == "redirect":
        request = RequestRedirectCall(this_dn="7002", conn_id=two, other_dn="7004")
        assert scene["7002"].refused(request) == 231
    elif how == "mute":
        assert scene["7002"].refused(RequestMuteTransfer(**same)) == 93
    else:
        assert scene["7002"].refused(RequestSingleStepTransfer(**same)) == 231
    scene.silent("7001")


def test_a_call_that_is_released_at_its_routing_point_ends_for_all() -> None:
    scene = Scene(divert_on_ringing=False)
    point = scene.exchange.open("5000")
    conn_id = scene["7004"].ask(RequestMakeCall(this_dn="7004", other_dn="5000")).conn_id
    point.send(
        RequestRouteCall(
            this_dn="5000", conn_id=conn_id, other_dn="7003", route_type=RouteType.Unknown
        )
    )
    scene.forget()
    point.take()

    point.ask(RequestReleaseCall(this_dn="5000", conn_id=conn_id))

    check(scene["7004"], row("Released", conn_id=conn_id))
    check(scene["7003"], row("Abandoned", conn_id=conn_id))
    assert scene.states(conn_id) == {}
