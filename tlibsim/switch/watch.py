"""Supervision as data: who watches whom, how, and for how long (BEHAVIOUR.md 1.18)."""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import Dn


class MonitorMode(Enum):
    """What a supervisor may do in the call; the values are those of the extension."""

    MUTE = "mute"
    NORMAL = "normal"
    CONNECT = "connect"
    COACH = "coach"


SILENT = frozenset({MonitorMode.MUTE, MonitorMode.NORMAL})
"""Modes in which nobody hears the supervisor."""


class MonitorScope(Enum):
    """How long a supervisor stays: until the call ends, or until the agent leaves it."""

    CALL = "call"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A supervisor's wish to join the next call of an agent; ``once`` False: all of them."""

    supervisor: Dn
    agent: Dn
    once: bool
    mode: MonitorMode
    scope: MonitorScope
