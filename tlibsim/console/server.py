"""The web server of the console: uvicorn on the event loop of Twisted's asyncio reactor.

Imported when an address for it is configured, and not before.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

import uvicorn
from starlette.types import ASGIApp

from tlibsim.console.api import Api
from tlibsim.console.simulator import Simulated

_BACKLOG = 100
_GRACE_S = 1


def program_version() -> str:
    """The version that is installed; "0" in a checkout that is not."""
    try:
        return version("tlibsim")
    except PackageNotFoundError:
        return "0"


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the reactor and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set_result(None)


class Console:
    """The control API of one simulator on one address."""

    def __init__(self, simulated: Simulated, *, host: str, port: int) -> None:
        self._simulated = simulated
        self._host = host
        self._port = port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; the port that the system chose when it was 0."""
        if self._socket is None:
            return self._host, self._port
        host, port, *_ = self._socket.getsockname()
        return host, port

    async def start(self) -> None:
        """Bind and serve; raises OSError when the address cannot be had."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self._host, self._port))
            bound.listen(_BACKLOG)
            bound.setblocking(False)
        except OSError:
            bound.close()
            raise
        self._socket = bound
        self._server = _Server(self._config(_names(self._host)))
        self._task = asyncio.ensure_future(self._server.serve([bound]))
        await asyncio.wait({self._task, self._server.listening}, return_when="FIRST_COMPLETED")

    def _config(self, names: Sequence[str]) -> uvicorn.Config:
        application: ASGIApp = Api(self._simulated, program_version()).application(names)
        return uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http="h11",
            timeout_graceful_shutdown=_GRACE_S,
            server_header=False,
        )

    async def stop(self) -> None:
        """Close the listener and what is open."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._server = None


def _names(host: str) -> Sequence[str]:
    """Hosts that a request may name: the one that was asked for, whatever it is."""
    return () if host in {"0.0.0.0", "::"} else (host,)  # noqa: S104  only compared
