"""Script steps as frozen values: what the reader makes of a file and the player plays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tlibsim.journal import Kind
from tlibsim.journal.expectations import ONCE_OR_MORE, Count
from tlibsim.journal.query import Query
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.script.expressions import Expression
from tlibsim.scenario.script.origin import Origin
from tlibsim.scenario.steps import AttributeTerm, ClientRequest, Step, SwitchAction
from tlibsim.scenario.terms import Term

_NOTHING: Mapping[str, object] = MappingProxyType({})
ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a message, or a fact, must be.

    ``kinds`` are the entries of the journal that count, ``names`` those of messages (empty: any).
    ``client`` is who sent or got it.  ``query`` is the text form, ``text`` the form for people.
    ``fresh``: it must have come after the last step that did something.  ``line`` is that of the
    log from which the scenario was made, 0 for none.
    """

    text: str
    place: Place
    kinds: frozenset[Kind]
    names: frozenset[str] = frozenset()
    client: str = ANY
    dn: Term | None = None
    attributes: tuple[AttributeTerm, ...] = ()
    query: Query | None = None
    count: Count = ONCE_OR_MORE
    fresh: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptStep:
    """What all script steps have: where they are, in the file and among the others (``3.2``).

    ``after_us`` passes before the step, as ``wait`` does; ``line`` is that of the log from which it
    was made, 0 for none.
    """

    path: str
    place: Place
    when: Expression | None = None
    note: str = ""
    after_us: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(ScriptStep):
    """Something is done: by a client of ours, in the switch or outside of it."""

    do: ClientRequest | SwitchAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(ScriptStep):
    """A party leaves: the one outside (``by`` remote) or a DN; of the newest call, or ``conn``."""

    by: Term
    conn: Term | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(ScriptStep):
    """All ``patterns`` must come, in this order when ``ordered``, within microseconds.

    When they do not, ``otherwise`` is done; without it the step fails.
    """

    patterns: tuple[Pattern, ...]
    within_us: int | None = None
    ordered: bool = False
    otherwise: "tuple[AnyStep, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectNone(ScriptStep):
    """None of the patterns may come, since the last step that did something, for so long."""

    patterns: tuple[Pattern, ...]
    within_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(ScriptStep):
    """Time passes: at once (``jump``), or as the clock of the run has it."""

    us: int
    jump: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(ScriptStep):
    """Expressions that must hold, now or within microseconds."""

    expressions: tuple[Expression, ...]
    within_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNames(ScriptStep):
    """Give ``$x`` a value."""

    values: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(ScriptStep):
    """Begin a fault (``order``), end one by its name (``remove``), or all (``clear``)."""

    order: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    remove: str = ""
    clear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook(ScriptStep):
    """A function of the user's own: ``file.py:function``; ``binds`` are the names that it gives."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    binds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(ScriptStep):
    """Branches that go on side by side; the step ends with the last of them."""

    branches: "tuple[tuple[AnyStep, ...], ...]"
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(ScriptStep):
    """Rounds one after another, until ``until`` holds after one of them."""

    rounds: "tuple[tuple[AnyStep, ...], ...]"
    until: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(ScriptStep):
    """Steps one after another, with a condition of their own."""

    steps: "tuple[AnyStep, ...]"


AnyScript = (
    Act
    | Block
    | Check
    | Expect
    | ExpectNone
    | Fault
    | Hangup
    | Hook
    | Parallel
    | Pass
    | Repeat
    | SetNames
)
AnyStep = AnyScript | Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who takes part: ``external`` is the system under test and connects by itself.

    ``dns`` are what it registers; of one that is external what it must have registered before the
    first step.  ``within_us`` is how long it may take to be there.
    """

    name: str
    place: Place
    external: bool = False
    dns: tuple[str, ...] = ()
    within_us: int = 30_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a scenario has besides its steps when it is more than a list of them."""

    actors: tuple[Actor, ...] = ()
    names: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))
    clock: str = ""
    seed: int | None = None
    strict: bool = False
    allow: tuple[Query, ...] = ()
    origin: Origin | None = None

    @property
    def externals(self) -> tuple[Actor, ...]:
        """The actors that are not ours."""
        return tuple(actor for actor in self.actors if actor.external)


NO_SCRIPT = Script()


def walk(steps: "tuple[AnyStep, ...]") -> "tuple[AnyStep, ...]":
    """All steps, those inside of others after the one that holds them."""
    found: list[AnyStep] = []
    for step in steps:
        found.append(step)
        for inner in inside(step):
            found += walk(inner)
    return tuple(found)


def inside(step: "AnyStep") -> "tuple[tuple[AnyStep, ...], ...]":
    """The lists of steps that a step holds."""
    if isinstance(step, Parallel):
        return step.branches
    if isinstance(step, Repeat):
        return step.rounds
    if isinstance(step, Block):
        return (step.steps,)
    return (step.otherwise,) if isinstance(step, Expect) else ()
