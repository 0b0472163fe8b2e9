"""Requests of routers: routes, treatments, digits."""

from collections.abc import Callable, Mapping

from tlibproto.messages import (
    Request,
    RequestApplyTreatment,
    RequestCollectDigits,
    RequestGiveMusicTreatment,
    RequestGiveRingBackTreatment,
    RequestGiveSilenceTreatment,
    RequestRouteCall,
)
from tlibproto.vocabulary import KVList, RouteType, TreatmentType
from tlibsim.session.asker import Asker, Outcome, RequestFunction
from tlibsim.session.requests.calls import because, given
from tlibsim.switch import commands
from tlibsim.switch.refusals import Reason, RequestRefused

MUSIC_PARAMETER = "MUSIC_DN"


def route_call(request: RequestRouteCall, asker: Asker) -> Outcome:
    return Outcome(
        commands.RouteCall(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            to=request.other_dn or "",
            route_type=RouteType.Unknown if request.route_type is None else request.route_type,
            dnis=request.dnis,
            location=request.location or "",
            because=because(request.reasons, request.extensions),
        )
    )


def apply_treatment(request: RequestApplyTreatment, asker: Asker) -> Outcome:
    dn, conn_id = asker.registered(request.this_dn), given(request.conn_id)
    if request.treatment_type is None:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "TreatmentType is missing")
    return Outcome(
        commands.ApplyTreatment(
            dn=dn,
            conn_id=conn_id,
            treatment=request.treatment_type,
            parameters=request.treatment_parameters,
            because=because(request.reasons, request.extensions),
        )
    )


Give = RequestGiveMusicTreatment | RequestGiveRingBackTreatment | RequestGiveSilenceTreatment


def _give(treatment: TreatmentType) -> Callable[[Give, Asker], Outcome]:
    def give(request: Give, asker: Asker) -> Outcome:
        path = getattr(request, "music_path", None)
        return Outcome(
            commands.ApplyTreatment(
                dn=asker.registered(request.this_dn),
                conn_id=given(request.conn_id),
                treatment=treatment,
                parameters=KVList(((MUSIC_PARAMETER, path),)) if path else None,
                because=because(request.reasons, request.extensions),
            )
        )

    return give


def collect_digits(request: RequestCollectDigits, asker: Asker) -> Outcome:
    return Outcome(
        commands.CollectDigits(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            count=request.number_of_digits or 0,
            terminators=request.terminate_digits or "",
            timeout=request.timeout or 0,
            because=because(request.reasons, request.extensions),
        )
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestRouteCall: route_call,
    RequestApplyTreatment: apply_treatment,
    RequestGiveMusicTreatment: _give(TreatmentType.Music),
    RequestGiveRingBackTreatment: _give(TreatmentType.RingBack),
    RequestGiveSilenceTreatment: _give(TreatmentType.Silence),
    RequestCollectDigits: collect_digits,
}
