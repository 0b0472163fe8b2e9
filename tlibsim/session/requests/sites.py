"""Numbers by which calls reach another switch (BEHAVIOUR.md 3.7)."""

from collections.abc import Callable, Mapping

from tlibproto.messages import (
    EventAnswerAccessNumber,
    EventReqGetAccessNumberCanceled,
    EventTransactionStatus,
    Request,
    RequestCancelReqGetAccessNumber,
    RequestGetAccessNumber,
    RequestTransactionMonitoring,
)
from tlibproto.vocabulary import SubscriptionOperationType, XRouteType
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
from tlibsim.session.client import Client
from tlibsim.session.crossings import Crossings
from tlibsim.switch import commands
from tlibsim.switch.refusals import Reason, RequestRefused

DIRECT = frozenset(
    {
        XRouteType.Direct,
        XRouteType.DirectUUI,
        XRouteType.DirectANI,
        XRouteType.DirectNoToken,
        XRouteType.DirectDigits,
        XRouteType.XRouteTypeDirectNetworkCallID,
    }
)
"""Route types in which the destination itself is dialed, and no number of the switch."""


def get_access_number(request: RequestGetAccessNumber, asker: Asker) -> Outcome:
    """A number of this switch that leads to OtherDN at Location, once; direct: OtherDN itself."""
    dn = asker.registered(request.this_dn)
    reference = asker.switch.next_access
    direct = request.x_route_type in DIRECT
    number = request.other_dn or "" if direct else f"*9{reference:04}"
    command = commands.GiveAccessNumber(
        dn=dn,
        to=request.other_dn or "",
        location=request.location or "",
        number=number,
        reference=reference,
        user_data=request.user_data,
    )
    asker.crossings.travellers[reference] = asker.client
    return Outcome(
        command,
        answer=EventAnswerAccessNumber(
            this_dn=dn,
            other_dn=request.other_dn,
            location=request.location,
            conn_id=request.conn_id,
            access_number=number,
            x_reference_id=reference,
            customer_id=asker.settings.customer_id,
            **times(asker.now),
        ),
    )


def cancel_access_number(request: RequestCancelReqGetAccessNumber, asker: Asker) -> Outcome:
    reference = request.x_reference_id
    if reference is None or asker.crossings.travellers.get(reference) is not asker.client:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"XReferenceID {reference}")
    return Outcome(
        commands.TakeBackAccessNumber(reference=reference),
        answer=EventReqGetAccessNumberCanceled(
            x_reference_id=reference,
            customer_id=asker.settings.customer_id,
            **times(asker.now),
        ),
    )


def transaction_monitoring(request: RequestTransactionMonitoring, asker: Asker) -> Outcome:
    """Be told of every step of crossings by access number; start, change or stop that."""
    operation = OPERATIONS.get(request.subscription_operation)  # type: ignore[arg-type]
    if operation is None:
        raise RequestRefused(
            Reason.INVALID_ATTRIBUTE, f"SubscriptionOperation {request.subscription_operation}"
        )
    name = operation(asker.crossings, asker.client, request.subscription_id or "")
    return Outcome(
        answer=EventTransactionStatus(
            subscription_id=name,
            customer_id=asker.settings.customer_id,
            **times(asker.now),
        )
    )


def _modify(crossings: Crossings, client: Client, name: str) -> str:
    """There is nothing in a subscription that can be changed; it must be there."""
    if not crossings.is_subscribed(client, name):
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"no subscription {name!r}")
    return name


def _stop(crossings: Crossings, client: Client, name: str) -> str:
    crossings.unsubscribe(client, _modify(crossings, client, name))
    return name


OPERATIONS: Mapping[int, Callable[[Crossings, Client, str], str]] = {
    SubscriptionOperationType.Start: Crossings.subscribe,
    SubscriptionOperationType.Modify: _modify,
    SubscriptionOperationType.Stop: _stop,
}
"""What becomes of a subscription; raises RequestRefused, and returns its name."""

REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestGetAccessNumber: get_access_number,
    RequestTransactionMonitoring: transaction_monitoring,
    RequestCancelReqGetAccessNumber: cancel_access_number,
}
