"""A scenario that a person wrote is explained in the words of one made from a log."""

import pytest

from tlibsim.scenario.loader import load
from tlibsim.scenario.script.telling import explained


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('{do: inbound, from: "4155550142", to: 7002}', "call from 4155550142 reaches 7002"),
        (
            '{do: inbound, from: "1", to: 7002, dnis: "800"}',
            "call from 1 reaches 7002 dnis='800'",
        ),
        ("{do: answer, dn: 7002}", "7002 answers"),
        ('{do: {switch: phone-answer, dn: "7002"}}', "7002 answers"),
        ("{do: busy, dn: 7002}", "7002 is busy"),
    ],
)
def test_what_happens_is_said_in_a_sentence(step: str, words: str) -> None:
    (scenario,) = load(f"name: t\nsteps:\n- {step}\n", "t.yml").scenarios
    assert [line.split(maxsplit=1)[1] for line in list(explained(scenario))[1:]] == [words]
