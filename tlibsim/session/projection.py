"""PROJECTIONS: which events a fact becomes, for which DNs, with which attributes.

The rows are kept by family in ``projections``; this is the one table that the hub asks.
"""

from collections.abc import Mapping

from tlibsim.session.projections import calls, changes, waiting
from tlibsim.session.projections.fields import Projection, Stamp

__all__ = ["PROJECTIONS", "Projection", "Stamp"]

PROJECTIONS: Mapping[type[object], Projection] = {**calls.ROWS, **changes.ROWS, **waiting.ROWS}
