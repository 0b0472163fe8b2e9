"""The folder of snapshots: whole files, and names that never lead out of it."""

from pathlib import Path

import pytest

from tlibsim.snapshots import store as store_module
from tlibsim.snapshots.errors import NoSnapshotError, SnapshotError
from tlibsim.snapshots.store import Store, WrongNameError


def test_what_was_written_is_read_listed_and_removed(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "folder")
    assert list(store.listed()) == []
    store.write("b", {"x": [1]})
    store.write("a.1_-", {})
    assert [one.name for one in store.listed()] == ["a.1_-", "b"]
    assert store.read("b") == {"x": [1]}
    store.remove("b")
    assert [one.name for one in store.listed()] == ["a.1_-"]


def test_one_of_the_same_name_is_replaced_and_nothing_is_left_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write("a", {"x": 1})
    store.write("a", {"x": 2})
    assert store.read("a") == {"x": 2}
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../x",
        "a/b",
        "/etc/passwd",
        ".hidden",
        "-x",
        "a\0b",
        "ä",
        "a b",
        "x" * 65,
        "a\n",
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(WrongNameError, match="is no name of a snapshot"):
        store.write(name, {})
    with pytest.raises(WrongNameError):
        store.read(name)
    with pytest.raises(WrongNameError):
        store.remove(name)
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_file_elsewhere_is_no_snapshot(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.json").symlink_to(other)
    store = Store(folder)
    assert list(store.listed()) == []
    with pytest.raises(NoSnapshotError):
        store.read("link")
    store.write("link", {"x": 1})
    assert other.read_text(encoding="utf-8") == "{}"


def test_a_name_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(NoSnapshotError, match="no snapshot 'x'; there are: none"):
        store.read("x")
    store.write("a", {})
    store.write("b", {})
    with pytest.raises(NoSnapshotError, match="no snapshot 'x'; there are: a, b"):
        store.remove("x")


@pytest.mark.parametrize("text", ["", "{", "\udcff", "[" * 100_000])
def test_a_broken_file_is_told_with_its_path(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SnapshotError, match=r"a\.json: is no JSON document"):
        Store(tmp_path).read("a")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SnapshotError, match="cannot be written"):
        Store(tmp_path / "file").write("a", {})


def test_sizes_and_numbers_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.write("a", {})
    monkeypatch.setattr(store_module, "MOST_SNAPSHOTS", 1)
    store.write("a", {"x": 1})
    with pytest.raises(SnapshotError, match="there are 1 snapshots already"):
        store.write("b", {})
    monkeypatch.setattr(store_module, "MOST_BYTES", 10)
    with pytest.raises(SnapshotError, match="it would take"):
        store.write("a", {"x": "y" * 20})
    (tmp_path / "a.json").write_text(" " * 20, encoding="utf-8")
    with pytest.raises(SnapshotError, match="is longer than 10 bytes"):
        store.read("a")
