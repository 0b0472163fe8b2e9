"""The recorder persona as values: messages and notices in, requests out (RECORDING.md 11)."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.persona.bed import (
    ALL,
    CALL,
    DNS,
    ENDED,
    FAILED,
    INVITING,
    OTHER_CALL,
    START,
    UP,
    Recorder,
    changed,
    established,
    notice,
    said,
    screen,
)
from tlibproto.messages import (
    EventACK,
    EventError,
    EventPartyChanged,
    EventRegistered,
    EventReleased,
    EventRinging,
    RequestPrivateService,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import ConnId, KVList
from tlibsim.config import Persona as PersonaSettings
from tlibsim.config import PersonaRule
from tlibsim.persona.notices import LegNotice, SessionNotice
from tlibsim.persona.persona import Persona
from tlibsim.ports.media import Instant

# -- registration ------------------------------------------------------------------------------


def test_it_opens_a_session_and_registers_what_rules_watch_and_its_list_name() -> None:
    recorder = Recorder(PersonaRule(dn="700[12]"), watch=("8*",), own=("9999",))

    assert isinstance(recorder.opening[0], RequestRegisterClient)
    assert recorder.opening[0].application_name == "rec"
    asked = [one.this_dn for one in recorder.opening if isinstance(one, RequestRegisterAddress)]
    assert asked == ["9999", "7001", "7002", "8000"]


# -- rules -------------------------------------------------------------------------------------


def test_a_call_that_a_rule_fits_is_asked_for_once() -> None:
    recorder = Recorder(PersonaRule(dn="700*", record="destination"), ALL)

    request = recorder.start()
    again = recorder.hear(established("7002"))

    assert (request.private_msg_id, request.this_dn, request.conn_id) == (3013, "7001", CALL)
    assert request.extensions == KVList.of(record="destination")
    assert again == []


def test_a_ringing_phone_is_not_asked_for() -> None:
    recorder = Recorder(ALL)

    assert recorder.hear(EventRinging(this_dn="7001", conn_id=CALL)) == []


def test_a_rule_with_a_delay_asks_when_it_is_over_and_not_before() -> None:
    recorder = Recorder(PersonaRule(dn="7001", delay_ms=1500))

    assert recorder.hear(established()) == []
    assert recorder.persona.next_deadline() == START + 1_500_000
    recorder.now = Instant(START + 1_499_999)
    assert recorder.settle() == []
    recorder.now = Instant(START + 1_500_000)
    (request,) = recorder.settle()
    assert isinstance(request, RequestPrivateService)
    assert recorder.persona.next_deadline() is None


def test_a_call_that_ends_during_the_delay_is_not_asked_for() -> None:
    recorder = Recorder(PersonaRule(dn="7001", delay_ms=1500))
    recorder.hear(established(), EventReleased(this_dn="7001", conn_id=CALL))

    recorder.now = Instant(START + 2_000_000)

    assert recorder.settle() == []


@pytest.mark.parametrize(("percent", "count"), [(0, 0), (100, 200), (30, 62)])
def test_a_percentage_of_calls_is_asked_for_and_a_seed_says_which(
    percent: float, count: int
) -> None:
    def asked_for() -> list[int]:
        recorder = Recorder(PersonaRule(dn="7001", percent=percent))
        requests = [
            one
            for number in range(200)
            for one in recorder.hear(established(conn_id=ConnId(1 + number)))
        ]
        return [one.conn_id for one in requests if isinstance(one, RequestPrivateService)]

    assert len(asked_for()) == count
    assert asked_for() == asked_for()


# -- RECORDING_STATUS_GIM ----------------------------------------------------------------------


def test_a_leg_that_is_up_is_recording_yes_told_once() -> None:
    recorder = Recorder(ALL)
    start = recorder.start()

    assert recorder.hear(EventACK(reference_id=start.reference_id)) == []
    assert recorder.see(legs=(INVITING, INVITING)) == []
    assert recorder.hear(changed(GSIP_RECORD="On")) == []
    assert said(recorder.see(legs=(UP, UP))) == ["RECORDING_YES"]
    assert recorder.hear(changed(GSIP_RECORD="Paused")) == []


def test_no_rule_is_recording_no() -> None:
    recorder = Recorder(PersonaRule(dn="7002"), own=("7001",))

    assert said(recorder.hear(established())) == ["RECORDING_NO"]


def test_a_full_time_recording_is_waited_for_although_no_rule_fits() -> None:
    recorder = Recorder(own=("7001",))
    recorder.persona.hear(established(), START)

    assert recorder.see(legs=(INVITING,)) == []
    assert said(recorder.see(legs=(UP,))) == ["RECORDING_YES"]


def test_a_refused_start_is_recording_no() -> None:
    recorder = Recorder(ALL)
    start = recorder.start()

    answer = EventError(reference_id=start.reference_id, error_code=118)

    assert said(recorder.hear(answer)) == ["RECORDING_NO"]


@pytest.mark.parametrize("code", [42, 110])
def test_a_start_refused_because_another_began_waits_for_its_leg(code: int) -> None:
    recorder = Recorder(ALL)
    start = recorder.start()

    assert recorder.hear(EventError(reference_id=start.reference_id, error_code=code)) == []
    assert said(recorder.see(legs=(UP,))) == ["RECORDING_YES"]


def test_a_session_whose_legs_all_fail_is_recording_no() -> None:
    recorder = Recorder(ALL)
    start = recorder.start()
    recorder.hear(EventACK(reference_id=start.reference_id), changed(GSIP_RECORD="On"))

    assert said(recorder.see(legs=(FAILED, FAILED))) == ["RECORDING_NO"]


def test_a_leg_that_leads_to_another_recorder_is_not_its_own() -> None:
    recorder = Recorder(ALL, address="sip:rec@10.0.0.7:5060;transport=tcp")
    start = recorder.start()
    recorder.hear(EventACK(reference_id=start.reference_id))

    assert said(recorder.see(legs=(UP,), host="10.0.0.8:5060")) == ["RECORDING_NO"]
    assert said(recorder.see(legs=(UP,), host="10.0.0.7:5060")) == ["RECORDING_YES"]


def leg(host: str, **more: Any) -> tuple[LegNotice, ...]:
    return (LegNotice(host=host, dn="7001", status=UP, **more),)


@pytest.mark.parametrize(
    ("legs", "status"),
    [
        (leg("recorder.tlibsim"), "RECORDING_YES"),
        (leg("10.0.0.7:5060"), "RECORDING_YES"),
        (leg("192.0.2.99"), "RECORDING_NO"),
        (leg("192.0.2.99", real=True), "RECORDING_YES"),
    ],
)
def test_without_an_address_of_its_own_every_leg_that_leads_somewhere_is_its_own(
    legs: tuple[LegNotice, ...], status: str
) -> None:
    settings = PersonaSettings(name="rec", rules=(ALL,))
    recorder = Recorder(ALL)
    recorder.persona = Persona(
        settings, dns=DNS, known=("sip:rec@10.0.0.7:5060",), rng=Random(1)
    )
    recorder.open()
    recorder.recorded()

    recorder.persona.see(SessionNotice(**{**_FIELDS, "legs": legs}))

    assert said(recorder.settle()) == [status]


_FIELDS: dict[str, Any] = {
    "session": "s1",
    "conn_id": CALL,
    "record_dn": "7001",
    "over": False,
    "ready": False,
}


@pytest.mark.parametrize(
    ("correlate", "of_session", "status"),
    [
        (("record-dn",), {"record_dn": "trunk-in"}, "RECORDING_NO"),
        (("record-dn",), {}, "RECORDING_YES"),
        (("file-name",), {}, "RECORDING_NO"),
        (("record-dn", "file-name"), {}, "RECORDING_NO"),
        ((), {"record_dn": "trunk-in"}, "RECORDING_YES"),
    ],
)
def test_sound_that_cannot_be_matched_with_a_call_is_recording_no(
    correlate: tuple[Any, ...], of_session: dict[str, str], status: str
) -> None:
    recorder = Recorder(ALL, correlate=correlate)
    start = recorder.start()
    recorder.hear(EventACK(reference_id=start.reference_id), changed(GSIP_RECORD="On"))

    assert said(recorder.see(legs=(UP,), **of_session)) == [status]


def test_a_file_name_in_the_user_data_matches_sound_and_call() -> None:
    recorder = Recorder(ALL, correlate=("file-name",))
    start = recorder.start()
    recorder.hear(EventACK(reference_id=start.reference_id), changed(GSIP_REC_FN="name"))

    assert said(recorder.see(legs=(UP,), record_dn="trunk-in")) == ["RECORDING_YES"]


def test_a_leg_that_ends_before_the_call_is_recording_no_longer_and_may_come_back() -> None:
    recorder = Recorder(ALL)
    recorder.recorded()
    recorder.see(legs=(UP,))

    assert said(recorder.see(legs=(ENDED,), over=True)) == ["RECORDING_NO_LONGER"]
    assert said(recorder.see(session="s2", legs=(UP,))) == ["RECORDING_YES"]


def test_a_leg_without_an_indication_that_nobody_asked_for_is_prerecorded() -> None:
    recorder = Recorder(own=("7001",))
    recorder.persona.hear(established(), START)

    assert said(recorder.see(legs=(UP,), ready=True)) == ["RECORDING_PRERECORD"]
    assert said(recorder.hear(changed(GSIP_RECORD="On"))) == ["RECORDING_YES"]


def test_a_call_of_which_only_the_indication_is_known_is_undefined() -> None:
    recorder = Recorder(ALL)

    assert said(recorder.hear(changed(GSIP_RECORD="On"))) == ["RECORDING_UNDEFINED"]


def test_a_call_that_is_over_is_told_nothing_more() -> None:
    recorder = Recorder(ALL)
    recorder.start()
    recorder.hear(EventReleased(this_dn="7001", conn_id=CALL))

    assert recorder.see(legs=(UP,)) == []


def test_the_next_agent_of_a_recorded_call_is_the_one_that_is_told_for() -> None:
    recorder = Recorder(PersonaRule(dn="700*"), watch=("8000",))
    recorder.recorded()
    recorder.see(legs=(UP,))
    recorder.hear(established("8000"), EventReleased(this_dn="7001", conn_id=CALL))

    (request,) = recorder.see(legs=(ENDED,), over=True)

    assert isinstance(request, RequestUpdateUserData)
    assert request.this_dn == "8000"


def test_whoever_comes_later_is_asked_for_when_the_recording_has_ended() -> None:
    recorder = Recorder(PersonaRule(dn="700*"))
    recorder.recorded()
    recorder.see(legs=(UP,))
    assert recorder.hear(established("7002")) == []
    recorder.persona.hear(EventReleased(this_dn="7001", conn_id=CALL), START)

    (request,) = recorder.see(legs=(ENDED,), over=True)

    assert isinstance(request, RequestPrivateService)
    assert request.this_dn == "7002"
    assert recorder.see(session="s2", legs=(UP,)) == [], "it said so already"


def test_whoever_leaves_before_the_recording_ends_is_not_asked_for() -> None:
    recorder = Recorder(PersonaRule(dn="700*"))
    recorder.recorded()
    recorder.see(legs=(UP,))
    recorder.hear(established("7002"), EventReleased(this_dn="7002", conn_id=CALL))

    assert said(recorder.see(legs=(ENDED,), over=True)) == ["RECORDING_NO_LONGER"]


def test_a_party_that_moves_to_another_call_leaves_the_first() -> None:
    recorder = Recorder(PersonaRule(dn="7002"))
    recorder.hear(established("7002"))

    moved = EventPartyChanged(
        this_dn="7002", conn_id=OTHER_CALL, previous_conn_id=CALL, user_data=KVList()
    )
    (request,) = recorder.hear(moved)

    assert isinstance(request, RequestPrivateService)
    assert request.conn_id == OTHER_CALL
    assert recorder.see(legs=(UP,)) == []


def test_the_keys_are_those_of_the_settings() -> None:
    recorder = Recorder(own=("7001",), status_key="RECORDING_STATUS_X")

    (request,) = recorder.hear(established())

    assert isinstance(request, RequestUpdateUserData)
    assert request.user_data == KVList.of(RECORDING_STATUS_X="RECORDING_NO")


# -- the connection ----------------------------------------------------------------------------


def test_without_a_connection_nothing_is_said() -> None:
    recorder = Recorder(ALL)
    recorder.start()
    recorder.persona.disconnected()

    assert recorder.see(legs=(UP,)) == []


def test_a_call_is_known_again_by_its_legs_after_a_new_connection() -> None:
    recorder = Recorder(ALL)
    recorder.start()
    recorder.see(legs=(UP,))
    recorder.persona.disconnected()
    recorder.open()

    calls = KVList([("conn-1", f"{CALL:016x}")])

    assert said(recorder.hear(EventRegistered(this_dn="7001", extensions=calls))) == [
        "RECORDING_YES"
    ]


# -- whatever happens --------------------------------------------------------------------------

EVENTS = st.sampled_from(
    [
        established(),
        established("7002"),
        EventRinging(this_dn="7001", conn_id=CALL),
        changed(GSIP_RECORD="On"),
        changed(GSIP_RECORD="Off"),
        EventReleased(this_dn="7001", conn_id=CALL),
        EventReleased(this_dn="7002", conn_id=CALL),
        EventACK(reference_id=4),
        EventError(reference_id=4, error_code=118),
        EventError(),
        screen("start"),
        notice(INVITING),
        notice(UP),
        notice(ENDED, over=True),
    ]
)


@given(st.lists(EVENTS, max_size=30))
def test_whatever_comes_nothing_is_told_twice_in_a_row_and_no_call_is_kept_for_ever(
    events: list[Any],
) -> None:
    recorder = Recorder(PersonaRule(dn="700*"))
    last = None
    for event in events:
        if isinstance(event, SessionNotice):
            recorder.persona.see(event)
            requests = recorder.settle()
        else:
            requests = recorder.hear(event)
        for request in requests:
            if isinstance(request, RequestUpdateUserData):
                assert request.user_data != last
                last = request.user_data
        if isinstance(event, EventReleased):
            last = None
    recorder.persona.see(notice(ENDED, over=True))
    recorder.hear(*(EventReleased(this_dn=dn, conn_id=CALL) for dn in ("7001", "7002")))
    recorder.persona.see(notice(ENDED, over=True))
    assert recorder.persona._cases == {}
