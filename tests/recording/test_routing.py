"""RECORDING.md 3.1, 3.2, 3.4: what a routing strategy or a routing point makes of recording."""

from typing import Any

import pytest

from tests.recording.studio import Book, Studio, call_of, party
from tlibproto.vocabulary import ConnId, Dn, KVList, RouteType, Value
from tlibsim.recording.commands import PauseRecording, RecordSide, StartRecording
from tlibsim.recording.facts import AlarmRaised, RecordingRemark, Trigger
from tlibsim.recording.notes import Notebook
from tlibsim.recording.routewish import RouteParty, RouteWish, read_route
from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import (
    AgentLogin,
    AgentReady,
    AnswerCall,
    ArriveInbound,
    Because,
    MakeCall,
    ReleaseCall,
    RouteCall,
    SingleStepTransfer,
)

RULES = RecordingRules()
AGENT = RecordingRules(routecall_record_rule="source-is-agent")


def route(studio: Studio, *pairs: tuple[str, Value], to: str = "7001", **more: Any) -> ConnId:
    """A call from outside that a strategy sends on, with these Extensions; it rings."""
    studio.do(ArriveInbound(caller="15550001", to=Dn("5000"), dnis="8005551000"))
    conn_id = studio.newest()
    routed(studio, conn_id, *pairs, to=to, **more)
    return conn_id


def routed(
    studio: Studio, conn_id: ConnId, *pairs: tuple[str, Value], to: str, **more: Any
) -> None:
    because = Because(extensions=KVList(pairs))
    studio.do(RouteCall(dn=Dn("5000"), conn_id=conn_id, to=to, because=because, **more))


def answered(studio: Studio, *pairs: tuple[str, Value], to: str = "7001") -> ConnId:
    conn_id = route(studio, *pairs, to=to)
    studio.do(AnswerCall(dn=Dn(to), conn_id=conn_id))
    studio.answer_orders()
    return conn_id


# -- reading the Extensions --------------------------------------------------------------------


def read(*pairs: tuple[str, Value], rules: RecordingRules = RULES) -> RouteWish | None:
    return read_route(KVList(pairs), rules)


def test_extensions_without_a_word_of_recording_say_nothing() -> None:
    assert read() is None
    assert read_route(None, RULES) is None
    assert read(("NO_ANSWER_TIMEOUT", 5), ("x", "y")) is None


@pytest.mark.parametrize(
    ("word", "rules", "party"),
    [
        ("source", RULES, RouteParty.CALLER),
        ("destination", RULES, RouteParty.ROUTED),
        ("dest", RULES, RouteParty.ROUTED),
        (" Source ", RULES, RouteParty.CALLER),
        ("source", AGENT, RouteParty.ROUTED),
        ("destination", AGENT, RouteParty.CALLER),
    ],
)
def test_source_and_destination_are_read_as_the_option_says(
    word: str, rules: RecordingRules, party: RouteParty
) -> None:
    wish = read(("Rec ord", word), rules=rules)

    assert wish is not None
    assert (wish.record, wish.off) == (party, frozenset())


@pytest.mark.parametrize(
    ("word", "off", "at_once"),
    [
        ("disabled", {RouteParty.CALLER, RouteParty.ROUTED}, False),
        ("disable_destination", {RouteParty.ROUTED}, True),
        ("disable_source", {RouteParty.CALLER}, True),
    ],
)
def test_words_that_switch_off_name_whom(
    word: str, off: set[RouteParty], at_once: bool
) -> None:
    wish = read(("record", word))

    assert wish is not None
    assert (wish.record, wish.off, wish.at_once) == (None, frozenset(off), at_once)


def test_all_other_keys_are_taken_as_they_are() -> None:
    wish = read(
        ("record", "source"),
        ("Id", "r1"),
        ("dest", "sip:a"),
        ("dest2", "sip:b"),
        ("params", "a=b;c=d"),
        ("geo-location", "boston"),
        ("overflow-location", "miami"),
        ("strict-location", "true"),
        ("audiosrc", "beep.wav"),
        ("tonesilenceduration", 2000),
    )

    assert wish is not None
    assert (wish.record_id, wish.dest, wish.dest2) == ("r1", "sip:a", "sip:b")
    assert wish.params == (("params", "a=b;c=d"),)
    assert (wish.geo.tag, wish.geo.overflow, wish.geo.strict) == ("boston", "miami", True)
    assert (wish.tone.source, wish.tone.silence) == ("beep.wav", "2000")


def test_params_may_be_split() -> None:
    wish = read(("params", "a=b;c=d"), rules=RecordingRules(params_split=True))

    assert wish is not None
    assert wish.params == (("a", "b"), ("c", "d"))


@pytest.mark.parametrize("pair", [("record", "both"), ("record", 1), ("dest", b"x")])
def test_what_cannot_be_used_is_left_out_with_a_remark(pair: tuple[str, Value]) -> None:
    wish = read(pair, ("id", "r1"))

    assert wish is not None
    assert (wish.record, wish.dest, wish.record_id) == (None, "", "r1")
    (remark,) = wish.remarks
    assert "ignored" in remark


# -- whom the strategy records -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("reading", "word", "record_dn", "other_dn"),
    [
        ("source-is-customer", "destination", "7001", "15550001"),
        ("source-is-customer", "source", "trunk-in", "7001"),
        ("source-is-agent", "source", "7001", "15550001"),
        ("source-is-agent", "destination", "trunk-in", "7001"),
    ],
)
def test_the_recorded_party_under_both_readings(
    reading: str, word: str, record_dn: str, other_dn: str
) -> None:
    studio = Studio(routecall_record_rule=reading)

    conn_id = answered(studio, ("record", word))

    trace = studio.trace()
    assert (trace.trigger, trace.record_dn, trace.other_dn) == (
        Trigger.ROUTE,
        record_dn,
        other_dn,
    )
    assert studio.state_key(conn_id) == "On"
    assert reading in trace.rule


def test_it_begins_when_the_routed_party_answers_and_not_before() -> None:
    studio = Studio()

    route(studio, ("record", "destination"))

    assert studio.backend.orders == []


def test_the_strategys_id_destinations_and_parameters_go_into_the_session() -> None:
    studio = Studio()

    answered(
        studio,
        ("record", "destination"),
        ("id", "r1"),
        ("dest", "sip:a"),
        ("dest2", "sip:b"),
        ("params", "p"),
    )

    (order,) = studio.backend.started
    assert (order.record_id, order.destinations) == ("r1", ("sip:a", "sip:b"))
    assert order.params == (("params", "p"),)


def test_an_internal_caller_is_recorded_under_its_own_number() -> None:
    studio = Studio()
    studio.do(MakeCall(dn=Dn("7003"), to="5000"))
    conn_id = studio.newest()
    routed(studio, conn_id, ("record", "source"), to="7001")

    studio.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert (studio.trace().record_dn, studio.trace().other_dn) == ("7003", "7001")


def test_a_route_that_diverts_only_on_answer_is_heeded_as_well() -> None:
    studio = Studio(divert_on_ringing=False)

    answered(studio, ("record", "destination"))

    assert studio.trace().record_dn == "7001"


def test_the_wish_lasts_until_somebody_behind_a_queue_answers() -> None:
    studio = Studio()
    agent = AgentLogin(dn=Dn("7002"), agent_id="1002", queue=Dn("8000"), work_mode=0)
    studio.do(agent)
    studio.do(AgentReady(dn=Dn("7002"), queue=Dn("8000"), work_mode=0))
    conn_id = route(studio, ("record", "destination"), to="8000")
    assert studio.backend.orders == []

    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert (studio.trace().trigger, studio.trace().record_dn) == (Trigger.ROUTE, "7002")


def test_a_later_strategy_replaces_what_an_earlier_one_said() -> None:
    call = call_of(party("7001"))
    notebook = Notebook(Book())
    first, second = read(("record", "source"), ("geo-location", "oslo")), read(("id", "x"))
    assert first is not None
    assert second is not None

    notebook.routed(call, Dn("5000"), first)
    notebook.routed(call, Dn("5001"), second)
    note = notebook.of(call.conn_id)
    assert note is not None
    assert (note.routing_point, note.wish, note.geo.tag) == ("5001", first, "oslo")

    third = read(("record", "destination"), ("geo-location", "rome"))
    assert third is not None
    notebook.routed(call, Dn("5001"), third)
    assert (note.wish, note.geo.tag) == (third, "rome")


def test_a_wrong_word_is_logged_and_the_call_is_routed() -> None:
    studio = Studio()

    conn_id = answered(studio, ("record", "everybody"))

    assert studio.state_key(conn_id) is None
    assert [fact.text for fact in studio.told(RecordingRemark)] == [
        "RouteCall: record='everybody' is no value of RequestRouteCall, ignored"
    ]


def test_without_a_media_service_the_call_is_routed_and_an_alarm_tells_why() -> None:
    studio = Studio(msml_record_support=False)

    conn_id = answered(studio, ("record", "destination"))

    assert studio.state_key(conn_id) is None
    (alarm,) = studio.told(AlarmRaised)
    assert "7001 is not recorded" in alarm.detail


def test_a_call_that_is_rejected_has_nothing_to_be_recorded() -> None:
    studio = Studio()

    route(studio, ("record", "destination"), route_type=RouteType.Reject)

    assert studio.backend.orders == []


# -- precedence --------------------------------------------------------------------------------


def test_full_time_goes_before_the_route() -> None:
    studio = Studio(dn={"7001": {"record": True}})

    answered(studio, ("record", "source"))

    assert (studio.trace().trigger, studio.trace().record_dn) == (Trigger.FULL_TIME, "7001")
    assert len(studio.desk.traces()) == 1


def test_disabled_goes_before_full_time() -> None:
    studio = Studio(dn={"7001": {"record": True}, "trunk-in": {"record": True}})

    conn_id = answered(studio, ("record", "disabled"))

    assert studio.desk.traces() == ()
    assert studio.state_key(conn_id) is None


@pytest.mark.parametrize(
    ("word", "record_dn"),
    [("disable_destination", "trunk-in"), ("disable_source", "7001")],
)
def test_one_side_alone_may_be_disabled(word: str, record_dn: str) -> None:
    studio = Studio(dn={"7001": {"record": True}, "trunk-in": {"record": True}})

    answered(studio, ("record", word))

    assert studio.trace().record_dn == record_dn


def test_disabled_holds_for_this_destination_and_not_for_the_next() -> None:
    studio = Studio(dn={"7001": {"record": True}, "7002": {"record": True}})
    conn_id = answered(studio, ("record", "disabled"))
    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="7002"))

    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert studio.trace().record_dn == "7002"


def test_disable_destination_turns_the_recording_of_the_agent_off_at_once() -> None:
    studio = Studio(termination_side_transfer="keep")
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    studio.answer_orders()
    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="5000"))
    assert studio.state_key(conn_id) == "On"

    routed(studio, conn_id, ("record", "disable_destination"), to="7002")

    assert studio.state_key(conn_id) == "Off"
    assert studio.trace().cause == "switched off by RouteCall"


def test_disable_source_turns_the_recording_of_the_customer_off_at_once() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, side=RecordSide.DESTINATION))
    studio.answer_orders()
    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="5000"))

    routed(studio, conn_id, ("record", "disable_source"), to="7002")

    assert studio.state_key(conn_id) == "Off"


def test_the_route_does_not_disturb_a_recording_that_runs() -> None:
    studio = Studio(dn={"trunk-in": {"record": True}})
    conn_id = studio.inbound_answered()
    studio.answer_orders()
    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="5000"))

    routed(studio, conn_id, ("record", "destination"), to="7002")
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert len(studio.desk.traces()) == 1
    assert studio.state_key(conn_id) == "On"
    assert "is being recorded" in studio.told(RecordingRemark)[-1].text


def test_an_id_that_a_live_session_has_is_not_used_twice() -> None:
    studio = Studio()
    answered(studio, ("record", "destination"), ("id", "r1"))

    answered(studio, ("record", "destination"), ("id", "r1"), to="7002")

    ids = [trace.id for trace in studio.desk.traces()]
    assert ids[0] == "r1"
    assert ids[1] != "r1"
    assert "'r1' is in use" in studio.told(RecordingRemark)[0].text


def test_what_a_strategy_started_can_be_controlled_like_any_other() -> None:
    studio = Studio()
    conn_id = answered(studio, ("record", "destination"))

    studio.do(PauseRecording(dn=Dn("7001"), conn_id=conn_id))

    assert studio.state_key(conn_id) == "Paused"


# -- routing points that record ----------------------------------------------------------------


def test_whoever_enters_a_routing_point_with_record_true_is_recorded() -> None:
    studio = Studio(dn={"5000": {"record": True}})

    conn_id = answered(studio)

    assert (studio.trace().trigger, studio.trace().record_dn) == (
        Trigger.FULL_TIME,
        "trunk-in",
    )
    assert studio.trace().rule == "record=true on routing point 5000"
    assert studio.state_key(conn_id) == "On"


def test_and_goes_on_to_be_recorded_after_a_transfer() -> None:
    studio = Studio(dn={"5000": {"record": True}})
    conn_id = answered(studio)

    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="7002"))
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert studio.trace().state is SessionState.ACTIVE
    assert studio.trace().other_dn == "7002"


def test_notes_of_a_call_end_with_it() -> None:
    studio = Studio()
    conn_id = route(studio, ("record", "destination"))
    studio.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    studio.inbound_answered("7001")

    assert len(studio.desk.traces()) == 1
