"""What can be done through the control API: a table of verbs, each with its body and its command.

A verb becomes the same command as a client's request would, so nothing can be done from here that
the switch would refuse (HOUSE.md 5).  Numbers that a body leaves out are found where only one fits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tlibproto.vocabulary import ConnId, Dn, ForwardMode, KVList, PartyState, connid_of
from tlibsim.config import DnType
from tlibsim.console import models
from tlibsim.console.lists import from_json
from tlibsim.console.simulator import Simulated
from tlibsim.recording.commands import (
    ControlCommand,
    PauseRecording,
    RecordSide,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.switch.commands import (
    AgentLogin,
    AgentLogout,
    AgentNotReady,
    AgentReady,
    AnswerCall,
    ArriveInbound,
    Because,
    CancelForward,
    ChangeUserData,
    ClearCall,
    CompleteConference,
    CompleteTransfer,
    Consult,
    DataChange,
    DeleteFromConference,
    FarAnswer,
    FarRelease,
    FarResult,
    HoldCall,
    MakeCall,
    PressDigits,
    Purpose,
    RedirectCall,
    ReleaseCall,
    RestoreBehavior,
    RetrieveCall,
    SendDtmf,
    SetBehavior,
    SetDnd,
    SetForward,
    SetInService,
    SetMessageWaiting,
    SetOutOfService,
    SetPhoneBusy,
    SingleStepConference,
    SingleStepTransfer,
)
from tlibsim.switch.facts import CallView


class NotFoundError(LookupError):
    """Nothing of that name is there; the text says what was asked for and what there is."""


class UnclearError(ValueError):
    """The body leaves open what it is about; the text names the candidates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """``command`` makes the command from the simulator, the subject and the checked body."""

    body: type[models.Body]
    command: Callable[[Simulated, Any, Any], object]
    help: str


def find_call(simulated: Simulated, name: str) -> CallView:
    """The live call of a ConnID (16 hex digits), a call number, or ``last``; raises NotFoundError."""
    calls = simulated.calls()
    if name == "last" and calls:
        return calls[-1]
    for view in calls:
        if name.isdigit() and int(name) == view.call_id:
            return view
    found = simulated.call(conn_id_of(name)) if name != "last" else None
    if found is None:
        there = ", ".join(str(view.call_id) for view in calls[:10]) or "none"
        raise NotFoundError(f"no live call {name!r}; live calls: {there}")
    return found


def conn_id_of(name: str) -> ConnId:
    """The ConnID of 16 hex digits; raises NotFoundError for anything else."""
    try:
        return connid_of(name)
    except ValueError:
        raise NotFoundError(
            f"no live call {name!r}: a call is named by its number, its ConnID, or 'last'"
        ) from None


def find_dn(simulated: Simulated, dn: str) -> Dn:
    """The DN if it is configured; raises NotFoundError."""
    if simulated.switch.device(dn) is None:
        raise NotFoundError(f"no DN {dn!r} is configured")
    return Dn(dn)


_INSIDE = frozenset(
    {PartyState.Connected, PartyState.Held, PartyState.Dialing, PartyState.Alerting}
)


def _at(call: CallView, dn: str, *states: PartyState) -> Dn:
    """The DN named, or the only one inside that is in one of the states."""
    if dn:
        return Dn(dn)
    wanted = frozenset(states) or _INSIDE
    fitting = [p.dn for p in call.parties if not p.outside and p.state in wanted]
    if len(fitting) == 1:
        return fitting[0]
    words = " or ".join(sorted(state.name for state in wanted))
    there = ", ".join(f"{p.dn} is {p.state.name}" for p in call.parties) or "nobody is there"
    raise UnclearError(f"dn: name the DN; not exactly one is {words} ({there})")


def _list(document: Any) -> KVList | None:
    return None if document is None else from_json(document)


def _because(body: models.Reason) -> Because | None:
    return None if body.reasons is None else Because(reasons=from_json(body.reasons, "reasons"))


def new_call(simulated: Simulated, body: models.NewCall) -> object:
    """The command for a new call; raises NotFoundError, WrongValueError."""
    inside = body.via != "trunk" and simulated.switch.device(body.from_) is not None
    if body.via == "dn" or inside:
        origin = find_dn(simulated, body.from_)
        return MakeCall(dn=origin, to=body.to, user_data=_list(body.userdata))
    return ArriveInbound(
        caller=body.from_ or simulated.settings.external.caller,
        to=Dn(body.to),
        dnis=body.dnis,
        trunk=body.trunk,
        user_data=_list(body.userdata),
    )


def _release(_: Simulated, call: CallView, body: models.Release) -> object:
    if body.by == "remote":
        return FarRelease(conn_id=call.conn_id)
    return ReleaseCall(dn=_at(call, body.dn), conn_id=call.conn_id)


def _attach(_: Simulated, call: CallView, body: models.Attachment) -> object:
    return ChangeUserData(
        conn_id=call.conn_id,
        change=DataChange.UPDATE,
        dn=Dn(body.dn) if body.dn else None,
        pairs=from_json(body.userdata),
    )


def _digits(_: Simulated, call: CallView, body: models.Digits) -> object:
    if body.dn:
        return SendDtmf(dn=Dn(body.dn), conn_id=call.conn_id, digits=body.digits)
    return PressDigits(conn_id=call.conn_id, digits=body.digits)


def _consult(purpose: Purpose) -> Callable[[Simulated, CallView, models.Onward], object]:
    def command(_: Simulated, call: CallView, body: models.Onward) -> object:
        return Consult(
            dn=_at(call, body.dn, PartyState.Connected),
            conn_id=call.conn_id,
            to=body.to,
            purpose=purpose,
            user_data=_list(body.userdata),
        )

    return command


def _single_step(
    kind: type[SingleStepTransfer] | type[SingleStepConference],
) -> Callable[[Simulated, CallView, models.Onward], object]:
    def command(_: Simulated, call: CallView, body: models.Onward) -> object:
        return kind(
            dn=_at(call, body.dn, PartyState.Connected),
            conn_id=call.conn_id,
            to=body.to,
            user_data=_list(body.userdata),
        )

    return command


def _complete(
    kind: type[CompleteTransfer] | type[CompleteConference],
) -> Callable[[Simulated, CallView, models.Completion], object]:
    def command(_: Simulated, call: CallView, body: models.Completion) -> object:
        consult = conn_id_of(body.consult) if body.consult else None
        return kind(
            dn=_at(call, body.dn, PartyState.Held),
            conn_id=call.conn_id,
            consult_conn_id=consult,
        )

    return command


CALL_VERBS: Mapping[str, Verb] = {
    "answer": Verb(
        body=models.AtDn,
        command=lambda _, call, body: AnswerCall(
            dn=_at(call, body.dn, PartyState.Alerting), conn_id=call.conn_id
        ),
        help="Answer where it rings.",
    ),
    "release": Verb(body=models.Release, command=_release, help="Hang up."),
    "clear": Verb(
        body=models.AtDn,
        command=lambda _, call, body: ClearCall(dn=_at(call, body.dn), conn_id=call.conn_id),
        help="End the call for everybody.",
    ),
    "hold": Verb(
        body=models.AtDn,
        command=lambda _, call, body: HoldCall(
            dn=_at(call, body.dn, PartyState.Connected), conn_id=call.conn_id
        ),
        help="Put on hold.",
    ),
    "retrieve": Verb(
        body=models.AtDn,
        command=lambda _, call, body: RetrieveCall(
            dn=_at(call, body.dn, PartyState.Held), conn_id=call.conn_id
        ),
        help="Take back from hold.",
    ),
    "redirect": Verb(
        body=models.Onward,
        command=lambda _, call, body: RedirectCall(
            dn=_at(call, body.dn, PartyState.Alerting), conn_id=call.conn_id, to=body.to
        ),
        help="Send a ringing call somewhere else.",
    ),
    "transfer": Verb(
        body=models.Onward,
        command=_single_step(SingleStepTransfer),
        help="Transfer in a single step.",
    ),
    "conference": Verb(
        body=models.Onward,
        command=_single_step(SingleStepConference),
        help="Add a party in a single step.",
    ),
    "consult": Verb(
        body=models.Onward,
        command=_consult(Purpose.TRANSFER),
        help="Hold, and call somebody before a transfer.",
    ),
    "consult-conference": Verb(
        body=models.Onward,
        command=_consult(Purpose.CONFERENCE),
        help="Hold, and call somebody before a conference.",
    ),
    "complete-transfer": Verb(
        body=models.Completion,
        command=_complete(CompleteTransfer),
        help="Connect the held party with the one consulted.",
    ),
    "complete-conference": Verb(
        body=models.Completion,
        command=_complete(CompleteConference),
        help="Make a conference of the two calls.",
    ),
    "remove": Verb(
        body=models.Onward,
        command=lambda _, call, body: DeleteFromConference(
            dn=_at(call, body.dn, PartyState.Connected), conn_id=call.conn_id, other=body.to
        ),
        help="Remove the party 'to' from a conference.",
    ),
    "attach": Verb(body=models.Attachment, command=_attach, help="Add to the user data."),
    "digits": Verb(body=models.Digits, command=_digits, help="Press keys."),
    "far-answer": Verb(
        body=models.FarAnswering,
        command=lambda _, call, body: FarAnswer(
            conn_id=call.conn_id, result=FarResult(body.result)
        ),
        help="The party outside answers.",
    ),
}
"""By verb: ``POST /api/v1/calls/{call}/{verb}``."""


def _whose(simulated: Simulated, dn: Dn, number: str) -> dict[str, Any]:
    """The DN itself, or a number outside that is reached by this trunk; raises UnclearError."""
    device = simulated.switch.device(dn)
    if not number:
        return {"dn": dn}
    if device is None or device.settings.type is not DnType.TRUNK:
        raise UnclearError(f"number: goes with a trunk, and {dn} is none")
    return {"number": number}


def _dn_verb(
    command: Callable[[Dn, Any], object], text: str, body: type[models.Body] = models.Nothing
) -> Verb:
    return Verb(body=body, command=lambda _, dn, given: command(dn, given), help=text)


DN_VERBS: Mapping[str, Verb] = {
    "in-service": _dn_verb(lambda dn, _: SetInService(dn=dn), "Bring it back into service."),
    "out-of-service": _dn_verb(lambda dn, _: SetOutOfService(dn=dn), "Take it out of service."),
    "busy": _dn_verb(
        lambda dn, _: SetPhoneBusy(dn=dn, busy=True), "The telephone takes no call (486)."
    ),
    "idle": _dn_verb(
        lambda dn, _: SetPhoneBusy(dn=dn, busy=False), "The telephone takes calls again."
    ),
    "answer": _dn_verb(lambda dn, _: AnswerCall(dn=dn), "Answer whatever rings there."),
    "dnd-on": _dn_verb(lambda dn, _: SetDnd(dn=dn, on=True), "Do not disturb."),
    "dnd-off": _dn_verb(lambda dn, _: SetDnd(dn=dn, on=False), "May be disturbed."),
    "mwi-on": _dn_verb(lambda dn, _: SetMessageWaiting(dn=dn, on=True), "Messages wait."),
    "mwi-off": _dn_verb(lambda dn, _: SetMessageWaiting(dn=dn, on=False), "No message waits."),
    "forward": _dn_verb(
        lambda dn, body: SetForward(dn=dn, mode=ForwardMode[body.mode], to=body.to),
        "Send its calls somewhere else.",
        models.Forwarding,
    ),
    "cancel-forward": _dn_verb(lambda dn, _: CancelForward(dn=dn), "Forward no more."),
    "behave": Verb(
        body=models.Behavior,
        command=lambda simulated, dn, body: SetBehavior(
            **_whose(simulated, dn, body.number), **body.said()
        ),
        help="What its telephone, or the far end of the trunk, does by itself from now on.",
    ),
    "restore": Verb(
        body=models.Whose,
        command=lambda simulated, dn, body: RestoreBehavior(
            **_whose(simulated, dn, body.number)
        ),
        help="It behaves again as the configuration says.",
    ),
}
"""By verb: ``POST /api/v1/dns/{dn}/{verb}``."""


def agent_dn(simulated: Simulated, agent_id: str) -> Dn:
    """Where an agent is logged in; raises NotFoundError."""
    agent = simulated.switch.floor.agents.get(agent_id)
    if agent is None:
        raise NotFoundError(f"agent {agent_id!r} is not logged in")
    return agent.device.dn


def _login(simulated: Simulated, agent_id: str, body: models.Login) -> object:
    configured = simulated.settings.agents.get(agent_id)
    dn = body.dn or (configured.dn if configured is not None else "")
    if not dn:
        raise UnclearError(f"dn: agent {agent_id!r} has no DN of its own; name one")
    return AgentLogin(
        dn=Dn(dn), agent_id=agent_id, queue=Dn(body.queue) if body.queue else None
    )


def _agent_verb(command: Callable[[Dn, models.Reason], object], text: str) -> Verb:
    return Verb(
        body=models.Reason,
        command=lambda simulated, agent_id, body: command(agent_dn(simulated, agent_id), body),
        help=text,
    )


AGENT_VERBS: Mapping[str, Verb] = {
    "login": Verb(body=models.Login, command=_login, help="Log in."),
    "logout": _agent_verb(
        lambda dn, body: AgentLogout(dn=dn, queue=_queue(body), because=_because(body)),
        "Log out.",
    ),
    "ready": _agent_verb(
        lambda dn, body: AgentReady(dn=dn, queue=_queue(body), because=_because(body)),
        "Take calls.",
    ),
    "not-ready": _agent_verb(
        lambda dn, body: AgentNotReady(dn=dn, queue=_queue(body), because=_because(body)),
        "Take no calls.",
    ),
}
"""By verb: ``POST /api/v1/agents/{agent}/{verb}``."""


def _queue(body: models.Reason) -> Dn | None:
    return Dn(body.queue) if body.queue else None


def _start(_: Simulated, call: CallView, body: models.StartOfRecording) -> object:
    return StartRecording(
        dn=_talking(call, body.dn),
        conn_id=call.conn_id,
        side=RecordSide(body.record),
        record_id=body.id,
        dest=body.dest,
        dest2=body.dest2,
        params=tuple(body.params.items()),
    )


def _talking(call: CallView, dn: str) -> Dn:
    """The DN named, or the one inside that was answered first."""
    if dn:
        return Dn(dn)
    inside = [
        party
        for party in call.parties
        if not party.outside and party.state in (PartyState.Connected, PartyState.Held)
    ]
    if not inside:
        raise UnclearError("dn: nobody inside is on the call")
    return inside[0].dn


def _control(
    kind: Callable[..., ControlCommand],
) -> Callable[[Simulated, CallView, Any], object]:
    def command(_: Simulated, call: CallView, body: models.ControlOfRecording) -> object:
        return kind(dn=_talking(call, body.dn), conn_id=call.conn_id, record_id=body.id)

    return command


RECORDING_VERBS: Mapping[str, Verb] = {
    "start": Verb(
        body=models.StartOfRecording, command=_start, help="Start (as message 3013)."
    ),
    "stop": Verb(
        body=models.ControlOfRecording, command=_control(StopRecording), help="Stop (3014)."
    ),
    "pause": Verb(
        body=models.ControlOfRecording, command=_control(PauseRecording), help="Pause (3015)."
    ),
    "resume": Verb(
        body=models.ControlOfRecording, command=_control(ResumeRecording), help="Go on (3016)."
    ),
}
"""By verb: ``POST /api/v1/recordings/{call}/{verb}``."""
