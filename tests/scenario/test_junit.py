"""Results as JUnit XML: readable whatever a scenario is called and whatever it says."""

import xml.etree.ElementTree as ET

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenario.files import scenario_of
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.junit import junit
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.results import Result, Status

SCENARIO = scenario_of("- do: {switch: make-idle, dn: '7001'}")


def failed(subject: str) -> Result:
    difference = Difference(verdict=Verdict.MISSING, subject=subject, place=Place(line=3))
    return Result(scenario=SCENARIO, status=Status.FAILED, seconds=1.5, difference=difference)


@pytest.mark.parametrize(
    ("status", "tag"),
    [
        (Status.PASSED, None),
        (Status.PENDING, "skipped"),
        (Status.SKIPPED, "skipped"),
        (Status.BROKEN, "error"),
    ],
)
def test_each_end_has_its_element(status: Status, tag: str | None) -> None:
    root = ET.fromstring(junit([Result(scenario=SCENARIO, status=status, reason="so")]))

    (case,) = root.iter("testcase")
    assert [child.tag for child in case] == ([tag] if tag else [])


def test_the_counts_agree_with_the_cases() -> None:
    results = [
        Result(scenario=SCENARIO, status=Status.PASSED, seconds=0.25),
        failed("EventRinging"),
        Result(scenario=SCENARIO, status=Status.PENDING, reason="later"),
    ]

    parsed = junitparser.JUnitXml.fromstring(junit(results).encode())

    assert (parsed.tests, parsed.failures, parsed.errors, parsed.skipped) == (3, 1, 0, 1)
    assert parsed.time == pytest.approx(1.75)
    (suite,) = parsed
    assert (suite.name, suite.tests) == ("test.yml", 3)


def test_no_results_are_a_document_without_suites() -> None:
    assert list(ET.fromstring(junit([]))) == []


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=40))
def test_any_text_of_a_failure_makes_a_document_that_can_be_read(subject: str) -> None:
    text = junit([failed(subject)]).encode("utf-8")

    assert ET.fromstring(text).find(".//failure") is not None
