"""Faults: what goes wrong on purpose, for whom, when, and how often.

They act on messages on their way in and out and on connections, never on the model, so that what a
client sees can be wrong while the switch stays right.
"""

from tlibsim.faults.book import FaultBook
from tlibsim.faults.fault import Fault, FaultError, Scope
from tlibsim.faults.reading import fault_of

__all__ = ["Fault", "FaultBook", "FaultError", "Scope", "fault_of"]
