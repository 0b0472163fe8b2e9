"""What a recorder asks of us, inside a dialog and as a stranger (MEDIA.md 3.2 point 5)."""

import pytest

from tests.media.sip.wire import RECORDER, Bed, answer, offer
from tlibsim.media.sip.message import first
from tlibsim.media.sip.sdp import Direction, parse
from tlibsim.media.sip.values import Hop, LegState, Side, Transport


def test_a_bye_is_answered_and_ends_the_leg_as_lost() -> None:
    bed = Bed()
    leg = bed.up()
    data = bed.ask(leg, "BYE", headers='Reason: Q.850;cause=16;text="disk full"')

    assert bed.wire.methods() == ["200"]
    assert bed.notes.end.by is Side.RECORDER
    assert bed.notes.end.lost
    assert "disk full" in bed.notes.end.cause
    assert leg.state is LegState.ENDED
    bed.wire.deliver(data)
    assert bed.wire.methods() == ["200"]
    assert bed.notes.names() == ["ended"]


def test_a_second_bye_in_a_new_transaction_is_unknown() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "BYE", 100)
    bed.ask(leg, "BYE", 101)

    assert bed.wire.methods() == ["200", "481"]


def test_a_bye_with_an_old_cseq_ends_the_leg_all_the_same() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INFO", 50, body=b"x", kind="text/plain")
    bed.ask(leg, "BYE", 1)

    assert bed.wire.methods() == ["200", "200"]
    assert leg.state is LegState.ENDED


def test_an_info_is_answered_and_told() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INFO", body=b"<msml/>", kind="application/vnd.radisys.msml+xml")

    assert bed.wire.methods() == ["200"]
    assert bed.notes.events == [("informed", "application/vnd.radisys.msml+xml", b"<msml/>")]


def test_a_request_with_an_old_cseq_gets_500() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INFO", 50)
    bed.ask(leg, "INFO", 49)

    assert bed.wire.methods() == ["200", "500"]


def test_options_inside_and_outside_a_dialog_get_200_with_what_we_can() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "OPTIONS")
    inside = bed.wire.last_response()
    bed.ask(leg, "OPTIONS", 1, to_tag="", call_id="ping@there")
    outside = bed.wire.last_response()

    for response in (inside, outside):
        assert response.code == 200
        assert first(response.headers, "Allow") == (
            "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"
        )
        assert first(response.headers, "Accept") == "application/sdp"
    assert ";tag=" in (first(outside.headers, "To") or "")


@pytest.mark.parametrize(
    ("method", "code"),
    [
        *(("INVITE", 403), ("BYE", 481), ("INFO", 481), ("UPDATE", 481), ("PRACK", 481)),
        *(("REGISTER", 405), ("MESSAGE", 405), ("SUBSCRIBE", 405), ("FOO", 501)),
    ],
)
def test_a_stranger_gets_a_refusal(method: str, code: int) -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, method, 1, to_tag="", call_id="stranger@there")

    assert bed.wire.methods() == [str(code)]
    assert bed.notes.events == []


@pytest.mark.parametrize("method", ["REFER", "NOTIFY", "MESSAGE", "PRACK"])
def test_a_method_that_we_do_not_do_gets_405_in_a_dialog(method: str) -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, method)

    assert bed.wire.last_response().code == 405
    assert first(bed.wire.last_response().headers, "Allow")


def test_an_unknown_option_that_is_required_gets_420() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INFO", headers="Require: timer, foo, bar")

    assert bed.wire.last_response().code == 420
    assert first(bed.wire.last_response().headers, "Unsupported") == "foo, bar"


def test_a_cancel_that_cancels_nothing_gets_481() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "CANCEL")

    assert bed.wire.methods() == ["481"]


def test_an_ack_out_of_nowhere_gets_nothing() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "ACK", 7)
    bed.ask(leg, "ACK", 7, call_id="other@there")

    assert bed.wire.new() == []


def test_a_request_without_its_mandatory_headers_gets_400() -> None:
    bed = Bed()
    bed.wire.deliver(
        b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKm\r\n"
        b"CSeq: 1 OPTIONS\r\n\r\n"
    )

    assert bed.wire.methods() == ["400"]


def test_an_answer_goes_back_to_where_the_request_came_from_when_asked_so() -> None:
    bed = Bed()
    source = Hop(transport=Transport.UDP, host="192.0.2.200", port=40000)
    bed.wire.deliver(
        b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bKm\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
        source,
    )
    via = first(bed.wire.last_response().headers, "Via")

    assert via == "SIP/2.0/UDP 10.0.0.1:5070;rport=40000;branch=z9hG4bKm;received=192.0.2.200"
    assert bed.wire.hop_of_last() == source


def test_without_rport_the_answer_goes_to_the_port_of_the_via() -> None:
    bed = Bed()
    bed.wire.deliver(
        b"OPTIONS sip:x SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKm, "
        b"SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKn\r\nf: <sip:a@b>;tag=1\r\nt: <sip:c@d>\r\n"
        b"i: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
        Hop(transport=Transport.UDP, host="192.0.2.200", port=40000),
    )
    response = bed.wire.last_response()

    assert [value for name, value in response.headers if name == "Via"] == [
        "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKm;received=192.0.2.200",
        "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKn",
    ]
    hop = bed.wire.hop_of_last()
    assert (hop.host, hop.port) == ("192.0.2.200", 5070)


# Offers of the recorder.


def test_a_reinvite_of_the_recorder_is_answered_from_our_last_wish() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", body=answer("recvonly", 45000, version=2))
    response = bed.wire.last_response()
    ours = parse(response.body)

    assert response.code == 200
    assert first(response.headers, "Contact") == "<sip:mcp@192.0.2.10:5064>"
    assert (ours.media[0].port, ours.media[0].formats) == (20000, ("0",))
    assert ours.direction_of(ours.media[0]) is Direction.SENDONLY
    assert ours.origin.version == 2
    name, theirs, told = bed.notes.events[-1]
    assert name == "reoffered"
    assert theirs.media[0].port == 45000
    assert told == ours


def test_a_hold_of_the_recorder_and_its_end_follow_our_wish() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", 101, body=answer("inactive", version=2))
    held = parse(bed.wire.last_response().body)
    bed.ask(leg, "ACK", 101)
    bed.ask(leg, "INVITE", 102, body=answer("recvonly", version=3))
    resumed = parse(bed.wire.last_response().body)
    bed.ask(leg, "ACK", 102)

    assert held.direction_of(held.media[0]) is Direction.INACTIVE
    assert resumed.direction_of(resumed.media[0]) is Direction.SENDONLY
    assert [held.origin.version, resumed.origin.version] == [2, 3]


def test_our_200_is_repeated_until_the_ack() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", body=answer(version=2))
    bed.wire.new()
    bed.advance(3.6)
    assert bed.wire.methods() == ["200", "200", "200"]
    bed.ask(leg, "ACK")
    bed.advance(30)

    assert bed.wire.methods() == []
    assert leg.state is LegState.UP


def test_without_an_ack_the_leg_is_lost_in_the_end() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", body=answer(version=2))
    bed.advance(33)

    assert bed.notes.end.cause == "no ACK for our 200"
    assert leg.state is LegState.ENDED
    assert bed.wire.last("BYE")


def test_a_reinvite_without_an_offer_gets_ours_and_the_ack_answers_it() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", 101)
    response = bed.wire.last_response()

    assert parse(response.body) == parse(offer())
    bed.ask(leg, "ACK", 101, body=answer("recvonly", 46000, version=2))
    name, theirs, ours = bed.notes.events[-1]
    assert (name, theirs.media[0].port, ours) == ("reoffered", 46000, parse(offer()))


def test_an_ack_that_answers_our_offer_with_nonsense_ends_the_leg() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", 101)
    bed.ask(leg, "ACK", 101, body=b"nonsense")

    assert bed.notes.end.lost
    assert bed.wire.last("BYE")


def test_a_reinvite_that_meets_ours_gets_491() -> None:
    bed = Bed()
    leg = bed.up()
    bed.reinvite(leg)
    bed.ask(leg, "INVITE", body=answer(version=2))
    assert bed.wire.last_response().code == 491
    bed.ask(leg, "UPDATE", 101, body=answer(version=2))

    assert bed.wire.last_response().code == 491


def test_our_reinvite_waits_for_the_ack_of_the_recorder() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", body=answer(version=2))
    bed.wire.new()
    bed.reinvite(leg)
    assert bed.wire.new() == []
    bed.ask(leg, "ACK")

    assert bed.wire.methods() == ["INVITE"]


def test_a_second_invite_before_the_ack_gets_491() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", 101, body=answer(version=2))
    bed.ask(leg, "INVITE", 102, body=answer(version=3))

    assert bed.wire.methods() == ["200", "491"]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"nonsense", "application/sdp", 488),
        (answer().replace(b"RTP/AVP 0", b"RTP/AVP 18"), "application/sdp", 488),
        (answer().replace(b"m=audio 42000", b"m=audio 0"), "application/sdp", 488),
        (b"hello", "text/plain", 415),
    ],
)
def test_an_offer_that_we_cannot_take_is_refused_and_the_leg_stays(
    body: bytes, kind: str, code: int
) -> None:
    bed = Bed()
    leg = bed.up()
    for method, number in (("INVITE", 101), ("UPDATE", 102)):
        bed.ask(leg, method, number, body=body, kind=kind)
        assert bed.wire.last_response().code == code

    assert leg.state is LegState.UP
    assert bed.notes.events == []


def test_an_update_with_an_offer_is_answered_like_a_reinvite() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "UPDATE", body=answer("recvonly", 47000, version=2))

    assert parse(bed.wire.last_response().body).media[0].port == 20000
    assert bed.notes.events[-1][1].media[0].port == 47000


def test_a_line_that_we_do_not_have_is_refused_with_port_zero() -> None:
    bed = Bed()
    leg = bed.up()
    bed.ask(leg, "INVITE", body=answer("recvonly", 42000, 42002, version=2))
    ours = parse(bed.wire.last_response().body)

    assert [one.port for one in ours.media] == [20000, 0]


# Pings.


def test_a_ping_is_an_options_without_a_dialog() -> None:
    bed = Bed()
    told = []
    bed.agent.options("sip:192.0.2.20:5060", told.append)
    options = bed.wire.last("OPTIONS")

    assert options.uri == "sip:192.0.2.20:5060"
    assert first(options.headers, "Max-Forwards") == "70"
    assert options.body == b""
    bed.reply(options, 404, "Not Found")
    assert (told[0].code, told[0].cause) == (404, "404 Not Found")
    bed.agent.options("sip:192.0.2.20:5060", told.append)
    assert first(bed.wire.last("OPTIONS").headers, "Call-ID") != first(
        options.headers, "Call-ID"
    )


def test_a_ping_that_nobody_answers_has_code_zero() -> None:
    bed = Bed()
    told = []
    bed.agent.options("sip:192.0.2.20:5060", told.append, timeout=3.0)
    bed.advance(2.9)
    assert told == []
    bed.advance(0.2)

    assert (told[0].code, told[0].cause) == (0, "no answer in 3 s")


def test_a_ping_to_a_wrong_address_is_told_later() -> None:
    bed = Bed()
    told = []
    bed.agent.options("nonsense", told.append)
    assert told == []
    bed.advance(0)

    assert told[0].code == 0


def test_a_ping_that_was_given_up_tells_nothing() -> None:
    bed = Bed()
    told = []
    ping = bed.agent.options("sip:192.0.2.20:5060", told.append)
    ping.cancel()
    bed.reply(bed.wire.last("OPTIONS"), 200, hop=RECORDER)

    assert told == []
