"""Many private switches in one process, each with its own ports, calls, journal and clock.

The other end of :mod:`tlibsim.testing.pipe`.  Questions become the same commands as those of the
control API, so a test can do nothing that the switch would refuse.
"""

import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from tlibsim import config
from tlibsim.app import Simulator, wall_time
from tlibsim.config import ConfigError, RecorderUnderTest, Settings
from tlibsim.config.settings import SnapshotSettings
from tlibsim.config.spans import seconds_of
from tlibsim.console import documents, models
from tlibsim.console.history import history
from tlibsim.console.lists import WrongValueError
from tlibsim.console.reloading import changes_document
from tlibsim.console.reset import reset
from tlibsim.console.snapshots import Snapshots
from tlibsim.console.verbs import (
    AGENT_VERBS,
    CALL_VERBS,
    DN_VERBS,
    RECORDING_VERBS,
    NotFoundError,
    UnclearError,
    Verb,
    find_call,
    find_dn,
    new_call,
)
from tlibsim.contract.command import sip_port
from tlibsim.contract.recorder import settings_for
from tlibsim.contract.suite import telephones
from tlibsim.journal import Entry, Kind
from tlibsim.journal.expectations import Count, expect, shown_record
from tlibsim.journal.export import to_object
from tlibsim.journal.query import Query, parse
from tlibsim.journal.records import Record, record_of, records
from tlibsim.journal.syntax import QueryError
from tlibsim.net.clock import clock_kind
from tlibsim.net.reactor import Reactor
from tlibsim.net.turning import turn
from tlibsim.snapshots.store import Store
from tlibsim.switch.refusals import RequestRefused
from tlibsim.testing.scenarios import PlayedScenario, chosen
from tlibsim.testing.sipseen import SipLog

Question = Mapping[str, Any]

_SEED = 1
_EVERYTHING = tuple(Kind)
_MOST_ENTRIES = 1000
_LOOK_S = 0.01


class RefusedError(Exception):
    """What was asked cannot be done; the text says why."""


_OURS = (RequestRefused, NotFoundError, UnclearError, WrongValueError, QueryError, ConfigError)


@dataclass(slots=True)
class Held:
    """One switch.  ``directory`` is its own, and goes with it."""

    simulator: Simulator
    directory: Path
    snapshots: Snapshots
    sip: SipLog
    recorder: Mapping[str, Any]
    played: PlayedScenario | None = None
    begun_at: int = 0


class Host:
    """The switches of one process, by number."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._held: dict[int, Held] = {}
        self._made = 0

    async def answer(self, question: Question) -> Any:
        """The result of one question; raises RefusedError."""
        function = OPERATIONS.get(question["op"])
        if function is None:
            raise RefusedError(f"no operation {question['op']!r}")
        try:
            return await function(self, question)
        except _OURS as error:
            raise RefusedError(str(error)) from error
        except ValueError as error:
            raise RefusedError(str(error)) from error

    async def close(self) -> None:
        """End all switches."""
        for number in tuple(self._held):
            await self._stop({"switch": number})

    # -- switches ------------------------------------------------------------------------------

    async def _start(self, question: Question) -> Any:
        directory = Path(tempfile.mkdtemp(prefix="tlibsim-"))
        try:
            settings = _settings(question, directory)
            recorder: Mapping[str, Any] = {}
            if question.get("sip_port"):
                under_test = recorder_of(settings, question["sip_port"])
                recorder = _recorder_document(under_test, settings)
                settings = settings_for(settings, under_test)
            clock = clock_kind(question.get("clock", "real")).made(self._reactor, wall_time())
            sip = SipLog()
            simulator = Simulator(
                settings,
                reactor=self._reactor,
                clock=clock,
                traffic=lambda traffic: sip.note(traffic, clock.now()),
            )
            simulator.add_second_site()
            await simulator.start()
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        return self._hold(
            Held(
                simulator=simulator,
                directory=directory,
                snapshots=Snapshots(simulator),
                sip=sip,
                recorder=recorder,
            )
        )

    def _hold(self, held: Held) -> Any:
        self._made += 1
        self._held[self._made] = held
        return {"switch": self._made, "ready": held.simulator.ready()}

    async def _play(self, question: Question) -> Any:
        """A switch on which a scenario is played."""
        part = chosen(Path(question["file"]), question["name"], question["values"])
        played = PlayedScenario(self._reactor, part)
        simulator = await played.begin()
        return self._hold(
            Held(
                simulator=simulator,
                directory=Path(tempfile.mkdtemp(prefix="tlibsim-")),
                snapshots=Snapshots(simulator),
                sip=SipLog(),
                recorder={},
                played=played,
            )
        )

    async def _verdict(self, question: Question) -> Any:
        """How the scenario of this switch ended."""
        played = self._of(question).played
        if played is None:
            raise RefusedError("no scenario is played on this switch")
        return await played.verdict(question["limit_s"])

    async def _stop(self, question: Question) -> Any:
        held = self._held.pop(question["switch"], None)
        if held is not None:
            await (held.simulator if held.played is None else held.played).stop()
            shutil.rmtree(held.directory, ignore_errors=True)
        return None

    async def _reset(self, question: Question) -> Any:
        """No calls, DNs in service, agents as configured, and an empty journal."""
        held = self._of(question)
        reset(held.simulator)
        held.sip.forget()
        held.begun_at = held.simulator.journal.last_number
        return held.begun_at

    async def _end_calls(self, question: Question) -> Any:
        """Everybody hangs up, and the recorders have answered, or the time is over."""
        held = self._of(question)
        reset(held.simulator)
        until = self._reactor.seconds() + question["limit_s"]
        while not held.simulator.settled() and self._reactor.seconds() < until:
            await turn(self._reactor, _LOOK_S)

    async def _reload(self, question: Question) -> Any:
        """Another configuration, while calls go on."""
        held = self._of(question)
        return changes_document(held.simulator.reload(_settings(question, held.directory)))

    def _of(self, question: Question) -> Held:
        held = self._held.get(question["switch"])
        if held is None:
            raise RefusedError("this switch is stopped")
        return held

    # -- acting --------------------------------------------------------------------------------

    async def _call(self, question: Question) -> Any:
        simulator = self._of(question).simulator
        before = {view.conn_id for view in simulator.calls()}
        body = models.NewCall.model_validate(question["body"])
        simulator.perform(new_call(simulator, body))
        made = documents.newest(v for v in simulator.calls() if v.conn_id not in before)
        return None if made is None else documents.call(made)

    async def _verb(self, question: Question) -> Any:
        simulator = self._of(question).simulator
        table, find = SUBJECTS[question["family"]]
        verb = table.get(question["verb"])
        if verb is None:
            raise RefusedError(f"no verb {question['verb']!r}; there are {', '.join(table)}")
        subject = find(simulator, question["subject"])
        body = verb.body.model_validate(question.get("body") or {})
        simulator.perform(verb.command(simulator, subject, body))
        return None

    async def _fault(self, question: Question) -> Any:
        self._of(question).simulator.faulting.add(question["words"])

    async def _clear_faults(self, question: Question) -> Any:
        return self._of(question).simulator.faulting.clear(question["name"])

    async def _advance(self, question: Question) -> Any:
        simulator = self._of(question).simulator
        await simulator.advance(question["by_s"])
        return documents.when(simulator.clock.now())

    async def _snapshot(self, question: Question) -> Any:
        """Keep the state; where the file is."""
        snapshots = self._of(question).snapshots
        snapshots.save(question["name"])
        return os.fspath(snapshots.store.directory / f"{question['name']}.json")

    async def _restore(self, question: Question) -> Any:
        """Put a state in place that was kept under a name, or in a file."""
        snapshots = self._of(question).snapshots
        file = question.get("file")
        if file is None:
            await snapshots.load(question["name"])
        else:
            path = Path(file)
            await snapshots.load(path.name.removesuffix(".json"), Store(path.parent))

    # -- looking -------------------------------------------------------------------------------

    async def _state(self, question: Question) -> Any:
        return documents.state(self._of(question).simulator)

    async def _history(self, question: Question) -> Any:
        return history(self._of(question).simulator, question["call"])

    async def _journal(self, question: Question) -> Any:
        held = self._of(question)
        wanted = parse(question.get("query", ""))
        found = [record for record in self._since(held, question) if wanted.matches(record)]
        return [_document(record) for record in found[-_MOST_ENTRIES:]]

    def _since(self, held: Held, question: Question) -> list[Record]:
        after = max(held.begun_at, question.get("after", 0))
        return list(records(held.simulator.journal, after))

    async def _expect(self, question: Question) -> Any:
        """Wait until ``count`` records fit; what did not come in time is told with the nearest."""
        held = self._of(question)
        wanted, count = parse(question["query"]), question.get("count", 1)
        here = self._since(held, question)
        missing = count - sum(wanted.matches(record) for record in here)
        if missing > 0:
            await self._more(held, wanted, missing, question["limit_s"])
        judged = expect(wanted, self._since(held, question), Count(least=count))
        if not judged.met:
            raise RefusedError(f"{judged.text()}\nwaited {question['limit_s']:g} s")
        return [_document(record) for record in judged.found]

    async def _more(self, held: Held, wanted: Query, count: int, seconds: float) -> None:
        """Wait until as many more records have come, or the time is over."""
        found: list[Record] = []
        enough: Deferred[None] = Deferred()
        journal = held.simulator.journal

        def look(entry: Entry) -> None:
            record = record_of(entry, journal.names)
            if not enough.called and wanted.matches(record):
                found.append(record)
                if len(found) >= count:
                    enough.callback(None)

        journal.listen(look, *_EVERYTHING)
        try:
            await self._in_time(enough, seconds)
        finally:
            journal.ignore(look)

    async def _in_time(self, enough: "Deferred[None]", seconds: float) -> None:
        """Wait for it, or until the time is over."""
        timer = self._reactor.callLater(
            seconds, lambda: None if enough.called else enough.callback(None)
        )
        try:
            await enough
        finally:
            if timer.active():
                timer.cancel()

    # -- the recorder --------------------------------------------------------------------------

    async def _recorder(self, question: Question) -> Any:
        """Its SIP port, how it is started, what it registers; refused without a recorder."""
        recorder = self._of(question).recorder
        if not recorder:
            raise RefusedError("this switch was started without a recorder: give a sip_port")
        return recorder

    async def _sip(self, question: Question) -> Any:
        return self._of(question).sip.messages()

    async def _sip_sessions(self, question: Question) -> Any:
        return self._of(question).sip.sessions()

    async def _expect_sip(self, question: Question) -> Any:
        """Wait until ``count`` exchanges of a kind fit; else tell all that was said."""
        sip, kind, wanted = self._of(question).sip, question["kind"], question["wanted"]
        count, limit = question["count"], question["limit_s"]
        enough: Deferred[None] = Deferred()

        def look() -> None:
            if not enough.called and len(sip.exchanges(kind, wanted)) >= count:
                enough.callback(None)

        end = sip.listen(look)
        try:
            look()
            await self._in_time(enough, limit)
        finally:
            end()
        found = sip.exchanges(kind, wanted)
        if len(found) < count:
            words = " ".join((kind, *(f"{key}={value}" for key, value in wanted.items())))
            raise RefusedError(
                f"{words}: expected {count}, {len(found)} came in {limit:g} s; "
                f"all that was said over SIP:\n{sip.nearest()}"
            )
        return found

    async def _bugs(self, question: Question) -> Any:
        """Tracebacks of bugs of the simulator itself."""
        journal = self._of(question).simulator.journal
        return [entry.detail for entry in journal if entry.kind is Kind.BUG]

    async def _trace(self, question: Question) -> Any:
        simulator = self._of(question).simulator
        return [documents.recording(trace) for trace in simulator.traces()]


def _document(record: Record) -> dict[str, Any]:
    return {**to_object(record), "text": shown_record(record)}


def _settings(question: Question, directory: Path) -> Settings:
    """The configuration of a test: any free ports, and files in a folder of its own."""
    text = question.get("config")
    settings = (
        config.load_bed() if text is None else config.load(text, "config of the test", (), {})
    )
    listeners = tuple(replace(one, host="127.0.0.1", port=0) for one in settings.listeners)
    http = settings.http
    if http.port is not None:
        http = replace(http, host="127.0.0.1", port=0)
    recordings = replace(settings.recordings, directory=os.fspath(directory / "recordings"))
    return replace(
        settings,
        listeners=listeners,
        http=http,
        recordings=recordings,
        snapshots=SnapshotSettings(directory=os.fspath(directory / "snapshots")),
        seed=_SEED if settings.seed is None else settings.seed,
    )


def recorder_of(settings: Settings, port: int) -> RecorderUnderTest:
    """The recorder that the configuration names, or one at that ``port`` of this machine.

    One that is told its port when it is started takes SIP sessions there, too.
    """
    recorder = settings.recorder or RecorderUnderTest()
    if recorder.sip_uri and "{sip_port}" not in recorder.start:
        return recorder
    return replace(recorder, sip_uri=f"sip:127.0.0.1:{port}")


def _recorder_document(recorder: RecorderUnderTest, settings: Settings) -> dict[str, Any]:
    """What a test needs to know of its recorder, as JSON."""
    phones = [dn.dn for dn in telephones(settings)]
    return {
        "sip_uri": recorder.sip_uri,
        "sip_port": sip_port(recorder.sip_uri),
        "start": recorder.start,
        "registered": list(recorder.ready.registered or phones),
        "within_s": seconds_of(recorder.ready.within),
        "starts_on": list(recorder.starts_on),
    }


SUBJECTS: Mapping[str, tuple[Mapping[str, Verb], Callable[[Simulator, str], Any]]] = {
    "calls": (CALL_VERBS, find_call),
    "dns": (DN_VERBS, find_dn),
    "agents": (AGENT_VERBS, lambda _, agent_id: agent_id),
    "recordings": (RECORDING_VERBS, find_call),
}

OPERATIONS: Mapping[str, Callable[[Host, Question], Awaitable[Any]]] = {
    "start": Host._start,
    "stop": Host._stop,
    "play": Host._play,
    "verdict": Host._verdict,
    "reset": Host._reset,
    "end_calls": Host._end_calls,
    "reload": Host._reload,
    "call": Host._call,
    "verb": Host._verb,
    "fault": Host._fault,
    "clear_faults": Host._clear_faults,
    "snapshot": Host._snapshot,
    "restore": Host._restore,
    "advance": Host._advance,
    "state": Host._state,
    "history": Host._history,
    "journal": Host._journal,
    "expect": Host._expect,
    "bugs": Host._bugs,
    "recordings": Host._trace,
    "recorder": Host._recorder,
    "sip": Host._sip,
    "sip_sessions": Host._sip_sessions,
    "expect_sip": Host._expect_sip,
}
"""What may be asked, by name."""
