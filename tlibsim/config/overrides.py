"""Values from outside the file: ``--set key=value`` and variables ``TLIBSIM_...``.

``options.user-data-limit=0``, ``dns.7001.record=true`` and ``listen.0.port=0`` name the whole
way; a bare ``user-data-limit=0`` means the option of that name.  ``TLIBSIM_OPTIONS__RECORD_MOH``
is the same as ``options.record-moh``: two underscores are a dot, one is a dash.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tlibsim.config.aliases import translated
from tlibsim.config.document import Path, read
from tlibsim.config.options import Options
from tlibsim.config.problems import ConfigError, Problem, nearest
from tlibsim.config.rows import fields_by_key, normal, rows

PREFIX = "TLIBSIM_"
SECTIONS: tuple[str, ...] = (
    "server",
    "switch",
    "profile",
    "seed",
    "customer-id",
    "server-version",
    "listen",
    "password",
    "passwords",
    "limits",
    "dns",
    "agents",
    "external",
    "clients",
    "options",
    "recordings",
    "cdr",
    "snapshots",
    "faults",
    "http",
    "recorders",
    "recording-client",
    "remote-recording",
    "recorder",
    "desktop",
    "persona",
    "routing",
    "second-site",
    "links",
    "errors",
    "error-texts",
)
_BY_NUMBER = frozenset(("dns", "agents"))
_BY_NAME = frozenset(("options", "passwords", "clients", "error-texts", "errors"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One value from outside: the way to it, what it is, and what to call it in an error."""

    path: Path
    value: Any
    name: str


def overrides_of(
    assignments: Iterable[str], environ: Mapping[str, str]
) -> tuple[list[Override], list[Problem]]:
    """The overrides, variables first and ``--set`` after them, and what is wrong with the others."""
    problems: list[Problem] = []
    found: list[Override] = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and _known_variable(name):
            _collect(found, problems, _variable_key(name), environ[name], name)
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        source = f"--set {key.strip()}"
        if equals:
            _collect(found, problems, key.strip(), text, source)
        else:
            problems.append(Problem(source=source, key="", message="is not key=value"))
    return found, problems


def strange_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that begin like ours and name nothing: told, and otherwise left alone."""
    return [
        name
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in RESERVED and not _known_variable(name)
    ]


RESERVED = frozenset(("TLIBSIM_CONFIG", "TLIBSIM_PYTHON", "TLIBSIM_TSERVER", "TLIBSIM_URL"))
"""Variables of the tools: no settings."""


def _variable_key(name: str) -> str:
    return name.removeprefix(PREFIX).replace("__", ".").replace("_", "-").lower()


def _known_variable(name: str) -> bool:
    return name not in RESERVED and _way(_variable_key(name)) is not None


def _collect(
    found: list[Override], problems: list[Problem], key: str, text: str, name: str
) -> None:
    key, text = translated(key, text)
    path = _way(key)
    if path is None:
        known = [*SECTIONS, *(row.name for row in rows(Options).values())]
        problems.append(
            Problem(
                source=name,
                key=key,
                message="is not a key here",
                suggestion=nearest(key.rpartition(".")[2] if "." not in key else key, known),
            )
        )
        return
    try:
        value = read(text, name).data
    except ConfigError as error:
        problems.extend(
            Problem(source=name, key=key, message=one.message) for one in error.problems
        )
        return
    found.append(Override(path=path, value="" if value is None else value, name=name))


def _way(key: str) -> Path | None:
    """The path for a dotted key, or None when it begins with nothing known."""
    head, _, rest = key.partition(".")
    section = next((one for one in SECTIONS if normal(one) == normal(head)), None)
    if section is None:
        field = fields_by_key(Options).get(normal(key))
        return None if field is None else ("options", rows(Options)[field].name)
    return (section, *_rest(section, rest)) if rest else (section,)


def _rest(section: str, rest: str) -> Path:
    if section in _BY_NUMBER:
        return _number_first(rest)
    if section == "errors" and rest.startswith("Request"):
        request, _, condition = rest.partition(".")
        return (request, condition)
    if section in _BY_NAME:
        return (rest,)
    parts: list[str | int] = [int(part) if part.isdigit() else part for part in rest.split(".")]
    if section == "listen" and parts and not isinstance(parts[0], int):
        parts.insert(0, 0)
    return tuple(parts)


def _number_first(rest: str) -> Path:
    if rest.startswith('"') and '"' in rest[1:]:
        number, _, key = rest[1:].partition('"')
        key = key.removeprefix(".")
    else:
        number, _, key = rest.partition(".")
    return (number, *key.split(".", 1)) if key.startswith("audio.") else (number, key)


def laid_over(data: dict[str, Any], overrides: Iterable[Override]) -> dict[Path, str]:
    """Put the values into ``data``; the result tells which paths came from which override."""
    origins: dict[Path, str] = {}
    for one in overrides:
        path = spelled(data, one.path)
        _put(data, path, one.value)
        origins[path] = one.name
    return origins


def spelled(data: Any, path: Path) -> Path:
    """The path with the spelling of keys that the file already has."""
    result: list[str | int] = []
    for part in path:
        known = _like(data, part)
        result.append(known)
        data = _step(data, known)
    return tuple(part for part in result if part != "")


def _like(data: Any, part: str | int) -> str | int:
    if isinstance(data, dict) and isinstance(part, str) and part not in data:
        return next((key for key in data if normal(key) == normal(part)), part)
    return part


def _step(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _put(data: Any, path: Path, value: Any) -> None:
    for part, following in pairwise(path):
        below = _step(data, part)
        if not isinstance(below, dict | list):
            below = [] if isinstance(following, int) else {}
            _set(data, part, below)
        data = below
    _set(data, path[-1], value)


def _set(data: Any, part: str | int, value: Any) -> None:
    if isinstance(data, list):
        position = part if isinstance(part, int) else 0
        if position < len(data):
            data[position] = value
        else:
            data.append(value)
    else:
        data[str(part)] = value
