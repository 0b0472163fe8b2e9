"""Script steps out of nodes.  A step is known by its first word: do, expect, none, advance, ..."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from tlibsim.journal.moments import duration
from tlibsim.scenario.actions import WORDS
from tlibsim.scenario.nodes import (
    Faults,
    ListNode,
    MapNode,
    Node,
    Place,
    Scalar,
    joined,
    plain_value,
)
from tlibsim.scenario.reading import Reader, variable_of
from tlibsim.scenario.script.expressions import Expression, ExpressionError
from tlibsim.scenario.script.expressions import parse as parse_expression
from tlibsim.scenario.script.origin import line_number
from tlibsim.scenario.script.patternreader import PatternReader, is_pattern
from tlibsim.scenario.script.slips import slips
from tlibsim.scenario.script.steps import (
    Act,
    AnyScript,
    AnyStep,
    Block,
    Check,
    Expect,
    ExpectNone,
    Fault,
    Hangup,
    Hook,
    Parallel,
    Pass,
    Repeat,
    SetNames,
)
from tlibsim.scenario.stepreader import StepReader
from tlibsim.scenario.steps import Action, ClientRequest, LogAction, SwitchAction
from tlibsim.scenario.terms import Term, Variable

NEWEST = Variable("newest")
"""``$newest``: the ConnID that appeared last, at the moment when it is used."""

OLD_WORDS = frozenset({"do", "expect", "reply", "client", "none", "trace", "note", "why"})
COMMON = ("note", "why", "when", "after", "line")
_ALIASES = MappingProxyType(
    {"answer": "phone-answer", "busy": "make-busy", "idle": "make-idle"}
)
_ARGUMENTS = MappingProxyType({"userdata": "ud"})
HANGUP = "hangup"
REMOTE = "remote"
NOTHING_SENT = SwitchAction(action=Action.WAIT, arguments={"seconds": "0"}, place=Place())
"""What stands for a ``do`` that could not be read; the file is refused anyway."""


@dataclass(slots=True)
class ScriptReader:
    """Reads the steps of one scenario, old ones and new ones.

    ``hooks`` collects the names of the functions that the steps call.
    """

    faults: Faults
    old: StepReader
    values: Reader
    hooks: list[str] = field(default_factory=list)

    def steps(self, node: Node, key: str, path: str = "") -> tuple[AnyStep, ...]:
        """A list of steps; ``path`` is that of the step that holds them."""
        items = self.faults.sequence(node, key)
        if not items:
            self.faults.add(node.place, key, "has no step")
        return tuple(
            self.step(item, number, f"{key}[{number - 1}]", path)
            for number, item in enumerate(items, start=1)
        )

    def step(self, node: Node, number: int, key: str, path: str = "") -> AnyStep:
        """One step of either kind."""
        if self._is_old(node) and not path:
            return self.old.step(node, number, key)
        where = f"{path}.{number}" if path else str(number)
        own = self._own(node, key)
        word = next((word for word in READERS if word in own), "")
        if not word:
            self._no_step(node, key)
            return Block(path=where, place=node.place, steps=())
        common: dict[str, Any] = {
            "path": where,
            "place": node.place,
            "when": self._expression(own.get("when"), joined(key, "when")),
            "note": self._note(own, key),
            "after_us": self._us(own["after"], joined(key, "after")) if "after" in own else 0,
            "line": line_number(own.get("line"), self.faults, joined(key, "line")),
        }
        return READERS[word](self, node, own, key, common)

    def _is_old(self, node: Node) -> bool:
        if not isinstance(node, MapNode):
            return False
        own = {word.text: value for word, value in node.entries}
        if not OLD_WORDS.issuperset(own) or isinstance(own.get("none"), MapNode):
            return False
        lists = "expect" in own and not is_pattern(own["expect"])
        if not isinstance(own.get("do"), MapNode):
            return lists and "do" not in own and _all_lists(own["expect"])
        return lists or "expect" not in own

    def _own(self, node: Node, key: str) -> dict[str, Node]:
        return {word.text: value for word, value in self.faults.mapping(node, key).entries}

    def _no_step(self, node: Node, key: str) -> None:
        if not isinstance(node, MapNode) or not node.entries:
            self.faults.add(node.place, key, "must be a step")
            return
        first = next((word for word, _ in node.entries if word.text not in COMMON), None)
        word = first or node.entries[0][0]
        self.faults.unknown(word, joined(key, word.text), "begins no step", tuple(READERS))

    def _known(self, node: Node, key: str, *words: str) -> None:
        self.faults.fields(node, key, (*words, *COMMON))

    def _note(self, own: Mapping[str, Node], key: str) -> str:
        note = own.get("note")
        return self.faults.text(note, joined(key, "note")) if note is not None else ""

    # -- values --------------------------------------------------------------------------------

    def _us(self, node: Node, key: str) -> int:
        try:
            return duration(self.faults.text(node, key))
        except ValueError as error:
            self.faults.add(node.place, key, str(error))
            return 0

    def _within(self, own: Mapping[str, Node], key: str) -> int | None:
        return self._us(own["within"], joined(key, "within")) if "within" in own else None

    def _expression(self, node: Node | None, key: str) -> Expression | None:
        if node is None:
            return None
        try:
            found = parse_expression(self.faults.text(node, key))
        except ExpressionError as error:
            self.faults.add(node.place, key, str(error))
            return None
        for slip in slips(found):
            self.faults.add(node.place, key, slip.message, suggestion=slip.suggestion)
        return found

    def _patterns(self) -> PatternReader:
        return PatternReader(self.faults, self.values)

    # -- do ------------------------------------------------------------------------------------

    def _act(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        """A word of the switch with its arguments beside it, or a mapping as in old steps."""
        do = own["do"]
        if isinstance(do, MapNode):
            self._known(node, key, "do", "expect", "none", "within", "else")
            self._no_closed_lists(own, key)
            act: AnyScript = Act(do=self._checked_do(do, f"{key}.do"), **common)
        else:
            act = self._word(do, node, own, key, common)
        after = self._after(own, key, common)
        if not after:
            return act
        return Block(steps=(replace(act, when=None, after_us=0), *after), **common)

    def _no_closed_lists(self, own: Mapping[str, Node], key: str) -> None:
        if "expect" in own and not is_pattern(own["expect"]):
            place = own["expect"].place
            message = "has lists of events, which have no place in a step inside of another"
            self.faults.add(place, joined(key, "expect"), message)

    def _checked_do(self, node: Node, key: str) -> ClientRequest | SwitchAction:
        found = self.old.do(node, key)
        if isinstance(found, LogAction):
            self.faults.add(node.place, key, "has no place in a step with these words")
            return NOTHING_SENT
        return found

    def _word(
        self, do: Node, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyScript:
        word = self.faults.text(do, f"{key}.do")
        arguments = {
            _ARGUMENTS.get(name, name): value
            for name, value in own.items()
            if name not in ("do", "expect", "none", "within", "else", *COMMON)
        }
        if word == HANGUP:
            return self._hangup(arguments, node, key, common)
        action = next((one for one in Action if one.value == _ALIASES.get(word, word)), None)
        if action is not None and "conn" in WORDS[action].required:
            arguments.setdefault("conn", Scalar(text=f"${NEWEST.name}", place=node.place))
        entries = [(Scalar(text="switch", place=do.place), _renamed(do, _ALIASES))]
        entries += [(_word_at(node, name), value) for name, value in arguments.items()]
        mapping = MapNode(entries=tuple(entries), place=node.place)
        if action is None and isinstance(do, Scalar):
            known = (*(one.value for one in Action), *_ALIASES, HANGUP)
            self.faults.unknown(do, f"{key}.do", f"{word!r} is nothing that can be done", known)
            return Block(steps=(), **common)
        return Act(do=self._checked_do(mapping, key), **common)

    def _hangup(
        self, own: Mapping[str, Node], node: Node, key: str, common: dict[str, Any]
    ) -> AnyScript:
        known = ("by", "dn", "conn")
        for word in own:
            if word not in known:
                scalar = _word_at(node, word)
                self.faults.unknown(scalar, joined(key, word), "is not a key here", known)
        by = own.get("by", own.get("dn"))
        if by is None:
            self.faults.add(node.place, key, "lacks by: remote, or the DN that hangs up")
            return Block(steps=(), **common)
        return Hangup(
            by=variable_of(by) or self.faults.text(by, joined(key, "by")),
            conn=self._conn(own.get("conn"), joined(key, "conn")),
            **common,
        )

    def _conn(self, node: Node | None, key: str) -> Term | None:
        if node is None:
            return None
        return variable_of(node) or self.faults.text(node, key)

    def _after(
        self, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> tuple[AnyStep, ...]:
        """The ``expect`` and ``none`` that stand in the step that does something."""
        found: list[AnyStep] = []
        inner = {**common, "when": None, "after_us": 0}
        if "expect" in own and is_pattern(own["expect"]):
            found.append(self._expected(own, key, inner))
        if "none" in own:
            found.append(self._none_of(own, key, inner))
        return tuple(found)

    # -- what must come ------------------------------------------------------------------------

    def _expect(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "expect", "within", "else", "order")
        return self._expected(own, key, common)

    def _expected(self, own: dict[str, Node], key: str, common: dict[str, Any]) -> Expect:
        otherwise: tuple[AnyStep, ...] = ()
        if "else" in own:
            node = own["else"]
            items = (
                node
                if isinstance(node, ListNode)
                else ListNode(items=(node,), place=node.place)
            )
            otherwise = self.steps(items, joined(key, "else"), f"{common['path']}.else")
        order = own.get("order")
        ordered = order.boolean if isinstance(order, Scalar) else None
        if order is not None and ordered is None:
            self.faults.add(order.place, joined(key, "order"), "must be true or false")
        return Expect(
            patterns=self._patterns().patterns(own["expect"], joined(key, "expect")),
            within_us=self._within(own, key),
            ordered=bool(ordered),
            otherwise=otherwise,
            **common,
        )

    def _none(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "none", "within")
        return self._none_of(own, key, common)

    def _none_of(self, own: dict[str, Node], key: str, common: dict[str, Any]) -> ExpectNone:
        return ExpectNone(
            patterns=self._patterns().patterns(own["none"], joined(key, "none")),
            within_us=self._within(own, key),
            **common,
        )

    # -- time ----------------------------------------------------------------------------------

    def _advance(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "advance")
        return Pass(us=self._us(own["advance"], joined(key, "advance")), jump=True, **common)

    def _wait(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "wait")
        return Pass(us=self._us(own["wait"], joined(key, "wait")), jump=False, **common)

    # -- the rest ------------------------------------------------------------------------------

    def _check(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "check", "within")
        items = own["check"].items if isinstance(own["check"], ListNode) else (own["check"],)
        found = [self._expression(item, joined(key, "check")) for item in items]
        return Check(
            expressions=tuple(one for one in found if one is not None),
            within_us=self._within(own, key) or 0,
            **common,
        )

    def _set(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "set")
        values = []
        for word, value in self.faults.mapping(own["set"], joined(key, "set")).entries:
            expression = self._expression(value, f"{key}.set.{word.text}")
            if not word.text.isidentifier():
                self.faults.add(word.place, joined(key, "set"), f"{word.text!r} is no name")
            elif expression is not None:
                values.append((word.text, expression))
        return SetNames(values=tuple(values), **common)

    def _fault(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "fault")
        body = own["fault"]
        if isinstance(body, Scalar) and body.text == "clear":
            return Fault(clear=True, **common)
        order = plain_value(self.faults.mapping(body, joined(key, "fault")))
        if not isinstance(order, dict) or not order:
            self.faults.add(body.place, joined(key, "fault"), "must be a fault, or clear")
            return Fault(clear=True, **common)
        if set(order) == {"remove"}:
            return Fault(remove=str(order["remove"]), **common)
        return Fault(order=MappingProxyType(order), **common)

    def _hook(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "hook", "with", "binds")
        name = self.faults.text(own["hook"], joined(key, "hook"))
        file, colon, function = name.rpartition(":")
        if not colon or not file.endswith(".py") or not function.isidentifier():
            message = f"must be file.py:function, not {name!r}"
            self.faults.add(own["hook"].place, joined(key, "hook"), message)
        self.hooks.append(name)
        given = own.get("with", MapNode(entries=(), place=node.place))
        arguments = plain_value(self.faults.mapping(given, joined(key, "with")))
        binds = own.get("binds", ListNode(items=(), place=node.place))
        return Hook(
            name=name,
            arguments=MappingProxyType(arguments if isinstance(arguments, dict) else {}),
            binds=tuple(
                self.faults.text(item, joined(key, "binds")).removeprefix("$")
                for item in self.faults.sequence(binds, joined(key, "binds"))
            ),
            **common,
        )

    def _parallel(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "parallel")
        body = own["parallel"]
        named = body.entries if isinstance(body, MapNode) else ()
        items = [value for _, value in named] or self.faults.sequence(
            body, joined(key, "parallel")
        )
        if not items:
            self.faults.add(body.place, joined(key, "parallel"), "has no branch")
        names = tuple(word.text for word, _ in named) or tuple(
            str(number) for number in range(1, len(items) + 1)
        )
        branches = tuple(
            self.steps(item, f"{key}.parallel.{name}", f"{common['path']}.{name}")
            for name, item in zip(names, items, strict=True)
        )
        return Parallel(branches=branches, names=names, **common)

    def _repeat(
        self, _: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        rounds = own["repeat"].items if isinstance(own["repeat"], ListNode) else ()
        return Repeat(
            rounds=tuple(
                self.steps(item, f"{key}.repeat[{number}]", f"{common['path']}.{number + 1}")
                for number, item in enumerate(rounds)
            ),
            until=self._expression(own.get("until"), joined(key, "until")),
            **common,
        )

    def _block(
        self, node: Node, own: dict[str, Node], key: str, common: dict[str, Any]
    ) -> AnyStep:
        self._known(node, key, "steps")
        return Block(steps=self.steps(own["steps"], f"{key}.steps", common["path"]), **common)


_Read = Callable[[ScriptReader, Node, dict[str, Node], str, dict[str, Any]], AnyStep]

READERS: Mapping[str, _Read] = MappingProxyType(
    {
        "do": ScriptReader._act,
        "expect": ScriptReader._expect,
        "none": ScriptReader._none,
        "advance": ScriptReader._advance,
        "wait": ScriptReader._wait,
        "check": ScriptReader._check,
        "set": ScriptReader._set,
        "fault": ScriptReader._fault,
        "hook": ScriptReader._hook,
        "parallel": ScriptReader._parallel,
        "repeat": ScriptReader._repeat,
        "steps": ScriptReader._block,
    }
)
"""The words that a step begins with, those that decide first."""


def _all_lists(node: Node) -> bool:
    """Whether these are lists of events by DN, as far as they are anything."""
    entries = node.entries if isinstance(node, MapNode) else ()
    return all(isinstance(value, ListNode) for _, value in entries)


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    if isinstance(node, Scalar) and node.text in names:
        return Scalar(text=names[node.text], place=node.place, plain=node.plain)
    return node


def _word_at(node: Node, name: str) -> Scalar:
    """The word of a mapping, at its place, under the name that it has now."""
    entries = node.entries if isinstance(node, MapNode) else ()
    for word, _ in entries:
        if _ARGUMENTS.get(word.text, word.text) == name:
            return Scalar(text=name, place=word.place)
    return Scalar(text=name, place=node.place)
