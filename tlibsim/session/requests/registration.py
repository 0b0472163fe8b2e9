"""RequestRegisterAddress and RequestUnregisterAddress (BEHAVIOUR.md 3.1, 3.2)."""

from collections.abc import Mapping

from tlibproto.messages import (
    EventDNOutOfService,
    EventRegistered,
    EventUnregistered,
    Request,
    RequestRegisterAddress,
    RequestUnregisterAddress,
)
from tlibproto.vocabulary import AddressInfoType, AddressType, Dn, RegisterMode
from tlibsim.config import DnSettings
from tlibsim.session import dnstatus
from tlibsim.session.asker import Asker, Outcome, Relay, RequestFunction, times
from tlibsim.switch.commands import SessionLeft
from tlibsim.switch.dn import Device
from tlibsim.switch.refusals import Reason, RequestRefused

_MODES = frozenset(RegisterMode)


def register_address(request: RequestRegisterAddress, asker: Asker) -> Outcome:
    """Watch a DN; the answer tells its state.  Registering twice is as good as once."""
    device = _device(request, asker)
    mode = RegisterMode.ModeShare if request.register_mode is None else request.register_mode
    if mode not in _MODES:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"RegisterMode {int(mode)}")
    kind = dnstatus.address_type(device)
    wanted = request.address_type
    if wanted not in (None, AddressType.Unknown, kind):
        raise RequestRefused(
            Reason.BAD_DN_TYPE, f"{device.dn} has AddressType {kind.name}, not {wanted}"
        )
    asker.registry.register(asker.client, device.dn, mode)
    return Outcome(
        answer=_registered(asker, device, kind), relay=_out_of_service(asker, device)
    )


def _device(request: RequestRegisterAddress, asker: Asker) -> Device:
    """The DN; with ``accept-unknown-dn`` one that is not configured comes to be."""
    dn = request.this_dn
    accept = asker.settings.options.accept_unknown_dn
    if accept and dn and asker.switch.device(dn) is None:
        kind = dnstatus.type_of(request.address_type)
        asker.switch.adopt(DnSettings(dn=dn, type=kind, note="accept-unknown-dn"))
    device = asker.configured(dn)
    if device.leaving:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"{dn} is configured no more")
    return device


def _out_of_service(asker: Asker, device: Device) -> Relay | None:
    """A client that registers a DN that is out of service is told so (BEHAVIOUR.md 1.20)."""
    if device.telephone.in_service:
        return None
    event = EventDNOutOfService(
        this_dn=device.dn, customer_id=asker.settings.customer_id, **times(asker.now)
    )
    return Relay(event, device.dn, asker.client.id)


def _registered(asker: Asker, device: Device, kind: AddressType) -> EventRegistered:
    return EventRegistered(
        this_dn=device.dn,
        address_type=kind,
        address_info_type=AddressInfoType.AddressType,
        address_info_status=int(kind),
        agent_id=None if device.agent is None else device.agent.agent_id,
        extensions=dnstatus.status(device),
        customer_id=asker.settings.customer_id,
        **times(asker.now),
    )


def unregister_address(request: RequestUnregisterAddress, asker: Asker) -> Outcome:
    if not request.this_dn:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "ThisDN is missing or empty")
    asker.registry.unregister(asker.client, Dn(request.this_dn))
    return Outcome(
        command=SessionLeft(session=asker.client.id, dn=Dn(request.this_dn)),
        answer=EventUnregistered(
            this_dn=request.this_dn, customer_id=asker.settings.customer_id, **times(asker.now)
        ),
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestRegisterAddress: register_address,
    RequestUnregisterAddress: unregister_address,
}
