"""User data of a call: the four changes and their options (BEHAVIOUR.md 4)."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.switch.bed import Bed
from tlibproto.vocabulary import EMPTY_KVLIST, ConnId, Dn, KVList, WideText
from tlibsim.switch.commands import (
    AnswerCall,
    Because,
    ChangeUserData,
    DataChange,
    FarAnswer,
    HoldCall,
    MakeCall,
)
from tlibsim.switch.facts import UserDataChanged
from tlibsim.switch.refusals import Reason

TYPED = KVList(
    (
        ("text", "élan"),
        ("number", -7),
        ("bytes", b"\x00\xff"),
        ("wide", WideText("中")),
        ("list", KVList((("inner", KVList((("n", 1),))), ("inner", 2)))),
        ("empty", ""),
        ("", "no key"),
        ("nothing", EMPTY_KVLIST),
    )
)
BEFORE = KVList((("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")))


def pairs(*items: tuple[str, Any]) -> KVList:
    return KVList(items)


def change(bed: Bed, conn_id: ConnId, kind: DataChange, **rest: Any) -> UserDataChanged:
    command = ChangeUserData(dn=Dn("7001"), conn_id=conn_id, change=kind, **rest)
    (fact,) = bed.do(command)
    assert isinstance(fact, UserDataChanged)
    assert fact.call.user_data == bed.view(conn_id).user_data
    return fact


def after(kind: DataChange, options: Mapping[str, Any] | None = None, **rest: Any) -> KVList:
    """The list that a change makes of BEFORE."""
    bed = Bed(**(options or {}))
    conn_id = bed.talk(user_data=BEFORE)
    return change(bed, conn_id, kind, **rest).call.user_data


# The four changes.


def test_attaching_appends_all_pairs_and_duplicates_arise() -> None:
    assert after(DataChange.ATTACH, pairs=pairs(("a", "5"), ("d", "6"))) == pairs(
        ("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("a", "5"), ("d", "6")
    )


def test_attaching_can_be_set_to_replace() -> None:
    data = after(
        DataChange.ATTACH,
        {"attach_existing": "replace"},
        pairs=pairs(("a", "5"), ("d", "6")),
    )

    assert data == pairs(("a", "5"), ("b", "2"), ("c", "4"), ("d", "6"))


def test_updating_collapses_duplicates_at_the_place_of_the_first() -> None:
    assert after(DataChange.UPDATE, pairs=pairs(("a", "5"))) == pairs(
        ("a", "5"), ("b", "2"), ("c", "4")
    )


def test_updating_appends_new_keys_in_their_order() -> None:
    data = after(DataChange.UPDATE, pairs=pairs(("z", 1), ("b", 9), ("y", 2)))

    assert data == pairs(("a", "1"), ("b", 9), ("a", "3"), ("c", "4"), ("z", 1), ("y", 2))


def test_updating_may_change_the_type_of_a_value() -> None:
    assert after(DataChange.UPDATE, pairs=pairs(("b", b"\x01"))).first("b") == b"\x01"


def test_deleting_a_pair_removes_every_pair_with_the_key() -> None:
    assert after(DataChange.DELETE_PAIR, key="a") == pairs(("b", "2"), ("c", "4"))


def test_deleting_an_unknown_key_changes_nothing_and_is_told_all_the_same() -> None:
    assert after(DataChange.DELETE_PAIR, key="A") == BEFORE


def test_deleting_an_unknown_key_can_be_an_error() -> None:
    bed = Bed(delete_missing="error")
    conn_id = bed.talk(user_data=BEFORE)
    command = ChangeUserData(
        dn=Dn("7001"), conn_id=conn_id, change=DataChange.DELETE_PAIR, key="A"
    )

    assert bed.refused(command) is Reason.INVALID_ATTRIBUTE


def test_deleting_a_known_key_is_no_error_with_that_option() -> None:
    data = after(DataChange.DELETE_PAIR, {"delete_missing": "error"}, key="b")

    assert data == pairs(("a", "1"), ("a", "3"), ("c", "4"))


def test_deleting_all_leaves_an_empty_list() -> None:
    assert after(DataChange.DELETE_ALL) == EMPTY_KVLIST


def test_deleting_all_of_nothing_is_told_as_well() -> None:
    bed = Bed()

    assert change(bed, bed.talk(), DataChange.DELETE_ALL).call.user_data == EMPTY_KVLIST


@pytest.mark.parametrize("kind", [DataChange.ATTACH, DataChange.UPDATE])
def test_an_empty_change_is_told_and_changes_nothing(kind: DataChange) -> None:
    assert after(kind, pairs=EMPTY_KVLIST) == BEFORE


@pytest.mark.parametrize("kind", [DataChange.ATTACH, DataChange.UPDATE])
def test_typed_values_stay_typed(kind: DataChange) -> None:
    bed = Bed()
    conn_id = bed.talk()

    data = change(bed, conn_id, kind, pairs=TYPED).call.user_data

    assert data == TYPED
    assert [type(value) for _, value in data] == [type(value) for _, value in TYPED]


# Who is told, and by whom.


def test_the_fact_names_who_changed_the_data_and_what_the_request_said() -> None:
    bed = Bed()
    because = Because(reasons=pairs(("code", 3)))

    fact = change(bed, bed.talk(), DataChange.ATTACH, pairs=pairs(("k", "v")), because=because)

    assert fact.changed_by == "7001"
    assert fact.because == because


def test_a_change_by_the_server_itself_names_nobody() -> None:
    bed = Bed()
    conn_id = bed.talk()

    (fact,) = bed.do(
        ChangeUserData(conn_id=conn_id, change=DataChange.UPDATE, pairs=pairs(("GSIP", "On")))
    )

    assert isinstance(fact, UserDataChanged)
    assert fact.changed_by is None
    assert fact.call.user_data == pairs(("GSIP", "On"))


@pytest.mark.parametrize("state", ["dialing", "ringing", "held"])
def test_a_party_may_change_the_data_in_any_state_of_its_call(state: str) -> None:
    bed = Bed()
    conn_id = bed.ring() if state != "held" else bed.talk()
    if state == "held":
        bed.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))
    dn = Dn("7002" if state == "ringing" else "7001")

    bed.do(
        ChangeUserData(
            dn=dn, conn_id=conn_id, change=DataChange.ATTACH, pairs=pairs(("k", "v"))
        )
    )

    assert bed.view(conn_id).user_data == pairs(("k", "v"))


def test_the_next_fact_of_the_call_has_the_changed_data() -> None:
    bed = Bed()
    conn_id = bed.ring()
    change(bed, conn_id, DataChange.ATTACH, pairs=pairs(("k", "v")))

    facts = bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert all(fact.call.user_data == pairs(("k", "v")) for fact in facts)


def test_facts_of_before_keep_the_data_of_before() -> None:
    bed = Bed()
    conn_id = bed.ring(user_data=BEFORE)

    change(bed, conn_id, DataChange.DELETE_ALL)

    assert bed.told("7001")[0].call.user_data == BEFORE


def test_the_data_of_a_call_is_its_own() -> None:
    bed = Bed()
    first, second = bed.talk("7001", "7002"), bed.talk("7001", "7003")

    change(bed, first, DataChange.ATTACH, pairs=pairs(("k", "v")))

    assert bed.view(second).user_data == EMPTY_KVLIST


# Who may not.


def attach(dn: str | None, conn_id: int, size: int = 1) -> ChangeUserData:
    return ChangeUserData(
        dn=None if dn is None else Dn(dn),
        conn_id=ConnId(conn_id),
        change=DataChange.ATTACH,
        pairs=pairs(("k", "x" * size)),
    )


def test_a_dn_that_is_not_on_the_call_is_refused() -> None:
    bed = Bed()

    assert bed.refused(attach("7003", bed.talk())) is Reason.NOT_ON_CALL


def test_userdata_any_dn_lets_every_dn_change_the_data() -> None:
    bed = Bed(userdata_any_dn=True)
    conn_id = bed.talk()

    (fact,) = bed.do(attach("7003", conn_id))

    assert isinstance(fact, UserDataChanged)
    assert fact.changed_by == "7003"


def test_the_number_of_an_outside_party_is_no_dn_of_the_call() -> None:
    bed = Bed()
    conn_id = bed.ring(b="95550002")
    bed.do(FarAnswer(conn_id=conn_id))

    assert bed.refused(attach("95550002", conn_id)) is Reason.NOT_ON_CALL


@pytest.mark.parametrize("dn", ["7001", None])
def test_an_unknown_call_has_no_data(dn: str | None) -> None:
    bed = Bed()
    bed.talk()

    assert bed.refused(attach(dn, 99)) is Reason.INVALID_CONN_ID


# How much.

OVERHEAD = 2 + 5 + 1  # a count; kind and two lengths; the key "k"


def test_data_up_to_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    bed = Bed(user_data_limit=100)
    conn_id = bed.talk()

    assert bed.refused(attach("7001", conn_id, 100 - OVERHEAD + 1)) is Reason.INVALID_ATTRIBUTE
    bed.do(attach("7001", conn_id, 100 - OVERHEAD))
    assert bed.view(conn_id).user_data.packed_size() == 100


def test_the_limit_is_for_the_whole_list_and_not_for_one_request() -> None:
    bed = Bed(user_data_limit=100)
    conn_id = bed.talk()
    bed.do(attach("7001", conn_id, 50))

    assert bed.refused(attach("7001", conn_id, 50)) is Reason.INVALID_ATTRIBUTE


def test_a_call_with_too_much_data_is_not_made() -> None:
    bed = Bed(user_data_limit=100)
    command = MakeCall(dn=Dn("7001"), to="7002", user_data=pairs(("k", "x" * 100)))

    assert bed.refused(command) is Reason.INVALID_ATTRIBUTE
    assert not bed.switch.views()


def test_a_limit_of_0_is_no_limit() -> None:
    bed = Bed(user_data_limit=0)
    conn_id = bed.talk()

    bed.do(attach("7001", conn_id, 200_000))

    assert bed.view(conn_id).user_data.packed_size() > 200_000


def test_what_is_over_the_limit_can_still_be_made_smaller() -> None:
    bed = Bed(user_data_limit=100)
    conn_id = bed.talk()
    bed.do(attach("7001", conn_id, 80))

    change(bed, conn_id, DataChange.DELETE_ALL)

    assert bed.view(conn_id).user_data == EMPTY_KVLIST


def test_what_the_server_itself_adds_is_never_too_much() -> None:
    bed = Bed(user_data_limit=100)
    conn_id = bed.talk()
    bed.do(attach("7001", conn_id, 90))

    bed.do(
        ChangeUserData(
            conn_id=conn_id, change=DataChange.UPDATE, pairs=pairs(("GSIP_RECORD", "On"))
        )
    )

    assert bed.view(conn_id).user_data.first("GSIP_RECORD") == "On"
