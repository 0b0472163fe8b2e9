"""FIRST_HOUR.md, story T, minutes 25 to 40: from a capture, and from the wire."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.endtoend.programs import environment, line_of, serving, started, tlibsim
from tests.endtoend.tester_story import CARDS, project, terminal, typed

pytestmark = pytest.mark.timeout(180)
BED = """\
server: SIPServer1
dns: {"7001": {type: DN, record: true}, "7002": {type: DN}, "trunk-in": {type: Trunk, prefix: ""}}
clients: {wde-7001: ["7001"], wde-7002: ["7002"]}
options: {msml-support: true, msml-record-support: true}
"""
ALONE = """\
import sys
FORBIDDEN = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "os.system",
             "socket.bind", "socket.connect", "os.setuid")
def guard(event, arguments):
    if event in FORBIDDEN:
        raise RuntimeError(f"{event} {arguments}")
from tlibsim.cli import main
sys.addaudithook(guard)
main(prog_name="tlibsim")
"""
"""The program, which may start no other one and open no connection."""


@pytest.fixture(scope="module", name="folder")
def folder_with_a_capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture, made of a run of a call of the old log by our own exporter."""
    folder = project(tmp_path_factory.mktemp("story") / "wire")
    for line in (
        "tlibsim scenario from-log sipserver.20250311.log --call 009a021843038406 -o made/a.yaml",
        "tlibsim scenario run made/a.yaml --journal journals",
        "tlibsim export journals/a.jsonl -o capture.pcapng --port 3000",
    ):
        done = typed(line, folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_a_capture_is_decoded_with_ways_times_and_names(folder: Path) -> None:
    done = typed("tlibsim decode capture.pcapng --port 3000", folder)

    first, second, third, *_ = done.stdout.splitlines()
    assert first == "#1  00:00:00.000  C>S  c1  RequestRegisterClient name=wde-7001"
    assert second == "#2  00:00:00.000  S>C  c1  EventLinkConnected name=SIPServer1"
    assert third.startswith("#3  00:00:00.000  C>S  c1  RequestRegisterAddress ThisDN='7001'")


def test_head_takes_three_lines_and_nobody_complains(folder: Path) -> None:
    text = (folder / "journals" / "a.jsonl").read_text(encoding="utf-8")
    (folder / "long.jsonl").write_text(text * 200, encoding="utf-8")
    made = typed("tlibsim export long.jsonl -o long.pcapng --port 3000", folder)
    assert made.returncode == 0, made.stderr

    done = typed("tlibsim decode long.pcapng --port 3000 | head -3", folder)

    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == ""


def test_a_capture_becomes_a_scenario_for_each_call(folder: Path) -> None:
    done = typed(
        "tlibsim scenario from-pcap capture.pcapng --port 3000 -o scenarios/from-wire/", folder
    )

    assert done.returncode == 0, done.stderr
    assert re.match(r"read \d+ packets, 1 connection, 1 call", done.stdout)
    (made,) = (folder / "scenarios" / "from-wire").iterdir()
    played = typed("tlibsim scenario run scenarios/from-wire/", folder)
    assert played.returncode == 0, played.stdout
    (scenario,) = yaml.safe_load(made.read_text(encoding="utf-8"))["scenarios"]
    assert scenario["origin"]["log"] == "capture.pcapng"


@pytest.mark.parametrize(
    "line",
    ["decode capture.pcapng --port 3000", "scenario from-pcap capture.pcapng -o alone.yaml"],
)
def test_captures_are_read_without_rights_or_other_programs(line: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *line.split()],
        capture_output=True,
        encoding="utf-8",
        env={**environment(), "PATH": "/nowhere"},
        cwd=folder,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@contextmanager
def watching(dn: str, there: tuple[str, str]) -> Iterator[None]:
    """A client that has registered the DN and stays connected."""
    with started("client", "watch", dn, *there, "--name", f"wde-{dn}") as client:
        assert f"registered {dn}" in line_of(client)
        yield


@pytest.fixture(scope="module", name="recorded")
def recorded_session(folder: Path) -> str:
    """A session of two clients with a call, through the proxy; what the terminal showed."""
    (folder / "bed.yaml").write_text(BED, encoding="utf-8")
    (folder / "rules.yaml").write_text("keys: [account]\nkey: our own\n", encoding="utf-8")
    with serving(folder, folder / "bed.yaml") as port:
        words = f"--upstream 127.0.0.1:{port} --out captures/tuesday/ --redact rules.yaml"
        with terminal(f"tlibsim record --listen :0 {words}", folder) as proxy:
            where = proxy.until(r"listening at 127\.0\.0\.1:(\d+)")
            there = ("--port", where[1])
            with watching("7001", there), watching("7002", there):
                data = f'UserData={{account: "A-77", card: "{CARDS[0]}"}}'
                made = tlibsim(
                    "client", "send", "MakeCall", "ThisDN=7001", "OtherDN=7002", data, *there
                )
                assert "EventDialing" in made.stdout, made.stdout + made.stderr
                proxy.until(r"recording 2 clients · [\d,]+ messages · 1 call open · Ctrl-C")
            assert proxy.interrupt() == 0
            return proxy.screen


def test_the_proxy_shows_what_it_records(recorded: str) -> None:
    assert re.search(
        r"recording 2 clients · [\d,]+ messages · 1 call open · Ctrl-C closes the session cleanly",
        recorded,
    )
    assert re.search(r"wrote captures/tuesday/session-1\.tlc: ", recorded)


def test_what_rules_name_never_gets_to_disk(recorded: str, folder: Path) -> None:
    assert recorded
    text = (folder / "captures" / "tuesday" / "session-1.tlc").read_text(encoding="ascii")

    for secret in (CARDS[0], "A-77"):
        assert secret not in text
        assert secret.encode().hex() not in text
    assert json.loads(text.splitlines()[0])["kind"] == "connected"


def test_a_session_is_replayed_step_by_step_faster_and_only_in_part(
    recorded: str, folder: Path
) -> None:
    assert recorded
    with serving(folder, folder / "bed.yaml") as port:
        line = "tlibsim replay captures/tuesday/session-1.tlc --speed 10x --only dn=7001 --step"
        done = typed(f"{line} --against 127.0.0.1:{port}", folder, keys="\n" * 20)

    assert done.returncode == 0, done.stdout + done.stderr
    *messages, end = done.stdout.splitlines()
    assert messages
    assert all("ThisDN='7001'" in one for one in messages)
    assert done.stderr.count("Enter goes on") == len(messages)
    assert end.startswith(f"sent {len(messages)} request")
