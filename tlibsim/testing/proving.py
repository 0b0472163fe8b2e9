"""Proof that the contracts bite: every mistake of the reference recorder, or desktop, is found.

    python -m tlibsim.testing.proving [--desktop] [--json] [BUG]...

Each mistake is played against the check that is meant to find it, many at a time in one process.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from twisted.internet.defer import DeferredSemaphore, gatherResults

from tlibsim import config, process
from tlibsim.contract.desktop import DESKTOP
from tlibsim.contract.result import RunResult
from tlibsim.contract.runner import Contract
from tlibsim.net.reactor import Reactor
from tlibsim.testing.desktop.bugs import BUGS as DESKTOP_BUGS
from tlibsim.testing.desktop.desktop import Desktop, Place
from tlibsim.testing.recorder.bugs import BUGS, Bug
from tlibsim.testing.recorder.library import Rules
from tlibsim.testing.recorder.recorder import Recorder

AT_ONCE = 8
RIGHT = ""
_CONFIG = """\
seed: 1
listen: [{{port: 0}}]
dns:
  "7001": {{type: DN, record: true}}
  "7002": {{type: DN}}
  "7003": {{type: DN}}
  "trunk-in": {{type: Trunk}}
  "msml1": {{type: voip-service, service-type: msml}}
recorder:
  sip-uri: sip:127.0.0.1:{port}
  ready: {{registered: ["7001", "7002"], within: 4s}}
  starts-on: ["7002"]
  files: recorded
  reconnect-within: 4s
"""
_DESKTOP_CONFIG = """\
seed: 1
listen: [{port: 0}]
dns:
  "7001": {type: DN}
  "7002": {type: DN}
  "9001": {type: ACD Queue}
  "trunk-in": {type: Trunk}
agents:
  "1001": {}
desktop:
  dn: "7001"
  agent: "1001"
  queue: "9001"
  ready: {within: 4s}
  auto: {login: true, answers: true, answers_within: 2s, updates: true}
  reconnect-within: 4s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the contract said of one mistake: the checks that failed, and why the first did."""

    bug: str
    meant: str
    failed: tuple[str, ...]
    reason: str

    @property
    def found(self) -> bool:
        """Whether the check that was meant is the one that failed."""
        return self.failed == ((self.meant,) if self.meant else ())


async def prove(bug: str, reactor: Reactor, directory: Path) -> Proof:
    """Play one mistake against its check; the right recorder against all of them."""
    directory.mkdir(parents=True)
    rules = Rules(
        dns=("7001", "7002"), start_on=("7002",), bugs=frozenset((bug,) if bug else ())
    )
    recorder = Recorder(("127.0.0.1", 0), rules, directory=directory / "recorded")
    settings = config.load(_CONFIG.format(port=recorder.sip_port), "proof", (), {})
    meant = BUGS[bug].check if bug else ""

    def start(host: str, port: int) -> None:
        recorder.library.address = (host, port)
        recorder.open()

    only = (meant,) if meant else ()
    contract = Contract(settings, reactor, directory=directory, only=only, start=start)
    try:
        run = await contract.run()
    finally:
        reactor.callInThread(recorder.close)  # type: ignore[attr-defined]
    return _proof(bug, meant, run)


async def prove_desktop(bug: str, reactor: Reactor, directory: Path) -> Proof:
    """The same for a mistake of the reference desktop, or for none."""
    directory.mkdir(parents=True)
    settings = config.load(_DESKTOP_CONFIG, "proof", (), {})
    bugs = frozenset((bug,) if bug else ())
    desktop = Desktop(("", 0), Place(dn="7001", agent="1001", queue="9001", bugs=bugs))
    meant = DESKTOP_BUGS[bug].check if bug else ""

    def start(host: str, port: int) -> None:
        desktop.address = (host, port)
        desktop.open()

    contract = Contract(
        settings,
        reactor,
        directory=directory,
        suite=DESKTOP,
        only=(meant,) if meant else (),
        start=start,
    )
    try:
        run = await contract.run()
    finally:
        reactor.callInThread(desktop.close)  # type: ignore[attr-defined]
    return _proof(bug, meant, run)


def _proof(bug: str, meant: str, run: RunResult) -> Proof:
    failures = run.failures
    reason = failures[0].verdict.lines[0] if failures and failures[0].verdict.lines else ""
    return Proof(bug=bug, meant=meant, failed=tuple(one.id for one in failures), reason=reason)


Prove = Callable[[str, Reactor, Path], Coroutine[Any, Any, Proof]]


async def prove_all(
    bugs: Sequence[str], reactor: Reactor, directory: Path, prove: Prove = prove
) -> list[Proof]:
    """Play all of them, some at a time."""
    slots = DeferredSemaphore(AT_ONCE)
    playing = [slots.run(prove, bug, reactor, directory / (bug or "right")) for bug in bugs]
    return list(await gatherResults(playing, consumeErrors=True))


@click.command()
@click.argument("bugs", nargs=-1)
@click.option("--desktop", is_flag=True, help="Mistakes of the reference desktop.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def main(bugs: tuple[str, ...], desktop: bool, as_json: bool) -> None:
    """Play mistakes of the reference recorder (all) against the checks that must find them."""
    known: Mapping[str, Bug] = DESKTOP_BUGS if desktop else BUGS
    wanted = bugs or (RIGHT, *known)
    proofs: list[Proof] = []

    async def play(reactor: Reactor) -> int:
        with tempfile.TemporaryDirectory(prefix="tlibsim-proof-") as directory:
            proofs.extend(
                await prove_all(
                    wanted, reactor, Path(directory), prove_desktop if desktop else prove
                )
            )
        return 0 if all(one.found for one in proofs) else 1

    code = process.run(play)
    if as_json:
        documents = [
            {"bug": one.bug, "meant": one.meant, "failed": one.failed, "reason": one.reason}
            for one in proofs
        ]
        click.echo(json.dumps(documents, indent=1))
    else:
        for one in proofs:
            verdict = "ok" if one.found else "NOT FOUND" if one.meant else "WRONG"
            click.echo(
                f"{one.bug or '(right)':<22}{','.join(one.failed):<12}{verdict:<10}{one.reason}"
            )
    sys.exit(code)


if __name__ == "__main__":
    main()
