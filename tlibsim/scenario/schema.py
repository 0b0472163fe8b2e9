"""The JSON Schema of scenario files, made from the tables by which they are read.

It is for editors: it completes words and shows slips.  What only the reader can know, such as which
attributes a request has, is left to ``tlibsim scenario lint``.
"""

from collections.abc import Iterable
from typing import Any

from tlibsim.scenario.actions import WORDS
from tlibsim.scenario.names import attributes, event_words, request_words
from tlibsim.scenario.script.actors import SECTIONS
from tlibsim.scenario.script.patternreader import OWN, WHAT
from tlibsim.scenario.steps import VERBS, Action

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:tlibsim:scenario"

Schema = dict[str, Any]

_TEXT: Schema = {"type": ["string", "integer"]}
_ANY: Schema = {}
_TIME: Schema = {
    "type": ["string", "number"],
    "description": "A time: 500ms, 1.5s, 30m, or seconds.",
}
_LINE: Schema = {"type": "integer", "minimum": 1, "description": "The line of the log."}
_NAMES: Schema = {"type": "array", "items": {"type": "string"}}
_MORE_DO = ("answer", "busy", "idle", "hangup")


def scenario_schema() -> Schema:
    """The schema of a whole file: a list of scenarios, or one alone."""
    return {
        "$schema": DIALECT,
        "$id": ID,
        "title": "tlibsim scenarios",
        "description": "What clients do, and what each must get for it.",
        "type": "object",
        "properties": {**_file_words(), **_scenario_words()},
        "oneOf": [{"required": ["scenarios"]}, {"required": ["steps"]}],
        "additionalProperties": False,
        "$defs": _definitions(),
    }


def _file_words() -> Schema:
    return {
        "format": {"const": 1},
        "bed": {"type": "object", "description": "The configuration of the server."},
        "logs": {"type": "object", "additionalProperties": {"type": "string"}},
        "vars": _ref("vars"),
        "scenarios": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _scenario_words(),
                "required": ["steps"],
                "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
                "additionalProperties": False,
            },
        },
    }


def _scenario_words() -> Schema:
    return {
        "id": _TEXT,
        "name": _TEXT,
        "title": _TEXT,
        "note": _TEXT,
        "why": _TEXT,
        "config": {"type": "object", "description": "Options on top of the bed."},
        "given": _ref("given"),
        "steps": _ref("steps"),
        "distinct": {"type": "array"},
        "actors": {"type": "object", "additionalProperties": _ref("actor")},
        "clock": {"type": "string", "description": "stepped, real, or a speed such as 10x."},
        "seed": {"type": "integer", "minimum": 0},
        "strict": {"type": "boolean", "description": "What no step expects fails it."},
        "allow": {"type": "array", "items": {"type": "string"}},
        "origin": _object(
            {"log": _TEXT, "call": _TEXT, "lines": {"type": "object"}},
            "log",
        ),
        "vars": _ref("vars"),
        "rows": {
            "type": ["array", "string"],
            "items": {"type": "object"},
            "description": "The scenario once for each row; a text is the name of a CSV file.",
        },
    }


def _definitions() -> Schema:
    return {
        "vars": {
            "type": "object",
            "description": "Variables: ${name} stands for the value; --set changes it.",
        },
        "steps": {"type": "array", "minItems": 1, "items": _ref("step")},
        "given": _object(
            {
                "established": {"type": "object"},
                "recorded": {"type": "object"},
                **{section: {"type": "object"} for section in SECTIONS},
            }
        ),
        "actor": {
            "oneOf": [
                {"enum": ["external", "scripted"]},
                {"type": "array", "items": _TEXT},
                _object(
                    {
                        "kind": {"enum": ["external", "scripted"]},
                        "dns": {"type": "array", "items": _TEXT},
                        "within": _TIME,
                    }
                ),
            ]
        },
        "step": {"anyOf": [*_do_steps(), *_other_steps()]},
        "do": {"anyOf": [_request(), *_actions()]},
        "event-list": {"type": "array", "items": _ref("event")},
        "event": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": {"enum": sorted(event_words())},
        },
        "patterns": {"oneOf": [_ref("pattern"), {"type": "array", "items": _ref("pattern")}]},
        "pattern": _pattern(),
        "do-word": {
            "type": "string",
            "enum": [*(action.value for action in Action), *_MORE_DO],
        },
    }


def _do_steps() -> Iterable[Schema]:
    """The two forms of ``do``: with closed lists, and a word with its arguments beside it."""
    lists: Schema = {"type": "object", "additionalProperties": _ref("event-list")}
    yield _object(
        {
            "do": _ref("do"),
            "expect": {"anyOf": [lists, _ref("patterns")]},
            "reply": _ref("event-list"),
            "client": lists,
            "none": {"anyOf": [{"type": "array", "items": _TEXT}, _ref("patterns")]},
            "trace": {"type": "object"},
            "within": _TIME,
            "else": _ref("else"),
            **_common(),
        },
        "do",
    )
    arguments = {word: _ANY for words in WORDS.values() for word in words.known}
    yield _object(
        {
            **arguments,
            "do": _ref("do-word"),
            "userdata": {"type": "object"},
            "by": _TEXT,
            "expect": _ref("patterns"),
            "none": _ref("patterns"),
            "within": _TIME,
            "else": _ref("else"),
            **_common(),
        },
        "do",
    )


def _other_steps() -> Iterable[Schema]:
    branches = {"type": "array", "items": _ref("steps")}
    yield _object(
        {
            "expect": _ref("patterns"),
            "within": _TIME,
            "else": {"oneOf": [_ref("step"), _ref("steps")]},
            "order": {"type": "boolean"},
            **_common(),
        },
        "expect",
    )
    yield _object({"none": _ref("patterns"), "within": _TIME, **_common()}, "none")
    yield _object({"advance": _TIME, **_common()}, "advance")
    yield _object({"wait": _TIME, **_common()}, "wait")
    checks = {"type": ["string", "array"], "items": {"type": "string"}}
    yield _object({"check": checks, "within": _TIME, **_common()}, "check")
    yield _object({"set": {"type": "object"}, **_common()}, "set")
    fault = {"oneOf": [{"const": "clear"}, {"type": "object"}]}
    yield _object({"fault": fault, **_common()}, "fault")
    hook = {"type": "string", "pattern": r"^.+\.py:[A-Za-z_]\w*$"}
    yield _object(
        {"hook": hook, "with": {"type": "object"}, "binds": _NAMES, **_common()}, "hook"
    )
    named = {"type": "object", "additionalProperties": _ref("steps")}
    yield _object({"parallel": {"oneOf": [branches, named]}, **_common()}, "parallel")
    yield _object(
        {
            "repeat": {"type": ["integer", "array", "string"]},
            "as": {"type": "string"},
            "until": {"type": "string"},
            "steps": _ref("steps"),
            **_common(),
        },
        "repeat",
        "steps",
    )
    yield _object({"steps": _ref("steps"), **_common()}, "steps")
    yield _object(
        {"include": {"type": "string"}, "vars": _ref("vars"), "note": _TEXT}, "include"
    )


def _common() -> Schema:
    return {
        "note": _TEXT,
        "why": _TEXT,
        "when": {"type": "string"},
        "after": _TIME,
        "line": _LINE,
    }


def _request() -> Schema:
    words = sorted({*request_words(), *(f"Request{word}" for word in request_words())})
    return {
        "type": "object",
        "properties": {"client": _TEXT, "request": {"enum": words}},
        "required": ["client", "request"],
    }


def _actions() -> Iterable[Schema]:
    for verb, kinds in VERBS.items():
        for action in kinds:
            words = WORDS.get(action)
            if words is not None:
                properties = dict.fromkeys(words.known, _ANY)
                yield _object(
                    {verb: {"const": action.value}, **properties}, verb, *words.required
                )
    for verb in ("replay", "diff"):
        yield _object({verb: {"type": "object"}}, verb)


def _pattern() -> Schema:
    names = [one.name for one in attributes().values()]
    properties: Schema = {
        **dict.fromkeys(names, _ANY),
        "event": {"anyOf": [{"enum": ["*", "any", *sorted(event_words())]}, {"type": "array"}]},
        "client": _TEXT,
        "dn": _TEXT,
        "count": {"type": ["integer", "string"]},
        "fresh": {"type": "boolean"},
        "line": _LINE,
        "userdata": {"type": "object"},
        "msgid": {"type": ["integer", "string"]},
        "error": {"type": ["integer", "string"]},
    }
    for word in (*WHAT, *OWN):
        properties.setdefault(word, _TEXT)
    return {
        "anyOf": [
            {"type": "string", "description": "A question in the query language."},
            {"type": "object", "properties": properties},
        ]
    }


def _ref(name: str) -> Schema:
    if name == "else":
        return {"oneOf": [_ref("step"), _ref("steps")]}
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: Schema, *required: str) -> Schema:
    found: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        found["required"] = list(required)
    return found
