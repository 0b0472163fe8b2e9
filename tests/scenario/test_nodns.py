"""DNs that no switch of the scenario has are warned of, but where a refusal is looked for."""

from pathlib import Path

import pytest

from tests.scenario.files import SCENARIOS
from tlibsim.playing.files import fetched
from tlibsim.scenario.program import parts, warnings

TEMPLATES = Path(__file__).parents[2] / "tlibsim" / "templates" / "scenarios"

RIGHT = [
    *(file for file in sorted(SCENARIOS.parent.glob("*.yml")) if file.stem != "pending"),
    *sorted(TEMPLATES.glob("*.yaml")),
]


def warned(steps: str) -> list[str]:
    return list(warnings(parts(f"name: t\nsteps:\n{steps}", "t.yml")))


def test_a_request_on_a_dn_that_is_nowhere_is_warned_of_at_its_place() -> None:
    (line,) = warned('- do: {client: desk1, request: SetDNDOn, ThisDN: "7777"}\n')
    assert line.startswith("t.yml:3:")
    assert "  warning  t names 7777, which is no DN of this switch" in line


@pytest.mark.parametrize(
    "step",
    [
        "- expect: {event: EventRinging, dn: 7009}\n",
        "- {do: answer, dn: 7009}\n",
        '- {do: inbound, from: "1", to: 7009}\n',
        "- {do: hangup, by: 7009}\n",
    ],
)
def test_a_dn_that_is_nowhere_is_warned_of_with_the_nearest(step: str) -> None:
    (line,) = warned(step)
    assert "names 7009" in line
    assert "Did you mean 700" in line


@pytest.mark.parametrize(
    "steps",
    [
        '- do: {client: desk1, request: SetDNDOn, ThisDN: "7777"}\n'
        "- expect: {event: EventError}\n",
        '- do: {client: desk1, request: MakeCall, ThisDN: "7001", OtherDN: "4155550142"}\n',
        "- {do: hangup, by: remote}\n",
        "- expect: {event: EventRinging, dn: $dn}\n",
    ],
)
def test_a_refusal_a_number_outside_and_a_name_are_right(steps: str) -> None:
    assert warned(steps) == []


@pytest.mark.parametrize(
    "file",
    RIGHT,
    ids=lambda path: path.name,
)
def test_nothing_is_warned_of_in_the_scenarios_that_are_right(file: Path) -> None:
    found = parts(file.read_text(encoding="utf-8"), str(file), fetch=fetched)
    assert [line for line in warnings(found) if "no DN" in line or "no client" in line] == []
