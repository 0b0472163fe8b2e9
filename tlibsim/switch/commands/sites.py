"""What a client may ask about ways to other switches (BEHAVIOUR.md 3.7)."""

from dataclasses import dataclass

from tlibproto.vocabulary import Dn, KVList


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAccessNumber:
    """The next call to ``number`` goes to ``to`` at ``location``; ``reference`` is its name.

    ``user_data`` is attached to that call.
    """

    dn: Dn
    to: str
    location: str
    number: str
    reference: int
    user_data: KVList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackAccessNumber:
    reference: int
