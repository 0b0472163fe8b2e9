"""Measure the speed of tlibsim on this machine, and print one table.

    tools/bench [--quick] [--only a,c] [--json FILE] [--markdown] [--check]
                [--rounds N] [--share F]
    tools/bench media --help     RTP streams and recordings: a run and a table of their own

Each line is one figure: its median over interleaved rounds, the lowest and the highest round,
the goal if there is one, and how the median stands against it.  ``--check`` ends with 1 when a
limit is missed.  What the lines mean: docs/performance.md.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from tools.benchmarks import (
    centers,
    codec,
    conferences,
    crowd,
    fanout,
    media,
    resources,
    roundtrips,
    scale,
    table,
    wholecalls,
)
from tools.benchmarks.machine import machine
from tools.benchmarks.rounds import FULL, QUICK, Effort
from tools.benchmarks.rows import Row, Verdict

BENCHMARKS: Mapping[str, Callable[[Effort], Sequence[Row]]] = {
    "a": codec.measure,
    "b": roundtrips.measure_one_at_a_time,
    "c": roundtrips.measure_pipelined,
    "d": wholecalls.measure,
    "e": fanout.measure,
    "f": scale.measure,
    "g": resources.measure_memory,
    "h": resources.measure_start,
    "i": centers.measure,
    "j": conferences.measure,
    "k": crowd.measure,
}


def main(argv: Sequence[str]) -> int:
    if argv[:1] == ["media"]:
        return media.main(argv[1:])
    options = _parser().parse_args(argv)
    usual = QUICK if options.quick else FULL
    effort = Effort(rounds=options.rounds or usual.rounds, share=options.share or usual.share)
    begin = perf_counter()
    rows: list[Row] = []
    for letter in options.only:
        print(f"{letter} ...", end=" ", file=sys.stderr, flush=True)
        rows += BENCHMARKS[letter](effort)
    print(f"{perf_counter() - begin:.0f} s", file=sys.stderr)
    print(machine())
    print(table.markdown(rows) if options.markdown else table.plain(rows))
    if options.json:
        content = {"machine": machine(), "rows": [table.values(row) for row in rows]}
        options.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    missed = any(row.verdict is Verdict.MISSED for row in rows)
    return 1 if options.check and missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, metavar="N", help="how many rounds")
    parser.add_argument(
        "--share", type=float, metavar="F", help="how much of the usual work in each round"
    )
    parser.add_argument(
        "--only",
        type=_letters,
        default=tuple(BENCHMARKS),
        metavar="LETTERS",
        help=f"some of {','.join(BENCHMARKS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--check", action="store_true", help="end with 1 if a limit is missed")
    return parser


def _letters(text: str) -> tuple[str, ...]:
    letters = tuple(text.split(","))
    unknown = [letter for letter in letters if letter not in BENCHMARKS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no benchmark {unknown[0]!r}")
    return letters


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
