"""The harness for asynchronous tests: each method in a thread, to be awaited.

    call = await tlibsim.aio.inbound("4155550100", to="7001")
    await call.expect(userdata={"GSIP_RECORD": "On"})

What waits there does not stop the event loop, nor another question.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any


class Awaited:
    """A call, a DN, an agent, a switch: its methods become coroutines, all else is as it is."""

    def __init__(self, subject: Any, kinds: tuple[type, ...]) -> None:
        """``kinds`` are the classes whose objects are given back as such as well."""
        self._subject = subject
        self._kinds = kinds

    def __repr__(self) -> str:
        return repr(self._subject)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._subject, name)
        if isinstance(value, self._kinds):
            return Awaited(value, self._kinds)
        return self._awaitable(value) if callable(value) else value

    def _awaitable(self, method: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        @wraps(method)
        async def asked(*words: Any, **named: Any) -> Any:
            result = await asyncio.to_thread(method, *words, **named)
            return Awaited(result, self._kinds) if isinstance(result, self._kinds) else result

        return asked
