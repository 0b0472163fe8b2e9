"""Requests about telephones: forwarding, do not disturb, message waiting, notes on a call."""

from collections.abc import Callable, Mapping
from typing import Any

from tlibproto.messages import (
    Event,
    EventDNDOff,
    EventDNDOn,
    EventForwardCancel,
    EventForwardSet,
    EventMessageWaitingOff,
    EventMessageWaitingOn,
    Request,
    RequestCallForwardCancel,
    RequestCallForwardSet,
    RequestSetCallInfo,
    RequestSetDNDOff,
    RequestSetDNDOn,
    RequestSetMessageWaitingOff,
    RequestSetMessageWaitingOn,
)
from tlibproto.vocabulary import ForwardMode
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
from tlibsim.session.requests.calls import because, given
from tlibsim.switch import commands
from tlibsim.switch.dn import Device
from tlibsim.switch.refusals import Reason, RequestRefused

_MODES = frozenset(ForwardMode)


def _again(asker: Asker, device: Device, event: type[Event], request: Any) -> Outcome | None:
    """What is set already is told once more, to the requestor alone (BEHAVIOUR.md 1.17)."""
    if asker.settings.options.same_state == "error":
        return None
    fields: dict[str, Any] = {
        "this_dn": device.dn,
        "customer_id": asker.settings.customer_id,
        "reasons": request.reasons,
        "extensions": request.extensions,
        **times(asker.now),
    }
    for name in ("other_dn", "forward_mode"):
        if getattr(request, name, None) is not None:
            fields[name] = getattr(request, name)
    return Outcome(answer=event(**fields))


def call_forward_set(request: RequestCallForwardSet, asker: Asker) -> Outcome:
    device = asker.configured(asker.registered(request.this_dn))
    mode = request.forward_mode
    if mode not in _MODES:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"ForwardMode {mode}")
    mode, to = ForwardMode(mode), request.other_dn or ""
    forward = device.telephone.forward
    if forward is not None and (forward.mode, forward.to) == (mode, to):
        again = _again(asker, device, EventForwardSet, request)
        if again is not None:
            return again
    why = because(request.reasons, request.extensions)
    return Outcome(commands.SetForward(dn=device.dn, mode=mode, to=to, because=why))


def call_forward_cancel(request: RequestCallForwardCancel, asker: Asker) -> Outcome:
    device = asker.configured(asker.registered(request.this_dn))
    if device.callable and device.telephone.forward is None:
        again = _again(asker, device, EventForwardCancel, request)
        if again is not None:
            return again
    why = because(request.reasons, request.extensions)
    return Outcome(commands.CancelForward(dn=device.dn, mode=request.forward_mode, because=why))


Switched = (
    RequestSetDNDOn
    | RequestSetDNDOff
    | RequestSetMessageWaitingOn
    | RequestSetMessageWaitingOff
)


def _switched(
    command: type[commands.SetDnd] | type[commands.SetMessageWaiting],
    is_on: Callable[[Device], bool],
    event: type[Event],
    *,
    on: bool,
) -> Callable[[Switched, Asker], Outcome]:
    """A function for a request that switches something of a telephone on or off."""

    def switch(request: Switched, asker: Asker) -> Outcome:
        device = asker.configured(asker.registered(request.this_dn))
        if device.callable and is_on(device) is on:
            again = _again(asker, device, event, request)
            if again is not None:
                return again
        why = because(request.reasons, request.extensions)
        return Outcome(command(dn=device.dn, on=on, because=why))

    return switch


def _dnd(device: Device) -> bool:
    return device.telephone.dnd


def _message_waiting(device: Device) -> bool:
    return device.telephone.message_waiting


def set_call_info(request: RequestSetCallInfo, asker: Asker) -> Outcome:
    return Outcome(
        commands.SetCallInfo(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            operation=request.set_operation,
            other=request.other_dn,
        )
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestCallForwardSet: call_forward_set,
    RequestCallForwardCancel: call_forward_cancel,
    RequestSetDNDOn: _switched(commands.SetDnd, _dnd, EventDNDOn, on=True),
    RequestSetDNDOff: _switched(commands.SetDnd, _dnd, EventDNDOff, on=False),
    RequestSetMessageWaitingOn: _switched(
        commands.SetMessageWaiting, _message_waiting, EventMessageWaitingOn, on=True
    ),
    RequestSetMessageWaitingOff: _switched(
        commands.SetMessageWaiting, _message_waiting, EventMessageWaitingOff, on=False
    ),
    RequestSetCallInfo: set_call_info,
}
