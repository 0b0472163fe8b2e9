"""The first INVITE of a leg: what goes out, what each answer does (MEDIA.md 3.2, 5.1, 5.6)."""

import pytest

from tests.media.sip.wire import RECORDER, URI, Bed, answer, offer
from tlibsim.media.sip.headers import parse_via
from tlibsim.media.sip.message import Request, every, first, render_message
from tlibsim.media.sip.values import Hop, LegState, Transport


def branch(request: Request) -> str:
    return parse_via(first(request.headers, "Via") or "").branch


# What the INVITE looks like.


def test_the_invite_is_that_of_the_media_document() -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    text = render_message(invite).decode()
    head, _, body = text.partition("\r\n\r\n")

    assert head.splitlines()[0] == f"INVITE {URI} SIP/2.0"
    assert body.encode() == offer()
    assert [name for name, _ in invite.headers] == [
        *("Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact", "Allow"),
        *("Supported", "User-Agent", "Session-Expires", "Content-Type", "Content-Length"),
    ]
    assert first(invite.headers, "To") == "<sip:record=rec-5f02@192.0.2.20:5060>"
    assert (first(invite.headers, "From") or "").startswith("<sip:mcp@192.0.2.10:5064>;tag=")
    assert first(invite.headers, "Contact") == "<sip:mcp@192.0.2.10:5064>"
    assert first(invite.headers, "CSeq") == "1 INVITE"
    assert first(invite.headers, "Session-Expires") == "1800;refresher=uac"
    assert first(invite.headers, "Call-ID") == leg.call_id
    assert head.splitlines()[-1] == f"Content-Length: {len(body)}"
    assert bed.wire.hop_of_last() == RECORDER


def test_two_runs_with_one_seed_have_nothing_in_common_on_the_wire() -> None:
    one, two = Bed(), Bed()
    legs = one.invite(), two.invite()
    branches = {branch(bed.wire.last("INVITE")) for bed in (one, two)}

    assert legs[0].call_id != legs[1].call_id
    assert len(branches) == 2


def test_a_preset_route_is_written_and_followed() -> None:
    bed = Bed()
    bed.invite(route_set=("sip:192.0.2.99:5070;lr", "sip:192.0.2.98;lr"))
    invite = bed.wire.last("INVITE")

    assert invite.uri == URI
    assert every(invite.headers, "Route") == (
        "<sip:192.0.2.99:5070;lr>",
        "<sip:192.0.2.98;lr>",
    )
    assert bed.wire.hop_of_last() == Hop(transport=Transport.UDP, host="192.0.2.99", port=5070)


def test_a_strict_router_becomes_the_request_uri() -> None:
    bed = Bed()
    bed.invite(route_set=("sip:192.0.2.99:5070", "sip:192.0.2.98;lr"))
    invite = bed.wire.last("INVITE")

    assert invite.uri == "sip:192.0.2.99:5070"
    assert every(invite.headers, "Route") == ("<sip:192.0.2.98;lr>", f"<{URI}>")


@pytest.mark.parametrize(
    ("uri", "transport", "expected"),
    [
        ("sip:r@192.0.2.20", Transport.UDP, (Transport.UDP, 5060)),
        ("sip:r@192.0.2.20", Transport.TCP, (Transport.TCP, 5060)),
        ("sip:r@192.0.2.20;transport=TCP", Transport.UDP, (Transport.TCP, 5060)),
        ("sip:r@192.0.2.20:7000;transport=tls", Transport.UDP, (Transport.TLS, 7000)),
        ("sips:r@192.0.2.20", Transport.UDP, (Transport.TLS, 5061)),
    ],
)
def test_the_address_decides_the_transport(
    uri: str, transport: Transport, expected: tuple[Transport, int]
) -> None:
    bed = Bed()
    bed.invite(uri=uri, transport=transport)
    hop = bed.wire.hop_of_last()

    assert (hop.transport, hop.port) == expected


def test_a_secure_address_makes_everything_secure() -> None:
    bed = Bed()
    bed.invite(uri="sips:r@192.0.2.20")
    invite = bed.wire.last("INVITE")

    assert first(invite.headers, "Contact") == "<sips:mcp@192.0.2.10:5064>"
    assert (first(invite.headers, "From") or "").startswith("<sips:mcp@")
    assert (first(invite.headers, "Via") or "").startswith("SIP/2.0/TLS ")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "nonsense",
        "tel:+4912345",
        "sip:",
        "sip:a@b:99999",
        "sip:a b@c",
        "sip:x@h;transport=sctp",
    ],
)
def test_an_address_that_cannot_be_used_fails_by_the_listener(uri: str) -> None:
    bed = Bed()
    leg = bed.invite(uri=uri)
    assert bed.notes.events == []
    bed.advance(0)

    assert not bed.notes.failure.answered
    assert bed.wire.sent == []
    assert leg.state is LegState.ENDED


def test_an_offer_that_is_no_sdp_fails_by_the_listener() -> None:
    bed = Bed()
    bed.invite(body=b"hello")
    bed.advance(0)

    assert bed.notes.failure.code == 488


def test_a_header_with_a_line_end_in_it_is_never_sent() -> None:
    bed = Bed()
    bed.invite(headers=(("X-Call", "1\r\nEvil: 2"),))
    bed.advance(0)

    assert bed.wire.sent == []
    assert bed.notes.names() == ["failed"]


# Silence.


def test_an_invite_is_repeated_until_its_limit() -> None:
    bed = Bed()
    bed.invite()
    times = []
    for _ in range(33):
        if bed.wire.new():
            times.append(bed.clock.seconds())
        bed.advance(0.25)

    assert times == [0, 0.5, 1.5, 3.5, 7.5]
    assert bed.notes.failure.code == 408
    assert not bed.notes.failure.answered
    assert bed.notes.failure.cause == "no answer in 8 s"


def test_a_provisional_answer_ends_the_repeating() -> None:
    bed = Bed()
    bed.invite()
    bed.reply(bed.wire.last("INVITE"), 100, tag="")
    bed.wire.new()
    bed.advance(20)

    assert bed.wire.new() == []
    assert bed.notes.names() == ["provisional"]


def test_a_recorder_that_only_rings_is_cancelled() -> None:
    bed = Bed(answer_timeout=15.0)
    bed.invite()
    bed.reply(bed.wire.last("INVITE"), 180)
    bed.wire.new()
    bed.advance(15)

    assert bed.wire.methods() == ["CANCEL"]
    assert bed.notes.failure.cause == "no answer in 15 s"


def test_no_datagram_is_repeated_on_a_stream() -> None:
    bed = Bed()
    bed.invite(transport=Transport.TCP)
    bed.advance(7.9)

    assert bed.wire.methods() == ["INVITE"]
    bed.advance(0.2)
    assert bed.notes.failure.code == 408
    assert [hop.transport for hop in bed.wire.suspected] == [Transport.TCP]


def test_a_network_error_fails_the_leg_with_its_cause() -> None:
    bed = Bed()
    bed.invite(transport=Transport.TCP)
    bed.wire.errors[-1]("connection refused")

    assert bed.notes.failure.cause == "connection refused"
    assert not bed.notes.failure.answered


# Acceptance.


def test_a_2xx_gets_an_ack_with_its_own_branch_to_the_contact() -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    bed.reply(invite, 200, body=answer(), contact="sip:rec@192.0.2.77:5070")
    ack = bed.wire.last("ACK")

    assert ack.uri == "sip:rec@192.0.2.77:5070"
    assert bed.wire.hop_of_last().host == "192.0.2.77"
    assert branch(ack) != branch(invite)
    assert first(ack.headers, "CSeq") == "1 ACK"
    assert first(ack.headers, "To") == "<sip:record=rec-5f02@192.0.2.20:5060>;tag=r1"
    assert first(ack.headers, "From") == first(invite.headers, "From")
    assert leg.state is LegState.UP


def test_the_listener_gets_the_answer() -> None:
    bed = Bed()
    bed.invite()
    bed.reply(
        bed.wire.last("INVITE"),
        200,
        body=answer("recvonly", 42000),
        headers="Session-Expires: 1800;refresher=uac\nX-Recorder: blue",
    )
    name, got = bed.notes.events[-1]

    assert name == "answered"
    assert got.body == answer("recvonly", 42000)
    assert got.session.media[0].port == 42000
    assert got.contact == "sip:rec@192.0.2.20:5060"
    assert got.session_expires == 1800
    assert ("X-Recorder", "blue") in got.headers
    assert got.warnings == ()


def test_a_repeated_2xx_gets_the_same_ack_again() -> None:
    bed = Bed()
    bed.invite()
    data = bed.reply(bed.wire.last("INVITE"), 200, body=answer())
    ack = bed.wire.last("ACK")
    for _ in range(3):
        bed.wire.new()
        bed.wire.deliver(data)
        assert bed.wire.new() == [ack]

    assert bed.notes.names() == ["answered"]


def test_a_2xx_repeated_after_its_transaction_is_forgotten_gets_its_ack() -> None:
    bed = Bed()
    bed.invite()
    data = bed.reply(bed.wire.last("INVITE"), 200, body=answer())
    bed.advance(40)
    bed.wire.new()
    bed.wire.deliver(data)

    assert bed.wire.methods() == ["ACK"]


def test_in_dialog_requests_follow_the_reversed_record_route() -> None:
    bed = Bed()
    leg = bed.up(
        headers="Record-Route: <sip:192.0.2.31;lr>, <sip:192.0.2.32:5070;lr>\n"
        "Record-Route: <sip:192.0.2.33;lr>"
    )
    ack = bed.wire.last("ACK")
    leg.bye()
    bye = bed.wire.last("BYE")

    for request in (ack, bye):
        assert request.uri == "sip:rec@192.0.2.20:5060"
        assert every(request.headers, "Route") == (
            "<sip:192.0.2.33;lr>",
            "<sip:192.0.2.32:5070;lr>",
            "<sip:192.0.2.31;lr>",
        )
    assert bed.wire.hop_of_last().host == "192.0.2.33"


def test_an_early_answer_counts_when_the_2xx_has_none() -> None:
    bed = Bed()
    bed.invite()
    invite = bed.wire.last("INVITE")
    bed.reply(invite, 183, body=answer("recvonly", 43000))
    bed.reply(invite, 200)

    assert bed.notes.events[-1][1].session.media[0].port == 43000


# Refusal.


@pytest.mark.parametrize(
    "code", [400, 403, 404, 408, 480, 481, 486, 488, 500, 503, 600, 603, 606]
)
def test_a_refusal_gets_an_ack_in_the_same_branch(code: int) -> None:
    bed = Bed()
    bed.invite()
    invite = bed.wire.last("INVITE")
    bed.reply(invite, code, "Busy Here")
    ack = bed.wire.last("ACK")

    assert branch(ack) == branch(invite)
    assert ack.uri == invite.uri
    assert first(ack.headers, "To") == "<sip:record=rec-5f02@192.0.2.20:5060>;tag=r1"
    assert bed.notes.failure.code == code
    assert bed.notes.failure.cause == f"{code} Busy Here"
    assert bed.notes.failure.answered


def test_a_repeated_refusal_gets_its_ack_again_and_is_told_once() -> None:
    bed = Bed()
    bed.invite()
    data = bed.reply(bed.wire.last("INVITE"), 486)
    bed.wire.new()
    bed.wire.deliver(data)

    assert bed.wire.methods() == ["ACK"]
    assert bed.notes.names() == ["failed"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5), ("120 (maintenance);duration=9", 120), ("soon", 0), ("9999999", 86400)],
)
def test_retry_after_is_told(value: str, seconds: float) -> None:
    bed = Bed()
    bed.invite()
    bed.reply(bed.wire.last("INVITE"), 503, headers=f"Retry-After: {value}")

    assert bed.notes.failure.retry_after == seconds


# Redirection.


def test_a_redirection_is_followed_once() -> None:
    bed = Bed()
    leg = bed.invite()
    bed.reply(bed.wire.last("INVITE"), 302, headers="Contact: <sip:other@192.0.2.50:5080>;q=1")
    second = bed.wire.last("INVITE")

    assert second.uri == "sip:other@192.0.2.50:5080"
    assert first(second.headers, "CSeq") == "2 INVITE"
    assert first(second.headers, "Call-ID") == leg.call_id
    assert first(second.headers, "To") == "<sip:record=rec-5f02@192.0.2.20:5060>"
    assert bed.wire.hop_of_last().host == "192.0.2.50"

    bed.reply(second, 302, headers="Contact: <sip:third@192.0.2.51>")
    assert bed.notes.failure.code == 302


def test_a_redirection_that_is_not_allowed_fails_the_leg() -> None:
    bed = Bed()
    asked: list[str] = []
    bed.invite(may_follow=lambda uri: bool(asked.append(uri)))
    bed.reply(bed.wire.last("INVITE"), 302, headers="Contact: <sip:other@192.0.2.50:5080>")

    assert asked == ["sip:other@192.0.2.50:5080"]
    assert bed.notes.failure.code == 302
    assert bed.wire.last("INVITE").uri == URI


def test_a_redirection_to_nowhere_fails_the_leg() -> None:
    bed = Bed()
    bed.invite()
    bed.reply(bed.wire.last("INVITE"), 302, headers="Contact: <mailto:me@x>")

    assert bed.notes.failure.code == 302
