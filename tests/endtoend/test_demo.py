"""``tlibsim demo`` as a user has it: processes of its own, real time, real files."""

import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

from tests.endtoend.programs import environment, interrupted, line_of, started, tlibsim

SAMPLE_RATE = 8000
LONGEST_CALL_S = 9.5

SPY = """
import os, sys

spied = open(os.environ["SPY"], "a", buffering=1)

def watch(event, arguments):
    if event in ("socket.bind", "socket.connect", "socket.sendto", "socket.getaddrinfo"):
        print(event, *arguments[1:], file=spied)

sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> "Run":
    """One run of ``demo --once`` that several tests look at; a spy sits in its process."""
    place = tmp_path_factory.mktemp("once")
    (place / "sitecustomize.py").write_text(SPY, encoding="utf-8")
    seen = environment()
    seen["PYTHONPATH"] = os.pathsep.join((str(place), seen["PYTHONPATH"]))
    done = subprocess.run(
        [sys.executable, "-m", "tlibsim", "demo", "--once"],
        capture_output=True,
        encoding="utf-8",
        env=seen | {"SPY": str(place / "spy")},
        cwd=place,
        timeout=60,
        check=False,
    )
    return Run(place, done)


class Run:
    """What a finished demo said, and the files that it named."""

    def __init__(self, place: Path, done: subprocess.CompletedProcess[str]) -> None:
        self.place = place
        self.done = done

    def named(self, what: str) -> Path:
        found = re.search(rf"^ +{what} +(\S+)$", self.done.stdout, re.MULTILINE)
        assert found, self.done
        return self.place / found[1]

    def lines_of_call(self, number: int) -> list[str]:
        return [line for line in self.done.stdout.splitlines() if f"  call {number}  " in line]


def test_once_ends_well_and_says_nothing_on_stderr(once: Run) -> None:
    assert (once.done.returncode, once.done.stderr) == (0, "")


def test_the_recording_is_a_stereo_wav_of_the_talk_time(once: Run) -> None:
    sound = soundfile.info(once.named("WAV"))
    assert (sound.channels, sound.samplerate, sound.subtype) == (2, SAMPLE_RATE, "ULAW")
    assert LONGEST_CALL_S - 1 < sound.duration < LONGEST_CALL_S + 1


def test_agent_and_customer_talk_in_turn_each_on_a_channel(once: Run) -> None:
    samples, _ = soundfile.read(once.named("WAV"))
    agent, customer = np.abs(samples).T
    begin, middle = slice(SAMPLE_RATE, 3 * SAMPLE_RATE), slice(5 * SAMPLE_RATE, 8 * SAMPLE_RATE)
    assert agent[begin].max() > 0.1
    assert customer[begin].max() < 0.01
    assert customer[middle].max() > 0.1
    assert agent[middle].max() < 0.01


def test_the_picture_is_an_svg_that_names_both_parties(once: Run) -> None:
    picture = once.named("Picture")
    root = ElementTree.parse(picture).getroot()
    words = {node.text for node in root.iter() if node.text}
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"7001", "4155550100"} <= words


def test_the_screen_tells_the_call_in_order(once: Run) -> None:
    lines = once.lines_of_call(1)
    queued, ringing, established, recorded_on, released, recorded = lines
    assert "4155550100 -> 8001  EventQueued" in queued
    assert "8001 -> 7001 alice  EventRinging" in ringing
    assert "CustomerID=4711" in ringing
    assert re.search(
        r"7001 alice +EventEstablished +\(behavior: answers after 1 s\)", established
    )
    assert "GSIP_RECORD=On" in recorded_on
    assert "GSIP_REC_FN=" in recorded_on
    assert "7001 alice          EventReleased" in released
    assert once.named("WAV").name in recorded


def test_the_banner_tells_what_is_there_and_nothing_else(once: Run) -> None:
    out = once.done.stdout
    assert re.search(r'tlibsim .*demo switch "Acme" +ready in \d\.\d s', out)
    assert "files in ./tlibsim-demo/recordings" in out
    assert "3 extensions (7001-7003), 1 queue (8001), 1 routing point (5001), 2 trunks" in out
    assert "alice 1001@7001 ready, bob 1002@7002 ready, carol 1003@7003 not ready" in out
    assert "Seed 1 · clock real · journal keeps 10,000 messages" in out
    assert "Control API" not in out


def test_it_listens_on_loopback_and_connects_to_nothing(once: Run) -> None:
    lines = (once.place / "spy").read_text(encoding="utf-8").splitlines()
    assert lines == ["socket.bind ('127.0.0.1', 0)"]


def test_the_recording_is_found_by_its_caller(once: Run) -> None:
    found = tlibsim(
        "recordings", "list", "-d", "tlibsim-demo/recordings", "--number", "4155550100",
        cwd=once.place,
    )  # fmt: skip
    assert once.named("WAV").stem in found.stdout


def test_ctrl_c_in_a_call_keeps_what_was_recorded_and_ends_well(tmp_path: Path) -> None:
    with started("demo", "--port", "0", cwd=tmp_path) as process:
        while "GSIP_RECORD=On" not in line_of(process):
            pass
        out, err = interrupted(process)
    assert (process.returncode, err) == (0, "")
    assert out.rstrip().endswith("Stopped. 1 recording is in ./tlibsim-demo/recordings")
    [wav] = (tmp_path / "tlibsim-demo" / "recordings").glob("*.wav")
    assert soundfile.info(wav).channels == 2
    assert not list(wav.parent.glob("*.part"))


def test_without_traffic_no_call_comes_and_a_client_sees_its_own(tmp_path: Path) -> None:
    with started("demo", "--port", "0", "--no-traffic", cwd=tmp_path) as process:
        port = _port(process)
        made = tlibsim(
            "client", "send", "MakeCall", "ThisDN=7002", "OtherDN=7003", "--port", port
        )
        assert "EventDialing" in made.stdout
        out, _ = interrupted(process)
    assert "7002 bob -> 7003    EventDialing" in out
    assert "EventRinging" in out
    assert "4155550100" not in out
    assert process.returncode == 0


def test_a_taken_port_is_told_with_its_holder_and_the_way_out(
    taken_port: int, tmp_path: Path
) -> None:
    done = tlibsim("demo", "--port", taken_port, cwd=tmp_path)
    assert done.returncode == 2
    assert f"port {taken_port}" in done.stderr
    assert re.search(r"by \S+ \(pid \d+\)", done.stderr)
    assert "--port 0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_directory_that_cannot_be_written_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = tlibsim("demo", "--once", "--directory", "file/recordings", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "recordings cannot be written to ./file/recordings: Not a directory. "
        "Name another place with --directory.\n"
    )


def test_once_without_traffic_is_bad_usage() -> None:
    done = tlibsim("demo", "--once", "--no-traffic")
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def test_a_screen_that_nobody_reads_ends_the_demo_quietly(tmp_path: Path) -> None:
    with started("demo", "--port", "0", "--no-traffic", cwd=tmp_path) as process:
        port = int(_port(process))
        assert process.stdout is not None
        process.stdout.close()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def _port(process: subprocess.Popen[str]) -> str:
    """The port in the banner, which is read to its last line."""
    port = ""
    while "Ctrl-C stops" not in (line := line_of(process) + " "):
        found = re.search(r"tcp://127\.0\.0\.1:(\d+)", line)
        port = found[1] if found else port
    return port


def test_watching_the_routing_point_leaves_its_calls_to_the_rules(tmp_path: Path) -> None:
    with started("demo", "--port", "0", "--no-traffic", cwd=tmp_path) as process:
        port = _port(process)
        with started(
            "client", "watch", "5001", "--port", port, "--timeout", "20", cwd=tmp_path
        ) as watching:
            assert "registered 5001" in line_of(watching)
            tlibsim("client", "send", "MakeCall", "ThisDN=7003", "OtherDN=5001", "--port", port)
            seen = [line_of(watching)]
            while "EventDiverted" not in seen[-1]:
                seen.append(line_of(watching))
        interrupted(process)
    assert any("EventRouteUsed" in line for line in seen)


def test_a_second_demo_says_who_has_the_port_and_how_to_go_on(tmp_path: Path) -> None:
    with started("demo", "--port", "0", "--no-traffic", cwd=tmp_path) as process:
        port = _port(process)
        second = tlibsim("demo", "--port", port, cwd=tmp_path)
        interrupted(process)
    assert second.returncode == 2
    assert f"port {port}" in second.stderr
    assert f"(pid {process.pid})" in second.stderr
    assert "--port 0" in second.stderr


def test_a_demo_that_is_ended_while_it_starts_says_nothing_on_stderr(tmp_path: Path) -> None:
    for seconds in (0.2, 0.5, 0.8, 1.1, 1.4):
        with started("demo", "--port", "0", "--no-traffic", cwd=tmp_path) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=seconds)
            process.terminate()
            _, err = process.communicate(timeout=30)
        assert "Traceback" not in err
