"""What people and tests may see of a recording session: a frozen picture of it."""

from dataclasses import dataclass

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import Artefact, Instant, SessionId
from tlibsim.recording.facts import Trigger
from tlibsim.recording.session import Leg, LegState, Session
from tlibsim.recording.states import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class LegTrace:
    """A recorder leg: the Request-URI of its INVITE, the direction of its last offer."""

    dn: str
    other_dn: str
    dest: str
    uri: str
    state: LegState
    sdp: str
    reinvite: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTrace:
    """A session as it is at this moment.

    ``file_name`` has no extension.  ``pauses`` are (from, to); no end while one lasts.
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
        destinations=session.destinations,
        file_name=session.file_name,
        parties=tuple(party.dn for party in session.parties),
        requested_at=session.requested_at,
        started_at=session.started_at,
        ended_at=session.ended_at,
        pauses=tuple(session.pauses),
        cause=session.cause,
        artefacts=session.artefacts,
        legs=tuple(_leg_trace(leg) for leg in session.legs),
    )


def _leg_trace(leg: Leg) -> LegTrace:
    return LegTrace(
        dn=leg.dn,
        other_dn=leg.other_dn,
        dest=leg.dest,
        uri=leg.uri,
        state=leg.state,
        sdp=leg.direction,
        reinvite=leg.reinvites,
    )
