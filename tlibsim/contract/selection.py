"""The file of a contract (``contracts/recorder.yaml``): which checks count, and which are left out.

    contract: recorder
    fails-on: SHOULD
    checks:
      R01: MUST
    skip:
      R21: no multi-site

A check that the file does not name is run at its own level, so that a new version of tlibsim
cannot go silent.  A reason stands beside whatever is left out, and in every report.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from tlibsim.config import ConfigError
from tlibsim.config.document import Document, Path, dotted, read
from tlibsim.config.problems import Problem, nearest
from tlibsim.config.rows import normal
from tlibsim.contract.check import Check
from tlibsim.contract.result import Level
from tlibsim.contract.suite import Suite

SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_KEYS = ("contract", "fails-on", "checks", "skip")
_LEVELS = tuple(level.value for level in Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the file says.

    ``levels`` are by identifier, ``skip`` has the reason by identifier or flow.  With
    ``fails_on`` MUST, a SHOULD that fails is told and does not make the run fail.
    """

    fails_on: Level = Level.SHOULD
    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))
    skip: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, check: Check) -> Check:
        """The check at the level of the file."""
        return replace(check, level=self.levels.get(check.id, check.level))

    def reason(self, check: Check) -> str:
        """Why the check is left out; empty when it is run."""
        return self.skip.get(check.id) or self.skip.get(check.flow, "")


EVERYTHING = Selection()
"""All checks at their own levels."""


def read_selection(text: str, source: str, suite: Suite) -> Selection:
    """The selection of a file; raises ConfigError with all that is wrong, and where."""
    return _Reading(read(text, source), suite).selection()


class _Reading:
    """One reading: faults are collected."""

    def __init__(self, document: Document, suite: Suite) -> None:
        self._document = document
        self._suite = suite
        self._problems: list[Problem] = []
        self._ids = {one.id: one.id for one in suite.checks}

    def selection(self) -> Selection:
        data = self._sections()
        self._noun(data)
        found = Selection(
            fails_on=self._level(("fails-on",), data.get("fails-on", Level.SHOULD.value)),
            levels=MappingProxyType(self._levels(data.get("checks"))),
            skip=MappingProxyType(self._skipped(data.get("skip"))),
        )
        if self._problems:
            raise ConfigError(
                sorted(self._problems, key=lambda one: (one.line or 0, one.column or 0))
            )
        return found

    def _sections(self) -> Mapping[str, Any]:
        data = self._document.data
        if not isinstance(data, dict):
            self._wrong((), f"must be a mapping with {', '.join(_KEYS)}")
            return {}
        for key in data:
            if normal(str(key)) not in _KEYS:
                self._wrong((str(key),), "is not a key here", nearest(str(key), _KEYS))
        return {normal(str(key)): value for key, value in data.items()}

    def _noun(self, data: Mapping[str, Any]) -> None:
        noun = data.get("contract", "")
        if noun != self._suite.noun:
            self._wrong(("contract",), f"must be {self._suite.noun}, not {noun or 'nothing'}")

    def _levels(self, data: Any) -> dict[str, Level]:
        found = {}
        for key, value in self._mapping(data, "checks"):
            if key in self._ids:
                found[key] = self._level(("checks", key), value)
            else:
                self._wrong(("checks", key), "is no check", nearest(key, self._ids))
        return found

    def _level(self, path: Path, value: Any) -> Level:
        if str(value).upper() in _LEVELS:
            return Level(str(value).upper())
        self._wrong(path, f"must be {' or '.join(_LEVELS)}, not {value!s:.40}")
        return Level.MUST

    def _skipped(self, data: Any) -> dict[str, str]:
        found = {}
        known = (*self._ids, *self._suite.flows)
        for key, value in self._mapping(data, "skip"):
            if key not in known:
                self._wrong(("skip", key), "is no check and no flow", nearest(key, known))
            elif not isinstance(value, str) or not value.strip():
                self._wrong(("skip", key), "must be the reason why it is left out")
            else:
                found[key] = value.strip()
        return found

    def _mapping(self, data: Any, name: str) -> Iterator[tuple[str, Any]]:
        if isinstance(data, dict):
            yield from ((str(key), value) for key, value in data.items())
        elif data is not None:
            self._wrong((name,), "must be a mapping")

    def _wrong(self, path: Path, message: str, suggestion: str = "") -> None:
        line, column = self._document.place(path, of_key=True) or (None, None)
        self._problems.append(
            Problem(
                source=self._document.source,
                key=dotted(path),
                message=message,
                line=line,
                column=column,
                suggestion=suggestion,
            )
        )


def template(suite: Suite, skip: Mapping[str, str], schema: str) -> str:
    """A file with every check at its own level; ``schema`` is the name of its JSON Schema."""
    lines = [
        f"# yaml-language-server: $schema={schema}",
        f"# What `{suite.command}` judges: {described(suite)}.",
        f"contract: {suite.noun}",
        "fails-on: SHOULD          # MUST: a SHOULD that fails is told, and the run passes",
        "checks:                   # one that is not named here is run at its own level",
        *(f"  {one.id}: {one.level.value:<7} # {one.title}" for one in suite.checks),
        "skip:                     # left out, with the reason; a check, or a whole flow",
        *(f"  {key}: {why}" for key, why in skip.items()),
    ]
    return "\n".join(lines) + "\n"


def described(suite: Suite) -> str:
    """``31 checks: 22 MUST, 9 SHOULD``."""
    counts = [
        f"{sum(one.level is level for one in suite.checks)} {level.value}" for level in Level
    ]
    return f"{len(suite.checks)} checks: {', '.join(counts)}"


def schema(suite: Suite) -> str:
    """The JSON Schema of the file, for editors."""
    level = {"enum": list(_LEVELS)}
    reason = {"type": "string", "minLength": 1}
    ids = {
        one.id: {
            **level,
            "description": f"{one.title} ({one.source})",
            "default": one.level.value,
        }
        for one in suite.checks
    }
    names = (*ids, *suite.flows)
    document = {
        "$schema": SCHEMA,
        "title": f"{suite.title} of tlibsim",
        "type": "object",
        "additionalProperties": False,
        "required": ["contract"],
        "properties": {
            "contract": {"const": suite.noun},
            "fails-on": {**level, "description": "The weakest level that makes a run fail."},
            "checks": {"type": "object", "additionalProperties": False, "properties": ids},
            "skip": {
                "type": "object",
                "additionalProperties": False,
                "description": "What is left out, by check or flow, and why.",
                "properties": dict.fromkeys(names, reason),
            },
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
