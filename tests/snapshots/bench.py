"""A simulator without sockets whose reactor is turned by hand, and what can be said of its state."""

import json
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tlibproto.vocabulary import ConnId, Dn
from tlibsim.app import Simulator
from tlibsim.config import DnSettings, apply_config, load_bed
from tlibsim.console import documents
from tlibsim.console.restoring import load, save
from tlibsim.journal import Kind
from tlibsim.net.clock import ClockKind
from tlibsim.net.stage import private
from tlibsim.ports.media import Instant
from tlibsim.switch.commands import AgentLogin, AnswerCall, ArriveInbound, Consult, Purpose
from tlibsim.switch.refusals import RequestRefused

STEPPED = ClockKind(speed=0.0, fixed=True)
RUNNING = ClockKind(speed=1.0, fixed=True)
CALLER = "4155550100"

NOT_OF_THE_SWITCH = ("journal", "clients", "listeners")
"""What of the state document is no part of a snapshot."""


class HandReactor(Clock):
    """Time and turns go on only when somebody advances it."""

    def callFromThread(self, function: Any, *given: Any) -> None:
        self.callLater(0, function, *given)


class Bench:
    """One simulator; ``config`` goes over the bed of scenario files, without media on disk."""

    def __init__(
        self,
        config: dict[str, Any] | None = None,
        clock: ClockKind = STEPPED,
        more_dns: tuple[str, ...] = (),
    ) -> None:
        given = {"recordings": {"backend": "null"}, "seed": 1, **(config or {})}
        self.reactor = HandReactor()
        bed = load_bed()
        more = {dn: DnSettings(dn=dn) for dn in more_dns}
        self.server = Simulator(
            private(apply_config(replace(bed, dns={**bed.dns, **more}), given)),
            reactor=self.reactor,  # type: ignore[arg-type]
            clock=clock.made(self.reactor, Instant(0)),  # type: ignore[arg-type]
        )
        self.server.add_second_site()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Turn the reactor until the work is done; gives its result, raises what it raises."""
        results: list[Any] = []
        done = Deferred.fromCoroutine(work)
        done.addBoth(results.append)
        for _ in range(100_000):
            if results:
                break
            self.reactor.advance(0.001)
        (result,) = results
        if hasattr(result, "raiseException"):
            result.raiseException()
        return result

    def settle(self) -> None:
        """Let everything happen that is due."""
        self.run(self.server.advance(0))

    def advance(self, seconds: float) -> None:
        self.run(self.server.advance(seconds))

    def do(self, *commands: object) -> None:
        """Carry commands out, and what follows at once; raises RequestRefused."""
        for command in commands:
            self.server.perform(command)
            self.settle()

    def try_to(self, *commands: object) -> None:
        """The same; what is refused is left out."""
        for command in commands:
            with suppress(RequestRefused):
                self.server.perform(command)
            self.settle()

    def save(self) -> Any:
        """A snapshot that has been a file."""
        return json.loads(json.dumps(save(self.server, "test")))

    def load(self, document: Any) -> None:
        self.run(load(self.server, document))

    def state(self) -> dict[str, Any]:
        """The state document, as far as a snapshot has it."""
        document = documents.state(self.server)
        for name in NOT_OF_THE_SWITCH:
            document.pop(name)
        return document

    def facts(self) -> list[str]:
        """What has happened, as text."""
        return [repr(entry.subject) for entry in self.server.journal if entry.kind is Kind.FACT]

    def bugs(self) -> list[str]:
        return [entry.detail for entry in self.server.journal if entry.kind is Kind.BUG]

    # -- calls ---------------------------------------------------------------------------------

    def inbound(self, to: str, **given: Any) -> ConnId:
        """A call that rings or waits there."""
        before = {view.conn_id for view in self.server.calls()}
        self.do(ArriveInbound(caller=CALLER, to=Dn(to), **given))
        (made,) = (v.conn_id for v in self.server.calls() if v.conn_id not in before)
        return made

    def talking(self, dn: str, **given: Any) -> ConnId:
        """A call from outside that the DN has answered."""
        made = self.inbound(dn, **given)
        self.do(AnswerCall(dn=Dn(dn), conn_id=made))
        return made

    def mid_transfer(self, dn: str = "7001", to: str = "7002", **given: Any) -> ConnId:
        """The DN holds a call from outside and consults another, who has answered."""
        made = self.talking(dn, **given)
        self.do(Consult(dn=Dn(dn), conn_id=made, to=to, purpose=Purpose.TRANSFER))
        self.do(AnswerCall(dn=Dn(to)))
        return made

    def login(self, agent: str, dn: str, queue: str | None = "8000", **given: Any) -> None:
        where = None if queue is None else Dn(queue)
        self.do(AgentLogin(dn=Dn(dn), agent_id=agent, queue=where, **given))
