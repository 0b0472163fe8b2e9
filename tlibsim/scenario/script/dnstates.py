"""The state of each DN in the words that expressions use: ``dns["7001"].agent.state``."""

from collections.abc import Mapping

from tlibproto.vocabulary import connid_text
from tlibsim.switch.agent import Agent, AgentStatus
from tlibsim.switch.dn import Device
from tlibsim.switch.switch import Switch

_STATES = {
    AgentStatus.LOGGED_IN: "logged-in",
    AgentStatus.READY: "ready",
    AgentStatus.NOT_READY: "not-ready",
    AgentStatus.AFTER_CALL_WORK: "after-call-work",
    AgentStatus.WALK_AWAY: "walked-away",
}


def dn_states(switch: Switch) -> Mapping[str, Mapping[str, object]]:
    """Type, telephone, agent and calls of each DN, by number."""
    return {str(dn): dn_state(device) for dn, device in switch.devices.items()}


def dn_state(device: Device) -> Mapping[str, object]:
    """The same of one DN."""
    telephone = device.telephone
    forward = telephone.forward
    return {
        "type": device.settings.type.value,
        "in_service": telephone.in_service,
        "busy": device.busy,
        "dnd": telephone.dnd,
        "off_hook": telephone.off_hook,
        "message_waiting": telephone.message_waiting,
        "forwarded_to": forward.to if forward is not None else "",
        "agent": _agent(device.agent),
        "calls": [connid_text(party.call.conn_id) for party in device.parties],
    }


def _agent(agent: Agent | None) -> Mapping[str, object] | None:
    if agent is None:
        return None
    return {
        "login": agent.agent_id,
        "state": _STATES.get(agent.status, "logged-out"),
        "queues": [str(queue) for queue in agent.queues],
    }
