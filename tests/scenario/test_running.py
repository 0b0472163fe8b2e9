"""The runner: opening, steps, settling, and what it says when something goes wrong."""

import pytest

from tests.scenario.files import scenario_of
from tests.scenario.playing import FakeStage, played
from tlibproto.messages import (
    EventACK,
    EventDialing,
    EventError,
    EventReleased,
    EventRinging,
    EventUnregistered,
    Message,
    Request,
    RequestAnswerCall,
    RequestMakeCall,
)
from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.program import judged
from tlibsim.scenario.results import Result, Status
from tlibsim.scenario.runner import GRACE_SECONDS, STEP_SECONDS, needs_own_server
from tlibsim.switch.commands import ArriveInbound, FarRelease, SetPhoneBusy
from tlibsim.switch.refusals import Reason, RequestRefused

CALL = "- do: {client: desk1, request: MakeCall, ThisDN: '7001', OtherDN: '7002'}\n"
DIALING = EventDialing(
    this_dn=Dn("7001"), conn_id=ConnId(0x71), customer_id="Environment", call_uuid="0" * 32
)


def dialing(client: str, request: Request) -> list[tuple[str, Message]]:
    """Both clients of 7001 are told; the one that asked with its ReferenceID."""
    mine = EventDialing(**dict(DIALING.present()), reference_id=request.reference_id)
    return [("desk1", mine), ("rec", DIALING)]


EXPECT = '  expect: {"7001": [{EventDialing: {ConnID: $c1, ref: true}}]}\n'


def difference(result: Result) -> Difference:
    assert result.status is Status.FAILED
    assert result.difference is not None
    return result.difference


def test_clients_of_the_bed_open_in_order_and_register_their_dns() -> None:
    stage = FakeStage(serve=dialing)

    assert played(scenario_of(CALL + EXPECT), stage).status is Status.PASSED
    assert stage.log == [
        "begin",
        "connect desk1",
        "desk1 RequestRegisterAddress",
        "connect desk2",
        "desk2 RequestRegisterAddress",
        "connect rec",
        "rec RequestRegisterAddress",
        "rec RequestRegisterAddress",
        "desk1 RequestMakeCall",
        "end",
    ]


def test_a_client_that_is_not_of_the_bed_opens_when_a_step_names_it() -> None:
    stage = FakeStage()

    played(scenario_of("- do: {client: late, request: SetDNDOn, ThisDN: '7001'}"), stage)

    assert stage.log[-3:] == ["connect late", "late RequestSetDNDOn", "end"]


def test_a_request_carries_exactly_what_the_step_names() -> None:
    asked: list[Request] = []

    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        asked.append(request)
        return []

    played(scenario_of(CALL.replace("}", ", ud: [[k, 1], [k, 'x']]}")), FakeStage(serve=serve))

    assert len(asked) == 1
    assert asked[0] == RequestMakeCall(
        this_dn=Dn("7001"),
        other_dn="7002",
        user_data=KVList((("k", 1), ("k", "x"))),
        reference_id=asked[0].reference_id,
    )


def test_a_request_may_lack_what_it_must_have() -> None:
    asked: list[Request] = []

    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        asked.append(request)
        return []

    played(
        scenario_of("- do: {client: desk1, request: DeletePair, ThisDN: '7001'}"),
        FakeStage(serve=serve),
    )

    assert dict(asked[0].present()) == {
        "this_dn": "7001",
        "reference_id": asked[0].reference_id,
    }


def test_a_name_without_value_takes_the_conn_id_that_appeared_last() -> None:
    asked: list[Request] = []

    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        asked.append(request)
        old, new = ConnId(0x71), ConnId(0x72)
        return [("rec", EventRinging(conn_id=one)) for one in (old, new, old)]

    answer = "- do: {client: desk1, request: AnswerCall, ThisDN: '7001', ConnID: $c}\n"
    played(scenario_of(CALL + answer + answer), FakeStage(serve=serve))

    assert isinstance(asked[1], RequestAnswerCall)
    assert asked[1].conn_id == ConnId(0x72)
    assert isinstance(asked[2], RequestAnswerCall)
    assert asked[2].conn_id == ConnId(0x72)


def test_a_name_without_value_before_any_conn_id_has_appeared_fails_the_step() -> None:
    answer = "- do: {client: desk1, request: AnswerCall, ThisDN: '7001', ConnID: $c}\n"

    assert difference(played(scenario_of(answer), FakeStage())).subject == "a ConnID for $c"


def test_switch_actions_become_commands_of_the_model() -> None:
    commands: list[object] = []

    def act(command: object) -> list[tuple[str, Message]]:
        commands.append(command)
        return [("desk1", EventRinging(conn_id=ConnId(0x71)))]

    played(
        scenario_of(
            """
- do: {switch: inbound, from: "15550001", to: "7001", dnis: "800", ud: {k: "1"}}
- do: {switch: make-busy, dn: "7002"}
- do: {switch: far-release, conn: $c1}
"""
        ),
        FakeStage(act=act),
    )

    assert commands == [
        ArriveInbound(caller="15550001", to=Dn("7001"), dnis="800", user_data=KVList.of(k="1")),
        SetPhoneBusy(dn=Dn("7002"), busy=True),
        FarRelease(conn_id=ConnId(0x71)),
    ]


def test_a_refused_switch_action_fails_the_step() -> None:
    def act(command: object) -> list[tuple[str, Message]]:
        raise RequestRefused(Reason.NOT_CONFIGURED, "no 7001")

    found = difference(
        played(scenario_of("- do: {switch: phone-answer, dn: '7001'}"), FakeStage(act=act))
    )

    assert found.verdict is Verdict.REFUSED
    assert found.notes == ("not-configured: no 7001",)


def test_waiting_turns_the_clock_of_the_server() -> None:
    stage = FakeStage()

    played(scenario_of("- do: {switch: wait, seconds: 2.5}"), stage)

    assert "advance 2.5" in stage.log


def test_a_closed_client_is_not_asked_any_more() -> None:
    stage = FakeStage()

    def act(command: object) -> list[tuple[str, Message]]:
        stage.mute = frozenset({"desk2"})
        return []

    stage.act = act
    scenario = scenario_of(
        "- do: {switch: disconnect-client, client: desk2}\n"
        "- do: {switch: make-idle, dn: '7001'}"
    )

    assert played(scenario, stage).status is Status.PASSED
    assert "disconnect desk2" in stage.log


# -- waiting and settling ----------------------------------------------------------------------


def test_a_step_waits_for_what_comes_late() -> None:
    stage = FakeStage(late=[("desk1", DIALING), ("rec", DIALING)])

    result = played(scenario_of(CALL + '  expect: {"7001": [{EventDialing: {}}]}'), stage)

    assert result.status is Status.PASSED


def test_a_step_that_fails_on_a_settled_server_ends_soon() -> None:
    stage = FakeStage()

    assert difference(played(scenario_of(CALL + EXPECT), stage)).verdict is Verdict.MISSING
    assert GRACE_SECONDS < stage.at < STEP_SECONDS


def test_a_step_that_fails_elsewhere_is_given_two_seconds() -> None:
    stage = FakeStage(quiet_seconds=0.2)

    assert difference(played(scenario_of(CALL + EXPECT), stage)).verdict is Verdict.MISSING
    assert stage.at >= STEP_SECONDS


def test_what_comes_while_the_server_settles_belongs_to_the_step() -> None:
    extra = EventReleased(this_dn=Dn("7001"), conn_id=ConnId(0x71), customer_id="E")
    stage = FakeStage()

    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        stage.busy = 4
        stage.late = [("desk1", extra), ("rec", extra)]
        return dialing(client, request)

    stage.serve = serve
    found = difference(played(scenario_of(CALL + EXPECT), stage))

    assert found.verdict is Verdict.EXTRA


def test_questions_asked_to_settle_are_seen_by_no_check() -> None:
    stage = FakeStage()
    scenario = scenario_of(
        "- do: {client: desk1, request: QuerySwitch}\n  reply: []\n  client: {desk1: []}\n"
    )

    assert played(scenario, stage).status is Status.PASSED


def test_a_server_that_does_not_answer_a_client_has_not_settled() -> None:
    found = difference(played(scenario_of(CALL), FakeStage(mute=frozenset({"rec"}))))

    assert found.verdict is Verdict.NOT_SETTLED
    assert found.notes == ("no answer to RequestQueryServer for rec",)


def test_a_server_that_is_never_idle_has_not_settled() -> None:
    found = difference(played(scenario_of(CALL), FakeStage(busy=10**6)))

    assert found.verdict is Verdict.NOT_SETTLED
    assert "something due" in found.notes[0]


def test_a_connection_that_the_server_closes_fails_the_step() -> None:
    stage = FakeStage(mute=frozenset({"desk2"}), gone={"desk2": "closed by the server"})

    found = difference(played(scenario_of(CALL), stage))

    assert found.verdict is Verdict.LOST
    assert found.subject == "the connection of desk2"


def test_a_client_that_cannot_open_fails_the_scenario() -> None:
    found = difference(played(scenario_of(CALL), FakeStage(refuse=frozenset({"rec"}))))

    assert found.notes == ("client rec: no",)
    assert found.step == 0


def test_a_registration_that_gets_no_answer_fails_the_scenario() -> None:
    found = difference(played(scenario_of(CALL), FakeStage(refuse=frozenset({"register"}))))

    assert found.verdict is Verdict.GIVEN
    assert found.subject == "client desk1 registers 7001"


def test_the_stage_is_ended_whatever_happens() -> None:
    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        raise ZeroDivisionError

    stage = FakeStage(serve=serve)

    with pytest.raises(ZeroDivisionError):
        played(scenario_of(CALL), stage)
    assert stage.log[-1] == "end"


# -- who is registered -------------------------------------------------------------------------


def test_a_client_that_gave_its_registration_back_is_not_looked_at() -> None:
    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        if isinstance(request, RequestMakeCall):
            return [("desk1", DIALING)]
        return [
            (client, EventUnregistered(this_dn=Dn("7001"), reference_id=request.reference_id))
        ]

    scenario = scenario_of(
        "- do: {client: rec, request: UnregisterAddress, ThisDN: '7001'}\n"
        "  reply: [{EventUnregistered: {ThisDN: '7001'}}]\n"
        + CALL
        + '  expect: {"7001": [{EventDialing: {}}]}\n'
    )

    assert played(scenario, FakeStage(serve=serve)).status is Status.PASSED


def test_a_client_that_registers_in_a_step_is_looked_at_in_the_next() -> None:
    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        return [("desk1", DIALING), ("rec", DIALING)]

    scenario = scenario_of(
        "- do: {client: late, request: RegisterAddress, ThisDN: '7001'}\n"
        "  reply: [{EventRegistered: {}}]\n"
        + CALL
        + '  expect: {"7001": [{EventDialing: {}}]}\n'
    )

    found = difference(played(scenario, FakeStage(serve=serve)))
    assert found.check == 'expect "7001" at client late, event 1 of 1'


# -- identity ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"call_uuid": "lower-case"}, "a CallUUID is 32 characters"),
        ({"customer_id": None}, "an event with a DN has a CustomerID"),
        ({"conn_id": ConnId(0)}, "a ConnID is not 0"),
    ],
)
def test_an_event_that_breaks_an_identity_rule_fails_the_step(
    changes: dict[str, object], rule: str
) -> None:
    broken = EventDialing(**{**dict(DIALING.present()), **changes})
    stage = FakeStage(serve=lambda *_: [("desk1", broken), ("rec", broken)])

    found = difference(
        played(scenario_of(CALL + '  expect: {"7001": [{EventDialing: {}}]}'), stage)
    )

    assert found.verdict is Verdict.IDENTITY
    assert found.notes[0].startswith(rule)


def test_sequence_numbers_of_a_client_must_grow() -> None:
    def numbered(number: int) -> EventDialing:
        return EventDialing(**dict(DIALING.present()), event_sequence_number=number)

    def serve(*numbers: int) -> FakeStage:
        events = [("desk1", numbered(number)) for number in numbers]
        return FakeStage(serve=lambda *_: events)

    assert played(scenario_of(CALL), serve(1, 2, 9)).status is Status.PASSED
    found = difference(played(scenario_of(CALL), serve(2, 2)))
    assert found.notes[0].startswith("EventSequenceNumber grows")


# -- what others cannot do -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "head", "what"),
    [
        (CALL, "", ""),
        (CALL, "config: {x: 1}\n", "config"),
        (CALL, "given: {established: {conn: $c, a: '1', b: '7001'}}\n", "given"),
        (CALL + "- do: {switch: wait, seconds: 1}", "", "switch action wait"),
        (CALL + "  trace: {session: {}}", "", "trace"),
    ],
)
def test_what_only_a_private_server_can_do_is_named(steps: str, head: str, what: str) -> None:
    assert needs_own_server(scenario_of(steps, head)) == what


# -- the pending list --------------------------------------------------------------------------


def result(status: Status) -> Result:
    return Result(scenario=scenario_of(CALL), status=status)


@pytest.mark.parametrize(
    ("status", "judgement"),
    [
        (Status.PASSED, Status.FAILED),
        (Status.FAILED, Status.PENDING),
        (Status.SKIPPED, Status.SKIPPED),
    ],
)
def test_a_listed_scenario_must_not_pass(status: Status, judgement: Status) -> None:
    assert judged(result(status), {"T01": "later"}).status is judgement
    assert judged(result(status), {"T02": "later"}).status is status


def test_an_error_is_an_answer_to_a_step_that_expects_it() -> None:
    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        return [(client, EventError(error_code=51, reference_id=request.reference_id))]

    scenario = scenario_of(CALL + "  reply: [{EventError: {ErrorCode: 51}}]")

    assert played(scenario, FakeStage(serve=serve)).status is Status.PASSED


def test_an_answer_to_an_earlier_step_is_no_answer_to_this_one() -> None:
    seen: list[Request] = []

    def serve(client: str, request: Request) -> list[tuple[str, Message]]:
        seen.append(request)
        return [(client, EventACK(reference_id=seen[0].reference_id))]

    step = CALL + "  reply: [{EventACK: {}}]\n"
    found = difference(played(scenario_of(step + step), FakeStage(serve=serve)))

    assert found.step == 2
