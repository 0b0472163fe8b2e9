"""What a run of scenario files consists of, and what its results add up to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from tlibsim.config import ConfigError, Problem, Settings, apply_config, load_bed
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.nodns import unknown_dns
from tlibsim.scenario.results import Result, Status
from tlibsim.scenario.runner import needs_own_server
from tlibsim.scenario.script.expanding import Fetch, no_files
from tlibsim.scenario.steps import Scenario

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
ALL_PASSED, CHECK_FAILED, BAD_USAGE, NOTHING_RAN = 0, 1, 2, 3
INTERNAL_ERROR = 5
"""Exit codes (FEATURES.md, "Exit codes")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One scenario of a run and the settings of its server: the bed with its ``config``."""

    scenario: Scenario
    settings: Settings
    variables: frozenset[str] = frozenset()


def parts(
    text: str,
    source: str,
    *,
    fetch: Fetch = no_files,
    overrides: Mapping[str, str] = _NO_VARIABLES,
) -> tuple[Part, ...]:
    """The scenarios of a file, ready to run; raises ScenarioError with all that is wrong.

    ``fetch`` reads files that it includes, ``overrides`` set its variables.
    """
    file = load(text, source, fetch=fetch, overrides=overrides)
    try:
        bed = load_bed(text, source)
    except ConfigError as error:
        raise ScenarioError(error.problems) from error
    problems: list[Problem] = []
    found = []
    for scenario in file.scenarios:
        try:
            settings = apply_config(bed, scenario.config, source) if scenario.config else bed
        except ConfigError as error:
            problems += [_placed(problem, scenario) for problem in error.problems]
            continue
        found.append(Part(scenario=scenario, settings=settings, variables=file.variables))
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def warnings(all_parts: Sequence[Part]) -> Iterator[str]:
    """Options that nobody knows, and what is odd in a scenario, each told once."""
    told = set()
    for part in all_parts:
        remarks = (*part.scenario.remarks, *unknown_dns(part.scenario, part.settings))
        odd = [f"{one.place()}  warning  {one.sentence()}" for one in remarks]
        for line in (*map(str, part.settings.unknown_options), *odd):
            if line not in told:
                told.add(line)
                yield line


def reason_to_skip(scenario: Scenario, *, elsewhere: bool) -> str:
    """Why a scenario cannot be played on a server that runs elsewhere; empty when it can."""
    lacking = needs_own_server(scenario) if elsewhere else ""
    return f"needs a server of its own: {lacking}" if lacking else ""


def judged(result: Result, pending: Mapping[str, str]) -> Result:
    """The result in the light of the pending list: a listed scenario must not pass."""
    if result.scenario.id not in pending or result.status is Status.SKIPPED:
        return result
    if result.status is Status.PASSED:
        reason = "it passes: take it off the pending list"
        return replace(result, status=Status.FAILED, reason=reason)
    reason = pending[result.scenario.id]
    return replace(result, status=Status.PENDING, reason=reason)


def exit_code(results: Sequence[Result]) -> int:
    """The exit code of a run."""
    if any(result.status is Status.BROKEN for result in results):
        return INTERNAL_ERROR
    if any(result.status is Status.FAILED for result in results):
        return CHECK_FAILED
    if all(result.status is Status.SKIPPED for result in results):
        return NOTHING_RAN
    return ALL_PASSED


def counted(results: Sequence[Result]) -> str:
    """The results in one line: ``37 scenarios: 12 pass, 25 pending``."""
    words = []
    for status in Status:
        count = sum(result.status is status for result in results)
        if count:
            words.append(f"{count} {status.value}")
    number = len(results)
    noun = "scenario" if number == 1 else "scenarios"
    return f"{number} {noun}: {', '.join(words) or 'nothing ran'}"


def _placed(problem: Problem, scenario: Scenario) -> Problem:
    """A fault of a ``config`` with the place of that config in the file."""
    place = scenario.config_place or scenario.place
    return replace(
        problem,
        source=scenario.source,
        key=f"{scenario.id}.config.{problem.key}".rstrip("."),
        line=place.line,
        column=place.column,
    )
