"""The JSON Schema of scenario files: fresh, right, and in step with the reader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.scenario.files import SCENARIOS
from tlibsim.scenario.schema import scenario_schema
from tlibsim.scenario.script.reading import READERS

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in SCENARIOS.parent.rglob("*.yml") if path.name != "pending.yml")


def faults(document: Any) -> list[str]:
    plain = json.loads(json.dumps(document, default=str))
    validator = jsonschema.Draft202012Validator(scenario_schema())
    return [error.message for error in validator.iter_errors(plain)]


def test_the_file_in_the_documents_is_fresh() -> None:
    written = json.loads((ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8"))

    assert written == scenario_schema(), "docs/scenario.schema.json is stale: make docs"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_scenario_file_of_ours_is_valid(path: Path) -> None:
    assert faults(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


def test_a_slip_in_a_word_is_seen() -> None:
    assert faults({"steps": [{"advence": "3s"}]}) != []
    assert faults({"scenarios": [{"id": "A", "stepps": []}]}) != []
    assert faults({"steps": [{"do": "inbuond", "from": "1", "to": "7001"}]}) != []


def test_every_word_that_begins_a_step_is_in_the_schema() -> None:
    steps = scenario_schema()["$defs"]["step"]["anyOf"]
    known = {word for step in steps for word in step["properties"]}

    assert known >= set(READERS)
