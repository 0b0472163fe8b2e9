"""Every configuration that a page shows, whole or in part, is one that the program takes."""

import dataclasses
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.examples.documents import DOCUMENTS, name_of, parts
from tlibsim.cli import main
from tlibsim.config.settings import Settings

SECTIONS = {one.name.replace("_", "-") for one in dataclasses.fields(Settings)} | {"listen"}

SWITCH = """\
dns:
  "5001": {type: RouteDN}
  "8001": {type: Queue}
  "7001": {type: DN}
  "7003": {type: DN}
agents: {"1001": {}}
"""
"""What a part of a configuration speaks of."""


def _shown() -> list[tuple[str, str]]:
    """Page and text of the YAML blocks whose keys are sections; files are for those who play them."""
    found = []
    for document in DOCUMENTS:
        for block in parts(document.read_text(encoding="utf-8")):
            if block.language == "yaml" and not block.file:
                data = yaml.safe_load(block.body)
                if isinstance(data, dict) and data and set(data) <= SECTIONS:
                    found.append((name_of(document), block.body))
    return found


SHOWN = _shown()


@pytest.mark.parametrize(("page", "text"), SHOWN, ids=[page for page, _ in SHOWN])
def test_a_configuration_shown_is_taken(page: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "tlibsim.yaml"
    file.write_text(text if "dns:" in text else SWITCH + text, encoding="utf-8")

    result = CliRunner().invoke(main, ["config", "check", str(file)])

    assert result.exit_code == 0, result.output
    assert "warning" not in result.output


def test_the_pages_show_configurations() -> None:
    assert {"README.md", "docs/sites.md", "docs/sip-recorders.md"} <= {
        page for page, _ in SHOWN
    }
