"""A recording session as one JSON document: everything that a support engineer asks for.

The document is data only; the messages that belong to it are made from it when somebody wants
to read them (:mod:`tlibsim.recording.exchange`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tlibproto.vocabulary import connid_text
from tlibsim.config import DnSettings
from tlibsim.ports.media import LegStatus, LegView
from tlibsim.ports.moments import moment
from tlibsim.ports.msml import ASSUMED_CONTENT_TYPE
from tlibsim.ports.scripts import host_of
from tlibsim.recording.hops import hops_of
from tlibsim.recording.session import LegState
from tlibsim.recording.timeline import Note
from tlibsim.recording.trace import LegTrace, SessionTrace

FORMAT = "tlibsim-trace-1"
"""The first value of every document."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """What the configuration knows beside the sessions: where media services are."""

    dns: Mapping[str, DnSettings]
    content_type: str = ASSUMED_CONTENT_TYPE

    def complete(self, trace: SessionTrace) -> SessionTrace:
        """The trace with the address of its resource manager, and the hops."""
        manager = self.manager(trace.mcp)
        return replace(
            trace,
            manager=manager,
            hops=hops_of(trace, manager),
            content_type=self.content_type,
        )

    def manager(self, mcp: str) -> str:
        """The address of the media service that an MCP belongs to: its contact, else its name."""
        service = mcp.partition("/")[0]
        known = self.dns.get(service)
        contact = "" if known is None else known.options.contact
        return host_of(contact) or service


def document_of(
    trace: SessionTrace,
    *,
    key: str,
    server: str,
    switch: str,
    client: str = "",
    notes: Sequence[Note] = (),
) -> Document:
    """The JSON object of a complete trace and its time line.

    Times are given twice, as in call detail records: for people, and as microseconds since 1970
    UTC under ``_us``.
    """
    run, _, _ = key.partition(".")
    return {
        "format": FORMAT,
        "key": key,
        "run": run,
        "server": server,
        "switch": switch,
        "session": trace.session,
        "record_id": trace.id,
        "conn_id": connid_text(trace.conn_id),
        "call_uuid": trace.call_uuid,
        "record_dn": trace.record_dn,
        "other_dn": trace.other_dn,
        "trigger": trace.trigger.value,
        "side": trace.side,
        "asked_by": trace.asked_by or None,
        "client": client or None,
        "rule": trace.rule,
        "state": trace.state.value,
        "cause": trace.cause,
        **moment("requested", trace.requested_at),
        **moment("started", trace.started_at),
        **moment("ended", trace.ended_at),
        "pauses": [
            {**moment("from", since), **moment("until", until)} for since, until in trace.pauses
        ],
        "parties": list(trace.parties),
        "params": [list(pair) for pair in trace.params],
        "destinations": list(trace.destinations),
        "tone": None if trace.tone is None else dict(trace.tone),
        "geo": trace.geo,
        "geo_rule": trace.geo_rule,
        "geo_served": trace.geo_served or None,
        "headers": [list(header) for header in trace.headers],
        "mixed": trace.mixed,
        "port": trace.port,
        "mcp": trace.mcp or None,
        "segments": [{"mcp": mcp, **moment("since", since)} for mcp, since in trace.segments],
        "hidden": trace.hidden,
        "orphan": trace.orphan,
        "manager": trace.manager or None,
        "conference": str(trace.session),
        "content_type": trace.content_type,
        "file_name": trace.file_name,
        "files": [
            {
                "path": one.path,
                "duration_ms": one.duration_ms,
                "size_bytes": one.size_bytes,
                "sha256": one.sha256,
            }
            for one in trace.artefacts
        ],
        "legs": [_leg(leg) for leg in trace.legs],
        "hops": [
            {
                "name": hop.name,
                "question": hop.question,
                "state": hop.state.value,
                "detail": hop.detail,
            }
            for hop in trace.hops
        ],
        "problems": list(trace.problems),
        "alarms": [note.text for note in notes if note.what == "alarm"],
        "notes": [_note(note) for note in notes],
    }


def _leg(leg: LegTrace) -> Document:
    streams = () if leg.plan is None else leg.plan.streams
    found: Document = {
        "key": leg.key,
        "dn": leg.dn,
        "other_dn": leg.other_dn or None,
        "dest": leg.dest,
        "uri": leg.uri,
        "status": leg.state.value,
        "direction": leg.sdp,
        "reinvites": leg.reinvite,
        "streams": [
            {"dn": one.dn, "speakers": list(one.speakers), "kind": one.kind.value}
            for one in streams
        ],
        "real": leg.view is not None,
        "cause": "" if leg.view is None else leg.view.cause,
    }
    if leg.view is None:
        return found
    over = leg.state is LegState.ENDED and leg.view.status is not LegStatus.ENDING
    return found | _view(leg.view) | ({"status": leg.state.value} if over else {})


def _view(view: LegView) -> Document:
    return {
        "status": view.status.value,
        "recorder": view.recorder,
        "chosen_because": view.chosen_because,
        "attempts": list(view.attempts),
        "call_id": view.call_id,
        "code": view.code,
        "offer": view.offer,
        "answer": view.answer,
        "secured": view.secured,
        "video": view.video,
        "segments": view.segments,
    }


def _note(note: Note) -> Document:
    found: Document = {**moment("at", note.at), "what": note.what, "text": note.text}
    if note.parties:
        found["parties"] = list(note.parties)
    if note.view is not None:
        found["leg"] = {
            "key": note.view.key,
            "status": note.view.status.value,
            "uri": note.view.uri,
            "recorder": note.view.recorder,
            "call_id": note.view.call_id,
            "direction": note.view.direction,
            "reinvites": note.view.reinvites,
            "code": note.view.code,
            "cause": note.view.cause,
            "offer": note.view.offer,
            "answer": note.view.answer,
        }
    return found
