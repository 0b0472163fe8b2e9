"""The journal: numbered, in order, bounded, with listeners."""

import pytest

from tests.session.exchange import Exchange
from tlibproto.messages import EventDialing, RequestMakeCall, RequestRegisterClient
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.ports.media import Instant

NOW = Instant(1_700_000_000_000_000)


def test_entries_are_numbered_in_their_order() -> None:
    journal = Journal(10)
    journal.note(Kind.CONNECTED, NOW, 1, "peer")
    journal.note(Kind.REQUEST, Instant(NOW + 5), 1, "request", "for people")

    assert list(journal) == [
        Entry(1, NOW, Kind.CONNECTED, 1, "peer", ""),
        Entry(2, Instant(NOW + 5), Kind.REQUEST, 1, "request", "for people"),
    ]


def test_the_oldest_entries_go_first_and_numbers_go_on() -> None:
    journal = Journal(3)
    for subject in range(10):
        journal.note(Kind.FACT, NOW, 0, subject)

    assert len(journal) == 3
    assert [(entry.number, entry.subject) for entry in journal] == [(8, 7), (9, 8), (10, 9)]


def test_it_can_be_written_while_somebody_reads() -> None:
    journal = Journal(100)
    journal.note(Kind.FACT, NOW, 0, "first")

    for entry in journal:
        journal.note(Kind.FACT, NOW, 0, entry.subject)

    assert len(journal) == 2


def test_a_listener_gets_the_entries_of_its_kinds_and_no_others() -> None:
    journal = Journal(100)
    heard: list[Entry] = []
    journal.listen(heard.append, Kind.REFUSAL, Kind.BUG)

    for kind in Kind:
        journal.note(kind, NOW, 7, kind.value)

    assert [entry.kind for entry in heard] == [Kind.REFUSAL, Kind.BUG]


def test_several_listeners_hear_in_the_order_in_which_they_came() -> None:
    journal = Journal(100)
    heard: list[str] = []
    journal.listen(lambda _: heard.append("first"), Kind.FACT)
    journal.listen(lambda _: heard.append("second"), Kind.FACT)

    journal.note(Kind.FACT, NOW, 0, "x")

    assert heard == ["first", "second"]


def test_a_listener_also_hears_what_a_full_journal_forgets() -> None:
    journal = Journal(1)
    heard: list[object] = []
    journal.listen(lambda entry: heard.append(entry.subject), Kind.FACT)

    for subject in range(5):
        journal.note(Kind.FACT, NOW, 0, subject)

    assert heard == [0, 1, 2, 3, 4]


def test_a_bug_breaks_the_run_and_shows_where_it_is() -> None:
    journal = Journal(10)
    with pytest.raises(ZeroDivisionError) as caught:
        1 // 0

    journal.bug(NOW, 3, caught.value)

    assert journal.broken is True
    (entry,) = journal
    assert (entry.kind, entry.client, entry.subject) == (Kind.BUG, 3, caught.value)
    assert "1 // 0" in entry.detail
    assert "ZeroDivisionError" in entry.detail


def test_a_fresh_journal_is_not_broken_and_empty() -> None:
    journal = Journal(10)

    assert journal.broken is False
    assert len(journal) == 0


def test_what_there_is_no_more_room_for_goes_to_who_keeps_it() -> None:
    kept: list[Entry] = []
    journal = Journal(3, spill=kept.append)
    for subject in range(10):
        journal.note(Kind.FACT, NOW, 0, subject)

    assert [entry.subject for entry in kept] == list(range(7))
    assert [entry.subject for entry in journal] == [7, 8, 9]


def test_it_knows_the_names_of_the_clients_that_said_one() -> None:
    journal = Journal(2)
    for number, name in ((1, "desk"), (2, "wall"), (1, "desk again"), (3, "rec")):
        request = RequestRegisterClient(
            protocol_version="tserver protocol 4.2", application_name=name
        )
        journal.note(Kind.REQUEST, NOW, number, request)

    assert journal.names == {1: "desk again", 3: "rec"}


def test_who_listens_no_more_hears_no_more() -> None:
    journal = Journal(10)
    heard: list[object] = []

    def listener(entry: Entry) -> None:
        heard.append(entry.subject)
        journal.unlisten(listener)

    journal.listen(listener, Kind.FACT, Kind.EVENT)
    for subject in range(3):
        journal.note(Kind.FACT, NOW, 0, subject)

    assert heard == [0]


def test_a_cleared_journal_is_empty_and_numbers_go_on() -> None:
    journal = Journal(10)
    journal.bug(NOW, 0, ValueError("ours"))

    journal.clear()
    journal.note(Kind.FACT, NOW, 0, "next")

    assert journal.broken is False
    assert [entry.number for entry in journal] == [2]


def test_an_event_is_noted_with_who_got_it_and_who_asked_for_it() -> None:
    exchange = Exchange()
    desk, wall = exchange.open("7001", name="desk"), exchange.open("7001", name="wall")
    desk.ask(RequestMakeCall(this_dn="7001", other_dn="7002"))

    (dialing,) = [
        entry for entry in exchange.journal if isinstance(entry.subject, EventDialing)
    ]
    assert (dialing.kind, dialing.detail) == (Kind.EVENT, "7001")
    assert dialing.to == (desk.id, wall.id)
    assert dialing.client == desk.id
    assert dialing.reference is not None
