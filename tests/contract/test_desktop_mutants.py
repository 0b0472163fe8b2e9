"""The desktop contract bites: every mistake of the reference desktop fails the check that is meant."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from tests.endtoend.programs import environment
from tlibsim.contract.desktop import DESKTOP
from tlibsim.testing.desktop.bugs import BUGS

SECONDS = 120


@pytest.fixture(scope="module")
def proofs() -> Mapping[str, Mapping[str, Any]]:
    """What the contract says of each mistake, and of the desktop without any ("")."""
    result = subprocess.run(
        [sys.executable, "-m", "tlibsim.testing.proving", "--desktop", "--json"],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=SECONDS,
        check=False,
    )
    assert result.stdout, result.stderr
    return {one["bug"]: one for one in json.loads(result.stdout)}


@pytest.mark.timeout(SECONDS + 10)
def test_the_reference_desktop_passes_every_check(proofs: Mapping[str, Mapping[str, Any]]):
    assert proofs[""]["failed"] == [], proofs[""]["reason"]


@pytest.mark.timeout(SECONDS + 10)
@pytest.mark.parametrize("bug", BUGS)
def test_the_check_that_is_meant_finds_the_mistake(
    proofs: Mapping[str, Mapping[str, Any]], bug: str
):
    assert proofs[bug]["failed"] == [BUGS[bug].check]
    assert proofs[bug]["reason"]


def test_every_check_has_a_mistake_that_it_must_find():
    assert {bug.check for bug in BUGS.values()} == {check.id for check in DESKTOP.checks}
