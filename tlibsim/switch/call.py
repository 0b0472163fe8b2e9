"""A call and its parties while they live.  Others see them only through views."""

from collections.abc import Callable
from typing import Any, Protocol

from tlibproto.vocabulary import (
    EMPTY_KVLIST,
    CallState,
    CallType,
    ConnId,
    Dn,
    DnRole,
    KVList,
    PartyState,
)
from tlibsim.ports.media import Instant
from tlibsim.ports.site import CameFrom
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import CallView, PartyView, Side, SiteLink
from tlibsim.switch.legs import Leg
from tlibsim.switch.states import ESTABLISHED, PartyInput, advance
from tlibsim.switch.watch import MonitorMode, Watch

TWO_PARTIES = 2


class Errand(Protocol):
    """Why a party is on a call, when that is more than being called: routed, distributed, ...

    It is told once how the ringing or waiting ended.
    """

    def answered(self, switch: Any, turn: Any, party: "Party") -> None:
        """The party answers; comes before it is told so."""

    def left(self, switch: Any, turn: Any, party: "Party", why: CallState) -> bool:
        """The party left without an answer, and was told.  True: the call is looked after."""


class Party:
    """A number's place in a call.  Inside, ``device`` is its DN; outside, ``trunk`` is how it came."""

    __slots__ = (
        "announced",
        "answer_state",
        "call",
        "deaf",
        "device",
        "dn",
        "errand",
        "established_at",
        "invited_by",
        "joined_at",
        "leg",
        "mode",
        "muted",
        "on_answer",
        "passed",
        "queue",
        "role",
        "state",
        "trunk",
        "uuid",
        "watch",
    )

    def __init__(
        self,
        call: "Call",
        dn: str,
        role: DnRole,
        now: Instant,
        *,
        device: Device | None = None,
        trunk: Device | None = None,
    ) -> None:
        self.call = call
        self.dn = Dn(dn)
        self.role = role
        self.device = device
        self.trunk = trunk
        self.queue: Dn | None = None
        self.uuid = call.next_party_uuid()
        self.announced = True
        """Whether the others have been told of it (single-step conference: when it answers)."""
        self.answer_state = CallState.Ok
        """The CallState of its EventEstablished."""
        self.on_answer: Callable[[Any, Party], None] | None = None
        """What else is told, in the same turn, when it answers."""
        self.invited_by: Dn | None = None
        self.errand: Errand | None = None
        self.leg: Leg | None = None
        """The call at another site that this party stands for."""
        self.passed: tuple[Dn, ...] = ()
        """The DNs that forwarded the call to this one."""
        self.watch: Watch | None = None
        """Why it observes the call; ``mode`` is what it may do there now."""
        self.mode: MonitorMode | None = None
        self.muted = False
        self.deaf = False
        self.state = PartyState.Null
        self.joined_at = now
        self.established_at: Instant | None = None

    @property
    def is_observer(self) -> bool:
        """Whether it supervises: it is no party to the conversation, and keeps no call alive."""
        return self.role is DnRole.RoleObserver

    def step(self, step: PartyInput) -> None:
        """Move along the table of states; raises RequestRefused and changes nothing if it cannot."""
        self.state = advance(self.state, step)
        self.call.touch()
        if self.leg is not None:
            self.leg.touch()

    def rings_since(self, instant: Instant) -> bool:
        """Whether the ringing that began at that instant still goes on."""
        return self.state is PartyState.Alerting and self.joined_at == instant

    def side(self, other: "Party | None", other_role: DnRole | None = None) -> Side:
        """Whose event it is, and whom it sees at the other end; ``other_role`` None: its own."""
        return Side(
            dn=self.dn,
            role=self.role,
            outside=self.device is None,
            other_dn=None if other is None else other.dn,
            other_role=None if other is None else other_role or other.role,
            queue=self.queue,
        )

    def view(self) -> PartyView:
        agent = None if self.device is None else self.device.agent
        return PartyView(
            dn=self.dn,
            role=self.role,
            state=self.state,
            uuid=self.uuid,
            queue=self.queue,
            agent_id=None if agent is None else agent.agent_id,
            trunk=None if self.trunk is None else self.trunk.dn,
            since=self.joined_at,
            established_at=self.established_at,
            muted=self.muted,
        )


class Call:
    """A call: who is in it, its identifiers and its data."""

    __slots__ = (
        "_view",
        "ani",
        "call_id",
        "call_type",
        "call_uuid",
        "came_from",
        "conn_id",
        "dialed",
        "dnis",
        "failure",
        "first_transfer_conn_id",
        "joint_with",
        "last_transfer_conn_id",
        "links",
        "parties",
        "parties_made",
        "previous_conn_id",
        "started_at",
        "user_data",
    )

    def __init__(
        self,
        *,
        conn_id: ConnId,
        call_id: int,
        call_uuid: str,
        call_type: CallType,
        now: Instant,
        ani: str | None = None,
        dnis: str | None = None,
        user_data: KVList | None = None,
    ) -> None:
        self.conn_id = conn_id
        self.call_id = call_id
        self.call_uuid = call_uuid
        self.call_type = call_type
        self.ani = ani
        self.dnis = dnis
        self.user_data = EMPTY_KVLIST if user_data is None else user_data
        self.parties: list[Party] = []
        self.started_at = now
        self.parties_made = 0
        self.previous_conn_id: ConnId | None = None
        self.first_transfer_conn_id: ConnId | None = None
        self.last_transfer_conn_id: ConnId | None = None
        self.joint_with: ConnId | None = None
        """The call that shares its user data (``consult-user-data=joint``)."""
        self.links: tuple[SiteLink, ...] = ()
        self.came_from: tuple[CameFrom, CameFrom] | None = None
        """The first and the last transfer between sites that brought it here."""
        self.failure = CallState.Ok
        self.dialed = ""
        self._view: CallView | None = None

    def next_party_uuid(self) -> str:
        """A PartyUUID: the CallUUID with its number of the party in front of it, 32 characters."""
        self.parties_made += 1
        return f"{self.parties_made:02X}"[-2:] + self.call_uuid[2:]

    def touch(self) -> None:
        """Forget the view: something changed."""
        self._view = None

    def join(self, party: Party) -> None:
        self.parties.append(party)
        if party.device is not None:
            party.device.parties += (party,)
            party.device.stir()
        elif party.trunk is not None:
            party.trunk.lines_taken += 1
        self._view = None

    def leave(self, party: Party) -> None:
        self.parties.remove(party)
        if party.device is not None:
            party.device.parties = tuple(p for p in party.device.parties if p is not party)
            if party.device.agent is not None:
                party.device.agent.part(party)
        elif party.trunk is not None:
            party.trunk.lines_taken -= 1
        if party.leg is not None:
            party.leg.touch()
        self._view = None

    def party_at(self, dn: str) -> Party | None:
        """The party inside the switch with this DN."""
        for party in self.parties:
            if party.dn == dn and party.device is not None:
                return party
        return None

    def outside(self) -> Party | None:
        """The first party outside."""
        for party in self.parties:
            if party.device is None:
                return party
        return None

    def take_over(self, party: Party) -> None:
        """Move a party of another call into this one; its state stays."""
        party.call.leave(party)
        if party.leg is not None:
            self._take_link(party.call, party.leg.uuid)
        party.call = self
        self.join(party)

    def _take_link(self, origin: "Call", uuid: str) -> None:
        """A link goes with its leg to the call that stays (BEHAVIOUR.md 3.7)."""
        self.links += tuple(link for link in origin.links if link.uuid == uuid)
        origin.links = tuple(link for link in origin.links if link.uuid != uuid)

    @property
    def is_conference(self) -> bool:
        """Whether three or more parties have been answered and have not left."""
        talking = [p for p in self.parties if p.state in ESTABLISHED and not p.is_observer]
        return len(talking) > TWO_PARTIES

    def members(self) -> list[Party]:
        """Everybody but observers."""
        return [party for party in self.parties if not party.is_observer]

    def present(self) -> list[Party]:
        """Members of whom the others know: not those who are asked in and still ring (1.10)."""
        return [party for party in self.parties if party.announced and not party.is_observer]

    def observers(self) -> list[Party]:
        """Supervisors, who answered or not."""
        return [party for party in self.parties if party.is_observer]

    def others(self, party: Party) -> list[Party]:
        """Everybody else of whom the party has been told, observers aside.

        To an observer the other side is who talks to the supervised party.
        """
        watched = None if party.watch is None else party.watch.agent
        return [
            p
            for p in self.parties
            if p is not party and p.announced and not p.is_observer and p.dn != watched
        ]

    def other(self, party: Party) -> Party | None:
        """The party at the other end when there is exactly one."""
        others = self.others(party)
        return others[0] if len(others) == 1 else None

    def view(self) -> CallView:
        """The call as it is now; the same object until something changes."""
        view = self._view
        if view is None:
            view = self._view = CallView(
                conn_id=self.conn_id,
                call_id=self.call_id,
                call_uuid=self.call_uuid,
                call_type=self.call_type,
                ani=self.ani,
                dnis=self.dnis,
                user_data=self.user_data,
                parties=tuple([party.view() for party in self.parties]),
                started_at=self.started_at,
                previous_conn_id=self.previous_conn_id,
                first_transfer_conn_id=self.first_transfer_conn_id,
                last_transfer_conn_id=self.last_transfer_conn_id,
                links=self.links,
                came_from=self.came_from,
            )
        return view
