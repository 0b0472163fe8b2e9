"""Faults from plain data, and what is said of wrong ones."""

import pytest

from tlibsim.faults import FaultError, fault_of


def test_words_of_people_become_a_fault():
    fault = fault_of(
        {
            "name": "late-ack",
            "kind": "delay",
            "event": "EventACK",
            "delay": "8s",
            "client": "acme-rec",
            "for": "90s",
            "probability": "25%",
        }
    )
    assert fault.delay_s == 8
    assert fault.scope.message == "EventACK"
    assert fault.scope.seconds == 90
    assert fault.scope.probability == 0.25


def test_a_condition_has_the_name_that_people_use():
    fault = fault_of({"kind": "error", "error": "destination-busy"})
    assert fault.error == "dn-busy"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "dely"}, "Did you mean delay"),
        ({}, "no kind"),
        ({"kind": "drop", "evnt": "EventACK"}, "Did you mean event"),
        ({"kind": "drop", "event": "EventAKC"}, "Did you mean EventACK"),
        ({"kind": "drop", "delay": 5}, "does not take it"),
        ({"kind": "stall"}, "needs it"),
        ({"kind": "delay", "delay": "soon"}, "no time"),
        ({"kind": "delay", "delay": -1}, "below 0"),
        ({"kind": "drop", "probability": 2}, "no probability"),
        ({"kind": "drop", "count": -1}, "below 0"),
        ({"kind": "drop", "count": "many"}, "whole number"),
        ({"kind": "error", "error": "tired"}, "no condition"),
    ],
)
def test_a_wrong_fault_names_the_key_and_the_remedy(given: dict, words: str):
    with pytest.raises(FaultError, match=words):
        fault_of(given)
