"""Call monitoring: subscribing to the events of all calls (BEHAVIOUR.md 3.6)."""

from collections.abc import Mapping

from tlibproto.messages import (
    EventACK,
    Request,
    RequestStartCallMonitoring,
    RequestStopCallMonitoring,
)
from tlibproto.vocabulary import RegModeMask
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times


def start_call_monitoring(request: RequestStartCallMonitoring, asker: Asker) -> Outcome:
    """From now on; calls that exist are told of first, unless the mask says no."""
    mask = RegModeMask.Default if request.register_mode is None else request.register_mode
    told = asker.monitor.start(asker.client, int(mask), asker.now)
    return Outcome(answer=EventACK(**times(asker.now)), then=told)


def stop_call_monitoring(request: RequestStopCallMonitoring, asker: Asker) -> Outcome:
    asker.monitor.stop(asker.client)
    return Outcome(answer=EventACK(**times(asker.now)))


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestStartCallMonitoring: start_call_monitoring,
    RequestStopCallMonitoring: stop_call_monitoring,
}
