"""CANCEL, late answers and forks of the first INVITE (MEDIA.md 3.2 point 4)."""

from tests.media.sip.wire import Bed, answer
from tlibsim.media.sip.headers import parse_via
from tlibsim.media.sip.message import Request, every, first
from tlibsim.media.sip.values import LegState, Side


def branch(request: Request) -> str:
    return parse_via(first(request.headers, "Via") or "").branch


# Giving up.


def test_a_cancel_waits_for_a_provisional_answer() -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    leg.cancel()
    bed.wire.new()
    bed.advance(0.2)
    assert bed.wire.new() == []

    bed.reply(invite, 100, tag="")
    cancel = bed.wire.last("CANCEL")
    assert branch(cancel) == branch(invite)
    assert cancel.uri == invite.uri
    assert first(cancel.headers, "CSeq") == "1 CANCEL"
    assert first(cancel.headers, "To") == first(invite.headers, "To")
    assert every(cancel.headers, "Via") == every(invite.headers, "Via")

    bed.reply(cancel, 200)
    bed.reply(invite, 487, "Request Terminated")
    assert bed.wire.last("ACK").uri == invite.uri
    assert bed.notes.end.cause == "cancelled"
    assert not bed.notes.end.lost
    assert bed.notes.end.by is Side.US


def test_a_2xx_that_crosses_the_cancel_gets_ack_and_bye() -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    bed.reply(invite, 180)
    leg.cancel()
    bed.wire.new()
    data = bed.reply(invite, 200, body=answer())

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.end.cause == "cancelled"
    bed.wire.deliver(data)
    assert bed.wire.methods() == ["ACK"]


def test_a_2xx_without_a_provisional_after_we_gave_up_gets_ack_and_bye() -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    leg.bye()
    bed.wire.new()
    bed.reply(invite, 200, body=answer())

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.names() == ["ended"]


def test_a_2xx_long_after_an_ignored_cancel_gets_ack_and_bye() -> None:
    bed = Bed()
    leg = bed.invite()
    invite = bed.wire.last("INVITE")
    bed.reply(invite, 180)
    leg.cancel()
    bed.advance(10)
    assert bed.notes.end.cause == "cancelled"
    bed.wire.new()
    bed.reply(invite, 200, body=answer())

    assert bed.wire.methods() == ["ACK", "BYE"]


def test_a_2xx_after_the_invite_ran_out_gets_ack_and_bye() -> None:
    bed = Bed()
    bed.invite()
    invite = bed.wire.last("INVITE")
    bed.advance(9)
    bed.wire.new()
    bed.reply(invite, 200, body=answer())

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.names() == ["failed"]


def test_giving_up_on_a_silent_recorder_ends_with_the_invite() -> None:
    bed = Bed()
    leg = bed.invite()
    leg.bye()
    leg.bye()
    bed.advance(9)

    assert bed.notes.names() == ["ended"]
    assert leg.state is LegState.ENDED


# Forks.


def test_a_second_2xx_of_another_fork_gets_ack_and_bye_and_the_first_goes_on() -> None:
    bed = Bed()
    leg = bed.up()
    invite = bed.wire.last("INVITE")
    bed.reply(invite, 200, body=answer(), tag="r2", contact="sip:two@192.0.2.22:5060")

    assert bed.wire.methods() == ["ACK", "BYE"]
    bye = bed.wire.last("BYE")
    assert bye.uri == "sip:two@192.0.2.22:5060"
    assert (first(bye.headers, "To") or "").endswith(";tag=r2")
    assert leg.state is LegState.UP
    assert bed.notes.events == []


def test_the_number_of_forks_that_are_hung_up_is_bounded() -> None:
    bed = Bed()
    bed.up()
    invite = bed.wire.last("INVITE")
    for number in range(100):
        bed.reply(invite, 200, body=answer(), tag=f"fork{number}")

    assert bed.wire.methods().count("BYE") == 16


def test_a_2xx_after_a_refusal_of_the_same_invite_gets_ack_and_bye() -> None:
    bed = Bed()
    bed.invite()
    invite = bed.wire.last("INVITE")
    bed.reply(invite, 486)
    bed.wire.new()
    bed.reply(invite, 200, body=answer(), tag="r2")

    assert bed.wire.methods() == ["ACK", "BYE"]
    assert bed.notes.names() == ["failed"]


def test_too_many_legs_are_refused() -> None:
    bed = Bed(max_legs=1)
    bed.invite()
    bed.invite()
    bed.advance(0)

    assert bed.notes.failure.cause == "too many legs at once"
    assert bed.agent.legs == 1
