"""PROJECTIONS: which events a fact becomes, for which DNs, with which attributes.

The rows are kept by family in ``projections``; this is the one table that the hub asks.
"""

from collections.abc import Mapping

from tlibsim.session.projections import (
    agents,
    calls,
    changes,
    network,
    recording,
    supervision,
    telephone,
    waiting,
)
from tlibsim.session.projections.fields import Projection, Stamp

__all__ = ["BROADCASTS", "PROJECTIONS", "Projection", "Stamp"]

PROJECTIONS: Mapping[type[object], Projection] = {
    **agents.ROWS,
    **calls.ROWS,
    **changes.ROWS,
    **network.ROWS,
    **recording.ROWS,
    **supervision.ROWS,
    **telephone.ROWS,
    **waiting.ROWS,
}

BROADCASTS = telephone.BROADCASTS
"""Facts that become an event for every client."""
