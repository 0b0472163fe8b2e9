"""What made the events of a log: a request in it, the switch, a telephone, somebody outside.

A scenario has to do what the world did.  Where a log shows a request, a client sends it; where
events come that no request explains, somebody picked up, called in or hung up, and a step does
that.  What cannot be explained is told of, with its line.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tlibproto.messages import CATALOGUE
from tlibproto.vocabulary import MessageId, Value
from tlibsim.journal.names import attribute_names, carried
from tlibsim.logs.calls import call_ids
from tlibsim.logs.company import Company
from tlibsim.logs.message import LogMessage, Role
from tlibsim.ports.media import Instant

NOISE = ("EventCall", "EventPartyInfo", "EventPrimaryChanged", "EventHWMErrors")
"""Call monitoring and what analysts filter out first (CLIENT_USAGE.md, log dialects 3)."""

SETUP = frozenset(
    {
        "RequestRegisterClient",
        "RequestRegisterAddress",
        "RequestUnregisterAddress",
        "RequestQueryServer",
        "EventLinkConnected",
        "EventLinkDisconnected",
        "EventRegistered",
        "EventUnregistered",
        "EventServerInfo",
        "EventServerConnected",
    }
)
"""What a scenario does before its first step by itself."""

_NOT_SENT = frozenset(
    {"ReferenceID", "TimeinSecs", "TimeinuSecs", "TimeStamp", "EventSequenceNumber", "Server"}
)
_RESPITE_US = 1_500_000
_PRESENT = ("EventRinging", "EventDialing", "EventEstablished")
_SETTLED = ("EventEstablished", "EventReleased", "EventAbandoned")
_ENDING = frozenset(
    f"Request{word}"
    for word in (
        "ReleaseCall",
        "ClearCall",
        "CompleteTransfer",
        "SingleStepTransfer",
        "MuteTransfer",
        "CompleteConference",
        "RedirectCall",
        "ReconnectCall",
        "MergeCalls",
    )
)
"""Requests after which parties leave a call without another cause."""

_HUNG_UP = (None, 0, 5)
"""CallStates of a party that leaves because somebody hangs up: none, Ok, RemoteRelease."""
_INBOUND = 2
_SWITCH_EVENTS = ("EventUserEvent", "EventPrivateInfo")
_EVENT_SENDERS = ("RequestDistributeUserEvent", "RequestSendEvent")
_MAKERS = ("RequestMakeCall", "RequestMakePredictiveCall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that a step does.

    ``words`` are those of the switch, ``request`` the message that a client sends; ``conn`` the
    ConnID that the step concerns.
    """

    message: LogMessage
    words: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    client: str = ""
    request: str = ""
    attributes: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Something that must come."""

    message: LogMessage
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """Something that no step can stand for."""

    message: LogMessage
    why: str


Item = Deed | Seen | Unmapped


@dataclass(slots=True)
class _Call:
    """Who rings and who dials; ``ended`` is when something last took a party out of it."""

    ringing: dict[str, None] = field(default_factory=dict)
    dialing: dict[str, None] = field(default_factory=dict)
    ended: Instant | None = None
    ends: bool = False


@dataclass(slots=True)
class Causes:
    """Turns the messages of a log into what is done and what must come, in order."""

    company: Company
    calls: dict[str, _Call] = field(default_factory=dict)
    _asked: dict[tuple[str, str], LogMessage] = field(default_factory=dict)
    _references: dict[str, str] = field(default_factory=dict)
    _last: Instant | None = None
    _talking: dict[str, set[str]] = field(default_factory=dict)
    _disturbed: set[str] = field(default_factory=set)
    _busy_dns: set[str] = field(default_factory=set)
    _found: list[Item] = field(default_factory=list)
    _before: set[tuple[str, str]] = field(default_factory=set)

    def items(self, messages: Iterable[LogMessage]) -> list[Item]:
        """All of it."""
        for one in messages:
            if one.name in SETUP or one.name.startswith(NOISE):
                self._before.add((one.client, one.text("ReferenceID")))
                continue
            if (
                one.role is Role.ANSWER
                and (one.client, one.text("ReferenceID")) in self._before
            ):
                continue
            self._found += self._request(one) if one.role is Role.REQUEST else self._event(one)
        return self._found

    # -- requests ------------------------------------------------------------------------------

    def _request(self, one: LogMessage) -> list[Item]:
        number = one.message_id
        if number is None:
            return [Unmapped(message=one, why="is no request of the protocol")]
        known = attribute_names(carried(CATALOGUE[MessageId(number)]))
        sent = {
            name: value
            for name, value in one.values.items()
            if name not in _NOT_SENT and name.lower() in known
        }
        self._note(one)
        return [
            Deed(
                message=one,
                client=self.company.client(one),
                request=one.name.removeprefix("Request"),
                attributes=sent,
            )
        ]

    def _note(self, one: LogMessage) -> None:
        """Somebody of the log has asked: what comes now may be of that."""
        self._last = one.at
        reference = one.text("ReferenceID")
        self._asked[one.this_dn, one.name] = one
        if reference:
            self._references[f"{one.this_dn}/{reference}"] = one.name
        if one.name in _ENDING:
            for name in call_ids(one):
                call = self.calls.get(name)
                if call is not None:
                    call.ended, call.ends = one.at, True

    # -- events --------------------------------------------------------------------------------

    def _event(self, one: LogMessage) -> list[Item]:
        if one.message_id is None:
            return [Unmapped(message=one, why="is no event of the protocol")]
        seen = Seen(message=one, client=self._asker(one))
        if one.name in _SWITCH_EVENTS and not self._sent_events:
            return []
        cause = _CAUSES.get(one.name)
        found: list[Item] = list(cause(self, one)) if cause is not None and one.conn_id else []
        self._follow(one)
        return [*found, seen]

    @property
    def _sent_events(self) -> bool:
        """Whether clients send user events; else those that come are the switch's own."""
        return any(name in _EVENT_SENDERS for _, name in self._asked)

    def _asker(self, one: LogMessage) -> str:
        """Who an answer went to; an event goes to whoever watches."""
        return self.company.client(one) if one.role is Role.ANSWER and one.client else ""

    def _follow(self, one: LogMessage) -> None:
        """Keep track of who rings, who talks and who wants no calls."""
        dn = one.this_dn
        if one.name == "EventDNDOn":
            self._disturbed.add(dn)
        elif one.name == "EventDNDOff":
            self._disturbed.discard(dn)
        if not one.conn_id:
            return
        self._present(self.calls.setdefault(one.conn_id, _Call()), one)

    def _present(self, call: _Call, one: LogMessage) -> None:
        dn = one.this_dn
        if one.name in _PRESENT:
            self._talking.setdefault(dn, set()).add(one.conn_id)
        if one.name == "EventRinging":
            call.ringing[dn] = None
        elif one.name == "EventDialing":
            call.dialing[dn] = None
        elif one.name in _SETTLED:
            call.ringing.pop(dn, None)
            call.dialing.pop(dn, None)
        if one.name in _SETTLED[1:]:
            self._talking.get(dn, set()).discard(one.conn_id)

    def _recent(self, one: LogMessage, since: Instant | None) -> bool:
        """Whether something that was done a moment ago explains this."""
        if since is None or one.at is None:
            return False
        return abs(one.at - since) <= _RESPITE_US

    def _explained(self, one: LogMessage, *requests: str) -> bool:
        """Whether a request of this DN is being answered by this."""
        reference = one.text("ReferenceID")
        if reference and f"{one.this_dn}/{reference}" in self._references:
            return True
        asked = [self._asked.get((one.this_dn, name)) for name in requests]
        return any(each is not None and self._recent(one, each.at) for each in asked)

    def _began(self, one: LogMessage) -> list[Item]:
        """The first that is seen of a call."""
        if one.conn_id in self.calls or self._explained(one, *_MAKERS):
            return []
        other = one.text("OtherDN") or one.text("ANI")
        outside = other not in self.company.types and not self._own_dialing(one)
        if one.integer("CallType") == _INBOUND or outside:
            return [self._inbound(one, other)]
        return []

    def _own_dialing(self, one: LogMessage) -> bool:
        """Whether a DN of the switch made or is making this call."""
        return any(self._recent(one, each.at) for each in self._asked.values())

    def _inbound(self, one: LogMessage, other: str) -> Deed:
        self.calls.setdefault(one.conn_id, _Call())
        words: dict[str, Value] = {
            "do": "inbound",
            "from": one.text("ANI") or other or "anonymous",
            "to": one.this_dn,
        }
        if one.text("DNIS"):
            words["dnis"] = one.text("DNIS")
        if len(one.pairs("UserData")):
            words["userdata"] = one.pairs("UserData")
        return Deed(message=one, words=words, why="a call from outside")

    def _dialed(self, one: LogMessage) -> list[Item]:
        """A DN dials: a request, or somebody at the telephone, for whom a client asks."""
        if one.conn_id in self.calls or self._explained(one, *_MAKERS):
            return []
        asked = any(
            dn == one.this_dn and self._recent(one, each.at)
            for (dn, _), each in self._asked.items()
        )
        if asked:
            return []
        attributes: dict[str, Value] = {"ThisDN": one.this_dn, "OtherDN": one.text("OtherDN")}
        if len(one.pairs("UserData")):
            attributes["UserData"] = one.pairs("UserData")
        return [self._by_phone(one, "MakeCall", attributes)]

    def _by_phone(self, one: LogMessage, request: str, attributes: Mapping[str, Value]) -> Deed:
        return Deed(
            message=one,
            client=self.company.client_of(one.this_dn),
            request=request,
            attributes=attributes,
            why="somebody at the telephone; the log shows no request",
        )

    def _answered(self, one: LogMessage) -> list[Item]:
        call = self.calls.get(one.conn_id)
        if call is None or self._explained(one, "RequestAnswerCall"):
            return []
        waiting = [dn for dn in call.ringing if not self._will_answer(dn, one)]
        if waiting:
            dn = one.this_dn if one.this_dn in waiting else waiting[0]
            call.ringing.pop(dn, None)
            return [Deed(message=one, words={"do": "answer", "dn": dn}, why="picked up")]
        if one.this_dn not in call.dialing or one.text("OtherDN") in self.company.types:
            return []
        call.dialing.pop(one.this_dn)
        words: dict[str, Value] = {"do": "far-answer", "conn": one.conn_id}
        return [Deed(message=one, words=words, why="the party outside answers")]

    def _will_answer(self, dn: str, one: LogMessage) -> bool:
        asked = self._asked.get((dn, "RequestAnswerCall"))
        return asked is not None and self._recent(one, asked.at)

    def _released(self, one: LogMessage) -> list[Item]:
        call = self.calls.get(one.conn_id)
        quiet = one.integer("CallState") not in _HUNG_UP
        if call is None or quiet or self._explained(one, "RequestReleaseCall"):
            return []
        if call.ends and (one.at is None or self._recent(one, call.ended)):
            return []
        call.ended, call.ends = one.at, True
        other = one.text("OtherDN")
        outside = one.name == "EventAbandoned" or (other and other not in self.company.types)
        words: dict[str, Value] = {
            "do": "hangup",
            "by": "remote" if outside else one.this_dn,
            "conn": one.conn_id,
        }
        return [Deed(message=one, words=words, why="hangs up")]

    def _busy(self, one: LogMessage) -> list[Item]:
        """A telephone that takes no call was busy before it was called."""
        dn = one.text("OtherDN")
        free = not self._talking.get(dn) and dn not in self._disturbed
        if dn not in self.company.types or not free:
            return []
        self._busy_dns.add(dn)
        self._before_the_call(dn, "busy", "the telephone is busy")
        return []

    def _rings(self, one: LogMessage) -> list[Item]:
        """A telephone that rings is not busy any more; and the call may have begun with it."""
        if one.this_dn in self._busy_dns:
            self._busy_dns.discard(one.this_dn)
            self._before_the_call(one.this_dn, "idle", "the telephone is free again")
        return self._began(one)

    def _before_the_call(self, dn: str, verb: str, why: str) -> None:
        """Something is done with a telephone before it is called the last time."""
        for index in range(len(self._found) - 1, -1, -1):
            deed = self._found[index]
            if isinstance(deed, Deed) and deed.attributes.get("OtherDN") == dn:
                words: dict[str, Value] = {"do": verb, "dn": dn}
                self._found.insert(index, Deed(message=deed.message, words=words, why=why))
                break

    def _held(self, one: LogMessage) -> list[Item]:
        request = {"EventHeld": "HoldCall", "EventRetrieved": "RetrieveCall"}[one.name]
        call = self.calls.get(one.conn_id)
        if call is None or self._explained(one, f"Request{request}"):
            return []
        if self._recent(one, self._last):
            return []
        attributes: dict[str, Value] = {"ThisDN": one.this_dn, "ConnID": one.conn_id}
        return [self._by_phone(one, request, attributes)]


_CAUSES: Mapping[str, Callable[[Causes, LogMessage], list[Item]]] = MappingProxyType(
    {
        "EventRinging": Causes._rings,
        "EventQueued": Causes._began,
        "EventRouteRequest": Causes._began,
        "EventDialing": Causes._dialed,
        "EventEstablished": Causes._answered,
        "EventReleased": Causes._released,
        "EventAbandoned": Causes._released,
        "EventDestinationBusy": Causes._busy,
        "EventHeld": Causes._held,
        "EventRetrieved": Causes._held,
    }
)
