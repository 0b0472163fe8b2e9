"""The state of a switch as JSON documents: calls, DNs, agents, clients, recordings.

Times are ISO 8601 in UTC.  Nothing secret is in them: no password is read here.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from tlibproto.vocabulary import PartyState, RegisterMode, ServerRole, connid_text
from tlibsim.config.version import program_version
from tlibsim.console.lists import to_json
from tlibsim.console.simulator import Simulated
from tlibsim.net.clock import SwitchClock
from tlibsim.ports.media import Instant
from tlibsim.recording.trace import SessionTrace
from tlibsim.session.client import Client
from tlibsim.switch.agent import Agent
from tlibsim.switch.behaving import BEHAVIORS
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import CallView, PartyView

Document = dict[str, Any]

MOST_DNS = 1000
"""How many DNs the state shows at most; one by one, all can be asked for."""


def when(at: Instant | None) -> str | None:
    """An instant for people and programs, or None."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def state(simulated: Simulated) -> Document:
    """The whole switch in one document (FEATURES.md, API sketch)."""
    settings = simulated.settings
    devices = list(simulated.switch.devices.values())
    return {
        "server": settings.server,
        "switch": settings.switch,
        "profile": settings.profile,
        "version": program_version(),
        "role": ServerRole.Primary.name.lower(),
        "caller": settings.external.caller,
        "ready": dict(simulated.ready()),
        "seed": simulated.seed,
        "link": "up" if simulated.switch.link_up else "down",
        "clock": clock(simulated.clock),
        "listeners": listeners(simulated),
        "clients": clients(simulated),
        "dns": [dn(device) for device in devices[:MOST_DNS]],
        "dns_total": len(devices),
        "agents": agents(simulated),
        "calls": [call(view) for view in simulated.calls()],
        "recordings": [recording(trace) for trace in simulated.traces()],
        "faults": list(simulated.faulting.listed()),
        "journal": {
            "last": simulated.journal.last_number,
            "keeps": settings.limits.journal_entries,
            "broken": simulated.journal.broken,
        },
    }


def listeners(simulated: Simulated) -> Document:
    """Addresses by the names of the listeners."""
    return {
        name: {"host": host, "port": port} for name, (host, port) in simulated.addresses.items()
    }


def clock(of: SwitchClock) -> Document:
    """What time it is there, how fast it passes (0: it stands still), and what is due next."""
    return {"now": when(of.now()), "speed": of.speed, "next_due": when(of.next_due())}


def call(view: CallView) -> Document:
    """A live call."""
    return {
        "call": view.call_id,
        "conn_id": connid_text(view.conn_id),
        "call_uuid": view.call_uuid,
        "type": view.call_type.name,
        "ani": view.ani,
        "dnis": view.dnis,
        "started": when(view.started_at),
        "userdata": to_json(view.user_data) or {},
        "parties": [party(one) for one in view.parties],
    }


def party(view: PartyView) -> Document:
    """A place in a call."""
    return {
        "dn": view.dn,
        "role": view.role.name.removeprefix("Role"),
        "state": view.state.name,
        "outside": view.outside,
        "trunk": view.trunk,
        "queue": view.queue,
        "agent": view.agent_id,
        "since": when(view.since),
        "established": when(view.established_at),
    }


def dn(device: Device) -> Document:
    """A configured DN and what goes on at it."""
    telephone = device.telephone
    return {
        "dn": device.dn,
        "type": device.settings.type.value,
        "enabled": device.settings.enabled,
        "in_service": telephone.in_service,
        "state": _line_state(device),
        "record": device.options.record,
        "busy": device.phone_busy or device.options.busy,
        "behavior": behavior(device),
        "dnd": telephone.dnd,
        "message_waiting": telephone.message_waiting,
        "forward": None if telephone.forward is None else telephone.forward.to,
        "agent": None if device.agent is None else device.agent.agent_id,
        "calls": [connid_text(one.call.conn_id) for one in device.parties],
    }


def behavior(device: Device) -> Document:
    """What its telephone, or the far end of the trunk, does by itself, as far as it does."""
    said = {name: getattr(device.options, name) for name in BEHAVIORS}
    return {
        name: value for name, value in said.items() if value is not None and value is not False
    }


def _line_state(device: Device) -> str:
    if not device.telephone.in_service:
        return "out of service"
    states: set[PartyState] = {one.state for one in device.parties}
    named = (
        (PartyState.Connected, "talking"),
        (PartyState.Alerting, "ringing"),
        (PartyState.Dialing, "dialing"),
        (PartyState.Held, "held"),
        (PartyState.Queued, "queued"),
    )
    return next((word for state, word in named if state in states), "idle")


def agents(simulated: Simulated) -> Sequence[Document]:
    """Configured agents, and those who are logged in."""
    floor = simulated.switch.floor
    logged_in = floor.agents
    known = dict.fromkeys((*simulated.settings.agents, *logged_in))
    return [_agent(simulated, name, logged_in.get(name)) for name in known]


def _agent(simulated: Simulated, agent_id: str, agent: Agent | None) -> Document:
    configured = simulated.settings.agents.get(agent_id)
    return {
        "agent": agent_id,
        "name": None if configured is None else configured.name,
        "dn": None if agent is None else agent.device.dn,
        "state": "logged out" if agent is None else agent.status.name.lower().replace("_", " "),
        "queues": [] if agent is None else list(agent.queues),
        "reasons": None if agent is None else to_json(agent.duty.reasons),
    }


_MODES = {
    int(RegisterMode.ModeShare): "shared",
    int(RegisterMode.ModePrivate): "private",
    int(RegisterMode.ModeMonitor): "monitor",
}


def clients(simulated: Simulated) -> Sequence[Document]:
    """Open connections with the DNs that each has registered."""
    return [_client(simulated, one) for one in simulated.hub.clients.values()]


def _client(simulated: Simulated, client: Client) -> Document:
    addp = client.addp
    modes = simulated.hub.registry.registrations(client)
    return {
        "client": client.id,
        "name": client.name,
        "peer": client.peer,
        "listener": client.listener,
        "charset": client.charset,
        "open": client.open,
        "addp": addp.heard_init or addp.asked_at is not None,
        "addp_timeout_s": addp.timeout / 1_000_000 if addp.timeout else None,
        "addp_client_s": addp.every / 1_000_000 if addp.every else None,
        "addp_polled": when(addp.last_poll_at),
        "dns": list(modes),
        "modes": {dn: _MODES.get(mode, str(mode)) for dn, mode in modes.items()},
    }


def recording(trace: SessionTrace) -> Document:
    """A recording session as it is now."""
    return {
        "session": trace.session,
        "id": trace.id,
        "conn_id": connid_text(trace.conn_id),
        "call_uuid": trace.call_uuid,
        "record_dn": trace.record_dn,
        "other_dn": trace.other_dn,
        "trigger": trace.trigger.value,
        "state": trace.state.value,
        "file_name": trace.file_name,
        "started": when(trace.started_at),
        "ended": when(trace.ended_at),
        "pauses": [[when(start), when(end)] for start, end in trace.pauses],
        "cause": trace.cause,
        "files": [
            {"path": one.path, "duration_ms": one.duration_ms, "sha256": one.sha256}
            for one in trace.artefacts
        ],
        "legs": [
            {"dn": leg.dn, "uri": leg.uri, "state": leg.state.value, "sdp": leg.sdp}
            for leg in trace.legs
        ],
    }


def newest(views: Iterable[CallView]) -> CallView | None:
    """The call that began last."""
    return max(views, key=lambda view: view.conn_id, default=None)
