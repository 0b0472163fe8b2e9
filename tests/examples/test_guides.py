"""The guides for the three users: every file and command that they show works as shown."""

from pathlib import Path

import pytest

from tests.examples.documents import GUIDES
from tests.examples.guide import Guide


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_can_be_followed(page: Path, tmp_path: Path) -> None:
    guide = Guide(page.read_text(encoding="utf-8"), tmp_path)
    try:
        guide.play()
    finally:
        guide.close()
    assert len(guide.played) >= 5


def test_there_is_a_guide_for_each_of_the_three_users() -> None:
    names = {page.stem for page in GUIDES}
    assert {"guide-recorder", "guide-desktop", "guide-tester"} <= names
