"""Requests of agents, reservations and predictive calls, turned into commands."""

from collections.abc import Mapping

from tlibproto.messages import (
    Request,
    RequestAgentLogin,
    RequestAgentLogout,
    RequestAgentNotReady,
    RequestAgentReady,
    RequestMakePredictiveCall,
    RequestReserveAgent,
)
from tlibproto.vocabulary import AgentWorkMode, Dn
from tlibsim.session.asker import Asker, Outcome, RequestFunction
from tlibsim.session.requests.calls import because
from tlibsim.switch import commands


def _given(dn: str | None) -> Dn | None:
    return Dn(dn) if dn else None


def _mode(work_mode: int | None) -> int:
    return AgentWorkMode.Unknown if work_mode is None else work_mode


def agent_login(request: RequestAgentLogin, asker: Asker) -> Outcome:
    return Outcome(
        commands.AgentLogin(
            dn=asker.registered(request.this_dn),
            agent_id=request.agent_id or "",
            queue=_given(request.this_queue),
            work_mode=_mode(request.agent_work_mode),
            password=request.password,
            session=asker.client.id,
            because=because(request.reasons, request.extensions),
        )
    )


def agent_logout(request: RequestAgentLogout, asker: Asker) -> Outcome:
    return Outcome(
        commands.AgentLogout(
            dn=asker.registered(request.this_dn),
            queue=_given(request.this_queue),
            because=because(request.reasons, request.extensions),
        )
    )


def agent_ready(request: RequestAgentReady, asker: Asker) -> Outcome:
    return Outcome(
        commands.AgentReady(
            dn=asker.registered(request.this_dn),
            queue=_given(request.this_queue),
            work_mode=_mode(request.agent_work_mode),
            because=because(request.reasons, request.extensions),
        )
    )


def agent_not_ready(request: RequestAgentNotReady, asker: Asker) -> Outcome:
    return Outcome(
        commands.AgentNotReady(
            dn=asker.registered(request.this_dn),
            queue=_given(request.this_queue),
            work_mode=_mode(request.agent_work_mode),
            because=because(request.reasons, request.extensions),
        )
    )


def reserve_agent(request: RequestReserveAgent, asker: Asker) -> Outcome:
    """Whoever reserves need not have the agent's DN registered (BEHAVIOUR.md 2.4)."""
    return Outcome(
        commands.ReserveAgent(
            dn=_given(request.this_dn),
            agent_id=request.agent_id or "",
            place=request.place or "",
            seconds=request.timeout or 0,
            priority=request.priority or 0,
            because=because(request.reasons, request.extensions),
        )
    )


def make_predictive_call(request: RequestMakePredictiveCall, asker: Asker) -> Outcome:
    return Outcome(
        commands.MakePredictiveCall(
            dn=asker.registered(request.this_dn),
            to=request.other_dn or "",
            seconds=request.timeout or 0,
            user_data=request.user_data,
            because=because(request.reasons, request.extensions),
        )
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestAgentLogin: agent_login,
    RequestAgentLogout: agent_logout,
    RequestAgentReady: agent_ready,
    RequestAgentNotReady: agent_not_ready,
    RequestMakePredictiveCall: make_predictive_call,
    RequestReserveAgent: reserve_agent,
}
