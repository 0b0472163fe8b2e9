"""Requests of supervisors, turned into commands (BEHAVIOUR.md 1.18)."""

from collections.abc import Mapping

from tlibproto.messages import Request, RequestCancelMonitoring, RequestMonitorNextCall
from tlibproto.vocabulary import KVList, MonitorNextCallType
from tlibsim.session.asker import Asker, Outcome, RequestFunction
from tlibsim.session.requests.calls import because
from tlibsim.session.requests.changes import monitor_mode
from tlibsim.switch import commands
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.watch import MonitorScope

MONITOR_SCOPE = "MonitorScope"
_KINDS = (None, MonitorNextCallType.OneCall, MonitorNextCallType.AllCalls)


def monitor_next_call(request: RequestMonitorNextCall, asker: Asker) -> Outcome:
    dn = asker.registered(request.this_dn)
    kind = request.monitor_next_call_type
    if kind not in _KINDS:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"MonitorNextCallType {kind}")
    return Outcome(
        commands.MonitorNextCall(
            dn=dn,
            agent=request.other_dn or "",
            once=kind != MonitorNextCallType.AllCalls,
            mode=monitor_mode(request.extensions),
            scope=_scope(request.extensions),
            because=because(request.reasons, request.extensions),
        )
    )


def _scope(extensions: KVList | None) -> MonitorScope | None:
    asked = None if extensions is None else extensions.first(MONITOR_SCOPE)
    scopes = {scope.value: scope for scope in MonitorScope}
    return scopes.get(asked.lower()) if isinstance(asked, str) else None


def cancel_monitoring(request: RequestCancelMonitoring, asker: Asker) -> Outcome:
    return Outcome(
        commands.CancelMonitoring(
            dn=asker.registered(request.this_dn),
            agent=request.other_dn or "",
            because=because(request.reasons, request.extensions),
        )
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestMonitorNextCall: monitor_next_call,
    RequestCancelMonitoring: cancel_monitoring,
}
