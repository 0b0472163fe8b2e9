"""The pages about loads and runs can be followed, and say what the program says."""

from pathlib import Path

import pytest

from tests.examples.documents import ROOT
from tests.examples.guide import Guide
from tlibsim.runs.document import Run


@pytest.mark.parametrize("name", ["load", "runs"])
@pytest.mark.timeout(200)
def test_it_can_be_followed(name: str, tmp_path: Path) -> None:
    guide = Guide((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8"), tmp_path)
    try:
        guide.play()
    finally:
        guide.close()
    assert guide.played


def test_the_page_names_every_member_of_the_document() -> None:
    text = (ROOT / "docs" / "runs.md").read_text(encoding="utf-8")
    document = Run(id="", kind="scenario", title="", of=0, begun=0.0).document()

    assert [name for name in document if f"`{name}`" not in text] == []
