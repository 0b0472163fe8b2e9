"""User data of consultation calls and of merged calls (BEHAVIOUR.md 4.4 to 4.7)."""

from itertools import product
from typing import Any

import pytest

from tests.session.rows import Scene, check, row
from tests.session.test_rules_conference import complete as confer
from tests.session.test_rules_transfer import complete as transfer
from tlibproto.messages import (
    RequestAnswerCall,
    RequestAttachUserData,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestMuteTransfer,
    RequestReleaseCall,
    RequestSingleStepTransfer,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import ConnId, KVList

MAIN = KVList((("k", "1"), ("a", "1"), ("k", "2")))
GIVEN = KVList((("a", "9"), ("b", "1"), ("b", "2")))
INHERITED = KVList((("k", "1"), ("a", "9"), ("k", "2"), ("b", "1"), ("b", "2")))
"""Both, with the value of the request for the key that both have."""


def consult(scene: Scene, mode: str | None = None, given: KVList | None = GIVEN) -> ConnId:
    """7002 consults 7003, which answers; ``mode`` is that of the request."""
    extensions = None if mode is None else KVList.of(ConsultUserData=mode)
    dialing = scene["7002"].ask(
        RequestInitiateTransfer(
            this_dn="7002",
            conn_id=scene.one,
            other_dn="7003",
            user_data=given,
            extensions=extensions,
        )
    )
    conn_id: ConnId = dialing.conn_id
    scene.answer("7003", conn_id)
    return conn_id


def data(scene: Scene, conn_id: ConnId) -> KVList:
    view = scene.exchange.switch.call(conn_id)
    assert view is not None
    return view.user_data


CONSULTATIONS = {
    "separate": (MAIN, GIVEN),
    "inherited": (MAIN, INHERITED),
    "joint": (INHERITED, INHERITED),
}


@pytest.mark.parametrize("mode", CONSULTATIONS)
@pytest.mark.parametrize("way", ["option", "extension"])
def test_the_data_of_a_consultation_is_as_the_option_or_the_request_says(
    mode: str, way: str
) -> None:
    option = mode if way == "option" else "separate" if mode != "separate" else "joint"
    scene = Scene(data=MAIN, consult_user_data=option)

    two = consult(scene, mode if way == "extension" else None)

    assert (data(scene, scene.one), data(scene, two)) == CONSULTATIONS[mode]


def test_inherited_data_goes_apart_afterwards() -> None:
    scene = Scene(data=MAIN, consult_user_data="inherited")
    two = consult(scene, given=None)

    scene["7003"].ask(
        RequestUpdateUserData(this_dn="7003", conn_id=two, user_data=KVList.of(a="9"))
    )

    check(scene["7003"], row("AttachedDataChanged", conn_id=two), answers=0)
    check(scene["7002"], row("AttachedDataChanged", conn_id=two))
    scene.silent("7001")
    assert data(scene, scene.one) == MAIN


def test_a_change_of_joint_data_is_told_of_both_calls() -> None:
    scene = Scene(data=MAIN, consult_user_data="joint")
    two = consult(scene, given=None)
    news = KVList((*MAIN, ("z", 1)))

    scene["7003"].ask(
        RequestAttachUserData(this_dn="7003", conn_id=two, user_data=KVList.of(z=1))
    )

    same = {"user_data": news, "third_party_dn": "7003"}
    check(scene["7003"], row("AttachedDataChanged", conn_id=two, **same), answers=0)
    check(scene["7001"], row("AttachedDataChanged", conn_id=scene.one, **same))
    check(
        scene["7002"],
        row("AttachedDataChanged", conn_id=two, **same),
        row("AttachedDataChanged", conn_id=scene.one, **same),
    )


MERGED = {
    "main-only": MAIN,
    "consult-only": GIVEN,
    "merged-over-main": KVList((*MAIN, ("b", "1"), ("b", "2"))),
    "merged-over-consult": INHERITED,
}
WAYS: dict[str, Any] = {"transfer": transfer, "conference": confer}


@pytest.mark.parametrize(("way", "mode"), tuple(product(WAYS, MERGED)))
def test_the_data_of_the_call_that_stays_is_as_the_option_says(way: str, mode: str) -> None:
    scene = Scene(data=MAIN, merged_user_data=mode)
    two = consult(scene)

    WAYS[way](scene, two)

    news = "PartyChanged" if way == "transfer" else "PartyAdded"
    check(scene["7001"], row(news, conn_id=scene.one, user_data=MERGED[mode]))
    check(scene["7003"], row("PartyChanged", conn_id=scene.one, user_data=MERGED[mode]))
    assert data(scene, scene.one) == MERGED[mode]


def test_no_event_of_its_own_tells_of_merged_data() -> None:
    scene = Scene(data=MAIN, merged_user_data="consult-only")

    transfer(scene, consult(scene))

    for dn in ("7001", "7002", "7003"):
        assert "EventAttachedDataChanged" not in scene[dn].names()


def test_data_of_joint_calls_is_not_joint_with_a_call_that_is_gone() -> None:
    scene = Scene(data=MAIN, consult_user_data="joint")
    transfer(scene, consult(scene, given=None))
    scene.forget()

    scene["7003"].ask(
        RequestAttachUserData(this_dn="7003", conn_id=scene.one, user_data=KVList.of(z=1))
    )

    check(scene["7003"], row("AttachedDataChanged", conn_id=scene.one), answers=0)
    check(scene["7001"], row("AttachedDataChanged", conn_id=scene.one))


@pytest.mark.parametrize("request_class", [RequestSingleStepTransfer, RequestMuteTransfer])
def test_data_given_with_a_transfer_is_in_its_events(request_class: Any) -> None:
    scene = Scene(data=MAIN, consult_user_data="inherited", merged_user_data="consult-only")

    scene["7002"].ask(
        request_class(this_dn="7002", conn_id=scene.one, other_dn="7003", user_data=GIVEN)
    )

    check(scene["7001"], row("PartyChanged", user_data=INHERITED))


def test_data_given_with_a_call_is_in_every_event_and_none_of_its_own_tells_of_it() -> None:
    scene = Scene()
    dialing = scene["7003"].ask(
        RequestMakeCall(this_dn="7003", other_dn="7004", user_data=MAIN)
    )
    conn_id = dialing.conn_id
    scene["7004"].ask(RequestAnswerCall(this_dn="7004", conn_id=conn_id))
    scene["7004"].ask(RequestReleaseCall(this_dn="7004", conn_id=conn_id))

    for dn, first in (("7003", "EventDialing"), ("7004", "EventRinging")):
        got = scene[dn].take()
        assert [type(one).__name__ for one in got] == [
            first,
            "EventEstablished",
            "EventReleased",
        ]
        assert {one.user_data for one in got} == {MAIN}
