"""The enumerations of the protocol (messages.yml, enums), all but the error codes.

Members have the names of the public API.  Of two names with one number the first is the one
that the observed client prints; the other is an alias.
"""

from enum import IntEnum


class AddressInfoType(IntEnum):
    """What RequestQueryAddress asks for."""

    AddressStatus = 0
    MsgWaitingStatus = 1
    AssociationStatus = 2
    CallForwardingStatus = 3
    AgentStatus = 4
    NumberOfAgentsInQueue = 5
    NumberOfAvailableAgentsInQueue = 6
    NumberOfCallsInQueue = 7
    AddressType = 8
    CallsQuery = 9
    SendAllCallsStatus = 10
    QueueLoginAudit = 11
    NumberOfIdleClassifiers = 12
    NumberOfClassifiersInUse = 13
    NumberOfIdleTrunks = 14
    NumberOfTrunksInUse = 15
    DatabaseValue = 16
    DNStatus = 17
    QueueStatus = 18


class AddressStatusInfoType(IntEnum):
    """The state of a DN in the answer to a query."""

    Idle = 0
    Origination = 1
    Dialing = 2
    Talking = 3
    Ringing = 4
    Held = 5
    Treatment = 6
    LockedOut = 7
    Maintenance = 8
    Available = 9
    Vacant = 10


class AddressType(IntEnum):
    """What an address is."""

    Unknown = 0
    DN = 1
    Position = 2
    Queue = 3
    RouteDN = 4
    Trunk = 5
    VoiceChannel = 6
    DataChannel = 7
    Announcement = 8
    ASAI = 9
    ACDGroup = 10
    VSP = 11
    RouteQueue = 12
    AgentID = 13
    Other = 99


class AgentWorkMode(IntEnum):
    """How an agent works; LegalGuard and AutoIn share a number."""

    Unknown = 0
    ManualIn = 1
    LegalGuard = 2
    AutoIn = 2
    AfterCallWork = 3
    AuxWork = 4
    NoCallDisconnect = 5
    WalkAway = 6
    ReturnBack = 7


class CallInfoType(IntEnum):
    """What RequestQueryCall asks for."""

    PartiesQuery = 0
    StatusQuery = 1


class CallState(IntEnum):
    """What happened to a call; travels as a plain integer, and any number passes."""

    Ok = 0
    Transferred = 1
    Conferenced = 2
    GeneralError = 3
    SystemError = 4
    RemoteRelease = 5
    Busy = 6
    NoAnswer = 7
    SitDetected = 8
    AnsweringMachineDetected = 9
    AllTrunksBusy = 10
    SitInvalidnum = 11
    SitVacant = 12
    SitIntercept = 13
    SitUnknown = 14
    SitNocircuit = 15
    SitReorder = 16
    FaxDetected = 17
    QueueFull = 18
    Cleared = 19
    Overflowed = 20
    Abandoned = 21
    Redirected = 22
    Forwarded = 23
    Consult = 24
    Pickedup = 25
    Dropped = 26
    Droppednoanswer = 27
    Unknown = 28
    Covered = 29
    ConverseOn = 30
    Bridged = 31
    SilenceDetected = 32
    Deafened = 49
    Held = 50


class CallType(IntEnum):
    """Where a call comes from and goes to."""

    Unknown = 0
    Internal = 1
    Inbound = 2
    Outbound = 3
    Consult = 4


class Cause(IntEnum):
    """Why an event came about."""

    Empty = 0
    ACD = 1
    Busy = 2
    NoAnswer = 3
    Reject = 4
    Route = 5
    Coverage = 6
    ConverseOn = 7
    Forward = 8
    Redirect = 9
    Transfer = 10
    SingleStepTransfer = 11
    Conference = 12
    AMdetected = 13
    FaxDetected = 14
    SITdetected = 15
    PathOptimization = 16


class ControlMode(IntEnum):
    """How far a registration reaches."""

    RegisterDefault = 0
    RegisterForce = 1
    RegisterLocal = 2


class DnRole(IntEnum):
    """The part a DN plays in a call."""

    RoleUnknown = 0
    RoleOrigination = 1
    RoleDestination = 2
    RoleConferenceMember = 3
    RoleNewParty = 4
    RoleAddedBy = 5
    RoleDeletedBy = 6
    RoleTransferredBy = 7
    RoleDeletedParty = 8
    RoleConferencedBy = 9
    RoleObserver = 10


class ForwardMode(IntEnum):
    """When a call is forwarded; ``None_`` is the None of the API, a word of Python's own."""

    None_ = 0
    Unconditional = 1
    OnBusy = 2
    OnNoAnswer = 3
    OnBusyAndNoAnswer = 4
    SendAllCalls = 5


class LocationInfoType(IntEnum):
    """What RequestQueryLocation asks for."""

    AllLocations = 0
    LocationData = 1
    MonitorLocation = 2
    CancelMonitorLocation = 3
    MonitorAllLocations = 4
    CancelMonitorAllLocations = 5
    LocationMonitorCanceled = 6
    AllLocationsMonitorCanceled = 7


class MakeCallType(IntEnum):
    """How a call is to be made."""

    Regular = 0
    DirectAgent = 1
    SupervisorAssist = 2
    Priority = 3
    DirectPriority = 4


class MediaType(IntEnum):
    """The medium of a call or an agent."""

    MediaVoice = 0
    MediaVoIP = 1
    MediaEMail = 2
    MediaVMail = 3
    MediaSMail = 4
    MediaChat = 5
    MediaVideo = 6
    MediaCobrowsing = 7
    MediaWhiteboard = 8
    MediaAppSharing = 9
    MediaWebForm = 10
    MediaWorkItem = 11
    MediaCustom0 = 100


class MergeType(IntEnum):
    """What RequestMergeCalls makes of two calls."""

    ForTransfer = 0
    ForConference = 1


class MonitorNextCallType(IntEnum):
    """How many calls a supervisor listens to."""

    OneCall = 0
    AllCalls = 1


class NetworkCallState(IntEnum):
    """The state of a call in the network."""

    NetworkCallStateUnknown = 0
    NetworkCallStateConsulting = 1
    NetworkCallStateConsultHeld = 2
    NetworkCallStateTransferred = 3
    NetworkCallStateConferenced = 4
    NetworkCallStateReconnected = 5
    NetworkCallStateDisconnected = 6
    NetworkCallStateNull = 7


class NetworkDestState(IntEnum):
    """The state of the destination of a network call; NoParty and Failed share a number."""

    NetworkDestStateUnknown = 0
    NetworkDestStateRouting = 1
    NetworkDestStateDelivering = 2
    NetworkDestStateFailed = 3
    NetworkDestStateNoParty = 3
    NetworkDestStateOk = 4


class NetworkPartyRole(IntEnum):
    """The part a party plays in a network call."""

    RoleNtwUnknown = 0
    RoleNtwOrigParty = 1
    RoleNtwDestParty = 2


class PartyState(IntEnum):
    """The state of a party: four bits of basic state, the rest flags and the masks for them."""

    DDP_mask = -16777216
    Null = 0
    Initiated = 1
    Queued = 9
    Alerting = 10
    Busy = 11
    Connected = 12
    Detect = 13
    Held = 14
    Failed = 15
    GTS_mask = 15
    NoListen = 16
    NoTalk = 32
    Bridged = 64
    Audit = 128
    SvcObserving = 160
    STS_mask = 240
    TreatmentReq = 256
    Treatment = 512
    Routing = 2048
    RTS_mask = 3840
    report_mask = 65535
    Dialing = 65536
    Uncertain = 131072


class RegModeMask(IntEnum):
    """The bit mask of RequestStartCallMonitoring, sent in RegisterMode (WIRE.md 8)."""

    Default = 1
    Monitor = 2
    Control = 4
    NoSync = 8
    DefaultNoSync = 9
    NoPartyEvents = 16
    NoPartyEventsNoSync = 24
    NoCallEvents = 32
    NoInternalPartyEvents = 64
    NoInternalPartyEventsNoSync = 72


class RegisterMode(IntEnum):
    """Whether a DN is shared."""

    ModeShare = 0
    ModePrivate = 1
    ModeMonitor = 2


class Reliability(IntEnum):
    """How far the data of an event can be relied on."""

    Ok = 0
    InPast = 1
    Uncertain = 2
    External = 3


class RouteType(IntEnum):
    """How RequestRouteCall is to route."""

    Unknown = 0
    Default = 1
    Label = 2
    OverwriteDNIS = 3
    DDD = 4
    IDDD = 5
    Direct = 6
    Reject = 7
    Announcement = 8
    PostFeature = 9
    DirectAgent = 10
    Priority = 11
    DirectPriority = 12
    AgentID = 13
    CallDisconnect = 14


class ServerRole(IntEnum):
    """Primary or backup."""

    Primary = 0
    Backup = 1


class SetOpType(IntEnum):
    """What RequestSetCallInfo changes."""

    CreateCallInfo = 0
    SetCallInfo = 1
    DeleteCallInfo = 2
    AddParty = 3
    DeleteParty = 4
    CallInfoUpdate = 5


class SubscriptionOperationType(IntEnum):
    """What RequestTransactionMonitoring does."""

    Start = 0
    Stop = 1
    Modify = 2


class SwitchInfoType(IntEnum):
    """What RequestQuerySwitch asks for."""

    Unused = 0
    DateTime = 1
    ClassifierStat = 2


class TreatmentType(IntEnum):
    """A treatment of a call at a route point."""

    Unknown = 0
    IVR = 1
    Music = 2
    RingBack = 3
    Silence = 4
    Busy = 5
    CollectDigits = 6
    PlayAnnouncement = 7
    PlayAnnouncementAndDigits = 8
    VerifyDigits = 9
    RecordUserAnnouncement = 10
    DeleteUserAnnouncement = 11
    CancelCall = 12
    PlayApplication = 13
    SetDefaultRoute = 14
    TextToSpeech = 15
    TextToSpeechAndDigits = 16
    FastBusy = 17
    RAN = 18


class XRouteType(IntEnum):
    """How a call reaches another location."""

    Default = -1
    Route = 0
    MIN = 0
    Direct = 1
    Reroute = 2
    DirectUUI = 3
    DirectANI = 4
    DirectNoToken = 5
    DNISPooling = 6
    DirectDigits = 7
    PullBack = 8
    ExtProtocol = 9
    RouteUUI = 10
    XRouteTypeDirectNetworkCallID = 11


class PrivateServiceId(IntEnum):
    """The private services of recording control (RECORDING.md 3.3)."""

    RecordStart = 3013
    RecordStop = 3014
    RecordPause = 3015
    RecordResume = 3016
