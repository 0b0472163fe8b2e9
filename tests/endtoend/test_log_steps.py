"""``do: {replay: ..}``: the requests of a log are played, and its events must come."""

import pytest
import pytest_twisted

from tests.endtoend.stages import played
from tlibsim.scenario.differences import Verdict
from tlibsim.scenario.results import Status

pytestmark = pytest.mark.timeout(60)
CALL = """\
@10:00:00.0000 [0] 8.1 distribute_event: message EventRinging
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'4155550100'
\tAttributeANI\t'4155550100'
\tAttributeCallType\t2
\tAttributeConnID\t00a1b2c3d4e50001
10:00:04.000 Trc 04541 RequestAnswerCall received from [66] (00000e85 wde 10.0.0.7:49280)
message RequestAnswerCall
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t5
@10:00:04.0100 [0] 8.1 distribute_event: message EventEstablished
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t5
"""


def file_of(log: str, trace: str = "parsed-events: 2, calls: 0") -> str:
    text = "".join(f"    {line}\n" for line in log.splitlines())
    return (
        f"format: 1\nlogs:\n  call: |\n{text}scenarios:\n- id: X\n  steps:\n"
        f"  - do: {{replay: {{log: call}}}}\n    trace: {{{trace}}}\n"
    )


@pytest_twisted.ensureDeferred
async def test_the_requests_of_a_log_are_played() -> None:
    lines: list[str] = []

    result = await played(file_of(CALL), lines=lines)

    assert result.status is Status.PASSED, result.text()
    assert sum('"RequestAnswerCall"' in line for line in lines) == 1


@pytest_twisted.ensureDeferred
async def test_an_event_of_the_log_that_does_not_come_fails_the_step() -> None:
    result = await played(file_of(CALL.replace("EventEstablished", "EventHeld")))

    assert result.difference is not None
    assert result.difference.verdict is Verdict.MISSING
    assert "EventHeld" in result.text()


@pytest_twisted.ensureDeferred
async def test_a_wrong_count_fails_the_step() -> None:
    result = await played(file_of(CALL, "parsed-events: 3"))

    assert result.difference is not None
    assert result.difference.verdict is Verdict.TRACE
    assert "parsed-events" in result.text()
