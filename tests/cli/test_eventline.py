"""Events as lines for people."""

import pytest

from tlibproto.messages import (
    EventAgentLogin,
    EventAgentNotReady,
    EventAgentReady,
    Message,
    RequestAgentLogin,
)
from tlibproto.vocabulary import AgentWorkMode, Dn
from tlibsim.cli.eventline import answer_lines, event_line

SHARED = AgentWorkMode.AutoIn


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (EventAgentReady(this_dn=Dn("7001"), agent_work_mode=SHARED), "AutoIn"),
        (EventAgentLogin(this_dn=Dn("7001"), agent_work_mode=SHARED), "AutoIn"),
        (EventAgentNotReady(this_dn=Dn("7001"), agent_work_mode=SHARED), "LegalGuard"),
        (
            EventAgentNotReady(this_dn=Dn("7001"), agent_work_mode=AgentWorkMode.AuxWork),
            "AuxWork",
        ),
        (EventAgentReady(this_dn=Dn("7001"), agent_work_mode=99), "99"),
    ],
)
def test_a_work_mode_with_two_names_is_shown_by_the_one_that_fits(
    message: Message, name: str
) -> None:
    assert f"mode {name}" in event_line(message)
    shown = [line.split()[:2] for line in answer_lines(message)]
    assert ["AgentWorkMode", name] in shown


def test_an_unknown_work_mode_is_not_worth_a_word() -> None:
    login = EventAgentLogin(this_dn=Dn("7001"), agent_work_mode=AgentWorkMode.Unknown)
    assert "mode" not in event_line(login)


def test_a_request_shows_what_was_asked_for() -> None:
    lines = list(answer_lines(RequestAgentLogin(this_dn=Dn("7001"), agent_work_mode=SHARED)))
    assert "  AgentWorkMode         AutoIn (2)" in lines
