"""Numbers by which calls reach another switch (BEHAVIOUR.md 3.7)."""

from collections.abc import Mapping

from tlibproto.messages import (
    EventAnswerAccessNumber,
    EventReqGetAccessNumberCanceled,
    Request,
    RequestCancelReqGetAccessNumber,
    RequestGetAccessNumber,
)
from tlibproto.vocabulary import XRouteType
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
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
    asker.travellers[reference] = asker.client
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
    if reference is None or asker.travellers.get(reference) is not asker.client:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"XReferenceID {reference}")
    return Outcome(
        commands.TakeBackAccessNumber(reference=reference),
        answer=EventReqGetAccessNumberCanceled(
            x_reference_id=reference,
            customer_id=asker.settings.customer_id,
            **times(asker.now),
        ),
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestGetAccessNumber: get_access_number,
    RequestCancelReqGetAccessNumber: cancel_access_number,
}
