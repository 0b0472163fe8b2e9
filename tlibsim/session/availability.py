"""What may be asked while a DN is out of service, or the link is down (BEHAVIOUR.md 1.20).

Registration and queries need neither; they become no command and do not come here.
"""

from tlibproto import messages
from tlibproto.messages import Message, Request
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch

WITHOUT_SERVICE: frozenset[type[Request]] = frozenset(
    {
        messages.RequestAgentLogin,
        messages.RequestPrivateService,
        messages.RequestUnregisterAddress,
    }
)
"""Requests that are allowed on a DN that is out of service."""

WITHOUT_LINK: frozenset[type[Request]] = frozenset(
    {
        messages.RequestPrivateService,
        messages.RequestUnregisterAddress,
        messages.RequestAttachUserData,
        messages.RequestUpdateUserData,
        messages.RequestDeletePair,
        messages.RequestDeleteUserData,
    }
)
"""Requests that the server serves by itself, without asking the switch."""


def check_available(request: Message, switch: Switch) -> None:
    """Raise RequestRefused(NO_SWITCH or OUT_OF_SERVICE) when it cannot be served now."""
    kind = type(request)
    if not switch.link_up and kind not in WITHOUT_LINK:
        raise RequestRefused(Reason.NO_SWITCH, "the link to the switch is down")
    device = switch.device(getattr(request, "this_dn", None) or "")
    if device is None or device.telephone.in_service or kind in WITHOUT_SERVICE:
        return
    raise RequestRefused(Reason.OUT_OF_SERVICE, f"{device.dn} is out of service")
