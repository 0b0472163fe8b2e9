"""REQUESTS: which function serves which request.  What is not listed gets EventError 51.

The capabilities that the server announces are made from this table, so they cannot lie.
"""

from collections.abc import Mapping

from tlibproto import messages
from tlibproto.messages import ANSWERS, Event, Request
from tlibproto.vocabulary import MessageId, mask_of
from tlibsim.config import Options
from tlibsim.session.asker import RequestFunction
from tlibsim.session.callmonitor import MONITORING
from tlibsim.session.projection import PROJECTIONS
from tlibsim.session.projections.remote import REMOTE
from tlibsim.session.requests import (
    agents,
    calls,
    changes,
    events,
    locations,
    monitoring,
    network,
    opening,
    private,
    query,
    registration,
    routing,
    sites,
    supervision,
    telephone,
    userdata,
)

REQUESTS: Mapping[type[Request], RequestFunction] = {
    **opening.REQUESTS,
    **registration.REQUESTS,
    **query.REQUESTS,
    **locations.REQUESTS,
    **agents.REQUESTS,
    **calls.REQUESTS,
    **changes.REQUESTS,
    **routing.REQUESTS,
    **supervision.REQUESTS,
    **telephone.REQUESTS,
    **userdata.REQUESTS,
    **events.REQUESTS,
    **monitoring.REQUESTS,
    **sites.REQUESTS,
    **network.REQUESTS,
    **private.REQUESTS,
}

BEFORE_OPENING = messages.RequestRegisterClient
"""The only request that a connection may make before it is open."""

_ALWAYS_SENT = frozenset(
    {
        MessageId.EventError,
        MessageId.EventLinkConnected,
        MessageId.EventLinkDisconnected,
        MessageId.EventUserEvent,
    }
)


_NETWORK = frozenset(
    {
        *(int(request.message_id) for request in network.REQUESTS),
        int(MessageId.EventNetworkCallStatus),
    }
)
"""What is taken and sent with the option ``network`` only."""


def served() -> frozenset[int]:
    """Numbers of all messages that this server takes or sends with all options on."""
    numbers = {int(request.message_id) for request in REQUESTS}
    numbers.update(
        int(ANSWERS[request].message_id) for request in REQUESTS if request in ANSWERS
    )
    numbers.update(int(row.event.message_id) for row in PROJECTIONS.values())
    beside: tuple[type[Event], ...] = (*MONITORING, *REMOTE.values())
    numbers.update(int(event.message_id) for event in beside)
    return frozenset(numbers | _ALWAYS_SENT)


def capabilities(options: Options) -> bytes:
    """The Capabilities mask (WIRE.md 2.4)."""
    return mask_of(served() if options.network else served() - _NETWORK)
