"""The table of what a snapshot may hold: classes with their fields, enumerations, functions.

A class that is not here is refused when a snapshot is saved, so that nothing is lost in silence; a
name that is not here is refused when one is loaded, so that a file can name nothing else.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from tlibproto import vocabulary
from tlibsim.config import DnOptions, DnSettings, DnType, FarBehavior
from tlibsim.config.dns import AudioKind, AudioSettings
from tlibsim.config.routing import RouteTarget, RouteTreatment
from tlibsim.faults.fault import Fault, Scope, Standing
from tlibsim.net.faulting import Begun
from tlibsim.ports import media, scripts, site
from tlibsim.recording import agenda, geo, notes, routewish, session, states, tone
from tlibsim.recording import commands as recording_commands
from tlibsim.recording import facts as recording_facts
from tlibsim.router.router import Plan
from tlibsim.snapshots.shapes import INSTANT, Shape, shape_of
from tlibsim.switch import (
    agent,
    agents,
    call,
    clearing,
    commands,
    dn,
    facts,
    joining,
    legs,
    lines,
    network,
    numbering,
    offering,
    phones,
    predictive,
    queues,
    refusals,
    routing,
    single_step,
    sites,
    supervising,
    treatments,
    watch,
    wrapup,
)

_NO_VALUE = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """``default``: what it is when the document does not say; ``cache``: it is not kept at all."""

    name: str
    shape: Shape | None = None
    default: Any = _NO_VALUE
    cache: bool = False

    @property
    def has_default(self) -> bool:
        return self.default is not _NO_VALUE

    def is_usual(self, value: Any) -> bool:
        """Whether the value need not be written."""
        usual = self.default
        return usual is value or (type(usual) is type(value) and bool(usual == value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A class by its name in documents."""

    name: str
    type: type
    fields: tuple[Field, ...]


def slots_of(cls: type) -> list[str]:
    """The names of all attributes that a class with ``__slots__`` has."""
    names: list[str] = []
    for one in reversed(cls.__mro__):
        slots = one.__dict__.get("__slots__", ())
        names += (slots,) if isinstance(slots, str) else slots
    return [name for name in names if name not in ("__weakref__", "__dict__")]


_KEEPABLE = (str, int, float, bool, type(None), tuple, frozenset, Enum)
"""Types of defaults that are values: whoever has one need not write it."""


def kind_of(
    cls: type, *, name: str = "", instants: Iterable[str] = (), caches: Iterable[str] = ()
) -> Kind:
    """The row of a class: its dataclass fields, or its slots.

    ``instants`` are slots that hold instants, ``caches`` what is None again after loading.
    """
    made = _of_dataclass(cls) if is_dataclass(cls) else _of_slots(cls, frozenset(instants))
    forgotten = frozenset(caches)
    rows = tuple(
        Field(name=one.name, default=None, cache=True) if one.name in forgotten else one
        for one in made
    )
    return Kind(name=name or cls.__name__, type=cls, fields=rows)


def _of_dataclass(cls: type) -> list[Field]:
    return [
        Field(
            name=one.name,
            shape=shape_of(one.type),
            default=one.default
            if one.default is not MISSING and isinstance(one.default, _KEEPABLE)
            else _NO_VALUE,
        )
        for one in fields(cls)
    ]


def _of_slots(cls: type, instants: frozenset[str]) -> list[Field]:
    names = slots_of(cls)
    if not instants <= set(names):
        raise TypeError(f"{cls.__name__} has no {', '.join(instants - set(names))}")
    return [Field(name=one, shape=INSTANT if one in instants else None) for one in names]


_OF_THE_SWITCH = (
    kind_of(call.Call, instants=("started_at",), caches=("_view",)),
    kind_of(call.Party, instants=("joined_at", "established_at")),
    kind_of(legs.Leg),
    *map(
        kind_of,
        (
            agent.AcdQueue,
            agent.Agent,
            agent.Duty,
            agent.Reservation,
            agents.IdleLogout,
            agents.ReservationOver,
            clearing.ClearFailed,
            commands.ApplyTreatment,
            commands.Because,
            commands.RouteCall,
            commands.SetInService,
            commands.SetLink,
            dn.Forward,
            dn.Telephone,
            facts.CallView,
            facts.PartyView,
            facts.SiteLink,
            facts.ThirdParty,
            legs.Access,
            lines.Line,
            network.NetworkConsultation,
            numbering.Inside,
            numbering.Nowhere,
            numbering.Outside,
            offering.Approach,
            offering.StopRinging,
            phones.HangUp,
            phones.PickUp,
            predictive.Dialed,
            predictive.StopDialing,
            queues.AcdRingTimeout,
            queues.Distributed,
            queues.InQueue,
            routing.AfterRoutingTimeout,
            routing.AtRoutingPoint,
            routing.RoutedHere,
            routing.RouterTimeout,
            single_step.TellOthers,
            site.CameFrom,
            sites.LegsOver,
            supervising.Observing,
            treatments.Treatment,
            treatments.TreatmentOver,
            watch.Watch,
            wrapup.WorkOver,
        ),
    ),
)
_OF_RECORDING = (
    kind_of(session.Leg, name="RecordingLeg"),
    *map(
        kind_of,
        (
            agenda.GraceOver,
            agenda.SetUpAgain,
            geo.GeoChoice,
            media.Artefact,
            media.AudioSource,
            media.LegPlan,
            media.LegView,
            media.MediaParty,
            media.StreamPlan,
            notes.Note,
            recording_commands.GeoWish,
            recording_commands.ToneWish,
            routewish.RouteWish,
            session.CallRecording,
            session.Segment,
            session.Session,
            tone.ToneChoice,
        ),
    ),
)
_OF_THE_REST = (
    kind_of(Begun, caches=("timer",)),
    *map(
        kind_of,
        (
            AudioSettings,
            DnOptions,
            DnSettings,
            FarBehavior,
            Fault,
            Plan,
            RouteTarget,
            RouteTreatment,
            Scope,
            Standing,
            scripts.FailRecorder,
            scripts.MendMediaService,
            scripts.MendRecorder,
        ),
    ),
)


def _named(kinds: Iterable[Kind]) -> Mapping[str, Kind]:
    table: dict[str, Kind] = {}
    for one in kinds:
        if table.setdefault(one.name, one) is not one:
            raise TypeError(f"two kinds are named {one.name}")
    return table


KINDS: Mapping[str, Kind] = _named((*_OF_THE_SWITCH, *_OF_RECORDING, *_OF_THE_REST))
"""Classes by name."""

KIND_OF: Mapping[type, Kind] = {one.type: one for one in KINDS.values()}

_ENUMS: tuple[type[Enum], ...] = (
    *(
        one
        for one in vars(vocabulary).values()
        if isinstance(one, type) and issubclass(one, Enum)
    ),
    AudioKind,
    DnType,
    commands.DataChange,
    facts.LinkRole,
    media.LegStatus,
    media.SourceKind,
    media.StreamKind,
    commands.FarResult,
    recording_commands.RecordSide,
    recording_facts.Alarm,
    recording_facts.Trigger,
    refusals.Reason,
    routewish.RouteParty,
    session.LegState,
    session.Order,
    session.PauseReason,
    states.SessionState,
    watch.MonitorMode,
    watch.MonitorScope,
)
ENUMS: Mapping[str, type[Enum]] = {one.__name__: one for one in _ENUMS}
"""Enumerations by name."""

FUNCTIONS: Mapping[str, Callable[..., None]] = {"established-too": joining.established_too}
"""What may be remembered to be done, by name."""
