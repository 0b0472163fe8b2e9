"""What people and tests may see of a recording session: a frozen picture of it."""

from dataclasses import dataclass

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import Artefact, Instant, LegPlan, LegStatus, LegView, SessionId
from tlibsim.recording.facts import Trigger
from tlibsim.recording.legs import BUILT_IN_RECORDER
from tlibsim.recording.session import Leg, LegState, Session
from tlibsim.recording.states import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class LegTrace:
    """A recorder leg: the Request-URI of its INVITE, the direction of its last offer.

    These are what a real recorder was sent, when the backend told of one; then ``view`` is all
    that is known of it.  ``plan`` is None for a leg that is planned no more.
    """

    key: str
    dn: str
    other_dn: str
    dest: str
    uri: str
    state: LegState
    sdp: str
    reinvite: int
    plan: LegPlan | None = None
    view: LegView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTrace:
    """A session as it is at this moment.

    ``file_name`` has no extension.  ``pauses`` are (from, to); no end while one lasts.
    ``problems`` are what went wrong without an end to the session.
    ``tone``, ``geo``, ``geo_rule``, ``mixed`` and ``port`` belong to tones, geo-location and
    the profile sfb, and say "none" until those are there.
    """

    session: SessionId
    id: str
    conn_id: ConnId
    call_uuid: str
    record_dn: str
    other_dn: str
    trigger: Trigger
    asked_by: str
    state: SessionState
    params: tuple[tuple[str, str], ...]
    dest: str
    destinations: tuple[str, ...]
    file_name: str
    parties: tuple[str, ...]
    requested_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    pauses: tuple[tuple[Instant, Instant | None], ...]
    cause: str
    artefacts: tuple[Artefact, ...]
    legs: tuple[LegTrace, ...]
    tone: tuple[tuple[str, str | int], ...] | None = None
    geo: str | None = None
    geo_rule: str | None = None
    mixed: bool = False
    port: str | None = None
    problems: tuple[str, ...] = ()


def trace_of(session: Session) -> SessionTrace:
    """The picture of a session; later changes of the session do not show in it."""
    return SessionTrace(
        session=session.id,
        id=session.record_id,
        conn_id=session.conn_id,
        call_uuid=session.call_uuid,
        record_dn=session.record_dn,
        other_dn=session.other_dn,
        trigger=session.trigger,
        asked_by=session.asked_by or "",
        state=session.state,
        params=session.params,
        dest=session.dest,
        destinations=tuple(dest for dest in session.destinations if dest),
        file_name=session.file_name,
        parties=tuple(party.dn for party in session.parties),
        requested_at=session.requested_at,
        started_at=session.started_at,
        ended_at=session.ended_at,
        pauses=tuple(session.pauses),
        cause=session.cause,
        artefacts=session.artefacts,
        legs=tuple(_leg_trace(leg, session) for leg in session.legs),
        problems=tuple(session.problems),
    )


_STATES = {
    LegStatus.NEW: LegState.NEW,
    LegStatus.INVITING: LegState.NEW,
    LegStatus.ESTABLISHED: LegState.ESTABLISHED,
    LegStatus.PAUSED: LegState.ESTABLISHED,
    LegStatus.ENDING: LegState.ENDED,
    LegStatus.ENDED: LegState.ENDED,
    LegStatus.FAILED: LegState.FAILED,
}


def _leg_trace(leg: Leg, session: Session) -> LegTrace:
    view = session.views.get(leg.key)
    plan = next((one for one in session.plan if one.key == leg.key), None)
    if view is None:
        return LegTrace(
            key=leg.key,
            dn=leg.dn,
            other_dn=leg.other_dn,
            dest=leg.dest,
            uri=leg.uri,
            state=leg.state,
            sdp=leg.direction,
            reinvite=leg.reinvites,
            plan=plan,
        )
    chosen = leg.dest == BUILT_IN_RECORDER and view.recorder
    return LegTrace(
        key=leg.key,
        dn=leg.dn,
        other_dn=leg.other_dn,
        dest=view.recorder if chosen else leg.dest,
        uri=view.uri or leg.uri,
        state=_STATES[view.status],
        sdp=view.direction or leg.direction,
        reinvite=view.reinvites,
        plan=plan,
        view=view,
    )
