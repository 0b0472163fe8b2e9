"""The contract bites: every mistake of the reference recorder fails the check that is meant."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract.bench import Run, contract
from tlibsim.contract.runner import CHECKS
from tlibsim.testing.recorder.bugs import BUGS

AT_ONCE = 5


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """A run for each mistake, with the one check that must find it."""
    directory = tmp_path_factory.mktemp("mutants")

    def play(bug: str) -> Run:
        return contract(directory / bug, BUGS[bug].check, bug=bug)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(BUGS, pool.map(play, BUGS), strict=True))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("bug", BUGS)
def test_the_check_that_is_meant_finds_the_mistake(runs: Mapping[str, Run], bug: str):
    run = runs[bug]
    assert run.failed == [BUGS[bug].check], run.result.stdout + run.result.stderr
    assert run.result.returncode == 1


def test_there_are_at_least_forty_mistakes():
    assert len(BUGS) >= 40


def test_every_mistake_is_meant_for_a_check_and_most_checks_have_one():
    known = {check.id for check in CHECKS}
    meant = {bug.check for bug in BUGS.values()}
    assert meant <= known
    assert known - meant == {"R21", "R22"}


def test_a_mistake_says_what_it_is(tmp_path: Path):
    assert all(bug.help for bug in BUGS.values())
