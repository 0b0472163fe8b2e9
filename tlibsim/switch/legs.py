"""Legs of calls that lead to another switch, and the trunk that stands for that switch."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tlibproto.vocabulary import Dn, KVList
from tlibsim.config import DnSettings, DnType
from tlibsim.ports.site import Site
from tlibsim.switch.dn import Device

if TYPE_CHECKING:
    from tlibsim.switch.call import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A number that leads to ``to`` at another switch, once; ``dn`` asked for it.

    ``user_data`` is attached to the call that goes there.
    """

    dn: Dn
    to: str
    location: str
    number: str
    reference: int
    user_data: KVList


class Leg:
    """The party outside that is really a call at another site.

    ``told`` is whether the other side knows, or itself said, that the leg is over.  ``data`` is
    the user data that both ends have, ``version`` the number of its last change.
    """

    __slots__ = (
        "access",
        "answered",
        "data",
        "party",
        "source",
        "told",
        "trunk",
        "uuid",
        "version",
    )

    def __init__(self, uuid: str, trunk: "SiteTrunk", party: "Party", *, source: bool) -> None:
        self.uuid = uuid
        self.source = source
        self.data = party.call.user_data
        self.version = 0
        self.trunk = trunk
        self.party = party
        self.access: Access | None = None
        self.answered = False
        self.told = False

    def touch(self) -> None:
        """The party changed its state or left its call: the end of the turn looks at it."""
        self.trunk.touched.append(self)


class SiteTrunk(Device):
    """All lines to another switch.

    It is out of service while the link is lost, which has happened ``losses`` times.
    ``unsure`` are legs of which the other side has not said yet that it has them still.
    """

    __slots__ = ("legs", "losses", "site", "touched", "unsure")

    def __init__(self, site: Site, *, reached: bool = True) -> None:
        super().__init__(DnSettings(dn=site.switch, type=DnType.TRUNK))
        self.site = site
        self.legs: dict[str, Leg] = {}
        self.touched: list[Leg] = []
        self.unsure: frozenset[str] = frozenset()
        self.losses = 0
        self.reached = reached

    @property
    def reached(self) -> bool:
        """Whether the link stands."""
        return self.telephone.in_service

    @reached.setter
    def reached(self, reached: bool) -> None:
        self.telephone = replace(self.telephone, in_service=reached)
