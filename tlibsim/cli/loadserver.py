"""The private server of ``tlibsim load --calls``: a process of its own, so that both have a core."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tlibsim.cli.words import NEVER_CONNECTED

_STOP_S = 10.0


@contextmanager
def private_server(
    target: tuple[str, int] | None, dns: tuple[int, int]
) -> Iterator[tuple[str, int]]:
    """The target, or a server with DNs from the first to the last, ended with the block."""
    if target is not None:
        yield target
        return
    first, last = dns
    with tempfile.TemporaryDirectory(prefix="tlibsim-load-") as folder:
        file = Path(folder) / "load.yaml"
        file.write_text(
            f"listen: [{{port: 0}}]\ndns: {{'{first}-{last}': {{type: DN}}}}\n"
            'recordings: {backend: "null"}\n',
            encoding="utf-8",
        )
        process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "tlibsim", "serve", "--config", str(file), "--quiet"],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            assert process.stdout is not None  # noqa: S101  it is a pipe
            line = process.stdout.readline()
            if not line:
                click.echo("the private server did not start", err=True)
                sys.exit(NEVER_CONNECTED)
            place = json.loads(line)["tlib"]
            yield place["host"], place["port"]
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
