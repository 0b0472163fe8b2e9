"""Where the rule for each message is written, and where the emulator only comes near it.

The tables behind ``coverage``: by section of a document, the messages without their prefixes.
"""

from collections.abc import Mapping

REQUESTS: Mapping[str, str] = {
    "WIRE.md 4, 10.2": "RegisterClient",
    "BEHAVIOUR.md 3.1": "RegisterAddress UnregisterAddress SetInputMask",
    "BEHAVIOUR.md 3.5": "QueryServer QueryAddress QueryCall QuerySwitch QueryLocation",
    "BEHAVIOUR.md 3.6": "StartCallMonitoring StopCallMonitoring",
    "BEHAVIOUR.md 3.7": "GetAccessNumber CancelReqGetAccessNumber TransactionMonitoring"
    " ReserveAgentAndGetAccessNumber",
    "BEHAVIOUR.md 2.1": "AgentLogin AgentLogout AgentReady AgentNotReady AgentSetIdleReason",
    "BEHAVIOUR.md 2.4": "ReserveAgent",
    "BEHAVIOUR.md 1.17": "SetDNDOn SetDNDOff CallForwardSet CallForwardCancel"
    " SetMessageWaitingOn SetMessageWaitingOff",
    "BEHAVIOUR.md 1.2": "MakeCall AnswerCall ReleaseCall SendDtmf",
    "BEHAVIOUR.md 1.16": "MakePredictiveCall",
    "BEHAVIOUR.md 1.6": "HoldCall RetrieveCall",
    "BEHAVIOUR.md 1.7": "InitiateTransfer CompleteTransfer MuteTransfer",
    "BEHAVIOUR.md 1.8": "SingleStepTransfer",
    "BEHAVIOUR.md 1.9": "InitiateConference CompleteConference",
    "BEHAVIOUR.md 1.10": "SingleStepConference",
    "BEHAVIOUR.md 1.11": "DeleteFromConference",
    "BEHAVIOUR.md 1.12": "AlternateCall ReconnectCall MergeCalls RedirectCall ClearCall"
    " SetCallInfo",
    "BEHAVIOUR.md 1.14": "RouteCall",
    "BEHAVIOUR.md 1.15": "ApplyTreatment CollectDigits GiveMusicTreatment"
    " GiveSilenceTreatment GiveRingBackTreatment",
    "BEHAVIOUR.md 1.18": "MonitorNextCall CancelMonitoring",
    "BEHAVIOUR.md 1.19": "ListenDisconnect ListenReconnect SetMuteOn SetMuteOff",
    "BEHAVIOUR.md 1.20": "NetworkConsult NetworkAlternate NetworkTransfer NetworkMerge"
    " NetworkReconnect NetworkSingleStepTransfer NetworkPrivateService",
    "BEHAVIOUR.md 4": "AttachUserData UpdateUserData DeleteUserData DeletePair",
    "BEHAVIOUR.md 5": "DistributeUserEvent SendEvent",
    "RECORDING.md 3": "PrivateService",
    "WIRE.md 9": "LostBackupConnection",
    "messages.yml": "RegisterAll UnregisterAll SendReturnReceipt SetDNInfo LoginMailBox"
    " LogoutMailBox OpenVoiceFile CloseVoiceFile PlayVoiceFile",
}

EVENTS: Mapping[str, str] = {
    "WIRE.md 4": "LinkConnected LinkDisconnected",
    "WIRE.md 9": "RestoreConnection PrimaryChanged",
    "BEHAVIOUR.md 6": "Error",
    "BEHAVIOUR.md 5": "ACK UserEvent PrivateInfo",
    "BEHAVIOUR.md 3.2": "Registered Unregistered",
    "BEHAVIOUR.md 3.5": "AddressInfo ServerInfo PartyInfo SwitchInfo LocationInfo",
    "BEHAVIOUR.md 3.6": "CallCreated CallDataChanged CallDeleted CallPartyAdded"
    " CallPartyState CallPartyMoved CallPartyDeleted",
    "BEHAVIOUR.md 3.7": "AnswerAccessNumber ReqGetAccessNumberCanceled"
    " RemoteConnectionSuccess RemoteConnectionFailed TransactionStatus",
    "BEHAVIOUR.md 2.1": "AgentLogin AgentLogout AgentReady AgentNotReady QueueLogout"
    " AgentIdleReasonSet",
    "BEHAVIOUR.md 2.2": "AgentAfterCallWork",
    "BEHAVIOUR.md 2.4": "AgentReserved",
    "BEHAVIOUR.md 1.2": "Dialing Ringing Established Released OffHook OnHook DtmfSent",
    "BEHAVIOUR.md 1.3": "Abandoned",
    "BEHAVIOUR.md 1.4": "NetworkReached",
    "BEHAVIOUR.md 1.5": "DestinationBusy",
    "BEHAVIOUR.md 1.6": "Held Retrieved",
    "BEHAVIOUR.md 1.7": "PartyChanged",
    "BEHAVIOUR.md 1.9": "PartyAdded",
    "BEHAVIOUR.md 1.11": "PartyDeleted",
    "BEHAVIOUR.md 1.12": "CallInfoChanged Bridged",
    "BEHAVIOUR.md 1.13": "Queued Diverted",
    "BEHAVIOUR.md 1.14": "RouteRequest RouteUsed",
    "BEHAVIOUR.md 1.15": "TreatmentApplied TreatmentNotApplied TreatmentEnd"
    " TreatmentRequired DigitsCollected",
    "BEHAVIOUR.md 1.17": "DNDOn DNDOff ForwardSet ForwardCancel MessageWaitingOn"
    " MessageWaitingOff",
    "BEHAVIOUR.md 1.18": "MonitoringNextCall MonitoringCancelled",
    "BEHAVIOUR.md 1.19": "ListenDisconnected ListenReconnected MuteOn MuteOff",
    "BEHAVIOUR.md 1.20": "DNOutOfService DNBackInService HardwareError NetworkCallStatus"
    " NetworkPrivateInfo ResourceAllocated ResourceFreed ResourceInfo",
    "BEHAVIOUR.md 4.4": "AttachedDataChanged",
    "messages.yml": "ServerConnected ServerDisconnected RegisteredAll UnregisteredAll"
    " ReturnReceipt MailBoxLogin MailBoxLogout VoiceFileOpened VoiceFileClosed"
    " VoiceFileEndPlay Reserved_1 Reserved_2 Reserved_3 Reserved_4 Reserved_5 Reserved_6"
    " Reserved_7",
}

APPROXIMATE: Mapping[str, str] = {
    "RequestGetAccessNumber": "route types are direct or by number; it is kept until used",
    "EventAnswerAccessNumber": "route types are direct or by number; it is kept until used",
    **dict.fromkeys(
        (
            "RequestNetworkConsult",
            "RequestNetworkAlternate",
            "RequestNetworkTransfer",
            "RequestNetworkMerge",
            "RequestNetworkReconnect",
            "RequestNetworkSingleStepTransfer",
            "EventNetworkCallStatus",
        ),
        "with the option network, else EventError 51; order of events is our reading",
    ),
    "RequestTransactionMonitoring": "steps of crossings by access number; our own keys",
    "EventTransactionStatus": "steps of crossings by access number; our own keys",
    "RequestQuerySwitch": "the switch has no classifiers, so their numbers are 0",
    "RequestQueryAddress": "kinds of information beside those of BEHAVIOUR.md 3.5 are refused",
    "RequestQueryCall": "keys of the list of parties are our own",
    "EventPartyInfo": "keys of the list of parties are our own",
    "EventSwitchInfo": "the switch has no classifiers, so their numbers are 0",
    "EventLocationInfo": "name of the location, and whether there is a link: our own key",
    "RequestQueryLocation": "name of the location, and whether there is a link: our own key",
    "RequestPrivateService": "services 3013 to 3016 only",
    "EventCallPartyAdded": "order and RefParty are our reading",
    "EventCallPartyState": "order and RefParty are our reading",
    "EventCallPartyMoved": "order and RefParty are our reading",
    "EventCallPartyDeleted": "order and RefParty are our reading",
}
"""Messages that are served, and in what they may differ from a real server's."""

_VOICE = "the switch has no voice mail: EventError 51"
_OLD = "of other libraries, attributes unknown (WIRE.md 5.1): EventError 51"

REFUSED: Mapping[str, str] = {
    "RequestReserveAgentAndGetAccessNumber": "no document tells its answer: EventError 51;"
    " RequestReserveAgent and RequestGetAccessNumber do the same in two steps",
    "RequestNetworkPrivateService": "the network has no services of its own: EventError 51",
    **dict.fromkeys(
        (
            "RequestRegisterAll",
            "RequestUnregisterAll",
            "RequestSendReturnReceipt",
            "RequestAgentSetIdleReason",
            "RequestSetDNInfo",
            "RequestLostBackupConnection",
        ),
        _OLD,
    ),
    **dict.fromkeys(
        (
            "RequestLoginMailBox",
            "RequestLogoutMailBox",
            "RequestOpenVoiceFile",
            "RequestCloseVoiceFile",
            "RequestPlayVoiceFile",
        ),
        _VOICE,
    ),
}
"""Requests that are not served, and why."""
