"""The story of a call in lines, from the document of its history."""

from typing import Any

from tlibsim.cli.story import story

_AT = "2026-01-01T12:14:40.000000Z"


def _step(dn: str, event: str, *, call: int = 4, at: str = "") -> dict[str, Any]:
    return {"dn": dn, "event": f"Event{event}", "call": call, "at": at or f"{dn}{event}{call}"}


def _history(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "call": 4,
        "conn_id": "0071000000000004",
        "dnis": "7002",
        "userdata": {},
        "over": True,
        "transferred": None,
        "path": [
            {"dn": "4155550142", "agent": None, "name": ""},
            {"dn": "7002", "agent": "1002", "name": "bob"},
        ],
        "parties": [],
        "steps": list(steps),
        **more,
    }


def test_a_consultation_stands_in_brackets_where_the_call_was_and_plain_where_it_came_to():
    lines = list(
        story(
            _history(
                _step("7002", "Ringing"),
                _step("7002", "Established"),
                _step("7002", "Held"),
                _step("7002", "Dialing", call=5),
                _step("7003", "Ringing", call=5),
                _step("7002", "Established", call=5),
                _step("7003", "Established", call=5),
                _step("7002", "Released", call=5, at=_AT),
                _step("7002", "Released", at=_AT),
                _step("7003", "PartyChanged", at=_AT),
                transferred=_AT,
                path=[
                    {"dn": "4155550142", "agent": None, "name": ""},
                    {"dn": "7002", "agent": "1002", "name": "bob"},
                    {"dn": "7003", "agent": "1003", "name": "carol"},
                ],
                userdata={"account": "A-77", "priority": 5},
            )
        )
    )
    assert lines == [
        "call 4  4155550142 -> 7002 bob -> 7003 carol  transferred 12:14:40  over",
        "  7002  Ringing Established Held (consult call 5: Dialing Established) Released",
        "  7003  Ringing Established PartyChanged",
        "  user data: account='A-77' priority=5 (int)",
        "  conn id: 0071000000000004",
    ]


def test_a_consultation_that_led_nowhere_is_told_to_its_end():
    lines = list(
        story(
            _history(
                _step("7002", "Ringing"),
                _step("7002", "Held"),
                _step("7002", "Dialing", call=5),
                _step("7003", "Ringing", call=5),
                _step("7002", "Released", call=5),
                _step("7003", "Abandoned", call=5),
                _step("7002", "Retrieved"),
            )
        )
    )
    assert lines[1:3] == [
        "  7002  Ringing Held (consult call 5: Dialing Released) Retrieved",
        "  7003  (consult call 5: Ringing Abandoned)",
    ]


def test_a_live_call_says_who_is_on_it_how():
    party = {"dn": "7002", "state": "Alerting", "trunk": None}
    outside = {"dn": "4155550142", "state": "Dialing", "trunk": "trunk-in"}
    (headline, *_) = story(
        _history(_step("7002", "Ringing"), over=False, parties=[outside, party])
    )
    assert headline == "call 4  4155550142 -> 7002 bob  dialing 4155550142  ringing 7002"


def test_a_call_that_reached_nobody_says_what_was_called():
    path = [{"dn": "7001", "agent": None, "name": ""}]
    (headline, *_) = story(_history(path=path))
    assert headline == "call 4  7001 -> 7002  over"


def test_a_dn_that_got_nothing_but_user_data_has_no_words():
    lines = list(
        story(_history(_step("7002", "Ringing"), _step("8001", "AttachedDataChanged")))
    )
    assert lines[1:3] == ["  7002  Ringing", "  8001"]
