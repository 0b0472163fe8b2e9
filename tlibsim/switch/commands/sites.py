"""What a client may ask about ways to other switches (BEHAVIOUR.md 3.7)."""

from dataclasses import dataclass

from tlibproto.vocabulary import Dn


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAccessNumber:
    """The next call to ``number`` goes to ``to`` at ``location``; ``reference`` is its name."""

    dn: Dn
    to: str
    location: str
    number: str
    reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackAccessNumber:
    reference: int
