"""The messages of a recording session, in order: to the media server, and on to the recorders.

They are made from the document of a session.  Towards the media server they are what would
have been sent, since that role is played inside the program; towards a recorder they are what
would have been sent to one, or what was, where the document says that a leg is ``real``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from tlibsim.ports import msml
from tlibsim.ports.media import LegStatus
from tlibsim.recording.msml import parameters

Document = Mapping[str, Any]

MEDIA, RECORDER = "media server", "recorder"
_US_PER_S = 1_000_000
_CODECS = ((0, "PCMU"), (8, "PCMA"))
_FIRST_PORT = 20000
_OWN = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message: when, between whom, its first line, headers and body.

    ``assumed``: a part of it is not public.  ``real``: it went over the wire.
    """

    at_us: int
    source: str
    target: str
    line: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    assumed: bool = False
    real: bool = False

    def document(self) -> dict[str, Any]:
        """The JSON object."""
        return {
            "at_us": self.at_us,
            "from": self.source,
            "to": self.target,
            "line": self.line,
            "headers": [list(header) for header in self.headers],
            "body": self.body,
            "assumed": self.assumed,
            "real": self.real,
        }


_NO_DIALOG = frozenset((408, 481))
_GONE = frozenset(one.value for one in (LegStatus.ENDING, LegStatus.ENDED, LegStatus.FAILED))


@dataclass(slots=True)
class _Known:
    """What has been told of one dialog of a leg: a view has the last code and body for ever."""

    call_id: str
    offers: int = -1
    answered: int = -1
    last: tuple[int, str] = (0, "")
    up: bool = False

    def answers(self, count: int, code: int, body: str, *, asked: bool, gone: bool) -> bool:
        """Whether an answer has come that was not told yet: a new one, or one to a new offer."""
        new = (code, body) != self.last
        if not code or not (new or (count > self.answered and not asked and not gone)):
            return False
        if new and gone and code == self.last[0]:
            return False
        self.answered, self.last = count, (code, body)
        if 200 <= code < 300:
            self.up = True
        elif code in _NO_DIALOG:
            self.up = False
        return True

    def hangs_up(self, status: object) -> bool:
        """Whether this is the end of a dialog that was up; True once only."""
        ends = self.up and status in _GONE
        self.up = self.up and not ends
        return ends


@dataclass(slots=True)
class _Telling:
    """What has been sent so far: who is connected, and the SDP version of each leg."""

    document: Document
    connected: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    invited: set[str] = field(default_factory=set)
    direction: str = "sendonly"
    known: dict[str, "_Known"] = field(default_factory=dict)

    @property
    def conference(self) -> str:
        return str(self.document["conference"])

    @property
    def content_type(self) -> str:
        return str(self.document.get("content_type") or msml.ASSUMED_CONTENT_TYPE)

    @property
    def manager(self) -> str:
        return str(self.document.get("manager") or "")

    @property
    def drives(self) -> bool:
        """Whether a media server of others is driven: its INVITEs are among the real legs."""
        legs = self.document.get("legs") or ()
        return any(leg.get("real") and _is_msml(leg) for leg in legs)

    def dns(self, note: Document | None = None) -> list[str]:
        """Whose connections are in the conference: the recorded DN and the others."""
        parties = [str(dn) for dn in (note or {}).get("parties") or ()]
        own = str(self.document.get("record_dn") or "")
        other = str(self.document.get("other_dn") or "")
        return parties or [dn for dn in (own, other) if dn]


def messages_of(document: Document) -> Sequence[Sent]:
    """Every message of a session; ``document`` is made by :mod:`tlibsim.recording.inspection`."""
    telling = _Telling(document)
    sent: list[Sent] = []
    for note in document.get("notes") or ():
        function = _NOTES.get(str(note["what"]))
        if function is not None:
            sent.extend(function(telling, note))
    return sent


# -- to the media server ---------------------------------------------------------------------


def _requested(telling: _Telling, note: Document) -> Iterator[Sent]:
    """An INVITE for each DN, then INFO with the conference and its recorder."""
    if not telling.manager:
        return
    dns = telling.dns(note)
    if not telling.drives:
        for place, dn in enumerate(dns):
            yield _connect(telling, note, dn, place)
    telling.connected = list(dns)
    params = parameters(telling.document)
    yield _info(telling, note, msml.create(telling.conference, params, dns))


def _connect(telling: _Telling, note: Document, dn: str, place: int) -> Sent:
    own = [(str(name), str(value)) for name, value in telling.document.get("headers") or ()]
    headers = [*own, ("Supported", "timer"), ("Content-Type", "application/sdp")]
    return Sent(
        at_us=note["at_us"],
        source="SIP Server",
        target=f"{MEDIA} {telling.manager}",
        line=f"INVITE {msml.request_uri(telling.conference, telling.manager, dn)} SIP/2.0",
        headers=tuple(headers),
        body=_sdp(dn, 1, [("audio", "")], _FIRST_PORT - 1000 + 2 * place),
    )


def _info(telling: _Telling, note: Document, body: str, *, assumed: bool = False) -> Sent:
    return Sent(
        at_us=note["at_us"],
        source="SIP Server",
        target=f"{MEDIA} {telling.manager}",
        line=f"INFO sip:msml={telling.conference}@{telling.manager} SIP/2.0",
        headers=(("Content-Type", telling.content_type),),
        body=body,
        assumed=assumed,
    )


def _accepted(telling: _Telling, note: Document) -> Iterator[Sent]:
    if telling.manager:
        yield Sent(
            at_us=note["at_us"],
            source=f"{MEDIA} {telling.manager}",
            target="SIP Server",
            line=f"INFO sip:msml={telling.conference}@SIP-Server SIP/2.0",
            headers=(("Content-Type", telling.content_type),),
            body=msml.result(),
        )


def _state(telling: _Telling, note: Document) -> Iterator[Sent]:
    pausing = note["what"] == "paused"
    if telling.manager:
        word = "pause" if pausing else "resume"
        body = msml.set_state(telling.conference, word)
        yield _info(telling, note, body, assumed=True)
    telling.direction = "inactive" if pausing else "sendonly"
    yield from _reinvite(telling, note)


def _revised(telling: _Telling, note: Document) -> Iterator[Sent]:
    dns = telling.dns(note)
    joined = [dn for dn in dns if dn not in telling.connected]
    left = [dn for dn in telling.connected if dn not in dns]
    if telling.manager and (joined or left):
        for dn in () if telling.drives else joined:
            yield _connect(telling, note, dn, len(telling.connected) + joined.index(dn))
        yield _info(telling, note, msml.change(telling.conference, joined, left))
        telling.connected = [dn for dn in (*telling.connected, *joined) if dn not in left]
    yield from _reinvite(telling, note)


def _over(telling: _Telling, note: Document) -> Iterator[Sent]:
    for leg in _simulated(telling):
        if leg["key"] in telling.invited:
            telling.invited.discard(leg["key"])
            yield _to_recorder(note, leg, f"BYE {leg['uri'].partition(';')[0]} SIP/2.0")
    if telling.manager and telling.connected:
        yield _info(telling, note, msml.destroy(telling.conference))
        telling.connected = []


# -- to the recorders ------------------------------------------------------------------------


def _taking(telling: _Telling, note: Document) -> Iterator[Sent]:
    """The INVITEs of legs that the built-in recorder stands for."""
    for leg in _simulated(telling):
        yield _offer(telling, note, leg)


def _reinvite(telling: _Telling, note: Document) -> Iterator[Sent]:
    for leg in _simulated(telling):
        if leg["key"] in telling.invited:
            yield _offer(telling, note, leg)


def _simulated(telling: _Telling) -> list[Document]:
    return [leg for leg in telling.document.get("legs") or () if not leg.get("real")]


def _offer(telling: _Telling, note: Document, leg: Document) -> Sent:
    key = str(leg["key"])
    version = telling.versions[key] = telling.versions.get(key, 0) + 1
    telling.invited.add(key)
    first = version == 1
    target = leg["uri"] if first else str(leg["uri"]).partition(";")[0]
    streams = [(one["kind"], telling.direction) for one in leg.get("streams") or ()]
    place = [one["key"] for one in _simulated(telling)].index(key)
    return _to_recorder(
        note,
        leg,
        f"INVITE {target} SIP/2.0",
        (("Supported", "timer"), ("Content-Type", "application/sdp")),
        _sdp(str(leg["dn"]), version, streams, _FIRST_PORT + 4 * place),
    )


def _to_recorder(
    note: Document,
    leg: Document,
    line: str,
    headers: tuple[tuple[str, str], ...] = (),
    body: str = "",
) -> Sent:
    return Sent(
        at_us=note["at_us"],
        source="media server",
        target=f"{RECORDER} {leg['dest']}",
        line=line,
        headers=headers,
        body=body,
    )


def _leg(telling: _Telling, note: Document) -> Iterator[Sent]:
    """What a recording client told of a leg: its INVITE, a re-INVITE, an answer."""
    leg = note.get("leg") or {}
    key, place = str(leg.get("key")), leg.get("recorder") or "?"
    count = int(leg.get("reinvites") or 0)
    source, target = MEDIA, f"{RECORDER} {place}"
    if _is_msml(leg):
        source, target = "SIP Server", f"{MEDIA} {place}"
    call_id = str(leg.get("call_id") or "")
    call = (("Call-ID", call_id),) if call_id else ()
    going = partial(Sent, at_us=note["at_us"], source=source, target=target, real=bool(call_id))
    coming = partial(going, source=target, target=source)
    known = telling.known.get(key)
    if known is None or known.call_id != call_id:
        known = telling.known[key] = _Known(call_id=call_id)
    asked = bool(leg.get("uri")) and count > known.offers
    if asked:
        known.offers = count
        line = f"INVITE {leg['uri']} SIP/2.0" if count == 0 else f"re-INVITE {count}"
        content = (("Content-Type", "application/sdp"),)
        yield going(line=line, headers=(*call, *content), body=str(leg.get("offer") or ""))
    code, body = int(leg.get("code") or 0), str(leg.get("answer") or "")
    if leg.get("status") not in _GONE and (code or body):
        code = code or 200
    if known.answers(count, code, body, asked=asked, gone=leg.get("status") in _GONE):
        yield coming(line=f"SIP/2.0 {code}", headers=call, body=body)
    if known.hangs_up(leg.get("status")):
        message = coming if leg.get("cause") == "BYE" else going
        yield message(line="BYE", headers=call)


def _is_msml(leg: Document) -> bool:
    """Whether a leg leads to a media server and not to a recorder."""
    return str(leg.get("uri") or "").partition(":")[2].startswith("msml=")


_NOTES: Mapping[str, Callable[[_Telling, Document], Iterator[Sent]]] = MappingProxyType(
    {
        "requested": _requested,
        "accepted": _accepted,
        "taking": _taking,
        "paused": _state,
        "resumed": _state,
        "revised": _revised,
        "leg": _leg,
        "stopped": _over,
        "failed": _over,
    }
)


def _sdp(name: str, version: int, streams: Sequence[tuple[str, str]], first_port: int) -> str:
    """An offer as a media server makes it; ports and addresses stand for any."""
    lines = [
        "v=0",
        f"o=tlibsim {_number(name)} {version} IN IP4 {_OWN}",
        "s=-",
        f"c=IN IP4 {_OWN}",
        "t=0 0",
    ]
    for place, (kind, direction) in enumerate(streams):
        lines += _media(kind, first_port + 2 * place)
        lines += [f"a=label:{place + 1}"] if len(streams) > 1 else []
        lines += [f"a={direction}"] if direction else []
    return "\n".join(lines)


def _media(kind: str, port: int) -> list[str]:
    if kind != "audio":
        return [f"m={kind} {port} RTP/AVP 96", "a=rtpmap:96 H264/90000"]
    numbers = " ".join(str(number) for number, _ in _CODECS)
    maps = [f"a=rtpmap:{number} {name}/8000" for number, name in _CODECS]
    return [f"m=audio {port} RTP/AVP {numbers}", *maps, "a=ptime:20"]


def _number(text: str) -> int:
    """A session number that is the same for the same DN in every run."""
    total = 0
    for c in text[:16]:
        total = (total * 31 + ord(c)) % 1_000_000
    return total
