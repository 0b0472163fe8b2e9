"""``tlibsim --version`` says what is installed, and also what is not."""

import os
import subprocess
import sys
from pathlib import Path

from tests.meta.checkout import ROOT
from tlibsim.config.version import UNKNOWN, checkout_version


def test_a_checkout_that_is_not_installed_says_its_version() -> None:
    blind = (
        "import importlib.metadata as m\n"
        "def version(name): raise m.PackageNotFoundError(name)\n"
        "m.version = version\n"
        "from tlibsim.cli import main\n"
        "main(['--version'], prog_name='tlibsim')"
    )
    path = os.pathsep.join((str(ROOT), str(ROOT / "protocol")))
    done = subprocess.run(
        [sys.executable, "-c", blind],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"tlibsim {checkout_version(ROOT)}\n"
    assert done.stdout.endswith("(checkout)\n")


def test_without_a_checkout_the_version_is_unknown(tmp_path: Path) -> None:
    assert checkout_version(tmp_path) == UNKNOWN
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = x\n", encoding="utf-8")
    assert checkout_version(tmp_path) == UNKNOWN
