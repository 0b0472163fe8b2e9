"""Plays a guide: writes the files that it shows and types the commands, in order, as a reader does.

All commands go to one shell, so that ``&``, ``kill %1`` and ``cd`` mean what they mean to a reader.
A ``text`` block after commands is compared with what they said, in substance: words and their
order, while ``...``, ports, times of day and numbers with a decimal point may be others.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from socket import SOCK_DGRAM, SOCK_STREAM, socket
from threading import Thread

from tests.endtoend.programs import environment
from tests.examples.documents import Block, parts

SECONDS = 90
_EXIT = re.compile(r"\s+# exit code (\d+)$")
_PORTS = ((7020, SOCK_STREAM), (7030, SOCK_STREAM), (7080, SOCK_STREAM), (5080, SOCK_DGRAM))
_MOVING = (
    (r"127\.0\.0\.1:\d+", r"127\.0\.0\.1:\d+"),
    (r"\d\d:\d\d:\d\d(\.\d+)?", r"\d\d:\d\d:\d\d(\.\d+)?"),
    (r"\d+\.\d+", r"\d+\.\d+"),
)
_PROGRAMS = {
    "python": '#!/bin/sh\nexec "{python}" "$@"\n',
    "tlibsim": """\
#!/bin/sh
case "$1 $*" in
*" --port "*) ;;
"serve "*) set -- "$@" --set listen.0.port={port} ;;
"client "*) set -- "$@" --port {port} ;;
esac
exec "{python}" -u -m tlibsim "$@"
""",
    "pytest": """\
#!/bin/sh
exec "{python}" -m pytest -p no:tlibsim -p tlibsim.testing.plugin -p no:twisted \\
    -p no:cacheprovider --rootdir . -c /dev/null "$@"
""",
}


class Guide:
    """The blocks of a page or of a part of it, in a folder of its own with ports of its own."""

    def __init__(self, text: str, directory: Path) -> None:
        self._blocks = parts(text)
        self._directory = directory
        self._ports = {str(port): str(_free(kind)) for port, kind in _PORTS}
        self._shell = _Shell(directory, self._environment())
        self.played: list[str] = []

    def play(self) -> None:
        """Every block in its order; raises AssertionError for a command that ends otherwise."""
        said = ""
        for block in self._blocks:
            if block.file:
                self._write(block)
            elif block.commands:
                said = "".join(self._type(command) for command in block.commands)
            elif block.language == "text":
                compare(self._here(block.body), said)

    def close(self) -> None:
        """End what still runs."""
        self._shell.close()

    def _write(self, block: Block) -> None:
        path = self._directory / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._here(block.body), encoding="utf-8")

    def _here(self, text: str) -> str:
        """The text with free ports."""
        for usual, port in self._ports.items():
            text = re.sub(rf"(?<!\d){usual}(?!\d)", port, text)
        return text

    def _type(self, line: str) -> str:
        self.played.append(line)
        expected = _EXIT.search(line)
        command = self._here(_EXIT.sub("", line))
        if command.endswith(" &"):
            return self._shell.begin(command.removesuffix(" &"))
        code, said = self._shell.run(command)
        wanted = int(expected[1]) if expected else 0
        assert code == wanted, f"$ {line}\n{said}exit code {code}, expected {wanted}"
        assert "Traceback" not in said, f"$ {line}\n{said}"
        return said

    def _environment(self) -> dict[str, str]:
        programs = self._directory / ".programs"
        programs.mkdir()
        for name, text in _PROGRAMS.items():
            script = programs / name
            script.write_text(
                text.format(python=sys.executable, port=self._ports["7020"]), encoding="utf-8"
            )
            script.chmod(0o755)
        return {
            **environment(),
            "PATH": os.pathsep.join((str(programs), os.environ["PATH"])),
            "TLIBSIM_URL": f"http://127.0.0.1:{self._ports['7080']}",
            "XDG_STATE_HOME": str(self._directory / ".state"),
            "PYTHONUNBUFFERED": "1",
        }


class _Shell:
    """One bash, with its jobs; what it says is read by a thread, so that nothing ever blocks."""

    _END = "end-of-command"

    def __init__(self, directory: Path, variables: dict[str, str]) -> None:
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=directory,
            env=variables,
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        self._write("set -m")

    def run(self, command: str) -> tuple[int, str]:
        """The exit code of a command, and what was said until its end."""
        self._write(f"{{ {command}\n}} </dev/null; printf '\\n%s %s\\n' {self._END} $?")
        said = ""
        for line in self._until(command):
            if line.startswith(self._END):
                return int(line.split()[1]), said.removesuffix("\n")
            said += line
        raise AssertionError(f"$ {command}\n{said}the shell ended")

    def begin(self, command: str) -> str:
        """Start a job; comes back when it says that it is ready, with what it said."""
        self._write(f"{command} </dev/null &")
        said = ""
        for line in self._until(command):
            said += line
            if not command.startswith("tlibsim serve") or line.startswith("{"):
                return said
        raise AssertionError(f"$ {command}\n{said}it ended before it was ready")

    def close(self) -> None:
        """Ctrl-C for every job, then an end to whatever is left of the session."""
        try:
            self.run("for job in $(jobs -p); do kill -INT -- -$job; done; wait")
        except (AssertionError, OSError):
            for pid in _members(self._bash.pid):
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.close()
        self._bash.wait(timeout=SECONDS)
        self._reader.join(timeout=SECONDS)
        self._bash.stdout.close()

    def _write(self, line: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(line + "\n")
        self._bash.stdin.flush()

    def _read(self) -> None:
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _until(self, command: str) -> Iterator[str]:
        """The lines as they come, to the end of the shell; raises AssertionError for silence."""
        said = ""
        while True:
            try:
                line = self._lines.get(timeout=SECONDS)
            except Empty:
                raise AssertionError(f"$ {command}\n{said}no end in {SECONDS} s") from None
            if line is None:
                return
            said += line
            yield line


def compare(shown: str, said: str) -> None:
    """Each line shown must have been said, in this order."""
    lines = iter(said.splitlines())
    for line in shown.splitlines():
        if line.strip() in ("", "..."):
            continue
        pattern = re.compile(_pattern(line))
        assert any(pattern.search(one) for one in lines), f"not said: {line}\n{said}"


def _pattern(line: str) -> str:
    return r"\s+".join(_word(word) for word in line.removesuffix("...").split())


def _word(word: str) -> str:
    if word == "...":
        return ".*"
    for moving, pattern in _MOVING:
        found = re.search(moving, word)
        if found is not None:
            return _word(word[: found.start()]) + pattern + _word(word[found.end() :])
    return re.escape(word).replace(r"\.\.\.", r"\S*")


def _members(session: int) -> Iterator[int]:
    """The processes of a session, by their numbers."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(entry.name)) == session:
                yield int(entry.name)


def _free(kind: int) -> int:
    with socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
