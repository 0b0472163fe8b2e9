"""Scenario files in short form, for tests: the default bed and one scenario."""

from pathlib import Path
from textwrap import indent

from tlibsim.scenario.loader import load
from tlibsim.scenario.steps import ExpectedEvent, Scenario, ScenarioFile, Step

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "scenarios" / "scenarios.yml"
PENDING = SCENARIOS.with_name("pending.yml")


def text_of(steps: str, head: str = "", top: str = "") -> str:
    """A file with one scenario ``T01``; ``head`` goes before its steps, ``top`` before all."""
    return (
        f"format: 1\n{top}scenarios:\n- id: T01\n  title: test\n"
        + indent(head, "  ")
        + "  steps:\n"
        + indent(steps.strip("\n") + "\n", "  ")
    )


def file_of(steps: str, head: str = "", top: str = "") -> ScenarioFile:
    return load(text_of(steps, head, top), "test.yml")


def scenario_of(steps: str, head: str = "") -> Scenario:
    return file_of(steps, head).scenarios[0]


def step_of(step: str) -> Step:
    """The one step that the text says."""
    return scenario_of(step).steps[0]


def event_of(event: str) -> ExpectedEvent:
    """An expected event, written as in a file: ``EventRinging: {ThisDN: "7001"}``."""
    step = step_of(
        f'- do: {{client: desk1, request: QueryServer}}\n  expect: {{"7001": [{{{event}}}]}}'
    )
    return step.expect[0].events[0]
