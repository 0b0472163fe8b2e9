"""Runs ``tlibsim contract run`` against the reference recorder, right or with a mistake."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from subprocess import CompletedProcess
from threading import Lock

from tests.endtoend.programs import tlibsim

CONFIG = """\
seed: 1
listen: [{{port: 0}}]
dns:
  "7001": {{type: DN, record: true}}
  "7002": {{type: DN}}
  "7003": {{type: DN}}
  "trunk-in": {{type: Trunk}}
  "msml1": {{type: voip-service, service-type: msml}}
recorder:
  sip_uri: sip:127.0.0.1:{port}
  start: "{start}"
  ready: {{registered: ["7001", "7002"], within: 15s}}
  starts_on: ["7002"]
  files: recorded
  reconnect_within: 4s
"""
COMMAND = (
    "{python} -m tlibsim.testing.recorder --tserver {{tlib_host}}:{{tlib_port}}"
    " --sip-port {port} --register 7001,7002 --start-on 7002 --files recorded{more}"
)


_CANDIDATES = iter(range(20_000 + os.getpid() % 400 * 20, 32_000))
_LOCK = Lock()


def free_port() -> int:
    """A UDP port below those that the system gives away by itself, each once."""
    with _LOCK:
        for port in _CANDIDATES:
            with socket(AF_INET, SOCK_DGRAM) as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port
    raise AssertionError("no free port is left")


@dataclass(frozen=True)
class Run:
    """A finished run and its folder."""

    result: CompletedProcess[str]
    directory: Path

    @property
    def failed(self) -> list[str]:
        """The checks that failed."""
        lines = self.result.stdout.splitlines()
        return [line.split()[0] for line in lines if line.startswith("  ") and " FAIL " in line]


def write_config(directory: Path, bug: str = "", start: str | None = None) -> Path:
    """A configuration in a folder of its own, with a free port for the recorder."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    more = f" --bug {bug}" if bug else ""
    command = COMMAND.format(python=sys.executable, port=port, more=more)
    file = directory / "tlibsim.yaml"
    text = CONFIG.format(port=port, start=command if start is None else start)
    file.write_text(text, encoding="utf-8")
    return file


def contract(directory: Path, *words: str, bug: str = "", start: str | None = None) -> Run:
    """Run the contract in the folder."""
    write_config(directory, bug, start)
    return Run(tlibsim("contract", "run", *words, cwd=directory), directory)
