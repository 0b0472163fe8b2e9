"""ARRIVALS: what a call does that arrives at a DN of each type.  No row: it cannot be called."""

from collections.abc import Mapping

from tlibsim.config import DnType
from tlibsim.switch import queues, routing
from tlibsim.switch.dn import CALLABLE
from tlibsim.switch.offering import Arrival, ring

ARRIVALS: Mapping[DnType, Arrival] = {
    **dict.fromkeys(CALLABLE, ring),
    DnType.QUEUE: queues.arrive,
    DnType.ROUTE_DN: routing.arrive,
    DnType.ROUTE_QUEUE: routing.arrive,
}
