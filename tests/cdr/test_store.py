"""The store of call detail records: search, bounds, crashes, damage; and JSON lines beside it."""

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from tlibsim.cdr.lines import JsonLines
from tlibsim.cdr.store import (
    DATABASE,
    STORE_NAME,
    Query,
    Row,
    Store,
    open_store,
    read_store,
)
from tlibsim.media.database import DatabaseUnusableError


def document(number: int, **more: Any) -> dict[str, Any]:
    values = {
        "key": f"run.{number:016x}",
        "kind": "call",
        "state": "ended",
        "conn_id": f"{number:016x}",
        "call_uuid": f"UUID{number}",
        "started_us": 1000 * number,
        "ended_us": 1000 * number + 500,
    }
    return values | more


def row(number: int, **more: Any) -> Row:
    numbers = more.pop("numbers", ("7001",))
    name, file_name = more.pop("name", ""), more.pop("file_name", "")
    return Row(
        document=document(number, **more),
        run=more.get("run", "run"),
        numbers=numbers,
        name=name,
        file_name=file_name,
        trace=more.get("trace"),
    )


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = open_store(tmp_path)
    yield store
    store.close()


def found(store: Store, **wanted: Any) -> list[int]:
    return [int(one["conn_id"], 16) for one in store.search(Query(**wanted))]


def test_records_come_back_whole_and_the_latest_first(store: Store) -> None:
    store.put([row(1), row(2, cause="x")])

    assert [one["key"] for one in store.search(Query())] == [
        f"run.{2:016x}",
        f"run.{1:016x}",
    ]
    assert next(store.search(Query(limit=1)))["cause"] == "x"


def test_a_record_that_is_put_again_takes_the_place_of_the_first(store: Store) -> None:
    store.put([row(1, state="live", numbers=("7001",))])
    store.put([row(1, numbers=("7002",))])

    assert found(store) == [1]
    assert found(store, number="7001") == []
    assert found(store, number="7002") == [1]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"call": "0000000000000001"}, [1]),
        ({"call": "000000000000000A"}, [10]),
        ({"call": "UUID2"}, [2]),
        ({"call": "UUID*"}, [10, 3, 2, 1]),
        ({"call": "rec-3"}, [3]),
        ({"call": "file_3"}, [3]),
        ({"call": "file%3"}, []),
        ({"call": "run.0000000000000002"}, [2]),
        ({"number": "7002"}, [2]),
        ({"number": "700*"}, [10, 3, 2, 1]),
        ({"kind": "recording"}, [3]),
        ({"state": "live"}, [10]),
        ({"since_us": 2501}, [10, 3]),
        ({"until_us": 2000}, [2, 1]),
        ({"since_us": 1200, "until_us": 2100}, [2, 1]),
        ({"kind": "call", "number": "7001", "limit": 1}, [10]),
    ],
)
def test_every_filter_must_fit(
    store: Store, wanted: dict[str, Any], numbers: list[int]
) -> None:
    store.put(
        [
            row(1),
            row(2, numbers=("7001", "7002")),
            row(3, kind="recording", name="rec-3", file_name="file_3"),
            row(10, state="live", ended_us=None),
        ]
    )

    assert found(store, **wanted) == numbers


def test_text_that_no_database_takes_is_written_out(store: Store) -> None:
    store.put([row(1, call_uuid="\udcff", name="\udc80", numbers=("\udc81",))])

    assert found(store, call="\udcff") == [1]
    assert found(store, number="\udc81") == [1]


def test_a_trace_is_kept_with_its_record(store: Store) -> None:
    store.put([row(1, trace={"legs": [1]}), row(2)])

    assert store.trace(f"run.{1:016x}") == {"legs": [1]}
    assert store.trace(f"run.{2:016x}") is None


def test_the_oldest_records_are_forgotten_with_all_that_belongs_to_them(store: Store) -> None:
    store.put([row(number, trace={}) for number in range(1, 11)])

    assert store.prune(7) == 3
    assert found(store) == [10, 9, 8, 7, 6, 5, 4]
    assert store.trace(f"run.{1:016x}") is None
    assert found(store, number="7001") == [10, 9, 8, 7, 6, 5, 4]
    assert store.prune(0) == 0


def test_traces_are_kept_of_the_newest_recordings_only(store: Store) -> None:
    kinds = ["recording", "call", "recording", "recording"]
    store.put([row(number, kind=kind, trace={}) for number, kind in enumerate(kinds, start=1)])

    assert store.prune_traces(0) == 0
    store.prune_traces(2)

    kept = [number for number in range(1, 5) if store.trace(f"run.{number:016x}") is not None]
    assert kept == [3, 4]
    assert found(store) == [4, 3, 2, 1]


def test_what_another_run_left_unfinished_is_lost(store: Store) -> None:
    store.put(
        [
            row(1, state="live"),
            row(2, state="ended"),
            row(3, state="active", kind="recording", trace={"state": "active"}),
            row(4, state="live", run="mine"),
        ]
    )

    assert store.close_unfinished("mine", ("live", "active"), "crashed") == 2
    states = {int(one["conn_id"], 16): one["state"] for one in store.search(Query())}
    assert states == {1: "lost", 2: "ended", 3: "lost", 4: "live"}
    assert store.trace(f"run.{3:016x}") == {"state": "lost", "cause": "crashed"}
    assert found(store, state="lost") == [3, 1]


def test_one_reads_while_another_writes(store: Store, tmp_path: Path) -> None:
    store.put([row(1)])
    reader = read_store(tmp_path)
    store.put([row(2)])

    assert found(reader) == [2, 1]
    with pytest.raises(sqlite3.OperationalError):
        reader.put([row(3)])
    reader.close()


def test_without_a_store_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_store(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"no database at all, but long enough" * 10])
def test_a_damaged_store_is_said_to_be_and_can_be_put_aside(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / STORE_NAME).write_bytes(content)

    with pytest.raises(DatabaseUnusableError, match="damaged"):
        open_store(tmp_path)
    assert DATABASE.move_aside(tmp_path).read_bytes() == content
    open_store(tmp_path).close()


def test_the_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / STORE_NAME)
    connection.executescript("CREATE TABLE theirs (x)")
    connection.close()

    with pytest.raises(DatabaseUnusableError, match="is not a store"):
        open_store(tmp_path)


# -- JSON lines --------------------------------------------------------------------------------


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_each_record_is_one_line(tmp_path: Path) -> None:
    file = JsonLines(tmp_path, 0)

    file.append([{"a": "ä\n"}, {"b": 1}])
    file.append([{"c": 2}])

    assert lines(tmp_path / "cdr.jsonl") == [{"a": "ä\n"}, {"b": 1}, {"c": 2}]


def test_a_full_file_gives_way_to_a_new_one_and_only_one_is_kept(tmp_path: Path) -> None:
    file = JsonLines(tmp_path, 100)

    for number in range(30):
        file.append([{"number": number}])

    new, old = lines(tmp_path / "cdr.jsonl"), lines(tmp_path / "cdr-1.jsonl")
    numbers = [one["number"] for one in old + new]
    assert numbers == list(range(numbers[0], 30))
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 2


def test_a_line_that_a_crash_cut_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "cdr.jsonl").write_text('{"cut": ', encoding="ascii")

    JsonLines(tmp_path, 0).append([{"whole": 1}])

    text = (tmp_path / "cdr.jsonl").read_text(encoding="ascii")
    assert text.splitlines()[-1] == '{"whole": 1}'


def test_two_stores_may_be_used_on_two_threads(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    problems: list[Exception] = []

    def write(first: int) -> None:
        store = open_store(tmp_path)
        try:
            for number in range(first, first + 20):
                for _ in range(40):
                    try:
                        store.put([row(number)])
                        break
                    except sqlite3.OperationalError:
                        continue
        except sqlite3.Error as error:
            problems.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=write, args=(first,)) for first in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    reader = read_store(tmp_path)
    assert problems == []
    assert len(found(reader)) == 40
    reader.close()
