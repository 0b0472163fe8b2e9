"""The page of the recorder contract is as fresh as the tables that it is made from."""

import subprocess
import sys

from tests.endtoend.programs import environment
from tests.meta.checkout import ROOT


def test_the_page_of_the_contract_is_fresh():
    made = subprocess.run(
        [sys.executable, "-m", "tools.pages.contract"],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    page = (ROOT / "docs/recorder-contract.md").read_text(encoding="utf-8")
    assert page == made.stdout, "docs/recorder-contract.md is stale: ./tools/regenerate"
