"""RECORDING.md 8.1: the pattern of ``recording-filename``."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recording.studio import START, call_of, party
from tlibsim.recording.filename import MAX_NAME_BYTES, expand, variables
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.facts import PartyView

RULES = RecordingRules(switch="SIP_Switch1", customer_id="Environment")
AGENT = party("7001", agent_id="1001")


def name(
    pattern: str,
    agent: PartyView | None = AGENT,
    *,
    offset: int = 0,
    rules: RecordingRules = RULES,
    **call: Any,
) -> str:
    view = call_of(AGENT, **({"call_uuid": "UUID1"} | call))
    return expand(pattern, variables(view, agent, rules, START, offset))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("UUID", "UUID1"),
        ("CALLUUID", "UUID1"),
        ("AGENTDN", "7001"),
        ("AGENTID", "1001"),
        ("ANI", "15550001"),
        ("DNIS", "8005551000"),
        ("DATE", "2023-11-14"),
        ("TIME", "22-13-20"),
        ("CONNID", "00000000000000c1"),
        ("CALLID", "17"),
        ("CUSTID", "Environment"),
        ("SWITCH", "SIP_Switch1"),
    ],
)
def test_each_variable_has_its_value(variable: str, value: str) -> None:
    assert name(f"a_${variable}$_z") == f"a_{value}_z"


def test_the_pattern_of_the_guide_may_end_without_the_closing_sign() -> None:
    pattern = "$UUID$_$AGENTDN$_$ANI$_$DNIS$_$DATE$_$TIME"

    assert name(pattern) == "UUID1_7001_15550001_8005551000_2023-11-14_22-13-20"
    assert name(pattern + "$") == name(pattern)


@pytest.mark.parametrize(
    "pattern", ["$X$", "a$NOPE$b", "$uuid$", "5$", "$", "$$", "a$X", "$DATE "]
)
def test_what_is_no_variable_stays_as_text(pattern: str) -> None:
    assert name(pattern) == pattern.strip()


def test_an_unknown_variable_keeps_both_its_signs() -> None:
    assert name("$X$UUID$") == "$X$UUID$"
    assert name("$X$_$UUID$") == "$X$_UUID1"


def test_missing_values_are_empty() -> None:
    assert name("<$ANI$$DNIS$$AGENTDN$$AGENTID$>", None, ani=None, dnis=None) == "__"
    assert name("$AGENTID$", party("7001")) == ""


def test_times_are_local() -> None:
    assert name("$DATE$ $TIME$", offset=3 * 3600) == "2023-11-15 01-13-20"


def test_formats_of_date_and_time_are_options() -> None:
    rules = RecordingRules(filename_date_format="%Y%m%d", filename_time_format="%H%M")

    assert name("$DATE$-$TIME$", rules=rules) == "20231114-2213"


def test_values_are_reduced_to_plain_characters() -> None:
    assert name("$ANI$", ani="+1 (555)/../é") == "+1__555__..__"


def test_characters_that_a_file_name_cannot_hold_are_replaced() -> None:
    assert name('a/b\\c:d*e?f"g<h>i|j\x00k\x7f') == "a_b_c_d_e_f_g_h_i_j_k_"


def test_a_name_is_never_hidden_and_never_leads_upwards() -> None:
    assert name("../../$UUID$.") == "_.._UUID1"
    assert name("..") == ""


@given(pattern=st.text(max_size=300), ani=st.text(max_size=300))
def test_whatever_goes_in_what_comes_out_is_one_short_file_name(pattern: str, ani: str) -> None:
    made = name(pattern + "$ANI$", ani=ani)

    assert not set(made) & set('/\\:*?"<>|\x00')
    assert made not in {".", ".."}
    assert not made.startswith(".")
    assert len(made.encode()) <= MAX_NAME_BYTES
