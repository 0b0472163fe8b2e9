"""The hub with clients at the ends of it: bytes in, deliveries out, no socket, no reactor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from tests.fakes.media import FakeBackend
from tests.switch.bed import SECOND, START, bed_dns, scenario_bed
from tlibproto.codec import decode, encode
from tlibproto.framing import Addp, FrameDecoder, encode_addp, encode_frame
from tlibproto.messages import (
    CATALOGUE,
    EventError,
    Message,
    Request,
    RequestAnswerCall,
    RequestMakeCall,
    RequestQuerySwitch,
    RequestRegisterAddress,
    RequestRegisterClient,
    evolve,
)
from tlibproto.vocabulary import ConnId, ReferenceId, SwitchInfoType
from tlibsim.config import DnSettings, Settings
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.ports.media import AudioSource, Instant
from tlibsim.recording.desk import RecordingDesk
from tlibsim.recording.rules import ConfiguredCalls, RecordingRules
from tlibsim.router import Router
from tlibsim.session.client import ClientId
from tlibsim.session.hub import Hub
from tlibsim.session.outbox import Delivery
from tlibsim.switch.connid import Identifiers
from tlibsim.switch.facts import PartyView
from tlibsim.switch.switch import Switch

OPENING = RequestRegisterClient(
    protocol_version="tserver protocol 4.2", session_id=0, application_name="desk"
)
_Message = TypeVar("_Message", bound=Message)


def frame(message: Message, charset: str = "utf-8") -> bytes:
    return encode_frame(encode(message, charset))


def _tone(_: PartyView) -> AudioSource:
    return AudioSource()


REQUESTS = tuple(cls for cls in CATALOGUE.values() if issubclass(cls, Request))
"""Every request that the protocol has."""

_MANDATORY = {"input_mask": b"\xff" * 64, "data_key": "k", "private_msg_id": 3013}


def bare(cls: type[Request]) -> Request:
    """A request with nothing but what it cannot do without, or cannot be understood without."""
    if cls is RequestQuerySwitch:
        return RequestQuerySwitch(switch_info_type=SwitchInfoType.DateTime)
    return cls(**{name: _MANDATORY[name] for name in cls._required})


class Exchange:
    """The product without sockets.

    ``dn`` gives options to DNs, ``extra`` are more DNs, ``settings`` replaces settings,
    ``router`` makes the built-in router; keywords are options of the application.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        dn: Mapping[str, Mapping[str, Any]] | None = None,
        extra: Sequence[DnSettings] = (),
        settings: Mapping[str, Any] | None = None,
        router: Callable[[Switch], Router] = Router.without_rules,
        **options: Any,
    ) -> None:
        bed = scenario_bed()
        self.settings: Settings = replace(
            bed,
            dns=bed_dns(dn or {}, extra),
            options=replace(bed.options, **options),
            **(settings or {}),
        )
        self.now = START
        self.lines: dict[ClientId, Line] = {}
        self.journal = Journal(100_000)
        self.switch = Switch(
            dns=self.settings.dns,
            options=self.settings.options,
            identifiers=Identifiers(seed),
            agents=self.settings.agents,
        )
        self.backend = FakeBackend(lambda report: self.take(self.hub.report(report, self.now)))
        rules = RecordingRules.from_options(
            self.settings.options,
            profile=self.settings.profile,
            remote=self.settings.remote_recording,
        )
        calls = ConfiguredCalls(self.switch, dns=self.settings.dns, agents=self.settings.agents)
        self.desk = RecordingDesk(
            rules, calls=calls, backend=self.backend, rng=Random(seed), sources=_tone
        )
        self.router = router(self.switch)
        self.hub = Hub(
            settings=self.settings,
            switch=self.switch,
            desk=self.desk,
            recording_rules=rules,
            recorded_calls=calls,
            journal=self.journal,
            started_at=self.now,
            router=self.router,
        )

    def connect(self, charset: str = "utf-8") -> "Line":
        """A connection on which nothing has been said."""
        client = self.hub.connect(self.now, charset=charset, listener="tlib", peer="there:1")
        line = self.lines[client] = Line(self, client, charset)
        return line

    def open(self, *dns: str, name: str = "desk", charset: str = "utf-8") -> "Line":
        """An open session that has these DNs registered; what came of that is forgotten."""
        line = self.connect(charset)
        line.send(evolve(OPENING, application_name=name))
        for dn in dns:
            line.ask(RequestRegisterAddress(this_dn=dn))
        line.take()
        return line

    def talk(self, caller: "Line", called: "Line", a: str = "7001", b: str = "7002") -> ConnId:
        """A call from a to b, made and answered by clients; what came of it is forgotten."""
        dialing = caller.ask(RequestMakeCall(this_dn=a, other_dn=b))
        conn_id: ConnId = dialing.conn_id
        called.ask(RequestAnswerCall(this_dn=b, conn_id=conn_id))
        for line in self.lines.values():
            line.take()
        return conn_id

    def perform(self, command: object) -> None:
        self.take(self.hub.perform(command, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass; what is due happens at its own instant."""
        end = Instant(self.now + round(seconds * SECOND))
        while (at := self.hub.next_deadline()) is not None and at <= end:
            self.now = max(self.now, at)
            self.take(self.hub.tick(self.now))
        self.now = end

    def take(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self.lines[delivery.client].deliver(delivery.data, delivery.close)

    def entries(self, kind: Kind) -> list[Entry]:
        return [entry for entry in self.journal if entry.kind is kind]


class Line:
    """The far end of one connection: what a client sends, and everything that it got."""

    def __init__(self, exchange: Exchange, client: ClientId, charset: str) -> None:
        self.exchange = exchange
        self.id = client
        self.charset = charset
        self.raw = b""
        self.closed = ""
        self.inbox: list[Any] = []
        self.addp: list[Addp] = []
        self._decoder = FrameDecoder()
        self._reference = 0

    def deliver(self, data: bytes, close: str) -> None:
        assert not self.closed, "bytes after the close"
        self.raw += data
        self.closed = close
        for unit in self._decoder.feed(data):
            if isinstance(unit, Addp):
                self.addp.append(unit)
            else:
                self.inbox.append(decode(unit, self.charset))

    def feed(self, data: bytes) -> None:
        """Bytes as they are."""
        hub = self.exchange.hub
        self.exchange.take(hub.receive(self.id, data, self.exchange.now))

    def send(self, *messages: Message) -> None:
        self.feed(b"".join(frame(message, self.charset) for message in messages))

    def ask(self, request: Request) -> Any:
        """Send a request with a ReferenceID of its own; the one message that answers it.

        Fails unless exactly one message has that number.  It and all others stay in the inbox.
        """
        self._reference += 1
        before = len(self.inbox)
        self.send(evolve(request, reference_id=ReferenceId(self._reference)))
        answers = [m for m in self.inbox[before:] if m.reference_id == self._reference]
        assert len(answers) == 1, answers
        return answers[0]

    def refused(self, request: Request) -> int:
        """The error code that is the answer to the request."""
        answer = self.ask(request)
        assert type(answer) is EventError, answer
        code: int = answer.error_code
        return code

    def take(self) -> list[Any]:
        """What has come since the last time."""
        inbox, self.inbox = self.inbox, []
        return inbox

    def names(self) -> list[str]:
        """The names of what has come since the last time."""
        return [type(message).__name__ for message in self.take()]

    def last(self, kind: type[_Message]) -> _Message:
        """The last message of a kind in the inbox."""
        return next(m for m in reversed(self.inbox) if type(m) is kind)

    def poll(self, kind: str, argument: bytes = b"\0\0\0") -> None:
        self.feed(encode_addp(kind, argument))

    def disconnect(self) -> None:
        hub = self.exchange.hub
        del self.exchange.lines[self.id]
        self.exchange.take(hub.disconnect(self.id, self.exchange.now, "gone"))
