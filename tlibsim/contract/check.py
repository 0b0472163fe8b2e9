"""What a check is: a name, a level, the clause it comes from, the flow it looks at, its judge."""

from collections.abc import Callable
from dataclasses import dataclass

from tlibsim.contract.evidence import Evidence
from tlibsim.contract.result import Level, Verdict


@dataclass(frozen=True, slots=True)
class Check:
    """``flow`` is the call flow that it needs; it may look at all that were played."""

    id: str
    level: Level
    title: str
    source: str
    flow: str
    judge: Callable[[Evidence], Verdict]
