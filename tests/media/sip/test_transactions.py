"""The transaction machines alone (RFC 3261 17, RFC 6026)."""

import pytest

from tlibsim.media.sip.message import Response
from tlibsim.media.sip.transactions import (
    Actions,
    Arm,
    Clockwork,
    Disarm,
    Done,
    InviteClient,
    InviteServer,
    Phase,
    RequestClient,
    RequestServer,
    Send,
    Silent,
    Tell,
)
from tlibsim.media.sip.values import Settings

RFC = Settings(invite_timeout=32.0, request_timeout=32.0)


def said(code: int) -> Response:
    return Response(code=code)


def invite(reliable: bool = False) -> InviteClient:
    machine = InviteClient(
        b"INVITE", lambda response: b"ACK%d" % response.code, reliable=reliable, settings=RFC
    )
    machine.start()
    return machine


def request(reliable: bool = False) -> RequestClient:
    machine = RequestClient(b"OPTIONS", reliable=reliable, settings=RFC, timeout=32.0)
    machine.start()
    return machine


def kinds(actions: Actions) -> list[str]:
    return [type(one).__name__ for one in actions]


# INVITE, client.


def test_an_invite_starts_with_two_timers_on_a_datagram_and_one_on_a_stream() -> None:
    machine = InviteClient(b"I", lambda _: b"", reliable=False, settings=RFC)
    assert machine.start() == (
        Send(b"I"),
        Arm(Clockwork.REPEAT, 0.5),
        Arm(Clockwork.GIVE_UP, 32.0),
    )
    machine = InviteClient(b"I", lambda _: b"", reliable=True, settings=RFC)
    assert machine.start() == (Send(b"I"), Arm(Clockwork.GIVE_UP, 32.0))


def test_the_wait_between_copies_of_an_invite_doubles_without_a_limit() -> None:
    machine = invite()
    delays = [machine.ran_out(Clockwork.REPEAT)[1] for _ in range(5)]

    assert delays == [Arm(Clockwork.REPEAT, one) for one in (1, 2, 4, 8, 16)]


def test_a_refusal_is_acknowledged_each_time_and_told_once() -> None:
    machine = invite()
    assert machine.received(said(486)) == (
        Disarm(Clockwork.REPEAT),
        Disarm(Clockwork.GIVE_UP),
        Send(b"ACK486"),
        Arm(Clockwork.FORGET, 32.0),
        Tell(said(486)),
    )
    assert machine.received(said(486)) == (Send(b"ACK486"),)
    assert machine.received(said(180)) == ()
    assert machine.ran_out(Clockwork.FORGET) == (Done(),)


def test_each_2xx_is_told_and_none_acknowledged_here() -> None:
    machine = invite()
    assert machine.received(said(200))[-1] == Tell(said(200))
    assert machine.phase is Phase.ACCEPTED
    assert machine.received(said(200)) == (Tell(said(200)),)
    assert machine.received(said(486)) == ()


def test_timers_that_come_too_late_do_nothing() -> None:
    machine = invite()
    machine.received(said(180))
    assert machine.ran_out(Clockwork.REPEAT) == ()
    assert machine.ran_out(Clockwork.GIVE_UP) == ()


def test_an_invite_that_rings_for_ever_is_forgotten_in_the_end() -> None:
    machine = invite()
    assert Arm(Clockwork.FORGET, 62.0) in machine.received(said(180))
    assert machine.received(said(180)) == (Tell(said(180)),)
    assert machine.ran_out(Clockwork.FORGET) == (Done(),)


def test_silence_is_told() -> None:
    assert invite().ran_out(Clockwork.GIVE_UP) == (
        Disarm(Clockwork.REPEAT),
        Silent(32.0),
        Done(),
    )


# Other requests, client.


def test_copies_of_a_request_are_at_most_t2_apart() -> None:
    machine = request()
    delays = [machine.ran_out(Clockwork.REPEAT)[1] for _ in range(5)]

    assert delays == [Arm(Clockwork.REPEAT, one) for one in (1, 2, 4, 4, 4)]


def test_after_a_provisional_answer_copies_are_t2_apart_and_the_limit_stays() -> None:
    machine = request()
    assert machine.received(said(100)) == (Tell(said(100)),)
    assert machine.ran_out(Clockwork.REPEAT) == (Send(b"OPTIONS"), Arm(Clockwork.REPEAT, 4.0))
    assert kinds(machine.ran_out(Clockwork.GIVE_UP)) == ["Disarm", "Silent", "Done"]


@pytest.mark.parametrize(("reliable", "wait"), [(False, 5.0), (True, 0.0)])
def test_a_final_answer_is_told_once(reliable: bool, wait: float) -> None:
    machine = request(reliable)
    actions = machine.received(said(200))
    assert Arm(Clockwork.FORGET, wait) in actions
    assert actions[-1] == Tell(said(200))
    assert machine.received(said(200)) == ()
    assert machine.ran_out(Clockwork.REPEAT) == ()
    assert machine.ran_out(Clockwork.FORGET) == (Done(),)


# INVITE, server.


def test_our_refusal_is_repeated_until_its_ack() -> None:
    machine = InviteServer(reliable=False, settings=RFC)
    assert machine.repeated() == ()
    assert machine.respond(486, b"486") == (
        Send(b"486"),
        Arm(Clockwork.REPEAT, 0.5),
        Arm(Clockwork.GIVE_UP, 32.0),
    )
    assert machine.ran_out(Clockwork.REPEAT) == (Send(b"486"), Arm(Clockwork.REPEAT, 1.0))
    assert machine.repeated() == (Send(b"486"),)
    assert machine.acknowledged()[-1] == Arm(Clockwork.FORGET, 5.0)
    assert machine.repeated() == ()
    assert machine.ran_out(Clockwork.FORGET) == (Done(),)


def test_our_2xx_is_repeated_on_a_stream_too_and_a_missing_ack_is_told() -> None:
    machine = InviteServer(reliable=True, settings=RFC)
    assert kinds(machine.respond(200, b"200")) == ["Send", "Arm", "Arm"]
    delays = [machine.ran_out(Clockwork.REPEAT)[1] for _ in range(4)]
    assert delays == [Arm(Clockwork.REPEAT, one) for one in (1, 2, 4, 4)]
    assert machine.repeated() == ()
    assert kinds(machine.ran_out(Clockwork.GIVE_UP)) == ["Disarm", "Silent", "Done"]


def test_a_provisional_answer_of_ours_is_sent_again_for_a_repeated_invite() -> None:
    machine = InviteServer(reliable=False, settings=RFC)
    assert machine.respond(100, b"100") == (Send(b"100"),)
    assert machine.repeated() == (Send(b"100"),)


def test_only_the_first_final_answer_counts() -> None:
    for machine in (
        InviteServer(reliable=False, settings=RFC),
        RequestServer(reliable=False, settings=RFC),
    ):
        machine.respond(200, b"200")
        assert machine.respond(500, b"500") == ()


# Other requests, server.


def test_a_repeated_request_gets_the_same_answer() -> None:
    machine = RequestServer(reliable=False, settings=RFC)
    assert machine.repeated() == ()
    assert machine.respond(200, b"200") == (Send(b"200"), Arm(Clockwork.FORGET, 32.0))
    assert machine.repeated() == (Send(b"200"),)
    assert machine.ran_out(Clockwork.FORGET) == (Done(),)
