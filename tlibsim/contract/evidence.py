"""What was seen of the recorder in the call flows: messages, SIP, files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tlibproto.messages import Message, RequestPrivateService
from tlibproto.vocabulary import WideText
from tlibsim.contract.folder import Folder
from tlibsim.journal import Kind
from tlibsim.journal.records import Record
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import parse_sequence
from tlibsim.media.sip.message import Request, Response, first, parse_message
from tlibsim.media.sip.misfits import misfit
from tlibsim.media.sip.sdp import Direction, SessionDescription
from tlibsim.media.sip.sdp import parse as parse_sdp
from tlibsim.media.sip.values import Traffic
from tlibsim.ports.media import Instant

CONTROLS = frozenset({3014, 3015, 3016})
"""PrivateMsgIDs of STOP, PAUSE and RESUME (RECORDING.md 5)."""

NEVER = Instant(2**63)
OK = 200
_PARAMETER = re.compile(r";([^;=?]+)=([^;?]*)")
_TRY_AGAIN = frozenset({401, 407, 422, 491}) | frozenset(range(300, 400))
"""Answers after which the media server asks once more, in the same call (MEDIA.md 3.2)."""


def plain_text(value: object) -> object:
    """A value of user data; text in UTF-16 is text (WIRE.md 3)."""
    return value.text if isinstance(value, WideText) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The place of a desktop, and what it does by itself.

    ``agent`` and ``queue`` are empty when it logs nobody in, or in no queue.
    """

    dn: str = ""
    agent: str = ""
    queue: str = ""
    logs_in: bool = False
    answers: bool = False
    answers_within_s: float = 0.0
    updates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which DN plays which part: recorded in full, on demand, and one that others call.

    ``desk`` is that of the desktop contract, which uses none of the other parts.
    """

    registered: tuple[str, ...]
    full_time: str
    on_demand: str
    other: str
    starts_on: tuple[str, ...]
    sessions: int
    desk: Desk = Desk()


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSeen:
    """A SIP message between the media server and the recorder."""

    at: Instant
    sent: bool
    message: Request | Response

    @property
    def call_id(self) -> str:
        return first(self.message.headers, "Call-ID") or ""

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method; those of a message without a CSeq that can be read are nothing."""
        try:
            sequence = parse_sequence(first(self.message.headers, "CSeq"))
        except SipError:
            return 0, ""
        return sequence.number, sequence.method

    @property
    def in_dialog(self) -> bool:
        """Whether it belongs to a session that is there already."""
        return "tag=" in (first(self.message.headers, "To") or "")

    @property
    def sdp(self) -> SessionDescription | None:
        """The description in its body, or None."""
        if not self.message.body:
            return None
        return parse_sdp(self.message.body)

    @property
    def directions(self) -> Sequence[Direction]:
        """The direction of each line; none without a description that can be read."""
        try:
            sdp = self.sdp
        except SipError:
            return ()
        return () if sdp is None else [sdp.direction_of(one) for one in sdp.media]


def seen_in(traffic: Traffic, now: Instant) -> SipSeen | None:
    """The message that went over the wire; None when it is none."""
    with suppress(SipError):
        message = parse_message(traffic.message)
        return SipSeen(at=now, sent=traffic.sent, message=message)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request of ours and the final answer to it; None when none came."""

    request: SipSeen
    answer: SipSeen | None
    stray: str = ""
    """What came in its place and fits no request."""
    times: int = 1
    """How often the request had to be sent until then."""

    @property
    def dns(self) -> Sequence[str]:
        """The numbers of its lines, in their order (MEDIA.md 5.1, 5.2)."""
        uri = getattr(self.request.message, "uri", "")
        words = dict(_PARAMETER.findall(uri))
        return [unquote(words[name]) for name in ("dn", "otherDN") if name in words]

    def takes(self, dn: str) -> bool:
        """Whether the answer takes the sound of a party: a line with a port."""
        if dn not in self.dns or self.answer is None:
            return False
        try:
            answer = self.answer.sdp
        except SipError:
            return False
        lines = () if answer is None else answer.media
        at = self.dns.index(dn)
        return at < len(lines) and lines[at].active

    @property
    def code(self) -> int:
        """The status of the answer; 0 when none came."""
        answer = None if self.answer is None else self.answer.message
        return answer.code if isinstance(answer, Response) else 0


def _misfit(request: SipSeen, answer: SipSeen) -> str:
    asked, came = request.message, answer.message
    if isinstance(asked, Request) and isinstance(came, Response):
        return misfit(asked, came)
    return ""


@dataclass(slots=True, kw_only=True)
class Scene:
    """One call flow: the records and SIP messages that came, and what else was noted."""

    name: str
    begun_at: Instant
    seconds: float = 0.0
    records: Sequence[Record] = ()
    sip: list[SipSeen] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    """ConnID and CallUUID of each call that was made, as text."""
    notes: dict[str, Any] = field(default_factory=dict)
    media: Sequence[str] = ()
    """What went wrong in the eyes of the media server."""
    over_at: Instant = NEVER
    """When the switch ended the call, or its recording."""
    resumed_at: Instant = NEVER
    """When the switch let a paused recording go on."""

    @property
    def conn_ids(self) -> frozenset[str]:
        """The calls that were made, by ConnID."""
        return frozenset(conn_id for conn_id, _ in self.calls)

    def requests(self, kind: type[Message]) -> Iterator[tuple[Record, Any]]:
        """Requests of a class that the recorder sent."""
        for record in self.records:
            if record.kind is Kind.REQUEST and isinstance(record.message, kind):
                yield record, record.message

    def starts(self) -> Sequence[tuple[Record, RequestPrivateService]]:
        """Private services but those that control a recording: starts, if it is right."""
        return [
            (record, message)
            for record, message in self.requests(RequestPrivateService)
            if message.private_msg_id not in CONTROLS
        ]

    def exchanges(self, method: str) -> Sequence[Exchange]:
        """Requests of ours with that method, each with its final answer."""
        asked = [
            one
            for one in self.sip
            if one.sent and isinstance(one.message, Request) and one.message.method == method
        ]
        unique = {(one.call_id, one.cseq): one for one in reversed(asked)}
        found = []
        for one in sorted(unique.values(), key=lambda one: one.at):
            answer = self._answer_to(one)
            end = NEVER if answer is None else answer.at
            same = [
                again
                for again in asked
                if (again.call_id, again.cseq) == (one.call_id, one.cseq) and again.at <= end
            ]
            stray = self._stray_to(one) if answer is None else ""
            found.append(Exchange(request=one, answer=answer, stray=stray, times=len(same)))
        return found

    def _answer_to(self, request: SipSeen) -> SipSeen | None:
        for one in self.sip:
            answer = one.message
            fits = not one.sent and isinstance(answer, Response) and answer.final
            same = one.call_id == request.call_id and one.cseq == request.cseq
            if fits and same and not _misfit(request, one):
                return one
        return None

    def _stray_to(self, request: SipSeen) -> str:
        """Why what came in the place of an answer is none."""
        for one in self.sip:
            final = isinstance(one.message, Response) and one.message.final
            mine = final and not one.sent and one.call_id == request.call_id
            if mine and (words := _misfit(request, one)):
                return words
        return ""

    def invites(self) -> Sequence[Exchange]:
        """INVITEs that begin a session; of one that was asked for again the last."""
        first = [one for one in self.exchanges("INVITE") if not one.request.in_dialog]
        last = {one.request.call_id: one for one in first}
        return [
            one
            for one in first
            if one is last[one.request.call_id] or one.code not in _TRY_AGAIN
        ]

    def sent_s(self, dn: str) -> float:
        """How long sound of a party went out: from the 200 on until the call was over."""
        begun = [one.answer.at for one in self.accepted() if one.answer and one.takes(dn)]
        return (self.over_at - begun[0]) / 1_000_000 if begun and self.over_at < NEVER else 0.0

    def troubles(self) -> Iterator[str]:
        """Lines that tell what the media server says of the sessions."""
        yield from (f"  the media server says: {words}" for words in self.media)

    def accepted(self) -> Sequence[Exchange]:
        """INVITEs that begin a session and were answered with 200."""
        return [one for one in self.invites() if one.code == OK]

    def reinvites(self) -> Sequence[Exchange]:
        """INVITEs inside a session."""
        return [one for one in self.exchanges("INVITE") if one.request.in_dialog]

    def byes_of_recorder(self) -> Sequence[SipSeen]:
        return [
            one
            for one in self.sip
            if not one.sent and isinstance(one.message, Request) and one.message.method == "BYE"
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All scenes by name.  ``files`` is the folder of the recorder's files; None without one.

    ``again`` is the command that plays the run again, for what a check advises to type.
    """

    roles: Roles
    scenes: Mapping[str, Scene]
    files: Folder | None = None
    reconnect_within_s: float = 30.0
    again: str = "tlibsim contract run"

    def scene(self, name: str) -> Scene:
        return self.scenes[name]


def ladder(scene: Scene, noun: str = "recorder") -> Iterator[str]:
    """What went to and fro, a line each, in the order of time; ``noun`` is who is judged."""
    rows: list[tuple[Instant, str]] = []
    for record in scene.records:
        if record.message is None:
            continue
        arrow = "-->" if record.inward else "<--"
        rows.append((record.at, f"{noun} {arrow} T-Server   {record.name} {record.dn}"))
    for seen in scene.sip:
        arrow = "<--" if seen.sent else "-->"
        rows.append((seen.at, f"{noun} {arrow} media      {_sip_words(seen)}"))
    for at, text in sorted(rows, key=lambda row: row[0]):
        yield f"{(at - scene.begun_at) / 1_000_000:8.3f}  {text}".rstrip()


def _sip_words(seen: SipSeen) -> str:
    message = seen.message
    if isinstance(message, Request):
        direction = _direction(seen)
        return f"{message.method} {message.uri}{direction}"
    _, method = seen.cseq
    return f"{message.code} {message.reason} ({method}){_direction(seen)}"


def _direction(seen: SipSeen) -> str:
    try:
        sdp = seen.sdp
    except Exception:  # noqa: BLE001  a body of the recorder's; the checks say what is wrong
        return "  (a body that is no SDP)"
    if sdp is None or not sdp.media:
        return ""
    return f"  {' '.join(sdp.direction_of(one).value for one in sdp.media)}"
