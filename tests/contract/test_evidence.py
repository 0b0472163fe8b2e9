"""What the contract makes of the SIP messages that it saw, and of a sound."""

import numpy as np
import pytest

from tlibsim.contract.evidence import Scene, SipSeen
from tlibsim.contract.sound_checks import Loudness
from tlibsim.media.sip.message import Request, Response
from tlibsim.ports.media import Instant

SECOND = 1_000_000
URI = "sip:record=r1@127.0.0.1:5080;calluuid=U1;dn=7001;otherDN=sip%2Bx;recordDN=7001"
SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
ON = b"m=audio 4000 RTP/AVP 0\r\n"
OFF = b"m=audio 0 RTP/AVP 0\r\n"


def seen(at: float, sent: bool, message: Request | Response) -> SipSeen:
    return SipSeen(at=Instant(int(at * SECOND)), sent=sent, message=message)


def headers(
    call_id: str, number: int, method: str, tag: str = ""
) -> tuple[tuple[str, str], ...]:
    return (
        ("Via", f"SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{call_id}{number}{method}"),
        ("From", "<sip:mcp@127.0.0.1>;tag=m"),
        ("To", f"<sip:rec@127.0.0.1>{tag and f';tag={tag}'}"),
        ("Call-ID", call_id),
        ("CSeq", f"{number} {method}"),
    )


def asked(
    at: float, method: str = "INVITE", call_id: str = "c1", number: int = 1, tag: str = ""
) -> SipSeen:
    known = headers(call_id, number, method, tag)
    return seen(at, True, Request(method=method, uri=URI, headers=known))


def came(
    at: float,
    code: int,
    method: str = "INVITE",
    call_id: str = "c1",
    number: int = 1,
    body: bytes = b"",
) -> SipSeen:
    known = headers(call_id, number, method, "r")
    return seen(at, False, Response(code=code, reason="-", headers=known, body=body))


def scene(*messages: SipSeen) -> Scene:
    return Scene(name="basic", begun_at=Instant(0), sip=list(messages))


@pytest.mark.parametrize("code", [302, 401, 407, 422])
def test_an_invite_that_is_asked_for_again_counts_once_with_its_last_answer(code: int):
    played = scene(asked(0), came(0.1, code), asked(0.2, number=2), came(0.3, 200, number=2))
    assert [one.code for one in played.invites()] == [200]


def test_a_refusal_of_each_session_counts():
    other = asked(0.2, call_id="c2"), came(0.3, 486, call_id="c2")
    played = scene(asked(0), came(0.1, 200), *other)
    assert [one.code for one in played.invites()] == [200, 486]


def test_an_invite_of_a_session_that_is_there_is_a_reinvite_whatever_its_number():
    played = scene(asked(0, number=7), came(0.1, 200, number=7), asked(1, number=8, tag="r"))
    assert len(played.invites()) == len(played.reinvites()) == 1


def test_how_often_a_request_was_sent_until_it_was_answered_is_counted():
    byes = [asked(at, "BYE", number=2, tag="r") for at in (1, 1.5, 2.5)]
    played = scene(*byes[:2], came(1.6, 481, "BYE", number=2), byes[2])
    (bye,) = played.exchanges("BYE")
    assert (bye.code, bye.times) == (481, 2)


def test_a_message_without_a_cseq_is_no_reason_to_stop():
    garbage = seen(0.1, False, Response(code=200, reason="OK", headers=()))
    played = scene(asked(0), garbage)
    assert [one.code for one in played.invites()] == [0]


def test_sound_goes_out_from_the_200_until_the_call_is_over():
    played = scene(asked(0), came(0.5, 200, body=SDP + ON + ON))
    played.over_at = Instant(2 * SECOND)
    assert played.sent_s("7001") == pytest.approx(1.5)
    assert played.sent_s("sip+x") == pytest.approx(1.5)
    assert played.sent_s("7002") == 0


@pytest.mark.parametrize("lines", [ON + OFF, ON])
def test_a_line_that_is_refused_gets_no_sound(lines: bytes):
    played = scene(asked(0), came(0.5, 200, body=SDP + lines))
    played.over_at = Instant(2 * SECOND)
    assert played.sent_s("7001") == pytest.approx(1.5)
    assert played.sent_s("sip+x") == 0


def test_silence_around_a_sound_is_no_loss_and_silence_within_it_is():
    loud, quiet = np.full(1600, 9000, dtype=np.int16), np.zeros(800, dtype=np.int16)
    judged = Loudness.of(np.concatenate((quiet, loud, quiet, loud, quiet)))
    assert (judged.heard_s, judged.gaps_s) == pytest.approx((0.4, 0.1))


def test_a_sound_of_nothing_has_nothing():
    assert Loudness.of(np.zeros(0, dtype=np.int16)) == Loudness(heard_s=0.0, gaps_s=0.0)
