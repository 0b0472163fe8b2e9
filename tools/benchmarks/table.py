"""The table of a run: for the terminal, as Markdown for the documents, and as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from tools.benchmarks.rows import Row, figure

HEADS = ("", "what", "median", "lowest", "highest", "unit", "rounds", "goal", "verdict")
_RIGHT = frozenset({"median", "lowest", "highest", "rounds"})


def cells(row: Row) -> tuple[str, ...]:
    """The texts of a row, in the order of the heads."""
    return (
        row.letter,
        row.what,
        figure(row.median),
        figure(min(row.values)),
        figure(max(row.values)),
        row.unit,
        str(len(row.values)),
        "" if row.goal is None else str(row.goal),
        row.verdict.value,
    )


def plain(rows: Iterable[Row]) -> str:
    """Columns of text."""
    lines = [HEADS, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _line(line: Sequence[str], widths: Sequence[int]) -> str:
    parts = [
        text.rjust(width) if head in _RIGHT else text.ljust(width)
        for head, text, width in zip(HEADS, line, widths, strict=True)
    ]
    return "  ".join(parts).rstrip()


def markdown(rows: Iterable[Row]) -> str:
    """A table for ``docs/performance.md``."""
    ruler = ["---:" if head in _RIGHT else "---" for head in HEADS]
    lines = [HEADS, ruler, *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def values(row: Row) -> dict[str, Any]:
    """A row for a JSON file, with the figure of each round."""
    return {
        "letter": row.letter,
        "what": row.what,
        "unit": row.unit,
        "median": row.median,
        "values": list(row.values),
        "goal": None if row.goal is None else str(row.goal),
        "verdict": row.verdict.value,
    }
