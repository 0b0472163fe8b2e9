"""Re-INVITEs of ours, INFO and BYE inside a dialog (MEDIA.md 1.1, 5.3, 5.4)."""

import pytest

from tests.media.sip.wire import Bed, answer, offer
from tlibsim.media.sip.message import first
from tlibsim.media.sip.values import Credentials, LegState, Side, Transport

CHALLENGE = 'WWW-Authenticate: Digest realm="lab", nonce="n1", qop="auth"'


def test_a_reinvite_goes_to_the_remote_target_with_the_next_cseq() -> None:
    bed = Bed()
    leg = bed.up()
    number = bed.reinvite(leg)
    reinvite = bed.wire.last("INVITE")

    assert reinvite.uri == "sip:rec@192.0.2.20:5060"
    assert first(reinvite.headers, "CSeq") == "2 INVITE"
    assert first(reinvite.headers, "Contact") == "<sip:mcp@192.0.2.10:5064>"
    assert (first(reinvite.headers, "To") or "").endswith(";tag=r1")
    assert reinvite.body == offer(2, "inactive")
    bed.reply(reinvite, 200, body=answer("inactive"))
    assert bed.wire.methods() == ["INVITE", "ACK"]
    assert bed.notes.events[-1][:2] == ("reinvite_done", number)


def test_the_contact_of_an_answer_to_a_reinvite_is_the_new_target() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    bed.reply(
        bed.wire.last("INVITE"), 200, body=answer("inactive"), contact="sip:new@192.0.2.66:5090"
    )

    assert bed.wire.last("ACK").uri == "sip:new@192.0.2.66:5090"
    leg.bye()
    assert bed.wire.last("BYE").uri == "sip:new@192.0.2.66:5090"
    assert bed.wire.hop_of_last().host == "192.0.2.66"


def test_only_the_newest_of_the_waiting_offers_is_sent() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg, 2, "inactive")
    open_one = bed.wire.last("INVITE")
    for version in (3, 4, 5):
        bed.reinvite(leg, version, "sendonly")
    assert bed.wire.last("INVITE") == open_one
    bed.reply(open_one, 200, body=answer("inactive"))
    bed.advance(0)
    assert bed.wire.last("INVITE").body == offer(5, "sendonly")
    bed.reply(bed.wire.last("INVITE"), 200, body=answer())

    assert [one[1] for one in bed.notes.events] == [1, 4]


def test_an_offer_made_before_the_answer_waits_for_it() -> None:
    bed = Bed()
    leg = bed.invite()
    leg.reinvite(offer(2, "inactive"))
    bed.advance(0)
    bed.reply(bed.wire.last("INVITE"), 200, body=answer())
    bed.advance(0)

    assert bed.wire.last("INVITE").body == offer(2, "inactive")


def test_headers_of_the_dialog_go_with_each_reinvite_and_no_others() -> None:
    bed = Bed()
    leg = bed.up(dialog_headers=(("Require", "siprec"),), contact_parameters=";+sip.src")
    leg.reinvite(offer(2), headers=(("X-Once", "1"),))
    bed.advance(0)
    reinvite = bed.wire.last("INVITE")

    assert first(reinvite.headers, "Require") == "siprec"
    assert first(reinvite.headers, "X-Once") == "1"
    assert first(reinvite.headers, "Contact") == "<sip:mcp@192.0.2.10:5064>;+sip.src"


# Glare.


def test_glare_is_tried_again_after_two_to_four_seconds_with_the_newest_offer() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg, 2, "inactive")
    bed.reply(bed.wire.last("INVITE"), 491)
    assert bed.wire.last("ACK")
    number = bed.reinvite(leg, 3, "sendonly")
    bed.wire.new()
    bed.advance(2.0)
    assert bed.wire.new() == []
    bed.advance(2.1)
    again = bed.wire.last("INVITE")

    assert again.body == offer(3, "sendonly")
    assert first(again.headers, "CSeq") == "3 INVITE"
    bed.reply(again, 200, body=answer())
    assert [one[1] for one in bed.notes.events] == [number]


def test_glare_without_end_fails_the_reinvite_and_the_leg_stays() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    for _ in range(20):
        if bed.notes.events:
            break
        bed.reply(bed.wire.last("INVITE"), 491)
        bed.advance(4.1)

    assert bed.notes.names() == ["reinvite_failed"]
    assert leg.state is LegState.UP


# Refusals.


@pytest.mark.parametrize("code", [400, 403, 415, 488, 500, 503, 603, 302])
def test_a_refused_reinvite_leaves_the_session_as_it_was(code: int) -> None:
    bed = Bed()
    leg = bed.up()
    number = bed.reinvite(leg)
    bed.reply(bed.wire.last("INVITE"), code, headers="Retry-After: 3")
    name, told, failure = bed.notes.events[-1]

    assert (name, told, failure.code, failure.retry_after) == (
        "reinvite_failed",
        number,
        code,
        3,
    )
    assert leg.state is LegState.UP
    bed.reinvite(leg, 3)
    bed.reply(bed.wire.last("INVITE"), 200, body=answer("inactive"))
    assert bed.notes.names() == ["reinvite_failed", "reinvite_done"]


@pytest.mark.parametrize("code", [408, 481])
def test_a_reinvite_into_a_dialog_that_is_gone_ends_the_leg(code: int) -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    bed.wire.new()
    bed.reply(bed.wire.last("INVITE"), code, "Gone")

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.names() == ["reinvite_failed", "ended"]
    assert bed.notes.end.lost
    assert bed.notes.end.code == code
    assert bed.notes.end.cause == f"re-INVITE: {code} Gone"


def test_a_reinvite_that_nobody_answers_ends_the_leg() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    bed.advance(8)

    assert bed.notes.names() == ["reinvite_failed", "ended"]
    assert bed.notes.end.by is Side.RECORDER
    assert bed.wire.last("BYE")


def test_a_reinvite_that_is_only_rung_at_ends_the_leg() -> None:
    bed = Bed(answer_timeout=12.0)
    leg = bed.up()
    bed.reinvite(leg)
    bed.reply(bed.wire.last("INVITE"), 100, tag="")
    bed.advance(12)

    assert bed.wire.last("CANCEL")
    assert bed.notes.end.cause == "re-INVITE: no answer in 12 s"


def test_a_challenge_of_a_reinvite_is_answered() -> None:
    bed = Bed()
    leg = bed.up(credentials=(Credentials(username="u", password="p"),))
    number = bed.reinvite(leg)
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE)
    again = bed.wire.last("INVITE")

    assert first(again.headers, "Authorization")
    assert first(again.headers, "CSeq") == "3 INVITE"
    bed.reply(again, 200, body=answer("inactive"))
    assert bed.notes.events[-1][:2] == ("reinvite_done", number)


def test_the_nonce_is_used_again_with_a_rising_count() -> None:
    bed = Bed()
    leg = bed.invite(credentials=(Credentials(username="u", password="p"),))
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE)
    bed.reply(bed.wire.last("INVITE"), 200, body=answer())
    bed.reinvite(leg)
    value = first(bed.wire.last("INVITE").headers, "Authorization") or ""

    assert "nc=00000002" in value


def test_a_422_to_a_reinvite_raises_the_interval() -> None:
    bed = Bed()
    leg = bed.up(headers="Session-Expires: 200;refresher=uac")
    bed.reinvite(leg)
    bed.reply(bed.wire.last("INVITE"), 422, headers="Min-SE: 400")
    again = bed.wire.last("INVITE")

    assert first(again.headers, "Session-Expires") == "400;refresher=uac"
    assert first(again.headers, "Min-SE") == "400"
    bed.reply(again, 422, headers="Min-SE: 800")
    assert bed.notes.names() == ["reinvite_failed"]


# Answers to re-INVITEs.


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", answer().replace(b"m=audio 42000", b"m=audio 0")]
)
def test_an_unusable_answer_to_a_resume_ends_the_leg(body: bytes) -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg, 2, "sendonly")
    bed.wire.new()
    bed.reply(bed.wire.last("INVITE"), 200, body=body)

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.names() == ["reinvite_failed", "ended"]
    assert bed.notes.end.code == 488


@pytest.mark.parametrize(
    "body", [b"", answer("inactive").replace(b"m=audio 42000", b"m=audio 0")]
)
def test_a_pause_may_be_answered_without_a_usable_line(body: bytes) -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg, 2, "inactive")
    bed.reply(bed.wire.last("INVITE"), 200, body=body)

    assert bed.notes.names() == ["reinvite_done"]
    assert leg.state is LegState.UP


def test_a_repeated_2xx_to_a_reinvite_gets_its_ack_again() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    data = bed.reply(bed.wire.last("INVITE"), 200, body=answer("inactive"))
    bed.wire.new()
    bed.wire.deliver(data)
    ack = bed.wire.last("ACK")

    assert bed.wire.methods() == ["ACK"]
    assert first(ack.headers, "CSeq") == "2 ACK"
    assert bed.notes.names() == ["reinvite_done"]


def test_a_2xx_to_a_reinvite_with_another_tag_is_acknowledged_in_the_dialog() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    reinvite = bed.wire.last("INVITE")
    data = bed.reply(reinvite, 100, tag="")
    bed.wire.new()
    changed = data.replace(b"tag=r1", b"tag=else").replace(b"100 Reason", b"200 OK")
    for _ in range(2):
        bed.wire.deliver(changed.replace(b"Content-Length: 0", b"Contact: <sip:a@b>"))
        assert bed.wire.methods() == ["ACK"]

    assert leg.state is LegState.UP


# INFO and BYE.


def test_an_info_goes_out_in_the_dialog_and_its_answer_is_told() -> None:
    bed = Bed()
    leg = bed.up()
    number = leg.info(b"<x/>", "application/xml")
    bed.advance(0)
    info = bed.wire.last("INFO")

    assert info.body == b"<x/>"
    assert first(info.headers, "Content-Type") == "application/xml"
    bed.reply(info, 200)
    assert bed.notes.events == [("info_done", number, 200)]


def test_a_refused_info_leaves_the_leg_up_and_a_lost_one_ends_it() -> None:
    bed = Bed()
    leg = bed.up()
    leg.info(b"x", "text/plain")
    bed.advance(0)
    bed.reply(bed.wire.last("INFO"), 500)
    assert leg.state is LegState.UP
    leg.info(b"x", "text/plain")
    bed.advance(0)
    bed.reply(bed.wire.last("INFO"), 481)

    assert bed.notes.names() == ["info_done", "info_done", "ended"]
    assert bed.notes.end.lost


def test_an_info_without_a_dialog_is_told_to_have_failed() -> None:
    bed = Bed()
    leg = bed.invite()
    leg.info(b"x", "text/plain")
    bed.advance(0)

    assert bed.notes.events == [("info_done", 1, 0)]


def test_a_challenge_of_a_bye_is_answered_once() -> None:
    bed = Bed()
    leg = bed.up(credentials=(Credentials(username="u", password="p"),))
    leg.bye()
    bed.reply(bed.wire.last("BYE"), 401, headers=CHALLENGE)
    again = bed.wire.last("BYE")
    assert first(again.headers, "Authorization")
    bed.reply(again, 401, headers=CHALLENGE)

    assert bed.notes.names() == ["ended"]


def test_a_bye_ends_a_waiting_offer() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    leg.reinvite(offer(3))
    leg.bye()
    bed.reply(bed.wire.last("BYE"), 200)
    bed.reply(bed.wire.last("INVITE"), 487)
    bed.advance(60)

    assert bed.notes.names() == ["ended"]
    assert first(bed.wire.last("INVITE").headers, "CSeq") == "2 INVITE"


def test_orders_to_a_leg_that_is_over_do_nothing() -> None:
    bed = Bed()
    leg = bed.up()
    leg.bye()
    bed.reply(bed.wire.last("BYE"), 200)
    bed.wire.new()
    leg.reinvite(offer(2))
    leg.bye()
    leg.cancel()
    leg.info(b"x", "text/plain")
    bed.advance(1)

    assert bed.wire.new() == []
    assert bed.notes.names() == ["ended"]


def test_a_stream_leg_keeps_its_transport_when_the_contact_names_none() -> None:
    bed = Bed()
    leg = bed.up(transport=Transport.TCP)
    leg.bye()
    hop = bed.wire.hop_of_last()

    assert (hop.transport, hop.host, hop.port) == (Transport.TCP, "192.0.2.20", 5060)


def test_closing_the_agent_sends_one_bye_a_leg_and_tells_nothing() -> None:
    bed = Bed()
    bed.up()
    bed.invite()
    bed.wire.new()
    bed.agent.close()

    assert bed.wire.methods() == ["BYE"]
    assert bed.wire.closed
    assert bed.notes.events == []
    assert bed.clock.getDelayedCalls() == []
