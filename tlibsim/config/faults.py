"""What pydantic says about a value, in the words of this program: key, fault, nearest valid key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from tlibsim.config.models import Shape
from tlibsim.config.problems import nearest

Location = tuple[str | int, ...]
Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault below the checked value; ``of_key`` when it is the key that is wrong."""

    path: Location
    message: str
    suggestion: str = ""
    of_key: bool = False


def faults_of(error: ValidationError, model: type[BaseModel], data: Any) -> list[Fault]:
    """The faults in the order of the file, one for each place."""
    found: dict[Location, Fault] = {}
    for detail in error.errors(include_url=False):
        path = _real_path(detail["loc"], data)
        fault = _fault(path, dict(detail), model)
        if path in found and found[path].message != fault.message:
            fault = _joined(found[path], fault)
        found[path] = fault
    return list(found.values())


def _joined(first: Fault, second: Fault) -> Fault:
    start = first.message.rpartition(", not ")[0] or first.message
    tail = second.message.removeprefix("must be ")
    return Fault(path=first.path, message=f"{start} or {tail}", suggestion=second.suggestion)


def _real_path(location: Sequence[str | int], data: Any) -> Location:
    """The part of the location that is in the data; the rest names members of a union."""
    path: list[str | int] = []
    for part in location:
        if not isinstance(data, Mapping | list | tuple) or part == "[key]":
            break
        path.append(part)
        data = _below(data, part)
    return tuple(path)


def _below(data: Any, part: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(part)
    return data[part] if isinstance(part, int) and part < len(data) else None


def _fault(path: Location, detail: Detail, model: type[BaseModel]) -> Fault:
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        hint = nearest(str(path[-1]), known)
        return Fault(path=path, message="is not a key here", suggestion=hint, of_key=True)
    word = _WORDS.get(kind)
    message = word(detail) if word else str(detail["msg"])
    return Fault(path=path, message=message, suggestion=_choice_hint(detail))


def _choice_hint(detail: Detail) -> str:
    if detail["type"] not in ("literal_error", "enum"):
        return ""
    choices = str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")
    return nearest(str(detail["input"]), [choice.strip("'") for choice in choices])


def _known_keys(model: type[BaseModel], path: Location) -> list[str]:
    for part in path:
        field = next((one for one in model.model_fields.values() if one.alias == part), None)
        inner = _shape_in(field.annotation) if field else None
        model = inner or model
    return [one.alias or name for name, one in model.model_fields.items()]


def _shape_in(annotation: Any) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    found = (_shape_in(part) for part in get_args(annotation))
    return next((one for one in found if one), None)


def shown(value: Any) -> str:
    """A value in a message: short, and never a whole mapping."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    return f"'{value}'" if len(str(value)) <= 40 else f"'{str(value)[:37]}...'"


def _must_be(what: str) -> Callable[[Detail], str]:
    return lambda detail: f"must be {what}, not {shown(detail['input'])}"


def _expected(detail: Detail) -> str:
    return f"must be {detail['ctx']['expected']}, not {shown(detail['input'])}"


def _missing(_detail: Detail) -> str:
    return "is missing"


def _at_least(detail: Detail) -> str:
    return f"must be at least {detail['ctx']['ge']}, not {shown(detail['input'])}"


def _at_most(detail: Detail) -> str:
    return f"must be at most {detail['ctx']['le']}, not {shown(detail['input'])}"


def _own_words(detail: Detail) -> str:
    return str(detail["ctx"]["error"])


_WORDS: Mapping[str, Callable[[Detail], str]] = {
    "missing": _missing,
    "int_parsing": _must_be("a whole number"),
    "int_type": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "int_parsing_size": _must_be("a smaller number"),
    "float_parsing": _must_be("a number"),
    "float_type": _must_be("a number"),
    "bool_parsing": _must_be("true or false"),
    "bool_type": _must_be("true or false"),
    "string_type": _must_be("text"),
    "dict_type": _must_be("a mapping"),
    "model_type": _must_be("a mapping"),
    "model_attributes_type": _must_be("a mapping"),
    "tuple_type": _must_be("a list"),
    "list_type": _must_be("a list"),
    "literal_error": _expected,
    "enum": _expected,
    "greater_than_equal": _at_least,
    "less_than_equal": _at_most,
    "value_error": _own_words,
}
