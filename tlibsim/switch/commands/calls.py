"""What may be asked of the switch.  One frozen dataclass per command; ``perform`` maps them.

A command comes from a client's request, from a scenario or from the console, and is the same in
each case.  ``because`` carries the Reasons and Extensions of the request that caused it.
"""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import ConnId, Dn, KVList


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Reasons and Extensions of a request; events that answer it repeat them."""

    reasons: KVList | None = None
    extensions: KVList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCall:
    dn: Dn
    to: str
    user_data: KVList | None = None
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCall:
    """``conn_id`` None: whatever rings at the DN (somebody picked up the phone)."""

    dn: Dn
    conn_id: ConnId | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCall:
    dn: Dn
    conn_id: ConnId
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCall:
    dn: Dn
    conn_id: ConnId
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCall:
    dn: Dn
    conn_id: ConnId
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDtmf:
    dn: Dn
    conn_id: ConnId
    digits: str
    because: Because | None = None


class DataChange(Enum):
    """The four ways to change the user data of a call (BEHAVIOUR.md 4.2)."""

    ATTACH = "attach"
    UPDATE = "update"
    DELETE_PAIR = "delete-pair"
    DELETE_ALL = "delete-all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUserData:
    """``dn`` None: the server itself changes the data (recording keys)."""

    conn_id: ConnId
    change: DataChange
    dn: Dn | None = None
    pairs: KVList | None = None
    key: str = ""
    because: Because | None = None


class FarResult(Enum):
    """Who or what answers outside (scenarios.yml, switch actions)."""

    HUMAN = "Human"
    ANSWERING_MACHINE = "AnsweringMachine"
    FAX = "Fax"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArriveInbound:
    """A call from outside reaches ``to``.  ``dnis`` empty: ``to``; ``trunk`` empty: the default one."""

    caller: str
    to: Dn
    dnis: str = ""
    trunk: str = ""
    user_data: KVList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FarAnswer:
    conn_id: ConnId
    result: FarResult = FarResult.HUMAN


@dataclass(frozen=True, slots=True, kw_only=True)
class FarRelease:
    conn_id: ConnId


@dataclass(frozen=True, slots=True, kw_only=True)
class PressDigits:
    """The outside party presses keys."""

    conn_id: ConnId
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPhoneBusy:
    """The phone of a DN takes no call (486) until it is set idle again; no event either way."""

    dn: Dn
    busy: bool
