"""What a backend with recorders of others has besides: sockets, a pool, and an end that takes a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from tlibsim.ports.media import RunningBackend


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderState:
    """A recorder for people: what it is, whether it is up, and its ports (0: any number).

    ``cause`` says why it is down, ``draining`` that it gets no new sessions.
    """

    name: str
    address: str
    geo_location: str
    alive: bool
    draining: bool
    in_use: int
    capacity: int
    cause: str


@runtime_checkable
class Networked(RunningBackend, Protocol):
    """A backend that talks to other programs."""

    def places(self) -> Mapping[str, Any]:
        """Host and ports by name of the part, once open; empty when it has no sockets."""

    def recorders(self) -> Sequence[RecorderState]:
        """Every recorder as it is now, those in use that are in no list too."""

    def drain(self, name: str, *, on: bool) -> None:
        """Give a recorder no more sessions, or again; KeyError when it is in no list."""


def networked(backend: RunningBackend) -> Networked | None:
    """The backend, if it talks to other programs."""
    return backend if isinstance(backend, Networked) else None
