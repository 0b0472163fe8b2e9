"""What is generated is as fresh as what it is generated from."""

import json

import pytest
from click.testing import CliRunner

from tests.meta.checkout import ROOT
from tlibsim.cli import main


@pytest.mark.parametrize(
    ("command", "file"),
    [("reference", "docs/configuration.md"), ("schema", "docs/tlibsim.schema.json")],
)
def test_a_generated_file_is_fresh(command: str, file: str) -> None:
    result = CliRunner().invoke(main, ["config", command])

    assert result.exit_code == 0
    stale = f"{file} is stale: make docs"
    assert (ROOT / file).read_text(encoding="utf-8") == result.stdout, stale


def test_the_schema_refuses_unknown_sections_and_keeps_unknown_options() -> None:
    schema = json.loads((ROOT / "docs/tlibsim.schema.json").read_text(encoding="utf-8"))

    assert schema["additionalProperties"] is False
    assert schema["$defs"]["OptionsShape"]["additionalProperties"] is True
    assert schema["$defs"]["ListenShape"]["additionalProperties"] is False
    names = schema["$defs"]["OptionsShape"]["properties"]
    assert names["user-data-limit"]["type"] == "integer"
    assert names["integer-extension"]["enum"] == ["reject", "coerce", "drop-clients"]
