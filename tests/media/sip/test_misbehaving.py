"""Recorders that misbehave hurt their own leg, and nothing else (MEDIA.md 3.2)."""

import pytest

from tests.media.sip.wire import RECORDER, Bed, answer
from tlibsim.media.sip.message import first
from tlibsim.media.sip.values import Hop, LegState, Side, Transport

UNUSABLE = [
    (b"", "no SDP in the answer"),
    (b"this is no SDP", "no SDP"),
    (b"v=0\r\no=r 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n", "no line"),
    (answer("recvonly", 42000).replace(b"m=audio 42000", b"m=audio 0"), "port 0"),
    (answer("recvonly", 42000).replace(b"RTP/AVP 0", b"RTP/AVP 99"), "no codec"),
    (answer("recvonly", 42000).replace(b"RTP/AVP 0", b"RTP/AVP"), "no codec"),
    (answer("recvonly", 42000).replace(b"m=audio", b"m=video"), "video answered"),
    (answer("recvonly", 42000).replace(b"RTP/AVP", b"RTP/SAVP"), "RTP/SAVP answered"),
    (answer("recvonly", 42000).replace(b"c=IN IP4 192.0.2.20\r\n", b""), "no c= line"),
    (answer("recvonly", 42000).replace(b"42000", b"4200000"), "m-line"),
    (answer("recvonly", 42000).replace(b"42000", b"-1"), "m-line"),
    (b"\xff\xfe\x00" * 100, "no SDP"),
]


@pytest.mark.parametrize(("body", "cause"), UNUSABLE)
def test_a_2xx_with_an_unusable_body_gets_ack_and_bye_and_488(body: bytes, cause: str) -> None:
    bed = Bed()
    leg = bed.invite()
    bed.wire.new()
    bed.reply(bed.wire.last("INVITE"), 200, body=body)

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.names() == ["failed"]
    assert bed.notes.failure.code == 488
    assert cause in bed.notes.failure.cause
    assert leg.state is LegState.ENDED


def test_a_body_of_another_type_is_unusable() -> None:
    bed = Bed()
    bed.invite()
    invite = bed.wire.last("INVITE")
    data = bed.reply(invite, 180)
    bed.wire.deliver(
        data.replace(b"180 Reason", b"200 OK").replace(
            b"Content-Length: 0\r\n\r\n",
            b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
        )
    )

    assert bed.notes.failure.code == 488


def test_sdp_inside_a_multipart_is_found() -> None:
    bed = Bed()
    bed.invite()
    data = bed.reply(bed.wire.last("INVITE"), 180)
    body = b"--b1\r\nContent-Type: text/xml\r\n\r\n<x/>\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n"
    body += answer() + b"\r\n--b1--\r\n"
    head = b'Content-Type: multipart/mixed;boundary="b1"\r\nContent-Length: %d\r\n\r\n' % len(
        body
    )
    bed.wire.deliver(
        data.replace(b"180 Reason", b"200 OK").replace(
            b"Content-Length: 0\r\n\r\n", head + body
        )
    )

    assert bed.notes.names() == ["provisional", "answered"]
    assert bed.notes.events[-1][1].body == answer()


def test_a_content_length_beyond_the_datagram_is_not_believed() -> None:
    bed = Bed()
    bed.invite()
    data = bed.reply(bed.wire.last("INVITE"), 180, body=answer())
    length = len(answer())
    bed.wire.deliver(
        data.replace(b"180 Reason", b"200 OK").replace(
            b"Content-Length: %d" % length, b"Content-Length: 60000"
        )
    )

    assert bed.notes.names()[-1] == "answered"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\r\n\r\n",
        b"\x00" * 50,
        b"SIP/2.0",
        b"SIP/2.0 200",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 999999 OK\r\nVia: x\r\n\r\n",
        b"INVITE\r\n\r\n",
        b"INVITE sip:x SIP/3.0\r\nVia: SIP/2.0/UDP a\r\n\r\n",
        b"BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK\r\nCSeq: x\r\n\r\n",
        b"BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK\r\nCSeq: 1 INVITE\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a:99999;branch=z9hG4bK\r\nCSeq: 1 OPTIONS\r\n\r\n",
        b"\x80" * 9000,
        b"SIP/2.0 200 OK\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    ],
)
def test_garbage_is_dropped_and_the_leg_goes_on(garbage: bytes) -> None:
    bed = Bed()
    leg = bed.up()
    bed.wire.deliver(garbage)
    bed.reinvite(leg)
    bed.reply(bed.wire.last("INVITE"), 200, body=answer("inactive"))

    assert bed.notes.names() == ["reinvite_done"]


def test_an_answer_from_another_port_and_address_counts() -> None:
    bed = Bed()
    bed.invite()
    elsewhere = Hop(transport=Transport.UDP, host="192.0.2.21", port=39999)
    bed.reply(bed.wire.last("INVITE"), 200, body=answer(), hop=elsewhere)

    assert bed.notes.names() == ["answered"]
    assert bed.wire.hop_of_last() == RECORDER  # the ACK goes to the Contact


def test_an_answer_with_a_branch_that_is_not_ours_is_dropped() -> None:
    bed = Bed()
    bed.invite()
    data = bed.reply(bed.wire.last("INVITE"), 100, tag="")
    bed.wire.deliver(data.replace(b"z9hG4bK", b"z9hG4bKx").replace(b" 100 ", b" 486 "))

    assert bed.notes.names() == ["provisional"]


def test_a_2xx_without_a_contact_is_forgiven_with_a_warning() -> None:
    bed = Bed()
    leg = bed.invite()
    bed.reply(bed.wire.last("INVITE"), 200, body=answer(), contact="")

    assert bed.notes.events[-1][1].warnings == ("no usable Contact in the answer",)
    leg.bye()
    assert bed.wire.last("BYE").uri == leg.request_uri


def test_a_2xx_without_a_tag_is_forgiven_with_a_warning() -> None:
    bed = Bed()
    leg = bed.invite()
    bed.reply(bed.wire.last("INVITE"), 200, body=answer(), tag="")

    assert "no tag" in bed.notes.events[-1][1].warnings[0]
    leg.bye()
    assert "tag" not in (first(bed.wire.last("BYE").headers, "To") or "")


@pytest.mark.parametrize("missing", ["From", "To", "Call-ID"])
def test_a_2xx_that_lacks_a_header_is_still_acknowledged(missing: str) -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    data = bed.reply(invite, 180)
    lines = [
        line
        for line in data.replace(b"180 Reason", b"200 OK").split(b"\r\n")
        if not line.startswith(missing.encode() + b":")
        and not line.startswith(b"Content-Length")
    ]
    head = b"\r\n".join(lines[:-2])
    bed.wire.deliver(head + b"\r\nContent-Type: application/sdp\r\n\r\n" + answer())

    assert bed.notes.names()[-1] == "answered"
    assert first(bed.wire.last("ACK").headers, "Call-ID") == leg.call_id


def test_a_2xx_with_a_contact_over_an_unknown_transport_is_acknowledged_where_it_came_from() -> (
    None
):
    bed = Bed()
    leg = bed.invite()
    bed.reply(
        bed.wire.last("INVITE"), 200, body=answer(), contact="sip:r@192.0.2.9;transport=ws"
    )

    assert leg.state is LegState.UP
    assert bed.wire.hop_of_last() == RECORDER


def test_requests_with_wrong_tags_get_481_and_the_leg_goes_on() -> None:
    bed = Bed()
    leg = bed.up()
    for wrong in ({"from_tag": "other"}, {"to_tag": "other"}, {"call_id": "other@there"}):
        bed.ask(leg, "BYE", branch=f"z9hG4bK{wrong}"[:30].replace(" ", ""), **wrong)
        assert bed.wire.last_response().code == 481

    assert leg.state is LegState.UP
    assert bed.notes.events == []


def test_a_bye_before_the_answer_fails_the_leg_and_a_late_2xx_is_turned_away() -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    bed.ask(leg, "BYE")
    assert bed.wire.last_response().code == 200
    assert bed.notes.failure.cause == "BYE of the recorder before its answer"
    bed.wire.new()
    bed.reply(invite, 200, body=answer())

    assert bed.wire.methods() == ["ACK", "BYE"]


def test_a_bye_that_crosses_our_reinvite_ends_the_leg_and_its_answer_is_acknowledged() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    reinvite = bed.wire.last("INVITE")
    bed.ask(leg, "BYE")
    assert bed.notes.end.by is Side.RECORDER
    bed.wire.new()
    bed.reply(reinvite, 487)
    assert bed.wire.methods() == ["ACK"]
    bed.advance(60)

    assert bed.notes.names() == ["ended"]
    assert bed.wire.methods() == []


def test_a_2xx_to_a_reinvite_after_the_bye_of_the_recorder_is_acknowledged_only() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    reinvite = bed.wire.last("INVITE")
    bed.ask(leg, "BYE")
    bed.wire.new()
    bed.reply(reinvite, 200, body=answer())

    assert bed.wire.methods() == ["ACK"]
    assert bed.notes.names() == ["ended"]


def test_two_byes_that_cross_end_the_leg_once() -> None:
    bed = Bed()
    leg = bed.up()
    leg.bye()
    bye = bed.wire.last("BYE")
    bed.ask(leg, "BYE")
    assert bed.wire.last_response().code == 200
    bed.reply(bye, 481)
    bed.advance(60)

    assert bed.notes.names() == ["ended"]
    assert not bed.notes.end.lost


def test_a_bye_that_nobody_answers_ends_the_leg_in_four_seconds() -> None:
    bed = Bed()
    leg = bed.up()
    leg.bye()
    bed.advance(3.9)
    assert bed.notes.events == []
    bed.advance(0.2)

    assert bed.notes.end.code == 0
    assert not bed.notes.end.lost


def test_provisional_answers_without_end_are_bounded_by_the_answer_timeout() -> None:
    bed = Bed(answer_timeout=10.0)
    bed.invite()
    invite = bed.wire.last("INVITE")
    for _ in range(100):
        bed.reply(invite, 180)
        bed.advance(0.2)

    assert bed.notes.events[-1][0] == "failed"
    assert bed.notes.names().count("failed") == 1


def test_a_2xx_to_options_or_bye_that_nobody_sent_is_dropped() -> None:
    bed = Bed()
    leg = bed.up()
    leg.bye()
    bye = bed.wire.last("BYE")
    data = bed.reply(bye, 200)
    bed.wire.new()
    for _ in range(3):
        bed.wire.deliver(data)

    assert bed.wire.new() == []
    assert bed.notes.names() == ["ended"]


def test_a_reinvite_that_is_never_finished_leaves_nothing_behind() -> None:
    bed = Bed()
    for ending in ("bye", "wait"):
        leg = bed.up()
        bed.reinvite(leg)
        bed.reply(bed.wire.last("INVITE"), 100, tag="")
        if ending == "bye":
            leg.bye()
            bed.reply(bed.wire.last("BYE"), 200)
        bed.advance(150)
        assert leg.state is LegState.ENDED

    assert bed.agent.open_transactions == 0
    assert bed.clock.getDelayedCalls() == []


def test_nothing_runs_any_more_a_minute_after_the_last_leg() -> None:
    bed = Bed()
    for code in (200, 486, 180, 100):
        leg = bed.invite()
        body = answer() if code == 200 else b""
        bed.reply(bed.wire.last("INVITE"), code, body=body)
        leg.bye()
    bed.advance(120)

    assert bed.clock.getDelayedCalls() == []
    assert bed.agent.legs == 0
    assert bed.agent.open_transactions == 0


def test_a_2xx_with_another_cseq_number_is_acknowledged_with_ours() -> None:
    bed = Bed()
    leg = bed.invite()
    data = bed.reply(bed.wire.last("INVITE"), 180, body=answer())
    wrong = data.replace(b"180 Reason", b"200 OK").replace(b"CSeq: 1 ", b"CSeq: 2147483647 ")
    for _ in range(2):
        bed.wire.new()
        bed.wire.deliver(wrong)
        assert bed.wire.methods() == ["ACK"]
    assert first(bed.wire.last("ACK").headers, "CSeq") == "1 ACK"

    bed.reinvite(leg)
    reinvite = bed.wire.last("INVITE")
    assert first(reinvite.headers, "CSeq") == "2 INVITE"
    data = bed.reply(reinvite, 100, tag="", body=answer("inactive"))
    bed.wire.deliver(data.replace(b"100 Reason", b"200 OK").replace(b"CSeq: 2 ", b"CSeq: 9 "))
    assert first(bed.wire.last("ACK").headers, "CSeq") == "2 ACK"
    assert bed.notes.names()[-1] == "reinvite_done"


def test_an_ack_that_should_have_had_an_answer_and_has_none_changes_nothing() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", 101)
    bed.ask(leg, "ACK", 101)

    assert bed.notes.events == [("refreshed", Side.RECORDER)]
    assert leg.state is LegState.UP


def test_a_tiny_session_interval_does_not_keep_us_busy() -> None:
    bed = Bed()
    leg = bed.up(headers="Session-Expires: 1;refresher=uac")
    for _ in range(10):
        bed.advance(1)
        if "INVITE" in bed.wire.methods():
            bed.reply(
                bed.wire.last("INVITE"),
                200,
                body=answer(),
                headers="Session-Expires: 1;refresher=uac",
            )

    assert leg.state is LegState.UP
    assert len(bed.notes.events) <= 5


def test_mass_orders_are_spread_and_all_of_them_are_carried_out() -> None:
    bed = Bed(batch=10)
    legs = [bed.invite() for _ in range(35)]
    assert bed.wire.methods() == ["INVITE"] * 10
    bed.advance(0.1)
    assert bed.wire.methods() == ["INVITE"] * 25

    for leg in legs:
        leg.bye()
    bed.advance(60)
    assert bed.notes.names() == ["ended"] * 35
    assert bed.clock.getDelayedCalls() == []


def test_a_leg_that_is_given_up_before_its_turn_sends_nothing() -> None:
    bed = Bed(batch=1)
    bed.invite()
    leg = bed.invite()
    leg.bye()
    bed.advance(0.1)

    assert bed.wire.methods() == ["INVITE"]
    assert leg.state is LegState.ENDED
    assert bed.notes.names() == ["ended"]
