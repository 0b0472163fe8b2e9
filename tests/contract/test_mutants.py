"""The contract bites: every mistake of the reference recorder fails the check that is meant."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from tests.endtoend.programs import environment
from tlibsim.contract.runner import CHECKS
from tlibsim.testing.recorder.bugs import BUGS

SECONDS = 150


@pytest.fixture(scope="module")
def proofs() -> Mapping[str, Mapping[str, Any]]:
    """What the contract says of each mistake, and of the recorder without any ("")."""
    result = subprocess.run(
        [sys.executable, "-m", "tlibsim.testing.proving", "--json"],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=SECONDS,
        check=False,
    )
    assert result.stdout, result.stderr
    return {one["bug"]: one for one in json.loads(result.stdout)}


@pytest.mark.timeout(SECONDS + 10)
def test_the_reference_passes_every_check(proofs: Mapping[str, Mapping[str, Any]]):
    assert proofs[""]["failed"] == [], proofs[""]["reason"]


@pytest.mark.timeout(SECONDS + 10)
@pytest.mark.parametrize("bug", BUGS)
def test_the_check_that_is_meant_finds_the_mistake(
    proofs: Mapping[str, Mapping[str, Any]], bug: str
):
    assert proofs[bug]["failed"] == [BUGS[bug].check]
    assert proofs[bug]["reason"]


def test_there_are_at_least_forty_mistakes():
    assert len(BUGS) >= 40


def test_every_mistake_is_meant_for_a_check_and_most_checks_have_one():
    known = {check.id for check in CHECKS}
    meant = {bug.check for bug in BUGS.values()}
    assert meant <= known
    assert known - meant == {"R21", "R22"}
