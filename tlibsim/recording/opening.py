"""How a session comes to be: identifiers, file name, place, tone, legs, and the order for it."""

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from random import Random

from tlibproto.vocabulary import CallType, Dn, PartyState, connid_text
from tlibsim.config import DnOptions
from tlibsim.ports.media import (
    AudioSource,
    Instant,
    LegPlan,
    MediaParty,
    RecordingOrder,
    SessionId,
    SourceKind,
)
from tlibsim.recording import geo, tone
from tlibsim.recording.commands import NO_GEO, NO_TONE, GeoWish, RecordSide, ToneWish
from tlibsim.recording.facts import Trigger
from tlibsim.recording.filename import expand, variables
from tlibsim.recording.legs import Cast, LegSubject, plan_legs
from tlibsim.recording.nodes import MediaNodes
from tlibsim.recording.notes import Note
from tlibsim.recording.policy import (
    PartyKey,
    Target,
    agent_of,
    connected_since,
    key_of,
    made_id,
    talking,
    watching,
)
from tlibsim.recording.profiles import Profile
from tlibsim.recording.rules import CallsView, RulesInForce
from tlibsim.recording.session import PauseReason, Segment, Session, leg_of
from tlibsim.switch.commands import Because
from tlibsim.switch.facts import CallView, PartyView
from tlibsim.switch.refusals import Reason, RequestRefused

_SILENCE = AudioSource(kind=SourceKind.SILENCE)


def utc(now: Instant) -> int:  # noqa: ARG001  the offset of other places depends on the time
    """The offset of UTC from itself: the local time of a server in no place."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What whoever starts a recording has to say about it.

    ``rule`` tells people which rule decided.  ``side_of`` is the DN or trunk whose place counts
    because the start named a side (RECORDING.md 8.2); empty: none was named.
    """

    trigger: Trigger
    rule: str
    side: RecordSide | None = None
    asked_by: Dn | None = None
    record_id: str | None = None
    dest: str = ""
    dest2: str = ""
    params: tuple[tuple[str, str], ...] = ()
    geo: GeoWish = NO_GEO
    tone: ToneWish = NO_TONE
    side_of: str = ""
    hidden: bool = False
    requestor: tuple[Dn, int | None] | None = None
    because: Because | None = None


class Opener:
    """Makes sessions.  Equal seeds and equal wishes in equal order give equal sessions."""

    def __init__(
        self,
        rules: RulesInForce,
        *,
        profile: Profile,
        calls: CallsView,
        nodes: MediaNodes,
        rng: Random,
        sources: Callable[[PartyView], AudioSource],
        utc_offset: Callable[[Instant], int],
    ) -> None:
        self._rules = rules
        self._profile = profile
        self._calls = calls
        self._nodes = nodes
        self._rng = rng
        self._sources = sources
        self._utc_offset = utc_offset
        self._made = 0
        self._taken_up = 0
        self._captures = 0

    def begin_anew(self) -> None:
        """The sessions of another time are in place; names of captures never come twice."""
        self._taken_up += 1

    # -- a new session ----------------------------------------------------------------------

    def open(
        self,
        call: CallView,
        target: Target,
        wish: Wish,
        note: Note | None,
        used: Container[str],
        now: Instant,
    ) -> tuple[Session, RecordingOrder]:
        """A session in state idle, and the order that starts its capture.

        ``used`` are the record ids that one made here must not repeat.  Raises
        RequestRefused(SERVICE_UNAVAILABLE) when nobody records at its place or no media server
        is there, and RESOURCE_UNAVAILABLE when there is no number for it; nothing is taken then.
        """
        place = self._place(call, target, wish, note)
        mcp = self._nodes.choose(place.served)
        if not mcp:
            raise RequestRefused(Reason.SERVICE_UNAVAILABLE, "no media server is there")
        port = self._profile.take_port()
        self._made += 1
        file_name = self._file_name(call, target.record, wish.trigger, now)
        name = SessionId(f"recording-{self._made}")
        capture = SessionId(f"{name}.at-{self._taken_up}") if self._taken_up else name
        session = Session(
            id=name,
            capture=capture,
            record_id=wish.record_id or made_id(file_name, used, self._rng),
            conn_id=call.conn_id,
            call_uuid=call.call_uuid,
            trigger=wish.trigger,
            side=wish.side,
            asked_by=wish.asked_by,
            record=key_of(target.record),
            record_dn=target.record_dn,
            record_role=target.record.role,
            other_dn="" if target.other is None else target.other.dn,
            destinations=self._destinations(wish, port),
            dest=wish.dest,
            params=wish.params,
            file_name=file_name,
            parties=self.media_parties(call, key_of(target.record)),
            plan=(),
            legs=(),
            requested_at=now,
            rule=wish.rule,
            mcp=mcp,
            port=port,
            mixed=self._profile.mixed,
            dtmf_clamping=self._rules.value.clamp_dtmf_allowed,
            geo=place,
            tone=tone.choose(
                wish.tone, NO_TONE if note is None else note.tone, self._rules.value
            ),
            hidden=wish.hidden,
            requestor=wish.requestor,
            segments=[Segment(capture=capture, mcp=mcp, since=now, port=port)],
            reasons=self._reasons(call),
        )
        session.plan = self.plan(session, call)
        session.legs = tuple(leg_of(leg, session.destinations) for leg in session.plan)
        session.aim()
        if session.tone is not None and session.tone.problem:
            session.problems.append(f"tone: {session.tone.problem}")
        return session, self._order(session, call, now)

    def reopen(self, session: Session, call: CallView, now: Instant) -> RecordingOrder | None:
        """The order for the same session at another media server; None when there is none.

        Raises RequestRefused(RESOURCE_UNAVAILABLE) when there is no number for it.
        """
        mcp = self._nodes.replace(session.mcp, session.geo.served)
        if not mcp:
            return None
        port = self._profile.take_port()
        session.begin_segment(mcp, port, now)
        session.parties = self.media_parties(call, session.record)
        session.plan = self.plan(session, call)
        session.legs = tuple(leg_of(leg, session.destinations) for leg in session.plan)
        session.aim()
        session.views.clear()
        session.capture_paused = False
        return self._order(session, call, now)

    def take_up(self, session: Session, call: CallView, now: Instant) -> RecordingOrder:
        """The order that goes on with a session of another time: a file and legs of its own."""
        self._captures += 1
        session.continue_as(f"again-{self._captures}", now)
        session.aim()
        return self._order(session, call, now)

    def _destinations(self, wish: Wish, port: str) -> tuple[str, ...]:
        if port:
            return (self._profile.address(),)
        first = wish.dest or self._rules.value.recordingclient_recdest
        second = wish.dest2 or self._rules.value.recordingclient_recdest2
        return (first, second) if second else (first,)

    def _place(
        self, call: CallView, target: Target, wish: Wish, note: Note | None
    ) -> geo.GeoChoice:
        """Where the recording belongs (RECORDING.md 8.2)."""
        outside = next((party for party in call.parties if party.trunk is not None), None)
        agent = agent_of(call, target.record)
        point = "" if note is None else note.routing_point or ""
        places = geo.Places(
            request=wish.geo,
            route=NO_GEO if note is None else note.geo,
            side=self._options(wish.side_of),
            routing_point=self._options(point),
            trunk=self._options("" if outside is None else outside.trunk or ""),
            agent=self._options("" if agent is None else agent.dn),
            recorded=self._options(target.record_dn),
        )
        return geo.choose(call.call_type, places, self._rules.value, self._calls.locations())

    def _options(self, dn: str) -> DnOptions | None:
        return self._calls.place(dn) if dn else None

    def _file_name(
        self, call: CallView, record: PartyView, trigger: Trigger, now: Instant
    ) -> str:
        pattern = self._profile.file_pattern(trigger)
        if not pattern:
            return ""
        values = variables(
            call, agent_of(call, record), self._rules.value, now, self._utc_offset(now)
        )
        return expand(pattern, values)

    def _reasons(self, call: CallView) -> set[PauseReason]:
        """A call that is held already begins paused where held calls are not recorded."""
        held = any(party.state is PartyState.Held for party in call.parties)
        return {PauseReason.HOLD} if held and self._profile.pauses_on_hold else set()

    # -- who is heard --------------------------------------------------------------------------

    def heard_call(self, session: Session, call: CallView) -> CallView:
        """The call that a session hears: its own, or a consultation in the same SIP dialog."""
        if session.single_dialog is None:
            return call
        consult = self._calls.call(session.single_dialog)
        if consult is None:
            return call
        talks = any(
            key_of(party) == session.record and party.state is PartyState.Connected
            for party in consult.parties
        )
        return consult if talks else call

    def media_parties(self, call: CallView, record: PartyKey) -> tuple[MediaParty, ...]:
        """The recorded party first, then the others in the order in which they joined.

        Supervisors who are connected come last.  One who only listens is silent: not muted,
        since that would make the legs of those who talk inactive (RECORDING.md 5).
        """
        parties = sorted(talking(call), key=lambda party: key_of(party) != record)
        heard = [self._media_party(party) for party in parties]
        for party in watching(call):
            watcher = replace(self._media_party(party), muted=False)
            heard.append(replace(watcher, source=_SILENCE) if party.muted else watcher)
        return tuple(heard)

    def _media_party(self, party: PartyView) -> MediaParty:
        return MediaParty(
            dn=party.dn,
            source=self._sources(party),
            started_at=connected_since(party),
            muted=party.muted,
            video=self._calls.has_video(party),
        )

    def plan(self, session: Session, call: CallView) -> tuple[LegPlan, ...]:
        """The legs of a session with the people who are on the call now."""
        subject = LegSubject(
            record_id=session.record_id,
            call_uuid=session.call_uuid,
            record_dn=session.record_dn,
            other_dn=session.other_dn,
            destinations=session.destinations,
            params=session.params,
        )
        subject = self._profile.subject(subject, session.port)
        record = next((one for one in talking(call) if key_of(one) == session.record), None)
        parties = self.media_parties(call, session.record)
        return plan_legs(subject, cast_of(call, record, parties), self._rules.value)

    # -- the order -----------------------------------------------------------------------------

    def _order(self, session: Session, call: CallView, now: Instant) -> RecordingOrder:
        return RecordingOrder(
            session=session.capture,
            record_id=session.record_id,
            at=now,
            call_uuid=session.call_uuid,
            conn_id=connid_text(call.conn_id),
            record_dn=session.record_dn,
            parties=session.parties,
            file_name=session.file_name,
            destinations=session.destinations,
            params=session.params,
            geo_location=session.geo.served or session.geo.tag,
            strict_location=session.geo.strict,
            overflow_location=session.geo.overflow,
            legs=session.plan,
            tone=None if session.tone is None else session.tone.order(self._rules.value),
            mixed=session.mixed,
            details=_details(session, call),
        )


def cast_of(call: CallView, record: PartyView | None, parties: tuple[MediaParty, ...]) -> Cast:
    """Who of the call is heard on which side."""
    own = "" if record is None else record.dn
    watchers = tuple(party.dn for party in watching(call))
    others = tuple(one.dn for one in parties if one.dn != own and one.dn not in watchers)
    video = frozenset(one.dn for one in parties if one.video)
    return Cast(record=own, others=others, watchers=watchers, video=video)


def _details(session: Session, call: CallView) -> dict[str, str]:
    record = next((one for one in talking(call) if key_of(one) == session.record), None)
    agent = None if record is None else agent_of(call, record)
    details = {
        "trigger": session.trigger.value,
        "side": "" if session.side is None else session.side.value,
        "asked-by": session.asked_by or "",
        "agent": "" if agent is None else agent.agent_id or "",
        "other-dn": session.other_dn,
        "ani": call.ani or "",
        "dnis": call.dnis or "",
        "call-id": str(call.call_id),
        "call-type": CallType(call.call_type).name,
    }
    return {name: text for name, text in details.items() if text}
