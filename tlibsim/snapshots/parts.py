"""What of a running switch is state, and what is wiring: the parts that a snapshot keeps.

Every attribute of a part that is not named here as wiring is state.  So an attribute that is added
later is kept, or refused when a snapshot is saved, but never forgotten.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from tlibsim.media.scripted import ScriptedBackend
from tlibsim.net.faulting import Faulting
from tlibsim.ports.media import Instant
from tlibsim.recording.desk import RecordingDesk
from tlibsim.recording.rules import ConfiguredCalls
from tlibsim.router import Router
from tlibsim.router.router import Plan
from tlibsim.session.hub import Hub
from tlibsim.snapshots.kinds import slots_of
from tlibsim.snapshots.shapes import shape_of
from tlibsim.switch.dn import AT_REST
from tlibsim.switch.switch import Switch


class Held(Protocol):
    """What a snapshot needs of a simulator."""

    switch: Switch
    hub: Hub
    router: Router
    desk: RecordingDesk
    recorded_calls: ConfiguredCalls
    seed: int

    @property
    def backend(self) -> ScriptedBackend:
        """The media side."""

    @property
    def faulting(self) -> Faulting:
        """Its faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One object whose attributes are state, ``wiring`` aside.

    ``hints`` are the annotations of attributes that hold instants.  ``find`` gives None where a
    configuration has no such part.
    """

    name: str
    find: Callable[[Held], object | None]
    wiring: frozenset[str] = frozenset()
    hints: Mapping[str, Any] = field(default_factory=dict)

    def shape(self, attribute: str) -> Any:
        """The shape of an attribute."""
        return shape_of(self.hints[attribute]) if attribute in self.hints else None


def _wiring(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _of_desk(name: str) -> Callable[[Held], object | None]:
    return lambda held: held.desk.parts().get(name)


_DEADLINES = list[tuple[Instant, int, object]]

PARTS: tuple[Part, ...] = (
    Part(
        name="switch",
        find=lambda held: held.switch,
        wiring=_wiring(
            "options configured devices far numbering floor here sites leaving _identifiers"
        ),
        hints={"_deadlines": _DEADLINES},
    ),
    Part(name="far", find=lambda held: held.switch.far, wiring=_wiring("_configured")),
    Part(name="floor", find=lambda held: held.switch.floor, wiring=_wiring("settings")),
    Part(name="identifiers", find=lambda held: held.switch.identifiers),
    Part(
        name="hub",
        find=lambda held: held.hub,
        wiring=_wiring(
            "journal registry clients faults _model _desk _settings _post _errors _limits"
            " _keep_alive _asked _waiting _for_sites _connections _sessions _sequence _monitor"
            " _asker"
        ),
    ),
    Part(
        name="router",
        find=lambda held: held.router,
        wiring=_wiring("claimed _settings _rules _switch _utc_offset"),
        hints={"_deadlines": list[tuple[Instant, int, Plan, int]]},
    ),
    Part(
        name="faults",
        find=lambda held: held.hub.faults,
        wiring=_wiring("struck _lines _due"),
    ),
    Part(
        name="around",
        find=lambda held: held.faulting,
        wiring=_wiring("_book _clock _perform"),
    ),
    Part(
        name="media-script",
        find=lambda held: held.backend,
        wiring=_wiring("_deliver _later _sessions _unanswered behind"),
    ),
    Part(
        name="desk",
        find=lambda held: held.desk,
        wiring=_wiring(
            "_rules _calls _profile _notebook _agenda _afterwards _ledger _recorders _beginner"
            " _follower _asking _opener _nodes"
        ),
    ),
    Part(
        name="ledger",
        find=_of_desk("ledger"),
        wiring=_wiring("_rules _calls _backend _opener _profile _note_of _indicator alarms"),
    ),
    Part(name="alarms", find=_of_desk("alarms")),
    Part(
        name="opener",
        find=_of_desk("opener"),
        wiring=_wiring(
            "_rules _profile _calls _nodes _sources _utc_offset _taken_up _captures"
        ),
    ),
    Part(name="media-nodes", find=_of_desk("nodes"), wiring=_wiring("_calls _rules")),
    Part(name="notebook", find=_of_desk("notebook"), wiring=_wiring("_calls")),
    Part(
        name="agenda",
        find=_of_desk("agenda"),
        hints={"_items": _DEADLINES},
    ),
    Part(
        name="afterwards",
        find=_of_desk("afterwards"),
        wiring=_wiring("_rules _calls _agenda"),
    ),
    Part(
        name="follower",
        find=_of_desk("follower"),
        wiring=_wiring("_rules _calls _ledger _profile _notebook _beginner _afterwards"),
    ),
    Part(
        name="ports",
        find=_of_desk("ports"),
        wiring=_wiring("problem _prefix _suffix _scheme _digits _size"),
    ),
    Part(
        name="recorded-calls",
        find=lambda held: held.recorded_calls,
        wiring=_wiring("_agents _calls _dns _elsewhere _locations _media_services"),
    ),
)

FAULTS = frozenset({"faults", "around"})
"""Parts that come last: what is told of the change itself meets no fault."""

DEVICE_AT_REST: Mapping[str, Any] = {
    "parties": (),
    "lines_taken": 0,
    "agent": None,
    "acd": None,
    "_phone_busy": False,
    "_telephone": AT_REST,
}
"""The state of a DN to which nothing has happened; the rest of it is configuration."""

SITE_AT_REST: Mapping[str, Any] = {
    **{name: value for name, value in DEVICE_AT_REST.items() if name != "_telephone"},
    "legs": {},
    "touched": [],
    "unsure": frozenset(),
    "losses": 0,
}
"""The same of the lines to another switch.  Whether the link stands is not the switch's to say."""


def attributes_of(one: object) -> Iterator[str]:
    """The names of all attributes of an object."""
    yield from slots_of(type(one))
    yield from getattr(one, "__dict__", ())


def state_of(part: Part, one: object) -> Iterator[str]:
    """The names of those that are state."""
    return (name for name in attributes_of(one) if name not in part.wiring)


def put(one: object, name: str, value: Any) -> None:
    """Give an attribute its value; a collection is filled, for others hold it as well."""
    present = getattr(one, name)
    fill = _FILL.get(type(present))
    if fill is None or type(present) is not type(value):
        setattr(one, name, value)
    else:
        fill(present, value)


def _fill_list(present: Any, value: Any) -> None:
    present[:] = value


def _fill_pairs(present: Any, value: Any) -> None:
    present.clear()
    present.update(value)


def _fill_deque(present: Any, value: Any) -> None:
    present.clear()
    present.extend(value)


def _fill_random(present: Random, value: Random) -> None:
    present.setstate(value.getstate())


_FILL: Mapping[type, Callable[[Any, Any], None]] = {
    list: _fill_list,
    dict: _fill_pairs,
    Counter: _fill_pairs,
    set: _fill_pairs,
    deque: _fill_deque,
    Random: _fill_random,
}
"""How each kind of collection is filled."""
