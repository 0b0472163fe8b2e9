"""The table of troubleshooting states: which keys there are says where to look."""

import pytest

from tlibproto.vocabulary import KVList
from tlibsim.cdr.findings import Evidence, codes, finding_of, lines_of
from tlibsim.persona.case import Recorder

ON, OFF = ("GSIP_RECORD", "On"), ("GSIP_RECORD", "Off")
PAUSED, UPPER = ("GSIP_RECORD", "Paused"), ("GSIP_RECORD", "ON")
YES = ("RECORDING_STATUS_GIM", "RECORDING_YES")
NO = ("RECORDING_STATUS_GIM", "RECORDING_NO")
OTHER_NO = ("RECORDING_STATUS_OTHER", "RECORDING_NO")
NO_LONGER = ("RECORDING_STATUS_GIM", "RECORDING_NO_LONGER")


@pytest.mark.parametrize(
    ("pairs", "more", "code"),
    [
        ((), {"service": False}, "T01"),
        ((), {}, "T02"),
        ((NO,), {"refused": ("118",)}, "T03"),
        ((NO,), {}, "T04"),
        ((NO,), {"sessions": 1}, "T05"),
        ((OTHER_NO,), {"sessions": 1}, "T05"),
        ((ON,), {"recorder": Recorder.DISCONNECTED}, "T06"),
        ((ON,), {"recorder": Recorder.ABSENT}, "T07"),
        ((ON,), {"recorder": Recorder.CONNECTED}, "T07"),
        ((OFF, NO), {}, "T08"),
        ((ON, NO), {}, "T09"),
        ((UPPER, NO), {}, "T09"),
        ((PAUSED, NO), {}, "T09"),
        ((ON, YES), {}, "on"),
        ((PAUSED, YES), {}, "on"),
        ((OFF, NO_LONGER), {}, "over"),
        ((OFF, YES), {}, "odd"),
        ((YES,), {}, "odd"),
    ],
)
def test_the_keys_and_what_happened_name_the_state(pairs, more, code) -> None:
    evidence = Evidence(**({"data": KVList(pairs), "service": True} | more))

    assert finding_of(evidence).code == code


def test_a_key_that_is_no_text_counts_for_nothing() -> None:
    data = KVList([("GSIP_RECORD", 1), ("RECORDING_STATUS_GIM", 2)])

    assert finding_of(Evidence(data=data, service=True)).code == "T02"


@pytest.mark.parametrize("code", codes())
def test_each_finding_begins_with_its_code_and_says_what_to_look_at(code: str) -> None:
    first, *checks = lines_of(code)

    assert first.startswith(f"{code}: ")
    assert all(check.startswith("  - ") for check in checks)
    assert bool(checks) == (code not in {"on", "over"})


def test_an_unknown_code_says_nothing() -> None:
    assert lines_of("T99") == ()


def recording(state: str = "ended", *legs: str) -> dict[str, object]:
    return {"state": state, "legs": [{"status": status} for status in legs]}


def test_a_recording_that_went_well_is_no_trouble_though_no_recorder_wrote_its_key() -> None:
    (line,) = lines_of("T07", [recording("ended", "ended", "ended")])

    assert line.startswith("recorded: The recording went well")


@pytest.mark.parametrize(
    "sessions",
    [
        [],
        [recording("failed", "ended")],
        [recording("ended", "ended", "failed")],
        [recording("ended")],
        [recording("active", "established")],
        [recording("ended", "ended"), recording("failed", "failed")],
    ],
)
def test_one_that_did_not_leaves_the_advice_as_it_is(sessions: list[dict[str, object]]) -> None:
    assert lines_of("T07", sessions) == lines_of("T07")


def test_what_the_recorder_said_counts_whatever_became_of_the_recording() -> None:
    assert lines_of("T09", [recording("ended", "ended")]) == lines_of("T09")
