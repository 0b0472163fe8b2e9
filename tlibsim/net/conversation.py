"""What clients ask and what they get, a line for each request (FIRST_HOUR.md, story D).

    client my-desk connected from 127.0.0.1:51844 (ADDP 30 s, charset utf-8)
    my-desk  RequestRegisterAddress  7002 shared -> EventRegistered

A request is written when it is answered.  No more than ``MOST_A_SECOND`` lines are written in a
second; what is left out is counted.  Passwords, and the values of user data, are not shown.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tlibproto.messages import (
    EventError,
    EventLinkConnected,
    EventLinkDisconnected,
    Message,
    RequestRegisterClient,
)
from tlibproto.vocabulary import (
    DROPPED_REFERENCE_ID,
    KVList,
    RegisterMode,
    ServerRole,
    connid_text,
)
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.journal.names import message_name
from tlibsim.recording.tracetext import printable
from tlibsim.session.client import Client, ClientId

MOST_A_SECOND = 100
MOST_UNANSWERED = 1000
_NAME_WIDTH = 22

Key = tuple[int, int | None]


class Conversation:
    """Follows a journal; ``clients`` are those that are connected now, by number."""

    def __init__(
        self,
        journal: Journal,
        clients: Mapping[ClientId, Client],
        write: Callable[[str], None],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal = journal
        self._clients = clients
        self._write = write
        self._seconds = seconds
        self._asked: OrderedDict[Key, Message] = OrderedDict()
        self._why: dict[Key, str] = {}
        self._peers: dict[int, str] = {}
        self._second = 0
        self._written = 0
        self._left_out = 0
        for kind, function in _ENTRIES.items():
            journal.listen(function.__get__(self), kind)

    # -- who comes and goes ------------------------------------------------------------------

    def _connected(self, entry: Entry) -> None:
        self._peers[entry.client] = str(entry.subject)

    def _opened(self, number: int) -> None:
        peer = self._peers.pop(number, "")
        client = self._clients.get(ClientId(number))
        if client is not None:
            addp = client.addp.timeout
            watched = f"ADDP {addp / 1_000_000:g} s" if addp else "no ADDP"
            words = f"({watched}, charset {client.charset})"
            self._say(lambda: f"client {self._who(number)} connected from {peer} {words}")

    def _closed(self, entry: Entry) -> None:
        number = entry.client
        for key in [key for key in self._asked if key[0] == number]:
            self._give_up(key)
        peer = self._peers.pop(number, None)
        if peer is None:
            self._say(lambda: f"client {self._who(number)} left: {entry.detail}")
        else:
            who = f"client {number} from {peer} left before it said who it is"
            self._say(lambda: f"{who}: {entry.detail}")

    def _who(self, number: int) -> str:
        """The name of a client, with its number where that is needed to tell it from others."""
        name = self._journal.names.get(number, "")
        if not name:
            return str(number)
        others = (one for one in self._clients.values() if one.id != number)
        return f"{name}#{number}" if any(one.name == name for one in others) else name

    # -- what is asked -----------------------------------------------------------------------

    def _request(self, entry: Entry) -> None:
        request = entry.subject
        if not isinstance(request, Message):
            return
        if request.reference_id == DROPPED_REFERENCE_ID:
            self._line(entry.client, request, "")
            return
        key = (entry.client, request.reference_id)
        if key in self._asked:
            self._give_up(key)
        self._asked[key] = request
        if len(self._asked) > MOST_UNANSWERED:
            self._give_up(next(iter(self._asked)))

    def _refused(self, entry: Entry) -> None:
        """The answer, which follows, has a code; this is the reason in words."""
        reference: int | None = getattr(entry.subject, "reference_id", None)
        if (entry.client, reference) in self._asked:
            self._why[entry.client, reference] = entry.detail

    def _answered(self, entry: Entry) -> None:
        key = (entry.client, entry.reference)
        request = self._asked.pop(key, None)
        answer = entry.subject
        if request is None or not isinstance(answer, Message):
            return
        why = self._why.pop(key, "")
        if isinstance(request, RequestRegisterClient) and isinstance(
            answer, EventLinkConnected | EventLinkDisconnected
        ):
            self._opened(entry.client)
            return
        words = [
            message_name(answer.message_id),
            *_answer_words(answer),
            f"({why})" if why else "",
        ]
        self._line(entry.client, request, f" -> {' '.join(word for word in words if word)}")

    def _give_up(self, key: Key) -> None:
        """No answer came; without a ReferenceID none could have been told from other events."""
        request = self._asked.pop(key)
        self._why.pop(key, None)
        self._line(key[0], request, "" if key[1] is None else " -> no answer")

    def _line(self, client: int, request: Message, after: str) -> None:
        def line() -> str:
            name = f"{message_name(request.message_id):<{_NAME_WIDTH}}"
            words = " ".join(_request_words(request))
            head = f"{name}  {words}" if words else f"{name} "
            return f"{self._who(client)}  {head}{after}".rstrip()

        self._say(line)

    # -- writing -----------------------------------------------------------------------------

    def _say(self, make: Callable[[], str]) -> None:
        """Write what is made, unless there was too much in this second already."""
        second = int(self._seconds())
        if second != self._second:
            if self._left_out:
                self._write(f"({self._left_out:,} lines left out)")
            self._second, self._written, self._left_out = second, 0, 0
        self._written += 1
        if self._written > MOST_A_SECOND:
            self._left_out += 1
        else:
            self._write(printable(make()))


_ENTRIES: Mapping[Kind, Callable[[Conversation, Entry], None]] = {
    Kind.CONNECTED: Conversation._connected,
    Kind.CLOSED: Conversation._closed,
    Kind.REQUEST: Conversation._request,
    Kind.REFUSAL: Conversation._refused,
    Kind.ANSWER: Conversation._answered,
    Kind.EVENT: Conversation._answered,
}


# -- words ---------------------------------------------------------------------------------------


def _request_words(request: Message) -> Iterator[str]:
    agent, dn = getattr(request, "agent_id", None), getattr(request, "this_dn", None)
    if agent or dn:
        yield f"{agent}@{dn}" if agent and dn else str(agent or dn)
    for name, words in _WORDS.items():
        value = getattr(request, name, None)
        if value is not None:
            yield words(value)


def _mode(value: int) -> str:
    found = {
        RegisterMode.ModeShare: "shared",
        RegisterMode.ModePrivate: "private",
        RegisterMode.ModeMonitor: "to monitor",
    }
    return (
        found.get(RegisterMode(value), "") if value in list(RegisterMode) else f"mode {value}"
    )


def _pairs(value: KVList) -> str:
    return " ".join(f"{key}={one}" for key, one in value if isinstance(one, str | int))


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "register_mode": _mode,
    "other_dn": lambda value: f"to {value}",
    "this_queue": lambda value: f"queue {value}",
    "conn_id": lambda value: f"conn {connid_text(value)}",
    "private_msg_id": lambda value: f"service {value}",
    "reasons": _pairs,
    "user_data": lambda value: "data " + ",".join(dict.fromkeys(key for key, _ in value)),
}
"""What is told of a request besides its DN and agent; of user data only the keys."""


def _answer_words(answer: Message) -> Iterator[str]:
    if isinstance(answer, EventError):
        yield f"{int(answer.error_code or 0)} {answer.error_message or ''}".rstrip()
    role = getattr(answer, "server_role", None)
    if role is not None:
        yield f"role={ServerRole(role).name}" if role in list(ServerRole) else f"role={role}"
