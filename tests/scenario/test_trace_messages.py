"""``trace`` of a step: messages of a recording in their order, and the state of the newest call."""

import pytest

from tests.scenario.files import scenario_of
from tests.scenario.playing import FakeStage, played
from tlibsim.recording.exchange import Sent
from tlibsim.scenario.differences import Verdict
from tlibsim.scenario.results import Result, Status

SENT = (
    Sent(
        at_us=1,
        source="SIP Server",
        target="media server rm",
        line="INVITE sip:msml=1@rm;dn=7001;record SIP/2.0",
        headers=(("Content-Type", "application/sdp"),),
        body="v=0\nm=audio 1 RTP/AVP 0",
    ),
    Sent(at_us=2, source="SIP Server", target="media server rm", line="INFO x", assumed=True),
    Sent(at_us=3, source="media server", target="recorder a", line="INVITE b", real=True),
)


def judged(trace: str, stage: FakeStage | None = None) -> Result:
    steps = f"- do: {{client: desk1, request: QueryServer}}\n  trace: {{{trace}}}"
    return played(scenario_of(steps), stage or FakeStage(sent=SENT))


@pytest.mark.parametrize(
    "messages",
    [
        '[{line: "INVITE sip:msml="}]',
        "[{to: media server}, {to: recorder}]",
        "[{has: m=audio}]",
        '[{has: "Content-Type: application/sdp"}]',
        "[{from: SIP Server}, {from: SIP Server}, {real: true}]",
        "[{line: INFO, assumed: true}, {line: INVITE, assumed: false}]",
    ],
)
def test_messages_that_were_sent_in_this_order_are_found(messages: str) -> None:
    assert judged(f"messages: {messages}").status is Status.PASSED


@pytest.mark.parametrize(
    ("messages", "number"),
    [
        ("[{line: BYE}]", 1),
        ("[{to: recorder}, {to: media server}]", 2),
        ("[{line: INFO}, {line: INFO}]", 2),
        ("[{line: INVITE, real: true}, {line: INVITE}]", 2),
        ("[{has: m=video}]", 1),
    ],
)
def test_the_first_message_that_is_missing_is_named_with_all_there_are(
    messages: str, number: int
) -> None:
    found = judged(f"messages: {messages}").difference

    assert found is not None
    assert found.verdict is Verdict.TRACE
    assert found.subject == f"message {number} of the session begun last"
    assert found.mismatch is not None
    assert "SIP Server -> media server rm: INFO x" in found.mismatch.got


def test_without_a_session_there_is_no_message() -> None:
    found = judged("messages: [{line: INVITE}]", FakeStage()).difference

    assert found is not None and found.mismatch is not None
    assert found.mismatch.got == "no message"


def test_the_state_of_the_newest_call_must_be_the_expected_one() -> None:
    right = judged("finding: T08", FakeStage(found="T08"))
    wrong = judged("finding: T08", FakeStage(found="T09")).difference
    missing = judged("finding: T08", FakeStage()).difference

    assert right.status is Status.PASSED
    assert wrong is not None and wrong.mismatch is not None
    assert (wrong.mismatch.wanted, wrong.mismatch.got) == ("'T08'", "T09")
    assert missing is not None and missing.mismatch is not None
