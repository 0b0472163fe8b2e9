"""A SIP side and a sound side for tests: every request can be seen and answered by hand.

By default recorders take whatever they are offered, on a later turn.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tlibsim.media.rtp.values import AudioPlan, RtpError, StreamCounters, StreamSpec
from tlibsim.media.sip.sdp import (
    Direction,
    MediaDescription,
    Origin,
    SessionDescription,
    parse,
    render,
)
from tlibsim.media.sip.values import (
    SDP_TYPE,
    Answer,
    End,
    Failure,
    Headers,
    InviteRequest,
    LegListener,
    LegState,
    OptionsResult,
    Side,
    Transport,
)

MIRRORED = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}
Later = Callable[[Callable[[], None]], None]


class StepClock:
    """Timers that a test lets go off."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.timers: list[StepTimer] = []

    def now(self) -> float:
        return self.seconds

    def call_later(self, delay: float, function: Callable[[], None]) -> "StepTimer":
        timer = StepTimer(self, self.seconds + delay, function)
        self.timers.append(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due is done, in order."""
        until = self.seconds + seconds
        while due := [one for one in self.timers if one.at <= until]:
            first = min(due, key=lambda one: one.at)
            self.timers.remove(first)
            self.seconds = max(first.at, self.seconds)
            first.function()
        self.seconds = until


@dataclass(eq=False)
class StepTimer:
    clock: StepClock
    at: float
    function: Callable[[], None]

    def cancel(self) -> None:
        if self in self.clock.timers:
            self.clock.timers.remove(self)


def sdp_of(body: bytes) -> SessionDescription:
    """The description in a body, which may be a multipart."""
    if body.startswith(b"--"):
        boundary = body.split(b"\r\n", 1)[0]
        for part in body.split(boundary):
            head, _, content = part.partition(b"\r\n\r\n")
            if SDP_TYPE.encode() in head:
                return parse(content)
    return parse(body)


def answer_sdp(offer: SessionDescription, port: int = 40000) -> SessionDescription:
    """What an obedient recorder answers."""
    media = tuple(
        MediaDescription(
            kind=line.kind,
            port=port + 2 * number if line.active else 0,
            protocol=line.protocol,
            formats=line.formats[:1],
            attributes=(
                *line.attributes[:1],
                *((name, value) for name, value in line.attributes if name == "crypto"),
            ),
            direction=MIRRORED[offer.direction_of(line)],
        )
        for number, line in enumerate(offer.media)
    )
    return SessionDescription(
        origin=Origin(username="rec", session_id=1, version=1),
        address="127.0.0.1",
        media=media,
    )


@dataclass(eq=False)
class FakeLeg:
    """One dialog as the fake keeps it."""

    agent: "FakeAgent"
    request: InviteRequest
    listener: LegListener
    call_id: str
    offers: list[bytes] = field(default_factory=list)
    state: LegState = LegState.INVITING
    byes: int = 0
    open: int = 0
    infos: list[str] = field(default_factory=list)

    @property
    def request_uri(self) -> str:
        return self.request.request_uri

    @property
    def host(self) -> str:
        return self.request.request_uri.split("@")[-1].split(";")[0].removeprefix("sip:")

    @property
    def sdp(self) -> SessionDescription:
        return sdp_of(self.offers[-1])

    def directions(self) -> list[str]:
        return [self.sdp.direction_of(line).value for line in self.sdp.media]

    def reinvite(
        self, offer: bytes, *, content_type: str = SDP_TYPE, headers: Headers = ()
    ) -> int:
        assert not self.open, "two requests at a time in one dialog"
        self.offers.append(offer)
        self.open = len(self.offers) - 1
        self.agent.asked("reinvite", self)
        return self.open

    def info(self, body: bytes, content_type: str) -> int:
        self.infos.append(body.decode())
        self.agent.asked("info", self)
        return len(self.infos)

    def result(self, response: int = 200) -> None:
        """What a media server says when it has done, or not done, what an INFO asked."""
        self.listener.info_done(self, len(self.infos), 200)
        body = f'<msml version="1.1"><result response="{response}"/></msml>'
        self.listener.informed(self, "application/vnd.radisys.msml+xml", body.encode())

    def bye(self) -> None:
        self.byes += 1
        if self.byes == 1:
            self.agent.asked("bye", self)

    def cancel(self) -> None:
        self.bye()

    # -- answers ---------------------------------------------------------------------------

    def accept(self, change: Callable[[SessionDescription], SessionDescription] | None = None):
        """200, to the INVITE or to the open re-INVITE."""
        session = answer_sdp(self.sdp)
        session = session if change is None else change(session)
        answer = Answer(
            code=200,
            body=render(session),
            session=session,
            contact="sip:rec@127.0.0.1",
            headers=(("To", f"<{self.request.to}>;tag=far-{self.call_id}"),),
        )
        if self.open:
            number, self.open = self.open, 0
            self.listener.reinvite_done(self, number, answer)
        else:
            self.state = LegState.UP
            self.listener.answered(self, answer)

    def refuse(self, code: int, reason: str = "Busy", retry_after: float = 0.0) -> None:
        failure = Failure(code=code, cause=f"{code} {reason}", retry_after=retry_after)
        if self.open:
            number, self.open = self.open, 0
            self.listener.reinvite_failed(self, number, failure)
        else:
            self.state = LegState.ENDED
            self.listener.failed(self, failure)

    def end(self, *, lost: bool = False, cause: str = "BYE") -> None:
        if self.state is not LegState.ENDED:
            self.state = LegState.ENDED
            side = Side.RECORDER if lost else Side.US
            self.listener.ended(self, End(by=side, cause=cause, lost=lost))


class FakeAgent:
    """Answers every request on a later turn, unless its kind is in ``by_hand``.

    ``refuse`` gives the code for INVITEs to a host.
    """

    def __init__(self, later: Later) -> None:
        self.later = later
        self.legs: list[FakeLeg] = []
        self.by_hand: set[str] = set()
        self.refuse: dict[str, int] = {}
        self.change: Callable[[SessionDescription], SessionDescription] | None = None
        self.pings: list[str] = []
        self.ping_codes: dict[str, int] = {}
        self.asked_for: list[tuple[str, FakeLeg]] = []

    def invite(self, request: InviteRequest, listener: LegListener) -> FakeLeg:
        leg = FakeLeg(self, request, listener, f"call-{len(self.legs) + 1}")
        leg.offers.append(request.offer)
        self.legs.append(leg)
        self.asked("invite", leg)
        return leg

    def asked(self, kind: str, leg: FakeLeg) -> None:
        self.asked_for.append((kind, leg))
        if kind not in self.by_hand:
            self.later(lambda: self._answer(kind, leg))

    def _answer(self, kind: str, leg: FakeLeg) -> None:
        if kind == "bye":
            leg.end()
        elif kind == "info":
            leg.result()
        elif leg.state is LegState.ENDED or leg.byes:
            return
        elif kind == "invite" and leg.host in self.refuse:
            leg.refuse(self.refuse[leg.host])
        else:
            leg.accept(self.change)

    def options(
        self, uri, done, *, transport=Transport.UDP, next_hop=None, timeout=0.0
    ) -> "FakePing":
        ping = FakePing()
        self.pings.append(uri)
        code = self.ping_codes.get(uri, 200)
        result = OptionsResult(code=code, cause=f"{code}" if code else "no answer")
        self.later(lambda: ping.live and done(result))
        return ping

    def count(self, kind: str) -> int:
        return sum(one == kind for one, _ in self.asked_for)


@dataclass
class FakePing:
    live: bool = True

    def cancel(self) -> None:
        self.live = False


@dataclass(eq=False)
class FakePair:
    port: int
    open: bool = True

    def close(self) -> None:
        self.open = False


@dataclass(eq=False)
class FakeStream:
    """A stream with everything that was asked of it; ``on`` whether it sends."""

    spec: StreamSpec
    pair: FakePair
    on: bool = False
    stopped: bool = False
    starts: int = 0
    new_sources: int = 0
    problems: tuple[str, ...] = ()

    def pause(self) -> None:
        self.on = False

    def resume(self) -> None:
        assert not self.stopped
        self.starts += not self.on
        self.on = True

    def replace(self, audio: AudioPlan, *, new_source: bool = False) -> None:
        self.spec = replace(self.spec, audio=audio)
        self.new_sources += new_source

    def retarget(
        self, remote, *, remote_rtcp=None, payload_type=None, encoding=None, key=None
    ) -> None:
        self.spec = replace(
            self.spec,
            remote=remote,
            payload_type=self.spec.payload_type if payload_type is None else payload_type,
            encoding=encoding or self.spec.encoding,
            key=key or self.spec.key,
        )

    def counters(self) -> StreamCounters:
        return StreamCounters(packets=50 * self.starts)

    def stop(self) -> StreamCounters:
        self.on = False
        self.stopped = True
        self.pair.close()
        return self.counters()

    @property
    def voices(self) -> tuple[str, ...]:
        return tuple(party.dn for party in self.spec.audio.parties)


class FakeStreams:
    """Ports from 20000 on; ``room`` is how many can be had."""

    def __init__(self, room: int = 1000) -> None:
        self.room = room
        self.pairs: list[FakePair] = []
        self.streams: list[FakeStream] = []

    def reserve(self) -> FakePair:
        if sum(pair.open for pair in self.pairs) >= self.room:
            raise RtpError(f"all {self.room} streams are in use")
        pair = FakePair(20000 + 2 * len(self.pairs))
        self.pairs.append(pair)
        return pair

    def add(self, spec: StreamSpec, pair: FakePair, at) -> FakeStream:
        stream = FakeStream(spec, pair, on=spec.active)
        self.streams.append(stream)
        return stream

    def live(self) -> list[FakeStream]:
        return [one for one in self.streams if not one.stopped]
