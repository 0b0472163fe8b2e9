"""Print docs/recording-requirements.md: each requirement on recording, and what shows it.

    python -m tools.pages.requirements

The rows are those of fixtures/recording/requirements.yml.  ``faults`` finds rows that point to
tests or scenarios that are not there.
"""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT / "fixtures/recording/requirements.yml"
SCENARIOS = ROOT / "fixtures/scenarios"

HEAD = """# Requirements on recording, and what shows them

Made from `fixtures/recording/requirements.yml` by `./tools/regenerate`. A test is run with
`./tools/test tests/FILE::NAME`, a scenario with `tlibsim scenario run FILE --only ID`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One row.  ``tests`` are ``file::name`` below ``tests``, ``scenarios`` are ids."""

    number: str
    what: str
    shown: str
    scenarios: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: str
    source: str
    rows: tuple[Requirement, ...]


def sections() -> tuple[Section, ...]:
    """The rows as they are written down."""
    data = yaml.safe_load(ROWS.read_text(encoding="utf-8"))
    return tuple(
        Section(
            title=section["title"],
            source=section["source"],
            rows=tuple(_row(number, values) for number, values in section["rows"].items()),
        )
        for section in data["sections"]
    )


def _row(number: str, values: Mapping[str, Any]) -> Requirement:
    return Requirement(
        number=number,
        what=values["what"],
        shown=values.get("shown", ""),
        scenarios=tuple(values.get("scenarios", ())),
        tests=tuple(values.get("tests", ())),
    )


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for one in sections() for line in _section(one))])


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title} ({section.source})\n"
    yield "| | requirement | how it shows | shown by |"
    yield "| --- | --- | --- | --- |"
    for row in section.rows:
        yield f"| {row.number} | {row.what} | {row.shown} | {'<br>'.join(_proofs(row))} |"
    yield ""


def _proofs(row: Requirement) -> Sequence[str]:
    scenarios = [f"scenario {one}" for one in row.scenarios]
    tests = [_test(one) for one in row.tests]
    return [*scenarios, *tests]


def _test(name: str) -> str:
    file, _, function = name.partition("::")
    return f"[{function.removeprefix('test_').replace('_', ' ')}](../tests/{file})"


# -- what is not there -------------------------------------------------------------------------


def faults() -> list[str]:
    """A line for each row without a proof, and for each proof that does not exist."""
    known = scenario_ids()
    found: list[str] = []
    for section in sections():
        for row in section.rows:
            if not row.tests and not row.scenarios:
                found.append(f"{row.number} has nothing that shows it")
            found += [f"{row.number}: no scenario {x}" for x in row.scenarios if x not in known]
            found += [f"{row.number}: no test {x}" for x in row.tests if not _exists(x)]
    return found


def scenario_ids() -> frozenset[str]:
    """The ids of all scenarios in the files of fixtures."""
    ids: set[str] = set()
    for path in SCENARIOS.glob("*.yml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        scenarios = data.get("scenarios", ()) if isinstance(data, dict) else ()
        ids.update(one["id"] for one in scenarios if isinstance(one, dict) and "id" in one)
    return frozenset(ids)


def _exists(name: str) -> bool:
    file, _, function = name.partition("::")
    return function in _functions(ROOT / "tests" / file)


@cache
def _functions(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


if __name__ == "__main__":
    sys.stdout.write(page())
