"""One step of a scenario, its ``given`` and its ``distinct`` lists, out of nodes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tlibproto.messages import RequestSendEvent
from tlibproto.vocabulary import AttributeId, MessageId
from tlibsim.scenario.actions import WORDS
from tlibsim.scenario.behavior import WORDS as BEHAVIOR
from tlibsim.scenario.behavior import fault_of
from tlibsim.scenario.messages import WORDS as MESSAGE_WORDS
from tlibsim.scenario.names import attributes, find_request, request_words
from tlibsim.scenario.nodes import (
    Faults,
    ListNode,
    Node,
    Place,
    Scalar,
    joined,
    plain_value,
)
from tlibsim.scenario.reading import Reader, variable_of
from tlibsim.scenario.steps import (
    VERBS,
    Action,
    AnyAction,
    AttributeTerm,
    ClientRequest,
    Do,
    EventList,
    ExpectedEvent,
    ExpectedTrace,
    Given,
    LogAction,
    Step,
    SwitchAction,
    TraceItem,
)
from tlibsim.scenario.terms import Pairs, Term
from tlibsim.switch.commands import FarResult

_STEP = ("do", "expect", "reply", "client", "none", "trace", "note", "why")
_VERBS = (*VERBS, "replay", "diff")
_WHAT = {
    "switch": "switch action",
    "fail": "thing that can fail",
    "mend": "thing that can be mended",
    "persona": "action of the persona",
}
_ALL_VERBS = ", ".join(_VERBS[:-1]) + " or " + _VERBS[-1]
_LOG_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"replay": ("log",), "diff": ("log", "against", "renumber", "change")}
)
_SESSION = (
    "id",
    "recordDN",
    "trigger",
    "state",
    "params",
    "tone",
    "geo",
    "geo-rule",
    "mixed",
    "port",
    "asked-by",
    "side",
    "rule",
    "mcp",
    "hops",
    "cause",
)
_LEG = ("dest", "uri", "sdp", "reinvite", "key", "dn", "state", "cause")
_COUNTS = (
    "finding",
    "ports-free",
    "parsed-events",
    "links",
    "calls",
    "unreadable-lines",
    "differences",
)
_ESTABLISHED = ("conn", "a", "b", "calltype", "dnis", "ud")
_RECORDED = (*_ESTABLISHED, "record", "by")
_SIDES = ("source", "destination")
_UNEQUAL = re.compile(r"\$(\w+)\s*!=\s*\$(\w+)")


@dataclass(slots=True)
class StepReader:
    """Reads steps; ``clients`` are the names of all that the scenario opens."""

    faults: Faults
    values: Reader
    logs: Mapping[str, str]
    clients: tuple[str, ...]

    def step(self, node: Node, number: int, key: str) -> Step:
        """One step: what is done and what it must cause."""
        fields = self.faults.fields(node, key, _STEP, required=("do",))
        do = self.do(fields["do"], f"{key}.do") if "do" in fields else _nothing(node.place)
        asked = isinstance(do, ClientRequest)
        reply = fields.get("reply")
        if reply is not None and not asked:
            self.faults.add(reply.place, f"{key}.reply", "needs a step in which a client asks")
        answers = None if reply is None else self._replies(reply, f"{key}.reply")
        return Step(
            number=number,
            do=do,
            place=node.place,
            expect=self._lists(fields.get("expect"), f"{key}.expect", asked=asked),
            reply=answers,
            reply_place=None if reply is None else reply.place,
            client=self._client_lists(fields.get("client"), f"{key}.client", asked=asked),
            none=self._none(fields.get("none"), f"{key}.none"),
            trace=self._trace(fields.get("trace"), f"{key}.trace"),
        )

    def given(self, node: Node, key: str) -> Given | None:
        """``established`` or ``recorded``."""
        entries = self.faults.mapping(node, key).entries
        words = self.faults.fields(node, key, ("established", "recorded"))
        if len(entries) != 1:
            self.faults.add(node.place, key, "must be one of established and recorded")
        if len(words) != 1:
            return None
        word, body = next(iter(words.items()))
        recorded = word == "recorded"
        inner = f"{key}.{word}"
        required = ("conn", "a", "b", "record") if recorded else ("conn", "a", "b")
        known = _RECORDED if recorded else _ESTABLISHED
        fields = self.faults.fields(body, inner, known, required)
        conn = variable_of(fields["conn"]) if "conn" in fields else None
        if conn is None and "conn" in fields:
            self.faults.add(fields["conn"].place, f"{inner}.conn", "must be a $name")
        return Given(
            conn=conn.name if conn else "",
            a=self._text(fields, "a", inner),
            b=self._text(fields, "b", inner),
            place=node.place,
            call_type=self._call_type(fields.get("calltype"), f"{inner}.calltype"),
            dnis=self._text(fields, "dnis", inner),
            user_data=self._user_data(fields, inner),
            record=self._side(fields.get("record"), f"{inner}.record"),
            by=self._text(fields, "by", inner),
        )

    # -- do --------------------------------------------------------------------------------

    def do(self, node: Node, key: str) -> Do:
        """What is done: a request, an action of the switch, a log."""
        words = {word.text: word for word, _ in self.faults.mapping(node, key).entries}
        for verb in _VERBS:
            if verb in words:
                if verb in VERBS:
                    return self._switch(node, verb, key)
                return self._log(node, verb, key)
        if "request" in words or "client" in words:
            return self._request(node, key)
        self.faults.add(node.place, key, f"must have client and request, {_ALL_VERBS}")
        return _nothing(node.place)

    def _request(self, node: Node, key: str) -> ClientRequest:
        entries = self.faults.mapping(node, key).entries
        own = {word.text: value for word, value in entries}
        for word in ("client", "request"):
            if word not in own:
                self.faults.add(node.place, key, f"lacks {word}")
        client = self._text(own, "client", key)
        request = own.get("request")
        message = find_request(request.text) if isinstance(request, Scalar) else None
        if request is not None and message is None:
            said = request if isinstance(request, Scalar) else Scalar(text="", place=node.place)
            what = f"{said.text!r} is no request"
            self.faults.unknown(said, f"{key}.request", what, request_words())
        if message is None:
            return _nothing(node.place)
        rest = tuple(pair for pair in entries if pair[0].text not in ("client", "request"))
        return ClientRequest(
            client=client,
            message_id=MessageId(message.message_id),
            attributes=self._sent(message, rest, key),
            place=node.place,
            client_place=own["client"].place if "client" in own else None,
        )

    def _sent(
        self, message: type, rest: tuple[tuple[Scalar, Node], ...], key: str
    ) -> tuple[AttributeTerm, ...]:
        """The attributes of a request; ``event`` of SendEvent brings those of the event."""
        plain = tuple(pair for pair in rest if pair[0].text != "event")
        enclosed = [value for word, value in rest if word.text == "event"]
        found = self.values.sent(message, plain, key)
        if not enclosed:
            return found
        if not hasattr(message, "user_event"):
            place = enclosed[0].place
            name = RequestSendEvent.__name__
            self.faults.add(place, f"{key}.event", f"belongs to {name} and its like only")
            return found
        return (*found, *self.values.enclosed(message, enclosed[0], f"{key}.event"))

    def _switch(self, node: Node, verb: str, key: str) -> SwitchAction:
        entries = self.faults.mapping(node, key).entries
        word = next(value for name, value in entries if name.text == verb)
        action = self._action(word, verb, f"{key}.{verb}")
        if action is None:
            return SwitchAction(
                action=Action.WAIT, arguments={"seconds": "0"}, place=node.place
            )
        words = WORDS[action]
        fields = self.faults.fields(node, key, (verb, *words.known), words.required)
        arguments = {
            name: self._argument(name, value, joined(key, name))
            for name, value in fields.items()
            if name != verb
        }
        return SwitchAction(action=action, arguments=arguments, place=node.place)

    def _action(self, node: Node, verb: str, key: str) -> AnyAction | None:
        text = self.faults.text(node, key)
        known = {str(action.value): action for action in VERBS[verb]}
        if text not in known and isinstance(node, Scalar):
            self.faults.unknown(node, key, f"{text!r} is no {_WHAT[verb]}", tuple(known))
        return known.get(text)

    def _argument(self, name: str, node: Node, key: str) -> Term:
        read = _ARGUMENTS.get(name)
        if read is not None:
            return read(self, node, key)
        return variable_of(node) or self.faults.text(node, key)

    def _given_data(self, node: Node, key: str) -> Term:
        return self.values.pairs(node, key, expecting=False)

    def _seconds(self, node: Node, key: str) -> Term:
        return str(self.faults.number(node, key))

    def _result(self, node: Node, key: str) -> Term:
        known = [result.value for result in FarResult]
        if isinstance(node, Scalar) and node.text not in known:
            self.faults.unknown(node, key, f"{node.text!r} is no result", known)
        return variable_of(node) or self.faults.text(node, key)

    def _behavior(self, node: Node, key: str) -> Term:
        """A value of ``set-behavior``; its word is the end of the key."""
        text = self.faults.text(node, key)
        fault = "" if variable_of(node) else fault_of(key.rpartition(".")[2], text)
        if fault:
            self.faults.add(node.place, key, fault)
        return variable_of(node) or text

    def _client(self, node: Node, key: str) -> Term:
        self._known_client(node, key)
        return variable_of(node) or self.faults.text(node, key)

    def _whole(self, node: Node, key: str) -> Term:
        text = self.faults.text(node, key)
        if not (text.isascii() and text.isdigit()):
            self.faults.add(node.place, key, f"must be a whole number, not {text!r}")
            return "0"
        return text

    def _yes_or_no(self, node: Node, key: str) -> Term:
        said = node.boolean if isinstance(node, Scalar) else None
        if said is None:
            self.faults.add(node.place, key, "must be true or false")
        return "true" if said else "false"

    def _conn(self, node: Node, key: str) -> Term:
        return self.values.attribute(
            attributes()[AttributeId.ConnID], node, key, expecting=False
        )

    def _log(self, node: Node, verb: str, key: str) -> LogAction:
        fields = self.faults.fields(node, key, (verb,))
        words = _LOG_WORDS[verb]
        inner = f"{key}.{verb}"
        body = self.faults.fields(fields[verb], inner, words, ("log",))
        for word in ("log", "against"):
            value = body.get(word)
            if isinstance(value, Scalar) and value.text not in self.logs:
                what = f"{value.text!r} is none of the logs"
                self.faults.unknown(value, f"{inner}.{word}", what, tuple(self.logs))
        arguments = {name: plain_value(value) for name, value in body.items()}
        return LogAction(verb=verb, arguments=arguments, place=node.place, texts=self.logs)

    # -- what it must cause ----------------------------------------------------------------

    def _lists(self, node: Node | None, key: str, *, asked: bool) -> tuple[EventList, ...]:
        if node is None:
            return ()
        return tuple(
            EventList(
                name=word.text,
                events=self._events(value, joined(key, word.text), asked=asked),
                place=word.place,
            )
            for word, value in self.faults.mapping(node, key).entries
        )

    def _client_lists(
        self, node: Node | None, key: str, *, asked: bool
    ) -> tuple[EventList, ...]:
        if node is not None:
            for word, _ in self.faults.mapping(node, key).entries:
                self._known_client(word, joined(key, word.text))
        return self._lists(node, key, asked=asked)

    def _known_client(self, node: Node, key: str) -> None:
        name = self.faults.text(node, key)
        if isinstance(node, Scalar) and name not in self.clients:
            what = f"{name!r} is no client: neither the bed nor a step opens it"
            self.faults.unknown(node, key, what, self.clients)

    def _events(self, node: Node, key: str, *, asked: bool) -> tuple[ExpectedEvent, ...]:
        items = self.faults.sequence(node, key)
        events = [
            self.values.event(item, f"{key}[{index}]", may_ref=asked)
            for index, item in enumerate(items)
        ]
        return tuple(event for event in events if event is not None)

    def _replies(self, node: Node, key: str) -> tuple[ExpectedEvent, ...]:
        events = self._events(node, key, asked=True)
        for event in events:
            if event.ref is False:
                self.faults.add(event.place, f"{key}.ref", "is false, but a reply has one")
        return events

    def _none(self, node: Node | None, key: str) -> tuple[str, ...]:
        if node is None:
            return ()
        return tuple(self.faults.text(item, key) for item in self.faults.sequence(node, key))

    def _trace(self, node: Node | None, key: str) -> ExpectedTrace | None:
        if node is None:
            return None
        fields = self.faults.fields(node, key, ("session", "legs", "messages", *_COUNTS))
        session = fields.get("session")
        return ExpectedTrace(
            place=node.place,
            session=None
            if session is None
            else self._items(session, f"{key}.session", _SESSION),
            legs=self._each(fields.get("legs"), f"{key}.legs", _LEG),
            messages=self._each(fields.get("messages"), f"{key}.messages", MESSAGE_WORDS),
            other=tuple(
                self._item(name, value, f"{key}.{name}")
                for name, value in fields.items()
                if name in _COUNTS
            ),
        )

    def _each(
        self, node: Node | None, key: str, known: tuple[str, ...]
    ) -> tuple[tuple[TraceItem, ...], ...]:
        items = () if node is None else self.faults.sequence(node, key)
        return tuple(
            self._items(item, f"{key}[{index}]", known) for index, item in enumerate(items)
        )

    def _items(self, node: Node, key: str, known: tuple[str, ...]) -> tuple[TraceItem, ...]:
        fields = self.faults.fields(node, key, known)
        return tuple(self._item(name, value, f"{key}.{name}") for name, value in fields.items())

    def _item(self, name: str, node: Node, key: str) -> TraceItem:
        said = node.boolean if isinstance(node, Scalar) else None
        term = int(said) if said is not None else self.values.value(node, key, expecting=True)
        return TraceItem(key=name, term=term, place=node.place)

    # -- given -----------------------------------------------------------------------------

    def _text(self, fields: Mapping[str, Node], name: str, key: str) -> str:
        return self.faults.text(fields[name], f"{key}.{name}") if name in fields else ""

    def _call_type(self, node: Node | None, key: str) -> int | None:
        if node is None:
            return None
        return self.values.number_or_name(attributes()[AttributeId.CallType], node, key)

    def _user_data(self, fields: Mapping[str, Node], key: str) -> Pairs | None:
        if "ud" not in fields:
            return None
        return self.values.pairs(fields["ud"], f"{key}.ud", expecting=False)

    def _side(self, node: Node | None, key: str) -> str | None:
        if node is None:
            return None
        text = self.faults.text(node, key)
        if text not in _SIDES and isinstance(node, Scalar):
            self.faults.unknown(node, key, f"{text!r} is no side", _SIDES)
        return text


_ARGUMENTS: Mapping[str, Callable[[StepReader, Node, str], Term]] = MappingProxyType(
    {
        "ud": StepReader._given_data,
        "seconds": StepReader._seconds,
        "result": StepReader._result,
        "client": StepReader._client,
        "conn": StepReader._conn,
        "code": StepReader._whole,
        "times": StepReader._whole,
        "keep": StepReader._yes_or_no,
        "known": StepReader._yes_or_no,
        **dict.fromkeys(BEHAVIOR, StepReader._behavior),
    }
)
"""Arguments of actions that are more than a text."""


def distinct_names(node: Node | None, faults: Faults, key: str) -> tuple[tuple[str, ...], ...]:
    """``[$a, $b]``, lists of such lists, ``"$a != $b"``: groups of names that all differ."""
    if node is None:
        return ()
    plain: list[str] = []
    groups: list[tuple[str, ...]] = []
    for index, item in enumerate(faults.sequence(node, key)):
        where = f"{key}[{index}]"
        unequal = _UNEQUAL.fullmatch(item.text) if isinstance(item, Scalar) else None
        if unequal is not None:
            groups.append((unequal[1], unequal[2]))
        elif isinstance(item, ListNode):
            groups += distinct_names(item, faults, where)
        else:
            plain += _distinct_name(item, faults, where)
    return tuple(([tuple(plain)] if plain else []) + groups)


def _distinct_name(node: Node, faults: Faults, key: str) -> list[str]:
    variable = variable_of(node)
    if variable is None:
        faults.add(node.place, key, "must be a $name")
        return []
    return [variable.name]


def _nothing(place: Place) -> ClientRequest:
    """What stands for a ``do`` that could not be read; the file is refused anyway."""
    return ClientRequest(
        client="", message_id=MessageId.RequestQueryServer, attributes=(), place=place
    )
