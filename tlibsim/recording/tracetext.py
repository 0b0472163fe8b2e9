"""The document of a recording session as text that reads from top to bottom.

Nothing from the wire reaches the terminal as a control character.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tlibsim.recording.exchange import Sent, messages_of

Document = Mapping[str, Any]

_INDENT = "  "
_MARKS = {"ok": "ok     ", "failed": "FAILED ", "waiting": "waiting", "not-reached": "-      "}


def text_of(document: Document, *, messages: bool = True) -> str:
    """Everything of one session; ``messages`` adds what was sent to whom, with bodies."""
    lines = [*_head(document), "", *_hops(document), "", *_legs(document)]
    lines += ["", *_timeline(document)]
    if messages:
        lines += ["", *_messages(messages_of(document))]
    return "\n".join(printable(line).rstrip() for line in lines)


def _head(document: Document) -> Iterator[str]:
    yield f"recording session {document['session']}: {document['state']}"
    rows = list(_rows(document))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        yield f"{_INDENT}{name:<{width}}  {value}"


def _rows(document: Document) -> Iterator[tuple[str, str]]:
    yield "id", str(document["record_id"])
    yield "call", f"{document['conn_id']}, CallUUID {document['call_uuid']}"
    yield "recorded DN", str(document["record_dn"])
    yield "other DN", str(document["other_dn"] or "-")
    yield "asked by", _asked_by(document)
    yield "rule", str(document["rule"] or document["trigger"])
    yield "media server", _media(document)
    yield from _optional(document)
    yield "requested", str(document["requested"])
    yield "started", str(document["started"] or "-")
    yield "ended", str(document["ended"] or "-")
    for pause in document.get("pauses") or ():
        yield "paused", f"{pause['from']} to {pause['until'] or '...'}"
    if document["cause"]:
        yield "cause", str(document["cause"])
    yield "file name", str(document["file_name"] or "-")
    for file in document.get("files") or ():
        seconds = file["duration_ms"] / 1000
        yield "file", f"{file['path']} ({seconds:.1f} s, {file['size_bytes']} bytes)"
    for problem in document.get("problems") or ():
        yield "problem", str(problem)
    for alarm in document.get("alarms") or ():
        yield "alarm", str(alarm)


def _asked_by(document: Document) -> str:
    who = document.get("asked_by")
    client = document.get("client")
    if not who:
        return "nobody: the configuration wants it"
    return f"{who}, client {client}" if client else str(who)


def _media(document: Document) -> str:
    node, manager = document.get("mcp"), document.get("manager")
    if not node:
        return "none: no DN with service-type msml"
    return f"{node}" if node == manager else f"{node}, by way of {manager}"


def _optional(document: Document) -> Iterator[tuple[str, str]]:
    if document.get("geo"):
        served = document.get("geo_served") or "any"
        yield "geo-location", f"{document['geo']}, by rule {document['geo_rule']}: {served}"
    if document.get("tone"):
        tone = document["tone"]
        yield "tone", ", ".join(f"{name} {value}" for name, value in tone.items())
    for key, value in document.get("params") or ():
        yield "parameter", f"{key}={value}"
    segments = document.get("segments") or ()
    if len(segments) > 1:
        for segment in segments:
            yield "segment", f"{segment['mcp']} since {segment['since']}"
    if document.get("port"):
        yield "port", str(document["port"])
    if document.get("mixed"):
        yield "streams", "one, with everybody in it"


def _hops(document: Document) -> Iterator[str]:
    yield "the way of the recording"
    for number, hop in enumerate(document.get("hops") or (), start=1):
        mark = _MARKS.get(hop["state"], hop["state"])
        yield f"{_INDENT}{number}. {mark}  {hop['question']}"
        yield f"{_INDENT}            {hop['detail']}"


def _legs(document: Document) -> Iterator[str]:
    legs: Sequence[Document] = document.get("legs") or ()
    yield "recorder legs" if legs else "recorder legs: none"
    for leg in legs:
        kind = "" if leg.get("real") else "  (built-in recorder: nothing went over the wire)"
        yield f"{_INDENT}{leg['key']}  {leg['status']}, {leg['direction'] or '-'}{kind}"
        yield f"{_INDENT * 2}{leg['uri']}"
        for words in _leg_words(leg):
            yield f"{_INDENT * 2}{words}"


def _leg_words(leg: Document) -> Iterator[str]:
    where = leg.get("recorder") or leg["dest"]
    because = f", because {leg['chosen_because']}" if leg.get("chosen_because") else ""
    yield f"recorder {where}{because}"
    for attempt in leg.get("attempts") or ():
        yield f"tried before: {attempt}"
    if leg.get("reinvites"):
        yield f"re-INVITEs: {leg['reinvites']}"
    if leg.get("code"):
        yield f"answer: {leg['code']}"
    if leg.get("cause"):
        yield f"cause: {leg['cause']}"
    if leg.get("segments", 1) > 1:
        yield f"segments: {leg['segments']}"


def _timeline(document: Document) -> Iterator[str]:
    yield "what happened"
    for note in document.get("notes") or ():
        yield f"{_INDENT}{_clock(note['at'])}  {note['text']}"


def _messages(sent: Sequence[Sent]) -> Iterator[str]:
    yield "messages"
    for one in sent:
        marks = "".join(
            f" ({word})"
            for word, holds in (("over the wire", one.real), ("assumed", one.assumed))
            if holds
        )
        yield f"{_INDENT}{one.source} -> {one.target}{marks}"
        yield f"{_INDENT * 2}{one.line}"
        for name, value in one.headers:
            yield f"{_INDENT * 2}{name}: {value}"
        if one.body:
            yield ""
            for line in one.body.splitlines():
                yield f"{_INDENT * 2}{line}"
        yield ""


def _clock(at: str | None) -> str:
    """The time of day of an ISO instant."""
    return (at or "-").partition("T")[2].rstrip("Z")[:12] or (at or "-")


def printable(line: str) -> str:
    """A line that does nothing to a terminal but show itself."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
