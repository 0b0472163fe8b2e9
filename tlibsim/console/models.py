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


class Whose(Body):
    """Of a trunk: the number outside (a pattern) that is meant; empty: all behind the trunk."""

    number: str = ""


class Behavior(Whose):
    """What changes in the behavior; what is left out stays, and null is never by itself."""

    answer_after: float | None = Field(None, ge=0, description="Seconds until it answers.")
    talk_time: float | None = Field(None, ge=0, description="Seconds until it hangs up.")
    wrap_up_time: int | Literal["untimed"] | None = Field(
        None, description="Seconds of after-call work."
    )
    no_answer: bool = Field(False, description="It lets calls ring.")
    busy: bool = Field(False, description="It is busy for every call.")
    reject: bool = Field(False, description="It declines instead of answering.")

    def said(self) -> dict[str, Any]:
        """What the body gives, by the names of the command."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"number"}}


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


class Turn(Body):
    """A turn of the clock: ``by`` seconds or text such as 30m, ``to`` a time, ``speed`` a factor."""

    by: float | str | None = None
    to: str | None = None
    speed: float = Field(1.0, ge=0)


class Expectation(Body):
    """What the journal must hold: how often a query matches, after an entry's number."""

    query: str
    least: int = Field(1, ge=0)
    most: int | None = Field(None, ge=0)
    after: int = Field(0, ge=0)


class NewFault(Body):
    """A fault: ``kind``, and the scope and arguments that it takes (``tlibsim fault kinds``)."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    kind: str
    name: str = ""


class Cleared(Body):
    """Which faults to end; empty: all."""

    name: str = ""


class NewRun(Body):
    """How a scenario file is played; ``only``: these of its scenarios, ``set``: its variables."""

    only: list[str] = []
    set_: dict[str, str] = Field({}, alias="set")
    seed: int | None = Field(None, ge=0)
    strict: bool = False
    speed: str = Field("", description="max, 1x, 4x; empty: as the file has it.")
