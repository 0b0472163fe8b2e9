"""Requests that exchange, add and remove parties of a call, turned into commands."""

from collections.abc import Mapping
from typing import Any, TypedDict

from tlibproto.messages import (
    EventACK,
    Request,
    RequestAlternateCall,
    RequestClearCall,
    RequestCompleteConference,
    RequestCompleteTransfer,
    RequestDeleteFromConference,
    RequestInitiateConference,
    RequestInitiateTransfer,
    RequestListenDisconnect,
    RequestListenReconnect,
    RequestMergeCalls,
    RequestMuteTransfer,
    RequestReconnectCall,
    RequestRedirectCall,
    RequestSetMuteOff,
    RequestSetMuteOn,
    RequestSingleStepConference,
    RequestSingleStepTransfer,
)
from tlibproto.vocabulary import ConnId, Dn, KVList, MergeType
from tlibsim.recording.commands import StartRecording
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
from tlibsim.session.requests.calls import because, given
from tlibsim.switch import commands
from tlibsim.switch.commands import Because, Purpose
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.watch import MonitorMode

MONITOR_MODE = "MonitorMode"
EMERGENCY_NUMBER = "gcti::record"


class _Subject(TypedDict):
    """What every request here names: who asks, about which call, and why."""

    dn: Dn
    conn_id: ConnId
    because: Because | None


def _subject(request: Any, asker: Asker) -> _Subject:
    return {
        "dn": asker.registered(request.this_dn),
        "conn_id": given(request.conn_id),
        "because": because(request.reasons, request.extensions),
    }


def initiate_transfer(request: RequestInitiateTransfer, asker: Asker) -> Outcome:
    return _consult(request, asker, Purpose.TRANSFER)


def initiate_conference(request: RequestInitiateConference, asker: Asker) -> Outcome:
    return _consult(request, asker, Purpose.CONFERENCE)


def _consult(
    request: RequestInitiateTransfer | RequestInitiateConference, asker: Asker, why: Purpose
) -> Outcome:
    return Outcome(
        commands.Consult(
            **_subject(request, asker),
            to=request.other_dn or "",
            purpose=why,
            user_data=request.user_data,
            location=request.location or "",
        )
    )


def complete_transfer(request: RequestCompleteTransfer, asker: Asker) -> Outcome:
    return Outcome(
        commands.CompleteTransfer(
            **_subject(request, asker), consult_conn_id=request.transfer_conn_id
        )
    )


def complete_conference(request: RequestCompleteConference, asker: Asker) -> Outcome:
    return Outcome(
        commands.CompleteConference(
            **_subject(request, asker), consult_conn_id=request.conference_conn_id
        )
    )


def mute_transfer(request: RequestMuteTransfer, asker: Asker) -> Outcome:
    return Outcome(
        commands.MuteTransfer(
            **_subject(request, asker),
            to=request.other_dn or "",
            user_data=request.user_data,
            location=request.location or "",
        )
    )


def single_step_transfer(request: RequestSingleStepTransfer, asker: Asker) -> Outcome:
    return Outcome(
        commands.SingleStepTransfer(
            **_subject(request, asker),
            to=request.other_dn or "",
            user_data=request.user_data,
            location=request.location or "",
        )
    )


def single_step_conference(request: RequestSingleStepConference, asker: Asker) -> Outcome:
    """To the reserved number ``gcti::record`` it is a cry for help (RECORDING.md 3.6)."""
    if (request.other_dn or "").strip().lower() == EMERGENCY_NUMBER:
        return _emergency(request, asker)
    return Outcome(
        commands.SingleStepConference(
            **_subject(request, asker),
            to=request.other_dn or "",
            user_data=request.user_data,
            location=request.location or "",
        )
    )


def _emergency(request: RequestSingleStepConference, asker: Asker) -> Outcome:
    """Record the party that asks; nobody joins the call."""
    subject = _subject(request, asker)
    asker.configured(subject["dn"])
    party = asker.switch.find_party(subject["conn_id"], subject["dn"])
    return Outcome(
        StartRecording(
            dn=subject["dn"],
            conn_id=party.call.conn_id,
            emergency=True,
            requestor=asker.client.id,
            because=subject["because"],
        ),
        answer=EventACK(**times(asker.now)),
    )


def delete_from_conference(request: RequestDeleteFromConference, asker: Asker) -> Outcome:
    return Outcome(
        commands.DeleteFromConference(**_subject(request, asker), other=request.other_dn or "")
    )


def alternate_call(request: RequestAlternateCall, asker: Asker) -> Outcome:
    """ConnID is the active, PreviousConnID the held call (BEHAVIOUR.md 1.12)."""
    subject = _subject(request, asker)
    return Outcome(
        commands.AlternateCall(
            dn=subject["dn"],
            active=subject["conn_id"],
            held=given(request.previous_conn_id),
            because=subject["because"],
        )
    )


def reconnect_call(request: RequestReconnectCall, asker: Asker) -> Outcome:
    subject = _subject(request, asker)
    return Outcome(
        commands.ReconnectCall(
            dn=subject["dn"],
            active=subject["conn_id"],
            held=given(request.previous_conn_id),
            because=subject["because"],
        )
    )


PURPOSES: Mapping[int | None, Purpose] = {
    None: Purpose.TRANSFER,
    MergeType.ForTransfer: Purpose.TRANSFER,
    MergeType.ForConference: Purpose.CONFERENCE,
}


def merge_calls(request: RequestMergeCalls, asker: Asker) -> Outcome:
    purpose = PURPOSES.get(request.merge_type)
    if purpose is None:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"MergeType {request.merge_type}")
    return Outcome(
        commands.MergeCalls(
            **_subject(request, asker),
            other_conn_id=given(request.transfer_conn_id),
            purpose=purpose,
        )
    )


def redirect_call(request: RequestRedirectCall, asker: Asker) -> Outcome:
    return Outcome(commands.RedirectCall(**_subject(request, asker), to=request.other_dn or ""))


def clear_call(request: RequestClearCall, asker: Asker) -> Outcome:
    return Outcome(commands.ClearCall(**_subject(request, asker)))


def monitor_mode(extensions: KVList | None) -> MonitorMode | None:
    """What the extension MonitorMode asks for; a word that is none is as good as none."""
    asked = None if extensions is None else extensions.first(MONITOR_MODE)
    modes = {mode.value: mode for mode in MonitorMode}
    return modes.get(asked.lower()) if isinstance(asked, str) else None


def set_mute_on(request: RequestSetMuteOn, asker: Asker) -> Outcome:
    return _mute(request, asker, muted=True)


def set_mute_off(request: RequestSetMuteOff, asker: Asker) -> Outcome:
    return _mute(request, asker, muted=False)


def _mute(
    request: RequestSetMuteOn | RequestSetMuteOff, asker: Asker, *, muted: bool
) -> Outcome:
    return Outcome(
        commands.SetMute(
            dn=asker.registered(request.this_dn),
            conn_id=request.conn_id,
            muted=muted,
            mode=monitor_mode(request.extensions),
            because=because(request.reasons, request.extensions),
        )
    )


def listen_disconnect(request: RequestListenDisconnect, asker: Asker) -> Outcome:
    return Outcome(
        commands.SetListening(
            **_subject(request, asker), other=request.other_dn or "", listening=False
        )
    )


def listen_reconnect(request: RequestListenReconnect, asker: Asker) -> Outcome:
    return Outcome(
        commands.SetListening(
            **_subject(request, asker), other=request.other_dn or "", listening=True
        )
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestInitiateTransfer: initiate_transfer,
    RequestInitiateConference: initiate_conference,
    RequestCompleteTransfer: complete_transfer,
    RequestCompleteConference: complete_conference,
    RequestMuteTransfer: mute_transfer,
    RequestSingleStepTransfer: single_step_transfer,
    RequestSingleStepConference: single_step_conference,
    RequestDeleteFromConference: delete_from_conference,
    RequestAlternateCall: alternate_call,
    RequestReconnectCall: reconnect_call,
    RequestMergeCalls: merge_calls,
    RequestRedirectCall: redirect_call,
    RequestClearCall: clear_call,
    RequestSetMuteOn: set_mute_on,
    RequestSetMuteOff: set_mute_off,
    RequestListenDisconnect: listen_disconnect,
    RequestListenReconnect: listen_reconnect,
}
