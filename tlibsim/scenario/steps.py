"""Scenarios as frozen values: what the loader makes of a file and the runner plays.

The format is that of the head of scenarios.yml.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from tlibproto.vocabulary import MessageId
from tlibsim.config.problems import Problem
from tlibsim.scenario.names import Attribute
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.terms import Term

if TYPE_CHECKING:
    from tlibsim.scenario.script.steps import AnyStep, Script

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeTerm:
    """An attribute and what it is given, or must be.  ``key`` is the word in the file."""

    attribute: Attribute
    term: Term
    place: Place
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    """A client sends a request with these attributes, and no other.

    ``client_place`` is where its name stands; None when nobody wrote it.
    """

    client: str
    message_id: MessageId
    attributes: tuple[AttributeTerm, ...]
    place: Place
    client_place: Place | None = None


class Action(Enum):
    """What can happen in the switch or outside of it."""

    INBOUND = "inbound"
    FAR_ANSWER = "far-answer"
    FAR_RELEASE = "far-release"
    PHONE_ANSWER = "phone-answer"
    MAKE_BUSY = "make-busy"
    MAKE_IDLE = "make-idle"
    DIGITS = "digits"
    WAIT = "wait"
    DISCONNECT_CLIENT = "disconnect-client"
    SET_BEHAVIOR = "set-behavior"
    RESTORE_BEHAVIOR = "restore-behavior"


class MediaAction(Enum):
    """What can go wrong at the media side: ``fail``."""

    RECORDER = "recorder"
    LEGS = "legs"
    MCP = "mcp"
    MEDIA_SERVICE = "media-service"
    CONNECTOR = "connector"


class Repair(Enum):
    """What can be put right again at the media side: ``mend``."""

    RECORDER = "recorder"
    MEDIA_SERVICE = "media-service"


class PersonaAction(Enum):
    """What the recorder persona can be told: ``persona``."""

    REFUSE_INVITES = "refuse-invites"
    ACCEPT_INVITES = "accept-invites"
    LOSE_LEGS = "lose-legs"
    DISCONNECT = "disconnect"
    CONNECT = "connect"


AnyAction = Action | MediaAction | Repair | PersonaAction

VERBS: Mapping[str, type[Action | MediaAction | Repair | PersonaAction]] = MappingProxyType(
    {"switch": Action, "fail": MediaAction, "mend": Repair, "persona": PersonaAction}
)
"""The word that a ``do`` begins with, and what may stand behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchAction:
    """One action with its arguments, by the words of the file (``from``, ``conn``)."""

    action: AnyAction
    arguments: Mapping[str, Term]
    place: Place

    @property
    def verb(self) -> str:
        """The word before the action: ``switch``, ``fail``, ``mend``, ``persona``."""
        return next(verb for verb, kind in VERBS.items() if isinstance(self.action, kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAction:
    """``replay`` or ``diff`` of a log of the file; ``texts`` are the logs by name."""

    verb: str
    arguments: Mapping[str, object]
    place: Place
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


Do = ClientRequest | SwitchAction | LogAction


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEvent:
    """An event and what its attributes must be; ``ref`` None: the ReferenceID is free."""

    message_id: MessageId
    attributes: tuple[AttributeTerm, ...]
    place: Place
    ref: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventList:
    """The events expected under one key: a DN (``expect``) or a client (``client``)."""

    name: str
    events: tuple[ExpectedEvent, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceItem:
    """One value that the inspection must show, by the word of the file (``recordDN``)."""

    key: str
    term: Term
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTrace:
    """What the inspection of recordings, or the log reader, must show after the step.

    ``session`` None: no recording session is looked at.  ``messages`` are some of what was sent
    in the session begun last, in order.  ``other`` are the counts and lists
    beside it (``ports-free``, ``differences``).
    """

    place: Place
    session: tuple[TraceItem, ...] | None = None
    legs: tuple[tuple[TraceItem, ...], ...] = ()
    messages: tuple[tuple[TraceItem, ...], ...] = ()
    other: tuple[TraceItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One ``do`` and what it must cause.  ``reply`` None: the reply is not looked at."""

    number: int
    do: Do
    place: Place
    expect: tuple[EventList, ...] = ()
    reply: tuple[ExpectedEvent, ...] | None = None
    reply_place: Place | None = None
    client: tuple[EventList, ...] = ()
    none: tuple[str, ...] = ()
    trace: ExpectedTrace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The state before the first step: a call from ``a`` to ``b``, answered at b.

    ``record`` is the side that client ``by`` (empty: the first that has b) records, None when
    nothing is recorded.  ``call_type`` None: whatever it turns out to be.
    """

    conn: str
    a: str
    b: str
    place: Place
    call_type: int | None = None
    dnis: str = ""
    user_data: Term | None = None
    record: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario.  ``distinct`` are groups of names whose values all differ.

    ``script`` is what it has beyond its steps, ``hooks`` are the names of functions that it calls,
    ``remarks`` what is odd in it but allowed.
    """

    id: str
    title: str
    source: str
    place: Place
    steps: "tuple[AnyStep, ...]"
    given: Given | None = None
    config: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    config_place: Place | None = None
    distinct: tuple[tuple[str, ...], ...] = ()
    script: "Script | None" = None
    hooks: tuple[str, ...] = ()
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """A scenario file: its scenarios in order, its logs, and the names of its variables."""

    source: str
    text: str
    scenarios: tuple[Scenario, ...]
    logs: Mapping[str, str]
    variables: frozenset[str] = frozenset()
