"""What the tests of the first minutes and of the recorder's story share: a shell with free ports.

Commands are typed as FIRST_HOUR.md has them.  The ports of the story (7020, 7080, 5080) are others
for each shell, so that tests can run side by side; what is shown has those of the story again.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import SOCK_STREAM, socket

from tests.contract.bench import free_port
from tests.endtoend.programs import SECONDS, environment, interruptible, tlibsim

Done = subprocess.CompletedProcess[str]

T_LIBRARY, CONSOLE, SIP = 7020, 7080, 5080
START = """\
#!/bin/sh
# The recorder of the story: the reference recorder, with the mistake that BUG names, if it does.
python -m tlibsim.testing.recorder --sip-port {sip} --start-on 7002 ${{BUG:+--bug "$BUG"}} "$@"
"""
_PROGRAMS = {
    "python": '#!/bin/sh\nexec "{python}" "$@"\n',
    "tlibsim": """\
#!/bin/sh
if [ "$1" = client ]; then set -- "$@" --port {tlib}; fi
exec "{python}" -u -m tlibsim "$@"
""",
}


class Background:
    """A command that runs; ``lines`` is what it has said so far, on both outputs."""

    def __init__(self, process: subprocess.Popen[str], ports: "Ports") -> None:
        self.lines: list[str] = []
        self.process = process
        self._ports = ports
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(self._ports.of_the_story(line.rstrip("\n")))

    def says(self, pattern: str) -> str:
        """Wait for a line with the pattern; the line."""
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            for line in tuple(self.lines):
                if re.search(pattern, line):
                    return line
            time.sleep(0.02)
        raise AssertionError(f"no {pattern} in {self.lines}")

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(timeout=SECONDS)
        self._reader.join(timeout=SECONDS)
        return code

    def end(self) -> None:
        """End it with all that it started, whatever it does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=SECONDS)
        self._reader.join(timeout=SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Ports:
    """Free ports in the place of those of the story."""

    def __init__(self) -> None:
        tcp = [_free_tcp(), _free_tcp()]
        self._by_story = {T_LIBRARY: tcp[0], CONSOLE: tcp[1], SIP: free_port()}

    def __getitem__(self, port: int) -> int:
        return self._by_story[port]

    def of_this_run(self, text: str) -> str:
        for story, here in self._by_story.items():
            text = text.replace(str(story), str(here))
        return text

    def of_the_story(self, text: str) -> str:
        for story, here in self._by_story.items():
            text = text.replace(str(here), str(story))
        return text


class Shell:
    """A folder in which commands are typed."""

    def __init__(self, folder: Path, ports: Ports | None = None) -> None:
        self.folder = folder
        self.ports = ports or Ports()
        folder.mkdir(parents=True, exist_ok=True)
        programs = folder.parent / f".programs-{folder.name}"
        programs.mkdir(exist_ok=True)
        for name, text in _PROGRAMS.items():
            file = programs / name
            file.write_text(text.format(python=sys.executable, tlib=self.ports[T_LIBRARY]))
            file.chmod(0o755)
        self.environment = {
            **environment(),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "TLIBSIM_LISTEN__0__PORT": str(self.ports[T_LIBRARY]),
            "TLIBSIM_HTTP__PORT": str(self.ports[CONSOLE]),
            "TLIBSIM_URL": f"http://127.0.0.1:{self.ports[CONSOLE]}",
            "XDG_STATE_HOME": str(folder.parent / ".state"),
            "PYTHONUNBUFFERED": "1",
        }

    def type(self, line: str, **variables: str) -> Done:
        """A command line, carried out to its end; what it said has the ports of the story."""
        done = subprocess.run(
            ["/bin/bash", "-c", f"set -o pipefail; {line}"],
            capture_output=True,
            encoding="utf-8",
            env={**self.environment, **variables},
            cwd=self.folder,
            timeout=3 * SECONDS,
            check=False,
        )
        done.stdout = self.ports.of_the_story(done.stdout)
        done.stderr = self.ports.of_the_story(done.stderr)
        return done

    def shows(self, line: str, **variables: str) -> str:
        """The same for a command that succeeds; what it shows."""
        done = self.type(line, **variables)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, line: str, **variables: str) -> Iterator[Background]:
        """A command line that ends with ``&``, or waits for Ctrl-C."""
        process = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {line.removesuffix(' &')}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            env={**self.environment, **variables},
            cwd=self.folder,
            start_new_session=True,
            preexec_fn=interruptible,  # noqa: PLW1509  it sets a signal, nothing else
        )
        background = Background(process, self.ports)
        try:
            yield background
        finally:
            background.end()


def project(folder: Path) -> tuple[Shell, str]:
    """``tlibsim init recorder-ci --template recorder``, configured as in the story.

    Gives a shell in the folder, and what ``init`` said.
    """
    done = tlibsim("init", "recorder-ci", "--template", "recorder", cwd=folder)
    assert done.returncode == 0, done.stderr
    shell = Shell(folder / "recorder-ci")
    script = shell.folder / "start-recorder.sh"
    script.write_text(START.format(sip=shell.ports[SIP]), encoding="utf-8")
    script.chmod(0o755)
    file = shell.folder / "tlibsim.yaml"
    text = file.read_text(encoding="utf-8")
    start = '  start: "./start-recorder.sh --tserver {tlib_host}:{tlib_port}"'
    text = re.sub(r"^  start: .*$", start, text, flags=re.MULTILINE)
    file.write_text(text.replace(str(SIP), str(shell.ports[SIP])), encoding="utf-8")
    return shell, done.stdout


def in_order(lines: list[str], *patterns: str) -> None:
    """Each pattern is in a line, one after the other, others between; AssertionError else."""
    left = list(lines)
    for pattern in patterns:
        while left and not re.search(pattern, left[0]):
            left.pop(0)
        assert left, f"no {pattern} (in this order) in\n" + "\n".join(lines)


def _free_tcp() -> int:
    """A TCP port below those that the system gives away by itself."""
    for _ in range(100):
        port = free_port()
        with socket(type=SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no free port is left")
