"""What may be asked of the network behind the trunks (BEHAVIOUR.md 1.20)."""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import ConnId, Dn
from tlibsim.switch.commands.calls import Because


class NetworkStep(Enum):
    """What becomes of a call that is consulted about in the network."""

    ALTERNATE = "alternate"
    TRANSFER = "transfer"
    MERGE = "merge"
    RECONNECT = "reconnect"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConsult:
    """The network holds the caller outside and calls ``to`` for the DN."""

    dn: Dn
    conn_id: ConnId
    to: str
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSingleStepTransfer:
    """The network calls ``to`` for the caller outside, and the DN leaves at once."""

    dn: Dn
    conn_id: ConnId
    to: str
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNetworkCall:
    """Go on with a consultation in the network."""

    dn: Dn
    conn_id: ConnId
    step: NetworkStep
    because: Because | None = None
