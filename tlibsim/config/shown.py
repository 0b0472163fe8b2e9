"""Settings as a mapping in the shape of the file: for people, and to be read again.

Secrets are not shown, so a shown configuration that has passwords cannot be loaded as it is.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import yaml

from tlibsim.config.dns import (
    AgentSettings,
    AudioSettings,
    DnOptions,
    DnSettings,
    External,
)
from tlibsim.config.links import LinkSettings
from tlibsim.config.options import Options
from tlibsim.config.recorders import RecorderEntry
from tlibsim.config.routing import RoutingSettings
from tlibsim.config.rows import rows
from tlibsim.config.settings import ClientLimits, Settings


class _Dumper(yaml.SafeDumper):
    """Quotes numbers with a leading zero, which YAML itself quotes only when they are octal."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "'" if text.startswith("0") and text.isdigit() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)

HIDDEN = "(not shown)"
_OF_OPTIONS = frozenset(("max_clients",))


def shown(settings: Settings, *, all_options: bool = False) -> dict[str, Any]:
    """The mapping; options that have their default are left out unless ``all_options``."""
    result: dict[str, Any] = {
        "server": settings.server,
        "switch": settings.switch,
        "profile": settings.profile,
        "seed": settings.seed,
        "customer-id": settings.customer_id,
        "server-version": settings.server_version,
        "listen": [_all_fields(one) for one in settings.listeners],
        "password": HIDDEN if settings.password else None,
        "passwords": dict.fromkeys(settings.passwords, HIDDEN),
        "limits": _limits(settings.limits),
        "dns": {number: _dn(one) for number, one in settings.dns.items()},
        "agents": {login: _agent(one) for login, one in settings.agents.items()},
        "external": _external(settings.external),
        "clients": {name: list(dns) for name, dns in settings.clients.items()},
        "options": _app_options(settings, all_options),
        "recordings": _all_fields(settings.recordings),
        "cdr": _all_fields(settings.cdr),
        "snapshots": _all_fields(settings.snapshots),
        "faults": [dict(one) for one in settings.faults],
        "http": _all_fields(settings.http),
        "recorders": [_recorder(one) for one in settings.recorders],
        "recording-client": _changed(settings.recording_client, leave=()),
        "remote-recording": _all_fields(settings.remote_recording),
        "recorder": _all_fields(settings.recorder) if settings.recorder else None,
        "desktop": _all_fields(settings.desktop) if settings.desktop else None,
        "persona": _all_fields(settings.persona) if settings.persona else None,
        "routing": _routing(settings.routing),
        "second-site": dict(settings.second_site),
        "links": _links(settings.links),
        "errors": _errors(settings.errors),
        "error-texts": dict(settings.error_texts),
    }
    return {key: value for key, value in result.items() if value not in (None, {}, [])}


def as_yaml(settings: Settings, *, all_options: bool = False) -> str:
    """The same as the text of a file."""
    data = shown(settings, all_options=all_options)
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _links(links: LinkSettings) -> dict[str, Any]:
    shown = _changed(links, leave=("secret",))
    return shown | {"secret": HIDDEN} if links.secret else shown


def _external(external: External) -> dict[str, Any]:
    own = _all_fields(external)
    numbers = {pattern: _changed(one, leave=()) for pattern, one in own.pop("numbers").items()}
    return own | ({"numbers": numbers} if numbers else {})


def _routing(routing: RoutingSettings) -> dict[str, Any]:
    rules = [_nested(rule) for rule in routing.rules]
    default = [_nested(target) for target in routing.default]
    shown = {"when": routing.when, "rules": rules, "default": default}
    return {key: value for key, value in shown.items() if value} if rules or default else {}


def _nested(value: Any) -> dict[str, Any]:
    """What is not empty of a value that has values in it."""
    result: dict[str, Any] = {}
    for one in fields(value):
        item = getattr(value, one.name)
        if isinstance(item, tuple):
            item = [_nested(part) if hasattr(part, "__slots__") else part for part in item]
        elif isinstance(item, Mapping):
            item = dict(item)
        if item:
            result[_key(one.name)] = item
    return result


def _app_options(settings: Settings, all_options: bool) -> dict[str, Any]:
    known = _options(settings.options, Options, all_options)
    strange = {
        one.name: one.value for one in settings.unknown_options if one.where == "options"
    }
    return known | strange


def _options(values: Any, table: type, all_options: bool = False) -> dict[str, Any]:
    return {
        row.name: _word(getattr(values, name))
        for name, row in rows(table).items()
        if all_options or getattr(values, name) != row.default
    }


def _recorder(recorder: RecorderEntry) -> dict[str, Any]:
    own = _changed(recorder, leave=("name", "address", "password"))
    secret = {"password": HIDDEN} if recorder.password else {}
    return {"name": recorder.name, "address": recorder.address} | own | secret


def _limits(limits: ClientLimits) -> dict[str, Any]:
    return {key: one for key, one in _all_fields(limits).items() if key != "max-clients"}


def _dn(dn: DnSettings) -> dict[str, Any]:
    own = _changed(dn, leave=("dn", "options", "audio", "extra"))
    audio = {} if dn.audio is None else {"audio": _audio(dn.audio)}
    return (
        {"type": dn.type.value} | own | audio | _options(dn.options, DnOptions) | {**dn.extra}
    )


def _agent(agent: AgentSettings) -> dict[str, Any]:
    own = _changed(agent, leave=("login", "extra"))
    if agent.password is not None:
        own["password"] = HIDDEN
    return own | {**agent.extra}


def _audio(audio: AudioSettings) -> dict[str, Any]:
    own = {"kind": audio.kind.value} | _changed(audio, leave=("timeline",))
    if audio.timeline:
        own["timeline"] = [{"at-ms": at, **_audio(one)} for at, one in audio.timeline]
    return own


def _changed(value: Any, leave: tuple[str, ...]) -> dict[str, Any]:
    """The fields that do not have their default, under the keys of the file."""
    return {
        _key(one.name): _word(getattr(value, one.name))
        for one in fields(value)
        if one.name not in leave and getattr(value, one.name) != one.default
        if getattr(value, one.name) != ()
    }


def _all_fields(value: Any) -> dict[str, Any]:
    return {_key(one.name): _word(getattr(value, one.name)) for one in fields(value)}


def _word(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_all_fields(one) if hasattr(one, "__slots__") else one for one in value]
    return _all_fields(value) if is_dataclass(value) else value


def _key(name: str) -> str:
    return name.replace("_", "-")


def _errors(codes: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, code in codes.items():
        request, _, condition = key.rpartition("/")
        if request:
            result.setdefault(request, {})[condition] = code
        else:
            result[condition] = code
    return result
