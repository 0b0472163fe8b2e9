"""Runs a user's test in a pytest of its own, with the plugin and none of this project's settings."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 120


def run(directory: Path, test: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one test file; the result has what pytest said."""
    (directory / "test_it.py").write_text(test, encoding="utf-8")
    (directory / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    path = os.pathsep.join((str(ROOT), str(ROOT / "protocol")))
    installed = ("-p", "no:twisted", "-p", "tlibsim.testing.plugin", "-p", "no:tlibsim")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *installed, *words],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
        cwd=directory,
        timeout=SECONDS,
        check=False,
    )
