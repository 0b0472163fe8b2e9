"""A DN of the switch while it runs: its configuration, its calls, and the state of its telephone."""

from typing import TYPE_CHECKING

from tlibproto.vocabulary import Dn
from tlibsim.config import DnOptions, DnSettings, DnType

if TYPE_CHECKING:
    from tlibsim.switch.call import Party

CALLABLE = frozenset(
    {DnType.DN, DnType.POSITION, DnType.TRUNK_GROUP, DnType.VOICE_TREATMENT_PORT}
)
"""Types of DN that have a telephone: they can make and take calls."""


class Device:
    """One configured DN.  Slots and shared settings: a switch may have 100,000 of them.

    ``parties`` are its places in calls; of a trunk, ``lines_taken`` counts the parties outside.
    """

    __slots__ = ("lines_taken", "parties", "phone_busy", "settings")

    def __init__(self, settings: DnSettings) -> None:
        self.settings = settings
        self.parties: tuple[Party, ...] = ()
        self.lines_taken = 0
        self.phone_busy = False

    @property
    def dn(self) -> Dn:
        return Dn(self.settings.dn)

    @property
    def options(self) -> DnOptions:
        return self.settings.options

    @property
    def callable(self) -> bool:
        """Whether calls can be made from it and ring at it."""
        return self.settings.type in CALLABLE

    @property
    def full(self) -> bool:
        """Whether ``max-calls`` (0: no limit) is reached."""
        limit = self.options.max_calls
        return limit > 0 and len(self.parties) + self.lines_taken >= limit

    @property
    def busy(self) -> bool:
        """Whether a call that arrives now is refused as busy."""
        return self.phone_busy or self.full
