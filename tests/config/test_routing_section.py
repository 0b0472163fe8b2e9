"""The section ``routing``: what it comes to, and what is said of a wrong one."""

import json

import pytest

from tlibsim.config import ConfigError, RouteRule, RouteTarget, RouteTreatment, load
from tlibsim.config.hours import days_of, span_of, within
from tlibsim.config.shown import as_yaml

SWITCH = """\
dns:
  "7001": {}
  "8001": {type: Queue}
  "5001": {type: RouteDN}
  out: {type: Trunk, prefix: "9"}
agents: {"1001": {}}
"""


def rules_of(text: str) -> tuple[RouteRule, ...]:
    return load(f"{SWITCH}routing:\n  rules:\n    - {text}\n").routing.rules


def fault_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(f"{SWITCH}routing:\n{text}\n", "lab.yaml")
    (problem,) = caught.value.problems
    return str(problem)


def test_without_the_section_there_are_no_rules_and_clients_may_route() -> None:
    routing = load(SWITCH).routing
    assert routing.rules == routing.default == ()
    assert routing.when == "unclaimed"


def test_single_things_stand_for_lists() -> None:
    (rule,) = rules_of("{point: 5001, ani: 415*, days: mon, treatment: {seconds: 2}, to: 8001}")
    assert rule.point == ("5001",)
    assert rule.ani == ("415*",)
    assert rule.days == ("mon",)
    assert rule.treatment == (RouteTreatment(seconds=2.0),)
    assert rule.to == (RouteTarget(dn="8001"),)


def test_lists_keep_the_types_of_their_values() -> None:
    (rule,) = rules_of(
        "{attach: {n: 5, s: '5', ok: true}, extensions: {record: source}, to: 8001}"
    )
    assert dict(rule.attach) == {"n": 5, "s": "5", "ok": True}
    assert dict(rule.extensions) == {"record": "source"}


def test_a_target_may_be_an_agent_a_share_or_a_number_outside() -> None:
    (rule,) = rules_of(
        "{to: [{agent: 1001}, {dn: 7001, percent: 10, when: ready}, 94155550100]}"
    )
    assert rule.to == (
        RouteTarget(agent="1001"),
        RouteTarget(dn="7001", percent=10.0, when="ready"),
        RouteTarget(dn="94155550100"),
    )


def test_what_is_shown_can_be_read_again() -> None:
    text = f"""{SWITCH}
routing:
  when: always
  rules:
    - {{name: a, user-data: {{k: [a, b], p: }}, without: x, time: 08:00-18:00, to: 8001}}
    - {{reject: true, dnis: ["1900*"]}}
  default: [{{agent: 1001}}, 8001]
"""
    settings = load(text)
    again = load(as_yaml(settings))
    assert again.routing == settings.routing


def test_one_word_from_outside_changes_when_and_keeps_the_rules() -> None:
    text = f"{SWITCH}routing: {{rules: [{{to: 8001}}]}}\n"
    routing = load(text, "lab.yaml", ["routing.when=never"]).routing
    assert routing.when == "never"
    assert len(routing.rules) == 1


FAULTS = [
    (
        "  rules:\n    - {nmae: x, to: 8001}",
        "lab.yaml:9:8  error  routing.rules[0].nmae is not a key here. Did you mean name?",
    ),
    (
        "  rules:\n    - {days: mun, to: 8001}",
        "lab.yaml:9:14  error  routing.rules[0].days must be a day like mon, or days like "
        "mon-fri, not 'mun'",
    ),
    (
        "  rules:\n    - {time: 8-18, to: 8001}",
        "lab.yaml:9:14  error  routing.rules[0].time must be two times of day like "
        "08:00-18:00, not '8-18'",
    ),
    (
        "  rules:\n    - {to: 8001}\n    - {to: 8010}",
        "lab.yaml:10:12  error  routing.rules[1].to[0] 8010 leads nowhere. Did you mean 8001?",
    ),
    (
        "  rules:\n    - {to: {agent: 1002}}",
        "lab.yaml:9:12  error  routing.rules[0].to[0] agent 1002 is not configured. "
        "Did you mean 1001?",
    ),
    (
        "  rules:\n    - {point: 7001, to: 8001}",
        "lab.yaml:9:15  error  routing.rules[0].point 7001 is no routing point. "
        "Did you mean 5001?",
    ),
    (
        "  rules:\n    - {treatment: {seconds: 10}, to: 8001}",
        "lab.yaml:9:19  error  routing.rules[0].treatment[0].seconds must be less than "
        "options.router-timeout, which is 10",
    ),
    (
        "  rules:\n    - {treatment: {kind: music}, to: 8001}",
        "lab.yaml:9:19  error  routing.rules[0].treatment[0].seconds must say how long: "
        "more than 0",
    ),
    (
        "  rules:\n    - {name: x}",
        "lab.yaml:9:7  error  routing.rules[0] must have either to or reject",
    ),
    (
        "  rules:\n    - {to: {dn: 7001, agent: 1001}}",
        "lab.yaml:9:12  error  routing.rules[0].to[0] must name either a dn or an agent",
    ),
    (
        "  rules:\n    - {to: [{dn: 7001, percent: 60}, {dn: 8001, percent: 60}]}",
        "lab.yaml:9:12  error  routing.rules[0].to percent adds up to 120",
    ),
    (
        "  default: 7009",
        "lab.yaml:8:12  error  routing.default[0] 7009 leads nowhere. Did you mean 7001?",
    ),
    (
        "  when: sometimes",
        "lab.yaml:8:9  error  routing.when must be 'unclaimed', 'always' or 'never', "
        "not 'sometimes'",
    ),
]


@pytest.mark.parametrize(
    ("text", "said"),
    FAULTS,
    ids=[said.split("  ")[2].split(" ")[0] + str(at) for at, (_, said) in enumerate(FAULTS)],
)
def test_a_wrong_rule_is_told_with_file_line_and_key(text: str, said: str) -> None:
    assert fault_of(text) == said


def test_a_target_that_a_trunk_takes_leads_somewhere() -> None:
    assert rules_of("{to: 94155550100}")[0].to[0].dn == "94155550100"


@pytest.mark.parametrize(
    ("span", "minute", "inside"),
    [
        ("08:00-18:00", 8 * 60, True),
        ("08:00-18:00", 18 * 60, False),
        ("22:00-06:00", 23 * 60, True),
        ("22:00-06:00", 5 * 60, True),
        ("22:00-06:00", 6 * 60, False),
        ("0:00-24:00", 1439, True),
    ],
)
def test_a_span_has_its_first_minute_and_not_its_last(
    span: str, minute: int, inside: bool
) -> None:
    assert within(span_of(span), minute) is inside


def test_days_go_over_the_weekend() -> None:
    assert days_of("sat-mon") == {5, 6, 0}
    assert days_of("Mon-Fri") == {0, 1, 2, 3, 4}
    assert days_of("sun") == {6}


def test_the_schema_knows_the_keys_of_a_rule() -> None:
    from tlibsim.config.reference import schema

    described = json.loads(schema())
    rule = described["$defs"]["RuleShape"]
    assert {"point", "user-data", "to", "extensions"} <= set(rule["properties"])
    assert rule["additionalProperties"] is False
