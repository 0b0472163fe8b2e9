"""Requests to the network behind the trunks, turned into commands (BEHAVIOUR.md 1.20)."""

from collections.abc import Mapping
from typing import Any

from tlibproto.messages import (
    Request,
    RequestNetworkAlternate,
    RequestNetworkConsult,
    RequestNetworkMerge,
    RequestNetworkReconnect,
    RequestNetworkSingleStepTransfer,
    RequestNetworkTransfer,
)
from tlibsim.session.asker import Asker, Outcome, RequestFunction
from tlibsim.session.requests.calls import because, given
from tlibsim.switch import commands
from tlibsim.switch.commands import NetworkStep
from tlibsim.switch.refusals import Reason, RequestRefused


def _subject(request: Any, asker: Asker) -> dict[str, Any]:
    if not asker.settings.options.network:
        raise RequestRefused(Reason.UNSUPPORTED, "the option network is off")
    return {
        "dn": asker.registered(request.this_dn),
        "conn_id": given(request.conn_id),
        "because": because(request.reasons, request.extensions),
    }


def consult(request: RequestNetworkConsult, asker: Asker) -> Outcome:
    subject = _subject(request, asker)
    to, location = request.other_dn or "", request.location or ""
    return Outcome(commands.NetworkConsult(**subject, to=to, location=location))


def single_step(request: RequestNetworkSingleStepTransfer, asker: Asker) -> Outcome:
    subject = _subject(request, asker)
    to, location = request.other_dn or "", request.location or ""
    return Outcome(commands.NetworkSingleStepTransfer(**subject, to=to, location=location))


def _change(step: NetworkStep) -> RequestFunction:
    def change(request: Any, asker: Asker) -> Outcome:
        return Outcome(commands.ChangeNetworkCall(**_subject(request, asker), step=step))

    return change


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestNetworkConsult: consult,
    RequestNetworkSingleStepTransfer: single_step,
    RequestNetworkAlternate: _change(NetworkStep.ALTERNATE),
    RequestNetworkMerge: _change(NetworkStep.MERGE),
    RequestNetworkReconnect: _change(NetworkStep.RECONNECT),
    RequestNetworkTransfer: _change(NetworkStep.TRANSFER),
}
"""Served with the option ``network`` only."""
