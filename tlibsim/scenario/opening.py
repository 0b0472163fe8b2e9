"""Before step 1: the clients of the bed open and register, the ``given`` state is reached."""

from collections.abc import Collection

from tlibproto.messages import RequestPrivateService, RequestRegisterAddress
from tlibproto.vocabulary import (
    AddressType,
    CallType,
    ControlMode,
    Dn,
    KVList,
    MessageId,
    PartyState,
    PrivateServiceId,
    RegisterMode,
    connid_text,
)
from tlibsim.config import Settings
from tlibsim.config.sites import second_settings
from tlibsim.scenario.building import list_of
from tlibsim.scenario.cast import Cast, StepError
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_message
from tlibsim.scenario.steps import Given
from tlibsim.scenario.terms import NO_BINDINGS, Bindings, Pairs
from tlibsim.session.dnstatus import ADDRESS_TYPES
from tlibsim.switch.commands import AnswerCall, ArriveInbound, MakeCall
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import RequestRefused

ANSWER_SECONDS = 2.0
_KEY, _ON = "GSIP_RECORD", "on"


async def open_clients(
    cast: Cast, settings: Settings, others: Collection[str] = frozenset()
) -> None:
    """Open the clients of the bed in order; each registers its DNs (scenarios.yml, run).

    The persona takes the place of the client of its name; ``others`` connect by themselves.
    """
    for client, dns in settings.clients.items():
        if client in others:
            continue
        if settings.persona is not None and client == settings.persona.name:
            continue
        await cast.open(client)
        for dn in dns:
            await _register(cast, client, dn, settings)
    second = second_settings(settings)
    if second is not None:
        await open_clients(cast, second)


async def reach(given: Given, cast: Cast, settings: Settings) -> Bindings:
    """Bring about the call, and its recording, before the first step."""
    conn_id = await _establish(given, cast, settings)
    bindings = NO_BINDINGS.bound(given.conn, conn_id)
    if given.record is not None:
        await _record(given, given.record, conn_id, cast, settings)
    return bindings


async def _register(cast: Cast, client: str, dn: str, settings: Settings) -> None:
    reference = cast.reference()
    request = RequestRegisterAddress(
        this_dn=Dn(dn),
        register_mode=RegisterMode.ModeShare,
        control_mode=ControlMode.RegisterDefault,
        address_type=_address_type(dn, settings),
        reference_id=reference,
    )
    cast.send(client, request)
    answer = await cast.answer(client, reference, ANSWER_SECONDS)
    if answer is None or answer.message_id != MessageId.EventRegistered:
        came = "nothing came" if answer is None else shown_message(answer)
        raise _unreached(f"client {client} registers {dn}", Place(), came)


def _address_type(dn: str, settings: Settings) -> AddressType:
    known = settings.dns.get(dn)
    return AddressType.DN if known is None else ADDRESS_TYPES.get(known.type, AddressType.DN)


async def _establish(given: Given, cast: Cast, settings: Settings) -> str:
    """The call from a to b; the phones do it, so nothing has a ReferenceID."""
    data = _user_data(given)
    if given.a in settings.dns:
        command: object = MakeCall(dn=Dn(given.a), to=given.b, user_data=data)
    else:
        dnis = given.dnis or settings.external.dialled
        command = ArriveInbound(caller=given.a, to=Dn(given.b), dnis=dnis, user_data=data)
    earlier = {call.conn_id for call in cast.stage.calls()}
    await _perform(command, f"a call from {given.a} to {given.b}", given, cast)
    await _perform(AnswerCall(dn=Dn(given.b)), f"{given.b} answers", given, cast)
    calls = [call for call in cast.stage.calls() if call.conn_id not in earlier]
    if len(calls) != 1 or not _is_answered(calls[0], given.b):
        raise _unreached(f"a call at {given.b}", given.place, "it is not established")
    _check_type(calls[0], given)
    return connid_text(calls[0].conn_id)


def _user_data(given: Given) -> KVList | None:
    if isinstance(given.user_data, Pairs):
        return list_of(given.user_data, NO_BINDINGS)
    return None


def _is_answered(call: CallView, dn: str) -> bool:
    party = call.party(dn)
    return party is not None and party.state == PartyState.Connected


def _check_type(call: CallView, given: Given) -> None:
    if given.call_type is not None and call.call_type != given.call_type:
        wanted = CallType(given.call_type).name
        note = f"its CallType is {CallType(call.call_type).name}, not {wanted}"
        raise _unreached("the call", given.place, note)


async def _perform(command: object, what: str, given: Given, cast: Cast) -> None:
    try:
        cast.stage.perform(command)
    except RequestRefused as error:
        raise _unreached(what, given.place, f"the switch refused: {error}") from error
    await cast.settle()


async def _record(
    given: Given, side: str, conn_id: str, cast: Cast, settings: Settings
) -> None:
    """Client ``by`` asks for the recording, and GSIP_RECORD is On afterwards."""
    client = given.by or _first_with(given.b, cast, settings)
    call = next(one for one in cast.stage.calls() if connid_text(one.conn_id) == conn_id)
    own = [dn for dn in cast.registered(client) if call.party(dn) is not None]
    if not own:
        note = f"client {client or 'by'} has no DN that is on the call"
        raise _unreached("the recording", given.place, note)
    reference = cast.reference()
    request = RequestPrivateService(
        private_msg_id=PrivateServiceId(3013),
        this_dn=Dn(own[0]),
        conn_id=call.conn_id,
        extensions=KVList.of(record=side),
        reference_id=reference,
    )
    cast.send(client, request)
    answer = await cast.answer(client, reference, ANSWER_SECONDS)
    if answer is None or answer.message_id != MessageId.EventACK:
        came = "nothing came" if answer is None else shown_message(answer)
        raise _unreached("the recording", given.place, came)
    await cast.settle()
    _check_recorded(given, conn_id, cast)


def _check_recorded(given: Given, conn_id: str, cast: Cast) -> None:
    for call in cast.stage.calls():
        if connid_text(call.conn_id) == conn_id:
            value = call.user_data.first(_KEY)
            if isinstance(value, str) and value.lower() == _ON:
                return
    raise _unreached("the recording", given.place, f"{_KEY} is not On")


def _first_with(dn: str, cast: Cast, settings: Settings) -> str:
    return next((name for name in settings.clients if dn in cast.registered(name)), "")


def _unreached(what: str, place: Place, note: str) -> StepError:
    return StepError(
        Difference(verdict=Verdict.GIVEN, subject=what, place=place, notes=(note,))
    )
