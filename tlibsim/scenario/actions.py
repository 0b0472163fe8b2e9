"""Actions of a scenario: which words each takes, and the command that it becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tlibproto.vocabulary import EMPTY_KVLIST, ConnId, Dn, KVList, connid_of
from tlibsim.persona.commands import (
    AcceptInvites,
    ConnectAgain,
    DropConnection,
    LoseLegs,
    RefuseInvites,
)
from tlibsim.ports.scripts import (
    FailMediaServer,
    FailMediaService,
    FailRecorder,
    LoseRecorder,
    MendMediaService,
    MendRecorder,
)
from tlibsim.recording.commands import FailConnector, SetMediaService
from tlibsim.scenario import behavior
from tlibsim.scenario.steps import Action, AnyAction, MediaAction, PersonaAction, Repair
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    FarAnswer,
    FarRelease,
    FarResult,
    PressDigits,
    SetPhoneBusy,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionWords:
    """The arguments of an action: those it must have and those it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


WORDS: Mapping[AnyAction, ActionWords] = MappingProxyType(
    {
        Action.INBOUND: ActionWords(required=("from", "to"), optional=("dnis", "ud", "trunk")),
        Action.FAR_ANSWER: ActionWords(required=("conn",), optional=("result",)),
        Action.FAR_RELEASE: ActionWords(required=("conn",)),
        Action.PHONE_ANSWER: ActionWords(required=("dn",)),
        Action.MAKE_BUSY: ActionWords(required=("dn",)),
        Action.MAKE_IDLE: ActionWords(required=("dn",)),
        Action.DIGITS: ActionWords(required=("conn", "digits")),
        Action.WAIT: ActionWords(required=("seconds",)),
        Action.DISCONNECT_CLIENT: ActionWords(required=("client",)),
        Action.SET_BEHAVIOR: ActionWords(
            required=(), optional=(*behavior.WHO, *behavior.WORDS)
        ),
        Action.RESTORE_BEHAVIOR: ActionWords(required=(), optional=behavior.WHO),
        MediaAction.RECORDER: ActionWords(
            required=(), optional=("address", "code", "times", "keep")
        ),
        MediaAction.LEGS: ActionWords(required=(), optional=("address",)),
        MediaAction.MCP: ActionWords(required=()),
        MediaAction.MEDIA_SERVICE: ActionWords(required=(), optional=("known",)),
        MediaAction.CONNECTOR: ActionWords(required=()),
        Repair.RECORDER: ActionWords(required=(), optional=("address",)),
        Repair.MEDIA_SERVICE: ActionWords(required=(), optional=("known",)),
        PersonaAction.REFUSE_INVITES: ActionWords(required=(), optional=("code",)),
        PersonaAction.ACCEPT_INVITES: ActionWords(required=()),
        PersonaAction.LOSE_LEGS: ActionWords(required=()),
        PersonaAction.DISCONNECT: ActionWords(required=()),
        PersonaAction.CONNECT: ActionWords(required=()),
    }
)

Arguments = Mapping[str, str | KVList]
"""Resolved arguments: texts, a ConnID as 16 hex digits, user data as a list."""


def command_of(action: AnyAction, arguments: Arguments) -> object:
    """The command of the model for an action; those of the runner itself are not listed."""
    return _COMMANDS[action](arguments)


def _text(arguments: Arguments, word: str) -> str:
    return str(arguments.get(word, ""))


def _conn(arguments: Arguments) -> ConnId:
    return connid_of(_text(arguments, "conn"))


def _inbound(arguments: Arguments) -> object:
    data = arguments.get("ud", EMPTY_KVLIST)
    return ArriveInbound(
        caller=_text(arguments, "from"),
        to=Dn(_text(arguments, "to")),
        dnis=_text(arguments, "dnis"),
        trunk=_text(arguments, "trunk"),
        user_data=data if isinstance(data, KVList) and data else None,
    )


def _far_answer(arguments: Arguments) -> object:
    word = _text(arguments, "result") or FarResult.HUMAN.value
    return FarAnswer(conn_id=_conn(arguments), result=FarResult(word))


def _number(arguments: Arguments, word: str, otherwise: int) -> int:
    return int(_text(arguments, word) or otherwise)


_REFUSED = 486


def _is_known(arguments: Arguments) -> bool:
    """Whether the server knows that no media server answers, before it accepts a start."""
    return _text(arguments, "known") != "false"


def _fail_recorder(arguments: Arguments) -> object:
    return FailRecorder(
        address=_text(arguments, "address"),
        code=_number(arguments, "code", _REFUSED),
        times=_number(arguments, "times", 0),
        keep=_text(arguments, "keep") == "true",
    )


_COMMANDS: Mapping[AnyAction, Callable[[Arguments], object]] = MappingProxyType(
    {
        Action.INBOUND: _inbound,
        Action.FAR_ANSWER: _far_answer,
        Action.FAR_RELEASE: lambda words: FarRelease(conn_id=_conn(words)),
        Action.PHONE_ANSWER: lambda words: AnswerCall(dn=Dn(_text(words, "dn"))),
        Action.MAKE_BUSY: lambda words: SetPhoneBusy(dn=Dn(_text(words, "dn")), busy=True),
        Action.MAKE_IDLE: lambda words: SetPhoneBusy(dn=Dn(_text(words, "dn")), busy=False),
        Action.DIGITS: lambda words: PressDigits(
            conn_id=_conn(words), digits=_text(words, "digits")
        ),
        Action.SET_BEHAVIOR: behavior.set_behavior,
        Action.RESTORE_BEHAVIOR: behavior.restore_behavior,
        MediaAction.RECORDER: _fail_recorder,
        MediaAction.LEGS: lambda words: LoseRecorder(address=_text(words, "address")),
        MediaAction.MCP: lambda _: FailMediaServer(),
        MediaAction.MEDIA_SERVICE: lambda words: (
            SetMediaService(up=False) if _is_known(words) else FailMediaService()
        ),
        MediaAction.CONNECTOR: lambda _: FailConnector(),
        Repair.RECORDER: lambda words: MendRecorder(address=_text(words, "address")),
        Repair.MEDIA_SERVICE: lambda words: (
            SetMediaService(up=True) if _is_known(words) else MendMediaService()
        ),
        PersonaAction.REFUSE_INVITES: lambda words: RefuseInvites(
            code=_number(words, "code", _REFUSED)
        ),
        PersonaAction.ACCEPT_INVITES: lambda _: AcceptInvites(),
        PersonaAction.LOSE_LEGS: lambda _: LoseLegs(),
        PersonaAction.DISCONNECT: lambda _: DropConnection(),
        PersonaAction.CONNECT: lambda _: ConnectAgain(),
    }
)
