"""Whole steps against what came: nothing that differs may be missed."""

from dataclasses import dataclass, replace

import pytest

from tests.scenario.files import scenario_of, step_of
from tlibproto.messages import (
    EventACK,
    EventDialing,
    EventError,
    EventHeld,
    EventPrivateInfo,
    EventReleased,
    EventRinging,
    EventServerInfo,
    EventUserEvent,
    Message,
    evolve,
)
from tlibproto.vocabulary import ConnId, Dn, KVList, ReferenceId
from tlibsim.scenario.comparison import compare, equal_names
from tlibsim.scenario.differences import Difference, Verdict, as_object, rendered
from tlibsim.scenario.terms import NO_BINDINGS, Bindings
from tlibsim.scenario.view import Received, StepView

REFERENCE = ReferenceId(40)
ONE, TWO = ConnId(1), ConnId(2)
DIALING = EventDialing(this_dn=Dn("7001"), conn_id=ONE, other_dn="7002")
MINE = evolve(DIALING, reference_id=REFERENCE)
RELEASED = EventReleased(this_dn=Dn("7001"), conn_id=ONE)
RINGING = EventRinging(this_dn=Dn("7002"), conn_id=ONE, ani="7001")

CALL = "- do: {client: desk1, request: MakeCall, ThisDN: '7001', OtherDN: '7002'}\n"
WATCHERS = {"7001": ("desk1", "rec"), "7002": ("desk2", "rec"), "7003": ()}


def view(*received: tuple[str, Message], requester: str = "desk1") -> StepView:
    return StepView(
        received=tuple(
            Received(client=client, message=message, number=number)
            for number, (client, message) in enumerate(received)
        ),
        requester=requester,
        reference=REFERENCE if requester else None,
        watchers=WATCHERS,
        once=WATCHERS,
    )


def holds(step: str, *received: tuple[str, Message], requester: str = "desk1") -> Bindings:
    found = compare(step_of(CALL + step), view(*received, requester=requester), NO_BINDINGS)
    assert isinstance(found, Bindings), rendered(found, "T01", "test.yml")
    return found


def fails(step: str, *received: tuple[str, Message], requester: str = "desk1") -> Difference:
    found = compare(step_of(CALL + step), view(*received, requester=requester), NO_BINDINGS)
    assert isinstance(found, Difference), "nothing was found to differ"
    return found


EXPECT_DIALING = (
    '  expect: {"7001": [{EventDialing: {ConnID: $c1, OtherDN: "7002", ref: true}}]}'
)
EXPECT_TWO = '  expect: {"7001": [{EventDialing: {}}, {EventReleased: {}}]}'
EXPECT_BOTH = """  expect:
    "7001": [{EventDialing: {ConnID: $c1}}]
    "7002": [{EventRinging: {ConnID: $c1, ANI: "7001"}}]"""


def test_what_every_client_of_a_dn_got_in_order_holds() -> None:
    found = holds(EXPECT_DIALING, ("desk1", MINE), ("rec", DIALING))

    assert found.get("c1") == "0000000000000001"


def test_the_order_between_dns_is_free() -> None:
    holds(
        EXPECT_BOTH,
        ("rec", RINGING),
        ("desk2", RINGING),
        ("rec", DIALING),
        ("desk1", DIALING),
    )


def test_a_dn_that_is_not_listed_is_not_looked_at() -> None:
    holds(EXPECT_DIALING, ("desk1", MINE), ("rec", DIALING), ("desk2", RINGING))


def test_a_missing_event_is_found() -> None:
    found = fails(EXPECT_TWO, ("desk1", DIALING), ("rec", DIALING))

    assert found.verdict is Verdict.MISSING
    assert found.subject.startswith("EventReleased")
    assert found.check == 'expect "7001" at client desk1, event 2 of 2'


def test_an_event_that_only_one_client_lacks_is_found() -> None:
    found = fails(EXPECT_TWO, ("desk1", DIALING), ("rec", DIALING), ("desk1", RELEASED))

    assert found.verdict is Verdict.MISSING
    assert "at client rec" in found.check


def test_an_extra_event_is_found() -> None:
    found = fails(
        EXPECT_DIALING,
        ("desk1", MINE),
        ("rec", DIALING),
        ("desk1", RELEASED),
        ("rec", RELEASED),
    )

    assert found.verdict is Verdict.EXTRA
    assert found.subject.startswith("EventReleased")
    assert found.notes == ("came: EventDialing, EventReleased",)


def test_an_extra_event_between_two_expected_ones_is_found() -> None:
    held = EventHeld(this_dn=Dn("7001"))
    found = fails(EXPECT_TWO, ("desk1", DIALING), ("desk1", held), ("desk1", RELEASED))

    assert found.verdict is Verdict.EXTRA
    assert found.subject.startswith("EventHeld")


def test_a_wrong_order_is_found() -> None:
    found = fails(EXPECT_TWO, ("desk1", RELEASED), ("desk1", DIALING))

    assert found.verdict is Verdict.ORDER
    assert found.subject.startswith("EventDialing")
    assert found.notes == ("came: EventReleased, EventDialing",)


def test_a_wrong_attribute_is_found_and_shown() -> None:
    wrong = evolve(MINE, other_dn="7003")
    found = fails(EXPECT_DIALING, ("desk1", wrong), ("rec", wrong))

    assert found.verdict is Verdict.DIFFERS
    assert found.mismatch is not None
    assert (found.mismatch.attribute, found.mismatch.wanted, found.mismatch.got) == (
        "OtherDN",
        "'7002'",
        "'7003'",
    )
    assert "OtherDN='7003'" in found.nearest


def test_a_name_that_differs_between_two_dns_is_found() -> None:
    found = fails(
        EXPECT_BOTH,
        ("desk1", DIALING),
        ("rec", DIALING),
        ("desk2", evolve(RINGING, conn_id=TWO)),
    )

    assert found.mismatch is not None
    assert found.mismatch.wanted == "$c1 = 0000000000000001"


@pytest.mark.parametrize(
    ("mine", "theirs", "client"),
    [
        (DIALING, DIALING, "desk1"),
        (MINE, MINE, "rec"),
        (evolve(DIALING, reference_id=ReferenceId(39)), DIALING, "desk1"),
    ],
)
def test_a_reference_id_on_the_wrong_copy_is_found(
    mine: Message, theirs: Message, client: str
) -> None:
    found = fails(EXPECT_DIALING, ("desk1", mine), ("rec", theirs))

    assert f"at client {client}" in found.check
    assert found.mismatch is not None
    assert found.mismatch.attribute == "ReferenceID"


def test_ref_false_wants_copies_without_reference_id() -> None:
    step = '  expect: {"7001": [{EventDialing: {ref: false}}]}'

    holds(step, ("desk1", DIALING), ("rec", DIALING))
    assert fails(step, ("desk1", MINE), ("rec", DIALING)).mismatch is not None


def test_ref_true_on_a_dn_of_others_wants_a_copy_for_the_client_that_asked() -> None:
    step = '  expect: {"7002": [{EventRinging: {ref: true}}]}'
    copies = (("desk2", RINGING), ("rec", RINGING))

    holds(step, *copies, ("desk1", evolve(RINGING, reference_id=REFERENCE)))
    found = fails(step, *copies)
    assert found.check == "the copy for desk1, which asked"


def test_copies_that_differ_in_an_attribute_that_is_not_named_are_found() -> None:
    other = evolve(DIALING, user_data=KVList.of(k="1"))
    found = fails(
        '  expect: {"7001": [{EventDialing: {}}]}', ("desk1", DIALING), ("rec", other)
    )

    assert found.verdict is Verdict.COPIES
    assert found.mismatch is not None
    assert found.mismatch.attribute == "UserData"
    assert "client rec" in found.mismatch.got


def test_copies_may_differ_in_reference_id_number_and_time() -> None:
    other = evolve(DIALING, event_sequence_number=7, timein_secs=1, timein_usecs=2)

    holds(
        '  expect: {"7001": [{EventDialing: {}}]}',
        ("desk1", evolve(MINE, event_sequence_number=6)),
        ("rec", other),
    )


def test_an_event_on_a_dn_that_must_be_silent_is_found() -> None:
    step = '  none: ["7002"]'

    holds(step, ("desk1", DIALING))
    found = fails(step, ("desk1", DIALING), ("rec", RINGING))
    assert found.verdict is Verdict.NOTHING_EXPECTED
    assert found.check == 'none "7002" at client rec'


def test_answers_do_not_count_under_expect_and_none() -> None:
    ack = EventACK(this_dn=Dn("7001"), reference_id=REFERENCE)
    error = EventError(this_dn=Dn("7001"), error_code=51)

    holds('  none: ["7001"]', ("desk1", ack), ("desk1", error))
    holds(EXPECT_DIALING, ("desk1", ack), ("desk1", MINE), ("rec", DIALING))


@pytest.mark.parametrize("noise", [EventUserEvent, EventPrivateInfo])
def test_user_events_and_private_info_count_only_where_they_are_named(
    noise: type[Message],
) -> None:
    extra = noise(this_dn=Dn("7001"))
    received = (("desk1", MINE), ("desk1", extra), ("rec", DIALING), ("rec", extra))

    holds(EXPECT_DIALING, *received)
    named = f'  expect: {{"7001": [{{EventDialing: {{}}}}, {{{noise.__name__}: {{}}}}]}}'
    holds(named, *received)
    assert fails(named, *received, ("desk1", extra)).verdict is Verdict.EXTRA
    assert fails('  none: ["7001"]', ("desk1", extra)).verdict is Verdict.NOTHING_EXPECTED


def test_a_dn_without_clients_cannot_get_what_is_expected() -> None:
    found = fails('  expect: {"9999": [{EventRinging: {}}]}')

    assert found.notes == ("no client is registered on this DN",)
    holds('  expect: {"9999": []}')


def test_an_empty_list_wants_nothing_on_the_dn() -> None:
    holds('  expect: {"7001": []}')
    assert fails('  expect: {"7001": []}', ("rec", DIALING)).verdict is Verdict.EXTRA


# -- reply -------------------------------------------------------------------------------------


REPLY = "  reply: [{EventError: {ErrorCode: 51}}]"


def test_a_reply_is_what_the_client_got_with_its_reference_id() -> None:
    holds(REPLY, ("desk1", EventError(error_code=51, reference_id=REFERENCE)))


@pytest.mark.parametrize(
    ("received", "verdict"),
    [
        ((), Verdict.MISSING),
        ((("desk1", EventError(error_code=51)),), Verdict.MISSING),
        ((("desk2", EventError(error_code=51, reference_id=REFERENCE)),), Verdict.MISSING),
        ((("desk1", EventACK(reference_id=REFERENCE)),), Verdict.EXTRA),
        ((("desk1", EventError(error_code=56, reference_id=REFERENCE)),), Verdict.DIFFERS),
        (
            (
                ("desk1", EventError(error_code=51, reference_id=REFERENCE)),
                ("desk1", EventACK(reference_id=REFERENCE)),
            ),
            Verdict.EXTRA,
        ),
        (
            (
                ("desk1", EventError(error_code=51, reference_id=REFERENCE)),
                ("desk2", EventServerInfo(reference_id=REFERENCE)),
            ),
            Verdict.EXTRA,
        ),
    ],
)
def test_a_wrong_reply_is_found(
    received: tuple[tuple[str, Message], ...], verdict: Verdict
) -> None:
    assert fails(REPLY, *received).verdict is verdict


def test_a_reply_without_reference_id_is_shown_as_the_nearest() -> None:
    found = fails(REPLY, ("desk1", EventError(error_code=51)))

    assert found.mismatch is not None
    assert (found.mismatch.attribute, found.mismatch.got) == ("ReferenceID", "absent")


# -- client ------------------------------------------------------------------------------------


CLIENT = "  client: {rec: [{EventDialing: {ConnID: $c}}, {EventReleased: {ConnID: $c}}]}"


def test_the_events_of_a_client_may_have_others_between_them() -> None:
    held = EventHeld(this_dn=Dn("7001"), conn_id=ONE)

    holds(CLIENT, ("rec", held), ("rec", DIALING), ("rec", held), ("rec", RELEASED))


def test_the_events_of_a_client_must_come_in_order() -> None:
    found = fails(CLIENT, ("rec", RELEASED), ("rec", DIALING))

    assert found.check == "client rec, event 2"
    assert found.subject.startswith("EventReleased")


def test_a_name_bound_too_early_among_the_events_of_a_client_is_taken_back() -> None:
    other = evolve(DIALING, conn_id=TWO)

    found = holds(CLIENT, ("rec", other), ("rec", DIALING), ("rec", RELEASED))

    assert found.get("c") == "0000000000000001"


def test_a_choice_is_taken_back_when_the_next_check_cannot_live_with_it() -> None:
    step = """  client:
    rec: [{EventDialing: {ConnID: $c}}]
    desk1: [{EventReleased: {ConnID: $c}}]"""

    found = holds(
        step, ("rec", evolve(DIALING, conn_id=TWO)), ("rec", DIALING), ("desk1", RELEASED)
    )

    assert found.get("c") == "0000000000000001"


def test_a_client_that_asked_must_have_its_reference_id() -> None:
    step = "  client: {desk1: [{EventDialing: {ref: true}}]}"

    holds(step, ("desk1", DIALING), ("desk1", MINE))
    found = fails(step, ("desk1", DIALING))
    assert found.mismatch is not None
    assert found.mismatch.attribute == "ReferenceID"


# -- trace -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leg:
    dest: str = "sip:10.0.0.101"
    uri: str = "sip:record=rec-1@10.0.0.101"
    sdp: str = "sendonly"
    reinvite: int = 0


@dataclass(frozen=True)
class Session:
    id: str = "rec-1"
    record_dn: str = "7001"
    trigger: str = "dynamic"
    state: str = "active"
    params: tuple[tuple[str, str], ...] = (("name1", "value1"),)
    legs: tuple[Leg, ...] = (Leg(), Leg(sdp="inactive", reinvite=1))
    mixed: bool = True


def traced(trace: str, *sessions: Session) -> Bindings | Difference:
    step = step_of(f"{CALL}  trace: {trace}")
    return compare(step, replace(view(), traces=sessions), NO_BINDINGS)


@pytest.mark.parametrize(
    "trace",
    [
        "{session: {id: rec-1, recordDN: '7001', state: active, params: {name1: value1}}}",
        "{session: {id: '*', trigger: dynamic, mixed: true, geo: '~'}}",
        "{session: {id: $r}}",
        "{legs: [{dest: 'sip:10.0.0.101', uri: 'sip:record=rec-1@'}]}",
        "{legs: [{sdp: inactive}, {sdp: sendonly}]}",
        "{legs: [{uri: 'sip:'}, {reinvite: 0}]}",
        "{legs: []}",
        "{}",
    ],
)
def test_a_trace_that_fits_holds(trace: str) -> None:
    assert isinstance(traced(trace, Session(id="earlier"), Session()), Bindings)


@pytest.mark.parametrize(
    ("trace", "attribute"),
    [
        ("{session: {id: rec-2}}", "session.id"),
        ("{session: {params: {name1: other}}}", "session.params"),
        ("{session: {mixed: false}}", "session.mixed"),
        ("{session: {geo: boston}}", "session.geo"),
        ("{legs: [{uri: 'record='}]}", "legs"),
        ("{legs: [{sdp: inactive}, {sdp: inactive}]}", "legs"),
        ("{legs: [{}, {}, {}]}", "legs"),
        ("{ports-free: '99000000'}", "ports-free"),
    ],
)
def test_a_trace_that_does_not_fit_is_found(trace: str, attribute: str) -> None:
    found = traced(trace, Session())

    assert isinstance(found, Difference)
    assert found.mismatch is not None
    assert found.mismatch.attribute == attribute


def test_a_trace_without_any_session_is_found() -> None:
    found = traced("{session: {id: x}}")

    assert isinstance(found, Difference)
    assert found.notes == ("no recording session has begun",)


# -- the whole ---------------------------------------------------------------------------------


def test_distinct_names_with_the_same_value_are_found() -> None:
    scenario = scenario_of(
        f'{CALL}  expect: {{"7001": [{{EventDialing: {{ConnID: $a, PreviousConnID: $b}}}}]}}',
        "distinct: [$a, $b]\n",
    )

    assert equal_names(scenario, Bindings({"a": "1", "b": "2"})) is None
    found = equal_names(scenario, Bindings({"a": "1", "b": "1"}))
    assert found is not None
    assert found.subject == "$a and $b"


def test_a_difference_tells_place_expectation_nearest_event_and_what_else_came() -> None:
    wrong = evolve(MINE, other_dn="7003")
    difference = fails(EXPECT_DIALING, ("desk1", wrong), ("rec", wrong), ("desk2", RINGING))

    shown = "EventDialing ConnID=0000000000000001 ThisDN='7001' OtherDN='7003'"
    assert rendered(difference, "T01", "test.yml").splitlines() == [
        "T01 step 1 at test.yml:7:24",
        '  check    expect "7001" at client desk1, event 1 of 1',
        "  result   EventDialing ConnID=$c1 OtherDN='7002' with the ReferenceID: differs",
        f"  nearest  {shown} ReferenceID=40",
        "           OtherDN",
        "             expected  '7002'",
        "             got       '7003'",
        f"  also     {shown} ReferenceID=40  at desk1, rec",
        "  also     EventRinging ConnID=0000000000000001 ThisDN='7002'  at desk2",
    ]


def test_a_difference_is_a_json_object_too() -> None:
    found = as_object(fails(EXPECT_TWO, ("desk1", DIALING), ("rec", DIALING)))

    assert found["verdict"] == "missing"
    assert (found["step"], found["line"]) == (1, 7)
    assert found["also"] == [
        "EventDialing ConnID=0000000000000001 ThisDN='7001' OtherDN='7002'  at desk1, rec"
    ]
