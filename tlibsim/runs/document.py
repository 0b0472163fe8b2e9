"""A run as one JSON document: how far it is, and what came of it (FIRST_HOUR.md, story R, "Checks").

The same document whoever plays: ``tlibsim scenario run``, ``tlibsim contract run``, ``tlibsim
load`` or a running server.  Terminal, JUnit and HTML are made from the same results.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Document = dict[str, Any]
Kind = Literal["scenario", "contract", "load"]

MOST_ITEMS = 2000
"""So many scenarios or checks of a run are told one by one; all are counted."""

RUNNING, OVER = "running", "over"
_VERDICTS: Mapping[int, str] = {
    0: "pass",
    1: "fail",
    2: "wrong usage",
    3: "nothing ran",
    4: "never connected",
    5: "bug",
    130: "interrupted",
}
"""What the exit codes of FEATURES.md mean."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One run, from its beginning on.

    ``of`` is how many scenarios or checks it has, ``seed`` and ``clock`` those of its servers
    (an item may have its own), ``begun`` the seconds since 1970.  ``more`` are members of the
    document that only runs of this kind have.
    """

    id: str
    kind: Kind
    title: str
    of: int
    begun: float
    command: str = ""
    seed: int | None = None
    clock: str = ""
    version: str = ""
    current: str = ""
    items: list[Document] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    more: Document = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    exit_code: int | None = None
    problem: str = ""
    summary: str = ""
    seconds: float = 0.0

    def add(self, item: Document) -> None:
        """One scenario or check is over; ``item`` has its ``status``, as terminals show it."""
        self.counts[str(item["status"]).lower()] += 1
        if len(self.items) < MOST_ITEMS:
            self.items.append(item)
        self.current = ""

    def end(self, exit_code: int, seconds: float, summary: str, problem: str = "") -> None:
        """The run is over."""
        self.exit_code, self.seconds = exit_code, seconds
        self.summary, self.problem, self.current = summary, problem, ""

    @property
    def over(self) -> bool:
        return self.exit_code is not None

    def document(self) -> Document:
        """Everything."""
        return {
            **self.head(),
            "command": self.command,
            "version": self.version,
            "problem": self.problem,
            "reports": dict(self.reports),
            "items": list(self.items),
            "left_out": max(0, self.counts.total() - len(self.items)),
            **self.more,
        }

    def head(self) -> Document:
        """What a list of runs shows of it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "state": OVER if self.over else RUNNING,
            "verdict": None if self.exit_code is None else _verdict(self.exit_code),
            "exit_code": self.exit_code,
            "summary": self.summary,
            "started": _text(self.begun),
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "clock": self.clock,
            "counts": {"total": self.counts.total(), **self.counts},
            "progress": {
                "done": self.counts.total(),
                "of": max(self.of, self.counts.total()),
                "current": self.current,
            },
        }


def _verdict(code: int) -> str:
    return _VERDICTS.get(code, f"exit code {code}")


def _text(begun: float) -> str:
    moment = datetime.fromtimestamp(begun, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


HEAD: Sequence[str] = tuple(Run(id="", kind="load", title="", of=0, begun=0.0).head())
"""The members of a document that a list of runs shows."""
