"""The line that shows how far a scenario is."""

from io import StringIO

from tests.scenario.files import scenario_of
from tests.scenario.playing import BED, FakeStage
from tlibsim.cli.progress import Progress
from tlibsim.scenario.program import Part


def test_the_line_is_rewritten_with_every_step_and_cleared_at_the_end() -> None:
    scenario = scenario_of("- do: {switch: make-idle, dn: '7001'}\n" * 4)
    part, stage, stream = Part(scenario=scenario, settings=BED), FakeStage(), StringIO()
    progress = Progress(stream)

    progress.entered(part, scenario.steps[0], stage)
    stage.at = 101.9
    progress.entered(part, scenario.steps[2], stage)
    progress.clear()
    progress.clear()

    first, second, last = stream.getvalue().split("\r\x1b[K")
    assert first == f"T01  [{'#' * 8}{'-' * 22}]  step 1/4  t+00:00.0"
    assert second == f"T01  [{'#' * 22}{'-' * 8}]  step 3/4  t+01:41.9"
    assert last == ""


def test_what_is_waited_for_stays_on_the_screen_of_a_scenario_that_failed() -> None:
    text = "- expect: {request: PrivateService, dn: '7001', msgid: 3015}\n  within: 10s\n"
    scenario = scenario_of(text)
    part, stage, stream = Part(scenario=scenario, settings=BED), FakeStage(), StringIO()
    progress = Progress(stream)

    progress.entered(part, scenario.steps[0], stage)
    progress.failed(scenario)

    cleared, kept = stream.getvalue().split("\r\x1b[K\x1b[A\r\x1b[K")
    assert cleared + "\n" == kept
    assert kept.splitlines() == [
        f"T01  [{'#' * 30}]  step 1/1  t+00:00.0",
        "  step 1  waiting for RequestPrivateService on 7001 msgid=3015 ... 10 s",
    ]
