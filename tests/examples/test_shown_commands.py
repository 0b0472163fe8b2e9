"""Every command that README.md or a page of docs shows is run by a test, or is listed here."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from tests.examples.documents import (
    COOKBOOK,
    DOCUMENTS,
    GUIDES,
    LANGUAGES,
    ROOT,
    TYPED,
    name_of,
    shown,
    spans,
)
from tlibsim.cli import main

PLAYED: Mapping[str, set[str]] = {
    "tests/examples/test_documents.py": {f"{name_of(page)} console" for page in TYPED},
    "tests/examples/test_guides.py": {f"{name_of(page)} console" for page in GUIDES},
    "tests/examples/test_recipes.py": {
        f"{name_of(page)} console" for page in (COOKBOOK, LANGUAGES)
    },
    "tests/examples/test_load_page.py": {"docs/load.md console", "docs/runs.md console"},
    "tests/examples/test_reload_page.py": {"docs/reload.md console"},
    "tests/examples/test_snapshots_page.py": {"docs/snapshots.md console"},
    "tests/examples/test_logs_page.py": {"docs/logs.md sh"},
    "tests/examples/test_projects_page.py": {"docs/projects.md sh"},
    "tests/examples/test_scenarios_page.py": {"docs/scenarios.md sh"},
}
"""Which test plays which page, and from which of its blocks it takes the commands."""

NOT_PLAYED: Mapping[str, str] = {
    "./tools/test": "it is what runs these tests",
    'tlibsim contract run --junit out/junit.xml --summary "$GITHUB_STEP_SUMMARY"': (
        "a step of a job: the guide runs it with --html, tests/contract with --summary"
    ),
    "python -m venv tlibsim-env && tlibsim-env/bin/pip install '.[pytest]'": (
        "tests/meta/test_wheel.py builds the wheel and runs what is in it"
    ),
    "pipx install tlibsim": "needs a release on a package index; test_wheel.py installs a wheel",
    "tlibsim record --listen :7020 --upstream lab-sip:3000 --out captures/ --redact rules.yaml": (
        "needs a lab; the tester's guide records a server of ours"
    ),
    "tlibsim serve --config north.yml": "tests/endtoend/test_linked_processes.py has both",
    "tlibsim serve --config south.yml": "tests/endtoend/test_linked_processes.py has both",
    'tlibsim scenario run desk.yml --sut "./start-desk.sh {host} {port}"': (
        "needs a desktop of the reader's; test_scenarios_page.py runs it with one of ours"
    ),
    "npx openapi-typescript@7 openapi.json -o tlibsim.d.ts": "needs the npm registry",
}
"""Commands that no test runs as they stand, each with its reason."""

BENCHMARKS = "docs/performance.md"
"""Its commands measure this machine for minutes; tests/tools runs the same programs, quickly."""


def _covered() -> set[str]:
    return {place for places in PLAYED.values() for place in places}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_shown_is_run_by_a_test_or_says_why_not(document: Path) -> None:
    if name_of(document) == BENCHMARKS:
        return
    forgotten = [
        command
        for kind, command in shown(document)
        if f"{name_of(document)} {kind}" not in _covered() and command not in NOT_PLAYED
    ]

    assert forgotten == []


def test_what_is_listed_as_not_played_is_shown_somewhere() -> None:
    everything = {command for document in DOCUMENTS for _, command in shown(document)}

    assert set(NOT_PLAYED) - everything == set()


def test_the_tests_that_are_said_to_play_a_page_are_there() -> None:
    names = {name_of(document) for document in DOCUMENTS}

    assert [test for test in PLAYED if not (ROOT / test).is_file()] == []
    assert [place for place in _covered() if place.split()[0] not in names] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_commands_in_sentences_exist_with_their_options(document: Path) -> None:
    wrong = [f"{span}: {why}" for span in spans(document) if (why := _fault(span))]

    assert wrong == []


def _fault(span: str) -> str:
    """What is wrong with a command of ours, or nothing."""
    command: click.Command = main
    words = shlex.split(span.replace("...", "").replace("…", ""))[1:]
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            return f"there is no {words[0]}"
        command, words = found, words[1:]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    known |= {"--help", "-h"}
    strange = [word for word in words if word.startswith("-") and word not in known]
    return f"there is no {strange[0]}" if strange else ""
