"""Packets that the clients send, made beforehand."""

from tlibproto.codec import encode
from tlibproto.framing import encode_frame
from tlibproto.messages import (
    Message,
    RequestQueryAddress,
    RequestRegisterAddress,
    RequestRegisterClient,
)
from tlibproto.vocabulary import (
    AddressInfoType,
    AddressType,
    ControlMode,
    Dn,
    ReferenceId,
    RegisterMode,
)


def packet(message: Message) -> bytes:
    """The bytes of a message as they go through a connection."""
    return encode_frame(encode(message))


def opening() -> bytes:
    """The first request of a client."""
    return packet(RequestRegisterClient(application_name="bench"))


def registration(dn: str, kind: AddressType = AddressType.DN) -> bytes:
    """Watch a DN, or something of another kind, and let others watch it."""
    return packet(
        RequestRegisterAddress(
            this_dn=Dn(dn),
            register_mode=RegisterMode.ModeShare,
            control_mode=ControlMode.RegisterDefault,
            address_type=kind,
            reference_id=ReferenceId(1),
        )
    )


def query(dn: str, reference_id: int) -> bytes:
    """Ask for the state of a DN."""
    return packet(
        RequestQueryAddress(
            this_dn=Dn(dn),
            address_type=AddressType.DN,
            address_info_type=AddressInfoType.AddressStatus,
            reference_id=ReferenceId(reference_id),
        )
    )
