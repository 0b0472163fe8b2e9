"""Requests about calls, turned into commands.  Who may ask is checked here, the rest in the model."""

from collections.abc import Mapping

from tlibproto.messages import (
    Request,
    RequestAnswerCall,
    RequestHoldCall,
    RequestMakeCall,
    RequestReleaseCall,
    RequestRetrieveCall,
    RequestSendDtmf,
)
from tlibproto.vocabulary import ConnId, KVList
from tlibsim.session.asker import Asker, Outcome, RequestFunction
from tlibsim.switch import commands
from tlibsim.switch.commands import Because
from tlibsim.switch.refusals import Reason, RequestRefused


def because(reasons: KVList | None, extensions: KVList | None) -> Because | None:
    """What events that answer the request repeat; None when there is nothing."""
    if reasons is None and extensions is None:
        return None
    return Because(reasons=reasons, extensions=extensions)


def given(conn_id: ConnId | None) -> ConnId:
    """The ConnID of a request that needs one; raises RequestRefused(INVALID_CONN_ID)."""
    if conn_id is None:
        raise RequestRefused(Reason.INVALID_CONN_ID, "ConnID is missing")
    return conn_id


def make_call(request: RequestMakeCall, asker: Asker) -> Outcome:
    return Outcome(
        commands.MakeCall(
            dn=asker.registered(request.this_dn),
            to=request.other_dn or "",
            user_data=request.user_data,
            location=request.location or "",
            because=because(request.reasons, request.extensions),
        )
    )


def answer_call(request: RequestAnswerCall, asker: Asker) -> Outcome:
    return Outcome(
        commands.AnswerCall(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            because=because(request.reasons, request.extensions),
        )
    )


def release_call(request: RequestReleaseCall, asker: Asker) -> Outcome:
    return Outcome(
        commands.ReleaseCall(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            because=because(request.reasons, request.extensions),
        )
    )


def hold_call(request: RequestHoldCall, asker: Asker) -> Outcome:
    return Outcome(
        commands.HoldCall(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            because=because(request.reasons, request.extensions),
        )
    )


def retrieve_call(request: RequestRetrieveCall, asker: Asker) -> Outcome:
    return Outcome(
        commands.RetrieveCall(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            because=because(request.reasons, request.extensions),
        )
    )


def send_dtmf(request: RequestSendDtmf, asker: Asker) -> Outcome:
    return Outcome(
        commands.SendDtmf(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            digits=request.dtmf_digits or "",
            because=because(request.reasons, request.extensions),
        )
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestMakeCall: make_call,
    RequestAnswerCall: answer_call,
    RequestReleaseCall: release_call,
    RequestHoldCall: hold_call,
    RequestRetrieveCall: retrieve_call,
    RequestSendDtmf: send_dtmf,
}
