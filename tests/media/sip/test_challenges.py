"""Challenges and session intervals of the first INVITE (MEDIA.md 3.2 point 7)."""

import pytest

from tests.media.sip.wire import Bed, answer
from tlibsim.media.sip.message import first
from tlibsim.media.sip.values import Credentials

# Authentication.

CHALLENGE = 'WWW-Authenticate: Digest realm="lab", nonce="n1", qop="auth", algorithm=SHA-256'


def test_a_challenge_is_answered_once_a_realm() -> None:
    bed = Bed()
    bed.invite(credentials=(Credentials(username="u", password="geheim"),))
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE)
    second = bed.wire.last("INVITE")
    value = first(second.headers, "Authorization") or ""

    assert first(second.headers, "CSeq") == "2 INVITE"
    assert 'username="u"' in value and 'realm="lab"' in value and "algorithm=SHA-256" in value
    assert "geheim" not in value
    assert first(second.headers, "Via") != first(bed.wire.sent[0][0].headers, "Via")

    bed.reply(second, 401, headers=CHALLENGE.replace("n1", "n2"))
    assert bed.notes.failure.code == 401


def test_proxy_and_recorder_may_both_ask() -> None:
    bed = Bed()
    bed.invite(credentials=(Credentials(username="u", password="p"),))
    bed.reply(
        bed.wire.last("INVITE"), 407, headers='Proxy-Authenticate: Digest realm="p", nonce="1"'
    )
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE)
    third = bed.wire.last("INVITE")

    assert first(third.headers, "Proxy-Authorization")
    assert first(third.headers, "Authorization")
    bed.reply(third, 200, body=answer())
    assert first(bed.wire.last("ACK").headers, "Authorization") == first(
        third.headers, "Authorization"
    )


def test_a_stale_nonce_may_be_answered_once_more() -> None:
    bed = Bed()
    bed.invite(credentials=(Credentials(username="u", password="p"),))
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE)
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE + ", stale=true")
    assert first(bed.wire.last("INVITE").headers, "CSeq") == "3 INVITE"
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE + ", stale=true")

    assert bed.notes.failure.code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "WWW-Authenticate: Basic realm=lab",
        'WWW-Authenticate: Digest realm="lab", nonce="n", algorithm=SHA-512-256',
        'WWW-Authenticate: Digest realm="lab", nonce="n", qop="other"',
        'WWW-Authenticate: Digest realm="lab"',
        "WWW-Authenticate: Digest",
    ],
)
def test_a_challenge_that_cannot_be_met_fails_the_leg(header: str) -> None:
    bed = Bed()
    bed.invite(credentials=(Credentials(username="u", password="p"),))
    bed.reply(bed.wire.last("INVITE"), 401, headers=header)

    assert bed.notes.failure.code == 401


def test_without_credentials_for_the_realm_there_is_no_second_try() -> None:
    bed = Bed()
    bed.invite(credentials=(Credentials(username="u", password="p", realm="other"),))
    bed.reply(bed.wire.last("INVITE"), 401, headers=CHALLENGE)

    assert bed.notes.failure.code == 401


# Session interval.


def test_a_422_raises_the_interval_once() -> None:
    bed = Bed()
    leg = bed.invite(session_expires=100)
    bed.reply(bed.wire.last("INVITE"), 422, headers="Min-SE: 300")
    second = bed.wire.last("INVITE")

    assert first(second.headers, "Session-Expires") == "300;refresher=uac"
    assert first(second.headers, "Min-SE") == "300"
    assert first(second.headers, "CSeq") == "2 INVITE"
    assert first(second.headers, "Call-ID") == leg.call_id
    bed.reply(second, 422, headers="Min-SE: 600")
    assert bed.notes.failure.code == 422


def test_a_422_without_min_se_fails_the_leg() -> None:
    bed = Bed()
    bed.invite()
    bed.reply(bed.wire.last("INVITE"), 422)

    assert bed.notes.failure.code == 422


def test_no_timer_is_asked_for_when_it_is_off() -> None:
    bed = Bed(session_expires=0)
    bed.invite()

    assert first(bed.wire.last("INVITE").headers, "Session-Expires") is None
