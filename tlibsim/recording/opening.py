"""How a session comes to be: its identifiers, its file name, its legs, and the order for it."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from random import Random

from tlibproto.vocabulary import Dn, PartyState, connid_text
from tlibsim.ports.media import (
    AudioSource,
    Instant,
    LegPlan,
    MediaParty,
    RecordingOrder,
    SessionId,
)
from tlibsim.recording.commands import RecordSide
from tlibsim.recording.facts import Trigger
from tlibsim.recording.filename import expand, variables
from tlibsim.recording.legs import Cast, LegSubject, plan_legs
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
from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.session import PauseReason, Session, leg_of
from tlibsim.switch.commands import Because
from tlibsim.switch.facts import CallView, PartyView


def utc(now: Instant) -> int:  # noqa: ARG001  the offset of other places depends on the time
    """The offset of UTC from itself: the local time of a server in no place."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What whoever starts a recording has to say about it."""

    trigger: Trigger
    side: RecordSide | None = None
    asked_by: Dn | None = None
    record_id: str | None = None
    dest: str = ""
    dest2: str = ""
    params: tuple[tuple[str, str], ...] = ()
    because: Because | None = None


class Opener:
    """Makes sessions.  Equal seeds and equal wishes in equal order give equal sessions."""

    def __init__(
        self,
        rules: RecordingRules,
        *,
        rng: Random,
        sources: Callable[[PartyView], AudioSource],
        utc_offset: Callable[[Instant], int],
        video: Callable[[PartyView], bool],
    ) -> None:
        self._rules = rules
        self._video = video
        self._rng = rng
        self._sources = sources
        self._utc_offset = utc_offset
        self._made = 0

    def open(
        self, call: CallView, target: Target, wish: Wish, used: Container[str], now: Instant
    ) -> tuple[Session, RecordingOrder]:
        """A session in state idle, and the order that starts its capture.

        ``used`` are the record ids that one made here must not repeat.
        """
        self._made += 1
        file_name = self._file_name(call, target.record, now)
        record_id = wish.record_id or made_id(file_name, used, self._rng)
        first = wish.dest or self._rules.recordingclient_recdest
        second = wish.dest2 or self._rules.recordingclient_recdest2
        other_dn = "" if target.other is None else target.other.dn
        destinations = (first, second) if second else (first,)
        parties = self.media_parties(call, key_of(target.record))
        subject = LegSubject(
            record_id=record_id,
            call_uuid=call.call_uuid,
            record_dn=target.record_dn,
            other_dn=other_dn,
            destinations=destinations,
            params=wish.params,
        )
        plan = plan_legs(subject, cast_of(call, target.record, parties), self._rules)
        session = Session(
            id=SessionId(f"recording-{self._made}"),
            record_id=record_id,
            conn_id=call.conn_id,
            call_uuid=call.call_uuid,
            trigger=wish.trigger,
            side=wish.side,
            asked_by=wish.asked_by,
            record=key_of(target.record),
            record_dn=target.record_dn,
            other_dn=other_dn,
            destinations=destinations,
            dest=wish.dest,
            params=wish.params,
            file_name=file_name,
            parties=parties,
            plan=plan,
            legs=tuple(leg_of(leg, destinations) for leg in plan),
            watchers=frozenset(party.dn for party in watching(call)),
            requested_at=now,
            reasons=self._reasons(call),
        )
        return session, _order(session, call, target, now)

    def plan(self, session: Session, call: CallView) -> tuple[LegPlan, ...]:
        """The legs of a session now that others are on its call."""
        subject = LegSubject(
            record_id=session.record_id,
            call_uuid=session.call_uuid,
            record_dn=session.record_dn,
            other_dn=session.other_dn,
            destinations=session.destinations,
            params=session.params,
        )
        record = next((one for one in talking(call) if key_of(one) == session.record), None)
        parties = self.media_parties(call, session.record)
        return plan_legs(subject, cast_of(call, record, parties), self._rules)

    def media_parties(self, call: CallView, record: PartyKey) -> tuple[MediaParty, ...]:
        """The recorded party first, then the others in the order in which they joined.

        Supervisors who are connected come last.
        """
        parties = sorted(talking(call), key=lambda party: key_of(party) != record)
        return tuple(
            MediaParty(
                dn=party.dn,
                source=self._sources(party),
                started_at=connected_since(party),
                muted=party.muted,
                video=self._video(party),
            )
            for party in (*parties, *watching(call))
        )

    def _file_name(self, call: CallView, record: PartyView, now: Instant) -> str:
        pattern = self._rules.recording_filename
        if not pattern:
            return ""
        values = variables(
            call, agent_of(call, record), self._rules, now, self._utc_offset(now)
        )
        return expand(pattern, values)

    def _reasons(self, call: CallView) -> set[PauseReason]:
        """A call that is held already begins paused where held calls are not recorded."""
        held = any(party.state is PartyState.Held for party in call.parties)
        return {PauseReason.HOLD} if held and not self._rules.record_moh else set()


def cast_of(call: CallView, record: PartyView | None, parties: tuple[MediaParty, ...]) -> Cast:
    """Who of the call is heard on which side."""
    own = "" if record is None else record.dn
    watchers = tuple(party.dn for party in watching(call))
    others = tuple(one.dn for one in parties if one.dn != own and one.dn not in watchers)
    video = frozenset(one.dn for one in parties if one.video)
    return Cast(record=own, others=others, watchers=watchers, video=video)


def _order(session: Session, call: CallView, target: Target, now: Instant) -> RecordingOrder:
    agent = agent_of(call, target.record)
    details = {
        "trigger": session.trigger.value,
        "side": "" if session.side is None else session.side.value,
        "asked-by": session.asked_by or "",
        "agent": "" if agent is None else agent.agent_id or "",
        "other-dn": session.other_dn,
        "ani": call.ani or "",
        "dnis": call.dnis or "",
        "call-id": str(call.call_id),
        "call-type": call.call_type.name,
    }
    return RecordingOrder(
        session=session.id,
        record_id=session.record_id,
        at=now,
        call_uuid=call.call_uuid,
        conn_id=connid_text(call.conn_id),
        record_dn=session.record_dn,
        parties=session.parties,
        file_name=session.file_name,
        destinations=session.destinations,
        params=session.params,
        legs=session.plan,
        details={name: text for name, text in details.items() if text},
    )
