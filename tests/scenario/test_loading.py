"""Scenario files: what they become, and what is said of a wrong one."""

import pytest

from tests.scenario.files import SCENARIOS, event_of, file_of, scenario_of, step_of, text_of
from tlibproto.vocabulary import CallType, DnRole, MessageId, RegModeMask
from tlibsim.config import Problem
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.steps import Action, ClientRequest, LogAction, Scenario, SwitchAction
from tlibsim.scenario.terms import ABSENT, PRESENT, Lacks, Pair, Pairs, Term, Variable

ASK = "- do: {client: desk1, request: QueryServer}"
MARK = "§"
"""Stands in a text before the word that is wrong."""


def place_of_mark(text: str) -> tuple[int, int]:
    before = text[: text.index(MARK)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        load(text, "test.yml")
    return caught.value.problems


def problem_of(text: str) -> Problem:
    problems = problems_of(text)
    assert len(problems) == 1, problems
    return problems[0]


def sent(attribute: str) -> Term:
    """What a MakeCall with this attribute would send."""
    do = step_of(f"- do: {{client: desk1, request: MakeCall, {attribute}}}").do
    assert isinstance(do, ClientRequest)
    return do.attributes[0].term


def expected(attribute: str) -> Term:
    """What this attribute of an EventRinging must be."""
    return event_of(f"EventRinging: {{{attribute}}}").attributes[0].term


def test_the_acceptance_scenarios_load_whole() -> None:
    file = load(SCENARIOS.read_text(encoding="utf-8"), str(SCENARIOS))

    assert len(file.scenarios) == 37
    assert sum(len(scenario.steps) for scenario in file.scenarios) == 151
    assert list(file.logs) == ["islink"]


def test_every_kind_of_step_becomes_its_value() -> None:
    file = file_of(
        """
- do: {client: desk1, request: makecall, thisdn: "7001", OtherDN: "7002"}
- do: {switch: inbound, from: "15550001", to: "7001", ud: {k: "1"}}
- do: {replay: {log: one}}
""",
        top="logs: {one: text}\n",
    )

    call, inbound, replay = (step.do for step in file.scenarios[0].steps)

    assert isinstance(call, ClientRequest)
    assert call.message_id is MessageId.RequestMakeCall
    assert [item.attribute.name for item in call.attributes] == ["ThisDN", "OtherDN"]
    assert isinstance(inbound, SwitchAction)
    assert inbound.action is Action.INBOUND
    assert inbound.arguments["ud"] == Pairs((Pair("k", "1"),))
    assert isinstance(replay, LogAction)
    assert replay.verb == "replay"


def test_a_step_knows_its_line() -> None:
    scenario = scenario_of(f"{ASK}\n{ASK}")

    assert [step.place.line for step in scenario.steps] == [6, 7]
    assert [step.number for step in scenario.steps] == [1, 2]


@pytest.mark.parametrize(
    ("attribute", "term"),
    [
        ('OtherDN: "7002"', "7002"),
        ("OtherDN: 7002", "7002"),
        ("MakeCallType: Regular", 0),
        ("MakeCallType: regular", 0),
        ("MakeCallType: 1", 1),
        ("UserData: {a: x, n: 7}", Pairs((Pair("a", "x"), Pair("n", 7)))),
        ("ud: [[k, '1'], [k, 2]]", Pairs((Pair("k", "1"), Pair("k", 2)), exact=True)),
        ("ud: []", Pairs((), exact=True)),
        ("ud: {}", Pairs(())),
        ("ud: {flag: On}", Pairs((Pair("flag", "On"),))),
        ("ud: {raw: !!binary AQL/}", Pairs((Pair("raw", b"\1\2\xff"),))),
        ("ud: {deep: {x: y}}", Pairs((Pair("deep", Pairs((Pair("x", "y"),))),))),
        ("ud: {n: '7'}", Pairs((Pair("n", "7"),))),
        ("Extensions: {day: 2026-01-01}", Pairs((Pair("day", "2026-01-01"),))),
    ],
)
def test_values_are_sent_with_the_type_they_are_written_with(
    attribute: str, term: Term
) -> None:
    assert sent(attribute) == term


@pytest.mark.parametrize(
    ("attribute", "term"),
    [
        ("CallType: Internal", int(CallType.Internal)),
        ("calltype: INTERNAL", int(CallType.Internal)),
        ("ThisDNRole: Origination", int(DnRole.RoleOrigination)),
        ("ThisDNRole: RoleOrigination", int(DnRole.RoleOrigination)),
        ("CallState: Busy", 6),
        ("PartyState: Connected", 12),
        ("CallUUID: $u1", Variable("u1")),
        ("ConnID: 00A1b2c3d4e50001", "00a1b2c3d4e50001"),
        ("ANI: '*'", PRESENT),
        ("ANI: '~'", ABSENT),
        ("ANI: ~", ABSENT),
        ("ud: {fn: '*', gone: '~'}", Pairs((Pair("fn", PRESENT), Pair("gone", ABSENT)))),
        ("ud+: {k: '1'}", Pairs((Pair("k", "1"),))),
        ("ud+: [[k, '1']]", Pairs((Pair("k", "1"),))),
        ("ud-: [k, m]", Lacks(("k", "m"))),
        ("ext+: {status: 1}", Pairs((Pair("status", 1),))),
        (
            "ISLinkList: {$link: {role: source}}",
            Pairs((Pair(Variable("link"), Pairs((Pair("role", "source"),))),)),
        ),
    ],
)
def test_expected_values_have_words_of_their_own(attribute: str, term: Term) -> None:
    assert expected(attribute) == term


def test_the_short_names_stand_for_attributes() -> None:
    do = step_of("- do: {client: desk1, request: DeletePair, key: k}").do
    assert isinstance(do, ClientRequest)
    assert do.attributes[0].attribute.name == "DataKey"

    do = step_of("- do: {client: desk1, request: ApplyTreatment, params: {a: 1}}").do
    assert isinstance(do, ClientRequest)
    assert do.attributes[0].attribute.name == "TreatmentParameters"


def test_reg_mode_mask_is_register_mode_with_the_names_of_the_mask() -> None:
    do = step_of("- do: {client: mon, request: StartCallMonitoring, RegModeMask: NoSync}").do
    assert isinstance(do, ClientRequest)
    assert do.attributes[0].attribute.name == "RegisterMode"
    assert do.attributes[0].term == int(RegModeMask.NoSync)

    do = step_of(
        "- do: {client: mon, request: StartCallMonitoring, RegModeMask: [Monitor, Control]}"
    ).do
    assert isinstance(do, ClientRequest)
    assert do.attributes[0].term == RegModeMask.Monitor | RegModeMask.Control


def test_an_enclosed_event_becomes_its_number_and_its_attributes() -> None:
    do = step_of(
        "- do: {client: desk1, request: SendEvent, "
        'event: {EventUserEvent: {ThisDN: "7001", UserData: {k: v}}}}'
    ).do

    assert isinstance(do, ClientRequest)
    assert [(item.attribute.name, item.term) for item in do.attributes] == [
        ("UserEvent", int(MessageId.EventUserEvent)),
        ("ThisDN", "7001"),
        ("UserData", Pairs((Pair("k", "v"),))),
    ]


def test_a_mask_is_a_list_of_events() -> None:
    do = step_of(
        "- do: {client: desk1, request: SetInputMask, InputMask: [EventRinging, EventHeld]}"
    ).do

    assert isinstance(do, ClientRequest)
    mask = do.attributes[0].term
    assert isinstance(mask, bytes)
    assert mask[MessageId.EventRinging // 8] & 1 << MessageId.EventRinging % 8


def distinct(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    return scenario.distinct


def test_distinct_takes_names_groups_and_inequalities() -> None:
    steps = (
        f'{ASK}\n  expect: {{"7001": [{{EventDialing: {{ConnID: $a, ANI: $b, DNIS: $c}}}}]}}'
    )

    assert distinct(scenario_of(steps, "distinct: [$a, $b]\n")) == (("a", "b"),)
    assert distinct(scenario_of(steps, 'distinct: ["$a != $b", [$b, $c]]\n')) == (
        ("a", "b"),
        ("b", "c"),
    )


@pytest.mark.parametrize(
    ("steps", "key", "message", "suggestion"),
    [
        ("- do: {client: desk1, request: §MakeCal}", "request", "is no request", "MakeCall"),
        (
            "- do: {client: desk1, request: MakeCall, §ThsDN: '7001'}",
            "ThsDN",
            "is not an attribute of RequestMakeCall",
            "ThisDN",
        ),
        (
            "- do: {client: desk1, request: MakeCall, §AgentID: '7001'}",
            "AgentID",
            "is not an attribute of RequestMakeCall",
            "",
        ),
        (
            "- do: {client: desk1, request: MakeCall, §ReferenceID: 7}",
            "ReferenceID",
            "is set by the program itself",
            "",
        ),
        (
            "- do: {client: desk1, request: MakeCall, MakeCallType: §Regulr}",
            "MakeCallType",
            "is no MakeCallType",
            "Regular",
        ),
        (
            "- do: {switch: §inbond, from: '1', to: '7001'}",
            "switch",
            "is no switch action",
            "inbound",
        ),
        (
            "- do: {switch: inbound, §form: '1', to: '7001', from: '1'}",
            "form",
            "is not a key here",
            "from",
        ),
        ("- do: §{switch: inbound, from: '1'}", "do", "lacks to", ""),
        (
            "- do: {switch: far-answer, conn: $c, result: §Humann}",
            "result",
            "is no result",
            "Human",
        ),
        (
            "- do: {switch: disconnect-client, client: §dekst}",
            "client",
            "is no client",
            "desk3",
        ),
        (
            "ASK\n  §exptect: {}",
            "exptect",
            "is not a key here",
            "expect",
        ),
        (
            'ASK\n  expect: {"7001": [{§EventRining: {}}]}',
            "EventRining",
            "is no event",
            "EventRinging",
        ),
        (
            'ASK\n  expect: {"7001": [{EventRinging: {§CalType: Internal}}]}',
            "CalType",
            "is not an attribute",
            "CallType",
        ),
        (
            'ASK\n  expect: {"7001": [{EventRinging: {CallType: §Internl}}]}',
            "CallType",
            "is no CallType",
            "Internal",
        ),
        (
            'ASK\n  expect: {"7001": [{EventRinging: {ThisDNRole: §Origin}}]}',
            "ThisDNRole",
            "is no DnRole",
            "Origination",
        ),
        (
            "ASK\n  client: {§rce: []}",
            "rce",
            "is no client",
            "rec",
        ),
        (
            "ASK\n  trace: {session: {§recordDn: '7001'}}",
            "recordDn",
            "is not a key here",
            "recordDN",
        ),
        (
            "ASK\n  trace: {legs: [{§destt: x}]}",
            "destt",
            "is not a key here",
            "dest",
        ),
        (
            'ASK\n  expect: {"7001": [{EventRinging: {ConnID: §12ab}}]}',
            "ConnID",
            "must be 16 hex digits",
            "",
        ),
        ("- do: {client: desk1, request: MakeCall, ud: {k: §true}}", "k", "quote it", ""),
        ("- do: {client: desk1, request: MakeCall, ud: {k: §1.5}}", "k", "quote it", ""),
        (
            "- do: {client: desk1, request: MakeCall, ud: {k: §3000000000}}",
            "k",
            "does not fit into 32 bits",
            "",
        ),
        (
            "- do: {client: desk1, request: MakeCall, ud: [§[k]]}",
            "ud[0]",
            "must be a pair",
            "",
        ),
        (
            "- do: {client: desk1, request: MakeCall, ud: §text}",
            "ud",
            "must be {key: value}",
            "",
        ),
        (
            "- do: {client: desk1, request: MakeCall, §ThisDN: $who}",
            "do",
            "nothing has bound yet",
            "",
        ),
        (
            (
                "- do: {switch: make-idle, dn: '7001'}\n"
                '  expect: {"7001": [{EventRinging: {ref: §true}}]}'
            ),
            "ref",
            "needs a step in which a client asks",
            "",
        ),
        (
            "- do: {switch: make-idle, dn: '7001'}\n  reply: §[]",
            "reply",
            "needs a step in which a client asks",
            "",
        ),
        (
            "ASK\n  reply: [{§EventServerInfo: {ref: false}}]",
            "ref",
            "is false, but a reply has one",
            "",
        ),
        ("- do: {replay: {log: §islnk}}", "log", "is none of the logs", ""),
        ("- do: §{}", "do", "must have client and request", ""),
        ("- §expect: {}", "steps[0]", "lacks do", ""),
        ("- do: {switch: wait, seconds: §soon}", "seconds", "must be a number", ""),
    ],
)
def test_a_fault_names_its_place_its_key_and_the_nearest_word(
    steps: str, key: str, message: str, suggestion: str
) -> None:
    text = text_of(steps.replace("ASK", ASK))
    line, column = place_of_mark(text)

    problem = problem_of(text.replace(MARK, ""))

    assert message in problem.message
    assert key in problem.key
    assert (problem.source, problem.line, problem.column) == ("test.yml", line, column)
    assert problem.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("scenarios: [", 2, "is not YAML"),
        ("format: 2\nscenarios: []", 1, "must be 1"),
        ("format: 1", 1, "lacks scenarios"),
        ("format: 1\nscenarios:\n- id: A\n  id: B\n  steps: []", 4, "is given twice"),
        ("format: 1\nscenarios:\n- id: A\n  steps: []", 4, "has no step"),
        ("format: 1\nscenarios:\n- id: A", 3, "lacks steps"),
        ("format: 1\nscenarios: []\nsenarios: []", 3, "is not a key here"),
        ("format: 1\nscenarios:\n- id: A\n  steps: [{do: !!binary '%'}]", 4, "base64"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused(text: str, line: int, message: str) -> None:
    problem = problems_of(text)[0]

    assert message in problem.message
    assert problem.line == line


def test_all_faults_of_a_file_are_told_at_once_and_in_order() -> None:
    problems = problems_of(
        text_of("- do: {switch: inbond}\n- do: {client: desk1, request: Mack}\n- dou: {}")
    )

    assert [problem.line for problem in problems] == [6, 7, 8]


def test_an_id_that_is_used_twice_is_a_fault() -> None:
    one = "- id: A\n  steps: [{do: {switch: make-idle, dn: '7001'}}]\n"

    problem = problem_of(f"format: 1\nscenarios:\n{one}{one}")

    assert "is used twice (first in line 3)" in problem.message


def test_a_list_that_contains_itself_is_refused() -> None:
    problem = problems_of("format: 1\nscenarios: &a [*a]")[0]

    assert "nests deeper" in problem.message


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("given: {establishd: {conn: $c}}\n", "is not a key here"),
        ("given: {established: {conn: c1, a: '1', b: '2'}}\n", "must be a $name"),
        ("given: {established: {conn: $c1, a: '1'}}\n", "lacks b"),
        ("given: {recorded: {conn: $c1, a: '1', b: '2', record: both}}\n", "is no side"),
        ("given: {established: {conn: $c1, a: '1', b: '2', calltype: In}}\n", "is no CallType"),
        ("distinct: [$nobody]\n", "$nobody is bound nowhere"),
        ("distinct: [nobody]\n", "must be a $name"),
    ],
)
def test_a_wrong_given_or_distinct_is_a_fault(head: str, message: str) -> None:
    assert message in problems_of(text_of(ASK, head))[0].message


def test_a_name_for_a_conn_id_may_be_used_before_it_is_bound() -> None:
    scenario = scenario_of(
        '- do: {client: desk1, request: AnswerCall, ThisDN: "7001", ConnID: $c1}'
    )

    assert len(scenario.steps) == 1


def test_clients_of_a_second_site_and_of_steps_are_known() -> None:
    scenario = scenario_of(
        "- do: {client: late, request: QueryServer}\n  client: {late: [], mon2: [], desk1: []}",
        "config: {second-site: {clients: {mon2: []}}}\n",
    )

    assert [one.name for one in scenario.steps[0].client] == ["late", "mon2", "desk1"]


def test_config_keeps_the_types_of_yaml() -> None:
    scenario = scenario_of(ASK, 'config: {record: true, n: 3, dn: {"7001": {x: "on"}}}\n')

    assert scenario.config == {"record": True, "n": 3, "dn": {"7001": {"x": "on"}}}
