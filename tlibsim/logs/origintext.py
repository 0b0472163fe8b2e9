"""What the lines of a log showed, kept in the scenario that is made of it.

A failure compares with it (``the same as in the old log? yes: line 104 shows 3014 too``), long
after the log itself is gone.  Everything here has been made safe before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tlibproto.vocabulary import KVList, Value
from tlibsim.journal.names import attribute_names, member_name
from tlibsim.logs.message import LogMessage
from tlibsim.logs.yamltext import inline, quoted

SHOWN = (
    "CallType",
    "CallState",
    "ThisDNRole",
    "OtherDN",
    "OtherDNRole",
    "ANI",
    "DNIS",
    "ErrorCode",
    "AgentID",
)
"""The attributes besides ConnID, which stand in patterns; other runs have other ConnIDs."""

_MSGID = "PrivateMsgID"


@dataclass(slots=True)
class OriginText:
    """Collects the lines that steps name, and writes them down."""

    log: str
    call: str
    lines: dict[int, LogMessage] = field(default_factory=dict)
    clients: dict[int, str] = field(default_factory=dict)

    def line(self, message: LogMessage, client: str = "") -> int:
        """The line by which a step names this message; 0 when another one has it already.

        Several messages of a capture may have come in one packet.
        """
        if self.lines.setdefault(message.line, message) is not message:
            return 0
        if client:
            self.clients[message.line] = client
        return message.line

    def text(self, known: Mapping[str, str]) -> Iterator[str]:
        """The section; values that became variables (``known``) are left out, as they vary."""
        yield "  origin:"
        yield f"    log: {quoted(self.log)}"
        if self.call:
            yield f"    call: {quoted(self.call)}"
        if self.lines:
            yield "    lines:"
        varied = frozenset(known.values())
        for number, message in sorted(self.lines.items()):
            seen = {
                word: value
                for word, value in _seen(message, self.clients.get(number, ""))
                if value not in varied
            }
            yield f"      {number}: {inline(seen)}"


def _seen(message: LogMessage, client: str) -> Iterator[tuple[str, object]]:
    yield "name", message.name
    if client:
        yield "client", client
    if message.this_dn:
        yield "dn", message.this_dn
    if (number := message.integer(_MSGID)) is not None:
        yield "msgid", number
    known = attribute_names()
    for name in SHOWN:
        value = message.values.get(name)
        attribute = known.get(name.lower())
        if isinstance(value, int) and attribute is not None:
            yield name, member_name(attribute.enumeration, value) or value
        elif value is not None:
            yield name, value
    yield from _pairs(message.pairs("UserData"))


def _pairs(pairs: KVList) -> Iterator[tuple[str, Value]]:
    """The pairs that a pattern may look at, each key once."""
    for key, value in dict(reversed(list(pairs))).items():
        if isinstance(value, str | int):
            yield f"userdata.{key}", value
