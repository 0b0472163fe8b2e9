"""Print docs/differences.md: where tlibsim knowingly differs from the real thing.

    python -m tools.pages.differences

Rows that no table of the program has stand in ``differences.yml``; requests, events, options and the
notes on the protocol come from their own tables, so that the page is as true as the program.
"""

import dataclasses
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from tlibsim.config.dns import DnOptions
from tlibsim.config.options import Options
from tlibsim.config.rows import ASSUMED, DISPUTED, OptionRow, rows
from tlibsim.config.settings import Settings
from tlibsim.session import coverage
from tlibsim.session.coverage import Cover

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = Path(__file__).with_name("differences.yml")
NOTES = ROOT / "protocol" / "NOTES.md"

HEAD = """\
# Differences from the real thing

<!-- Written by `python -m tools.pages.differences`. Change tools/pages/differences.yml or the tables
of the program, not this page. -->

tlibsim is written from public documentation and from the traffic of clients, without a real server at hand. This
page lists where it knowingly does otherwise than a T-Server or SIP Server, or where nobody outside of the vendor
can know: each with the reason, the option that changes it, and the source. If a real log shows something else,
the log is right: `tlibsim diff` finds it ([logs](logs.md)), and most of it can be set.

Sources are the specifications that tlibsim was written from. They summarize public pages and are not part of the
repository: WIRE.md (bytes, seen in the traffic of an unmodified client), BEHAVIOUR.md (calls, agents, data),
RECORDING.md (recording), MEDIA.md (sound and SIP), FEATURES.md (what users need).

What is *exact* in [the coverage table](../COVERAGE.md) is what these sources say, no more. How calls are read where
the sources leave something open is in [readings of the call model](call-model.md); the same for recording is in
[recording](recording.md#where-decisions-were-open). How fast it is says [performance](performance.md), and nothing
there is a claim about the real thing.
"""
ASSUMED_HEAD = """\
## Options whose default is a choice of ours

No public page says what the real server does here. Set them to what your server shows.
"""
DISPUTED_HEAD = """\
## Options about which the documents disagree

The default is what most of them say, or what fits the others.
"""
KEPT_HEAD = """\
## Options that are known and do nothing

They are read, checked, kept and shown, so that a configuration can be copied.
"""
ABSENT_HEAD = """\
## Requests and events that are not there

A request is answered with EventError 51, an event is never sent by itself.
"""
APPROXIMATE_HEAD = """\
## Requests and events that may differ in something
"""
NEVER = "nothing in the switch brings it about"
NOTES_HEAD = """\
## Assumptions about the wire

Notes of [the protocol](../protocol/NOTES.md) that nobody has seen on a real connection, by their numbers.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row that is written by hand; ``options`` are names of options or sections."""

    here: str
    why: str
    options: tuple[str, ...]
    source: str


def written() -> Mapping[str, Sequence[Difference]]:
    """The rows of ``differences.yml`` by area."""
    data = yaml.safe_load(WRITTEN.read_text(encoding="utf-8"))
    return {
        area["area"]: [
            Difference(
                here=row["here"],
                why=row["why"],
                options=tuple(row["options"]),
                source=row["source"],
            )
            for row in area["rows"]
        ]
        for area in data
    }


@cache
def options() -> Mapping[str, OptionRow]:
    """All options of the application and of DNs, by their names in files."""
    return {row.name: row for table in (DnOptions, Options) for row in rows(table).values()}


def known() -> frozenset[str]:
    """Every word that may stand in the column of options: options and sections."""
    sections = {one.name.replace("_", "-") for one in dataclasses.fields(Settings)}
    return frozenset(options()) | sections | {"audio", "listen"}


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for area, found in written().items():
        lines += [f"## {area}\n", *_table("here", "why", "changed by", "source")]
        lines += [_written(one) for one in found]
        lines.append("")
    for head, basis in ((ASSUMED_HEAD, ASSUMED), (DISPUTED_HEAD, DISPUTED)):
        lines += [head, *_table("option", "default", "what it does", "source")]
        lines += [_option(row) for row in options().values() if row.basis == basis]
        lines.append("")
    lines += [KEPT_HEAD, ", ".join(f"`{row.name}`" for row in options().values() if row.later)]
    lines += ["", ABSENT_HEAD, *_absent(), "", APPROXIMATE_HEAD, *_approximate(), ""]
    lines += [NOTES_HEAD, *(f"- {number}. {text}" for number, text in assumed_notes())]
    return "\n".join(lines) + "\n"


def _table(*columns: str) -> Sequence[str]:
    return (f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}")


def _written(row: Difference) -> str:
    changed = ", ".join(f"`{one}`" for one in row.options) or "-"
    return f"| {row.here} | {row.why} | {changed} | {row.source} |"


def _option(row: OptionRow) -> str:
    others = " or ".join(f"`{one}`" for one in row.choices) or row.kind
    shown = str(row.default).lower() if isinstance(row.default, bool) else str(row.default)
    if isinstance(row.default, tuple):
        shown = ", ".join(row.default)
    return f"| `{row.name}`: {others} | `{shown}` | {row.help} | {row.source} |"


def _absent() -> Iterator[str]:
    together: dict[tuple[str, str], list[str]] = {}
    for row in coverage.rows():
        if row.cover is Cover.ABSENT:
            why = row.note.removesuffix(": EventError 51") or NEVER
            together.setdefault((why, row.source), []).append(row.name)
    yield from _table("messages", "why", "source")
    for (why, source), names in together.items():
        yield f"| {', '.join(names)} | {why} | {source} |"


def _approximate() -> Iterator[str]:
    yield from _table("message", "in what", "source")
    for row in coverage.rows():
        if row.cover is Cover.APPROXIMATE:
            yield f"| {row.name} | {row.note} | {row.source} |"


def assumed_notes() -> Sequence[tuple[int, str]]:
    """Number and text of each note on the protocol that has an assumption in it."""
    text = NOTES.read_text(encoding="utf-8")
    notes = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return [
        (int(number), " ".join(body.split())) for number, body in notes if "*assumed*" in body
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
