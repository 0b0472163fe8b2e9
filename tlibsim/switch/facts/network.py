"""How calls stand in the network behind the trunks (BEHAVIOUR.md 1.20)."""

from dataclasses import dataclass

from tlibproto.vocabulary import Dn, NetworkCallState, NetworkDestState, NetworkPartyRole
from tlibsim.switch.commands import Because
from tlibsim.switch.facts.calls import CallFact


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCallChanged(CallFact):
    """The DN ``dn`` is told of a consultation that ``orig_dn`` has with ``dest_dn``."""

    dn: Dn
    role: NetworkPartyRole
    state: NetworkCallState
    dest_state: NetworkDestState
    orig_dn: Dn
    dest_dn: Dn
    because: Because | None = None
