"""A contract as a value: its checks and flows, and what it makes of a configuration."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tlibsim.config import DnType, Settings
from tlibsim.config.dns import DnSettings
from tlibsim.contract.check import Check
from tlibsim.contract.command import words
from tlibsim.contract.evidence import Evidence, Roles
from tlibsim.contract.flows import Flow
from tlibsim.contract.stage import Stage

CONNECT = "connect"
"""The scene before all flows: the program under test is started and gets ready."""

_TELEPHONES = frozenset({DnType.DN, DnType.POSITION})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that stands in the way: the key of the configuration, and what is wrong."""

    path: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} {self.message}" if self.path else self.message


class ContractError(Exception):
    """The contract cannot be played so; ``troubles`` are all the reasons, in their order."""

    def __init__(self, *troubles: Trouble) -> None:
        super().__init__("\n".join(map(str, troubles)))
        self.troubles = troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A configuration as the contract plays it.

    ``settings`` are those of the simulator, ``start`` the command that starts the program under
    test (empty: it runs already), ``within`` and ``reconnect_within`` spans of time as written,
    ``uri`` where it takes SIP sessions, ``files`` its folder of files; empty where there is none.
    """

    settings: Settings
    roles: Roles
    start: str
    within: str
    reconnect_within: str
    uri: str = ""
    files: str = ""


async def _at_once(*_: object) -> None:
    """There is nothing to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One contract.

    ``noun`` is what it judges and the section of the configuration, ``command`` plays it,
    ``rare`` are the flows in which something goes wrong (``--only failures``).  ``plan`` raises
    ContractError; ``prepare`` is called before the program under test connects, ``is_ready``
    says whether it has done all that it does when it connects.  ``awake`` waits, so many seconds
    at most, until the rest of it is there; ``settle`` until what the last flows leave is there.
    """

    noun: str
    title: str
    command: str
    checks: Sequence[Check]
    flows: Mapping[str, Flow]
    rare: frozenset[str]
    plan: Callable[[Settings], Plan]
    is_ready: Callable[[Stage], bool]
    prepare: Callable[[Stage], None] = lambda _: None
    awake: Callable[[Stage, float], Awaitable[None]] = _at_once
    settle: Callable[[Stage, Evidence], Awaitable[None]] = _at_once

    def chosen(self, names: Collection[str]) -> Sequence[Check]:
        """The checks of these identifiers or flows; all for none.  Raises ContractError."""
        if not names:
            return self.checks
        wanted = {name.lower(): name for name in names}
        found = [one for one in self.checks if one.id.lower() in wanted or one.flow in wanted]
        known = {one.id.lower() for one in self.checks} | set(self.flows)
        strange = [
            name for word, name in wanted.items() if word not in known | {"failures", CONNECT}
        ]
        if strange:
            words = ", ".join(map(repr, strange))
            raise ContractError(Trouble((), f"no check or flow {words}; see: {self.listing}"))
        if "failures" in wanted:
            found += [one for one in self.checks if one.flow in self.rare and one not in found]
        return found

    @property
    def listing(self) -> str:
        """The command that lists the checks."""
        return self.command.replace(" run", " list")


def wrong_command(section: str, command: str) -> Iterator[Trouble]:
    """What is wrong with a ``start`` before it is run: quotes and {names} that nobody knows."""
    try:
        words(command, ("127.0.0.1", 1))
    except ValueError as error:
        yield Trouble((section, "start"), str(error))


def telephones(settings: Settings) -> Sequence[DnSettings]:
    """The telephones of a configuration that are in use."""
    return [dn for dn in settings.dns.values() if dn.type in _TELEPHONES and dn.enabled]
