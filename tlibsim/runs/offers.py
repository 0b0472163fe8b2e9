"""What a server plays when it is asked to, and why it does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tlibsim.config.problems import nearest
from tlibsim.runs.document import Document


class NoSuchScenarioError(Exception):
    """The project has no scenario of this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        near = nearest(name, known)
        hint = f" Did you mean {near}?" if near else ""
        super().__init__(f"{name!r} is no scenario of this project.{hint}")


class UnplayableError(Exception):
    """The scenario cannot be played like this; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to play of a file and how; ``only`` empty: all, ``speed`` empty: as the file has it."""

    only: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    strict: bool = False
    speed: str = ""


class Runs(Protocol):
    """What a project has to play and what was played (``tlibsim.playing.service``)."""

    def scenarios(self) -> Sequence[Document]:
        """Scenario files: name, file, the scenarios in it or what is wrong."""
        ...

    def start(self, name: str, order: Order) -> Document:
        """Begin; raises NoSuchScenarioError, UnplayableError, or ScenarioError for a bad file."""
        ...

    def listed(self) -> Sequence[Document]:
        """The heads of runs, the newest first."""
        ...

    def one(self, identifier: str) -> Document | None:
        """A run, as far as it is."""
        ...

    def listen(self, listener: Callable[[Document], None]) -> None:
        """Call ``listener`` with the head of each run of this server as it goes on."""
        ...

    def ignore(self, listener: Callable[[Document], None]) -> None:
        """Call that listener no more."""
        ...
