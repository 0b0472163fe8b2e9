"""What may be asked of the switch, by family.  A command is a frozen dataclass."""

from tlibsim.switch.commands.calls import (
    AnswerCall,
    ArriveInbound,
    Because,
    ChangeUserData,
    DataChange,
    FarAnswer,
    FarRelease,
    FarResult,
    HoldCall,
    MakeCall,
    PressDigits,
    ReleaseCall,
    RetrieveCall,
    SendDtmf,
    SetPhoneBusy,
)

__all__ = [
    "AnswerCall",
    "ArriveInbound",
    "Because",
    "ChangeUserData",
    "DataChange",
    "FarAnswer",
    "FarRelease",
    "FarResult",
    "HoldCall",
    "MakeCall",
    "PressDigits",
    "ReleaseCall",
    "RetrieveCall",
    "SendDtmf",
    "SetPhoneBusy",
]
