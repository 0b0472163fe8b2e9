"""The rules of the built-in router as frozen values: the section ``routing`` of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tlibsim.config.dns import nothing

Readiness = Literal["", "any", "logged-in", "ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTarget:
    """One place to send a call to: ``dn`` (an extension, a queue, a number), or ``agent``.

    ``percent`` is its share of the calls; 0: it takes what the ones before it could not.
    ``when`` says what must hold at the moment: empty is ``ready`` for an agent, else ``any``.
    ``location`` names the site of ``dn``, empty for this one.
    """

    dn: str = ""
    agent: str = ""
    percent: float = 0.0
    when: Readiness = ""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTreatment:
    """What the caller hears before being routed, and for how long.

    ``parameters`` are the TreatmentParameters, with the types that YAML gives them.
    """

    kind: Literal["music", "ringback", "silence", "busy", "fast-busy", "announcement"] = "music"
    seconds: float = 0.0
    parameters: Mapping[str, Any] = field(default_factory=nothing, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """Which calls, and what becomes of them; a condition that is empty always holds.

    ``point``, ``dnis``, ``ani`` are patterns of which one must fit; ``user_data`` maps a key to
    a pattern or several; ``without`` are keys that must not be there; ``time`` and ``days`` are
    local time.  ``to`` are the targets in the order in which they are tried.
    """

    name: str = ""
    point: tuple[str, ...] = ()
    dnis: tuple[str, ...] = ()
    ani: tuple[str, ...] = ()
    user_data: Mapping[str, Any] = field(default_factory=nothing, hash=False)
    without: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    treatment: tuple[RouteTreatment, ...] = ()
    attach: Mapping[str, Any] = field(default_factory=nothing, hash=False)
    to: tuple[RouteTarget, ...] = ()
    reject: bool = False
    extensions: Mapping[str, Any] = field(default_factory=nothing, hash=False)
    reasons: Mapping[str, Any] = field(default_factory=nothing, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """The built-in router.

    ``when``: it routes where no client that may route is registered (``unclaimed``), everywhere
    (``always``) or nowhere (``never``).  The first of the ``rules`` that fits decides;
    ``default`` is tried when none fits, or when no target of the rule can be had.
    """

    when: Literal["unclaimed", "always", "never"] = "unclaimed"
    rules: tuple[RouteRule, ...] = ()
    default: tuple[RouteTarget, ...] = ()
