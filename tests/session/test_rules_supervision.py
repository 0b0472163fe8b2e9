"""Supervision, row by row (BEHAVIOUR.md 1.18)."""

from typing import Any

import pytest

from tests.session.rows import DESTINATION, OK, ORIGINATION, TRANSFERRED, Scene, check, row
from tests.session.test_rules_transfer import complete, consulted
from tests.switch.bed import CALLER
from tlibproto.messages import (
    RequestAnswerCall,
    RequestCancelMonitoring,
    RequestMonitorNextCall,
    RequestReleaseCall,
    RequestSetMuteOff,
    RequestSetMuteOn,
    RequestSingleStepTransfer,
)
from tlibproto.vocabulary import (
    CallState,
    ConnId,
    Dn,
    DnRole,
    KVList,
    MonitorNextCallType,
)
from tlibsim.switch.commands import ArriveInbound

BRIDGED, OBSERVER = CallState.Bridged, DnRole.RoleObserver
GONE = DnRole.RoleDeletedParty


def monitor(scene: Scene, agent: str = "7002", by: str = "7004", **more: Any) -> Any:
    return scene[by].ask(RequestMonitorNextCall(this_dn=by, other_dn=agent, **more))


def inbound(scene: Scene, to: str = "7002") -> ConnId:
    """A call from outside, answered at the agent; nothing is forgotten."""
    scene.exchange.perform(ArriveInbound(caller=CALLER, to=Dn(to)))
    conn_id = scene.exchange.switch.views()[-1].conn_id
    scene[to].ask(RequestAnswerCall(this_dn=to, conn_id=conn_id))
    return conn_id


def supervised(scope: str = "call", **options: Any) -> tuple[Scene, ConnId]:
    """7002 talks to somebody outside, and 7004 listens; all is read."""
    scene = Scene(intrusion_enabled=False, **options)
    monitor(scene, extensions=KVList.of(MonitorScope=scope))
    conn_id = inbound(scene)
    scene["7004"].ask(RequestAnswerCall(this_dn="7004", conn_id=conn_id))
    scene.forget()
    return scene, conn_id


@pytest.mark.parametrize("kind", list(MonitorNextCallType))
def test_the_agreement_is_told_to_both(kind: MonitorNextCallType) -> None:
    scene = Scene(intrusion_enabled=False)

    monitor(scene, monitor_next_call_type=kind)

    same = {"monitor_next_call_type": kind}
    check(scene["7004"], row("MonitoringNextCall", other_dn="7002", **same), answers=0)
    check(scene["7002"], row("MonitoringNextCall", other_dn="7004", **same))


def test_a_wish_for_another_agent_cancels_the_first() -> None:
    scene = Scene(intrusion_enabled=False)
    monitor(scene)
    scene.forget()

    monitor(scene, "7003")

    check(
        scene["7004"],
        row("MonitoringCancelled", other_dn="7002"),
        row("MonitoringNextCall", other_dn="7003"),
        answers=1,
    )
    check(scene["7002"], row("MonitoringCancelled", other_dn="7004"))
    check(scene["7003"], row("MonitoringNextCall", other_dn="7004"))


def test_the_end_of_the_agreement_is_told_to_both() -> None:
    scene = Scene(intrusion_enabled=False)
    monitor(scene)
    scene.forget()

    scene["7004"].ask(RequestCancelMonitoring(this_dn="7004", other_dn="7002"))

    check(scene["7004"], row("MonitoringCancelled", other_dn="7002"), answers=0)
    check(scene["7002"], row("MonitoringCancelled", other_dn="7004"))
    again = RequestCancelMonitoring(this_dn="7004", other_dn="7002")
    assert scene["7004"].refused(again) == 1161


def test_the_supervisor_joins_when_the_agent_answers() -> None:
    scene = Scene(intrusion_enabled=False)
    monitor(scene)
    scene.forget()

    conn_id = inbound(scene)

    check(
        scene["7002"],
        row("Ringing", other_dn=CALLER),
        row("Established", other_dn=CALLER, call_state=OK),
        row(
            "PartyAdded",
            conn_id=conn_id,
            other_dn="7004",
            other_dn_role=OBSERVER,
            call_state=BRIDGED,
        ),
        answers=1,
    )
    rings: dict[str, Any] = {
        "conn_id": conn_id,
        "this_dn_role": OBSERVER,
        "other_dn": CALLER,
        "other_dn_role": ORIGINATION,
        "call_state": BRIDGED,
    }
    check(scene["7004"], row("Ringing", **rings))

    scene["7004"].ask(RequestAnswerCall(this_dn="7004", conn_id=conn_id))
    check(scene["7004"], row("Established", **rings), answers=0)
    scene.silent("7002")


def test_the_agent_who_leaves_first_is_deleted_and_then_all_is_over() -> None:
    scene, conn_id = supervised()

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=conn_id))

    check(scene["7002"], row("Released", other_dn=CALLER, call_state=OK), answers=0)
    check(
        scene["7004"],
        row("PartyDeleted", conn_id=conn_id, other_dn="7002", other_dn_role=GONE),
        row("Released", conn_id=conn_id, this_dn_role=OBSERVER),
    )


def test_a_supervisor_who_leaves_ends_nothing() -> None:
    scene, conn_id = supervised()

    scene["7004"].ask(RequestReleaseCall(this_dn="7004", conn_id=conn_id))

    check(scene["7004"], row("Released", this_dn_role=OBSERVER), answers=0)
    check(scene["7002"], row("PartyDeleted", other_dn="7004", other_dn_role=GONE))
    assert scene.states(conn_id) == {CALLER: "Connected", "7002": "Connected"}


@pytest.mark.parametrize("scope", ["call", "agent"])
def test_by_scope_the_supervisor_stays_with_the_call_or_goes_with_the_agent(
    scope: str,
) -> None:
    scene, conn_id = supervised(scope)

    scene["7002"].ask(
        RequestSingleStepTransfer(this_dn="7002", conn_id=conn_id, other_dn="7003")
    )

    check(scene["7002"], row("Released", call_state=TRANSFERRED), answers=0)
    told = row("PartyChanged", other_dn="7003", call_state=TRANSFERRED)
    if scope == "call":
        check(scene["7004"], told)
        assert "7004" in scene.states(conn_id)
    else:
        check(scene["7004"], told, row("Released", this_dn_role=OBSERVER))
        assert "7004" not in scene.states(conn_id)


def test_a_supervisor_goes_along_in_a_two_step_transfer() -> None:
    scene, conn_id = supervised()
    scene.one = conn_id
    two = consulted(scene)

    complete(scene, two)

    check(scene["7004"], row("PartyChanged", conn_id=conn_id, other_dn="7003"))
    check(
        scene["7003"],
        row("PartyChanged", conn_id=conn_id, other_dn=CALLER, third_party_dn="7002"),
    )
    assert scene.states(conn_id)["7004"] == "Connected"


@pytest.mark.parametrize("intrusion", [True, False])
def test_a_call_under_way_is_joined_at_once_by_option(intrusion: bool) -> None:
    scene = Scene(intrusion_enabled=intrusion)

    monitor(scene)

    joined = [row("Ringing", conn_id=scene.one, other_dn="7001")] * intrusion
    check(scene["7004"], row("MonitoringNextCall"), *joined, answers=0)
    added = [row("PartyAdded", other_dn="7004", other_dn_role=OBSERVER)] * intrusion
    check(scene["7002"], row("MonitoringNextCall"), *added)


@pytest.mark.parametrize(
    ("options", "joins"), [({}, True), ({"monitor_internal_calls": False}, False)]
)
def test_internal_calls_are_supervised_by_option(options: dict[str, Any], joins: bool) -> None:
    scene = Scene(intrusion_enabled=False, **options)
    monitor(scene, "7003")
    scene.forget()

    scene.call("7001", "7003")

    assert ("7004" in scene.states(scene.exchange.switch.views()[-1].conn_id)) is joins


@pytest.mark.parametrize(
    ("option", "agent", "joins"),
    [
        ("none", "7002", False),
        ("orig", "7002", True),
        ("dest", "7002", False),
        ("dest", "7003", True),
        ("orig", "7003", False),
        ("all", "7003", True),
    ],
)
def test_consultations_are_supervised_by_option(option: str, agent: str, joins: bool) -> None:
    scene = Scene(intrusion_enabled=False, monitor_consult_calls=option)
    monitor(scene, agent)

    two = consulted(scene)

    assert ("7004" in scene.states(two)) is joins


COACH = KVList.of(MonitorMode="coach")
MODES = [
    (RequestSetMuteOff, None, "connect", "MuteOff"),
    (RequestSetMuteOn, None, "mute", "MuteOn"),
    (RequestSetMuteOff, COACH, "coach", "MuteOff"),
    (RequestSetMuteOn, COACH, "coach", "MuteOn"),
]


@pytest.mark.parametrize(("request_class", "extensions", "mode", "name"), MODES)
@pytest.mark.parametrize("told", [True, False])
def test_a_change_of_mode_is_answered_and_told_by_option(
    request_class: Any, extensions: KVList | None, mode: str, name: str, told: bool
) -> None:
    scene, conn_id = supervised(sip_enable_call_info=told)

    scene["7004"].ask(request_class(this_dn="7004", conn_id=conn_id, extensions=extensions))

    own = [one for one in scene["7004"].take() if type(one).__name__ != "EventUserEvent"]
    names = [type(one).__name__ for one in own]
    assert names == [f"Event{name}", *["EventPrivateInfo"] * told]
    assert [one.reference_id is not None for one in own] == [True, *[False] * told]
    agent = [m for m in scene["7002"].take() if type(m).__name__ == "EventPrivateInfo"]
    infos = [one for one in (*own, *agent) if type(one).__name__ == "EventPrivateInfo"]
    assert [(one.private_msg_id, dict(one.extensions)) for one in infos] == [
        (4024, {"MonitorMode": mode})
    ] * (2 * told)


def test_a_supervisor_starts_muted() -> None:
    scene, conn_id = supervised()

    call = scene.exchange.switch.calls[conn_id]
    (observer,) = call.observers()
    assert observer.muted
    assert [party.role for party in call.members()] == [ORIGINATION, DESTINATION]
