"""Answers that fit no request are dropped, and told when nothing better comes (RFC 3261 17.1.3)."""

import pytest

from tests.media.sip.wire import RECORDER, Bed, answer
from tlibsim.media.sip.headers import listed, parse_via
from tlibsim.media.sip.layer import COOKIE
from tlibsim.media.sip.message import first
from tlibsim.media.sip.values import Hop, Transport

ELSEWHERE = Hop(transport=Transport.UDP, host="192.0.2.99", port=5060)


def answered_so(*changes: tuple[bytes, bytes], origin: Hop = RECORDER) -> str:
    """The cause of a failure after a 200 with these changes, and nothing after it."""
    bed = Bed()
    bed.invite()
    data = accepted(bed)
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    bed.wire.deliver(data, origin)
    bed.advance(60)
    failure = bed.notes.failure
    assert failure.code == 408
    return failure.cause


def accepted(bed: Bed) -> bytes:
    """What a right recorder would answer the last INVITE."""
    invite = bed.wire.last("INVITE")
    head = ["SIP/2.0 200 OK"]
    head += [f"{name}: {first(invite.headers, name)}" for name in ("Via", "From", "Call-ID")]
    head += [f"To: {first(invite.headers, 'To')};tag=rec", "CSeq: 1 INVITE"]
    head += ["Contact: <sip:192.0.2.20:5060>", "Content-Type: application/sdp"]
    body = answer()
    head += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


def branch_of(bed: Bed) -> str:
    return parse_via(listed(bed.wire.last("INVITE").headers, "Via")[0]).branch


def test_the_answer_of_a_right_recorder_fits() -> None:
    bed = Bed()
    bed.invite()
    bed.wire.deliver(accepted(bed))
    assert bed.notes.names() == ["answered"]


def test_a_branch_of_its_own_is_told_beside_the_one_that_was_sent() -> None:
    bed = Bed()
    bed.invite()
    data = accepted(bed).replace(COOKIE.encode(), b"z9hG4bKmine-")
    bed.wire.deliver(data)
    bed.advance(60)
    cause = bed.notes.failure.cause
    assert "a 200 came whose Via has the branch z9hG4bKmine-" in cause
    assert f"not {branch_of(bed)}: it fits no request" in cause


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"CSeq: 1 INVITE", b"CSeq: 1 OPTIONS", "whose CSeq is 1 OPTIONS, not 1 INVITE"),
        (b"CSeq: 1 INVITE", b"CSeq: INVITE", "what came cannot be read as an answer"),
        (b"CSeq: 1 INVITE\r\n", b"", "what came cannot be read as an answer"),
        (b"Via: ", b"X-Via: ", "what came cannot be read as an answer: no Via"),
        (
            b"From: ",
            b"Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK1\r\nFrom: ",
            "with 2 Via headers, not ours alone",
        ),
    ],
)
def test_what_differs_is_told(old: bytes, new: bytes, told: str) -> None:
    cause = answered_so((old, new))
    assert cause.startswith("no answer in ")
    assert told in cause


def test_an_answer_of_another_session_is_not_told() -> None:
    cause = answered_so((b"Call-ID: ", b"Call-ID: other-"), (b"z9hG4bK", b"z9hG4bKother-"))
    assert ";" not in cause


def test_bytes_of_somebody_else_are_not_taken_for_an_answer() -> None:
    assert ";" not in answered_so((b"CSeq: 1 INVITE", b"CSeq: INVITE"), origin=ELSEWHERE)


def test_the_first_of_them_is_kept() -> None:
    bed = Bed()
    bed.invite()
    for number in range(3):
        mine = f"z9hG4bKmine{number}-".encode()
        bed.wire.deliver(accepted(bed).replace(COOKIE.encode(), mine))
    bed.advance(60)
    assert bed.notes.failure.cause.count("came") == 1
    assert "mine0" in bed.notes.failure.cause


def test_a_right_answer_after_a_wrong_one_counts() -> None:
    bed = Bed()
    bed.invite()
    bed.wire.deliver(accepted(bed).replace(b"1 INVITE", b"1 OPTIONS"))
    bed.wire.deliver(accepted(bed))
    assert bed.notes.names() == ["answered"]


def test_the_late_answer_of_an_invite_says_nothing_of_the_bye_after_it() -> None:
    bed = Bed()
    leg = bed.invite()
    right = accepted(bed)
    bed.wire.deliver(right)
    leg.bye()
    bed.wire.deliver(right)
    bed.advance(60)
    assert "came" not in bed.notes.end.cause
