"""Two-step transfers, row by row (BEHAVIOUR.md 1.7)."""

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
from tests.switch.bed import CALLER
from tlibproto.messages import (
    RequestAlternateCall,
    RequestAnswerCall,
    RequestCompleteTransfer,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestReleaseCall,
    RequestRetrieveCall,
)
from tlibproto.vocabulary import CallState, CallType, ConnId, Dn, DnRole
from tlibsim.switch.commands import ArriveInbound, FarAnswer, SetPhoneBusy

BY = DnRole.RoleTransferredBy


def consult(scene: Scene, dn: str = "7002", to: str = "7003") -> ConnId:
    """``dn`` consults ``to``, which rings (or not); nothing is forgotten."""
    request = RequestInitiateTransfer(this_dn=dn, conn_id=scene.one, other_dn=to)
    conn_id: ConnId = scene[dn].ask(request).conn_id
    return conn_id


def consulted(scene: Scene, dn: str = "7002", to: str = "7003") -> ConnId:
    two = consult(scene, dn, to)
    scene.answer(to, two)
    return two


def complete(scene: Scene, two: ConnId, dn: str = "7002") -> Any:
    return scene[dn].ask(
        RequestCompleteTransfer(this_dn=dn, conn_id=scene.one, transfer_conn_id=two)
    )


# -- two steps ---------------------------------------------------------------------------------


def test_initiate_transfer_holds_the_call_and_dials_a_consultation() -> None:
    scene = Scene()
    two = consult(scene)

    one = scene.one
    assert two != one
    check(
        scene["7002"],
        row("Held", conn_id=one, this_dn="7002", other_dn="7001", previous_conn_id=None),
        row(
            "Dialing",
            conn_id=two,
            call_type=CallType.Consult,
            this_dn="7002",
            this_dn_role=ORIGINATION,
            other_dn="7003",
            other_dn_role=DESTINATION,
            previous_conn_id=one,
            transfer_conn_id=one,
            call_state=OK,
        ),
        answers=1,
    )
    check(
        scene["7003"],
        row(
            "Ringing",
            conn_id=two,
            call_type=CallType.Consult,
            this_dn="7003",
            this_dn_role=DESTINATION,
            other_dn="7002",
            other_dn_role=ORIGINATION,
            previous_conn_id=one,
            transfer_conn_id=None,
            call_state=OK,
        ),
    )
    scene.silent("7001", "7004")


def test_the_answer_of_a_consultation_is_told_to_both_of_its_parties_and_nobody_else() -> None:
    scene = Scene()
    two = consult(scene)
    scene.forget()

    scene["7003"].ask(RequestAnswerCall(this_dn="7003", conn_id=two))

    same: dict[str, Any] = {"conn_id": two, "previous_conn_id": scene.one, "call_state": OK}
    check(
        scene["7002"],
        row("Established", **same, this_dn_role=ORIGINATION, other_dn="7003"),
    )
    check(
        scene["7003"],
        row("Established", **same, this_dn_role=DESTINATION, other_dn="7002"),
        answers=0,
    )
    scene.silent("7001")


def leaving(scene: Scene, two: ConnId) -> list[Row]:
    return [
        row(
            "Released",
            conn_id=two,
            this_dn="7002",
            other_dn="7003",
            other_dn_role=DESTINATION,
            call_state=TRANSFERRED,
            third_party_dn=None,
            previous_conn_id=scene.one,
        ),
        row(
            "Released",
            conn_id=scene.one,
            this_dn="7002",
            other_dn="7001",
            call_state=TRANSFERRED,
            third_party_dn="7003",
            third_party_dn_role=DESTINATION,
        ),
    ]


def stayed(scene: Scene) -> Row:
    return row(
        "PartyChanged",
        conn_id=scene.one,
        previous_conn_id=scene.one,
        this_dn="7001",
        other_dn="7003",
        other_dn_role=DESTINATION,
        third_party_dn="7002",
        third_party_dn_role=BY,
        call_state=TRANSFERRED,
        call_type=CallType.Internal,
    )


def moved(scene: Scene, two: ConnId) -> Row:
    return row(
        "PartyChanged",
        conn_id=scene.one,
        previous_conn_id=two,
        this_dn="7003",
        other_dn="7001",
        other_dn_role=ORIGINATION,
        third_party_dn="7002",
        third_party_dn_role=BY,
        call_state=TRANSFERRED,
        call_type=CallType.Internal,
        ani="7001",
        dnis="7002",
    )


def test_complete_transfer_row_by_row() -> None:
    scene = Scene()
    two = consulted(scene)
    (main, consultation) = scene.exchange.switch.views()

    complete(scene, two)

    check(scene["7002"], *leaving(scene, two), answers=0)
    check(scene["7001"], stayed(scene))
    check(scene["7003"], moved(scene, two))
    (call,) = scene.exchange.switch.views()
    assert (call.conn_id, call.call_uuid) == (scene.one, main.call_uuid)
    assert call.call_uuid != consultation.call_uuid
    assert scene.states(scene.one) == {"7001": "Connected", "7003": "Connected"}


def test_a_transferred_call_names_the_main_call_in_its_history() -> None:
    scene = Scene()
    two = consulted(scene)
    complete(scene, two)
    scene.forget()

    scene["7003"].ask(RequestReleaseCall(this_dn="7003", conn_id=scene.one))

    history = {"first_transfer_conn_id": scene.one, "last_transfer_conn_id": scene.one}
    check(
        scene["7003"],
        row("Released", conn_id=scene.one, other_dn="7001", call_state=OK, **history),
        answers=0,
    )
    check(
        scene["7001"],
        row("Released", conn_id=scene.one, other_dn="7003", call_state=OK, **history),
    )


def test_the_caller_who_transfers_makes_the_same_rows() -> None:
    scene = Scene()
    two = consulted(scene, "7001")

    complete(scene, two, "7001")

    check(
        scene["7002"],
        row("PartyChanged", conn_id=scene.one, other_dn="7003", other_dn_role=DESTINATION),
    )
    check(
        scene["7003"],
        row(
            "PartyChanged",
            conn_id=scene.one,
            previous_conn_id=two,
            other_dn="7002",
            other_dn_role=ORIGINATION,
            third_party_dn="7001",
            third_party_dn_role=BY,
        ),
    )


def test_the_main_call_is_released_first_by_option() -> None:
    scene = Scene(transfer_release_order="main-first")
    two = consulted(scene)

    complete(scene, two)

    second, first = leaving(scene, two)
    check(scene["7002"], first, second, answers=1)


def test_a_transfer_may_be_completed_from_the_other_call_after_alternating() -> None:
    scene = Scene()
    two = consulted(scene)
    scene["7002"].ask(
        RequestAlternateCall(this_dn="7002", conn_id=two, previous_conn_id=scene.one)
    )
    scene.forget()

    complete(scene, two)

    check(scene["7002"], *leaving(scene, two), answers=0)
    assert scene.states(scene.one) == {"7001": "Connected", "7003": "Connected"}


def test_an_outside_caller_is_told_nothing_and_shown_to_the_target() -> None:
    scene = Scene()
    scene.exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7002"), dnis="8005551000"))
    scene.one = scene.exchange.switch.views()[-1].conn_id
    scene.answer("7002", scene.one)
    two = consulted(scene)

    complete(scene, two)

    check(
        scene["7003"],
        row(
            "PartyChanged",
            conn_id=scene.one,
            previous_conn_id=two,
            other_dn=CALLER,
            other_dn_role=ORIGINATION,
            ani=CALLER,
            dnis="8005551000",
            call_type=CallType.Inbound,
        ),
    )
    scene.silent("7001")


# -- what may go wrong -------------------------------------------------------------------------


def test_a_consultation_with_somebody_busy_fails_and_the_call_stays_held() -> None:
    scene = Scene()
    scene.exchange.perform(SetPhoneBusy(dn=Dn("7003"), busy=True))

    two = consult(scene)

    busy = {"conn_id": two, "other_dn": "7003", "call_state": CallState.Busy}
    check(
        scene["7002"],
        row("Held", conn_id=scene.one),
        row("Dialing", conn_id=two),
        row("DestinationBusy", **busy, previous_conn_id=scene.one),
        row("Released", **busy, previous_conn_id=scene.one),
        answers=1,
    )
    scene.silent("7001", "7003")
    assert scene.states(scene.one) == {"7001": "Connected", "7002": "Held"}
    scene["7002"].ask(RequestRetrieveCall(this_dn="7002", conn_id=scene.one))
    check(scene["7002"], row("Retrieved", conn_id=scene.one, call_state=OK), answers=0)


def test_a_consulted_dn_that_refuses_leaves_the_call_held() -> None:
    scene = Scene()
    two = consult(scene)
    scene.forget()

    scene["7003"].ask(RequestReleaseCall(this_dn="7003", conn_id=two))

    check(scene["7003"], row("Released", conn_id=two, call_state=OK), answers=0)
    check(
        scene["7002"],
        row("DestinationBusy", conn_id=two, call_state=CallState.Busy),
        row("Released", conn_id=two, call_state=CallState.Busy),
    )
    assert scene.states(scene.one)["7002"] == "Held"


def test_a_consultation_that_nobody_answers_ends_and_the_call_stays_held() -> None:
    scene = Scene(no_answer_timeout=5)
    two = consult(scene)
    scene.forget()

    scene.exchange.wait(5)

    gone = {"conn_id": two, "call_state": CallState.NoAnswer}
    check(scene["7003"], row("Released", **gone))
    check(scene["7002"], row("DestinationBusy", **gone), row("Released", **gone))
    assert scene.states(scene.one)["7002"] == "Held"


def test_releasing_the_consultation_leaves_the_first_call_held() -> None:
    scene = Scene()
    two = consulted(scene)

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=two))

    check(scene["7002"], row("Released", conn_id=two, call_state=OK), answers=0)
    check(scene["7003"], row("Released", conn_id=two, call_state=OK))
    scene.silent("7001")
    assert scene.states(scene.one) == {"7001": "Connected", "7002": "Held"}


def test_releasing_the_first_call_leaves_the_consultation_active() -> None:
    scene = Scene()
    two = consulted(scene)

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=scene.one))

    check(scene["7002"], row("Released", conn_id=scene.one, call_state=OK), answers=0)
    check(scene["7001"], row("Released", conn_id=scene.one, call_state=OK))
    scene.silent("7003")
    assert scene.states(two) == {"7002": "Connected", "7003": "Connected"}


@pytest.mark.parametrize("which", ["main", "consultation"])
def test_releasing_either_call_completes_the_transfer_by_option(which: str) -> None:
    scene = Scene(release_completes_transfer=True)
    two = consulted(scene)
    released = scene.one if which == "main" else two

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=released))

    place = 1 if which == "main" else 0
    check(scene["7002"], *leaving(scene, two), answers=place)
    check(scene["7001"], stayed(scene))
    check(scene["7003"], moved(scene, two))


def test_releasing_a_call_without_a_consultation_completes_nothing_by_that_option() -> None:
    scene = Scene(release_completes_transfer=True)

    scene["7002"].ask(RequestReleaseCall(this_dn="7002", conn_id=scene.one))

    check(scene["7002"], row("Released", conn_id=scene.one, call_state=OK), answers=0)


def test_a_client_may_name_the_two_calls_the_other_way_round() -> None:
    scene = Scene()
    two = consulted(scene)

    scene["7002"].ask(
        RequestCompleteTransfer(this_dn="7002", conn_id=two, transfer_conn_id=scene.one)
    )

    check(scene["7002"], *leaving(scene, two), answers=1)
    check(scene["7001"], stayed(scene))
    check(scene["7003"], moved(scene, two))


def test_a_transfer_needs_a_consultation_of_that_call() -> None:
    scene = Scene()
    other = scene.call("7002", "7003")

    code = scene["7002"].refused(
        RequestCompleteTransfer(this_dn="7002", conn_id=scene.one, transfer_conn_id=other)
    )

    assert code == 1161
    scene.forget()
    assert scene.states(scene.one) == {"7001": "Connected", "7002": "Connected"}


def test_a_dn_that_is_on_both_calls_cannot_be_connected_to_itself() -> None:
    scene = Scene()
    two = consulted(scene, "7002", "7001")

    code = scene["7002"].refused(
        RequestCompleteTransfer(this_dn="7002", conn_id=scene.one, transfer_conn_id=two)
    )

    assert code == 1161
    assert len(scene.exchange.switch.views()) == 2


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"this_dn": "7003"}, 41),
        ({"conn_id": ConnId(0xDEAD)}, 56),
        ({"conn_id": None}, 56),
        ({"transfer_conn_id": ConnId(0xDEAD)}, 56),
        ({"this_dn": "7004"}, 1162),
    ],
)
def test_a_wrong_completion_changes_nothing(values: dict[str, Any], code: int) -> None:
    scene = Scene()
    two = consulted(scene)
    right = {"this_dn": "7002", "conn_id": scene.one, "transfer_conn_id": two}
    who = "7004" if values.get("this_dn") == "7004" else "7002"

    assert scene[who].refused(RequestCompleteTransfer(**{**right, **values})) == code

    scene.forget()
    assert scene.states(two) == {"7002": "Connected", "7003": "Connected"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"other_dn": ""}, 71),
        ({"other_dn": None}, 71),
        ({"conn_id": ConnId(0xDEAD)}, 56),
        ({"this_dn": "7003"}, 41),
        ({"location": "nowhere"}, 53),
    ],
)
def test_a_wrong_consultation_changes_nothing(values: dict[str, Any], code: int) -> None:
    scene = Scene()
    right = {"this_dn": "7002", "conn_id": scene.one, "other_dn": "7003"}

    assert scene["7002"].refused(RequestInitiateTransfer(**{**right, **values})) == code

    assert scene.states(scene.one) == {"7001": "Connected", "7002": "Connected"}


def test_only_who_talks_consults() -> None:
    scene = Scene()
    dialing = scene["7003"].ask(RequestMakeCall(this_dn="7003", other_dn="7004"))

    for dn in ("7003", "7004"):
        request = RequestInitiateTransfer(this_dn=dn, conn_id=dialing.conn_id, other_dn="7001")
        assert scene[dn].refused(request) == 1161


@pytest.mark.parametrize(
    ("options", "code"),
    [({"dn": {"7002": {"max_calls": 1}}}, 83), ({"invalid_dest": "error"}, 93)],
)
def test_options_make_a_consultation_an_error(options: dict[str, Any], code: int) -> None:
    scene = Scene(**options)

    request = RequestInitiateTransfer(this_dn="7002", conn_id=scene.one, other_dn="4711")
    assert scene["7002"].refused(request) == code


def test_a_consultation_outside_reaches_the_network_and_can_be_completed() -> None:
    scene = Scene()
    two = consult(scene, to="915551234")
    check(
        scene["7002"],
        row("Held", conn_id=scene.one),
        row("Dialing", conn_id=two, call_type=CallType.Consult, other_dn="915551234"),
        row("NetworkReached", conn_id=two, previous_conn_id=scene.one),
        answers=1,
    )
    scene.exchange.perform(FarAnswer(conn_id=two))
    check(scene["7002"], row("Established", conn_id=two, other_dn="915551234"))

    complete(scene, two)

    check(
        scene["7001"],
        row("PartyChanged", other_dn="915551234", other_dn_role=DESTINATION),
    )
    assert scene.states(scene.one) == {"7001": "Connected", "915551234": "Connected"}
