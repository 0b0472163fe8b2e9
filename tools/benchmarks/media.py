"""Measure the media side: RTP streams, files, legs to recorders; and print one table.

    tools/bench media [--seconds S] [--calls N] [--traffic N] [--rounds N] [--only s,l]
                      [--json FILE] [--markdown] [--check]

Usually 500 recorded calls, so 1,000 streams, for 60 seconds beside 20 calls a second of other
traffic.  It needs a C compiler: the sink that judges the streams and the sender to compare with
are C programs.  What the lines mean: docs/performance.md.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from tools.benchmarks import filing, legs, streaming, table
from tools.benchmarks.machine import machine
from tools.benchmarks.native import NoCompilerError
from tools.benchmarks.rows import Row, Verdict

STREAMS_A_CALL = 2


def main(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    begin = perf_counter()
    rows: list[Row] = []
    for letter in options.only:
        print(f"{letter} ...", end=" ", file=sys.stderr, flush=True)
        try:
            rows += PARTS[letter](options)
        except NoCompilerError as error:
            print(f"left out, {error}", file=sys.stderr)
    print(f"{perf_counter() - begin:.0f} s", file=sys.stderr)
    print(machine())
    print(table.markdown(rows) if options.markdown else table.plain(rows))
    if options.json:
        content = {"machine": machine(), "rows": [table.values(row) for row in rows]}
        options.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    missed = any(row.verdict is Verdict.MISSED for row in rows)
    return 1 if options.check and missed else 0


def _streams(options: argparse.Namespace) -> Sequence[Row]:
    return streaming.measure(
        streaming.Load(
            streams=options.calls * STREAMS_A_CALL,
            seconds=options.seconds,
            traffic=options.traffic,
            rounds=options.rounds,
        )
    )


def _legs(options: argparse.Namespace) -> Sequence[Row]:
    return legs.measure(options.calls, options.seconds, options.traffic)


def _files(options: argparse.Namespace) -> Sequence[Row]:
    return filing.measure(options.calls, options.seconds / 2, options.rounds)


PARTS: Mapping[str, Callable[[argparse.Namespace], Sequence[Row]]] = {
    "s": _streams,
    "l": _legs,
    "w": _files,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/bench media",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="usually 60")
    parser.add_argument(
        "--calls", type=int, default=500, metavar="N", help="recorded calls, usually 500"
    )
    parser.add_argument(
        "--traffic", type=float, default=20.0, metavar="N", help="other calls a second"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="parts of the run")
    parser.add_argument(
        "--only",
        type=_letters,
        default=tuple(PARTS),
        metavar="LETTERS",
        help=f"some of {','.join(PARTS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--check", action="store_true", help="end with 1 if a limit is missed")
    return parser


def _letters(text: str) -> tuple[str, ...]:
    letters = tuple(text.split(","))
    unknown = [letter for letter in letters if letter not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]!r}")
    return letters


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
