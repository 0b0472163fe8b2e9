"""Session timers (RFC 4028, MEDIA.md 5.5)."""

import pytest

from tests.media.sip.wire import Bed, answer, offer
from tlibsim.media.sip.message import first
from tlibsim.media.sip.values import LegState, Side

OURS = "Session-Expires: 1800;refresher=uac"
THEIRS = "Session-Expires: 1800;refresher=uas"


@pytest.mark.parametrize("header", [OURS, "Session-Expires: 1800", "x: 1800 ; Refresher = UAC"])
def test_we_refresh_at_half_time_with_the_last_offer_unchanged(header: str) -> None:
    bed = Bed()
    bed.up(headers=header)
    bed.advance(899)
    assert bed.wire.new() == []
    bed.advance(2)
    refresh = bed.wire.last("INVITE")

    assert refresh.body == offer()
    assert first(refresh.headers, "Session-Expires") == "1800;refresher=uac"
    bed.reply(refresh, 200, body=answer(), headers=OURS)
    assert bed.notes.events == [("refreshed", Side.US)]
    bed.advance(900)
    assert first(bed.wire.last("INVITE").headers, "CSeq") == "3 INVITE"


def test_a_refresh_repeats_the_offer_that_was_accepted_last() -> None:
    bed = Bed()
    leg = bed.up(headers=OURS)
    bed.reinvite(leg, 2, "inactive")
    bed.reply(bed.wire.last("INVITE"), 200, body=answer("inactive"), headers=OURS)
    bed.reinvite(leg, 3, "sendonly")
    bed.reply(bed.wire.last("INVITE"), 488)
    bed.advance(900)

    assert bed.wire.last("INVITE").body == offer(2, "inactive")


def test_without_session_expires_in_the_answer_there_is_no_timer() -> None:
    bed = Bed()
    leg = bed.up()
    bed.advance(100_000)

    assert bed.wire.new() == []
    assert leg.state is LegState.UP


def test_an_answer_to_a_reinvite_without_the_header_leaves_our_timer_running() -> None:
    bed = Bed()
    leg = bed.up(headers=OURS)
    bed.reinvite(leg)
    bed.reply(bed.wire.last("INVITE"), 200, body=answer("inactive"))
    bed.wire.new()
    bed.advance(900.2)

    assert bed.wire.methods() == ["INVITE"]


@pytest.mark.parametrize(("seconds", "end"), [(1800, 1768), (90, 60), (9, 6)])
def test_a_recorder_that_does_not_refresh_is_left_in_time(seconds: int, end: float) -> None:
    bed = Bed()
    bed.up(headers=f"Session-Expires: {seconds};refresher=uas")
    bed.advance(end - 0.2)
    assert bed.wire.new() == []
    bed.advance(0.4)

    assert bed.wire.methods() == ["BYE"]
    assert bed.notes.end.lost
    assert bed.notes.end.by is Side.RECORDER
    assert bed.notes.end.cause == "no refresh of the session in time"


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_refresh_of_the_recorder_keeps_the_session(method: str) -> None:
    bed = Bed()
    leg = bed.up(headers=THEIRS)
    for number in range(101, 106):
        bed.advance(1000)
        body = answer() if method == "INVITE" else b""
        bed.ask(
            leg,
            method,
            number,
            body=body,
            headers="Session-Expires: 1800;refresher=uac\nSupported: timer",
        )
        response = bed.wire.last_response()
        assert response.code == 200
        assert first(response.headers, "Session-Expires") == "1800;refresher=uac"
        assert first(response.headers, "Require") == "timer"
        if method == "INVITE":
            bed.ask(leg, "ACK", number)

    assert leg.state is LegState.UP
    assert set(bed.notes.events) == {("refreshed", Side.RECORDER)}


def test_the_recorder_may_hand_the_refreshing_to_us() -> None:
    bed = Bed()
    leg = bed.up(headers=THEIRS)
    bed.ask(leg, "UPDATE", headers="Session-Expires: 100;refresher=uas")
    assert first(bed.wire.last_response().headers, "Session-Expires") == "100;refresher=uas"
    bed.wire.new()
    bed.advance(50.2)

    assert bed.wire.methods() == ["INVITE"]


def test_an_interval_below_ours_is_answered_with_422() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "UPDATE", headers="Session-Expires: 30;refresher=uac")

    assert bed.wire.last_response().code == 422
    assert first(bed.wire.last_response().headers, "Min-SE") == "90"


@pytest.mark.parametrize("code", [408, 481])
def test_a_refresh_into_a_dialog_that_is_gone_ends_the_leg(code: int) -> None:
    bed = Bed()
    bed.up(headers=OURS)
    bed.advance(900)
    bed.wire.new()
    bed.reply(bed.wire.last("INVITE"), code, "Gone")

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.end.cause == f"refresh: {code} Gone"
    assert bed.notes.end.lost


def test_a_refresh_that_is_refused_is_tried_again_until_the_time_is_over() -> None:
    bed = Bed()
    leg = bed.up(headers=OURS)
    tries = 0
    while leg.state is LegState.UP:
        bed.advance(1)
        for message in bed.wire.new():
            if getattr(message, "method", "") == "INVITE":
                tries += 1
                bed.reply(bed.wire.last("INVITE"), 500)
        assert bed.clock.seconds() < 1800

    assert 3 < tries < 20
    assert 1760 < bed.clock.seconds() < 1770
    assert bed.notes.names() == ["ended"]


def test_a_refresh_without_sdp_in_its_answer_is_forgiven() -> None:
    bed = Bed()
    leg = bed.up(headers=OURS)
    bed.advance(900)
    bed.reply(bed.wire.last("INVITE"), 200, headers=OURS)

    assert bed.notes.events == [("refreshed", Side.US)]
    assert leg.state is LegState.UP


def test_a_refresh_does_not_take_the_place_of_a_waiting_change() -> None:
    bed = Bed()
    leg = bed.up(headers="Session-Expires: 100;refresher=uac")
    bed.reinvite(leg, 2, "inactive")
    bed.reply(bed.wire.last("INVITE"), 491)
    bed.advance(1)
    leg.reinvite(offer(3, "sendonly"))
    bed.advance(55)

    assert bed.wire.last("INVITE").body == offer(3, "sendonly")


@pytest.mark.parametrize("value", ["0", "abc", "-5", "99999999999999999999", ""])
def test_a_session_expires_that_says_nothing_is_no_timer(value: str) -> None:
    bed = Bed()
    bed.up(headers=f"Session-Expires: {value}")
    bed.advance(10_000)

    assert bed.wire.new() == []
