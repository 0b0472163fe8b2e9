"""Watching a file: whatever an editor does to it is seen, once it has done."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from tlibsim.net.watching import LOOK_EVERY_S, FileWatch, signature


class Watched:
    """A file that is watched; ``seen`` are its contents whenever it was told to have changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reactor = Clock()
        self.seen: list[str] = []
        path.write_text("one")
        self.watch = FileWatch(
            self.reactor,  # type: ignore[arg-type]  # Twisted's clock is one
            path,
            lambda: self.seen.append(path.read_text()),
            seen=signature(path),
        )
        self.watch.start()

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.reactor.advance(LOOK_EVERY_S)

    def save_by_rename(self, text: str) -> None:
        """As most editors save: beside, and then in its place."""
        beside = self.path.with_name("beside")
        beside.write_text(text)
        beside.replace(self.path)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path / "tlibsim.yaml")
    yield made
    made.watch.stop()
    assert made.reactor.getDelayedCalls() == []


def test_a_file_that_nobody_touches_is_not_told(file: Watched) -> None:
    file.look(20)

    assert file.seen == []


def test_a_file_that_was_written_in_place_is_told_once(file: Watched) -> None:
    file.path.write_text("other")
    file.look(20)

    assert file.seen == ["other"]


def test_a_file_that_was_replaced_is_told_once(file: Watched) -> None:
    file.save_by_rename("two")
    file.look(20)

    assert file.seen == ["two"]


def test_a_file_of_the_same_size_and_time_that_was_replaced_is_told(file: Watched) -> None:
    before = file.path.stat()
    file.save_by_rename("eno")
    os.utime(file.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    file.look(2)

    assert file.seen == ["eno"]


def test_a_file_that_is_still_being_written_is_left_alone(file: Watched) -> None:
    with file.path.open("w") as stream:
        for part in ("dns:\n", "  7001: {}\n", "  7002: {}\n"):
            stream.write(part)
            stream.flush()
            file.look()
            assert file.seen == []
    file.look(2)

    assert file.seen == ["dns:\n  7001: {}\n  7002: {}\n"]


def test_a_file_that_vanishes_for_a_moment_is_told_when_it_is_back(file: Watched) -> None:
    file.path.unlink()
    file.look(10)
    assert file.seen == []

    file.path.write_text("back")
    file.look(2)

    assert file.seen == ["back"]


def test_a_link_that_leads_to_another_file_is_told(tmp_path: Path) -> None:
    """As a folder of settings is exchanged in a container."""
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    link = tmp_path / "tlibsim.yaml"
    link.symlink_to("a")
    reactor, seen = Clock(), list[str]()
    watch = FileWatch(
        reactor,  # type: ignore[arg-type]  # Twisted's clock is one
        link,
        lambda: seen.append(link.read_text()),
        seen=signature(link),
    )
    watch.start()

    beside = tmp_path / "beside"
    beside.symlink_to("b")
    beside.replace(link)
    reactor.pump([LOOK_EVERY_S] * 3)

    assert seen == ["two"]


def test_a_change_before_the_first_look_is_told(tmp_path: Path) -> None:
    """Between the reading of the file and the start of the watch lies the start of a program."""
    path = tmp_path / "tlibsim.yaml"
    path.write_text("one")
    before = signature(path)
    path.write_text("three")
    reactor, seen = Clock(), list[str]()
    watch = FileWatch(
        reactor,  # type: ignore[arg-type]  # Twisted's clock is one
        path,
        lambda: seen.append(path.read_text()),
        seen=before,
    )
    watch.start()
    reactor.pump([LOOK_EVERY_S] * 3)

    assert seen == ["three"]


def test_what_goes_wrong_in_a_reading_does_not_end_the_watch(file: Watched) -> None:
    path, seen = file.path, file.seen

    def fails() -> None:
        seen.append(path.read_text())
        raise ValueError("half a file")

    watch = FileWatch(
        file.reactor,  # type: ignore[arg-type]  # Twisted's clock is one
        path,
        fails,
        seen=signature(path),
    )
    file.watch.stop()
    watch.start()
    path.write_text("half")
    file.look()
    with pytest.raises(ValueError, match="half a file"):
        file.look()
    path.write_text("whole")
    file.look()
    with pytest.raises(ValueError, match="half a file"):
        file.look()
    watch.stop()

    assert seen == ["half", "whole"]
