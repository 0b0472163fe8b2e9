"""What a backend with sockets has besides: it tells where they are, and its end takes a while."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from tlibsim.ports.media import RunningBackend


@runtime_checkable
class Networked(RunningBackend, Protocol):
    """A backend that talks to other programs."""

    def places(self) -> Mapping[str, Any]:
        """Host and ports by name of the part, once open; empty when it has no sockets."""
