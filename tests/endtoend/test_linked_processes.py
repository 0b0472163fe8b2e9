"""Two switches in processes of their own, linked over TCP, with a client on each (BEHAVIOUR.md 3.7)."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.endtoend.programs import SECONDS, line_of, started
from tests.net.test_server import Desk
from tlibproto.messages import (
    EventCallDataChanged,
    EventError,
    EventEstablished,
    EventLocationInfo,
    EventReleased,
    EventRinging,
    RequestAnswerCall,
    RequestMakeCall,
    RequestQueryLocation,
    RequestRegisterAddress,
    RequestReleaseCall,
    RequestSingleStepTransfer,
    RequestStartCallMonitoring,
)
from tlibproto.vocabulary import CallState
from tlibsim.net.client import ClientOptions, TLibraryClient, connect

CONFIG = """
server: {server}
switch: {switch}
seed: {seed}
listen: [{{port: 0}}]
recordings: {{backend: "null"}}
dns: {{"{a}": {{type: DN}}, "{b}": {{type: DN}}}}
links: {links}
"""


class Program:
    """A server in a process of its own."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.port: int = ready["tlib"]["port"]
        self.links: int = ready.get("links", {}).get("port", 0)


@contextmanager
def running(
    tmp_path: Path, name: str, links: dict[str, Any], **words: Any
) -> Iterator[Program]:
    path = tmp_path / f"{name}.yml"
    text = CONFIG.format(server=f"S_{name}", switch=name, links=json.dumps(links), **words)
    path.write_text(text, encoding="utf-8")
    with started("serve", "--config", path, "--quiet", cwd=tmp_path) as process:
        yield Program(json.loads(line_of(process)))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=SECONDS)


def north(tmp_path: Path) -> Any:
    links = {"port": 0, "secret": "s", "sites": [{"switch": "South", "server": "S_South"}]}
    return running(tmp_path, "North", links, seed=1, a="1001", b="1002")


def south(tmp_path: Path, port: int) -> Any:
    site = {"switch": "North", "server": "S_North", "port": port}
    links = {"secret": "s", "sites": [site]}
    return running(tmp_path, "South", links, seed=2, a="2001", b="2002")


class Client(Desk):
    """A desk at a server that is another process."""

    async def reach(self, program: Program, *dns: str) -> "Client":
        options = ClientOptions(name="desk")
        self.client: TLibraryClient = await connect(
            reactor,  # type: ignore[arg-type]
            "127.0.0.1",
            program.port,
            options,
            self.take,
        )
        for dn in dns:
            await self.client.ask(RequestRegisterAddress(this_dn=dn), SECONDS)
        return self


async def crossing(client: Client, to: str, location: str) -> Any:
    """Call over the link, again and again until it stands."""
    request = RequestMakeCall(this_dn="1001", other_dn=to, location=location)
    for _ in range(100):
        answer = await client.client.ask(request, SECONDS)
        if not isinstance(answer, EventError):
            return answer
        assert answer.error_code == 1001
        await deferLater(reactor, 0.1, lambda: None)
    raise AssertionError("there is no link")


@pytest_twisted.ensureDeferred
async def test_calls_cross_between_two_processes_and_a_killed_one_is_told_and_comes_back(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        here = stack.enter_context(north(tmp_path))
        first = ExitStack()
        stack.enter_context(first)
        there = first.enter_context(south(tmp_path, here.links))
        one = await Client().reach(here, "1001", "1002")
        far = await Client().reach(there, "2001")
        mon = await Client().reach(there)
        await mon.client.ask(RequestStartCallMonitoring(), SECONDS)
        where = await one.client.ask(RequestQueryLocation(), SECONDS)
        assert isinstance(where, EventLocationInfo)
        assert where.location == "South"

        # A call made over there, answered there, and handed on here.
        ringing, linked = far.expect(EventRinging), mon.expect(EventCallDataChanged)
        established, over = one.expect(EventEstablished), far.expect(EventReleased)
        conn_id = (await crossing(one, "2001", "South")).conn_id
        rings: Any = await ringing
        assert (rings.conn_id, rings.other_dn) == (conn_id, "1001")
        assert (await linked).is_link_list is not None  # type: ignore[attr-defined]
        await far.client.ask(RequestAnswerCall(this_dn="2001", conn_id=conn_id), SECONDS)
        await established
        transfer = RequestSingleStepTransfer(this_dn="1001", conn_id=conn_id, other_dn="1002")
        await one.client.ask(transfer, SECONDS)
        await one.client.ask(RequestAnswerCall(this_dn="1002", conn_id=conn_id), SECONDS)
        await one.client.ask(RequestReleaseCall(this_dn="1002", conn_id=conn_id), SECONDS)
        assert (await over).conn_id == conn_id  # type: ignore[attr-defined]

        # The process over there dies while a call rings in it.
        released = one.expect(EventReleased)
        again: Any = far.expect(EventRinging)
        await crossing(one, "2001", "South")
        await again
        first.close()
        assert (await released).call_state == CallState.GeneralError  # type: ignore[attr-defined]

        # It comes back, and is linked again.
        there = stack.enter_context(south(tmp_path, here.links))
        far = await Client().reach(there, "2001")
        ringing = far.expect(EventRinging)
        await crossing(one, "2001", "South")
        await ringing
