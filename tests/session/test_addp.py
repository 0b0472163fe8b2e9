"""ADDP, the keep-alive (WIRE.md 6)."""

import pytest

from tests.session.exchange import OPENING, Exchange, Line, frame
from tests.switch.bed import START
from tlibproto.framing import Addp
from tlibproto.messages import RequestQueryServer
from tlibproto.vocabulary import Dn, ReferenceId
from tlibsim.journal import Kind
from tlibsim.ports.media import Instant
from tlibsim.session.addp import Addp as State
from tlibsim.session.addp import Verdict
from tlibsim.switch.commands import MakeCall


def timeout(ms: int, *, trace: bool = False) -> bytes:
    return (ms | (0x800000 if trace else 0)).to_bytes(3, "big")


def kept_alive(ms: int, exchange: Exchange | None = None) -> Line:
    """An open session whose client asked for that timeout; the init answer is forgotten."""
    line = (exchange or Exchange()).connect()
    line.poll("I", timeout(ms))
    line.send(OPENING)
    line.take()
    line.addp.clear()
    return line


def test_an_init_is_answered_with_zeros() -> None:
    line = Exchange().connect()

    line.poll("I", timeout(4000))

    assert line.addp == [Addp("i", b"\0\0\0")]


def test_a_poll_is_answered_with_its_own_three_bytes_also_before_the_opening() -> None:
    line = Exchange().connect()

    line.poll("P", b"\x01\x02\xff")
    line.poll("P", b"\x00\x00\x07")

    assert line.addp == [Addp("p", b"\x01\x02\xff"), Addp("p", b"\x00\x00\x07")]


@pytest.mark.parametrize("kind", ["p", "i", "x", "\xff"])
def test_an_answer_that_nobody_asked_for_and_an_unknown_letter_are_ignored(kind: str) -> None:
    line = Exchange().open()
    before = line.raw

    line.poll(kind)

    assert line.raw == before
    assert not line.closed


def test_a_packet_may_come_between_and_inside_the_parts_of_a_segment() -> None:
    line = Exchange().open()
    request = frame(RequestQueryServer(reference_id=ReferenceId(1)))

    line.feed(request + b"p2P\x00\x00\x01" + request[:5])
    line.feed(request[5:] + b"p2P\x00")
    line.feed(b"\x00\x02")

    assert line.names() == ["EventServerInfo", "EventServerInfo"]
    assert line.addp == [Addp("p", b"\0\0\x01"), Addp("p", b"\0\0\x02")]


def test_the_server_is_silent_on_addp_until_an_init_has_come() -> None:
    exchange = Exchange()
    line = exchange.open()
    exchange.wait(100_000)

    assert line.addp == []
    assert exchange.hub.next_deadline() is None


def test_with_a_timeout_of_0_the_server_answers_and_does_not_watch() -> None:
    exchange = Exchange()
    line = kept_alive(0, exchange)
    exchange.wait(100_000)
    line.poll("P")

    assert line.addp == [Addp("p", b"\0\0\0")]
    assert not line.closed


def test_the_server_polls_after_hearing_nothing_for_the_timeout() -> None:
    exchange = Exchange()
    line = kept_alive(4000, exchange)

    exchange.wait(3.999)
    assert line.addp == []
    exchange.wait(0.001)

    assert line.addp == [Addp("P", b"\0\0\0")]


def test_the_client_is_dropped_after_the_same_time_again() -> None:
    exchange = Exchange()
    line = kept_alive(4000, exchange)
    exchange.wait(7.999)
    assert not line.closed

    exchange.wait(0.001)

    assert line.closed == "ADDP: nothing heard for twice 4 s"
    assert len(line.addp) == 1


def test_the_reason_is_in_the_journal_when_the_connection_has_ended() -> None:
    exchange = Exchange()
    line = kept_alive(1000, exchange)
    exchange.wait(2)
    line.disconnect()

    (entry,) = exchange.entries(Kind.CLOSED)
    assert entry.detail == "ADDP: nothing heard for twice 1 s"


def test_the_polls_of_the_server_are_counted() -> None:
    exchange = Exchange()
    line = kept_alive(1000, exchange)
    for _ in range(3):
        exchange.wait(1)
        line.poll("p", b"abc")

    assert [packet.argument for packet in line.addp] == [b"\0\0\0", b"\0\0\x01", b"\0\0\x02"]


SIGNS = {
    "poll answer": b"p2p\0\0\0",
    "poll": b"p2P\0\0\0",
    "request": frame(RequestQueryServer(reference_id=ReferenceId(1))),
    "half a request": b"\x00\x00",
    "unknown letter": b"p2?\0\0\0",
}


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_any_bytes_are_a_sign_of_life(sign: bytes) -> None:
    exchange = Exchange()
    line = kept_alive(1000, exchange)
    exchange.wait(1.9)
    line.feed(sign)
    line.addp.clear()

    exchange.wait(0.999)
    assert line.addp == []
    assert not line.closed
    exchange.wait(0.001)
    assert [packet.kind for packet in line.addp] == ["P"]


def test_a_client_that_speaks_is_not_polled() -> None:
    exchange = Exchange()
    line = kept_alive(1000, exchange)

    for _ in range(20):
        exchange.wait(0.9)
        line.ask(RequestQueryServer())

    assert line.addp == []


def test_what_the_server_sends_is_no_sign_of_life_of_the_client() -> None:
    exchange = Exchange()
    line = kept_alive(1000, exchange)
    exchange.wait(0.9)
    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    exchange.wait(0.1)

    assert len(line.addp) == 1


def test_each_client_has_its_own_timeout() -> None:
    exchange = Exchange()
    fast, slow, none = (kept_alive(ms, exchange) for ms in (1000, 5000, 0))

    exchange.wait(4)

    assert fast.closed
    assert not slow.closed
    assert not none.closed
    exchange.wait(6)
    assert slow.closed
    assert not none.closed


def test_the_trace_flag_is_no_part_of_the_timeout() -> None:
    exchange = Exchange()
    line = exchange.connect()
    line.poll("I", timeout(2000, trace=True))
    line.addp.clear()

    exchange.wait(1.999)
    assert line.addp == []
    exchange.wait(0.001)
    assert len(line.addp) == 1
    assert exchange.hub.clients[line.id].addp.trace


def test_the_largest_timeout_is_8388_seconds() -> None:
    exchange = Exchange()
    line = kept_alive(0x7FFFFF, exchange)

    exchange.wait(8388.606)
    assert line.addp == []
    exchange.wait(0.001)
    assert len(line.addp) == 1


def test_a_second_init_sets_the_timeout_anew() -> None:
    exchange = Exchange()
    line = kept_alive(100_000, exchange)

    line.poll("I", timeout(1000))
    line.addp.clear()
    exchange.wait(1)

    assert [packet.kind for packet in line.addp] == ["P"]


def test_a_second_init_can_end_the_watch() -> None:
    exchange = Exchange()
    line = kept_alive(1000, exchange)

    line.poll("I", timeout(0))
    line.addp.clear()
    exchange.wait(100)

    assert line.addp == []
    assert not line.closed


def test_a_client_that_left_is_not_looked_after() -> None:
    exchange = Exchange()
    line = kept_alive(1000, exchange)
    line.disconnect()

    exchange.wait(10)

    assert exchange.hub.next_deadline() is None


def test_a_late_look_polls_first_and_drops_only_after_the_timeout() -> None:
    state = State()
    state.heard(START)
    state.answer("I", timeout(1000))

    late = Instant(START + 60_000_000)
    assert state.look(late) is Verdict.POLL
    assert state.look(Instant(late + 999_999)) is Verdict.FINE
    assert state.look(Instant(late + 1_000_000)) is Verdict.GONE


def test_the_polls_of_a_client_are_remembered_with_their_distance() -> None:
    addp = State()
    for second in (10, 15, 21):
        addp.heard(Instant(START + second * 1_000_000))
        addp.answer("P", b"\0\0\0")

    assert addp.asked_at == addp.last_poll_at == Instant(START + 21_000_000)
    assert addp.every == 6_000_000


def test_a_poll_of_the_server_is_the_last_one_until_the_client_polls() -> None:
    addp = State()
    addp.heard(START)
    addp.answer("I", timeout(4000))
    assert addp.last_poll_at is None

    addp.look(Instant(START + 4_000_000))

    assert addp.last_poll_at == Instant(START + 4_000_000)
    assert addp.asked_at is None
