"""One reading of a configuration: sections are checked, faults collected, values put together."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from tlibsim.config import models
from tlibsim.config.conditions import CONDITIONS
from tlibsim.config.dns import AgentSettings, DnOptions, DnSettings
from tlibsim.config.document import Document, Path, dotted, resolved
from tlibsim.config.faults import faults_of, shown
from tlibsim.config.links import link_faults
from tlibsim.config.models import AGENT_MODEL, FileShape, audio_of, value_of
from tlibsim.config.options import Options
from tlibsim.config.overrides import SECTIONS
from tlibsim.config.problems import ConfigError, Problem, nearest
from tlibsim.config.ranges import as_range, members
from tlibsim.config.recorders import RecorderEntry
from tlibsim.config.routing_checks import routing_faults
from tlibsim.config.routing_models import RoutingShape, routing_of
from tlibsim.config.rows import fields_by_key, normal, rows
from tlibsim.config.settings import Listener, Settings, UnknownOption
from tlibsim.config.spelling import as_written

_DN_KEYS = tuple(name.replace("_", "-") for name in models.DnShape.model_fields)
_AGENT_KEYS = tuple(name.replace("_", "-") for name in AGENT_MODEL.model_fields)
_ERROR_TEXT = "error-text-"
_SLIP = 0.75
"""How like a structural key a word must be to count as a slip and not as an unknown option."""

_SHARED_BY_RANGE = tuple(one.name for one in fields(DnSettings) if one.name != "dn")
_MEANT = {
    "port": "listen: [{port: 7020}]",
    "host": "listen: [{host: 127.0.0.1}]",
    "http-port": "http: {port: 7080}",
    "quirks": "options: {integer-extension: drop-clients}",
    "recording": "options: {gsip-record-case: upper}",
}
"""Keys that other programs have at the top of a file, and what they are here."""

_SIMPLE = {"server", "switch", "profile", "seed", "customer_id", "server_version", "password"}
_MERGED = {"passwords", "clients"}
_OPTIONAL = ("recorder", "desktop", "persona")
_VALUES = {
    "limits",
    "external",
    "recordings",
    "cdr",
    "snapshots",
    "http",
    "recording_client",
    "remote_recording",
    "links",
}


class Reading:
    """Collects what one document changes in the settings that it starts from.

    ``root`` is where the configuration begins in the document, ``origins`` the paths that came
    from overrides.
    """

    def __init__(self, document: Document, *, base: Settings, root: Path = ()) -> None:
        self.document = document
        self.base = base
        self.root = root
        self.origins: dict[Path, str] = {}
        self.problems: list[Problem] = []
        self.unknown: list[UnknownOption] = []
        self.changes: dict[str, Any] = {}
        self.dns: dict[str, DnSettings] = dict(base.dns)
        self.agents: dict[str, AgentSettings] = dict(base.agents)
        self.error_texts: dict[int, str] = dict(base.error_texts)
        self._options: dict[DnOptions, DnOptions] = {}

    def take(self, data: Mapping[str, Any], path: Path) -> None:
        """Take the sections of a configuration."""
        known = {normal(section): section for section in SECTIONS}
        rest: dict[str, Any] = {}
        for key, value in data.items():
            section = known.get(normal(key))
            if section is None:
                self._not_a_section(key, (*path, key))
            elif value is not None:
                rest[section] = value
        if "recordings" in rest:
            rest["recordings"] = _null_as_a_word(rest["recordings"])
        self._dns(rest.pop("dns", {}), (*path, "dns"))
        self._agents(rest.pop("agents", {}), (*path, "agents"))
        self.take_options(rest.pop("options", {}), (*path, "options"))
        self._errors(rest.pop("errors", {}), (*path, "errors"))
        self._routing(rest.pop("routing", {}), (*path, "routing"))
        shape = self._checked(FileShape, rest, path, {})
        if isinstance(shape, FileShape):
            self._sections(shape)

    def finished(
        self, earlier: Sequence[Problem] = (), strange: Iterable[UnknownOption] = ()
    ) -> Settings:
        """The settings; raises ConfigError with everything found wrong, in the order of the file."""
        self._raise(earlier)
        changed = replace(
            self.base,
            dns=MappingProxyType(self.dns),
            agents=MappingProxyType(self.agents),
            error_texts=MappingProxyType(self.error_texts),
            unknown_options=(*self.base.unknown_options, *self.unknown, *strange),
            **self.changes,
        )
        for one in routing_faults(changed):
            self.fault(one.path, one.message, one.suggestion)
        for wrong in link_faults(changed.links, changed.switch):
            self.fault(wrong.path, wrong.message)
        self._raise(earlier)
        limits = replace(changed.limits, max_clients=changed.options.max_clients)
        return replace(changed, limits=limits)

    def _raise(self, earlier: Sequence[Problem]) -> None:
        problems = [*earlier, *self.problems]
        if problems:
            raise ConfigError(
                sorted(problems, key=lambda one: (one.line or 0, one.column or 0))
            )

    def fault(
        self, path: Path, message: str, suggestion: str = "", *, of_key: bool = False
    ) -> None:
        """Note a fault at a path below the root."""
        source, line, column = self._place(path, of_key=of_key)
        if of_key and path:
            suggestion = as_written(suggestion, str(path[-1]), self.document.data)
        self.problems.append(
            Problem(
                source=source,
                key=dotted(path),
                message=message,
                line=line,
                column=column,
                suggestion=suggestion,
            )
        )

    def take_options(self, data: Any, path: Path) -> None:
        """Take options of the application: known ones are checked, others kept and told."""
        if not self._is_mapping(data, path):
            return
        data = {
            key: value for key, value in data.items() if not self._error_text(key, value, path)
        }
        known, written, strange = self._split(data, Options, ())
        names = [row.name for row in rows(Options).values()]
        self._note_unknown(strange, path, names)
        model = self._checked(models.OPTIONS_MODEL, known, path, written)
        if model is not None:
            options = self.changes.get("options", self.base.options)
            self.changes["options"] = replace(options, **_set_values(model, Options))

    def take_dn_options(self, data: Any, path: Path) -> None:
        """Take the ``dn`` of a scenario's ``config``: more options for DNs of the bed."""
        if data is None or not self._is_mapping(data, path):
            return
        for key, shape in data.items():
            number = str(key)
            if number not in self.dns:
                self.fault((*path, key), "is no DN of the bed", nearest(number, self.dns))
                continue
            self.dns[number] = self._dn(self.dns[number], shape, (*path, key))

    def _place(self, path: Path, *, of_key: bool) -> tuple[str, int | None, int | None]:
        for end in range(len(path), 0, -1):
            if path[:end] in self.origins:
                return self.origins[path[:end]], None, None
        for origin, name in self.origins.items():
            if path and origin[: len(path)] == path:
                return name, None, None
        place = self.document.place((*self.root, *path), of_key=of_key)
        return self.document.source, *(place or (None, None))

    def _is_mapping(self, data: Any, path: Path) -> bool:
        if isinstance(data, Mapping):
            return True
        self.fault(path, f"must be a mapping, not {shown(data)}")
        return False

    def _not_a_section(self, key: str, path: Path) -> None:
        field = fields_by_key(Options).get(normal(key))
        if field is not None:
            name = rows(Options)[field].name
            self.fault(
                path, "is an option and belongs below options", f"options.{name}", of_key=True
            )
            return
        hint = _MEANT.get(normal(key)) or nearest(key, SECTIONS)
        self.fault(path, "is not a key here", hint, of_key=True)

    def _checked(
        self,
        model: type[BaseModel],
        data: Mapping[str, Any],
        path: Path,
        written: Mapping[str, str],
    ) -> BaseModel | None:
        """The checked model, or None after noting what is wrong with it."""
        try:
            return model.model_validate(_without_nothing(data))
        except ValidationError as error:
            for one in faults_of(error, model, data):
                head = written.get(str(one.path[0]), one.path[0]) if one.path else ""
                where = (*path, head, *one.path[1:]) if one.path else path
                self.fault(where, one.message, one.suggestion, of_key=one.of_key)
        return None

    def _split(
        self, data: Mapping[str, Any], table: type, structural: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
        """Known values by name, how each name was written, and what is not known."""
        names = _by_normal(structural)
        options = fields_by_key(table)
        known: dict[str, Any] = {}
        written: dict[str, str] = {}
        strange: dict[str, Any] = {}
        for key, value in data.items():
            folded = normal(str(key))
            name = names.get(folded)
            if name is None and folded in options:
                name = rows(table)[options[folded]].name
            if name is None:
                strange[key] = value
            else:
                known[name] = value
                written[name] = key
        return known, written, strange

    def _note_unknown(
        self, strange: Mapping[str, Any], path: Path, names: Sequence[str]
    ) -> None:
        for key, value in strange.items():
            source, line, column = self._place((*path, key), of_key=True)
            self.unknown.append(
                UnknownOption(
                    where=dotted(path) or "options",
                    name=str(key),
                    value=resolved(value),
                    source=source,
                    line=line,
                    column=column,
                    suggestion=as_written(
                        nearest(str(key), names, 0.7), str(key), self.document.data
                    ),
                )
            )

    def _error_text(self, key: str, value: Any, path: Path) -> bool:
        code = normal(key).removeprefix(_ERROR_TEXT)
        if code == normal(key) or not code.isdigit():
            return False
        if isinstance(value, str):
            self.error_texts[int(code)] = str(value)
        else:
            self.fault((*path, key), f"must be text, not {shown(value)}")
        return True

    def _dns(self, data: Any, path: Path) -> None:
        if not self._is_mapping(data, path):
            return
        singles: list[tuple[str, Any]] = []
        taken: list[tuple[str, range]] = []
        for key, shape in data.items():
            try:
                number, numbers = str(models.as_text(key)), as_range(key)
            except ValueError as error:
                self.fault((*path, key), str(error), of_key=True)
                continue
            if numbers is None:
                singles.append((number, shape))
                continue
            other = next((name for name, held in taken if _overlap(held, numbers)), "")
            if other:
                self.fault((*path, key), f"overlaps the range {other}", of_key=True)
            taken.append((key, numbers))
            self._range(key, numbers, shape, (*path, key))
        for number, shape in singles:
            base = self.dns.get(number) or DnSettings(dn=number)
            self.dns[number] = self._dn(base, shape, (*path, number))

    def _range(self, key: str, numbers: range, shape: Any, path: Path) -> None:
        """The DNs of a range; a DN that is named besides refines what the range says."""
        pattern = self._dn(DnSettings(dn=key), shape, path)
        shared = {name: getattr(pattern, name) for name in _SHARED_BY_RANGE}
        for number in members(key, numbers):
            self.dns[number] = DnSettings(dn=number, **shared)

    def _dn(self, base: DnSettings, shape: Any, path: Path) -> DnSettings:
        if shape is None or not self._is_mapping(shape, path):
            return base
        known, written, strange = self._split(shape, DnOptions, _DN_KEYS)
        extra = self._kept(strange, path, _DN_KEYS, DnOptions)
        model = self._checked(models.DN_MODEL, known, path, written)
        if not isinstance(model, models.DnShape):
            return base
        changes = _set_values(model, DnSettings)
        if model.audio is not None:
            changes["audio"] = audio_of(model.audio)
        if options := _set_values(model, DnOptions):
            merged = replace(base.options, **options)
            changes["options"] = self._options.setdefault(merged, merged)
        if extra:
            changes["extra"] = {**base.extra, **extra}
        return replace(base, **changes)

    def _agents(self, data: Any, path: Path) -> None:
        if not self._is_mapping(data, path):
            return
        for key, shape in data.items():
            try:
                login = str(models.as_text(key))
            except ValueError as error:
                self.fault((*path, key), str(error), of_key=True)
                continue
            base = self.agents.get(login) or AgentSettings(login=login)
            self.agents[login] = self._agent(base, shape, (*path, key))

    def _agent(self, base: AgentSettings, shape: Any, path: Path) -> AgentSettings:
        if shape is None or not self._is_mapping(shape, path):
            return base
        names = _by_normal(_AGENT_KEYS)
        known = {names[normal(key)]: one for key, one in shape.items() if normal(key) in names}
        written = {names[normal(key)]: key for key in shape if normal(key) in names}
        strange = {key: one for key, one in shape.items() if normal(key) not in names}
        extra = self._kept(strange, path, _AGENT_KEYS, None)
        model = self._checked(models.AGENT_MODEL, known, path, written)
        if model is None:
            return base
        changes = _set_values(model, AgentSettings)
        if extra:
            changes["extra"] = {**base.extra, **extra}
        return replace(base, **changes)

    def _kept(
        self,
        strange: Mapping[str, Any],
        path: Path,
        structural: tuple[str, ...],
        table: type | None,
    ) -> dict[str, Any]:
        """Options of an object that nobody knows; what looks like a slip is a fault instead."""
        kept: dict[str, Any] = {}
        for key, value in strange.items():
            slip = nearest(str(key), structural, _SLIP)
            if slip:
                self.fault((*path, key), "is not a key here", slip, of_key=True)
            else:
                kept[str(key)] = resolved(value)
        names = [row.name for row in rows(table).values()] if table else list(structural)
        self._note_unknown({key: strange[key] for key in kept}, path, names)
        return kept

    def _sections(self, shape: FileShape) -> None:
        given = shape.model_fields_set
        for name in given & _SIMPLE:
            self.changes[name] = getattr(shape, name)
        for name in given & _MERGED:
            self.changes[name] = MappingProxyType(
                {**getattr(self.base, name), **getattr(shape, name)}
            )
        for name in given & _VALUES:
            model = getattr(shape, name)
            kind = type(getattr(self.base, name))
            self.changes[name] = replace(getattr(self.base, name), **_set_values(model, kind))
        self._recorders(shape)
        if "faults" in given:
            self.changes["faults"] = tuple(resolved(one) for one in shape.faults)
        for name in _OPTIONAL:
            if getattr(shape, name) is not None:
                self.changes[name] = value_of(getattr(shape, name))
        if "second_site" in given:
            self.changes["second_site"] = MappingProxyType(resolved(shape.second_site))
        self.error_texts.update(shape.error_texts)
        self._listen(shape)

    def _recorders(self, shape: FileShape) -> None:
        if "recorders" not in shape.model_fields_set:
            return
        recorders: list[RecorderEntry] = [value_of(one) for one in shape.recorders]
        names = [one.name for one in recorders]
        for index, name in enumerate(names):
            if name in names[:index]:
                self.fault(("recorders", index, "name"), f"repeats the name {name}")
        self.changes["recorders"] = tuple(recorders)

    def _listen(self, shape: FileShape) -> None:
        listeners = [_listener(one, index) for index, one in enumerate(shape.listen, 1)]
        seen: set[str] = set()
        for index, one in enumerate(listeners):
            if one.name in seen:
                self.fault(("listen", index, "name"), f"repeats the name {one.name}")
            if not _charset(one.charset):
                self.fault(("listen", index, "charset"), f"is no character set: {one.charset}")
            seen.add(one.name)
        if listeners:
            self.changes["listeners"] = tuple(listeners)

    def _routing(self, data: Any, path: Path) -> None:
        if not data or not self._is_mapping(data, path):
            return
        shape = self._checked(RoutingShape, data, path, {})
        if isinstance(shape, RoutingShape):
            given = routing_of(shape)
            names = shape.model_fields_set
            changes = {name: getattr(given, name) for name in names}
            self.changes["routing"] = replace(self.base.routing, **changes)

    def _errors(self, table: Any, path: Path) -> None:
        if not self._is_mapping(table, path):
            return
        codes: dict[str, int] = dict(self.base.errors)
        for key, value in table.items():
            if isinstance(value, Mapping):
                for condition, code in value.items():
                    way = (*path, key, condition)
                    codes[f"{key}/{condition}"] = self._code(condition, code, way)
            else:
                codes[str(key)] = self._code(key, value, (*path, key))
        if codes:
            self.changes["errors"] = MappingProxyType(codes)

    def _code(self, condition: str, value: Any, path: Path) -> int:
        if condition not in CONDITIONS:
            hint = nearest(condition, CONDITIONS)
            self.fault(path, "is no condition known here", hint, of_key=True)
        if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
            return int(value)
        self.fault(path, f"must be an error code, not {shown(value)}")
        return 0


def _without_nothing(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def _set_values(model: BaseModel, kind: type) -> dict[str, Any]:
    """What the model was given, for the fields of a frozen value that it can set directly."""
    names = model.model_fields_set & _settable(kind)
    return {name: models.plain(getattr(model, name)) for name in names}


@cache
def _settable(kind: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind)) - {"audio", "options"}


@cache
def _by_normal(keys: tuple[str, ...]) -> Mapping[str, str]:
    return {normal(key): key for key in keys}


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _listener(shape: models.ListenShape, number: int) -> Listener:
    """A listener; the second and later ones need a name, and get one when they have none."""
    listener: Listener = value_of(shape)
    if number == 1 or "name" in shape.model_fields_set:
        return listener
    return replace(listener, name=f"tlib-{number}")


def _charset(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _null_as_a_word(recordings: Any) -> Any:
    """``backend: null`` names a backend, though YAML reads the word as nothing."""
    if not isinstance(recordings, dict):
        return recordings
    return {
        key: "null" if normal(str(key)) == "backend" and value in (None, "") else value
        for key, value in recordings.items()
    }
