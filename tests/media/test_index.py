"""The index: what it finds, who may read it when, and what happens when it is damaged."""

import json
import logging
import sqlite3

import pytest

from tests.media.bench import AGENT, CUSTOMER, START, Recorder, after, order
from tlibsim.media.database import DatabaseUnusableError
from tlibsim.media.entries import RecordingQuery, entry_of
from tlibsim.media.index import (
    DATABASE,
    INDEX_NAME,
    open_index,
    read_index,
)
from tlibsim.media.index_writer import IndexWriter
from tlibsim.media.metadata import Metadata, MetadataError, RecordingState, write_document
from tlibsim.media.settings import Codec, FileSettings, PauseGap
from tlibsim.ports.media import MediaParty, Revision, SessionId


def document(name="a", *, state=RecordingState.ENDED, ended_at=None, **changes):
    return Metadata(
        order=order(**changes),
        name=name,
        codec=Codec.MULAW,
        pause_gap=PauseGap.SILENCE,
        state=state,
        ended_at=after(60) if ended_at is None else ended_at,
    ).document()


def party(dn):
    return MediaParty(dn=dn, source=AGENT.source, started_at=START)


LIBRARY = [
    document("a"),
    document(
        "b",
        at=after(100),
        ended_at=after(160),
        call_uuid="UUID-B",
        conn_id="00710000000000ab",
        record_id="rec-b",
        record_dn="7002",
        parties=(party("7002"), party("7003")),
        details={"agent_id": "1002", "other-dn": "5001"},
    ),
    document("c", at=after(200), ended_at=after(260), state=RecordingState.FAILED, details={}),
]


@pytest.fixture
def index(tmp_path):
    index = open_index(tmp_path)
    index.put(LIBRARY)
    yield index
    index.close()


def found(index, **query):
    return [entry.name for entry in index.search(RecordingQuery(**query))]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["c", "b", "a"]),
        ({"limit": 2}, ["c", "b"]),
        ({"call": "00710000000000AB"}, ["b"]),
        ({"call": "UUID-B"}, ["b"]),
        ({"call": "rec-b"}, ["b"]),
        ({"call": "a"}, ["a"]),
        ({"call": "rec-*"}, ["c", "b", "a"]),
        ({"call": "rec_b"}, []),
        ({"call": "rec%"}, []),
        ({"call": "rec_*"}, []),
        ({"dn": "7002"}, ["b"]),
        ({"dn": "7003"}, ["b"]),
        ({"dn": "8001"}, []),
        ({"number": "8001"}, ["a"]),
        ({"number": "5001"}, ["b"]),
        ({"number": "4155550100"}, ["c", "a"]),
        ({"number": "415*"}, ["c", "a"]),
        ({"agent": "1001"}, ["a"]),
        ({"agent": "1002"}, ["b"]),
        ({"state": "failed"}, ["c"]),
        ({"since_us": after(160)}, ["c", "b"]),
        ({"since_us": after(161)}, ["c"]),
        ({"until_us": after(100)}, ["b", "a"]),
        ({"since_us": after(50), "until_us": after(55)}, ["a"]),
        ({"dn": "7001", "state": "ended", "agent": "1001"}, ["a"]),
        ({"dn": "7001' OR '1'='1"}, []),
        ({"agent": "\udcff"}, []),
    ],
    ids=str,
)
def test_a_search_finds_what_fits_every_filter_latest_first(index, query, names):
    assert found(index, **query) == names


def test_an_entry_gives_back_all_metadata(index):
    (entry,) = index.search(RecordingQuery(call="b"))
    assert entry.document == LIBRARY[1]
    assert (entry.agent, entry.dns) == ("1002", ("7002", "7003"))
    assert entry.numbers == ("7002", "7003", "5001")


def test_a_recording_that_lasts_fits_any_time_after_its_start(index):
    running = document("d", at=after(10)) | {"ended_us": None, "ended": None}
    index.put([running])
    assert "d" in found(index, since_us=after(10_000))


def test_a_new_entry_of_the_same_name_replaces_the_old_one_and_its_numbers(index):
    index.put([document("a", parties=(party("7009"),), details={})])
    assert found(index, number="4155550100") == ["c"]
    assert found(index, dn="7009") == ["a"]
    index.remove(["a"])
    assert found(index, dn="7009") == []
    assert index.names() == {"b", "c"}
    assert index.names(["failed"]) == {"c"}


@pytest.mark.parametrize(
    "change",
    [{"details": 3}, {"name": None}, {"conn_id": 7}, {"started_us": "x"}, {"duration_ms": 1.5}],
    ids=str,
)
def test_metadata_of_the_wrong_kind_are_refused(change):
    with pytest.raises(MetadataError):
        entry_of(document() | change)


def test_the_index_follows_a_recording_from_its_start(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path))

    def states(**query):
        index, complaint = read_index(tmp_path)
        assert complaint == ""
        entries = list(index.search(RecordingQuery(**query)))
        index.close()
        return [entry.state for entry in entries]

    recorder.backend.start(order())
    recorder.write()
    assert states(call="0071000000000001") == ["recording"]
    recorder.backend.pause(SessionId("s1"), after(1))
    recorder.write()
    assert states(dn="7001") == ["paused"]
    parties = (AGENT, CUSTOMER, party("7002"))
    recorder.backend.revise(Revision(session=SessionId("s1"), at=after(2), parties=parties))
    recorder.write()
    assert states(dn="7002") == ["paused"]
    recorder.advance(3)
    recorder.stop()
    assert states(dn="7002", number="8001", agent="1001", state="ended") == ["ended"]
    recorder.close()


def test_a_reader_in_the_middle_of_reading_never_holds_the_writer_up(tmp_path):
    writer = IndexWriter(tmp_path)
    writer.put(document("a"))
    writer.put(document("b"))
    writer.commit()
    reader, _ = read_index(tmp_path)
    rows = reader.search(RecordingQuery())
    assert next(rows).name == "a"
    writer.put(document("c"))
    writer.commit()
    assert writer.problem == ""
    assert [entry.name for entry in rows] == ["b"]
    assert found(reader) == ["a", "b", "c"]
    reader.close()
    writer.close()


def test_what_cannot_be_written_waits_until_it_can(tmp_path, caplog):
    writer = IndexWriter(tmp_path)
    writer.put(document("a"))
    writer.commit()
    intruder = sqlite3.connect(tmp_path / INDEX_NAME, isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    writer.put(document("b"))
    with caplog.at_level(logging.WARNING):
        writer.commit()
        writer.commit()
    assert "completed later" in writer.problem
    assert len(caplog.records) == 1
    intruder.rollback()
    intruder.close()
    writer.commit()
    assert writer.problem == ""
    writer.close()
    index, _ = read_index(tmp_path)
    assert found(index) == ["a", "b"]
    index.close()


def make_foreign(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE music (title TEXT)")
    connection.close()


def make_old(path):
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {0x544C5352}")
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def make_cut(path):
    open_index(path.parent).close()
    path.write_bytes(path.read_bytes()[:5000])


DAMAGES = {
    "is damaged": lambda path: path.write_bytes(b"no database at all" * 100),
    "is not an index": make_foreign,
    "version 99": make_old,
    "damaged": make_cut,
}


@pytest.mark.parametrize("word", DAMAGES)
def test_a_damaged_or_strange_index_is_moved_aside_and_made_anew(tmp_path, word, caplog):
    write_document(tmp_path, "a", document("a"))
    path = tmp_path / INDEX_NAME
    DAMAGES[word](path)
    content = path.read_bytes()
    with pytest.raises(DatabaseUnusableError, match=word):
        open_index(tmp_path)
    writer = IndexWriter(tmp_path)
    with caplog.at_level(logging.WARNING):
        writer.put(document("b"))
        writer.commit()
    writer.close()
    assert writer.problem == ""
    assert word in caplog.text
    assert (tmp_path / (INDEX_NAME + ".broken")).read_bytes() == content
    index, complaint = read_index(tmp_path)
    assert complaint == ""
    assert found(index) == ["a", "b"]
    index.close()


@pytest.mark.parametrize("word", DAMAGES)
def test_a_reader_uses_the_metadata_instead_and_changes_nothing(tmp_path, word):
    write_document(tmp_path, "a", document("a"))
    path = tmp_path / INDEX_NAME
    DAMAGES[word](path)
    content = path.read_bytes()
    index, complaint = read_index(tmp_path)
    assert word in complaint
    assert "metadata" in complaint
    assert found(index) == ["a"]
    index.close()
    assert path.read_bytes() == content


def test_an_index_damaged_while_it_is_used_is_made_anew(tmp_path):
    write_document(tmp_path, "a", document("a"))
    writer = IndexWriter(tmp_path)
    writer.put(document("b"))
    writer.commit()
    write_document(tmp_path, "b", document("b"))
    (tmp_path / (INDEX_NAME + "-wal")).unlink()
    (tmp_path / INDEX_NAME).write_bytes(b"\0" * 8192)
    writer._drop()
    writer.put(document("c"))
    writer.commit()
    writer.close()
    index, _ = read_index(tmp_path)
    assert found(index) == ["a", "b", "c"]
    index.close()


def test_older_wrecks_are_kept(tmp_path):
    for _ in range(2):
        (tmp_path / INDEX_NAME).write_bytes(b"x")
        DATABASE.move_aside(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [INDEX_NAME + ".broken", INDEX_NAME + ".broken-2"]


def test_a_directory_of_copied_recordings_needs_no_index(tmp_path):
    write_document(tmp_path, "a", document("a"))
    index, complaint = read_index(tmp_path)
    assert (found(index), complaint) == (["a"], "")
    index.close()
    assert not (tmp_path / INDEX_NAME).exists()


def test_a_start_brings_the_index_in_line_with_the_files(tmp_path):
    writer = IndexWriter(tmp_path)
    writer.put(document("gone"))
    writer.commit()
    write_document(tmp_path, "new", document("new"))
    (tmp_path / "other.json").write_text(json.dumps({"format": "something else"}))
    writer.reconcile()
    writer.close()
    index, _ = read_index(tmp_path)
    assert found(index) == ["new"]
    index.close()
