"""What a supervisor asks for (BEHAVIOUR.md 1.18)."""

from dataclasses import dataclass

from tlibproto.vocabulary import Dn
from tlibsim.switch.commands.calls import Because
from tlibsim.switch.watch import MonitorMode, MonitorScope


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorNextCall:
    """``dn`` joins the next call of ``agent``; ``mode``, ``scope`` None: see the options."""

    dn: Dn
    agent: str
    once: bool = True
    mode: MonitorMode | None = None
    scope: MonitorScope | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMonitoring:
    """``agent`` empty: whomever the supervisor waits for."""

    dn: Dn
    agent: str = ""
    because: Because | None = None
