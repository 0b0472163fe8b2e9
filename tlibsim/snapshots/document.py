"""The state of a switch as one document, and a document as the state of a switch.

A document is read as a whole before anything is changed, so one that is wrong changes nothing.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tlibproto.vocabulary import Dn
from tlibsim.ports.media import Instant
from tlibsim.snapshots.codec import Decoder, Document, Encoder
from tlibsim.snapshots.errors import SnapshotError
from tlibsim.snapshots.parts import (
    DEVICE_AT_REST,
    FAULTS,
    PARTS,
    SITE_AT_REST,
    Held,
    Part,
    put,
    state_of,
)
from tlibsim.switch.call import Call
from tlibsim.switch.dn import Device
from tlibsim.switch.switch import Switch

VERSION = 1
_MANY = 10

Attributes = Mapping[str, Any]


# -- writing ------------------------------------------------------------------------------------


def write_state(held: Held, now: Instant) -> Document:
    """The state of one switch; raises SnapshotError for one that cannot be kept."""
    to, adopting = Encoder(now), Encoder(now)
    switch = held.switch
    document: Document = {
        "seed": held.seed,
        "parts": {
            part.name: {
                name: to.value(getattr(one, name), f"{part.name}.{name}", part.shape(name))
                for name in state_of(part, one)
            }
            for part, one in _parts(held)
        },
        "dns": dict(_dns(switch, to)),
        "sites": {
            name: _changed(trunk, SITE_AT_REST, to) for name, trunk in switch.sites.items()
        },
        "adopted": {
            dn: adopting.value(device.settings, dn)
            for dn, device in switch.devices.items()
            if dn not in switch.configured and not device.leaving
        },
    }
    document["objects"] = to.objects()
    document["adopted_objects"] = adopting.objects()
    document["needs"] = sorted(to.dns | document["dns"].keys())
    document["needs_sites"] = sorted(to.sites)
    return document


def _parts(held: Held) -> Iterable[tuple[Part, object]]:
    return ((part, one) for part in PARTS if (one := part.find(held)) is not None)


def _dns(switch: Switch, to: Encoder) -> Iterable[tuple[str, Document]]:
    """The DNs that are not at rest or not as they were configured."""
    for dn, device in switch.devices.items():
        document = _changed(device, DEVICE_AT_REST, to)
        options = _options(switch, device, to)
        if options:
            document["options"] = options
        if document:
            yield dn, document


def _changed(device: Device, at_rest: Attributes, to: Encoder) -> Document:
    return {
        name: to.value(value, f"{device.dn}.{name}")
        for name, usual in at_rest.items()
        if (value := getattr(device, name)) is not usual and value != usual
    }


def _options(switch: Switch, device: Device, to: Encoder) -> Document:
    """The options that were changed while it ran."""
    configured = switch.configured.get(device.dn)
    if configured is None or configured is device.settings:
        return {}
    before, now = configured.options, device.options
    return {
        one.name: to.value(getattr(now, one.name), f"{device.dn}.{one.name}")
        for one in fields(now)
        if getattr(now, one.name) != getattr(before, one.name)
    }


# -- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A state that was read, and is not in force yet."""

    held: Held
    seed: int
    parts: Mapping[str, Attributes]
    devices: Mapping[Dn, Attributes]
    options: Mapping[Dn, Attributes]
    sites: Mapping[str, Attributes]
    adopted: Mapping[Dn, Device]

    def attribute(self, part: str, name: str) -> Any:
        """One attribute of a part, as it is to be."""
        return self.parts[part][name]

    def device(self, dn: str, name: str) -> Any:
        """One attribute of a DN, as it is to be."""
        return self.devices.get(Dn(dn), DEVICE_AT_REST).get(name, DEVICE_AT_REST[name])

    def put_in_place(self) -> None:
        """Make this the state of the switch, in place of whatever it was, but for faults."""
        switch = self.held.switch
        self.held.seed = self.seed
        for dn, device in tuple(switch.devices.items()):
            if dn not in switch.configured and not device.leaving:
                del switch.devices[dn]
        switch.devices.update(self.adopted)
        for dn, device in switch.devices.items():
            self._settle(device, self.options.get(dn, {}))
            for name, usual in DEVICE_AT_REST.items():
                setattr(device, name, self.devices.get(dn, {}).get(name, usual))
        for location, trunk in switch.sites.items():
            for name, value in self.sites.get(location, {}).items():
                setattr(trunk, name, value)
        self._put(lambda name: name not in FAULTS)

    def put_faults(self) -> None:
        """Put faults in force; whatever is told from then on is subject to them."""
        self._put(lambda name: name in FAULTS)

    def _put(self, is_wanted: Callable[[str], bool]) -> None:
        for part, one in _parts(self.held):
            if is_wanted(part.name):
                for name, value in self.parts[part.name].items():
                    put(one, name, value)

    def _settle(self, device: Device, options: Attributes) -> None:
        settings = self.held.switch.configured.get(device.dn, device.settings)
        if options:
            settings = replace(settings, options=replace(settings.options, **options))
        if settings is not device.settings:
            device.settings = settings


def read_state(document: Document, held: Held, now: Instant) -> Prepared:
    """The state of a document at that time; raises SnapshotError and changes nothing."""
    switch = held.switch
    adopted = _adopted(document, switch, now)
    _check_needs(document, switch, adopted)
    by = Decoder(
        document["objects"],
        now=now,
        device=lambda dn: switch.devices.get(Dn(dn)) or adopted.get(Dn(dn)),
        site=switch.sites.get,
        floor=switch.floor,
    )
    devices, options = _read_dns(document["dns"], by)
    prepared = Prepared(
        held=held,
        seed=document["seed"],
        parts={part.name: _read_part(part, one, document, by) for part, one in _parts(held)},
        devices=devices,
        options=options,
        sites={
            name: {**_fresh_site(), **_read(written, f"sites.{name}", by, SITE_AT_REST)}
            for name, written in document["sites"].items()
            if name in switch.sites
        },
        adopted=adopted,
    )
    _try(prepared)
    return prepared


def _adopted(document: Document, switch: Switch, now: Instant) -> Mapping[Dn, Device]:
    """The DNs that nobody had configured (option ``accept-unknown-dn``)."""
    by = Decoder(
        document["adopted_objects"],
        now=now,
        device=lambda _: None,
        site=lambda _: None,
        floor=switch.floor,
    )
    return {
        Dn(dn): Device(by.value(written, f"adopted.{dn}"))
        for dn, written in document["adopted"].items()
    }


def _check_needs(document: Document, switch: Switch, adopted: Mapping[Dn, Device]) -> None:
    there = {dn for dn, device in switch.devices.items() if not device.leaving}
    missing = [dn for dn in document["needs"] if dn not in there and dn not in adopted]
    sites = [name for name in document["needs_sites"] if name not in switch.sites]
    lost = [f"DN {dn}" for dn in missing] + [f"switch {name}" for name in sites]
    if lost:
        more = f" and {len(lost) - _MANY} more" if len(lost) > _MANY else ""
        raise SnapshotError(
            f"it belongs to another configuration; this one has no {', '.join(lost[:_MANY])}{more}"
        )


def _read_part(part: Part, one: object, document: Document, by: Decoder) -> Attributes:
    written = document["parts"].get(part.name)
    if written is None:
        raise SnapshotError(f"parts.{part.name}: is missing")
    known = set(state_of(part, one))
    for name in known.symmetric_difference(written):
        word = "is missing" if name in known else "is not known here"
        raise SnapshotError(f"parts.{part.name}.{name}: {word}")
    return {
        name: by.value(value, f"parts.{part.name}.{name}") for name, value in written.items()
    }


def _read_dns(
    written: Document, by: Decoder
) -> tuple[Mapping[Dn, Attributes], Mapping[Dn, Attributes]]:
    devices: dict[Dn, Attributes] = {}
    options: dict[Dn, Attributes] = {}
    for dn, document in written.items():
        given = dict(document)
        changed = given.pop("options", {})
        devices[Dn(dn)] = _read(given, f"dns.{dn}", by, DEVICE_AT_REST)
        options[Dn(dn)] = {
            name: by.value(value, f"dns.{dn}.options.{name}") for name, value in changed.items()
        }
    return devices, options


def _read(written: Document, place: str, by: Decoder, known: Attributes) -> dict[str, Any]:
    for name in written:
        if name not in known:
            raise SnapshotError(f"{place}.{name}: is not known here")
    return {name: by.value(value, f"{place}.{name}") for name, value in written.items()}


def _fresh_site() -> dict[str, Any]:
    return {**SITE_AT_REST, "legs": {}, "touched": []}


def _try(prepared: Prepared) -> None:
    """Look at every call as clients will; a document that was tampered with fails here."""
    try:
        for call in prepared.attribute("switch", "calls").values():
            if not isinstance(call, Call):
                raise TypeError(f"{call!r} is no call")
            call.view()
            call.touch()
    except (TypeError, AttributeError, ValueError, KeyError) as error:
        raise SnapshotError(f"parts.switch.calls: {error}") from None


# -- the whole file -----------------------------------------------------------------------------


def sealed(document: Document) -> Document:
    """The document with its digest."""
    return {**document, "digest": _digest(document)}


def check_seal(document: Any) -> Document:
    """The document without its digest; raises SnapshotError for one that is not whole."""
    if not isinstance(document, dict) or "tlibsim-snapshot" not in document:
        raise SnapshotError("tlibsim-snapshot: this is no snapshot")
    version = document["tlibsim-snapshot"]
    if version != VERSION:
        raise SnapshotError(
            f"tlibsim-snapshot: version {version!r} is not known here; this is {VERSION}"
        )
    content = {name: value for name, value in document.items() if name != "digest"}
    if document.get("digest") != _digest(content):
        raise SnapshotError("digest: the file was changed, or is not complete; save it again")
    return content


def _digest(document: Document) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
