"""Steps in which something fails: what they become, and what is said of a wrong one."""

import pytest

from tests.scenario.files import step_of, text_of
from tests.scenario.test_loading import problem_of
from tlibsim.persona.commands import (
    AcceptInvites,
    ConnectAgain,
    DropConnection,
    LoseLegs,
    RefuseInvites,
)
from tlibsim.ports.scripts import (
    FailMediaServer,
    FailMediaService,
    FailRecorder,
    LoseRecorder,
    MendMediaService,
    MendRecorder,
)
from tlibsim.recording.commands import FailConnector, SetMediaService
from tlibsim.scenario.actions import command_of
from tlibsim.scenario.steps import SwitchAction


@pytest.mark.parametrize(
    ("do", "command"),
    [
        ("fail: recorder", FailRecorder()),
        (
            "fail: recorder, address: 'sip:10.0.0.1', code: 503, times: 2, keep: true",
            FailRecorder(address="sip:10.0.0.1", code=503, times=2, keep=True),
        ),
        ("fail: legs, address: 'sip:10.0.0.1'", LoseRecorder(address="sip:10.0.0.1")),
        ("fail: mcp", FailMediaServer()),
        ("fail: media-service", SetMediaService(up=False)),
        ("fail: media-service, known: false", FailMediaService()),
        ("fail: connector", FailConnector()),
        ("mend: recorder", MendRecorder()),
        ("mend: media-service", SetMediaService(up=True)),
        ("mend: media-service, known: false", MendMediaService()),
        ("persona: refuse-invites, code: 603", RefuseInvites(code=603)),
        ("persona: accept-invites", AcceptInvites()),
        ("persona: lose-legs", LoseLegs()),
        ("persona: disconnect", DropConnection()),
        ("persona: connect", ConnectAgain()),
    ],
)
def test_what_can_fail_and_what_the_persona_does_are_steps(do: str, command: object) -> None:
    action = step_of(f"- do: {{{do}}}").do

    assert isinstance(action, SwitchAction)
    arguments = {word: str(term) for word, term in action.arguments.items()}
    assert command_of(action.action, arguments) == command
    assert f"{action.verb}: {action.action.value}" == do.split(",", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("do", "message", "suggestion"),
    [
        ("fail: recoder", "'recoder' is no thing that can fail", "recorder"),
        ("mend: mcp", "'mcp' is no thing that can be mended", ""),
        ("persona: dissconnect", "'dissconnect' is no action of the persona", "disconnect"),
        ("fail: recorder, code: busy", "must be a whole number, not 'busy'", ""),
        ("fail: recorder, keep: perhaps", "must be true or false", ""),
        ("fail: mcp, code: 486", "is not a key here", ""),
    ],
)
def test_a_wrong_failure_is_told_with_the_nearest_word(
    do: str, message: str, suggestion: str
) -> None:
    problem = problem_of(text_of(f"- do: {{{do}}}"))

    assert message in problem.message
    assert problem.suggestion == suggestion
