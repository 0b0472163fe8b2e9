"""``tlibsim init``: a project of one's own, with a switch, scenarios, tests and CI."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath

import click

from tlibsim.cli.serve import BAD_USAGE

SCHEMA = "tlibsim.schema.json"
CONTRACT = "contracts/recorder.yaml"
CONTRACT_SCHEMA = "recorder.schema.json"
_PLACE = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One kind of project (FIRST_HOUR.md): what is in it, and what its user does next.

    ``contract`` are reasons by what its contract leaves out; None: there is no contract.
    """

    switch: str
    test: str
    scenarios: Sequence[str]
    next: Sequence[str]
    contract: Mapping[str, str] | None = None


TEMPLATES: Mapping[str, Template] = {
    "recorder": Template(
        switch="switch with 4 extensions, 7001 records full time, 7002 on demand",
        test="test_recorder.py",
        scenarios=(
            "basic",
            "hold",
            "transfer",
            "transfer-two-step",
            "conference",
            "consult",
            "pause",
            "failure",
        ),
        next=(
            (
                "set recorder.sip_uri and how to start your recorder in tlibsim.yaml, "
                "then: tlibsim contract run"
            ),
        ),
        contract={"R22": "screen capture off"},
    ),
    "desktop": Template(
        switch="switch with 3 extensions and 3 agents; log in as 1002 on 7002",
        test="test_desktop.py",
        scenarios=("basic", "agent", "transfer", "transfer-two-step", "ugly"),
        next=(
            "tlibsim serve --watch, and point your desktop at 127.0.0.1:7020",
            "then, in a second terminal: tlibsim call inbound --from 4155550142 --to 7002",
        ),
    ),
    "tester": Template(
        switch="switch with 3 extensions, a queue and a routing point",
        test="test_switch.py",
        scenarios=("basic", "transfer", "pause", "failure", "rows"),
        next=("tlibsim scenario run scenarios/ --junit out/junit.xml -j 4",),
    ),
}
"""Kinds of project by the name after ``--template``."""


@click.command()
@click.argument("name", type=click.Path(path_type=Path))
@click.option(
    "--template",
    type=click.Choice(sorted(TEMPLATES)),
    required=True,
    help="Whom the project is for.",
)
def init(name: Path, template: str) -> None:
    """Make the folder NAME with a project that runs as it is.

    A folder that has something in it already is refused with exit code 2, and left alone.
    """
    if name.exists() and (not name.is_dir() or any(name.iterdir())):
        click.echo(f"{name} exists and is not an empty folder; nothing was written", err=True)
        sys.exit(BAD_USAGE)
    chosen = TEMPLATES[template]
    try:
        for path, text in contents(template).items():
            target = name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        click.echo(f"{name}: cannot be written: {error}", err=True)
        sys.exit(BAD_USAGE)
    for what, words in _told(template, chosen):
        click.echo(f"created {what:<{_PLACE}} {words}".rstrip())
    for number, words in enumerate((f"cd {name}", *chosen.next)):
        click.echo(f"{'next:' if number == 0 else '     '} {words}")


def contents(template: str) -> Mapping[str, str]:
    """The text of each file of a project by its path in the project."""
    from tlibsim.config import reference

    chosen = TEMPLATES[template]
    made = {
        "tlibsim.yaml": _text(template, "tlibsim.yaml"),
        SCHEMA: reference.schema(),
        f"tests/{chosen.test}": _text(template, f"{chosen.test}.txt"),
        f".github/workflows/{template}.yml": _text(template, "workflow.yml"),
        ".gitlab-ci.yml": _text(template, "gitlab-ci.yml"),
        "pytest.ini": _text("pytest.ini"),
        ".gitignore": _text("gitignore.txt"),
    }
    for name in chosen.scenarios:
        made[f"scenarios/{name}.yaml"] = _text("scenarios", f"{name}.yaml")
    if chosen.contract is not None:
        made |= _contract(chosen.contract)
    if "rows" in chosen.scenarios:
        made["scenarios/callers.csv"] = _text("scenarios", "callers.csv")
    return made


def _contract(skip: Mapping[str, str]) -> Mapping[str, str]:
    from tlibsim.contract.recorder import RECORDER
    from tlibsim.contract.selection import schema, template

    return {
        CONTRACT: template(RECORDER, skip, CONTRACT_SCHEMA),
        f"contracts/{CONTRACT_SCHEMA}": schema(RECORDER),
    }


def _text(*path: str) -> str:
    place = files("tlibsim").joinpath("templates", str(PurePosixPath(*path)))
    return place.read_text(encoding="utf-8")


def _told(template: str, chosen: Template) -> Sequence[tuple[str, str]]:
    flows = ", ".join(chosen.scenarios)
    return (
        ("tlibsim.yaml", chosen.switch),
        (SCHEMA, "what its keys are, for editors"),
        *_told_of_contract(chosen),
        ("scenarios/", f"{len(chosen.scenarios)} call flows ({flows})"),
        (f"tests/{chosen.test}", "the same through pytest"),
        (f".github/workflows/{template}.yml", "and .gitlab-ci.yml"),
    )


def _told_of_contract(chosen: Template) -> Sequence[tuple[str, str]]:
    from tlibsim.contract.recorder import RECORDER
    from tlibsim.contract.selection import described

    return () if chosen.contract is None else ((CONTRACT, described(RECORDER)),)
