"""What people and tests may see of a recording session: a frozen picture of it."""

from dataclasses import dataclass
from enum import Enum

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


class HopState(Enum):
    """``WAITING``: not answered yet; ``NOT_REACHED``: an earlier hop failed."""

    OK = "ok"
    FAILED = "failed"
    WAITING = "waiting"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One question on the way of a recording: its name for programs, itself, the answer."""

    name: str
    question: str
    state: HopState
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTrace:
    """A session as it is at this moment.

    ``file_name`` has no extension.  ``pauses`` are (from, to); no end while one lasts.
    ``problems`` are what went wrong without an end to the session.
    ``manager`` is the address of the resource manager, ``content_type`` that of MSML, and
    ``hops`` the way of the recording: the :class:`~tlibsim.recording.inspection.Inspector` fills
    them in.
    ``rule`` says which rule decided to record.  ``tone`` has the URI and the milliseconds
    between tones, ``geo`` the place, ``geo_rule`` what it was taken from, ``geo_served`` the
    place that is really used (empty: any), ``headers`` what the INVITE to the media service
    carries for it.  ``mcp`` is the media server, ``segments`` are (server, since) of all that
    there were, ``captures`` the backend's names for what each of them took.  ``mixed`` and
    ``port`` belong to the profile sfb; ``port_free``: the leg with that number is gone.
    ``hidden``: pre-recorded, nobody has asked for it; ``orphan``: its legs are known to nobody.
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
    port_free: bool = False
    problems: tuple[str, ...] = ()
    rule: str = ""
    mcp: str = ""
    segments: tuple[tuple[str, Instant], ...] = ()
    captures: tuple[SessionId, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    geo_served: str = ""
    dtmf_clamping: bool = False
    hidden: bool = False
    orphan: bool = False
    side: str = ""
    manager: str = ""
    content_type: str = ""
    hops: tuple[Hop, ...] = ()

    @property
    def hop_states(self) -> tuple[tuple[str, HopState], ...]:
        """The answers by the names of the hops."""
        return tuple((hop.name, hop.state) for hop in self.hops)


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
        tone=_tone(session),
        geo=session.geo.tag or None,
        geo_rule=session.geo.rule or None,
        geo_served=session.geo.served,
        headers=session.geo.headers,
        mixed=session.mixed,
        port=session.port or None,
        port_free=bool(session.port) and session.concluded,
        rule=session.rule,
        mcp=session.mcp,
        captures=tuple(one.capture for one in session.segments),
        segments=tuple((one.mcp, one.since) for one in session.segments),
        dtmf_clamping=session.dtmf_clamping,
        hidden=session.hidden,
        orphan=session.orphan,
        side="" if session.side is None else session.side.value,
    )


def _tone(session: Session) -> tuple[tuple[str, str | int], ...] | None:
    tone = session.tone
    return None if tone is None else (("src", tone.source), ("interval-ms", tone.interval_ms))


_STATES = {
    LegStatus.NEW: LegState.NEW,
    LegStatus.INVITING: LegState.NEW,
    LegStatus.ESTABLISHED: LegState.ESTABLISHED,
    LegStatus.PAUSED: LegState.ESTABLISHED,
    LegStatus.ENDING: LegState.ENDED,
    LegStatus.ENDED: LegState.ENDED,
    LegStatus.FAILED: LegState.FAILED,
}


def _state(view: LegView, session: Session) -> LegState:
    """A leg ends with its session, also when the backend had no more to say of it."""
    state = _STATES[view.status]
    gone = session.over and not session.orphan and state is not LegState.FAILED
    return LegState.ENDED if gone else state


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
        state=_state(view, session),
        sdp=view.direction or leg.direction,
        reinvite=view.reinvites,
        plan=plan,
        view=view,
    )
