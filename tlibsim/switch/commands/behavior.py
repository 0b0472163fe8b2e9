"""What phones and people outside do by themselves, changed while the switch runs."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from tlibproto.vocabulary import Dn


class Keep(Enum):
    """What a change leaves as it is."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBehavior:
    """From now on the phone of ``dn``, all ends behind the trunk ``dn``, or a number outside do so.

    Exactly one of ``dn`` and ``number`` (a pattern) is given.  Seconds; None: never by itself,
    or for ``wrap_up_time`` what the queue or the application says.  What is not given stays.
    Calls that ring or talk already act by the new behavior, counted from when they began to.
    """

    dn: Dn | None = None
    number: str = ""
    answer_after: float | Keep | None = KEEP
    talk_time: float | Keep | None = KEEP
    no_answer: bool | Keep = KEEP
    busy: bool | Keep = KEEP
    reject: bool | Keep = KEEP
    wrap_up_time: int | Literal["untimed"] | Keep | None = KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreBehavior:
    """The behavior is again what the configuration says."""

    dn: Dn | None = None
    number: str = ""
