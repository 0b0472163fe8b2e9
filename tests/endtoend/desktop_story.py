"""What the tests of the desktop developer's story share: a project, its server, typed commands."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.endtoend.programs import SECONDS, environment, line_of, started, tlibsim
from tlibproto.messages import (
    Message,
    RequestAgentLogin,
    RequestAgentNotReady,
    RequestAnswerCall,
    RequestQueryServer,
)
from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn, KVList
from tlibsim.testing.client import TLibraryClient

_OPEN = "01"
"""A connection that is open, in /proc/net/tcp."""

Done = subprocess.CompletedProcess[str]

_BASH = f'set -o pipefail; tlibsim() {{ "{sys.executable}" -m tlibsim "$@"; }}; '


class Place:
    """The folder that ``init`` made, with a server that runs there; ``log`` is what it said."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        addresses: dict[str, Any] = json.loads(line_of(process))
        self.port: int = addresses["tlib"]["port"]
        self.url: str = addresses["http"]["url"]
        self.log: list[str] = []
        self._process = process
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log.append(line.rstrip("\n"))

    def said(self, pattern: str) -> str:
        """Wait for a line of the server's log that has the pattern; the line."""
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            for line in tuple(self.log):
                if re.search(pattern, line):
                    return line
            time.sleep(0.02)
        raise AssertionError(f"no {pattern} in {self.log}")

    def type(self, line: str) -> Done:
        """A command line of the story, as a shell has it, carried out to its end."""
        return subprocess.run(
            ["/bin/bash", "-c", _BASH + line],
            capture_output=True,
            encoding="utf-8",
            env=self._environment(),
            cwd=self.folder,
            timeout=SECONDS,
            check=False,
        )

    def shows(self, line: str) -> str:
        """The same for a command that succeeds; what it shows."""
        done = self.type(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def begin(self, line: str) -> subprocess.Popen[str]:
        """The same for a command that waits; the process."""
        return subprocess.Popen(
            ["/bin/bash", "-c", _BASH + line],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=self._environment(),
            cwd=self.folder,
        )

    def ask(self, way: str, method: str = "GET") -> str:
        """What the control API says there."""
        request = Request(
            f"{self.url}/api/v1/{way}",
            data=None if method == "GET" else b"{}",
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as answer:
            text: str = answer.read().decode("utf-8")
        return text

    def until_somebody_asks(self) -> None:
        """Wait until a connection to the control API is open."""
        port = f":{int(self.url.rpartition(':')[2]):04X}"
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
            if any(row[1].endswith(port) and row[3] == _OPEN for row in rows):
                return
            time.sleep(0.02)
        raise AssertionError("nobody asked")

    def _environment(self) -> dict[str, str]:
        return {**environment(), "TLIBSIM_URL": self.url}

    def client(self, name: str = "my-desk", charset: str = "utf-8") -> TLibraryClient:
        """A scripted desktop, connected."""
        return TLibraryClient("127.0.0.1", self.port, name=name, charset=charset)


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """``tlibsim init desk --template desktop``, and ``tlibsim serve --watch`` in there."""
    done = tlibsim("init", "desk", "--template", "desktop", cwd=folder)
    assert done.returncode == 0, done.stderr
    desk = folder / "desk"
    with started("serve", "--watch", "--port", "0", "--http-port", "0", cwd=desk) as process:
        yield Place(desk, process)


def at_work(place: Place, *, dn: str = "7002", agent: str = "1002") -> TLibraryClient:
    """A desktop as in the story: bob at 7002, not ready since he is at lunch."""
    desk = place.client()
    desk.request(RequestQueryServer())
    desk.register(dn)
    desk.request(
        RequestAgentLogin(
            this_dn=Dn(dn),
            agent_id=agent,
            this_queue=Dn("8001"),
            agent_work_mode=AgentWorkMode.ManualIn,
        )
    )
    desk.request(
        RequestAgentNotReady(this_dn=Dn(dn), reasons=KVList((("ReasonCode", "Lunch"),)))
    )
    desk.take()
    return desk


def answer(desk: TLibraryClient, dn: str = "7002") -> ConnId:
    """Answer what rings there; the call."""
    ringing = desk.expect("EventRinging", this_dn=dn)
    desk.request(RequestAnswerCall(this_dn=Dn(dn), conn_id=ringing.conn_id))
    conn_id: ConnId = ringing.conn_id
    return conn_id


def names(messages: list[Message]) -> list[str]:
    """The names of messages."""
    return [type(one).__name__ for one in messages]
