"""From a log to a scenario: which messages, made safe, explained, written down."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tlibsim.logs.calls import CallIndex
from tlibsim.logs.causes import NOISE, SETUP, Causes, Unmapped
from tlibsim.logs.company import Company
from tlibsim.logs.message import LogMessage, left_out
from tlibsim.logs.origintext import OriginText
from tlibsim.logs.redaction import RedactionRules, Redactor
from tlibsim.logs.scenariotext import NOT_MAPPED, ScenarioText
from tlibsim.logs.wanted import PAUSE, Wanted, lost_pauses

_TRANSFERS = ("RequestCompleteTransfer", "RequestSingleStepTransfer", "RequestMuteTransfer")


class NothingToWriteError(Exception):
    """There is nothing that a scenario could be made of; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenScenario:
    """A scenario file and what there is to tell of it.  ``left_out`` are names of attributes.

    ``lost`` is what no step stands for, ``comments`` are the lines of the file that tell so;
    ``wanted`` are requests where another was wanted.
    """

    text: str
    steps: int
    messages: int
    dns: int
    lasts_us: int
    parameters: tuple[str, ...]
    redacted: str
    lost: tuple[Unmapped, ...]
    comments: tuple[int, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class FromLogOptions:
    """``call`` is what the messages are of, or empty for a whole log; ``name`` is the scenario's.

    ``under_test`` is the client of the log that will connect by itself, empty for none.
    """

    name: str
    call: str = ""
    under_test: str = ""
    rules: RedactionRules = field(default_factory=RedactionRules)


def scenario_of(
    messages: Sequence[LogMessage],
    options: FromLogOptions,
    registrations: Iterable[LogMessage] = (),
) -> WrittenScenario:
    """Make a scenario of the messages of a log, or of a call; raises NothingToWriteError.

    ``registrations`` are the requests of the whole log that tell which client has which DNs.
    """
    if not messages:
        raise NothingToWriteError("has no message of any dialect that is known here")
    redactor = Redactor(options.rules)
    chosen = [redactor.message(one) for one in messages]
    company = Company()
    played = [one for one in chosen if one.name not in SETUP and not one.name.startswith(NOISE)]
    if not played:
        raise NothingToWriteError("has nothing but registrations and call monitoring")
    company.look(played)
    registered = (redactor.message(one) for one in (*registrations, *messages))
    company.registered(registered, company.dns)
    items = Causes(company).items(chosen)
    title = f"call {options.call}" if options.call else "a log"
    if options.under_test and options.under_test not in company.clients:
        known = ", ".join(company.clients) or "none"
        raise NothingToWriteError(f"has no client {options.under_test}; it has: {known}")
    wanted = lost_pauses(chosen)
    origin = OriginText(log=played[0].source, call=options.call)
    writer = ScenarioText(
        options.name,
        f"From {played[0].source}: {title}",
        company,
        origin,
        wanted,
        options.under_test,
    )
    notes = [f"{played[0].source}, {title}, {len(chosen)} messages"]
    if redactor.told():
        notes.append(f"redacted: {redactor.told()}")
    lines = writer.lines(items, notes)
    times = [one.at for one in chosen if one.at is not None]
    return WrittenScenario(
        text="\n".join(lines) + "\n",
        steps=writer.steps,
        messages=len(chosen),
        dns=len(company.types),
        lasts_us=max(times) - min(times) if times else 0,
        parameters=tuple(writer.parameters),
        redacted=redactor.told(),
        lost=tuple(writer.lost),
        comments=tuple(_comments(lines)),
        wanted=wanted,
        left_out=tuple(
            dict.fromkeys(
                name for one in played if one.message_id is not None for name in left_out(one)
            )
        ),
        remarks=tuple(_remarks(chosen, len(wanted))),
    )


def no_call(index: CallIndex, call: str) -> str:
    """What to say when a log does not have a call."""
    found = list(index.calls)
    if not found:
        return "has no call"
    more = f" and {index.call_count - 5:,} more" if index.call_count > 5 else ""
    return f"has no call {call}; it has {', '.join(found[:5])}{more}"


def _comments(lines: Sequence[str]) -> Iterator[int]:
    """Where the comments stand that tell what no step stands for."""
    for number, line in enumerate(lines, start=1):
        if line.startswith(NOT_MAPPED):
            yield number


def _remarks(messages: Sequence[LogMessage], lost_pauses: int) -> list[str]:
    """What is remarkable about it: transfers, pauses of the recording, those wanted too."""
    transfers = sum(one.name in _TRANSFERS for one in messages)
    paused = lost_pauses + sum(
        one.name == "RequestPrivateService" and one.integer("PrivateMsgID") == PAUSE
        for one in messages
    )
    found = []
    if transfers:
        found.append(f"{_number(transfers)} transfer{'' if transfers == 1 else 's'}")
    if paused:
        found.append(f"recording paused {'once' if paused == 1 else f'{paused} times'}")
    return found


def _number(count: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(count, str(count))
