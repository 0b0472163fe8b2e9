"""docs/cookbook.md and docs/other-languages.md: every recipe works as shown, each on its own."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.examples.documents import COOKBOOK, LANGUAGES, parts, sections
from tests.examples.guide import Guide
from tlibsim.console.api import Api
from tlibsim.console.routes import openapi

PAGES = (COOKBOOK, LANGUAGES)
DESCRIPTION = openapi(Api(cast(Any, None), "0").endpoints, "0")
FAULT_WORDS = {"event", "request", "error", "count"}
"""The description leaves the words of a fault open; the curl recipe posts these to a server."""
NEEDS = {"node": "node", "java": "javac", "curl": "curl"}
"""The program without which a command cannot be tried, by the first word of the command."""


def recipes() -> Iterator[Any]:
    """What every recipe of a page begins with, and the recipe."""
    for page in PAGES:
        before, found = sections(page.read_text(encoding="utf-8"))
        for title, text in found:
            if any(block.commands for block in parts(text)):
                yield pytest.param(f"{before}\n{text}", id=f"{page.stem}: {title}")


@pytest.mark.timeout(200)
@pytest.mark.parametrize("text", list(recipes()))
def test_a_recipe_works_as_shown(text: str, tmp_path: Path) -> None:
    for command in (command for block in parts(text) for command in block.commands):
        program = NEEDS.get(command.split()[0])
        if program is not None and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    guide = Guide(text, tmp_path)
    try:
        guide.play()
    finally:
        guide.close()
    assert guide.played


def test_the_lines_in_c_sharp_fit_the_description_of_the_api() -> None:
    text = "".join(
        block.body
        for block in parts(LANGUAGES.read_text(encoding="utf-8"))
        if block.language == "csharp"
    )
    asked = re.findall(
        r'server\.(Post|Get)\("([^"?]+)(?:\?([^"]*))?"(?:, new \{(.*)\})?\)', text
    )

    assert len(asked) >= 5
    for method, path, query, body in asked:
        operation = _operation(method.lower(), f"/api/v1/{path}")
        known = {one["name"] for one in operation.get("parameters", ())}
        assert {pair.partition("=")[0] for pair in query.split("&") if query} <= known
        fields = set(re.findall(r"(\w+) = ", body))
        assert fields <= _fields(operation), (path, fields)


def _operation(method: str, path: str) -> dict[str, Any]:
    for template, operations in DESCRIPTION["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method in operations:
            found: dict[str, Any] = operations[method]
            return found
    raise AssertionError(f"no {method} {path} in the description")


def _fields(operation: dict[str, Any]) -> set[str]:
    if "requestBody" not in operation:
        return set()
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rpartition("/")[2]
    found = DESCRIPTION["components"]["schemas"][name]
    return set(found["properties"]) | (FAULT_WORDS if name == "NewFault" else set())
