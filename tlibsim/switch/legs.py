"""Legs of calls that lead to another switch, and the trunk that stands for that switch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlibproto.vocabulary import Dn
from tlibsim.config import DnSettings, DnType
from tlibsim.ports.site import Site
from tlibsim.switch.dn import Device

if TYPE_CHECKING:
    from tlibsim.switch.call import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A number that leads to ``to`` at another switch, once; ``dn`` asked for it."""

    dn: Dn
    to: str
    location: str
    number: str
    reference: int


class Leg:
    """The party outside that is really a call at another site.

    ``told`` is whether the other side knows, or itself said, that the leg is over.
    """

    __slots__ = ("access", "answered", "party", "told", "trunk", "uuid")

    def __init__(self, uuid: str, trunk: "SiteTrunk", party: "Party") -> None:
        self.uuid = uuid
        self.trunk = trunk
        self.party = party
        self.access: Access | None = None
        self.answered = False
        self.told = False

    def touch(self) -> None:
        """The party changed its state or left its call: the end of the turn looks at it."""
        self.trunk.touched.append(self)


class SiteTrunk(Device):
    """All lines to another switch."""

    __slots__ = ("legs", "site", "touched")

    def __init__(self, site: Site) -> None:
        super().__init__(DnSettings(dn=site.switch, type=DnType.TRUNK))
        self.site = site
        self.legs: dict[str, Leg] = {}
        self.touched: list[Leg] = []
