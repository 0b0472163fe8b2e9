"""What is set at telephones; service, link, notes on calls (BEHAVIOUR.md 1.12, 1.17, 1.20)."""

from dataclasses import dataclass

from tlibproto.vocabulary import ConnId, Dn, ForwardMode
from tlibsim.switch.commands.calls import Because


@dataclass(frozen=True, slots=True, kw_only=True)
class SetForward:
    """Calls to the DN go to ``to`` instead; takes the place of an earlier forward."""

    dn: Dn
    mode: ForwardMode
    to: str
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelForward:
    """``mode`` is what the request named; whatever is set is canceled."""

    dn: Dn
    mode: ForwardMode | int | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDnd:
    """Do not disturb."""

    dn: Dn
    on: bool
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMessageWaiting:
    """The lamp that says that messages wait."""

    dn: Dn
    on: bool
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOutOfService:
    """The telephone, queue or routing point fails, or is taken out of service."""

    dn: Dn


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInService:
    dn: Dn


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLink:
    """The link between the server and its switch fails or comes back."""

    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCallInfo:
    """Everybody on the call is told that somebody changed what is known of it."""

    dn: Dn
    conn_id: ConnId
    operation: int | None = None
    other: str | None = None
    because: Because | None = None
