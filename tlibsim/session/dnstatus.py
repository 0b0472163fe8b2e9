"""What a DN's state looks like in Extensions of EventRegistered and EventAddressInfo.

Keys, types and their order: BEHAVIOUR.md 3.3.
"""

from tlibproto.vocabulary import AddressType, KVList, PartyState, connid_text
from tlibsim.config import DnType
from tlibsim.switch.agent import AgentStatus
from tlibsim.switch.call import Party
from tlibsim.switch.dn import AT_REST, Device, Telephone

ADDRESS_TYPES = {
    DnType.DN: AddressType.DN,
    DnType.POSITION: AddressType.Position,
    DnType.QUEUE: AddressType.Queue,
    DnType.VIRTUAL_QUEUE: AddressType.Queue,
    DnType.ROUTE_DN: AddressType.RouteDN,
    DnType.ROUTE_QUEUE: AddressType.RouteQueue,
    DnType.TRUNK: AddressType.Trunk,
    DnType.TRUNK_GROUP: AddressType.DN,
    DnType.VOIP_SERVICE: AddressType.Other,
    DnType.VOICE_TREATMENT_PORT: AddressType.VoiceChannel,
}
"""AddressType by configured type; a trunk group is registered like an extension."""

QUEUES = frozenset({DnType.QUEUE, DnType.VIRTUAL_QUEUE, DnType.ROUTE_DN, DnType.ROUTE_QUEUE})

VOICE = 0

Pairs = tuple[tuple[str, "str | int"], ...]

_IDLE_PHONE: Pairs = (
    ("AgentStatus", int(AgentStatus.LOGGED_OUT)),
    ("status", 0),
    ("fwd", "off"),
    ("dnd", 0),
    ("mwl", 0),
)
IDLE = KVList(_IDLE_PHONE)
"""The state of a telephone with nothing going on; shared, since most DNs are in it."""


def type_of(kind: int | None) -> DnType:
    """The type of a DN that a client registers with this AddressType; a telephone by default."""
    for dn_type, address in ADDRESS_TYPES.items():
        if address == kind:
            return dn_type
    return DnType.DN


def address_type(device: Device) -> AddressType:
    """The AddressType of the object (BEHAVIOUR.md 3.1)."""
    return ADDRESS_TYPES.get(device.settings.type, AddressType.Other)


def status(device: Device) -> KVList:
    """DNStatus of a telephone, QueueStatus of a queue or routing point."""
    if device.settings.type in QUEUES:
        return KVList(queue_pairs(device))
    telephone = device.telephone
    if not device.parties and telephone is AT_REST and device.agent is None:
        return IDLE
    pairs: list[tuple[str, str | int]] = list(_IDLE_PHONE)
    pairs[2] = ("fwd", forward_text(telephone))
    pairs[3] = ("dnd", int(telephone.dnd))
    pairs[4] = ("mwl", int(telephone.message_waiting))
    pairs[1] = ("status", len(device.parties))
    for number, party in enumerate(device.parties, start=1):
        pairs += _call_pairs(number, party)
    agent = device.agent
    if agent is not None:
        work_mode = ("AgentWorkMode", int(agent.duty.work_mode))
        pairs[:1] = [("AgentStatus", int(agent.status)), work_mode]
        pairs += [(f"queue-{at}", queue) for at, queue in enumerate(agent.queues, start=1)]
    return KVList(tuple(pairs))


def forward_text(telephone: Telephone) -> str:
    """Where calls go instead, or ``off``."""
    return "off" if telephone.forward is None else telephone.forward.to


def _call_pairs(number: int, party: Party) -> Pairs:
    call = party.call
    return (
        (f"conn-{number}", connid_text(call.conn_id)),
        (f"call-uuid-{number}", call.call_uuid),
        (f"ct-{number}", int(call.call_type)),
        (f"mt-{number}", VOICE),
        (f"ps-{number}", int(party.state)),
    )


def queue_pairs(device: Device) -> Pairs:
    return (
        ("AgentsInQueue", agents_in(device)),
        ("AvailableAgents", available_in(device)),
        ("CallsInQueue", calls_in(device)),
    )


def agents_in(queue: Device) -> int:
    return 0 if queue.acd is None else len(queue.acd.members)


def available_in(queue: Device) -> int:
    return 0 if queue.acd is None else len(queue.acd.available)


def calls_in(queue: Device) -> int:
    """Calls that wait there; one that the queue itself is dialing does not."""
    return sum(party.state is PartyState.Queued for party in queue.parties)


def agent_status(device: Device) -> AgentStatus:
    return AgentStatus.LOGGED_OUT if device.agent is None else device.agent.status


_ADDRESS_STATUS = {
    PartyState.Dialing: 2,
    PartyState.Connected: 3,
    PartyState.Alerting: 4,
    PartyState.Held: 5,
    PartyState.Busy: 1,
}
"""AddressStatusInfoType by the state of a party (BEHAVIOUR.md 3.5)."""


_MAINTENANCE = 8


def address_status(device: Device) -> int:
    """Idle, or what the first call of the DN is doing; out of service it is in maintenance."""
    if not device.telephone.in_service:
        return _MAINTENANCE
    return _ADDRESS_STATUS.get(device.parties[0].state, 0) if device.parties else 0
