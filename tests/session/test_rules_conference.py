"""Conferences in two steps and in one, row by row (BEHAVIOUR.md 1.9, 1.10)."""

from typing import Any

import pytest

from tests.session.rows import CONFERENCED, OK, Row, Scene, check, row
from tests.session.test_rules_transfer import consulted
from tlibproto.messages import (
    RequestAlternateCall,
    RequestAnswerCall,
    RequestCompleteConference,
    RequestInitiateConference,
    RequestReleaseCall,
    RequestSingleStepConference,
)
from tlibproto.vocabulary import CallState, CallType, ConnId, Dn, DnRole, KVList
from tlibsim.switch.commands import SetPhoneBusy

NEW, ADDED_BY = DnRole.RoleNewParty, DnRole.RoleAddedBy
DELETED, DELETED_BY = DnRole.RoleDeletedParty, DnRole.RoleDeletedBy
CONFERENCED_BY = DnRole.RoleConferencedBy


def listed(*dns: str) -> KVList:
    pairs: list[tuple[str, str | int]] = [("NumOfOrigDNs", len(dns))]
    pairs += [(f"OrigDN-{number}", dn) for number, dn in enumerate(dns, start=1)]
    return KVList(tuple(pairs))


def complete(scene: Scene, two: ConnId, dn: str = "7002") -> Any:
    return scene[dn].ask(
        RequestCompleteConference(this_dn=dn, conn_id=scene.one, conference_conn_id=two)
    )


def conference(**options: Any) -> Scene:
    """7001, 7002 and 7003 talk; all is forgotten."""
    scene = Scene(**options)
    complete(scene, consulted(scene))
    scene.forget()
    return scene


def added(scene: Scene, by: str = "7002", new: str = "7003") -> Row:
    return row(
        "PartyAdded",
        conn_id=scene.one,
        other_dn=new,
        other_dn_role=NEW,
        third_party_dn=by,
        third_party_dn_role=ADDED_BY,
        call_state=CONFERENCED,
        previous_conn_id=None,
    )


def deleted(scene: Scene, gone: str, by: str, state: CallState) -> Row:
    return row(
        "PartyDeleted",
        conn_id=scene.one,
        other_dn=gone,
        other_dn_role=DELETED,
        third_party_dn=by,
        third_party_dn_role=DELETED_BY,
        call_state=state,
    )


# -- two steps ---------------------------------------------------------------------------------


def test_initiate_conference_equals_initiate_transfer() -> None:
    scene = Scene()

    request = RequestInitiateConference(this_dn="7002", conn_id=scene.one, other_dn="7003")
    two = scene["7002"].ask(request).conn_id

    check(
        scene["7002"],
        row("Held", conn_id=scene.one, other_dn="7001"),
        row(
            "Dialing",
            conn_id=two,
            call_type=CallType.Consult,
            previous_conn_id=scene.one,
            transfer_conn_id=scene.one,
            conference_conn_id=None,
        ),
        answers=1,
    )
    check(scene["7003"], row("Ringing", conn_id=two, call_type=CallType.Consult))


def test_complete_conference_row_by_row() -> None:
    scene = Scene()
    two = consulted(scene)
    (main, _) = scene.exchange.switch.views()

    complete(scene, two)

    check(
        scene["7002"],
        row("Released", conn_id=two, other_dn="7003", call_state=CONFERENCED),
        row("Retrieved", conn_id=scene.one, other_dn="7001", call_state=CONFERENCED),
        added(scene),
        answers=2,
    )
    check(scene["7001"], added(scene))
    check(
        scene["7003"],
        row(
            "PartyChanged",
            conn_id=scene.one,
            previous_conn_id=two,
            third_party_dn="7002",
            third_party_dn_role=CONFERENCED_BY,
            call_state=CONFERENCED,
            other_dn=None,
            other_dn_role=None,
            extensions=listed("7001", "7002"),
            call_type=CallType.Internal,
        ),
    )
    (call,) = scene.exchange.switch.views()
    assert (call.conn_id, call.call_uuid) == (scene.one, main.call_uuid)
    assert scene.states(scene.one) == dict.fromkeys(("7001", "7002", "7003"), "Connected")


def test_the_requestor_gets_party_changed_only_by_option() -> None:
    scene = Scene(conf_requestor_partychanged=True)
    two = consulted(scene)

    complete(scene, two)

    check(
        scene["7002"],
        row("Released"),
        row("Retrieved"),
        row("PartyAdded"),
        row("PartyChanged", conn_id=scene.one, call_state=CONFERENCED),
        answers=2,
    )


def test_a_call_that_is_not_held_is_not_retrieved_by_a_conference() -> None:
    scene = Scene()
    two = consulted(scene)
    scene["7002"].ask(
        RequestAlternateCall(this_dn="7002", conn_id=two, previous_conn_id=scene.one)
    )
    scene.forget()

    complete(scene, two)

    check(scene["7002"], row("Released", conn_id=two), added(scene), answers=1)


def test_a_blind_conference_adds_the_party_at_once_and_it_answers_later() -> None:
    scene = Scene()
    request = RequestInitiateConference(this_dn="7002", conn_id=scene.one, other_dn="7003")
    two = scene["7002"].ask(request).conn_id
    scene.forget()

    complete(scene, two)

    check(scene["7001"], added(scene))
    check(
        scene["7002"], row("Released", conn_id=two), row("Retrieved"), added(scene), answers=2
    )
    check(scene["7003"], row("PartyChanged", conn_id=scene.one, previous_conn_id=two))
    assert scene.states(scene.one)["7003"] == "Alerting"

    scene["7003"].ask(RequestAnswerCall(this_dn="7003", conn_id=scene.one))
    check(scene["7003"], row("Established", conn_id=scene.one, other_dn=None), answers=0)
    scene.silent("7001", "7002")


def test_somebody_who_refuses_a_blind_conference_is_deleted_from_it() -> None:
    scene = Scene()
    request = RequestInitiateConference(this_dn="7002", conn_id=scene.one, other_dn="7003")
    complete(scene, scene["7002"].ask(request).conn_id)
    scene.forget()

    scene["7003"].ask(RequestReleaseCall(this_dn="7003", conn_id=scene.one))

    check(scene["7003"], row("Released", conn_id=scene.one, call_state=OK), answers=0)
    for dn in ("7001", "7002"):
        check(scene[dn], deleted(scene, "7003", "7003", OK))
    assert scene.states(scene.one) == {"7001": "Connected", "7002": "Connected"}


def test_several_added_parties_are_listed_and_none_of_them_is_named() -> None:
    scene = Scene()
    two = consulted(scene)
    scene["7003"].send(
        RequestSingleStepConference(this_dn="7003", conn_id=two, other_dn="7004")
    )
    scene.answer("7004", two)

    complete(scene, two)

    many = row(
        "PartyAdded",
        conn_id=scene.one,
        other_dn=None,
        other_dn_role=None,
        third_party_dn="7002",
        extensions=listed("7003", "7004"),
    )
    check(scene["7001"], many)
    check(scene["7002"], row("Released", other_dn=None), row("Retrieved"), many, answers=2)
    for dn in ("7003", "7004"):
        check(scene[dn], row("PartyChanged", conn_id=scene.one, previous_conn_id=two))


def test_what_the_request_said_comes_before_the_list_of_parties() -> None:
    scene = Scene()
    two = consulted(scene)
    scene["7003"].send(
        RequestSingleStepConference(this_dn="7003", conn_id=two, other_dn="7004")
    )
    scene.answer("7004", two)
    reasons, asked = KVList.of(why="x"), KVList.of(mine="1")

    scene["7002"].ask(
        RequestCompleteConference(
            this_dn="7002",
            conn_id=scene.one,
            conference_conn_id=two,
            reasons=reasons,
            extensions=asked,
        )
    )

    both = asked.appended(listed("7003", "7004"))
    (*_, answer) = scene["7002"].take()
    assert (answer.reasons, answer.extensions) == (reasons, both)
    check(scene["7001"], row("PartyAdded", reasons=None, extensions=listed("7003", "7004")))


# -- in a single step --------------------------------------------------------------------------


def invite(scene: Scene, to: str = "7003") -> int:
    """Ask 7003 in; the answer may come later.  Returns the number of messages that came."""
    scene["7002"].send(
        RequestSingleStepConference(
            this_dn="7002",
            conn_id=scene.one,
            other_dn=to,
            reference_id=77,  # type: ignore[arg-type]
        )
    )
    return len(scene["7002"].inbox)


def test_a_single_step_conference_tells_the_others_when_the_new_party_answers() -> None:
    scene = Scene()

    assert invite(scene) == 0
    check(
        scene["7003"],
        row(
            "Ringing",
            conn_id=scene.one,
            other_dn="7001",
            third_party_dn="7002",
            third_party_dn_role=CONFERENCED_BY,
            call_state=CONFERENCED,
        ),
    )
    scene.silent("7001")

    scene["7003"].ask(RequestAnswerCall(this_dn="7003", conn_id=scene.one))
    check(
        scene["7003"],
        row("Established", conn_id=scene.one, call_state=CONFERENCED, other_dn=None),
        answers=0,
    )
    check(scene["7001"], added(scene))
    assert scene["7002"].inbox[0].reference_id == 77
    check(scene["7002"], added(scene), answers=0)


def test_a_single_step_conference_can_tell_the_others_at_once() -> None:
    scene = Scene(ssc_partyadded="alerting")

    assert invite(scene) == 1

    check(scene["7002"], added(scene), answers=0)
    check(scene["7001"], added(scene))
    check(scene["7003"], row("Ringing"))


@pytest.mark.parametrize("how", ["refuses", "does not answer"])
def test_somebody_who_does_not_join_is_an_error_for_who_asked_and_nothing_for_the_others(
    how: str,
) -> None:
    scene = Scene(no_answer_timeout=5)
    invite(scene)
    scene["7003"].take()

    if how == "refuses":
        scene["7003"].ask(RequestReleaseCall(this_dn="7003", conn_id=scene.one))
    else:
        scene.exchange.wait(5)

    check(scene["7002"], row("Error", error_code=232, reference_id=77), answers=0)
    scene.silent("7001")
    assert scene.states(scene.one) == {"7001": "Connected", "7002": "Connected"}


def test_no_error_tells_of_it_by_option_but_the_request_is_answered() -> None:
    scene = Scene(ssc_report_failure=False)
    invite(scene)

    scene["7003"].ask(RequestReleaseCall(this_dn="7003", conn_id=scene.one))
    answers = [one for one in scene["7002"].take() if one.reference_id == 77]
    assert [type(one).__name__ for one in answers] == ["EventACK"]

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=scene.one))
    assert all(one.reference_id != 77 for one in scene["7002"].take())


@pytest.mark.parametrize("who", ["7001", "7002"])
def test_while_somebody_is_asked_in_the_call_of_two_ends_as_one_of_two(who: str) -> None:
    scene = Scene()
    invite(scene)
    scene["7003"].take()
    other = "7002" if who == "7001" else "7001"

    scene[who].send(RequestReleaseCall(this_dn=who, conn_id=scene.one))

    names = {dn: scene[dn].names() for dn in ("7001", "7002", "7003")}
    errors = {"7001": [], "7002": ["EventError"]}
    assert names == {
        who: ["EventReleased", *errors[who]],
        other: ["EventReleased", *errors[other]],
        "7003": ["EventAbandoned"],
    }
    assert scene.exchange.switch.views() == []


@pytest.mark.parametrize(("to", "code"), [("7003", 231), ("4711", 71), ("7001", 231)])
def test_somebody_who_cannot_be_asked_in_is_an_error_at_once(to: str, code: int) -> None:
    scene = Scene()
    scene.exchange.perform(SetPhoneBusy(dn=Dn("7003"), busy=True))

    request = RequestSingleStepConference(this_dn="7002", conn_id=scene.one, other_dn=to)
    assert scene["7002"].refused(request) == code
    scene.silent("7001", "7003")
