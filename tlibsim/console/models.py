"""Bodies of the control API's requests.  Keys that are not named here are refused."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

UserData = dict[str, Any] | list[list[Any]]


class Body(BaseModel):
    """What all bodies have in common."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, hide_input_in_errors=True)


class NewCall(Body):
    """A call from outside (``from`` is no DN here), or one that a DN makes."""

    from_: str = Field("", alias="from", description="Number of the caller, or a DN.")
    to: str = Field(min_length=1, description="The number called.")
    via: Literal["", "trunk", "dn"] = Field(
        "", description="Where it comes from; empty: a DN if there is one of that number."
    )
    dnis: str = Field("", description="DNIS of a call from outside; empty: the number called.")
    trunk: str = Field("", description="The trunk it comes in by; empty: the first.")
    userdata: UserData | None = Field(None, description="User data from the beginning.")


class AtDn(Body):
    """Something that a DN does with the call; empty: the one DN for which it makes sense."""

    dn: str = ""


class Release(Body):
    """``by`` remote: the party outside hangs up."""

    dn: str = ""
    by: Literal["", "remote"] = ""


class Onward(Body):
    """A single-step change towards another number."""

    dn: str = ""
    to: str = Field(min_length=1)
    userdata: UserData | None = None


class Completion(Body):
    """A change that ends a consultation; ``consult`` empty: the only one."""

    dn: str = ""
    consult: str = ""


class Attachment(Body):
    """User data that joins what the call has; ``dn`` empty: the server itself attaches it."""

    dn: str = ""
    userdata: UserData


class Digits(Body):
    """Keys that a DN presses, or (empty) the party outside."""

    dn: str = ""
    digits: str = Field(min_length=1, pattern=r"^[0-9A-D*#]+$")


class FarAnswering(Body):
    """Who or what answers outside."""

    result: Literal["Human", "AnsweringMachine", "Fax"] = "Human"


class StartOfRecording(Body):
    """As RequestPrivateService 3013 (RECORDING.md 3.3); ``dn`` empty: the DN on the call."""

    dn: str = ""
    record: Literal["source", "destination"] = "source"
    id: str | None = None
    dest: str = ""
    dest2: str = ""
    params: dict[str, str] = {}


class ControlOfRecording(Body):
    """Stop, pause or resume; ``id`` empty: all sessions of the call."""

    dn: str = ""
    id: str | None = None


class Login(Body):
    """An agent comes to a DN; ``dn`` empty: the configured one."""

    dn: str = ""
    queue: str | None = None


class Reason(Body):
    """A change of state, with its reasons."""

    reasons: UserData | None = None
    queue: str | None = None


class Nothing(Body):
    """No arguments."""


class Forwarding(Body):
    """Where calls go instead."""

    to: str = Field(min_length=1)
    mode: Literal["Unconditional", "OnBusy", "OnNoAnswer", "OnBusyAndNoAnswer"] = (
        "Unconditional"
    )


class Advance(Body):
    """How far time moves: seconds, or text such as 30m."""

    by: float | str
