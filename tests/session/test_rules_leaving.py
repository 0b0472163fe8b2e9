"""Leaving a conference, deaf and mute, row by row (BEHAVIOUR.md 1.11, 1.19)."""

import pytest

from tests.session.rows import CONFERENCED, OK, Scene, check, row
from tests.session.test_rules_conference import complete, conference, deleted, listed
from tests.session.test_rules_transfer import consulted
from tests.switch.bed import CALLER
from tlibproto.messages import (
    RequestCompleteTransfer,
    RequestDeleteFromConference,
    RequestInitiateConference,
    RequestListenDisconnect,
    RequestListenReconnect,
    RequestReleaseCall,
    RequestSetMuteOff,
    RequestSetMuteOn,
)
from tlibproto.vocabulary import CallState, Dn
from tlibsim.switch.commands import ArriveInbound

# -- leaving -----------------------------------------------------------------------------------


def test_a_party_that_leaves_three_is_deleted_by_itself_and_two_remain() -> None:
    scene = conference()

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=scene.one))

    check(
        scene["7002"],
        row("Released", conn_id=scene.one, call_state=OK, third_party_dn=None),
        answers=0,
    )
    for dn in ("7001", "7003"):
        check(scene[dn], deleted(scene, "7002", "7002", OK))


def test_a_party_that_leaves_four_leaves_a_conference() -> None:
    scene = conference()
    complete(scene, consulted(scene, "7002", "7004"))
    scene.forget()

    scene["7004"].ask(RequestReleaseCall(this_dn="7004", conn_id=scene.one))

    for dn in ("7001", "7002", "7003"):
        check(scene[dn], deleted(scene, "7004", "7004", CONFERENCED))


def test_one_party_deletes_another_and_everybody_who_stays_hears_who_did_it() -> None:
    scene = conference()

    scene["7001"].ask(
        RequestDeleteFromConference(this_dn="7001", conn_id=scene.one, other_dn="7002")
    )

    check(scene["7002"], row("Released", conn_id=scene.one, call_state=OK))
    check(scene["7001"], deleted(scene, "7002", "7001", OK), answers=0)
    check(scene["7003"], deleted(scene, "7002", "7001", OK))


def test_a_party_that_deletes_itself_is_answered_by_its_release() -> None:
    scene = conference()

    scene["7001"].ask(
        RequestDeleteFromConference(this_dn="7001", conn_id=scene.one, other_dn="7001")
    )

    check(scene["7001"], row("Released", conn_id=scene.one, call_state=OK), answers=0)
    check(scene["7003"], deleted(scene, "7001", "7001", OK))


@pytest.mark.parametrize(
    ("who", "gone", "code"), [("7004", "7001", 1161), ("7001", "7004", 1162)]
)
def test_only_a_party_deletes_and_only_a_party_is_deleted(
    who: str, gone: str, code: int
) -> None:
    scene = conference()

    request = RequestDeleteFromConference(this_dn=who, conn_id=scene.one, other_dn=gone)
    assert scene[who].refused(request) == code
    scene.silent("7002", "7003")


def test_nobody_is_deleted_from_a_call_of_two() -> None:
    scene = Scene()

    request = RequestDeleteFromConference(this_dn="7002", conn_id=scene.one, other_dn="7001")
    assert scene["7002"].refused(request) == 1161
    assert scene.states(scene.one) == {"7001": "Connected", "7002": "Connected"}


def with_outside() -> Scene:
    """An outside caller, 7002 and 7003 talk."""
    scene = Scene()
    scene.exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7002")))
    scene.one = scene.exchange.switch.views()[-1].conn_id
    scene.answer("7002", scene.one)
    complete(scene, consulted(scene))
    scene.forget()
    return scene


def test_somebody_outside_can_be_deleted() -> None:
    scene = with_outside()

    scene["7003"].ask(
        RequestDeleteFromConference(this_dn="7003", conn_id=scene.one, other_dn=CALLER)
    )

    check(scene["7003"], deleted(scene, CALLER, "7003", OK), answers=0)
    check(scene["7002"], deleted(scene, CALLER, "7003", OK))


def test_the_last_of_a_conference_is_released() -> None:
    scene = with_outside()
    for dn in ("7002", "7003"):
        scene[dn].ask(RequestReleaseCall(this_dn=dn, conn_id=scene.one))

    assert all(view.conn_id != scene.one for view in scene.exchange.switch.views())
    check(
        scene["7003"],
        deleted(scene, "7002", "7002", OK),
        row("Released", conn_id=scene.one, other_dn=CALLER, call_state=OK),
        answers=1,
    )


@pytest.mark.parametrize("dropped", [True, False])
def test_a_call_of_outside_parties_only_is_dropped_by_option(dropped: bool) -> None:
    scene = Scene(drop_external_only=dropped, dn={"trunk-out": {"answer_after": 0.0}})
    scene.exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7002")))
    scene.one = scene.exchange.switch.views()[-1].conn_id
    scene.answer("7002", scene.one)
    request = RequestInitiateConference(this_dn="7002", conn_id=scene.one, other_dn="95550001")
    two = scene["7002"].ask(request).conn_id
    scene.exchange.wait(0)
    complete(scene, two)

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=scene.one))

    expected = {} if dropped else {CALLER: "Connected", "95550001": "Connected"}
    assert scene.states(scene.one) == expected


def test_a_conference_can_be_transferred_and_the_new_party_is_told_of_all() -> None:
    scene = conference()
    two = consulted(scene, "7002", "7004")

    scene["7002"].ask(
        RequestCompleteTransfer(this_dn="7002", conn_id=scene.one, transfer_conn_id=two)
    )

    check(
        scene["7004"],
        row("PartyChanged", other_dn=None, extensions=listed("7001", "7003")),
    )
    for dn in ("7001", "7003"):
        check(scene[dn], row("PartyChanged", conn_id=scene.one, other_dn="7004"))


# -- deaf and mute (1.19) ----------------------------------------------------------------------


def test_everybody_hears_that_somebody_is_cut_off() -> None:
    scene = conference()

    for request, name, state in (
        (RequestListenDisconnect, "ListenDisconnected", CallState.Held),
        (RequestListenReconnect, "ListenReconnected", CallState.Ok),
    ):
        scene["7002"].ask(request(this_dn="7002", conn_id=scene.one, other_dn="7003"))
        same = {"conn_id": scene.one, "call_state": state, "third_party_dn": "7002"}
        check(scene["7002"], row(name, **same, other_dn="7003"), answers=0)
        check(scene["7001"], row(name, **same, other_dn="7003"))
        check(scene["7003"], row(name, **same))


def test_nobody_is_cut_off_from_a_call_of_two() -> None:
    scene = Scene()

    request = RequestListenDisconnect(this_dn="7002", conn_id=scene.one, other_dn="7001")
    assert scene["7002"].refused(request) == 1161


def test_mute_needs_a_conference_unless_the_option_says_otherwise() -> None:
    two = Scene()
    request = RequestSetMuteOn(this_dn="7002", conn_id=two.one)
    assert two["7002"].refused(request) == 1161

    for scene in (conference(), Scene(sip_enable_two_party_mute=True)):
        scene["7002"].ask(RequestSetMuteOn(this_dn="7002", conn_id=scene.one))
        check(scene["7002"], row("MuteOn", conn_id=scene.one), answers=0)
        scene["7002"].ask(RequestSetMuteOff(this_dn="7002", conn_id=scene.one))
        check(scene["7002"], row("MuteOff", conn_id=scene.one), answers=0)
        scene.silent("7001", "7003")


def test_mute_ends_when_two_remain() -> None:
    scene = conference()
    scene["7002"].ask(RequestSetMuteOn(this_dn="7002", conn_id=scene.one))

    scene["7003"].ask(RequestReleaseCall(this_dn="7003", conn_id=scene.one))

    device = scene.exchange.switch.device("7002")
    assert device is not None
    assert [party.muted for party in device.parties] == [False]
