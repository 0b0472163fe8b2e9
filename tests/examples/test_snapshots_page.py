"""The page about snapshots can be followed, and what it says of the API is so."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

from tests.examples.documents import ROOT
from tests.examples.guide import Guide
from tlibsim.console.api import Api
from tlibsim.snapshots.codec import MOST_OBJECTS
from tlibsim.snapshots.store import MOST_BYTES, MOST_SNAPSHOTS

PAGE = (ROOT / "docs" / "snapshots.md").read_text(encoding="utf-8")


@pytest.mark.timeout(200)
def test_it_can_be_followed(tmp_path: Path) -> None:
    guide = Guide(PAGE, tmp_path)
    try:
        guide.play()
    finally:
        guide.close()
    assert "tlibsim snapshot load mid-transfer" in guide.played


def test_its_table_is_that_of_the_api() -> None:
    table = set(
        re.findall(r"^\| (GET|POST|DELETE) \| `(/api/v1/snapshots\S*)` ", PAGE, re.MULTILINE)
    )
    endpoints = Api(cast(Any, None), "0").endpoints
    served = {(one.method, one.path) for one in endpoints if "/snapshots" in one.path}

    assert table == served


def test_its_bounds_are_those_of_the_program() -> None:
    assert f"{MOST_OBJECTS:,} objects" in PAGE
    assert f"{MOST_BYTES // 1024 // 1024} MB" in PAGE
    assert f"{MOST_SNAPSHOTS:,} snapshots" in PAGE
