"""Nothing of a switch is forgotten in silence: the tables cover every attribute and every class."""

from collections import Counter, deque
from enum import Enum
from random import Random
from types import ModuleType
from typing import Any

import pytest

from tests.snapshots.bench import Bench
from tests.snapshots.situations import PLAIN, RECORDED, SFB, Situation
from tlibsim import switch
from tlibsim.recording.agenda import Item
from tlibsim.recording.desk import PROFILES
from tlibsim.snapshots.kinds import ENUMS, KIND_OF, slots_of
from tlibsim.snapshots.parts import (
    DEVICE_AT_REST,
    PARTS,
    SITE_AT_REST,
    Part,
    attributes_of,
    state_of,
)
from tlibsim.switch import perform
from tlibsim.switch.dn import Device
from tlibsim.switch.legs import SiteTrunk

CONFIGS = [RECORDED, SFB, {"persona": {"name": "rec"}}]

COLLECTIONS = (list, dict, set, deque, Counter, Random)
VALUES = (int, float, bool, str, Enum, *COLLECTIONS)

OF_CLIENTS = {
    "hub": {
        "clients": "connections are not the switch's",
        "_waiting": "requests that wait are answered when the calls end",
        "_for_sites": "empty between two turns",
        "_connections": "numbers of clients go on",
        "_sessions": "numbers of sessions go on",
        "_sequence": "EventSequenceNumber only rises (BEHAVIOUR.md 0.3)",
    },
    "faults": {"_lines": "held back for clients; sent first", "_due": "the same"},
    "media-script": {
        "_sessions": "captures have ended by then",
        "_unanswered": "the same",
    },
    "opener": {
        "_taken_up": "names of captures never come twice in a process",
        "_captures": "the same",
    },
    "switch": {
        "configured": "the configuration",
        "devices": "kept DN by DN",
        "sites": "kept one by one",
        "leaving": "DNs that a new configuration has no more; gone with their calls",
    },
    "ports": {
        "problem": "the configuration",
        "_prefix": "the configuration",
        "_suffix": "the configuration",
        "_scheme": "the configuration",
        "_digits": "the configuration",
        "_size": "the configuration",
    },
    "floor": {"settings": "the configuration"},
    "far": {"_configured": "the configuration"},
    "recorded-calls": {"_dns": "the configuration", "_agents": "the configuration"},
}
"""Attributes that are numbers or collections and are not kept, and why."""


def _parts(bench: Bench) -> list[tuple[Part, Any]]:
    return [(part, one) for part in PARTS if (one := part.find(bench.server)) is not None]


@pytest.mark.parametrize("config", CONFIGS)
def test_what_is_called_wiring_is_there(config: dict[str, Any]) -> None:
    for part, one in _parts(Bench(config)):
        assert part.wiring <= set(attributes_of(one)), part.name


@pytest.mark.parametrize("config", CONFIGS)
def test_wiring_is_no_value_and_no_collection_but_for_a_reason(config: dict[str, Any]) -> None:
    for part, one in _parts(Bench(config)):
        reasons = OF_CLIENTS.get(part.name, {})
        values = {name for name in part.wiring if isinstance(getattr(one, name), VALUES)}
        assert values <= set(reasons), part.name


def test_every_reason_is_for_an_attribute_that_is_wiring() -> None:
    wiring = {part.name: part.wiring for part in PARTS}
    for name, reasons in OF_CLIENTS.items():
        assert set(reasons) <= wiring[name], name


@pytest.mark.parametrize("situation", PLAIN)
def test_collections_stay_the_same_objects_for_others_hold_them(situation: Situation) -> None:
    bench = Bench(RECORDED)
    situation(bench)
    document = bench.save()
    held = [
        (part.name, name, one, getattr(one, name))
        for part, one in _parts(bench)
        for name in state_of(part, one)
        if isinstance(getattr(one, name), COLLECTIONS)
    ]
    fresh = Bench(RECORDED)
    bench.load(document)
    assert len(held) > 20
    for part, name, one, before in held:
        if name not in ("_standing", "_faults"):
            assert getattr(one, name) is before, f"{part}.{name}"
    fresh.load(document)
    assert fresh.state()["calls"] == bench.state()["calls"]


def test_every_attribute_of_a_dn_is_state_or_configuration() -> None:
    assert set(slots_of(Device)) == {*DEVICE_AT_REST, "settings", "far", "leaving"}
    own = {*SITE_AT_REST, "settings", "far", "leaving", "site", "_telephone"}
    assert set(slots_of(SiteTrunk)) == own


def test_every_reminder_can_be_kept() -> None:
    assert set(perform.REMINDERS) <= set(KIND_OF)
    assert set(Item.__args__) <= set(KIND_OF)


def test_every_errand_can_be_kept() -> None:
    modules = [one for one in vars(switch).values() if isinstance(one, ModuleType)]
    errands = {
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type)
        and hasattr(one, "answered")
        and hasattr(one, "left")
        and one.__name__ != "Errand"
    }
    assert len(errands) >= 6
    assert errands <= set(KIND_OF)


def test_every_field_of_a_class_in_the_table_is_kept_or_a_cache() -> None:
    for cls, kind in KIND_OF.items():
        slots = slots_of(cls)
        assert {field.name for field in kind.fields} == set(slots), kind.name
        assert not hasattr(object.__new__(cls), "__dict__"), kind.name


def test_caches_are_few() -> None:
    caches = {
        f"{kind.name}.{field.name}"
        for kind in KIND_OF.values()
        for field in kind.fields
        if field.cache
    }
    assert caches == {"Call._view", "Begun.timer"}


def test_names_of_enumerations_are_theirs_alone() -> None:
    assert len(ENUMS) == len(set(ENUMS.values()))


def test_every_profile_is_tried_here() -> None:
    assert set(PROFILES) == {"sip-server", "sfb"}
