"""Expectations over records: counts, order, and the nearest records of a failure."""

import pytest

from tests.journal.scene import Scene
from tlibsim.journal.expectations import (
    Count,
    count_of,
    expect,
    expect_none,
    expect_order,
    unexpected,
)
from tlibsim.journal.query import parse

SCENE = Scene()
RECORDS = SCENE.records()


def test_what_came_is_found() -> None:
    judgement = expect(parse("dn:7002 event:EventRinging"), RECORDS)

    assert judgement.met
    assert [record.name for record in judgement.found] == ["EventRinging"]


def test_a_miss_names_the_nearest_message_and_the_term_that_differs() -> None:
    judgement = expect(parse("request:RequestPrivateService msgid:3015 client:desk"), RECORDS)

    assert not judgement.met
    assert judgement.near[0].record.name == "RequestPrivateService"
    (differs,) = judgement.near[0].differs
    assert (differs.key, differs.expected, differs.got) == ("msgid", "3015", "3014")
    assert "msgid  expected 3015  got 3014" in judgement.text()


def test_the_same_message_is_nearer_than_one_with_more_equal_attributes() -> None:
    judgement = expect(parse("event:EventRinging dn:7001 CallType:Internal"), RECORDS)

    assert judgement.near[0].record.name == "EventRinging"
    assert [one.key for one in judgement.near[0].differs] == ["dn"]


def test_nothing_is_near_what_has_nothing_in_common() -> None:
    assert expect(parse("event:EventAgentLogin dn:4711"), RECORDS).near == ()


def test_a_count_must_be_met_exactly() -> None:
    query = parse("event:EventEstablished")

    assert expect(query, RECORDS, count_of("2")).met
    assert not expect(query, RECORDS, count_of("1")).met
    assert "twice, expected exactly 1" in expect(query, RECORDS, count_of("1")).sentence
    assert "only twice, expected 3 or more" in expect(query, RECORDS, count_of("3..")).sentence


def test_what_must_not_come_is_named_when_it_does() -> None:
    assert expect_none(parse("event:EventAgentLogin"), RECORDS).met
    judgement = expect_none(parse("event:EventDialing"), RECORDS)
    assert not judgement.met
    assert "EventDialing" in judgement.sentence


def test_an_order_needs_a_record_of_its_own_for_each_query() -> None:
    established = parse("event:EventEstablished")
    ringing = parse("event:EventRinging")

    assert expect_order((ringing, established, established), RECORDS).met
    assert not expect_order((established, established, established), RECORDS).met


def test_an_order_that_is_broken_says_what_came_too_early() -> None:
    judgement = expect_order(
        (parse("event:EventEstablished"), parse("event:EventRinging")), RECORDS
    )

    assert not judgement.met
    assert "came before its turn" in judgement.sentence
    assert "after EventEstablished" in judgement.sentence


def test_strict_finds_the_messages_that_nobody_allowed() -> None:
    left = unexpected((parse("kind:event,answer"), parse("request:Register*")), RECORDS)

    assert [record.name for record in left] == [
        "RequestMakeCall",
        "RequestAnswerCall",
        "RequestUpdateUserData",
        "RequestPrivateService",
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2", Count(least=2, most=2)),
        ("2..4", Count(least=2, most=4)),
        ("2..", Count(least=2)),
        (">= 2", Count(least=2)),
        (">2", Count(least=3)),
        ("<2", Count(least=0, most=1)),
        ("<=2", Count(least=0, most=2)),
    ],
)
def test_a_count_is_written_in_several_ways(text: str, count: Count) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize("text", ["", "two", "4..2", "-1"])
def test_a_wrong_count_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no count|ends before"):
        count_of(text)
