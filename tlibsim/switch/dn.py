"""A DN of the switch while it runs: its configuration, its calls, and the state of its telephone."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlibproto.vocabulary import Dn, ForwardMode
from tlibsim.config import DnOptions, DnSettings, DnType

if TYPE_CHECKING:
    from tlibsim.switch.agent import AcdQueue, Agent
    from tlibsim.switch.call import Party
    from tlibsim.switch.far import FarBook
    from tlibsim.switch.numbering import Destination

CALLABLE = frozenset(
    {DnType.DN, DnType.POSITION, DnType.TRUNK_GROUP, DnType.VOICE_TREATMENT_PORT}
)
"""Types of DN that have a telephone: they can make and take calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Where the calls of a DN go instead, and which of them (BEHAVIOUR.md 1.17).

    ``destination`` is what ``to`` leads to.
    """

    mode: ForwardMode
    to: str
    destination: "Destination" = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    """What is set at a telephone.  A value: all DNs on which nothing is set share ``AT_REST``."""

    forward: Forward | None = None
    dnd: bool = False
    message_waiting: bool = False
    in_service: bool = True
    off_hook: bool = False


AT_REST = Telephone()


class Device:
    """One configured DN.  Slots and shared settings: a switch may have 100,000 of them.

    ``parties`` are its places in calls; of a trunk, ``lines_taken`` counts the parties outside.
    ``agent`` is who is logged in here, ``acd`` is what a queue distributes.  ``far`` is how
    those behave whom a trunk reaches.  ``leaving``: it takes no new call, login or registration,
    because the configuration has it no more.
    """

    __slots__ = (
        "_phone_busy",
        "_telephone",
        "acd",
        "agent",
        "far",
        "leaving",
        "lines_taken",
        "parties",
        "settings",
    )

    def __init__(self, settings: DnSettings) -> None:
        self.settings = settings
        self.parties: tuple[Party, ...] = ()
        self.lines_taken = 0
        self.agent: Agent | None = None
        self.acd: AcdQueue | None = None
        self.far: FarBook | None = None
        self.leaving = False
        self._phone_busy = False
        self._telephone = AT_REST

    @property
    def dn(self) -> Dn:
        return Dn(self.settings.dn)

    @property
    def telephone(self) -> Telephone:
        return self._telephone

    @telephone.setter
    def telephone(self, telephone: Telephone) -> None:
        self._telephone = telephone
        self.stir()

    @property
    def phone_busy(self) -> bool:
        """Whether the phone takes no call until it is set idle again."""
        return self._phone_busy

    @phone_busy.setter
    def phone_busy(self, busy: bool) -> None:
        self._phone_busy = busy
        self.stir()

    def stir(self) -> None:
        """Something changed that may change whether the DN's agent takes calls."""
        if self.agent is not None:
            self.agent.stir()

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
        return self.phone_busy or self.options.busy or self.telephone.dnd or self.full

    def options_for(self, number: str) -> DnOptions:
        """Of a trunk: its options, as far as that number outside has none of its own."""
        return self.options if self.far is None else self.far.options_for(number, self.options)
