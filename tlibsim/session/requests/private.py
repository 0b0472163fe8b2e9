"""RequestPrivateService: a service by number (RECORDING.md 3.3, 5; HOUSE.md 9)."""

from collections.abc import Callable, Mapping

from tlibproto.messages import EventACK, Request, RequestPrivateService
from tlibsim.recording.extensions import RECORDING_SERVICES, CommandMaker, DropAllClients
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
from tlibsim.session.requests.calls import because
from tlibsim.switch.refusals import Reason, RequestRefused

PrivateFunction = Callable[[RequestPrivateService, Asker], Outcome]


def _recording(make: CommandMaker) -> PrivateFunction:
    def control(request: RequestPrivateService, asker: Asker) -> Outcome:
        """The DN must be registered by the client, and need not be on the call."""
        dn = asker.registered(request.this_dn)
        asker.configured(dn)
        try:
            command = make(
                dn=dn,
                conn_id=request.conn_id,
                extensions=request.extensions,
                because=because(request.reasons, request.extensions),
                rules=asker.recording_rules,
                calls=asker.recorded_calls,
                requestor=asker.client.id,
            )
        except DropAllClients as refused:
            return Outcome(drop_all=f"integer-extension=drop-clients: {refused}")
        return Outcome(command, answer=EventACK(**times(asker.now)))

    return control


PRIVATE_SERVICES: Mapping[int, PrivateFunction] = {
    service: _recording(make) for service, make in RECORDING_SERVICES.items()
}
"""Private services by PrivateMsgID; any other number is not supported."""


def serve(request: RequestPrivateService, asker: Asker) -> Outcome:
    """Do the service; raises RequestRefused(UNSUPPORTED) for a number that is not listed."""
    number = request.private_msg_id
    function = PRIVATE_SERVICES.get(number)
    if function is None:
        raise RequestRefused(Reason.UNSUPPORTED, f"PrivateMsgID {number}")
    return function(request, asker)


REQUESTS: Mapping[type[Request], RequestFunction] = {RequestPrivateService: serve}
