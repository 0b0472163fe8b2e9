"""Script steps on a real server: what must come, in which time, in which order, and what if not."""

import sys
from pathlib import Path

import pytest
import pytest_twisted

from tests.endtoend.stages import played
from tlibsim.scenario.differences import Verdict
from tlibsim.scenario.results import Result, Status
from tlibsim.scenario.script.player import HookContext
from tlibsim.scenario.stage import NeverConnectedError

pytestmark = pytest.mark.timeout(60)
DESK = Path(__file__).with_name("desk.py")
RINGING = """\
- do: inbound
  from: "4155550100"
  to: 7001
"""
EXTERNAL = """\
actors:
  desk: {kind: external, dns: [7001], within: 5s}
given:
  dns: {7001: {record: true}}
  clients: {sup: [7001]}
steps:
"""


def steps(text: str) -> str:
    return f"steps:\n{text}"


def desk(mode: str = "") -> str:
    return f"{sys.executable} {DESK} {{host}} {{port}} desk 7001 {mode}"


async def verdict_of(text: str) -> Verdict:
    result = await played(text)
    assert result.difference is not None, "it passed"
    return result.difference.verdict


def passes(result: Result) -> bool:
    assert result.status is Status.PASSED, result.text()
    return True


# What must come.


@pytest_twisted.ensureDeferred
async def test_what_a_deed_causes_is_found_without_waiting() -> None:
    assert passes(await played(steps(RINGING + "- expect: {event: EventRinging, dn: 7001}\n")))


@pytest_twisted.ensureDeferred
async def test_an_expectation_may_be_a_question_in_the_query_language() -> None:
    text = RINGING + "- expect: 'dn:7001 event:EventRinging to:desk1 CallType:Inbound'\n"

    assert passes(await played(steps(text)))


@pytest_twisted.ensureDeferred
async def test_a_miss_names_every_field_in_which_the_nearest_differs() -> None:
    result = await played(
        steps(
            RINGING
            + "- expect: {event: EventRinging, dn: 7001, CallType: Internal, ANI: '1'}\n"
            + "  within: 10m\n"
        )
    )

    difference = result.difference
    assert difference is not None
    assert difference.verdict is Verdict.MISSING
    assert (difference.place.line, difference.path) == (5, "2")
    assert [one.attribute for one in difference.near[0].mismatches] == ["CallType", "ANI"]
    assert difference.near[0].mismatches[0].wanted == "Internal (1)"
    assert difference.near[0].mismatches[0].got == "Inbound (2)"
    assert "nothing matched in 600 s" in result.text()
    assert result.seconds < 5


@pytest_twisted.ensureDeferred
async def test_a_pair_of_the_wrong_type_is_named_with_both_types() -> None:
    result = await played(
        steps(
            "- do: inbound\n  from: '1'\n  to: 7001\n  userdata: {rule: 17}\n"
            "- expect: {event: EventRinging, userdata: {rule: '17'}}\n"
        )
    )

    assert result.difference is not None
    (differs,) = result.difference.near[0].mismatches
    assert (differs.attribute, differs.wanted, differs.got) == (
        "userdata.rule",
        "'17' (string)",
        "17 (integer)",
    )


@pytest_twisted.ensureDeferred
async def test_a_message_is_taken_by_one_expectation_only() -> None:
    twice = "- expect: {event: EventRinging, dn: 7001}\n" * 2

    assert await verdict_of(steps(RINGING + twice)) is Verdict.MISSING


@pytest_twisted.ensureDeferred
async def test_the_order_on_one_dn_counts_and_that_between_dns_does_not() -> None:
    call = (
        "- do: {client: desk1, request: MakeCall, ThisDN: '7001', OtherDN: '7002'}\n"
        "- do: answer\n  dn: 7002\n"
    )
    between = (
        "- expect: {event: EventRinging, dn: 7002}\n- expect: {event: EventDialing, dn: 7001}\n"
    )
    wrong = (
        "- expect: {event: EventEstablished, dn: 7002}\n"
        "- expect: {event: EventRinging, dn: 7002}\n"
    )

    assert passes(await played(steps(call + between)))
    assert await verdict_of(steps(call + wrong)) is Verdict.MISSING


@pytest_twisted.ensureDeferred
async def test_an_order_between_dns_can_be_asked_for() -> None:
    call = "- do: {client: desk1, request: MakeCall, ThisDN: '7001', OtherDN: '7002'}\n"
    order = "- expect: [{event: EventDialing, dn: 7001}, {event: EventRinging, dn: 7002}]\n"
    turned = "- expect: [{event: EventRinging, dn: 7002}, {event: EventDialing, dn: 7001}]\n"

    assert passes(await played(steps(call + order + "  order: true\n")))
    assert passes(await played(steps(call + turned)))
    assert await verdict_of(steps(call + turned + "  order: true\n")) is Verdict.MISSING


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize(
    ("count", "verdict"),
    [("2", None), (">=1", None), ("1", Verdict.EXTRA), ("3", Verdict.MISSING)],
)
async def test_a_count_is_kept_exactly(count: str, verdict: Verdict | None) -> None:
    calls = RINGING + RINGING.replace("7001", "7002")
    result = await played(
        steps(f"{calls}- expect: {{event: EventRinging, count: '{count}'}}\n")
    )

    assert (result.difference.verdict if result.difference else None) is verdict


@pytest_twisted.ensureDeferred
async def test_what_must_not_come_fails_when_it_does() -> None:
    assert passes(await played(steps(RINGING + "- none: {event: EventError}\n  within: 1h\n")))
    assert (
        await verdict_of(steps(RINGING + "- none: {event: EventRinging}\n"))
        is Verdict.NOTHING_EXPECTED
    )


@pytest_twisted.ensureDeferred
async def test_names_bound_by_one_expectation_hold_in_the_next() -> None:
    text = (
        RINGING
        + "- expect: {event: EventRinging, dn: 7001, ConnID: $c, ANI: $caller}\n"
        + "- do: {client: desk1, request: AnswerCall, ThisDN: '7001', ConnID: $c}\n"
        + "- expect: {event: EventEstablished, dn: 7001, ConnID: $c}\n"
        + "- check: $caller == '4155550100' and call.conn_id == $c\n"
    )

    assert passes(await played(steps(text)))


@pytest_twisted.ensureDeferred
async def test_what_did_not_come_in_time_may_be_done_otherwise() -> None:
    text = (
        RINGING
        + "- expect: {request: AnswerCall, dn: 7001}\n  within: 5s\n"
        + "  else: {do: answer, dn: 7001}\n"
        + "- expect: {event: EventEstablished, dn: 7001}\n"
        + "- check: seconds >= 5 and seconds < 6\n"
    )

    assert passes(await played(steps(text)))


# Time.


@pytest_twisted.ensureDeferred
async def test_advancing_passes_time_at_once_and_fires_what_is_due() -> None:
    text = (
        "config: {dn: {'7001': {no-answer-timeout: 20, no-answer-overflow: '7002'}}}\n"
        + steps(RINGING)
        + "- expect: {event: EventRinging, dn: 7001}\n"
        + "- advance: 30m\n"
        + "- check: seconds == 1800\n"
    )

    result = await played(text)

    assert passes(result)
    assert result.seconds < 10


@pytest_twisted.ensureDeferred
async def test_a_fast_clock_gives_the_same_verdict_as_a_turned_one() -> None:
    text = steps(
        RINGING
        + "- wait: 3s\n- do: answer\n  dn: 7001\n"
        + "- expect: {event: EventEstablished, dn: 7001}\n- check: seconds >= 3\n"
    )

    assert passes(await played(text))
    assert passes(await played(text, clock="30x"))


# Steps inside of steps.


@pytest_twisted.ensureDeferred
async def test_branches_go_on_side_by_side() -> None:
    text = (
        "- parallel:\n"
        "    late:\n"
        "    - wait: 10s\n"
        "    - do: inbound\n      from: '1'\n      to: 7001\n"
        "    early:\n"
        "    - expect: {event: EventRinging, dn: 7001}\n      within: 11s\n"
        "    - check: seconds == 10\n"
        "- check: seconds == 10\n"
    )

    assert passes(await played(steps(text)))


@pytest_twisted.ensureDeferred
async def test_a_branch_that_fails_fails_the_scenario_with_its_own_place() -> None:
    text = (
        "- parallel:\n"
        "    good:\n    - wait: 10s\n"
        "    bad:\n    - wait: 1s\n    - check: seconds == 7\n"
    )

    result = await played(steps(text))

    assert result.difference is not None
    assert (result.difference.path, result.difference.place.line) == ("1.bad.2", 7)
    assert "seconds is 1.0" in result.text()


@pytest_twisted.ensureDeferred
async def test_rounds_end_when_what_was_waited_for_holds() -> None:
    text = (
        "- set: {n: '0'}\n"
        "- repeat: 100\n  until: $n == 3\n  steps:\n  - set: {n: $n + 1}\n  - advance: 1s\n"
        "- check: $n == 3 and seconds == 3\n"
    )

    assert passes(await played(steps(text)))


@pytest_twisted.ensureDeferred
async def test_a_step_is_left_out_when_its_condition_does_not_hold() -> None:
    text = "- advance: 1h\n  when: len(calls) > 0\n- check: seconds == 0\n"

    assert passes(await played(steps(text)))


# Faults, functions, strictness.


@pytest_twisted.ensureDeferred
async def test_a_fault_is_in_force_until_it_is_cleared() -> None:
    ask = "- do: {client: desk1, request: MakeCall, ThisDN: '7001', OtherDN: '7002'}\n"
    text = (
        "- fault: {name: busy, kind: error, request: RequestMakeCall, error: destination-busy}\n"
        + ask
        + "- expect: {event: EventError, client: desk1}\n"
        + "- fault: {remove: busy}\n"
        + ask
        + "- expect: {event: EventDialing, dn: 7001}\n"
    )

    assert passes(await played(steps(text)))
    assert await verdict_of(steps("- fault: {kind: erorr}\n")) is Verdict.REFUSED
    assert await verdict_of(steps("- fault: {remove: nobody}\n")) is Verdict.REFUSED


@pytest_twisted.ensureDeferred
async def test_a_function_gets_the_names_and_the_journal_and_can_bind_more() -> None:
    def look(context: HookContext) -> None:
        assert context.arguments == {"dn": "7001"}
        assert context.names["call"]["ani"] == "4155550100"
        assert len(context.journal) > 0
        context.bind("answer", 42)

    text = steps(
        RINGING
        + "- hook: mine.py:look\n  with: {dn: '7001'}\n  binds: [answer]\n- check: $answer == 42\n"
    )

    assert passes(await played(text, hooks={"mine.py:look": look}))


@pytest_twisted.ensureDeferred
async def test_what_a_function_raises_is_a_failure_with_its_words() -> None:
    def fail(_: HookContext) -> None:
        raise AssertionError("the light is off")

    result = await played(steps("- hook: mine.py:fail\n"), hooks={"mine.py:fail": fail})

    assert "AssertionError: the light is off" in result.text()


@pytest_twisted.ensureDeferred
async def test_a_function_that_nobody_allowed_is_not_called() -> None:
    assert await verdict_of(steps("- hook: mine.py:fail\n")) is Verdict.REFUSED


@pytest_twisted.ensureDeferred
async def test_a_strict_run_fails_on_what_no_step_expects() -> None:
    ringing = "- expect: {event: EventRinging, dn: 7001}\n"
    released = "- do: hangup\n  by: remote\n"

    assert passes(await played(steps(RINGING + ringing), strict=True))
    result = await played(steps(RINGING + ringing + released), strict=True)
    assert result.difference is not None
    assert result.difference.verdict is Verdict.EXTRA
    assert "EventAbandoned" in result.text()
    assert "at the end" in result.text()


@pytest_twisted.ensureDeferred
async def test_a_strict_run_leaves_alone_what_the_scenario_allows() -> None:
    text = "allow: ['event:EventRinging']\nstrict: true\n" + steps(RINGING)

    assert passes(await played(text))


@pytest_twisted.ensureDeferred
async def test_an_expression_that_does_not_hold_says_what_it_saw() -> None:
    result = await played(steps(RINGING + "- check: len(calls) == 2\n"))

    assert "does not hold" in result.text()
    assert "len(calls) is 1" in result.text()


@pytest_twisted.ensureDeferred
async def test_a_check_waits_for_what_is_not_there_yet() -> None:
    later = "- parallel:\n  - [{wait: 3s}, {do: inbound, from: '1', to: 7001}]\n"
    check = "  - [{check: call.ani == '1', within: 5s}, {check: seconds == 3}]\n"

    assert passes(await played(steps(later + check)))
    result = await played(steps("- check: call.ani == '1'\n  within: 5s\n"))
    assert "None has no 'ani'" in result.text()


# The system under test.


@pytest_twisted.ensureDeferred
async def test_a_desk_of_somebody_else_is_expected_to_act() -> None:
    text = (
        EXTERNAL
        + RINGING
        + "- expect: {request: AnswerCall, client: desk}\n  within: 5s\n"
        + "- expect: {event: EventAttachedDataChanged, client: desk, userdata: {GSIP_RECORD: ON}}\n"
        + "- expect: {request: PrivateService, msgid: 3015, client: desk}\n  within: 5s\n"
        + "- check: recording.state == 'paused'\n  within: 2s\n"
    )

    assert passes(await played(text, sut=desk("pause")))


@pytest_twisted.ensureDeferred
async def test_a_desk_that_does_another_thing_is_told_what_it_did() -> None:
    text = (
        EXTERNAL
        + RINGING
        + "- expect: {request: PrivateService, msgid: 3015, client: desk}\n  within: 1500ms\n"
    )

    result = await played(text, sut=desk("stop"))

    assert result.difference is not None
    nearest = result.difference.near[0]
    assert "from desk" in nearest.text
    assert [(one.attribute, one.wanted, one.got) for one in nearest.mismatches] == [
        ("msgid", "3015", "3014")
    ]


@pytest_twisted.ensureDeferred
async def test_a_desk_that_never_connects_ends_the_run() -> None:
    text = EXTERNAL.replace("5s", "300ms") + "- advance: 1s\n"

    with pytest.raises(NeverConnectedError, match="desk never connected to 127"):
        await played(text, sut=desk("silent"))


@pytest_twisted.ensureDeferred
async def test_a_desk_that_registers_too_little_is_told_what_lacks() -> None:
    text = EXTERNAL.replace("[7001]", "[7001, 7002]", 1).replace("5s", "1s") + "- advance: 1s\n"

    with pytest.raises(NeverConnectedError, match="has not registered 7002"):
        await played(text, sut=desk())
