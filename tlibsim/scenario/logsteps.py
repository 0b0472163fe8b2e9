"""``do: {replay: ..}`` and ``do: {diff: ..}``: what a log of the file comes to (scenarios.yml, logs)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tlibproto.vocabulary import KVList, Value
from tlibsim.logs.differing import DiffOptions, compare_logs
from tlibsim.logs.fromlog import FromLogOptions, NothingToWriteError, scenario_of
from tlibsim.logs.message import LogMessage, Role
from tlibsim.logs.reading import LogReader
from tlibsim.logs.redaction import NO_RULES
from tlibsim.logs.renumber import changed, renumbered
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import Place, ScenarioError
from tlibsim.scenario.steps import LogAction, Scenario

_LINKS = "ISLinkList"
_CALL = "CallUuid"
NOTHING_COUNTED: Mapping[str, int] = MappingProxyType({})


class LogStepError(Exception):
    """A step about logs that cannot be done; the text says why."""

    def __init__(self, text: str, place: Place) -> None:
        super().__init__(text)
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog:
    """A log of the file, read: its messages and what there is to count."""

    messages: tuple[LogMessage, ...]
    counts: Mapping[str, int]

    @property
    def has_requests(self) -> bool:
        """Whether there is anything to play."""
        return any(one.role is Role.REQUEST for one in self.messages)


def read_text(text: str, name: str) -> ReadLog:
    """Read the text of a log: the counts are events, link ids, CallUUIDs, unreadable lines."""
    reader = LogReader(name)
    messages = tuple(reader.read(text.splitlines(keepends=True)))
    events = [one for one in messages if one.role is not Role.REQUEST]
    links = {link for one in messages for link, _ in _pairs(one.values.get(_LINKS))}
    calls = {one.values[_CALL] for one in messages if _CALL in one.values}
    return ReadLog(
        messages=messages,
        counts={
            "parsed-events": len(events),
            "links": len(links),
            "calls": len(calls),
            "unreadable-lines": reader.unreadable,
        },
    )


def replayed(do: LogAction) -> ReadLog:
    """The log that a ``replay`` names."""
    name = str(do.arguments["log"])
    return read_text(do.texts[name], name)


def steps_of(read: ReadLog, do: LogAction) -> tuple[Scenario, Mapping[str, tuple[str, ...]]]:
    """The requests and events of a log as a scenario, and its clients with their DNs.

    Raises LogStepError when nothing can be made of it.
    """
    name = str(do.arguments["log"])
    try:
        made = scenario_of(read.messages, FromLogOptions(name=name, rules=NO_RULES))
        (scenario,) = load(made.text, f"the log {name}").scenarios
    except (NothingToWriteError, ScenarioError) as error:
        raise LogStepError(f"log {name}: {error}", do.place) from error
    clients = scenario.config.get("clients")
    found = clients if isinstance(clients, Mapping) else {}
    return scenario, {str(client): tuple(map(str, dns)) for client, dns in found.items()}


def difference_count(do: LogAction, ignore: tuple[str, ...]) -> Mapping[str, int]:
    """How many differences a ``diff`` finds; raises LogStepError."""
    name = str(do.arguments["log"])
    against = str(do.arguments.get("against", name))
    text = do.texts[against]
    if do.arguments.get("renumber") is True:
        text = renumbered(text)
    change = do.arguments.get("change")
    if isinstance(change, Mapping):
        text = _changed(text, change, do.place)
    mine = read_text(do.texts[name], name)
    theirs = read_text(text, against)
    options = DiffOptions(ignore=frozenset(ignore))
    found = compare_logs(mine.messages, theirs.messages, options)
    return {"differences": len(found.differences)}


def _changed(text: str, change: Mapping[object, object], place: Place) -> str:
    try:
        nth = int(str(change.get("nth", 1)))
        return changed(text, str(change["from"]), str(change["to"]), nth)
    except (KeyError, ValueError) as error:
        raise LogStepError(f"change {dict(change)}: {error}", place) from error


def _pairs(value: Value | None) -> KVList:
    return value if isinstance(value, KVList) else KVList(())
