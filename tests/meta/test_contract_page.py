"""Pages made from tables are as fresh as the tables."""

import subprocess
import sys

import pytest

from tests.endtoend.programs import environment
from tests.meta.checkout import ROOT


@pytest.mark.parametrize(
    ("module", "page"),
    [
        ("tools.pages.contract", "docs/recorder-contract.md"),
        ("tools.pages.contract desktop", "docs/desktop-contract.md"),
        ("tools.pages.api", "docs/control-api.md"),
        ("tools.pages.faults", "docs/faults.md"),
        ("tools.pages.differences", "docs/differences.md"),
    ],
)
def test_a_page_is_fresh(module: str, page: str):
    made = subprocess.run(
        [sys.executable, "-m", *module.split()],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == made.stdout, f"{page} is stale: ./tools/regenerate"
