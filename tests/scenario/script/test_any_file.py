"""Whatever stands in a scenario file, it is read or refused with places; nothing else happens."""

import random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.script.telling import explained
from tlibsim.scenario.steps import ScenarioFile

WHOLE = """\
name: whole
title: one of everything
vars: {caller: "4155550100", dn: "7001"}
rows: [{x: 1}, {x: 2}]
actors: {desk: {kind: external, dns: [7001], within: 5s}, sup: [7001], other: external}
clock: 10x
seed: 7
strict: true
allow: ["event:EventRinging", "request:*"]
given: {dns: {7001: {record: true}}, agents: {alice: {login: "1001", dn: "7001"}}}
config: {emit-cause: true}
steps:
- {do: inbound, from: "${caller}", to: "${dn}", userdata: {a: "1", n: 5}, note: why not}
- do: {client: desk1, request: MakeCall, ThisDN: "7001", OtherDN: "7002"}
  expect: {event: EventDialing, dn: 7001, ConnID: $c, count: ">=1", fresh: true}
  within: 2s
- do: {client: desk1, request: ReleaseCall, ThisDN: "7001", ConnID: $c}
  expect: {"7001": [{EventReleased: {ConnID: $c}}]}
- {expect: [{event: [EventRinging, EventHeld], client: desk}, "dn:7001 event:*"], order: true, within: 1m}
- {expect: {request: AnswerCall}, within: 5s, else: [{do: answer, dn: "7001"}]}
- {none: {event: EventError}, within: 100ms}
- {check: [recording.state == "paused", len(calls) > 0], within: 1s, when: seconds > 3}
- {set: {n: "1", m: $n + 1}}
- {fault: {kind: drop, event: EventRinging, count: 1}}
- {fault: clear}
- {hook: "mine.py:look", with: {x: 1}, binds: [y]}
- parallel: {one: [{advance: 1s}], two: [{wait: 1s}]}
- {repeat: 3, as: i, until: $n == 3, steps: [{do: digits, digits: "${i}"}]}
- {steps: [{do: hangup, by: remote, conn: $c}], when: "true"}
"""
ODD: tuple[Any, ...] = (
    None, "", "~", "*", "$x", "${caller}", "${nobody}", 0, -1, 3.5, True, [], {}, [[]], [None],
    {"": None}, {"event": None}, "event:", "1s", "\x07", "EventRinging", {"do": {"do": {}}},
    [{"expect": []}], {"7001": [{"EventRinging": None}]}, 10**30, b"\xff",
)  # fmt: skip


def changed(value: Any, rng: random.Random) -> Any:
    """The document with one thing in it replaced, taken away, renamed or put elsewhere."""
    if rng.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return rng.choice(ODD)
    if isinstance(value, list):
        at = rng.randrange(len(value))
        if rng.random() < 0.1:
            return value[:at] + value[at + 1 :]
        return [*value[:at], changed(value[at], rng), *value[at + 1 :]]
    key = rng.choice(list(value))
    rest = {name: one for name, one in value.items() if name != key}
    deed = rng.random()
    if deed < 0.1:
        return rest
    if deed < 0.2:
        return {**rest, rng.choice(["evnt", "do", "", "steps", "expect", "7001"]): value[key]}
    return {**value, key: changed(value[key], rng)}


def read_or_refused(text: str) -> ScenarioFile | ScenarioError:
    try:
        return load(text, "odd.yml")
    except ScenarioError as error:
        return error


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_a_file_with_something_wrong_is_read_or_refused_with_its_places(seed: int) -> None:
    rng = random.Random(seed)
    document = yaml.safe_load(WHOLE)
    for _ in range(rng.randrange(1, 4)):
        document = changed(document, rng)
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)

    found = read_or_refused(text)

    if isinstance(found, ScenarioError):
        assert found.problems
        assert all(one.message and one.line for one in found.problems)
        return
    for scenario in found.scenarios:
        assert list(explained(scenario))


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read_or_refused(text)

    assert not isinstance(found, ScenarioError) or found.problems


def test_the_file_that_is_changed_is_right_as_it_stands() -> None:
    file = load(WHOLE, "whole.yml")

    assert [one.id for one in file.scenarios] == ["whole[1]", "whole[2]"]
    assert len(list(explained(file.scenarios[0]))) > 20
