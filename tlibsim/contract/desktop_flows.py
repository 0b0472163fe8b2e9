"""The call flows of the desktop contract: calls come to the desktop, and things go wrong for it.

As with recorders, a flow waits for what should come; the checks judge.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tlibproto.messages import (
    EventEstablished,
    RequestAgentLogin,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import Dn, KVList
from tlibsim.contract.desktop_data import DATA
from tlibsim.contract.evidence import Scene
from tlibsim.contract.flows import CALLER, COME_S, QUIET_S, TALK_S, Flow, poll
from tlibsim.contract.stage import Stage
from tlibsim.switch.commands import AgentLogout, AnswerCall, ArriveInbound, FarRelease
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import RequestRefused

FAULT = "contract"
LATE_S = 1.2
DOWN_S = 0.6
OPENING_S = 0.3


def prepare(stage: Stage) -> None:
    """The first EventLinkConnected comes late: who asks before it, has not waited."""
    stage.simulator.faulting.add(
        {
            "name": FAULT,
            "kind": "delay",
            "event": "EventLinkConnected",
            "delay": f"{OPENING_S}s",
            "count": 1,
        }
    )


def is_ready(stage: Stage) -> bool:
    """Whether it has registered its DNs, and logged its agent in if it does so by itself."""
    roles, since = stage.roles, stage.started_at
    asked = {one.this_dn for one in stage.requests(RequestRegisterAddress, since)}
    logged_in = not roles.desk.logs_in or bool(stage.requests(RequestAgentLogin, since))
    return set(roles.registered) <= asked and logged_in


# -- calls -------------------------------------------------------------------------------------


def _arrive(stage: Stage, scene: Scene, data: KVList | None = None) -> CallView:
    """A call from outside to the desktop's DN."""
    to = Dn(stage.roles.desk.dn)
    return stage.new_call(scene, ArriveInbound(caller=CALLER, to=to, user_data=data))


def _answers(stage: Stage, scene: Scene) -> int:
    return len(stage.requests(RequestAnswerCall, scene.begun_at))


async def _answered(stage: Stage, scene: Scene, call: CallView) -> bool:
    """Wait for the desktop's answer; answer for one that does not do it by itself."""
    desk = stage.roles.desk
    if not desk.answers:
        await stage.passing(QUIET_S)
        with suppress(RequestRefused):
            stage.perform(AnswerCall(dn=Dn(desk.dn), conn_id=call.conn_id))
        return True
    before = _answers(stage, scene)
    return await stage.until(lambda: _answers(stage, scene) > before, desk.answers_within_s)


async def _over(stage: Stage, call: CallView) -> None:
    """The caller hangs up, if the call is still there."""
    with suppress(RequestRefused):
        stage.perform(FarRelease(conn_id=call.conn_id))
    await stage.passing(QUIET_S)


async def _next_call(stage: Stage, scene: Scene) -> None:
    """One more call: is the desktop still there, and does it still answer?"""
    call = _arrive(stage, scene)
    await _answered(stage, scene, call)
    await stage.passing(QUIET_S)
    scene.notes["next_answered"] = _established(stage, call)
    await _over(stage, call)


def _established(stage: Stage, call: CallView) -> bool:
    """Whether the desktop's DN is, or was, on the call: an answer may also be refused."""
    return any(
        isinstance(entry.subject, EventEstablished)
        and entry.subject.conn_id == call.conn_id
        and entry.subject.this_dn == stage.roles.desk.dn
        for entry in stage.simulator.journal
    )


async def ringing(stage: Stage, scene: Scene) -> None:
    """A call rings at the desktop."""
    call = _arrive(stage, scene)
    await _answered(stage, scene, call)
    await stage.passing(TALK_S)
    await _over(stage, call)


async def late(stage: Stage, scene: Scene) -> None:
    """The answer is carried out, and the desktop hears of it late."""
    fault = {"name": FAULT, "kind": "delay", "event": "EventEstablished", "delay": "1s"}
    stage.simulator.faulting.add(fault)
    try:
        call = _arrive(stage, scene)
        await _answered(stage, scene, call)
        await stage.passing(LATE_S)
        await _over(stage, call)
    finally:
        stage.simulator.faulting.clear(FAULT)


async def refused(stage: Stage, scene: Scene) -> None:
    """The desktop's answer is refused."""
    stage.simulator.faulting.add(
        {"name": FAULT, "kind": "error", "request": "RequestAnswerCall", "code": 1161}
    )
    try:
        call = _arrive(stage, scene)
        await _answered(stage, scene, call)
        await stage.passing(LATE_S)
        await _over(stage, call)
    finally:
        stage.simulator.faulting.clear(FAULT)


async def gone(stage: Stage, scene: Scene) -> None:
    """The caller gives up before the desktop's answer, whatever it does: it cannot be in time."""
    call = _arrive(stage, scene)
    stage.perform(FarRelease(conn_id=call.conn_id))
    await stage.passing(TALK_S)
    await _next_call(stage, scene)


async def strange(stage: Stage, scene: Scene) -> None:
    """EventRinging has an attribute that nobody knows."""
    stage.simulator.faulting.add(
        {"name": FAULT, "kind": "unknown-attribute", "event": "EventRinging"}
    )
    try:
        await _next_call(stage, scene)
    finally:
        stage.simulator.faulting.clear(FAULT)


async def data(stage: Stage, scene: Scene) -> None:
    """A call with user data of every kind."""
    call = _arrive(stage, scene, DATA)
    await _answered(stage, scene, call)

    def updated() -> bool:
        return any(
            stage.requests(kind, scene.begun_at)
            for kind in (RequestUpdateUserData, RequestAttachUserData)
        )

    await stage.until(updated, COME_S / 2)
    await stage.passing(QUIET_S)
    await _over(stage, call)


# -- what goes wrong around it -----------------------------------------------------------------


async def out_of_service(stage: Stage, scene: Scene) -> None:
    """The DN is out of service for a while; then calls come again."""
    await _without(stage, {"kind": "dn-out-of-service", "dn": stage.roles.desk.dn})
    await _next_call(stage, scene)


async def link(stage: Stage, scene: Scene) -> None:
    """The link to the switch is down for a while."""
    scene.notes["down_at"] = stage.simulator.clock.now()
    await _without(stage, {"kind": "link-down"})
    scene.notes["up_at"] = stage.simulator.clock.now()
    await _next_call(stage, scene)


async def _without(stage: Stage, fault: Mapping[str, Any]) -> None:
    stage.simulator.faulting.add({"name": FAULT, **fault})
    try:
        await stage.passing(DOWN_S)
    finally:
        stage.simulator.faulting.clear(FAULT)
    await stage.passing(QUIET_S)


async def lost(stage: Stage, scene: Scene) -> None:
    """The connection is lost, and the agent is logged out meanwhile."""
    client = stage.client()
    scene.notes["back_s"] = None
    scene.notes["had_left"] = client is None
    if client is None:
        return
    desk, clock = stage.roles.desk, stage.simulator.clock
    begun = clock.now()
    stage.simulator.front.cut(client.id)
    with suppress(RequestRefused):
        stage.perform(AgentLogout(dn=Dn(desk.dn)))
    back = await stage.until(
        lambda: bool(stage.requests(RequestRegisterClient, begun)), stage.reconnect_within_s
    )
    if not back:
        return
    scene.notes["back_s"] = (clock.now() - begun) / 1e6
    wanted = set(stage.roles.registered)
    left = stage.reconnect_within_s - scene.notes["back_s"]
    await stage.until(
        lambda: (
            wanted <= {one.this_dn for one in stage.requests(RequestRegisterAddress, begun)}
            and (not desk.logs_in or _agent_at(stage, desk.dn) is not None)
        ),
        max(left, COME_S / 2),
    )
    scene.notes["agent"] = _agent_at(stage, desk.dn)


def _agent_at(stage: Stage, dn: str) -> str | None:
    """The AgentID that is logged in at the DN; None when nobody is."""
    for agent_id, agent in stage.simulator.switch.floor.agents.items():
        if agent.device.settings.dn == dn:
            return agent_id
    return None


FLOWS: Mapping[str, Flow] = {
    "ringing": ringing,
    "late": late,
    "refused": refused,
    "gone": gone,
    "strange": strange,
    "data": data,
    "out": out_of_service,
    "link": link,
    "poll": poll,
    "lost": lost,
}
"""The flows in the order in which they are played; ``connect`` comes before all of them."""
