"""The front: deliveries to connections, and one timer for all deadlines."""

import pytest
from twisted.internet.task import Clock as ReactorClock

from tests.session.broken import BrokenDesk
from tests.session.exchange import OPENING, Exchange, frame
from tests.switch.bed import SECOND, START
from tlibproto.codec import decode
from tlibproto.framing import Addp, FrameDecoder, encode_addp
from tlibproto.messages import (
    RequestMakeCall,
    RequestQueryServer,
    RequestRegisterAddress,
    RequestReleaseCall,
)
from tlibproto.vocabulary import Dn, ReferenceId
from tlibsim.journal import Kind
from tlibsim.net.clock import SteppedClock
from tlibsim.net.front import Front
from tlibsim.ports.media import CaptureStarted, SessionId
from tlibsim.session.client import ClientId
from tlibsim.switch.commands import MakeCall
from tlibsim.switch.refusals import RequestRefused


class Connection:
    """What a socket would have got."""

    def __init__(self, front: Front) -> None:
        self.closed = False
        self.units: list[str] = []
        self._decoder = FrameDecoder()
        self._front = front
        self.id: ClientId = front.connect(self, charset="utf-8", listener="tlib", peer="x:1")

    def deliver(self, data: bytes) -> None:
        assert not self.closed
        for unit in self._decoder.feed(data):
            name = (
                f"ADDP {unit.kind}" if isinstance(unit, Addp) else type(decode(unit)).__name__
            )
            self.units.append(name)

    def close(self) -> None:
        self.closed = True

    def feed(self, data: bytes) -> None:
        self._front.receive(self.id, data)

    def take(self) -> list[str]:
        units, self.units = self.units, []
        return units


class Edge:
    """A front over a real hub, with stepped time.  ``dn`` gives options to DNs."""

    def __init__(self, **options: object) -> None:
        self.exchange = Exchange(**options)
        self.reactor = ReactorClock()
        self.clock = SteppedClock(self.reactor, START)
        self.front = Front(self.exchange.hub, self.clock)

    def open(self, *dns: str) -> Connection:
        connection = Connection(self.front)
        connection.feed(
            frame(OPENING) + b"".join(frame(RequestRegisterAddress(this_dn=dn)) for dn in dns)
        )
        connection.take()
        return connection

    def turn(self) -> None:
        self.reactor.advance(0)


def make(a: str, b: str) -> bytes:
    return frame(RequestMakeCall(this_dn=a, other_dn=b, reference_id=ReferenceId(1)))


def test_what_the_hub_answers_goes_to_the_connection_that_asked() -> None:
    edge = Edge()
    one, other = edge.open(), edge.open()

    one.feed(frame(RequestQueryServer(reference_id=ReferenceId(1))))

    assert (one.take(), other.take()) == (["EventServerInfo"], [])


def test_events_go_to_every_connection_that_watches() -> None:
    edge = Edge()
    a, b = edge.open("7001"), edge.open("7002")

    a.feed(make("7001", "7002"))

    assert (a.take(), b.take()) == (["EventDialing"], ["EventRinging"])


def test_a_connection_is_closed_after_what_it_is_still_to_get() -> None:
    edge = Edge()
    connection = edge.open()

    connection.feed(frame(RequestQueryServer(reference_id=ReferenceId(1))) + b"\xff" * 8)

    assert connection.take() == ["EventServerInfo"]
    assert connection.closed


def test_a_connection_that_is_gone_gets_nothing() -> None:
    edge = Edge()
    gone, stays = edge.open("7001"), edge.open("7001")

    edge.front.disconnect(gone.id, "gone")
    edge.front.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert (gone.take(), stays.take()) == ([], ["EventDialing"])
    (entry,) = edge.exchange.entries(Kind.CLOSED)
    assert (entry.client, entry.detail) == (gone.id, "gone")


def test_a_command_from_inside_is_carried_out_or_refused() -> None:
    edge = Edge()
    connection = edge.open("7002")

    edge.front.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert connection.take() == ["EventRinging"]
    with pytest.raises(RequestRefused):
        edge.front.perform(MakeCall(dn=Dn("7999"), to="7002"))


def test_a_report_goes_to_the_hub_with_the_present_time() -> None:
    edge = Edge()
    edge.clock.advance(2)

    edge.front.report(CaptureStarted(session=SessionId("unknown")))

    (entry,) = edge.exchange.entries(Kind.REPORT)
    assert entry.at == START + 2 * SECOND


# The timer.


def test_without_a_deadline_no_timer_runs() -> None:
    edge = Edge()
    edge.open("7001").feed(make("7001", "7002"))

    assert edge.reactor.getDelayedCalls() == []
    edge.clock.advance(3600)
    assert not edge.front.overdue()


def test_a_deadline_arms_the_timer_and_happens_at_its_instant() -> None:
    edge = Edge(dn={"7002": {"answer_after": 2.0}})
    connection = edge.open("7001")
    connection.feed(make("7001", "7002"))
    connection.take()

    edge.clock.advance(1.999999)
    assert connection.take() == []
    edge.clock.advance(0.000001)

    assert connection.take() == ["EventEstablished"]


def test_an_earlier_deadline_moves_the_timer_forward() -> None:
    edge = Edge(dn={"7002": {"answer_after": 5.0}, "7003": {"answer_after": 1.0}})
    connection = edge.open("7001")
    connection.feed(make("7001", "7002"))
    connection.feed(make("7001", "7003"))
    connection.take()

    edge.clock.advance(1)
    assert connection.take() == ["EventEstablished"]
    edge.clock.advance(4)
    assert connection.take() == ["EventEstablished"]


def test_a_later_deadline_waits_for_its_turn() -> None:
    edge = Edge(dn={"7002": {"answer_after": 1.0}, "7003": {"answer_after": 5.0}})
    connection = edge.open("7001")
    connection.feed(make("7001", "7002") + make("7001", "7003"))
    connection.take()

    edge.clock.advance(10)

    assert connection.take() == ["EventEstablished"] * 2
    times = [entry.at for entry in edge.exchange.entries(Kind.EVENT)][-2:]
    assert times == [START + SECOND, START + 5 * SECOND]


def test_a_deadline_of_now_happens_on_the_next_turn() -> None:
    edge = Edge(dn={"7002": {"answer_after": 0.0}})
    connection = edge.open("7001")

    connection.feed(make("7001", "7002"))

    assert connection.take() == ["EventDialing"]
    assert edge.front.overdue()
    edge.turn()
    assert connection.take() == ["EventEstablished"]
    assert not edge.front.overdue()


def test_a_command_from_inside_arms_the_timer_too() -> None:
    edge = Edge(dn={"7002": {"answer_after": 1.0}})
    connection = edge.open("7002")
    edge.front.perform(MakeCall(dn=Dn("7001"), to="7002"))

    edge.clock.advance(1)

    assert connection.take() == ["EventRinging", "EventEstablished"]


def test_keep_alive_polls_and_drops_by_the_timer() -> None:
    edge = Edge()
    connection = edge.open()
    connection.feed(encode_addp("I", (1000).to_bytes(3, "big")))
    connection.take()

    edge.clock.advance(1)
    assert connection.take() == ["ADDP P"]
    edge.clock.advance(1)
    assert connection.closed


def test_a_deadline_that_no_longer_applies_does_nothing() -> None:
    edge = Edge(dn={"7002": {"answer_after": 1.0}})
    connection = edge.open("7001")
    connection.feed(make("7001", "7002"))
    (call,) = edge.exchange.switch.views()
    connection.feed(frame(RequestReleaseCall(this_dn="7001", conn_id=call.conn_id)))
    connection.take()

    edge.clock.advance(2)

    assert connection.take() == []


def test_a_bug_at_a_deadline_does_not_stop_the_timer() -> None:
    edge = Edge(dn={"7002": {"answer_after": 1.0}, "7003": {"answer_after": 2.0}})
    connection = edge.open("7001")
    connection.feed(make("7001", "7002") + make("7001", "7003"))
    connection.take()
    good = edge.exchange.desk
    edge.exchange.hub._desk = BrokenDesk("notice")  # type: ignore[assignment]
    edge.clock.advance(1)
    edge.exchange.hub._desk = good

    edge.clock.advance(1)

    assert connection.take()[-2:] == ["EventEstablished"]
    (bug,) = edge.exchange.entries(Kind.BUG)
    assert (bug.client, bug.at) == (0, START + SECOND)


def test_stopping_closes_every_connection_and_the_timer() -> None:
    edge = Edge(dn={"7002": {"answer_after": 1.0}})
    connections = [edge.open("7001"), edge.open()]
    connections[0].feed(make("7001", "7002"))
    connections[0].take()

    edge.front.stop()
    edge.clock.advance(10)

    assert all(connection.closed for connection in connections)
    assert connections[0].take() == []
