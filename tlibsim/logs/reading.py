"""Readers of logs: any of the dialects in, messages out, flat memory.

The dialects are those of BEHAVIOUR.md 7 and of CLIENT_USAGE.md: what a server distributes, what it
received and sent (04541, 04542), what a client-side SDK prints; and the JSON lines of our own
journal.  A line that is not understood inside of a message is counted and told of with file and
line; others are passed over, HA copies and ISCC traffic too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tlibproto.messages import Message
from tlibproto.vocabulary import Value
from tlibsim.journal.export import ExportError, from_line
from tlibsim.journal.names import attributes
from tlibsim.journal.records import MESSAGES, Record
from tlibsim.journal.values import observed
from tlibsim.logs.attributelines import AttributeLines
from tlibsim.logs.copies import Copies
from tlibsim.logs.message import Dialect, LogMessage, LogProblem, Role, role_of
from tlibsim.logs.stamps import STAMP, Stamps

KEPT_PROBLEMS = 100
_EXPORTED = '{"n": '
_STRANGE = re.compile("[\udc80-\udcff]")
_VERSION_LINE = re.compile(rf"@?(?P<at>{STAMP}) \[\d+\] (?P<version>\d+(?:\.\d+)+) ")
_DISTRIBUTED = re.compile(
    rf"@(?P<at>{STAMP}) \[\d+\] \S+ (?P<verb>[\w/ -]+): message (?P<name>\w+)\s*$"
)
_STANDARD = re.compile(
    rf"@?(?P<at>{STAMP})(?: \[\d+\] [\d.]+)? (?:Trc 0454[12] )?(?P<name>(?:Request|Event)\w+) "
    r"(?P<verb>received from|sent to) \[(?P<number>\d+)\](?: \((?P<client>.*)\))?"
)
_INTERACTION = re.compile(
    rf"@?(?P<at>{STAMP}) Int 04543 Interaction message \"(?P<name>\w+)\" received from "
)
_CLIENT_SIDE = re.compile(
    rf"@?(?P<at>{STAMP}) .*?(?:received from|request to) \d+\([^)]*\)\S* message (?P<name>\w+)\s*$"
)
_SDK = re.compile(r".*?'(?P<name>(?:Event|Request)\w+)' \('?\d+'?\)")
_SDK_FIRST = re.compile(rf"(?P<at>{STAMP})")
_MESSAGE = re.compile(r"message (\w+)\s*$")
_STAMPED = re.compile(rf"@?(?:{STAMP})")
_COPIES = ("[BSYNC]", "[ISCC]")
_ADDRESS = re.compile(r"\s+\[?[\w.:-]*\]?:\d+$")
_ONE_CLIENT = ("send_to_client", "distribute_response")
_INDEX = re.compile(r"[0-9a-fA-F]{4,16} ")


@dataclass(slots=True)
class _Block:
    """A message while its lines come.  ``body``: its attributes have begun."""

    message: LogMessage
    lines: AttributeLines
    body: bool
    must_have_body: bool = False


@dataclass(slots=True)
class LogReader:
    """Reads one log.  The counts are right when :meth:`read` has come to its end.

    ``strange`` are lines with bytes that are not of the encoding in which the file was opened.
    """

    source: str
    lines: int = 0
    unreadable: int = 0
    strange: int = 0
    version: str = ""
    problems: list[LogProblem] = field(default_factory=list)
    dialects: Counter[Dialect] = field(default_factory=Counter)
    _stamps: Stamps = field(default_factory=Stamps)
    _block: _Block | None = None
    _held: LogMessage | None = None
    _skipping: bool = False
    _last_stamp: str = ""
    _copies: Copies = field(default_factory=Copies)

    def read(self, lines: Iterable[str]) -> Iterator[LogMessage]:
        """The messages of a log, in order; never raises for what is in it."""
        for line in lines:
            self.lines += 1
            if line.startswith(_EXPORTED) or (not self._block and line.startswith("{")):
                yield from self._all_closed()
                yield from self._exported(line)
                continue
            yield from self._line(line.rstrip("\r\n"))
        yield from self._all_closed()

    def _all_closed(self) -> Iterator[LogMessage]:
        """The messages that have begun, complete as far as they came."""
        yield from self._closed()
        if self._held is not None:
            yield self._held
            self._held = None

    # -- lines ---------------------------------------------------------------------------------

    def _line(self, line: str) -> Iterator[LogMessage]:
        if line[:1] in (" ", "\t"):
            self._inside(line)
            return
        head = self._head(line)
        if head is not None:
            yield from self._closed()
            self._block = head
            self._skipping = False
        elif _STAMPED.match(line):
            yield from self._closed()
            self._skipping = any(mark in line for mark in _COPIES)
            self._last_stamp = line.removeprefix("@")[:32]
            self._note_version(line)
        elif (found := _MESSAGE.match(line)) is not None:
            yield from self._named(found[1])
        else:
            self._inside(line)

    def _inside(self, line: str) -> None:
        block = self._block
        if block is not None and block.body:
            if not line.isascii() and _STRANGE.search(line):
                self.strange += 1
            block.lines.take(line, self.lines)

    def _named(self, name: str) -> Iterator[LogMessage]:
        """A line ``message X``: the body of what was announced, or of a copy."""
        if self._skipping:
            return
        block = self._block
        if block is not None and not block.body and block.message.name == name:
            block.body = True
            return
        yield from self._closed()
        self._block = self._begun(name, None, Dialect.STANDARD, body=True)

    def _head(self, line: str) -> _Block | None:
        found = _DISTRIBUTED.match(line)
        if found is not None:
            answer = found["verb"].strip() in _ONE_CLIENT
            self._note_version(line)
            return self._begun(found["name"], found["at"], Dialect.SERVER, answer=answer)
        found = _STANDARD.match(line)
        if found is not None:
            block = self._begun(found["name"], found["at"], Dialect.STANDARD, answer=True)
            client = _client_name(found["client"] or "", found["number"])
            block.message = replace(block.message, client=client)
            block.body, block.must_have_body = False, found["verb"] == "sent to"
            return block
        return self._client_head(line)

    def _client_head(self, line: str) -> _Block | None:
        if "'" in line:
            found = _SDK.match(line)
            if found is not None:
                at = _SDK_FIRST.match(line) or _SDK_FIRST.match(self._last_stamp)
                return self._begun(found["name"], at and at["at"], Dialect.SDK)
        if "04543" not in line and " message " not in line:
            return None
        found = _INTERACTION.match(line)
        if found is not None:
            block = self._begun(found["name"], found["at"], Dialect.STANDARD)
            block.body = False
            return block
        found = _CLIENT_SIDE.match(line)
        if found is None or any(mark in line for mark in _COPIES):
            return None
        return self._begun(found["name"], found["at"], Dialect.STANDARD)

    def _begun(
        self,
        name: str,
        stamp: str | None,
        dialect: Dialect,
        *,
        answer: bool = False,
        body: bool = True,
    ) -> _Block:
        message = LogMessage(
            source=self.source,
            line=self.lines,
            role=role_of(name, answer),
            name=name,
            values={},
            at=None if stamp is None else self._stamps.read(stamp),
            dialect=dialect,
        )
        lines = AttributeLines(sdk=dialect is Dialect.SDK, problem=self._problem)
        return _Block(message=message, lines=lines, body=body)

    def _closed(self) -> Iterator[LogMessage]:
        """The message whose lines have all come: the one before it is complete then."""
        block, self._block = self._block, None
        if block is None:
            return
        values = block.lines.done()
        if block.must_have_body and not block.body:
            self._sent_to(block.message)
            return
        if self._held is not None:
            yield self._held
        self.dialects[block.message.dialect] += 1
        self._held = replace(block.message, values=values)

    def _sent_to(self, told: LogMessage) -> None:
        """``04542 EventX sent to ..`` after the message itself: only the client is new."""
        held = self._held
        if held is not None and held.name == told.name and not held.client:
            role = Role.ANSWER if held.role is Role.ANSWER else held.role
            self._held = replace(held, client=told.client, role=role)

    def _problem(self, line: int, text: str) -> None:
        self.unreadable += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(LogProblem(source=self.source, line=line, text=text))

    def _note_version(self, line: str) -> None:
        if not self.version:
            found = _VERSION_LINE.match(line)
            if found is not None:
                self.version = found["version"]

    # -- our own journal -----------------------------------------------------------------------

    def _exported(self, line: str) -> Iterator[LogMessage]:
        try:
            record = from_line(line)
        except ExportError as error:
            self._problem(self.lines, str(error))
            return
        message = of_record(record, self.source, self.lines)
        if message is not None and not self._copies.has(message.name, message.values):
            self.dialects[Dialect.JOURNAL] += 1
            yield message


def of_record(record: Record, source: str, line: int) -> LogMessage | None:
    """The message of a record of a journal; None when it is none."""
    if record.kind not in MESSAGES or record.message is None:
        return None
    values = values_of(record.message)
    if record.reference is not None:
        values["ReferenceID"] = record.reference
    return LogMessage(
        source=source,
        line=line,
        role=Role(record.kind.value),
        name=record.name,
        values=values,
        at=record.at,
        client=str(record.clients[0]) if record.clients else "",
        dialect=Dialect.JOURNAL,
    )


def values_of(message: Message) -> dict[str, Value]:
    """The values of a message by the names of messages.yml; what it does not name by number."""
    known = {one.field: one for one in attributes().values()}
    found: dict[str, Value] = {}
    for name, _ in message.present():
        attribute = known.get(name)
        value = observed(message, attribute) if attribute is not None else None
        if attribute is not None and value is not None:
            found[attribute.name] = value
    for raw in message.extra:
        found[str(raw.attribute)] = raw.value
    return found


def _client_name(text: str, number: str) -> str:
    """``00000e85 Desktop 10.0.0.7:49280``: the name alone."""
    name = _ADDRESS.sub("", text)
    name = _INDEX.sub("", name, count=1) if _INDEX.match(name) else name
    return f"client {number}" if name in ("", "-") else name.strip()
