"""The pytest plugin, as a user has it: other people's tests in a pytest of their own."""

from pathlib import Path

import pytest

from tests.testing.plugged import run


def test_a_test_has_a_switch_that_is_new_each_time(tmp_path: Path):
    result = run(
        tmp_path,
        """
def test_one(tlibsim):
    tlibsim.inbound(to="7001").answer()
    assert len(tlibsim.calls()) == 1

def test_two(tlibsim):
    assert tlibsim.calls() == []
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 passed" in result.stdout


def test_the_mark_names_a_configuration_and_a_clock(tmp_path: Path):
    (tmp_path / "desk.yaml").write_text(
        "dns: {'2001': {type: DN}, trunk: {type: Trunk}}\n", encoding="utf-8"
    )
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(config="desk.yaml", clock="stepped")
def test_it(tlibsim):
    assert tlibsim.inbound(to="2001").answer().parties["2001"] == "Connected"
    assert tlibsim.clock.advance("8h").startswith("2026-01-01T08:00")
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_failure_shows_the_journal_and_the_nearest_message(tmp_path: Path):
    result = run(
        tmp_path,
        """
def test_it(tlibsim):
    tlibsim.client("desk", register=["7001"])
    tlibsim.inbound(to="7001")
    tlibsim.expect("EventEstablished", dn="7001", within=0.1)
""",
    )
    assert result.returncode == 1
    assert "nothing matched" in result.stdout
    assert "tlibsim journal, switch 1" in result.stdout
    assert "EventRinging" in result.stdout


def test_a_missing_configuration_is_told_by_its_name(tmp_path: Path):
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(config="nowhere.yaml")
def test_it(tlibsim): ...
""",
    )
    assert result.returncode != 0
    assert "nowhere.yaml" in result.stdout


def test_pytest_never_loads_the_reactor(tmp_path: Path):
    result = run(
        tmp_path,
        """
import sys

def test_it(tlibsim):
    tlibsim.inbound(to="7001")
    assert not [name for name in sys.modules if name.split(".")[0] == "twisted"]
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_asynchronous_test_can_use_it_too(tmp_path: Path):
    result = run(
        tmp_path,
        """
import asyncio

def test_it(tlibsim):
    async def main():
        return await asyncio.to_thread(
            tlibsim.expect, "EventRegistered", dn="7001", within=5
        )

    tlibsim.client("desk", register=["7001"])
    assert asyncio.run(main()).dn == "7001"
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_workers_have_servers_of_their_own(tmp_path: Path):
    pytest.importorskip("xdist")
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.parametrize("number", range(8))
def test_it(tlibsim, number):
    tlibsim.inbound(to="7001").answer()
    assert len(tlibsim.calls()) == 1
""",
        "-n",
        "4",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "8 passed" in result.stdout


def test_a_wrong_keyword_of_the_mark_is_told_with_the_nearest(tmp_path: Path):
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(confg="dns: {}")
def test_one(tlibsim): ...

@pytest.mark.tlibsim("desk.yaml")
def test_two(tlibsim): ...
""",
    )
    assert result.returncode != 0
    assert "the mark tlibsim has no 'confg'; did you mean config?" in result.stdout
    assert "the mark tlibsim wants keywords: config='desk.yaml'" in result.stdout
    assert "TypeError" not in result.stdout


EXPECTING = (
    'tlibsim.expect("EventDialing", dn="7001", within=0.1)',
    'tlibsim.inbound(to="7001").expect("EventDialing", within=0.1)',
    'tlibsim.journal.assert_none("EventRegistered")',
    'tlibsim.client("other").expect("EventDialing", 0.1)',
    'tlibsim.desktop("7002").answer(0.1)',
)


def test_failures_show_the_lines_of_the_tests_and_none_of_ours(tmp_path: Path):
    tests = (
        f"""
def test_{number}(tlibsim):
    tlibsim.client("desk", register=["7001"])
    {line}
"""
        for number, line in enumerate(EXPECTING)
    )
    result = run(tmp_path, "".join(tests))
    assert f"{len(EXPECTING)} failed" in result.stdout
    assert [line for line in EXPECTING if f">       {line}" in result.stdout] == [*EXPECTING]
    assert "    def test_0(" in result.stdout
    shown = [line for line in result.stdout.splitlines() if line.startswith("    def ")]
    assert [line for line in shown if "def test_" not in line] == []
