"""The book of faults: whom they strike, how often, and what goes out when."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibproto.codec import encode
from tlibproto.framing import FrameDecoder, encode_frame
from tlibproto.messages import EventACK, EventRinging, Message, RequestMakeCall
from tlibproto.vocabulary import Dn
from tlibsim.faults import FaultBook, FaultError, fault_of
from tlibsim.faults.book import MOST_FAULTS, Ending
from tlibsim.ports.media import Instant

DESK = 1
SECOND = 1_000_000


def ringing(number: int = 1, dn: str = "7001") -> EventRinging:
    return EventRinging(this_dn=Dn(dn), event_sequence_number=number)


def frame(message: Message) -> bytes:
    return encode_frame(encode(message))


class Line:
    """One client's side of a book: what came, and when."""

    def __init__(self, *faults: dict, seed: int = 1) -> None:
        self.book = FaultBook(Random(seed))
        for fault in faults:
            self.book.add(fault_of(fault), Instant(0))
        self.came: list[tuple[int, bytes]] = []
        self.endings: list[Ending] = []

    def send(self, message: Message, now: int = 0, client: int = DESK) -> None:
        self._take(self.book.send(client, "desk", message, frame(message), Instant(now)), now)

    def until(self, end: int) -> None:
        while (due := self.book.next_deadline()) is not None and due <= end:
            for _, sent in self.book.due(due):
                self._take((sent,), due)

    def _take(self, sents, now: int) -> None:
        for sent in sents:
            if sent.data:
                self.came.append((now, sent.data))
            if sent.ending:
                self.endings.append(sent.ending)

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.came)


def test_without_faults_the_book_is_not_active():
    assert not FaultBook(Random(1)).active


def test_a_dropped_message_never_comes_and_others_do():
    line = Line({"kind": "drop", "event": "EventRinging"})
    line.send(ringing())
    line.send(EventACK())
    assert line.data == frame(EventACK())


def test_a_fault_strikes_only_the_clients_dns_and_messages_of_its_scope():
    line = Line({"kind": "drop", "client": "des*", "dn": "7001", "event": "Ringing"})
    line.send(ringing(dn="7002"))
    assert line.data == frame(ringing(dn="7002"))
    line.send(ringing(dn="7001"))
    assert line.data == frame(ringing(dn="7002"))
    other = line.book.send(2, "mon", ringing(), frame(ringing()), Instant(0))
    assert b"".join(one.data for one in other) == frame(ringing())


def test_a_count_ends_a_fault():
    line = Line({"kind": "drop", "count": 2})
    for number in range(4):
        line.send(ringing(number))
    assert line.data == frame(ringing(2)) + frame(ringing(3))
    assert line.book.listed(Instant(0)) == []


def test_only_the_nth_is_struck():
    line = Line({"kind": "drop", "nth": 2})
    for number in range(3):
        line.send(ringing(number))
    assert line.data == frame(ringing(0)) + frame(ringing(2))


def test_the_first_ones_are_passed_over():
    line = Line({"kind": "drop", "skip": 2})
    for number in range(3):
        line.send(ringing(number))
    assert line.data == frame(ringing(0)) + frame(ringing(1))


def test_a_fault_ends_with_its_time():
    line = Line({"kind": "drop", "for": "90s"})
    line.send(ringing(1), now=89 * SECOND)
    line.send(ringing(2), now=90 * SECOND)
    assert line.data == frame(ringing(2))


def test_a_delayed_message_holds_up_what_follows_it():
    line = Line({"kind": "delay", "event": "EventACK", "delay": "8s"})
    line.send(EventACK(), now=0)
    line.send(ringing(), now=SECOND)
    assert line.came == []
    line.until(8 * SECOND)
    assert line.came == [(8 * SECOND, frame(EventACK())), (8 * SECOND, frame(ringing()))]


def test_jitter_never_changes_the_order():
    line = Line({"kind": "delay", "delay": "10ms", "jitter": "50ms"})
    for number in range(20):
        line.send(ringing(number), now=number * 1000)
    line.until(10 * SECOND)
    assert line.data == b"".join(frame(ringing(number)) for number in range(20))


def test_a_duplicate_comes_twice():
    line = Line({"kind": "duplicate", "event": "EventACK"})
    line.send(EventACK())
    assert line.data == frame(EventACK()) * 2


def test_a_reordered_message_comes_after_the_next():
    line = Line({"kind": "reorder", "nth": 1})
    line.send(ringing(1))
    line.send(ringing(2))
    assert line.data == frame(ringing(2)) + frame(ringing(1))


def test_a_sequence_gap_stays():
    line = Line({"kind": "sequence-gap", "nth": 2, "amount": 5})
    for number in (1, 2, 3):
        line.send(ringing(number))
    assert line.data == frame(ringing(1)) + frame(ringing(7)) + frame(ringing(8))


def test_a_slice_comes_in_pieces_at_their_times():
    line = Line({"kind": "slice", "amount": 10, "delay": "1ms", "nth": 1})
    line.send(ringing())
    line.until(SECOND)
    assert line.data == frame(ringing())
    assert all(len(data) <= 10 for _, data in line.came)
    assert [at for at, _ in line.came] == [1000 * n for n in range(len(line.came))]


def test_bandwidth_spreads_messages_over_time():
    size = len(frame(ringing()))
    line = Line({"kind": "bandwidth", "amount": size})
    for _ in range(3):
        line.send(ringing())
    line.until(10 * SECOND)
    assert [at for at, _ in line.came] == [0, SECOND, 2 * SECOND]


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("close", Ending.CLOSE), ("reset", Ending.RESET), ("half-close", Ending.HALF_CLOSE)],
)
def test_an_ending_comes_after_the_message(kind: str, ending: Ending):
    line = Line({"kind": kind, "event": "EventRinging"})
    line.send(EventACK())
    assert line.endings == []
    line.send(ringing())
    assert line.endings == [ending]
    assert line.data == frame(EventACK()) + frame(ringing())


def test_a_request_fails_as_often_as_asked():
    book = FaultBook(Random(1))
    book.add(
        fault_of({"kind": "error", "request": "RequestMakeCall", "code": 93, "count": 1}),
        Instant(0),
    )
    fault = book.request(DESK, "desk", RequestMakeCall(), Instant(0))
    assert fault is not None
    assert fault.code == 93
    assert book.request(DESK, "desk", RequestMakeCall(), Instant(0)) is None


def test_what_a_client_that_left_was_to_get_is_forgotten():
    line = Line({"kind": "delay", "delay": 5})
    line.send(ringing())
    line.book.forget(DESK)
    line.until(10 * SECOND)
    assert line.came == []


def test_a_line_that_holds_too_much_is_reset():
    line = Line({"kind": "delay", "delay": "1h"})
    big = EventRinging(this_dn=Dn("7" * 60_000))
    for _ in range(300):
        line.send(big)
        if line.endings:
            break
    assert line.endings == [Ending.RESET]


def test_faults_are_bounded_and_cleared_by_name_or_number():
    book = FaultBook(Random(1))
    for number in range(MOST_FAULTS):
        book.add(fault_of({"kind": "drop", "name": f"f{number}"}), Instant(0))
    with pytest.raises(FaultError, match="clear some"):
        book.add(fault_of({"kind": "drop"}), Instant(0))
    assert book.clear("f3") == 1
    assert book.clear("1") == 1
    assert book.clear() == MOST_FAULTS - 2
    assert not book.active


kinds = st.sampled_from(
    [
        {"kind": "delay", "delay": "5ms", "jitter": "9ms", "probability": "50%"},
        {"kind": "duplicate", "probability": 0.3},
        {"kind": "slice", "amount": 3, "delay": "1ms"},
        {"kind": "bandwidth", "amount": 5000},
        {"kind": "stall", "delay": "20ms", "probability": 0.2},
    ]
)


@given(
    st.lists(kinds, max_size=4), st.lists(st.integers(0, 50), max_size=20), st.integers(0, 9)
)
def test_faults_of_time_and_size_lose_nothing_and_keep_the_order(faults, gaps, seed):
    line = Line(*faults, seed=seed)
    now = 0
    for number, gap in enumerate(gaps):
        now += gap * 1000
        line.until(now)
        line.send(ringing(number), now=now)
    line.until(10**12)
    came = list(FrameDecoder().feed(line.data))
    kept = list(dict.fromkeys(came))
    assert kept == [encode(ringing(number)) for number in range(len(gaps))]


@given(st.lists(kinds, max_size=3), st.integers(0, 5))
def test_equal_seeds_give_equal_faults(faults, seed):
    runs = []
    for _ in range(2):
        line = Line(*faults, {"kind": "corrupt", "probability": 0.5}, seed=seed)
        for number in range(5):
            line.send(ringing(number))
        line.until(10**12)
        runs.append(line.came)
    assert runs[0] == runs[1]
