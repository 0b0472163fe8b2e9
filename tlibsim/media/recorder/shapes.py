"""How a session is put to a recorder: the Genesys form, or SIPREC (MEDIA.md 5 and 7).

A shape turns what is known of a leg into the Request-URI, the headers and the body of its
INVITE, and into the body of later ones.  Both shapes have the same dialogs, lines and sound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from tlibsim.media.recorder.addresses import Address
from tlibsim.media.recorder.metadata import (
    CONTENT_TYPE,
    MetadataStream,
    Participant,
    RecordingMetadata,
    write,
)
from tlibsim.media.recorder.settings import RecorderSettings, ShapeKind
from tlibsim.media.sip.values import SDP_TYPE, Headers
from tlibsim.ports import msml
from tlibsim.ports.media import Instant, LegPlan, RecordingOrder

_BOUNDARY = "tlibsim-recording-metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body with its Content-Type."""

    data: bytes
    content_type: str = SDP_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What the first INVITE of a leg is made of, the body aside."""

    request_uri: str
    to: str
    headers: Headers = ()
    contact_parameters: str = ""


class Shape(Protocol):
    """One leg's form; ``labels`` says whether lines always have an ``a=label``."""

    labels: bool

    def invitation(
        self, plan: LegPlan, address: Address, settings: RecorderSettings
    ) -> Invitation: ...
    def first(self, sdp: bytes, plan: LegPlan) -> Body: ...
    def next(self, sdp: bytes, plan: LegPlan, at: Instant) -> Body: ...


class GenesysShape:
    """The Request-URI says everything; the body is the SDP alone."""

    labels = False

    def __init__(self, order: RecordingOrder) -> None:
        self._order = order

    def invitation(
        self, plan: LegPlan, address: Address, settings: RecorderSettings
    ) -> Invitation:
        """``record=ID`` and the parameters of the plan, and where the call is."""
        head = f"{address.scheme}:{plan.user}@{address.host_port}"
        return Invitation(
            request_uri=settings.request_uri or head + plan.parameters,
            to=head,
            headers=location_headers(self._order),
        )

    def first(self, sdp: bytes, plan: LegPlan) -> Body:  # noqa: ARG002
        return Body(data=sdp)

    def next(self, sdp: bytes, plan: LegPlan, at: Instant) -> Body:  # noqa: ARG002
        return Body(data=sdp)


def location_headers(order: RecordingOrder) -> Headers:
    """The headers of RECORDING.md 8.2, when the call has a location."""
    if not order.geo_location:
        return ()
    headers = [("X-Genesys-geo-location", _one_line(order.geo_location))]
    if order.strict_location:
        headers.append(("X-Genesys-strict-location", "enforce"))
    return tuple(headers)


def _one_line(text: str) -> str:
    return "".join(one if " " <= one <= "~" or one > "\xa0" else "_" for one in text)


class SiprecShape:
    """Plain address, ``Require: siprec``, and metadata beside the SDP.

    It remembers who was told to be in the session, to tell of changes only.
    """

    labels = True

    def __init__(self, order: RecordingOrder, key: str) -> None:
        self._order = order
        self._known: dict[str, Participant] = {}
        self._streams: tuple[MetadataStream, ...] = ()
        self._key = f"{order.call_uuid}/{order.record_id}/{key}"

    def invitation(
        self,
        plan: LegPlan,  # noqa: ARG002
        address: Address,
        settings: RecorderSettings,
    ) -> Invitation:
        uri = settings.request_uri or address.plain_uri()
        return Invitation(
            request_uri=uri,
            to=uri,
            headers=(("Require", "siprec"), *location_headers(self._order)),
            contact_parameters=";+sip.src",
        )

    def first(self, sdp: bytes, plan: LegPlan) -> Body:
        """SDP and the complete metadata."""
        self._streams = _streams(plan)
        since = self._order.at
        self._known = {dn: Participant(dn=dn, since=since) for dn in _present(plan)}
        return self._multipart(sdp, self._metadata(tuple(self._known.values())))

    def next(self, sdp: bytes, plan: LegPlan, at: Instant) -> Body:
        """SDP, with metadata beside it only when somebody came, left, or changed lines."""
        present, streams = _present(plan), _streams(plan)
        if set(present) == set(self._known) and streams == self._streams:
            return Body(data=sdp)
        gone = [replace(one, until=at) for dn, one in self._known.items() if dn not in present]
        came = {dn: Participant(dn=dn, since=at) for dn in present if dn not in self._known}
        stayed = {dn: one for dn, one in self._known.items() if dn in present}
        moved = _moved(self._streams, streams)
        changed = (*gone, *came.values(), *(one for one in stayed.values() if one.dn in moved))
        self._known, self._streams = stayed | came, streams
        return self._multipart(sdp, self._metadata(changed, complete=False))

    def _metadata(
        self, participants: tuple[Participant, ...], *, complete: bool = True
    ) -> RecordingMetadata:
        order = self._order
        own = {
            "call-uuid": order.call_uuid,
            "conn-id": order.conn_id,
            "record-dn": order.record_dn,
            "record-id": order.record_id,
        }
        return RecordingMetadata(
            key=self._key,
            call_uuid=order.call_uuid,
            started_at=order.at,
            participants=participants,
            streams=self._streams,
            complete=complete,
            extension=tuple(own.items()),
        )

    def _multipart(self, sdp: bytes, metadata: RecordingMetadata) -> Body:
        parts = (
            (SDP_TYPE, "", sdp),
            (CONTENT_TYPE, "Content-Disposition: recording-session\r\n", write(metadata)),
        )
        data = b"".join(
            f"--{_BOUNDARY}\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + body + b"\r\n"
            for kind, more, body in parts
        )
        return Body(
            data=data + f"--{_BOUNDARY}--\r\n".encode(),
            content_type=f"multipart/mixed;boundary={_BOUNDARY}",
        )


def _present(plan: LegPlan) -> tuple[str, ...]:
    """Everybody in a leg: who sends its lines, and who is only listened to by the other leg."""
    heard = [dn for stream in plan.streams for dn in (stream.dn, *stream.speakers)]
    return tuple(dict.fromkeys(dn for dn in (*heard, plan.dn, plan.other_dn) if dn))


def _streams(plan: LegPlan) -> tuple[MetadataStream, ...]:
    everybody = _present(plan)
    return tuple(
        MetadataStream(
            label=str(number),
            senders=stream.speakers or (stream.dn,),
            receivers=tuple(
                dn for dn in everybody if dn not in (stream.speakers or (stream.dn,))
            ),
        )
        for number, stream in enumerate(plan.streams, 1)
    )


def _moved(
    before: tuple[MetadataStream, ...], after: tuple[MetadataStream, ...]
) -> frozenset[str]:
    """Who sends or hears other lines than before."""
    old, new = _lines(before), _lines(after)
    return frozenset(dn for dn in old.keys() | new.keys() if old.get(dn) != new.get(dn))


def _lines(streams: tuple[MetadataStream, ...]) -> Mapping[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for stream in streams:
        for role, dns in (("send", stream.senders), ("recv", stream.receivers)):
            for dn in dns:
                found.setdefault(dn, set()).add((role, stream.label))
    return found


def conference_of(order: RecordingOrder) -> str:
    """The name of a session's conference at a media server: unique over restarts."""
    return f"{order.session}-{order.call_uuid}"


class MsmlShape(GenesysShape):
    """A connection to a media server: ``msml=<conference>``, and whose it is (MEDIA.md 6)."""

    def __init__(self, order: RecordingOrder) -> None:
        super().__init__(order)
        self._conference = conference_of(order)

    def invitation(
        self, plan: LegPlan, address: Address, settings: RecorderSettings
    ) -> Invitation:
        uri = msml.request_uri(self._conference, address.host_port, plan.dn, address.scheme)
        return Invitation(
            request_uri=settings.request_uri or uri,
            to=uri.partition(";")[0],
            headers=location_headers(self._order),
        )


def shape_for(kind: ShapeKind, order: RecordingOrder, key: str) -> Shape:
    """A new shape for one dialog."""
    if kind is ShapeKind.SIPREC:
        return SiprecShape(order, key)
    if kind is ShapeKind.MSML:
        return MsmlShape(order)
    return GenesysShape(order)
