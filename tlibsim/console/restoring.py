"""Saving the state of a running switch, and putting a saved one in place of it.

What clients see of that is an outage of the link to the switch (BEHAVIOUR.md 1.20): what goes on
ends with ordinary events, agents and telephones become what they were, EventLinkDisconnected,
EventLinkConnected.  Calls of the snapshot are found as after any outage: by RequestQueryAddress,
or by registering again (3.3).  The whole story: docs/snapshots.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain

from tlibproto.vocabulary import Dn
from tlibsim.console.reset import ResetError, end_calls
from tlibsim.console.simulator import Simulated
from tlibsim.journal import Kind
from tlibsim.net.turning import settle
from tlibsim.ports.media import Instant
from tlibsim.recording.turn import NOTHING, Steps
from tlibsim.snapshots.codec import Document
from tlibsim.snapshots.document import (
    VERSION,
    Prepared,
    check_seal,
    read_state,
    sealed,
    write_state,
)
from tlibsim.snapshots.errors import SnapshotError
from tlibsim.switch.agent import Agent
from tlibsim.switch.commands import (
    AgentLogin,
    AgentLogout,
    AgentNotReady,
    AgentReady,
    Because,
    CancelForward,
    CancelMonitoring,
    SetDnd,
    SetForward,
    SetInService,
    SetLink,
    SetMessageWaiting,
    SetOutOfService,
    TakeBackAccessNumber,
)
from tlibsim.switch.dn import Device, Telephone
from tlibsim.switch.facts import CallRestored, LinkRestored, SnapshotLoaded
from tlibsim.switch.refusals import RequestRefused

_MICROSECONDS = 1_000_000


# -- saving -------------------------------------------------------------------------------------


def save(simulated: Simulated, name: str) -> Document:
    """The state as a document; raises SnapshotError when there is something it cannot keep."""
    if simulated.clock.turning:
        raise SnapshotError("the clock is being turned; save when that is done")
    now = simulated.clock.now()
    _check_legs(simulated)
    return sealed(
        {
            "tlibsim-snapshot": VERSION,
            "name": name,
            "switch": simulated.settings.switch,
            "profile": simulated.settings.profile,
            "clock": {"now": now, "speed": simulated.clock.speed},
            "journal": {
                "server": simulated.details.server_id,
                "last": simulated.journal.last_number,
            },
            "clients": {str(one.id): one.name for one in simulated.hub.clients.values()},
            "states": [write_state(one, now) for one in _sites(simulated)],
        }
    )


def _sites(simulated: Simulated) -> Sequence[Simulated]:
    second = simulated.second
    return (simulated,) if second is None else (simulated, second)


def _check_legs(simulated: Simulated) -> None:
    """A call that leads to a switch in another process has half of its state there."""
    if simulated.second is not None:
        return
    for name, trunk in simulated.switch.sites.items():
        if trunk.legs:
            raise SnapshotError(
                f"a call leads to the switch {name} in another process; a snapshot cannot keep it"
            )


_NOT_OURS = (KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What comes of a document that is whole, but was made by somebody else."""


# -- loading ------------------------------------------------------------------------------------


async def load(simulated: Simulated, document: Document) -> None:
    """Put a saved state in place.

    Raises SnapshotError for a document that is wrong or of another configuration, and then
    nothing has changed.  It returns when the recordings of the state are being made again.
    """
    if simulated.clock.turning:
        raise SnapshotError("the clock is being turned; load when that is done")
    content = check_seal(document)
    sites = _sites(simulated)
    try:
        _check_kind(content, simulated)
        states = _read(content, simulated)
    except _NOT_OURS as error:
        raise SnapshotError(f"this is no document of tlibsim: {error!r}") from None
    try:
        for one, prepared in zip(sites, states, strict=True):
            _come_near(one, prepared)
        await settle(simulated.reactor, simulated.clock, sites)
        _swap(simulated, content)
    except ResetError as error:
        _give_up(sites)
        raise SnapshotError(str(error)) from None
    except BaseException:
        _give_up(sites)
        raise
    await settle(simulated.reactor, simulated.clock, sites)


def _give_up(sites: Sequence[Simulated]) -> None:
    """It cannot be done after all: clients get the link back, and nothing else."""
    for one in sites:
        if not one.switch.link_up:
            one.perform(SetLink(up=True))


def _check_kind(content: Document, simulated: Simulated) -> None:
    profile = simulated.settings.profile
    if content["profile"] != profile:
        raise SnapshotError(
            f"profile: it was saved with profile {content['profile']}, this is {profile}"
        )
    count = len(_sites(simulated))
    if len(content["states"]) != count:
        raise SnapshotError(
            f"states: it was saved with {len(content['states'])} switches, here are {count}"
        )


def _read(content: Document, simulated: Simulated) -> Sequence[Prepared]:
    now = _time_of(content, simulated)
    states = zip(content["states"], _sites(simulated), strict=True)
    return [read_state(state, one, now) for state, one in states]


def _time_of(content: Document, simulated: Simulated) -> Instant:
    """Time that stood still is as it was; time that ran goes on from now."""
    saved = content["clock"]
    return simulated.clock.now() if saved["speed"] else Instant(saved["now"])


# -- as near as ordinary commands lead ----------------------------------------------------------


def _come_near(simulated: Simulated, prepared: Prepared) -> None:
    """End what goes on, and let agents and telephones become what they are to be.

    Clients are told of all that with ordinary events; then the link is lost.
    """
    simulated.faulting.clear()
    simulated.front.carry_on(NOTHING)
    if not simulated.switch.link_up:
        simulated.perform(SetLink(up=True))
    end_calls(simulated)
    for command in chain(
        _claims_dropped(simulated),
        _agents_leave(simulated, prepared),
        _telephones(simulated, prepared),
        _agents_come(simulated, prepared),
    ):
        with suppress(RequestRefused):
            simulated.perform(command)
    simulated.perform(SetLink(up=False))


def _claims_dropped(simulated: Simulated) -> Iterator[object]:
    switch = simulated.switch
    for access in tuple(switch.access.values()):
        yield TakeBackAccessNumber(reference=access.reference)
    for watch in tuple(switch.watches.values()):
        yield CancelMonitoring(dn=watch.supervisor)


def _agents(prepared: Prepared) -> dict[str, Agent]:
    found: dict[str, Agent] = prepared.attribute("floor", "agents")
    return found


def _agents_leave(simulated: Simulated, prepared: Prepared) -> Iterator[object]:
    """Those who are not there in the snapshot, or not in the same place and queues."""
    wanted = _agents(prepared)
    for name, agent in tuple(simulated.switch.floor.agents.items()):
        other = wanted.get(name)
        same_place = other is not None and other.device.dn == agent.device.dn
        if other is None or not same_place or list(other.queues) != list(agent.queues):
            yield AgentLogout(dn=agent.device.dn)


def _agents_come(simulated: Simulated, prepared: Prepared) -> Iterator[object]:
    for agent in _agents(prepared).values():
        if agent.agent_id not in simulated.switch.floor.agents:
            for queue in agent.queues or (None,):
                yield AgentLogin(
                    dn=agent.device.dn,
                    agent_id=agent.agent_id,
                    queue=queue,
                    work_mode=agent.duty.work_mode,
                    password=_password(simulated, agent),
                )
        yield from _duty(simulated, agent)


def _password(simulated: Simulated, agent: Agent) -> str | None:
    configured = simulated.settings.agents.get(agent.agent_id)
    return None if configured is None else configured.password


def _duty(simulated: Simulated, agent: Agent) -> Iterator[object]:
    present = simulated.switch.floor.agents.get(agent.agent_id)
    if present is None or present.duty != agent.duty:
        kind = AgentReady if agent.duty.ready else AgentNotReady
        yield kind(
            dn=agent.device.dn,
            work_mode=agent.duty.work_mode,
            because=None if agent.duty.reasons is None else Because(reasons=agent.duty.reasons),
        )


def _telephones(simulated: Simulated, prepared: Prepared) -> Iterator[object]:
    for device in tuple(simulated.switch.devices.values()):
        wanted = prepared.device(device.dn, "_telephone")
        if wanted is not device.telephone and wanted != device.telephone:
            yield from _telephone(device, wanted)


def _telephone(device: Device, wanted: Telephone) -> Iterator[object]:
    dn, present = device.dn, device.telephone
    if wanted.dnd is not present.dnd:
        yield SetDnd(dn=dn, on=wanted.dnd)
    if wanted.message_waiting is not present.message_waiting:
        yield SetMessageWaiting(dn=dn, on=wanted.message_waiting)
    if wanted.forward != present.forward:
        yield from _forward(dn, wanted)
    if wanted.in_service is not present.in_service:
        yield SetInService(dn=dn) if wanted.in_service else SetOutOfService(dn=dn)


def _forward(dn: Dn, wanted: Telephone) -> Iterator[object]:
    if wanted.forward is None:
        yield CancelForward(dn=dn)
    else:
        yield SetForward(dn=dn, mode=wanted.forward.mode, to=wanted.forward.to)


# -- the change itself --------------------------------------------------------------------------


def _swap(simulated: Simulated, content: Document) -> None:
    """In one go: the clock, the state, and what clients are told of it."""
    for one in _sites(simulated):
        end_calls(one)
        one.front.carry_on(NOTHING)
    speed = content["clock"]["speed"]
    now = _time_of(content, simulated)
    states = _read(content, simulated)
    if not speed:
        simulated.run_clock(0.0)
        simulated.clock.go_to(now)
    elif simulated.clock.speed != speed:
        simulated.run_clock(speed)
    for one, prepared in zip(_sites(simulated), states, strict=True):
        one.details.begin_run()
        prepared.put_in_place()
        _know_clients(one, content["clients"])
        _tell(one, content)
        prepared.put_faults()
        one.faulting.take_up()


def _know_clients(simulated: Simulated, names: Mapping[str, str]) -> None:
    """Whoever logged an agent in is known by the name of the client: it may have come anew."""
    clients = {one.name: one.id for one in reversed(simulated.hub.clients.values())}
    for agent in simulated.switch.floor.agents.values():
        known = clients.get(names.get(str(agent.session), ""))
        agent.session = None if known is None else int(known)


def _since(simulated: Simulated, content: Document) -> int:
    """The last entry of the journal when this server kept the state; 0: it was another."""
    kept = content["journal"]
    mine = kept["server"] == simulated.details.server_id
    return int(kept["last"]) if mine else 0


def _tell(simulated: Simulated, content: Document) -> None:
    """The link stands again, if it stood; those who monitor calls learn of each of them."""
    link = [LinkRestored()] if simulated.switch.link_up else []
    calls = [CallRestored(call=view) for view in simulated.calls()]
    name, now = content["name"], simulated.clock.now()
    loaded = SnapshotLoaded(name=name, since=_since(simulated, content))
    simulated.journal.note(Kind.FACT, now, 0, loaded, f"snapshot {name} is loaded")
    simulated.front.carry_on(Steps(facts=(*link, *calls)))
    simulated.front.carry_on(simulated.desk.take_up(simulated.clock.now()))
