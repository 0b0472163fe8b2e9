"""Keeps web pages away from the control API: a page of another site must not act on a switch.

A browser tells where a request comes from; a name that was bound to loopback for the purpose shows
in the Host header.  Programs send neither an Origin nor a foreign host.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tlibsim.console.problems import problem

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """Lets through what is addressed to this server by one of its own names."""

    def __init__(self, app: ASGIApp, names: Sequence[str] = ()) -> None:
        self._app = app
        self._names = LOCAL_NAMES | frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        wrong = self._stranger(request)
        if not wrong:
            await self._app(scope, receive, send)
            return
        response = problem(
            403,
            "foreign-origin",
            f"{wrong} is not this server",
            remedy="Use http://127.0.0.1, or bind the control API to the name that you use.",
        )
        await response(scope, receive, send)

    def _stranger(self, request: Request) -> str:
        """The host that has no business here, or nothing."""
        host = _name(f"//{request.headers.get('host', '')}")
        origin = request.headers.get("origin")
        names = (host,) if origin is None else (host, _name(origin))
        return next((name or "no host" for name in names if name not in self._names), "")


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
