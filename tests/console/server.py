"""A server with a control API in a process of its own, and a client for it."""

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.endtoend.programs import SECONDS, line_of, started

CONFIG = """\
seed: 1
listen: [{port: 0}]
http: {port: 0}
dns:
  "7001": {type: DN, record: true}
  "7002": {type: DN}
  "7003": {type: DN}
  "8001": {type: Queue}
  "trunk-in": {type: Trunk}
  "trunk-out": {type: Trunk, prefix: "9"}
  "msml1": {type: voip-service, service-type: msml}
agents: {"1001": {name: alice, dn: "7001"}}
options: {msml-support: true, msml-record-support: true}
recordings: {backend: "null"}
"""


class Api:
    """The control API; every answer is (status, document)."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        self.url = ready["http"]["url"]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.url + path,
            data=None if method == "GET" else data,
            method=method,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                return response.status, _document(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _document(error.read())

    def get(self, path: str) -> Any:
        status, document = self.ask("GET", path)
        assert status == 200, document
        return document

    def post(self, path: str, body: Any = None) -> Any:
        status, document = self.ask("POST", path, body)
        assert status in {200, 201}, document
        return document


def _document(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()


@contextmanager
def api(directory: Path, config: str = CONFIG, *words: str) -> Iterator[Api]:
    """Serve the configuration until the block ends."""
    file = directory / "tlibsim.yaml"
    file.write_text(config, encoding="utf-8")
    with started("serve", "--config", file, "--quiet", *words, cwd=directory) as process:
        yield Api(json.loads(line_of(process)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=SECONDS) == 0
