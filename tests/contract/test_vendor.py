"""The contract against a recorder that somebody else could have written."""

import sys
from pathlib import Path

from tests.contract.bench import Run, free_port, write_config
from tests.endtoend.programs import tlibsim

VENDOR = Path(__file__).with_name("vendor.py")


def test_a_recorder_of_another_make_passes_with_all_that_it_does_differently(tmp_path: Path):
    port = free_port()
    start = f"{sys.executable} {VENDOR} {{tlib_host}}:{{tlib_port}} {port} recorded"
    write_config(tmp_path, start=start)
    address = f"recorder.sip_uri=sip:127.0.0.1:{port};transport=tcp"
    words = ("--set", address, "--set", "recorder.sessions=1")
    run = Run(tlibsim("contract", "run", *words, cwd=tmp_path), tmp_path)
    assert run.result.returncode == 0, run.result.stdout + run.result.stderr
    assert "1 not seen, 2 skipped" in run.result.stdout


def test_nothing_of_tlibsim_is_in_it():
    assert "import tlib" not in VENDOR.read_text(encoding="utf-8").replace("from ", "import ")
