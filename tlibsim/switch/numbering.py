"""Where a dialed number leads: to a DN of this switch, out by a trunk, or nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tlibproto.vocabulary import Dn
from tlibsim.config import DnType
from tlibsim.switch.dn import Device


@dataclass(frozen=True, slots=True)
class Inside:
    device: Device


@dataclass(frozen=True, slots=True)
class Outside:
    trunk: Device
    number: str


@dataclass(frozen=True, slots=True)
class Nowhere:
    number: str


Destination = Inside | Outside | Nowhere


class Numbering:
    """Resolves numbers; built anew when the configured DNs change.

    A configured number is that DN; any other takes the trunk with the longest matching prefix
    that is not empty (scenarios.yml, "switch actions").  Cost: the length of the longest prefix.
    """

    __slots__ = ("_devices", "_lengths", "_trunks")

    def __init__(self, devices: Mapping[Dn, Device]) -> None:
        self._devices = devices
        self._trunks: dict[str, Device] = {}
        for device in devices.values():
            if device.settings.type is DnType.TRUNK and not device.leaving:
                self._trunks.setdefault(device.settings.prefix or "", device)
        self._lengths: Sequence[int] = sorted(
            {len(prefix) for prefix in self._trunks if prefix}, reverse=True
        )

    def resolve(self, number: str) -> Destination:
        device = self._devices.get(Dn(number))
        if device is not None and device.settings.type is not DnType.TRUNK:
            there = device.settings.enabled and not device.leaving
            return Inside(device) if there else Nowhere(number)
        for length in self._lengths:
            trunk = self._trunks.get(number[:length]) if number else None
            if trunk is not None:
                return Outside(trunk, number)
        return Nowhere(number)

    def inbound_trunk(self, name: str) -> Device | None:
        """The trunk of that name; by default the first one with an empty prefix."""
        if not name:
            return self._trunks.get("") or next(iter(self._trunks.values()), None)
        device = self._devices.get(Dn(name))
        if device is None or device.leaving or device.settings.type is not DnType.TRUNK:
            return None
        return device
