"""The shape of the file as pydantic models, made from the frozen values so that nothing is said twice.

A model's keys are the fields with dashes; unknown keys are refused.  Words of the file arrive as
:class:`~tlibsim.config.document.Plain` text when they had no quotes, or as Python values when a
scenario's ``config`` is applied; the types here take both.  Importing this module imports pydantic.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    create_model,
    model_validator,
)

from tlibsim.config.dns import (
    AgentSettings,
    AudioKind,
    AudioSettings,
    DnOptions,
    DnType,
    External,
    FarBehavior,
)
from tlibsim.config.document import Plain
from tlibsim.config.links import LinkedSite, LinkSettings
from tlibsim.config.options import Options
from tlibsim.config.recorders import RecorderEntry, RecordingClientSettings
from tlibsim.config.rows import normal, rows
from tlibsim.config.settings import (
    CdrSettings,
    ClientLimits,
    DesktopUnderTest,
    HttpSettings,
    Listener,
    Persona,
    RecorderUnderTest,
    RecordingsSettings,
    RemoteRecording,
    SnapshotSettings,
)

_OCTAL = re.compile(r"0[0-9_]+")
_TRUE_FALSE = {True: ("true", "on", "yes"), False: ("false", "off", "no")}


def as_text(value: Any) -> Any:
    """Text from a word or number; a number with a leading zero needs quotes."""
    if isinstance(value, Plain) and _OCTAL.fullmatch(value):
        message = f"begins with zero, which YAML takes for an octal number; write '{value}'"
        raise ValueError(message)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return str(value) if isinstance(value, Plain) else value


def as_words(value: Any) -> Any:
    """A list of words from a list or from words with commas between them."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _as_choice(choices: tuple[str, ...]) -> Callable[[Any], Any]:
    by_fold = {choice.lower(): choice for choice in choices}

    def read(value: Any) -> Any:
        if isinstance(value, bool):
            return next((word for word in _TRUE_FALSE[value] if word in by_fold), value)
        if isinstance(value, int):
            return str(value)
        return (
            by_fold.get(value.strip().lower(), str(value)) if isinstance(value, str) else value
        )

    return read


def _as_member(kind: type[Enum]) -> Callable[[Any], Any]:
    by_key = {normal(str(member.value)): member for member in kind}
    if kind is DnType:
        by_key |= _DN_TYPE_WORDS

    def read(value: Any) -> Any:
        if isinstance(value, str) and normal(value) in by_key:
            return by_key[normal(value)]
        return value

    return read


_DN_TYPE_WORDS: dict[str, Enum] = {
    "extension": DnType.DN,
    "acd-position": DnType.POSITION,
    "acd-queue": DnType.QUEUE,
    "routing-point": DnType.ROUTE_DN,
    "route-dn": DnType.ROUTE_DN,
    "route-queue": DnType.ROUTE_QUEUE,
    "routing-queue": DnType.ROUTE_QUEUE,
    "trunkgroup": DnType.TRUNK_GROUP,
    "voipservice": DnType.VOIP_SERVICE,
    "virtualqueue": DnType.VIRTUAL_QUEUE,
    "voicetreatmentport": DnType.VOICE_TREATMENT_PORT,
    "communicationdn": DnType.COMMUNICATION_DN,
}

Text = Annotated[
    str,
    BeforeValidator(as_text),
    WithJsonSchema({"type": ["string", "integer"]}),
]
Words = Annotated[tuple[Text, ...], BeforeValidator(as_words)]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Shape(BaseModel):
    """What all models have in common: keys with dashes, nothing unknown."""

    value_type: ClassVar[type] = type(None)

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        alias_generator=lambda name: name.replace("_", "-"),
        hide_input_in_errors=True,
    )


def _typed(hint: Any) -> Any:
    """The model's type for a field of a frozen value."""
    simple: Mapping[Any, Any] = {str: Text, int: Count, float: Amount, tuple[str, ...]: Words}
    if hint in simple:
        return simple[hint]
    origin = get_origin(hint)
    if origin is Literal:
        return Annotated[hint, BeforeValidator(_as_choice(get_args(hint)))]
    if origin in (Union, UnionType):
        return Union[tuple(_typed(part) for part in get_args(hint))]  # noqa: UP007
    if origin is tuple:
        return tuple[_typed(get_args(hint)[0]), ...]  # type: ignore[misc]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Annotated[hint, BeforeValidator(_as_member(hint))]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return model_of(hint)
    return hint


def _default(declared: "dataclasses.Field[Any]") -> Any:
    if declared.default is not dataclasses.MISSING:
        return declared.default
    if declared.default_factory is not dataclasses.MISSING:
        return declared.default_factory()
    return ...


def _fields(kind: type, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {
        one.name: (_typed(hints[one.name]), _default(one))
        for one in dataclasses.fields(kind)
        if one.name not in skip
    }


@cache
def model_of(kind: type, skip: tuple[str, ...] = ()) -> type[Shape]:
    """A model with the fields of a frozen dataclass."""
    made: type[Shape] = create_model(
        f"{kind.__name__}Shape", __base__=Shape, **_fields(kind, skip)
    )
    made.value_type = kind
    return made


@cache
def options_model(table: type, base: type[Shape] = Shape) -> type[Shape]:
    """A model of a table of options; its keys are the product's names."""
    made: type[Shape] = create_model(
        f"{table.__name__}Shape", __base__=base, **_option_fields(table)
    )
    made.value_type = table
    return made


def _option_fields(table: type) -> dict[str, Any]:
    hints = get_type_hints(table)
    return {
        name: (
            _typed(hints[name]),
            Field(row.default, alias=row.name, description=f"{row.help} {row.source}."),
        )
        for name, row in rows(table).items()
    }


def value_of(model: BaseModel, kind: type | None = None) -> Any:
    """The frozen value that belongs to a checked model, nested values included."""
    target = kind or getattr(model, "value_type")  # noqa: B009
    names = [
        one.name for one in dataclasses.fields(target) if one.name in model.model_fields_set
    ]
    return target(**{name: plain(getattr(model, name)) for name in names})


def plain(item: Any) -> Any:
    """A checked value without models in it."""
    if isinstance(item, Shape):
        return value_of(item)
    if isinstance(item, tuple):
        return tuple(plain(part) for part in item)
    if isinstance(item, dict):
        return MappingProxyType({key: plain(part) for key, part in item.items()})
    return item


class AudioShape(Shape):
    """Where the sound of a party comes from; a single word stands for its kind."""

    value_type: ClassVar[type] = AudioSettings

    kind: Annotated[AudioKind, BeforeValidator(_as_member(AudioKind))] = AudioKind.TONE
    frequency_hz: Amount = 0.0
    seed: Count = 0
    files: Words = ()
    loop: bool = True
    timeline: tuple["MomentShape", ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value


class MomentShape(AudioShape):
    """One part of a script: from ``at-ms`` on."""

    at_ms: Count = 0


def audio_of(shape: AudioShape) -> AudioSettings:
    """The frozen value of a checked description of audio."""
    moments = sorted(shape.timeline, key=lambda one: one.at_ms)
    return AudioSettings(
        kind=shape.kind,
        frequency_hz=shape.frequency_hz,
        seed=shape.seed,
        files=shape.files,
        loop=shape.loop,
        timeline=tuple((one.at_ms, audio_of(one)) for one in moments),
    )


class DnShape(Shape):
    """What a configured object is, besides its options."""

    type: Annotated[DnType, BeforeValidator(_as_member(DnType))] = DnType.DN
    place: Text = ""
    note: Text = ""
    prefix: Text = ""
    enabled: bool = True
    audio: AudioShape | None = None


class ListenShape(model_of(Listener)):  # type: ignore[misc]
    """One TCP port for T-Library clients."""

    port: Port = 7020


class HttpShape(model_of(HttpSettings)):  # type: ignore[misc]
    """Where the control API is."""

    port: Port | None = None


class ExternalShape(model_of(External, skip=("numbers",))):  # type: ignore[misc]
    """The world outside."""

    numbers: dict[Text, model_of(FarBehavior)] = Field({})  # type: ignore[valid-type]


class LinkedSiteShape(model_of(LinkedSite)):  # type: ignore[misc]
    """A switch of another process."""

    port: Port | None = None


class LinkShape(model_of(LinkSettings)):  # type: ignore[misc]
    """Links to switches of other processes."""

    port: Port | None = None
    poll_seconds: Annotated[float, Field(ge=0.1)] = 5.0
    sites: tuple[LinkedSiteShape, ...] = ()


class ClientShape(model_of(RecordingClientSettings)):  # type: ignore[misc]
    """The recording client: its ports are ports."""

    port: Port = 0
    tls_port: Port | None = None
    first_rtp_port: Port = 0
    last_rtp_port: Port = 0


ErrorCodes = dict[Text, Count | dict[Text, Count]]
DnKey = Annotated[str, BeforeValidator(as_text)]

DN_MODEL = options_model(DnOptions, DnShape)
OPTIONS_MODEL = options_model(Options)
AGENT_MODEL = model_of(AgentSettings, skip=("login", "extra"))
LIMITS_MODEL = model_of(ClientLimits, skip=("max_clients",))


class FileShape(Shape):
    """Configuration of tlibsim: the shape of a scenario's `bed`, and what a server needs besides."""

    server: Text = Field("tlibsim", description="Name of the T-Server.")
    switch: Text = Field("tlibsim_switch", description="Name of the switch.")
    profile: Annotated[
        Literal["sip-server", "sfb"], BeforeValidator(_as_choice(("sip-server", "sfb")))
    ] = Field("sip-server", description="Which product is emulated.")
    seed: Count | None = Field(None, description="The same seed gives the same identifiers.")
    customer_id: Text = Field("Environment", description="CustomerID of events.")
    server_version: Text = Field("8.1.102.65", description="What EventServerInfo tells.")
    listen: tuple[ListenShape, ...] = Field((), description="TCP ports for clients.")
    password: Text | None = Field(None, description="Password that every client must give.")
    passwords: dict[Text, Text] = Field({}, description="Password by name of the client.")
    limits: LIMITS_MODEL = Field(None, description="What one client may cost.")  # type: ignore[valid-type]
    dns: dict[DnKey, DN_MODEL] = Field(  # type: ignore[valid-type]
        {}, description="Configured objects by number, or by range: 20000-29999."
    )
    agents: dict[DnKey, AGENT_MODEL] = Field({}, description="Agent logins.")  # type: ignore[valid-type]
    external: ExternalShape = Field(None, description="The world outside.")  # type: ignore[assignment]
    clients: dict[Text, Words] = Field(
        {}, description="Clients of a scenario and the DNs that they register."
    )
    options: OPTIONS_MODEL = Field(None, description="Options of the application.")  # type: ignore[valid-type]
    recordings: model_of(RecordingsSettings) = Field(  # type: ignore[valid-type]
        None, description="Where and how recordings are written."
    )
    cdr: model_of(CdrSettings) = Field(  # type: ignore[valid-type]
        None, description="Call detail records."
    )
    snapshots: model_of(SnapshotSettings) = Field(  # type: ignore[valid-type]
        None, description="Named states of the switch."
    )
    faults: tuple[dict[str, Any], ...] = Field(
        (), description="What goes wrong from the beginning: see `tlibsim fault kinds`."
    )
    http: HttpShape = Field(  # type: ignore[assignment]
        None, description="The control API over HTTP."
    )
    recorders: tuple[model_of(RecorderEntry), ...] = Field(  # type: ignore[valid-type]
        (), description="SIP recorders, from which the pool chooses."
    )
    recording_client: ClientShape = Field(  # type: ignore[assignment]
        None, description="The client that invites SIP recorders."
    )
    remote_recording: model_of(RemoteRecording) = Field(  # type: ignore[valid-type]
        None, description="The section remote-recording of the profile sfb."
    )
    recorder: model_of(RecorderUnderTest) | None = Field(  # type: ignore[valid-type]
        None, description="The recorder that `tlibsim contract run` judges."
    )
    desktop: model_of(DesktopUnderTest) | None = Field(  # type: ignore[valid-type]
        None, description="The desktop that `tlibsim contract run --desktop` judges."
    )
    persona: model_of(Persona) | None = Field(  # type: ignore[valid-type]
        None, description="The built-in third-party recorder."
    )
    routing: dict[str, Any] = Field({}, description="The built-in router and its rules.")
    second_site: dict[str, Any] = Field({}, description="A second switch.")
    links: LinkShape = Field(  # type: ignore[assignment]
        None, description="Switches of other processes to which calls can cross."
    )
    errors: ErrorCodes = Field(
        {}, description="Error code by condition, or by request and condition."
    )
    error_texts: dict[Count, Text] = Field({}, description="Text by error code.")
