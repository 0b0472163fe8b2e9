"""What a router may ask of a routing point: routes, treatments, digits (BEHAVIOUR.md 1.14, 1.15)."""

from dataclasses import dataclass

from tlibproto.vocabulary import ConnId, Dn, KVList, RouteType, TreatmentType
from tlibsim.switch.commands.calls import Because


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCall:
    """Send the call that waits at ``dn`` to ``to``.  ``dnis`` None: it keeps its own."""

    dn: Dn
    conn_id: ConnId
    to: str
    route_type: RouteType | int = RouteType.Unknown
    dnis: str | None = None
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyTreatment:
    """Play something to the call that waits at ``dn``, or collect digits from it."""

    dn: Dn
    conn_id: ConnId
    treatment: TreatmentType | int
    parameters: KVList | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectDigits:
    """``count`` digits, or fewer when one of ``terminators`` comes or ``timeout`` seconds pass."""

    dn: Dn
    conn_id: ConnId
    count: int
    terminators: str = ""
    timeout: float = 0
    because: Because | None = None
