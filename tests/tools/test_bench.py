"""``tools/bench`` runs each benchmark and prints its lines.  No test here looks at a time."""

import json
from math import isfinite
from pathlib import Path

import pytest

from tlibproto.codec import decode, encode
from tools.benchmarks import plain
from tools.benchmarks.bench import BENCHMARKS, main
from tools.benchmarks.codec import fresh, sample
from tools.benchmarks.rows import Row, Verdict, at_least, at_most

LEAST_EFFORT = ("--rounds", "1", "--share", "0.002")


@pytest.mark.parametrize("letter", BENCHMARKS)
def test_each_benchmark_runs_and_prints_its_figures(
    letter: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.json"
    assert main([*LEAST_EFFORT, "--only", letter, "--json", str(results)]) == 0
    printed = [
        line for line in capsys.readouterr().out.splitlines() if line[:3] == f"{letter}  "
    ]
    rows = json.loads(results.read_text())["rows"]
    assert len(printed) == len(rows) > 0
    assert {row["letter"] for row in rows} == {letter}
    assert all(isfinite(value) for row in rows for value in row["values"])


def test_the_table_can_be_had_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    main([*LEAST_EFFORT, "--only", "a", "--markdown"])
    lines = capsys.readouterr().out.splitlines()
    assert "| a | decode, of struct-level code |" in "\n".join(lines)


def test_an_unknown_letter_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "a,z"])
    assert ended.value.code == 2
    assert "no benchmark 'z'" in capsys.readouterr().err


def test_both_sides_of_the_codec_benchmark_read_and_write_the_whole_sample() -> None:
    payload = sample()
    number, pairs = plain.read_pairs(payload)
    event = decode(payload)
    assert number == event.message_id
    assert len(pairs) == len(list(event.present())) == 17
    assert plain.write_pairs(number, pairs) == encode(fresh(event)) == payload


def test_the_median_is_judged_by_goal_and_limit() -> None:
    def verdict(values: list[float], low: bool) -> Verdict:
        goal = at_least(0.6, 0.5) if low else at_most(2.0)
        return Row(letter="x", what="x", values=values, unit="", goal=goal).verdict

    assert verdict([0.1, 0.7, 0.9], low=True) is Verdict.MET
    assert verdict([0.1, 0.55, 0.9], low=True) is Verdict.BEARABLE
    assert verdict([0.1, 0.4, 0.9], low=True) is Verdict.MISSED
    assert verdict([1.0, 2.0, 9.0], low=False) is Verdict.MET
    assert verdict([1.0, 2.1, 9.0], low=False) is Verdict.MISSED
