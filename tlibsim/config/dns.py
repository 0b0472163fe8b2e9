"""What is configured about a DN, an agent login and the world outside.

100,000 DNs must stay light: a DN holds what it has of its own and shares the rest, above all one
:class:`DnOptions` with everybody who has the same options.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal

from tlibsim.config.options import KEPT
from tlibsim.config.rows import ASSUMED, option


class DnType(Enum):
    """The kinds of configured objects; the value is the word in the file, in its shortest form."""

    __hash__ = object.__hash__  # each is only itself; Enum computes a hash, in Python

    DN = "DN"
    POSITION = "Position"
    QUEUE = "Queue"
    VIRTUAL_QUEUE = "virtual-queue"
    ROUTE_DN = "RouteDN"
    ROUTE_QUEUE = "RouteQueue"
    TRUNK = "Trunk"
    TRUNK_GROUP = "trunk-group"
    VOIP_SERVICE = "voip-service"
    VOICE_TREATMENT_PORT = "voice-treatment-port"
    COMMUNICATION_DN = "communication-dn"


class AudioKind(Enum):
    """Where the sound of a party comes from (MEDIA.md 1.2)."""

    TONE = "tone"
    SILENCE = "silence"
    NOISE = "noise"
    WAV = "wav"
    SPEECH = "speech"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSettings:
    """The sound of a party; ``timeline`` (SCRIPT) holds (start in ms, source), in rising order.

    ``frequency_hz`` 0 is derived from the number of the DN, so that no two DNs sound alike.
    """

    kind: AudioKind = AudioKind.TONE
    frequency_hz: float = 0.0
    seed: int = 0
    files: tuple[str, ...] = ()
    loop: bool = True
    timeline: tuple[tuple[int, "AudioSettings"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DnOptions:
    """The product's options of a DN; None means that the application's option applies."""

    record: bool = option(False, "Record every call of this DN.", "RECORDING.md 3.1")
    ivr: bool = option(
        False, "This trunk leads to an IVR, which is not recorded.", "RECORDING.md 12.2"
    )
    video: bool = option(False, "Its calls carry pictures besides sound.", "RECORDING.md 12.3")
    no_answer_timeout: float | None = option(
        None, "Seconds that this DN rings.", "BEHAVIOUR.md 1.5"
    )
    no_answer_overflow: str | None = option(
        None, "Where its unanswered calls go.", "BEHAVIOUR.md 1.5"
    )
    no_answer_action: Literal["none", "notready", "logout"] | None = option(
        None,
        "What happens to its agent then.",
        "BEHAVIOUR.md 1.13",
    )
    answer_after: float | None = option(
        None,
        "Seconds until its phone, or the far end of the trunk, answers by itself.",
        "BEHAVIOUR.md 8",
    )
    talk_time: float | None = option(
        None,
        "Seconds until its phone hangs up by itself, once it has answered; the far end of a "
        "trunk, once it talks.",
        "BEHAVIOUR.md 8",
    )
    no_answer: bool = option(
        False,
        "Its phone, or the far end of the trunk, lets calls ring, whatever answer-after says.",
        "BEHAVIOUR.md 8",
    )
    busy: bool = option(
        False,
        "Its phone, or the far end of the trunk, is busy for every call.",
        "BEHAVIOUR.md 1.5",
    )
    reject: bool = option(
        False,
        "Its phone, or the far end of the trunk, declines instead of answering: after "
        "answer-after, else after 1 s.",
        "BEHAVIOUR.md 1.5",
        basis=ASSUMED,
    )
    max_calls: int = option(
        0, "Calls at a time; 0: any number.", "BEHAVIOUR.md 1.5", basis=ASSUMED
    )
    service_type: Literal["", "msml", "recorder", "treatment", "softswitch", "voicemail"] = (
        option("", "What a voip-service does.", "RECORDING.md 12.5")
    )
    dual_dialog_enabled: bool = option(
        True,
        "A consultation call has a SIP dialog of its own.",
        "RECORDING.md 3.5",
    )
    wrap_up_time: int | Literal["untimed"] | None = option(
        None,
        "Seconds of after-call work.",
        "BEHAVIOUR.md 2.2",
    )
    default_dn: str | None = option(
        None, "Where a call goes that no router took.", "BEHAVIOUR.md 1.14"
    )
    geo_location: str = option("", "Where the DN is.", "RECORDING.md 8.2")
    overflow_location: str = option("", "The location to use instead.", "RECORDING.md 8.2")
    port_capacity: int = option(
        0, "Ports of this recorder; 0: any number.", "RECORDING.md 12.3"
    )
    contact: str = option("", "SIP address of the DN.", "RECORDING.md 12.5")
    request_uri: str = option("", "Request-URI towards it.", "RECORDING.md 12.5")
    recording_server: str = option("", "A recorder's address.", "RECORDING.md 12.5")
    subscription_id: str = option("", "Tenant of the DN.", "RECORDING.md 12.5", later=KEPT)
    refer_enabled: bool = option(True, "Calls go by REFER.", "RECORDING.md 12.5", later=KEPT)
    make_call_rfc3725_flow: int = option(
        0, "Flow of third-party call control.", "RECORDING.md 12.5", later=KEPT
    )
    ring_tone_on_make_call: bool = option(
        True, "The caller hears ringing.", "RECORDING.md 12.5", later=KEPT
    )
    sip_hold_rfc3264: bool = option(
        False, "Hold as RFC 3264 says.", "RECORDING.md 12.5", later=KEPT
    )
    oos_check: int = option(
        0, "Seconds between checks for service.", "RECORDING.md 12.5", later=KEPT
    )
    oos_force: int = option(
        0, "Seconds until it counts as out of service.", "RECORDING.md 12.5", later=KEPT
    )
    cpd_capability: str = option(
        "", "Call progress detection.", "RECORDING.md 12.5", later=KEPT
    )
    userdata_map_filter: str = option(
        "", "User data that travels in SIP.", "RECORDING.md 12.5", later=KEPT
    )
    userdata_map_format: str = option("", "How it travels.", "RECORDING.md 12.5", later=KEPT)
    predictive_timerb_enabled: bool = option(
        True, "Timer B of predictive calls.", "RECORDING.md 12.5", later=KEPT
    )
    sip_uri_params: str = option(
        "", "Parameters of the SIP URI.", "RECORDING.md 12.5", later=KEPT
    )


DEFAULT_DN_OPTIONS = DnOptions()
_NOTHING: Mapping[Any, Any] = MappingProxyType({})


def nothing() -> Mapping[Any, Any]:
    """The one empty mapping that everybody shares."""
    return _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class DnSettings:
    """One configured object.

    ``place`` and ``note`` are for people.  ``prefix`` belongs to a trunk: numbers that begin so
    leave by it, the empty one takes calls from outside.  ``audio`` None is a tone of its own.
    ``extra`` holds options that the emulator does not know.
    """

    dn: str
    type: DnType = DnType.DN
    place: str = ""
    note: str = ""
    prefix: str = ""
    enabled: bool = True
    options: DnOptions = DEFAULT_DN_OPTIONS
    audio: AudioSettings | None = None
    extra: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """One agent login: ``dn`` and ``state`` say where the demo logs it in, empty for nowhere."""

    login: str
    name: str = ""
    password: str | None = field(default=None, repr=False)
    record: bool = False
    wrap_up_time: int | Literal["untimed"] | None = None
    dn: str = ""
    state: Literal["", "ready", "notready"] = ""
    queues: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class FarBehavior:
    """What whoever has a number outside does; None: what the options of the trunk say."""

    answer_after: float | None = None
    talk_time: float | None = None
    no_answer: bool | None = None
    busy: bool | None = None
    reject: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """The world outside: who calls by default, and which number was dialled.

    ``numbers`` says how those behave whose number fits a pattern; the first one that fits counts.
    """

    caller: str = "15550001"
    dialled: str = "8005551000"
    numbers: Mapping[str, FarBehavior] = field(default_factory=nothing, hash=False)
