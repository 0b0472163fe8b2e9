"""Recording metadata of SIPREC, written and read (RFC 7865; MEDIA.md 7).

Identifiers are base64 of UUIDs made from what they stand for, so they are the same in every
document of a session.  What has no place in the standard goes into an element of our own
namespace.  The reader takes no document type, so no entity is ever expanded.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree

from tlibsim.media.recorder.xmltree import TreeError, read_tree
from tlibsim.ports.media import Instant

CONTENT_TYPE = "application/rs-metadata+xml"
NAMESPACE = "urn:ietf:params:xml:ns:recording:1"
OWN_NAMESPACE = "urn:tlibsim:recording:1"
_DOMAIN = "tlibsim"


class MetadataError(ValueError):
    """The text is no recording metadata; the message is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody who is or was in the session; ``until`` None: still there."""

    dn: str
    since: Instant
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataStream:
    """One line of the SDP: its label, who sends it and who hears it (numbers)."""

    label: str
    senders: tuple[str, ...]
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMetadata:
    """What one SIPREC session is told about the call.

    ``complete`` False is an update: it holds ``participants`` and ``streams`` that changed
    and refers to the session that is known.  ``extension`` are names and values of our own.
    """

    key: str
    call_uuid: str
    started_at: Instant
    participants: tuple[Participant, ...]
    streams: tuple[MetadataStream, ...]
    complete: bool = True
    extension: tuple[tuple[str, str], ...] = ()


def identifier(*parts: str) -> str:
    """Base64 of a UUID that is always the same for equal parts."""
    made = uuid5(NAMESPACE_URL, "tlibsim:" + "\x1f".join(parts))
    return base64.b64encode(made.bytes).decode("ascii")


def session_id(metadata: RecordingMetadata) -> str:
    return identifier("session", metadata.key)


def participant_id(metadata: RecordingMetadata, dn: str) -> str:
    return identifier("participant", metadata.key, dn)


def stream_id(metadata: RecordingMetadata, label: str) -> str:
    return identifier("stream", metadata.key, label)


def time_text(at: Instant) -> str:
    """An instant as RFC 3339 writes it, in UTC with milliseconds."""
    text = datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def write(metadata: RecordingMetadata) -> bytes:
    """The document as UTF-8."""
    root = ElementTree.Element("recording", {"xmlns": NAMESPACE})
    _text(root, "datamode", "complete" if metadata.complete else "partial")
    _session(root, metadata)
    for one in metadata.participants:
        _participant(root, metadata, one)
    for stream in metadata.streams:
        _stream(root, metadata, stream)
    if metadata.complete:
        item = _add(root, "sessionrecordingassoc", session_id=session_id(metadata))
        _text(item, "associate-time", time_text(metadata.started_at))
    for one in metadata.participants:
        _in_session(root, metadata, one)
    for one in metadata.participants:
        _on_streams(root, metadata, one)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _session(root: ElementTree.Element, metadata: RecordingMetadata) -> None:
    item = _add(root, "session", session_id=session_id(metadata))
    if not metadata.complete:
        return
    _text(item, "sipSessionID", f"{_hex(metadata.call_uuid)};remote={'0' * 32}")
    _text(item, "start-time", time_text(metadata.started_at))
    if metadata.extension:
        own = _add(item, "call", xmlns=OWN_NAMESPACE)
        for name, value in metadata.extension:
            _text(own, name, value)


def _hex(call_uuid: str) -> str:
    """A CallUUID of 32 letters and digits as the 32 hexadecimal digits of RFC 7989."""
    try:
        return UUID(call_uuid).hex
    except ValueError:
        return uuid5(NAMESPACE_URL, f"tlibsim:call:{call_uuid}").hex


def _participant(
    root: ElementTree.Element, metadata: RecordingMetadata, one: Participant
) -> None:
    item = _add(root, "participant", participant_id=participant_id(metadata, one.dn))
    _add(item, "nameID", aor=f"sip:{_user(one.dn)}@{_DOMAIN}")


def _user(dn: str) -> str:
    return quote(dn.encode("utf-8", "surrogateescape"), safe="-_.!~*'()&=+$,;?/")


def _stream(
    root: ElementTree.Element, metadata: RecordingMetadata, stream: MetadataStream
) -> None:
    item = _add(
        root,
        "stream",
        stream_id=stream_id(metadata, stream.label),
        session_id=session_id(metadata),
    )
    _text(item, "label", stream.label)


def _in_session(
    root: ElementTree.Element, metadata: RecordingMetadata, one: Participant
) -> None:
    item = _add(
        root,
        "participantsessionassoc",
        participant_id=participant_id(metadata, one.dn),
        session_id=session_id(metadata),
    )
    _times(item, one)


def _on_streams(
    root: ElementTree.Element, metadata: RecordingMetadata, one: Participant
) -> None:
    """What a participant sends and hears; one that has left is told to have left."""
    sends = [stream for stream in metadata.streams if one.dn in stream.senders]
    hears = [stream for stream in metadata.streams if one.dn in stream.receivers]
    if not sends and not hears and one.until is None:
        return
    item = _add(root, "participantstreamassoc", participant_id=participant_id(metadata, one.dn))
    for tag, streams in (("send", sends), ("recv", hears)):
        for stream in streams:
            _text(item, tag, stream_id(metadata, stream.label))
    _times(item, one)


def _times(item: ElementTree.Element, one: Participant) -> None:
    _text(item, "associate-time", time_text(one.since))
    if one.until is not None:
        _text(item, "disassociate-time", time_text(one.until))


def _add(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = _printable(text)


def _printable(text: str) -> str:
    """The text without what XML cannot hold: control characters and half characters."""
    return "".join(
        one if one in "\t\n" or (one >= " " and not "\ud800" <= one <= "\udfff") else "?"
        for one in text
        if one not in "\ufffe\uffff"
    )


# -- reading -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadParticipant:
    """A participant as a document has it; times are text, empty when there are none."""

    id: str
    aor: str = ""
    since: str = ""
    until: str = ""
    sends: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMetadata:
    """A document as read: identifiers as they are, labels by stream, our own values."""

    complete: bool
    session: str
    sip_session: str
    started_at: str
    participants: tuple[ReadParticipant, ...]
    labels: tuple[tuple[str, str], ...]
    extension: tuple[tuple[str, str], ...]


def read(data: bytes) -> ReadMetadata:
    """Read a document; raises MetadataError for a document type, an entity, or no metadata."""
    try:
        root = read_tree(data)
    except TreeError as error:
        raise MetadataError(str(error)) from error
    if root.tag != _tag("recording"):
        raise MetadataError(f"the document is <{root.tag}>, not recording metadata")
    session = root.find(_tag("session"))
    own = [] if session is None else list(session.iter(f"{{{OWN_NAMESPACE}}}call"))
    return ReadMetadata(
        complete=_content(root, "datamode").lower() != "partial",
        session="" if session is None else session.get("session_id", ""),
        sip_session="" if session is None else _content(session, "sipSessionID"),
        started_at="" if session is None else _content(session, "start-time"),
        participants=tuple(
            _read_participant(root, item) for item in root.iter(_tag("participant"))
        ),
        labels=tuple(
            (item.get("stream_id", ""), _content(item, "label"))
            for item in root.iter(_tag("stream"))
        ),
        extension=tuple(
            (child.tag.rpartition("}")[2], child.text or "") for item in own for child in item
        ),
    )


def _read_participant(root: ElementTree.Element, item: ElementTree.Element) -> ReadParticipant:
    mine = item.get("participant_id", "")
    name = item.find(_tag("nameID"))
    in_session = _of(root, "participantsessionassoc", mine)
    on_streams = list(_of(root, "participantstreamassoc", mine))
    times = next(iter(in_session), None)
    return ReadParticipant(
        id=mine,
        aor="" if name is None else name.get("aor", ""),
        since="" if times is None else _content(times, "associate-time"),
        until="" if times is None else _content(times, "disassociate-time"),
        sends=_all(on_streams, "send"),
        hears=_all(on_streams, "recv"),
    )


def _of(root: ElementTree.Element, tag: str, mine: str) -> Iterable[ElementTree.Element]:
    return (one for one in root.iter(_tag(tag)) if one.get("participant_id") == mine)


def _all(items: Iterable[ElementTree.Element], tag: str) -> tuple[str, ...]:
    return tuple((one.text or "").strip() for item in items for one in item.iter(_tag(tag)))


def _content(item: ElementTree.Element, tag: str) -> str:
    return (item.findtext(_tag(tag)) or "").strip()


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
