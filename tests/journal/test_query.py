"""The query language: what each term finds, and what is said of a wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.scene import Scene
from tlibsim.journal.query import parse
from tlibsim.journal.syntax import QueryError

SCENE = Scene()
RECORDS = SCENE.records()
BEGUN = RECORDS[0].at


def names(text: str) -> list[str]:
    """The names of the records that a query finds."""
    query = parse(text)
    return [record.name for record in RECORDS if query.matches(record, BEGUN)]


def test_an_empty_query_finds_everything() -> None:
    assert len(names("")) == len(RECORDS)


def test_terms_beside_each_other_must_all_hold() -> None:
    assert names("dn:7002 event:EventRinging") == ["EventRinging"]
    assert names("dn:7001 event:EventRinging") == []


def test_the_prefix_of_an_event_may_be_left_out() -> None:
    assert names("event:Ringing") == names("event:EventRinging") != []


def test_a_pattern_finds_every_event_that_fits() -> None:
    assert names("dn:7002 event:EventR*") == ["EventRegistered", "EventRinging"]


def test_alternatives_stand_with_commas() -> None:
    assert names("dn:7001 event:EventDialing,EventEstablished") == [
        "EventDialing",
        "EventEstablished",
    ]


def test_a_client_is_found_by_its_name_and_by_its_number() -> None:
    assert names("client:wall request:*") == names("client:2 request:*")
    assert names("client:wall request:AnswerCall") == ["RequestAnswerCall"]


def test_an_event_went_to_those_who_got_it() -> None:
    assert names("to:wall event:EventRinging") == ["EventRinging"]
    assert names("to:desk event:EventRinging") == []
    assert names("from:wall") == [
        "RequestRegisterClient",
        "RequestRegisterAddress",
        "RequestAnswerCall",
    ]


def test_a_call_is_found_by_its_conn_id_in_messages_and_facts() -> None:
    found = names(f"call:{SCENE.conn_id:016x}")

    assert "EventRinging" in found
    assert "PartyRinging" in found
    assert "EventRegistered" not in found


def test_a_pair_of_user_data_is_found_by_its_key() -> None:
    assert names("userdata.account=A-77 kind:event") == ["EventAttachedDataChanged"] * 2
    assert names("userdata.account=a-77 kind:event") == ["EventAttachedDataChanged"] * 2


def test_quotes_ask_for_exactly_this_text() -> None:
    assert names("userdata.account='a-77'") == []
    assert names("userdata.priority='5'") == []
    assert names("userdata.priority=5 kind:request") == ["RequestUpdateUserData"]


def test_numbers_compare_as_numbers() -> None:
    assert names("userdata.priority>=5 kind:request") == ["RequestUpdateUserData"]
    assert names("userdata.priority<5") == []
    assert names("userdata.account>=1") == []


def test_an_enumeration_is_asked_by_name_or_number() -> None:
    assert names("CallType:Internal event:EventRinging") == ["EventRinging"]
    assert names("CallType:1 event:EventRinging") == ["EventRinging"]


def test_the_service_number_has_a_short_name() -> None:
    assert names("msgid:3014 request:*") == ["RequestPrivateService"]


def test_or_not_and_parentheses_bind_as_usual() -> None:
    both = names("(event:EventDialing or event:EventRinging) dn:7001,7002")
    assert both == ["EventDialing", "EventRinging"]
    assert names("event:EventDialing or event:EventRinging dn:7001") == ["EventDialing"]
    assert names("event:EventEstablished not dn:7001") == ["EventEstablished"]
    assert names("event:EventEstablished -dn:7001") == ["EventEstablished"]


def test_presence_is_asked_with_has_and_lacks() -> None:
    assert names("has:userdata.account kind:request") == ["RequestUpdateUserData"]
    assert names("lacks:ConnID request:*PrivateService") == []


def test_unequal_finds_the_rest() -> None:
    assert len(names("kind!=fact")) == len(RECORDS) - len(names("kind:fact"))


def test_a_word_alone_is_looked_for_everywhere() -> None:
    assert "RequestUpdateUserData" in names("A-77")
    assert names("nowhere-to-be-found") == []


def test_a_part_of_a_text_is_found_with_a_tilde() -> None:
    assert names("userdata.account~77 kind:request") == ["RequestUpdateUserData"]


def test_a_span_is_named_by_entry_numbers() -> None:
    assert len(names("since:#3 until:#5")) == 3


def test_a_span_is_named_by_time() -> None:
    assert len(names("since:+0s")) == len(RECORDS)
    assert names("since:+1h") == []
    assert names("until:1999-01-01T00:00:00Z") == []


def test_the_fields_of_facts_are_asked_below_fact() -> None:
    assert set(names("fact:PartyRinging fact.side.dn=7002")) == {"PartyRinging"}


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("evnt:EventRinging", 1, "Did you mean event?"),
        ("dn:7001 event:EventRining", 9, "Did you mean EventRinging?"),
        ("dn:7001 (kind:fact", 19, ") is missing"),
        ("dn:7001)", 8, "opens or closes nothing"),
        ("dn:", 4, "has no value"),
        ("dn:'7001", 4, "never closed"),
        ("since:tomorrow", 1, "is no time"),
        ("ErrorCode>many", 1, "compares whole numbers"),
        ("ThisDN.x=1", 1, "is no list"),
        ("kind:evnt", 1, "Did you mean event?"),
        ("dn:1 or", 8, "a term is missing"),
        ("dn:1, ", 6, "a value is missing"),
    ],
)
def test_a_wrong_query_is_refused_with_its_column(text: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)

    assert caught.value.column == column
    assert said in str(caught.value)
    assert caught.value.shown().splitlines()[1].startswith(" " * (column - 1) + "^")


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_refused_with_a_column_in_it(text: str) -> None:
    column = 1
    try:
        query = parse(text)
    except QueryError as error:
        query, column = parse(""), error.column
    assert 1 <= column <= len(text) + 1
    for record in RECORDS[:5]:
        query.matches(record, BEGUN)
        query.differences(record, BEGUN)
