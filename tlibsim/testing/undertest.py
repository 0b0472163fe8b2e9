"""The recorder of a test: the program that the configuration names, or a scripted one of ours."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlibsim.contract.command import words
from tlibsim.testing.pipe import SimulatorError
from tlibsim.testing.sipview import ExpectationError, SipView

if TYPE_CHECKING:
    from tlibsim.testing.harness import Switch

_STOP_S = 5.0
_LOOK_S = 0.2
_MOST_WORDS = 2000


def free_sip_port() -> int:
    """A UDP port of the loopback interface that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ProgramUnderTest:
    """A recorder that was started for this test; ``sip`` is what it was told over SIP."""

    def __init__(self, switch: "Switch", settings: Mapping[str, Any], folder: Path) -> None:
        """Start it; raises SimulatorError when it cannot be started."""
        self.sip: SipView = switch.sip
        self._switch = switch
        self._settings = settings
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed with the program
        filled = self._filled()
        try:
            self._process = subprocess.Popen(  # noqa: S603  the user's own command
                filled,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                env={**os.environ, "TLIBSIM_TSERVER": f"{switch.host}:{switch.port}"},
                start_new_session=True,
            )
        except OSError as error:
            self._output.close()
            raise SimulatorError(f"recorder.start: {filled[0]}: {error.strerror}") from error

    def _filled(self) -> list[str]:
        address = (self._switch.host, self._switch.port)
        try:
            return words(self._settings["start"], address, self._settings["sip_uri"])
        except ValueError as error:
            raise SimulatorError(f"recorder.start {error}") from None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        """The end of what it wrote."""
        self._output.seek(0, os.SEEK_END)
        self._output.seek(max(0, self._output.tell() - _MOST_WORDS))
        return self._output.read().decode("utf-8", "replace")

    def get_ready(self) -> None:
        """Wait until its DNs are registered; raises ExpectationError with its last words."""
        limit = float(self._settings["within_s"])
        deadline = time.monotonic() + limit
        for dn in self._settings["registered"]:
            while not self._has_registered(dn):
                code = self._process.poll()
                if code:
                    said = f"the recorder ended with exit code {code}\n{self.output}"
                    raise ExpectationError(said.rstrip())
                if time.monotonic() > deadline:
                    said = f"the recorder did not register {dn} in {limit:g} s\n{self.output}"
                    raise ExpectationError(said.rstrip())

    def _has_registered(self, dn: str) -> bool:
        with suppress(ExpectationError):
            self._switch.expect("EventRegistered", dn=dn, within=_LOOK_S)
            return True
        return False

    def close(self) -> None:
        """End it, with all that it started itself."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_STOP_S)
        self._output.close()


class ScriptedRecorder:
    """A right recorder in this process that can be told to do something else.

    It registers the DNs, takes sessions, writes a WAV file for each party into ``folder``.
    """

    def __init__(self, switch: "Switch", settings: Mapping[str, Any], folder: Path) -> None:
        from tlibsim.testing.recorder.library import Rules
        from tlibsim.testing.recorder.recorder import Recorder

        self.sip: SipView = switch.sip
        self.folder = folder
        self._switch = switch
        self._dns: tuple[str, ...] = tuple(settings["registered"])
        self._recorder = Recorder(
            (switch.host, switch.port),
            Rules(dns=self._dns, start_on=tuple(settings["starts_on"])),
            directory=folder,
            sip_port=int(settings["sip_port"]),
        )
        self._recorder.open()

    def get_ready(self) -> None:
        """Wait until it has registered."""
        for dn in self._dns:
            self._switch.expect("EventRegistered", dn=dn)

    def refuse(self, code: int = 486, *, count: int = 1) -> None:
        """Answer the next sessions with ``code``."""
        self._recorder.sip.refusals.extend([code] * count)

    def hang_up(self) -> int:
        """End all sessions from this side; how many there were."""
        return self._recorder.sip.hang_up()

    @property
    def files(self) -> list[Path]:
        """The WAV files of sessions that are over, by name: CallUUID and number of the party."""
        return sorted(self.folder.glob("*.wav"))

    def close(self) -> None:
        """End all sessions, and the connection."""
        self._recorder.close()


RecorderOfTest = ProgramUnderTest | ScriptedRecorder


def recorder_for(switch: "Switch", folder: Path, files: Path) -> RecorderOfTest:
    """The recorder that the configuration names, else a scripted one that writes to ``files``."""
    settings = switch.ask("recorder")
    made: RecorderOfTest = (
        ProgramUnderTest(switch, settings, folder)
        if settings["start"]
        else ScriptedRecorder(switch, settings, files)
    )
    try:
        made.get_ready()
    except BaseException:
        made.close()
        raise
    return made
