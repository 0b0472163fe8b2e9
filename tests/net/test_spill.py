"""The file behind the journal: what memory has no room for."""

from pathlib import Path

from tests.session.exchange import Exchange
from tlibsim.journal import Journal, Kind
from tlibsim.net.spill import SpillFile, history
from tlibsim.ports.media import Instant

NOW = Instant(1_700_000_000_000_000)


def journal_with(
    path: Path, capacity: int, most_bytes: int = 1_000_000
) -> tuple[Journal, SpillFile]:
    journal = Journal(capacity)
    return journal, SpillFile(path / "journal.jsonl", journal, most_bytes)


def noted(journal: Journal, count: int) -> None:
    for number in range(count):
        journal.note(Kind.CONNECTED, NOW, number + 1, "peer:1")


def test_nothing_is_written_while_memory_has_room(tmp_path: Path) -> None:
    journal, spill = journal_with(tmp_path, 10)
    noted(journal, 10)

    assert list(tmp_path.iterdir()) == []
    assert [one.number for one in history(journal, spill)] == list(range(1, 11))


def test_old_entries_are_read_from_the_file_before_those_in_memory(tmp_path: Path) -> None:
    journal, spill = journal_with(tmp_path, 3)
    noted(journal, 10)

    assert [one.number for one in spill.records()] == list(range(1, 8))
    assert [one.number for one in history(journal, spill)] == list(range(1, 11))


def test_the_files_are_bounded_and_the_oldest_entries_go_for_good(tmp_path: Path) -> None:
    journal, spill = journal_with(tmp_path, 3, most_bytes=1000)
    noted(journal, 500)
    spill.close()

    assert {one.name for one in tmp_path.iterdir()} <= {"journal.jsonl", "journal.jsonl.1"}
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 2500
    numbers = [one.number for one in history(journal, spill)]
    assert numbers == list(range(numbers[0], 501))


def test_a_disk_that_refuses_costs_old_entries_and_nothing_else(tmp_path: Path) -> None:
    journal = Journal(3)
    spill = SpillFile(tmp_path / "nowhere" / "journal.jsonl", journal, 1000)

    noted(journal, 10)

    assert "nowhere" in spill.failed
    assert [one.number for one in history(journal, spill)] == [8, 9, 10]


def test_messages_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    exchange = Exchange()
    exchange.journal.spill = None
    small = Journal(1)
    spill = SpillFile(tmp_path / "journal.jsonl", small, 1_000_000)
    exchange.open("7001")
    for entry in exchange.journal:
        small.note(entry.kind, entry.at, entry.client, entry.subject, entry.detail, entry.to)

    names = [one.name for one in spill.records()]

    assert "RequestRegisterAddress" in names
    assert "EventLinkConnected" in names


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    journal, spill = journal_with(tmp_path, 1)
    noted(journal, 3)
    spill.close()
    with spill.path.open("a", encoding="utf-8") as file:
        file.write('{"n": 3, "t": "2026')

    assert [one.number for one in spill.records()] == [1, 2]
