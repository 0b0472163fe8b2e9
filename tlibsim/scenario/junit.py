"""Results of scenarios as JUnit XML, in the form that CI servers read.

One suite for each file.  A failure has the sentence as its message and the whole text as its body;
a scenario that waits for later work, or cannot be played here, is skipped.
"""

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from tlibsim.scenario.results import Result, Status

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no place for."""

_FAILURES = (Status.FAILED,)
_ERRORS = (Status.BROKEN,)
_SKIPPED = (Status.SKIPPED, Status.PENDING)


def junit(results: Sequence[Result], name: str = "tlibsim scenarios") -> str:
    """The results as one document, files and scenarios in their order."""
    files = list(dict.fromkeys(result.scenario.source for result in results))
    suites = [
        _suite(file, [one for one in results if one.scenario.source == file]) for file in files
    ]
    head = f"<testsuites {_counts(results, name)}>"
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"])


def _suite(file: str, results: Sequence[Result]) -> str:
    cases = "\n".join(_case(result) for result in results)
    return f"  <testsuite {_counts(results, file)}>\n{cases}\n  </testsuite>"


def _counts(results: Iterable[Result], name: str) -> str:
    every = tuple(results)

    def count(kinds: Iterable[Status]) -> int:
        return sum(result.status in kinds for result in every)

    seconds = sum(result.seconds for result in every)
    return (
        f'name={_attribute(name)} tests="{len(every)}" failures="{count(_FAILURES)}" '
        f'errors="{count(_ERRORS)}" skipped="{count(_SKIPPED)}" time="{seconds:.3f}"'
    )


def _case(result: Result) -> str:
    scenario = result.scenario
    name = f"{scenario.id} {scenario.title}".strip()
    head = (
        f"    <testcase classname={_attribute(scenario.source)} name={_attribute(name)} "
        f'time="{result.seconds:.3f}"'
    )
    body = _body(result)
    return f"{head}/>" if not body else f"{head}>\n      {body}\n    </testcase>"


def _body(result: Result) -> str:
    if result.status in _SKIPPED:
        return f"<skipped message={_attribute(result.reason or result.status.value)}/>"
    element = {Status.FAILED: "failure", Status.BROKEN: "error"}.get(result.status)
    if element is None:
        return ""
    difference = result.difference
    message = difference.sentence() if difference is not None else result.reason
    kind = difference.verdict.name.lower() if difference is not None else result.status.value
    return (
        f"<{element} message={_attribute(message)} type={_attribute(kind)}>"
        f"{escape(_clean(result.text()))}</{element}>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
