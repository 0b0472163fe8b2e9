"""What a waiting call hears, and the digits that it sends (BEHAVIOUR.md 1.15)."""

from dataclasses import dataclass, field

from tlibproto.vocabulary import KVList, PartyState, TErrorCode, TreatmentType
from tlibsim.switch.call import Party
from tlibsim.switch.commands import Because
from tlibsim.switch.facts import (
    DigitsCollected,
    TreatmentApplied,
    TreatmentEnded,
    TreatmentNotApplied,
)
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later

ENDLESS = frozenset(
    {
        TreatmentType.Music,
        TreatmentType.RingBack,
        TreatmentType.Silence,
        TreatmentType.Busy,
        TreatmentType.FastBusy,
    }
)
"""Treatments that run until they are replaced."""

COLLECTING = frozenset(
    {
        TreatmentType.CollectDigits,
        TreatmentType.PlayAnnouncementAndDigits,
        TreatmentType.TextToSpeechAndDigits,
        TreatmentType.VerifyDigits,
    }
)
"""Treatments that end with digits."""

AT_ONCE = frozenset(
    {
        TreatmentType.CancelCall,
        TreatmentType.SetDefaultRoute,
        TreatmentType.DeleteUserAnnouncement,
    }
)
"""Treatments that are over as soon as they are applied."""

DURATION = "DURATION"
USUAL_SECONDS = 3
"""How long an announcement takes that does not say so."""

MAX_DIGITS = "MAX_DIGITS"
TOTAL_TIMEOUT = "TOTAL_TIMEOUT"
TERMINATORS = ("ABORT_DIGITS", "TERM_DIGITS", "TERMINATION_DIGITS")


@dataclass(slots=True, eq=False)
class Treatment:
    """A treatment that runs.  ``wanted`` digits (0: any number) end it, or a terminator.

    ``asked`` is true for RequestCollectDigits, which is answered by EventDigitsCollected.
    """

    kind: TreatmentType | int
    wanted: int = 0
    terminators: str = ""
    digits: list[str] = field(default_factory=list)
    asked: bool = False
    because: Because | None = None

    @property
    def collects(self) -> bool:
        return self.asked or self.kind in COLLECTING


@dataclass(frozen=True, slots=True)
class TreatmentOver:
    """Reminder: the time of a treatment has passed, if it still runs."""

    point: Party
    treatment: Treatment


class BadParameter(ValueError):  # noqa: N818  the name says what is wrong
    """A treatment parameter that cannot be used; the text names it."""


def begin(
    switch: Switch,
    turn: Turn,
    point: Party,
    kind: TreatmentType | int,
    parameters: KVList | None,
    because: Because | None,
) -> None:
    """Apply a treatment, or say why not; the one that runs ends first."""
    try:
        treatment, seconds = _prepared(kind, parameters)
    except BadParameter:
        _publish_not_applied(turn, point, kind, parameters, because)
        return
    end(switch, turn, point)
    _run(switch, turn, point, treatment, seconds)
    turn.publish(
        TreatmentApplied(
            call=point.call.view(),
            side=point.side(point.call.other(point)),
            because=because,
            treatment=kind,
        )
    )


def collect(
    switch: Switch, turn: Turn, point: Party, treatment: Treatment, seconds: float
) -> None:
    """Collect digits as RequestCollectDigits asks; what runs ends first."""
    end(switch, turn, point)
    _run(switch, turn, point, treatment, seconds or None)


def _run(
    switch: Switch, turn: Turn, point: Party, treatment: Treatment, seconds: float | None
) -> None:
    stay = point.errand
    stay.treatment = treatment  # type: ignore[union-attr]
    if seconds is not None:
        switch.remind(later(turn, seconds), TreatmentOver(point, treatment))


def _prepared(
    kind: TreatmentType | int, parameters: KVList | None
) -> tuple[Treatment, float | None]:
    """The treatment, and the seconds after which it ends by itself."""
    if kind in ENDLESS:
        return Treatment(kind), None
    if kind in AT_ONCE:
        return Treatment(kind), 0
    if kind in COLLECTING:
        treatment = Treatment(
            kind,
            wanted=_number(parameters, MAX_DIGITS, 0),
            terminators="".join(_text(parameters, key) for key in TERMINATORS),
        )
        seconds = _number(parameters, TOTAL_TIMEOUT, 0)
        return treatment, seconds or None
    return Treatment(kind), _number(parameters, DURATION, USUAL_SECONDS)


def _number(parameters: KVList | None, key: str, default: int) -> int:
    value = None if parameters is None else parameters.first(key)
    if value is None:
        return default
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if not isinstance(value, int) or value < 0:
        raise BadParameter(f"{key}={value!r}")
    return value


def _text(parameters: KVList | None, key: str) -> str:
    value = None if parameters is None else parameters.first(key)
    return value if isinstance(value, str) else ""


def _publish_not_applied(
    turn: Turn,
    point: Party,
    kind: TreatmentType | int,
    parameters: KVList | None,
    because: Because | None,
) -> None:
    turn.publish(
        TreatmentNotApplied(
            call=point.call.view(),
            side=point.side(point.call.other(point)),
            because=because,
            treatment=kind,
            error_code=int(TErrorCode.TERR_BAD_PARAM),
            parameters=parameters,
        )
    )


def running(point: Party) -> Treatment | None:
    """The treatment that runs for a party at a routing point."""
    return getattr(point.errand, "treatment", None)


def end(switch: Switch, turn: Turn, point: Party) -> None:
    """End the treatment that runs, if one does, and tell."""
    treatment = running(point)
    if treatment is None:
        return
    point.errand.treatment = None  # type: ignore[union-attr]
    call = point.call.view()
    side = point.side(point.call.other(point))
    digits = "".join(treatment.digits)
    if treatment.asked:
        turn.publish(
            DigitsCollected(call=call, side=side, because=treatment.because, digits=digits)
        )
        return
    turn.publish(
        TreatmentEnded(
            call=call,
            side=side,
            treatment=treatment.kind,
            digits=digits if treatment.collects else None,
        )
    )


def over(switch: Switch, reminder: TreatmentOver, turn: Turn) -> None:
    """End the treatment, unless something else happened to it."""
    point = reminder.point
    if point.state is PartyState.Queued and running(point) is reminder.treatment:
        end(switch, turn, point)


def digits_pressed(switch: Switch, turn: Turn, point: Party, digits: str) -> None:
    """Keys that the other side pressed while the call waits here."""
    treatment = running(point)
    if treatment is None or not treatment.collects:
        return
    for digit in digits:
        if digit in treatment.terminators:
            end(switch, turn, point)
            return
        treatment.digits.append(digit)
        if treatment.wanted and len(treatment.digits) >= treatment.wanted:
            end(switch, turn, point)
            return
