"""The process in which the simulator of a test runs: questions on stdin, answers on stdout.

Started with ``python -m tlibsim.testing.child``; it ends when its standard input does, so that it
never outlives the tests.
"""

import json
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import connectionDone
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from tlibsim import process
from tlibsim.net.reactor import Reactor
from tlibsim.testing.host import Host, RefusedError


class _Questions(LineReceiver):
    """One line is one question; one that waits for something does not stop the next."""

    delimiter = b"\n"
    MAX_LENGTH = 16 * 1024 * 1024

    def __init__(self, host: Host) -> None:
        self._host = host
        self.over: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        self.sendLine(b'{"n": 0, "result": "ready"}')  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:  # noqa: N802  Twisted calls it
        answered = Deferred.fromCoroutine(self._answer(line))
        answered.addErrback(Failure.printTraceback)

    async def _answer(self, line: bytes) -> None:
        question: Mapping[str, Any] = json.loads(line)
        answer: dict[str, Any] = {"n": question["n"]}
        try:
            answer["result"] = await self._host.answer(question)
        except RefusedError as refused:
            answer["error"] = str(refused)
        except Exception:  # noqa: BLE001  the test that asked is told, whatever it is
            answer["error"] = traceback.format_exc()
        self.sendLine(json.dumps(answer).encode())  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not reason.check(ConnectionDone, ConnectionLost):  # type: ignore[no-untyped-call]
            reason.printTraceback()  # type: ignore[no-untyped-call]
        if not self.over.called:
            self.over.callback(None)


def main() -> int:
    """Serve until the standard input ends."""

    async def serve(reactor: Reactor) -> int:
        host = Host(reactor)
        questions = _Questions(host)
        StandardIO(questions)  # type: ignore[no-untyped-call]
        try:
            await questions.over
        finally:
            await host.close()
        return 0

    return process.run(serve)


if __name__ == "__main__":
    sys.exit(main())
