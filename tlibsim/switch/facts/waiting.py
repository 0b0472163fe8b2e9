"""What happens to calls that wait at a queue or a routing point (BEHAVIOUR.md 1.13 to 1.15)."""

from dataclasses import dataclass

from tlibproto.vocabulary import KVList, TreatmentType
from tlibsim.switch.facts.calls import PartyFact


class PartyQueued(PartyFact):
    """The call waits at the DN."""

    __slots__ = ()


class PartyDiverted(PartyFact):
    """The call went on from the DN; ``third`` is where to."""

    __slots__ = ()


class RouteRequested(PartyFact):
    """A routing point asks where the call shall go."""

    __slots__ = ()


class RouteUsed(PartyFact):
    """The call is routed; ``third`` is where to."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentApplied(PartyFact):
    """``treatment`` is the TreatmentType, also one that the vocabulary does not name."""

    treatment: TreatmentType | int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentEnded(PartyFact):
    """``digits`` are those that it collected, None for one that collects none."""

    treatment: TreatmentType | int
    digits: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentNotApplied(PartyFact):
    treatment: TreatmentType | int
    error_code: int
    parameters: KVList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsCollected(PartyFact):
    """The answer to RequestCollectDigits."""

    digits: str
