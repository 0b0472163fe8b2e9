"""Documents of runs in a project: whole, bounded, found by identifier only."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tlibsim.runs.document import MOST_ITEMS, Run
from tlibsim.runs.keeping import Keeper
from tlibsim.runs.store import FOLDER, RunStore, new_id, project_of

BEGUN = 1_767_225_600.0


def run(number: int = 0, **more: Any) -> Run:
    return Run(
        id=f"20260101-000000-{number:06x}",
        kind="scenario",
        title="t",
        of=2,
        begun=BEGUN,
        **more,
    )


def over(number: int = 0) -> Run:
    found = run(number)
    found.add({"id": "a", "status": "pass"})
    found.add({"id": "b", "status": "FAIL"})
    found.end(1, 1.23456, "2 scenarios: 1 pass, 1 FAIL")
    return found


def test_a_run_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    store.keep(over().document())

    assert store.one(over().id) == over().document()
    (head,) = store.heads()
    assert head == over().head()
    assert (head["started"], head["seconds"]) == ("2026-01-01T00:00:00.000Z", 1.235)
    assert head["counts"] == {"total": 2, "pass": 1, "fail": 1}


def test_the_newest_runs_are_kept_and_come_first(tmp_path: Path) -> None:
    store = RunStore(tmp_path, most=3)
    for number in range(5):
        store.keep(over(number).document())

    assert [head["id"][-1] for head in store.heads()] == ["4", "3", "2"]
    assert len(list((tmp_path / FOLDER).iterdir())) == 3


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "/etc/passwd", "20260101-000000-00000", "x\0", "a.json"]
)
def test_what_is_no_identifier_is_never_looked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / ".tlibsim" / "x.json").write_text("{}", encoding="utf-8")

    assert RunStore(tmp_path).one(name) is None


def test_a_link_to_elsewhere_is_no_run(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (tmp_path / "else.json").write_text(json.dumps(over().document()), encoding="utf-8")
    (folder / f"{over().id}.json").symlink_to(tmp_path / "else.json")

    assert RunStore(tmp_path).one(over().id) is None
    assert list(RunStore(tmp_path).heads()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "other"}'])
def test_a_file_that_is_no_run_is_left_out(tmp_path: Path, text: str) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / f"{over().id}.json").write_text(text, encoding="utf-8")

    assert list(RunStore(tmp_path).heads()) == []


def test_a_run_whose_program_is_gone_is_broken_off(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    store.keep(run(1).document())
    store.keep(run(2).document())
    gone = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(gone, 0)
    file = tmp_path / FOLDER / f"{run(2).id}.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**document, "pid": gone}), encoding="utf-8")

    lives, lost = store.one(run(1).id), store.one(run(2).id)
    assert lives is not None
    assert lost is not None
    assert (lives["state"], lives["verdict"]) == ("running", None)
    assert (lost["state"], lost["verdict"]) == ("over", "broken off")


def test_of_very_many_items_the_first_are_told_and_all_are_counted() -> None:
    found = run()
    for number in range(MOST_ITEMS + 5):
        found.add({"id": str(number), "status": "pass"})

    document = found.document()
    assert len(document["items"]) == MOST_ITEMS
    assert document["left_out"] == 5
    assert document["counts"]["pass"] == document["progress"]["done"] == MOST_ITEMS + 5


def test_a_place_without_room_for_it_spoils_no_run(tmp_path: Path) -> None:
    (tmp_path / ".tlibsim").write_text("a file", encoding="utf-8")
    keeper = Keeper(run(), RunStore(tmp_path))
    keeper.add({"id": "a", "status": "pass"})
    keeper.end(0, "done")

    assert list(RunStore(tmp_path).heads()) == []


def test_a_document_is_written_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    now = 0.0
    kept: list[int] = []

    class Counting(RunStore):
        def keep(self, document: dict[str, Any]) -> None:
            kept.append(len(document["items"]))

    keeper = Keeper(run(), Counting(tmp_path), seconds=lambda: now)
    for number in range(100):
        now = number * 0.01
        keeper.add({"id": str(number), "status": "pass"})
    keeper.end(0, "done")
    keeper.end(130, "again")

    assert kept == [0, 51, 100]
    assert keeper.run.exit_code == 0


def test_identifiers_sort_by_time_and_differ() -> None:
    first, second, later = new_id(BEGUN), new_id(BEGUN), new_id(BEGUN + 1)

    assert first != second
    assert max(first, second) < later
    assert first.startswith("20260101-000000-")


def test_the_project_of_a_place_is_the_nearest_folder_with_a_configuration(
    tmp_path: Path,
) -> None:
    inner = tmp_path / "mine" / "scenarios" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "mine" / "tlibsim.yaml").write_text("{}", encoding="utf-8")

    assert project_of(inner / "a.yaml") == (tmp_path / "mine").resolve()
    assert project_of(tmp_path) is None
