"""What a new configuration changes in a running switch, and what of it can be put in force.

Two settings come in; out come :class:`Changes` for people and the settings that count from now
on.  Nothing happens here: who carries it out is in :mod:`tlibsim.reloading`.  The table
``SECTIONS`` says of every section what its parts are, what they are called and which of them are
fixed from the start of a server to its end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from tlibsim.config.changes import Change, Changes, How, ordered
from tlibsim.config.dns import DnSettings, DnType
from tlibsim.config.options import Options
from tlibsim.config.rows import rows
from tlibsim.config.settings import Settings

Parts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """One field of Settings.

    ``parts`` takes it apart, ``put`` puts it together: the new value, but with the old parts
    of these names.  ``fixed`` says whether a part cannot change while the server runs, given
    its name and its old and new value (None: there is none).  ``settings`` are the parts that
    are called settings instead of ``kind``.
    """

    key: str
    kind: str
    parts: Callable[[Any], Parts]
    put: Callable[[Any, Any, frozenset[str]], Any]
    fixed: Callable[[str, Any, Any], bool]
    settings: frozenset[str] = frozenset()


def differences(old: Settings, new: Settings) -> tuple[Changes, Settings]:
    """What ``new`` changes, and the settings to put in force: ``new`` with what stays of ``old``.

    Parts that are equal are those of ``old`` themselves, not copies.
    """
    applied: list[Change] = []
    restart: list[str] = []
    values: dict[str, Any] = {}
    for name, section in SECTIONS.items():
        before, after = getattr(old, name), getattr(new, name)
        stay = set()
        for part, change, fixed in _changes(section, before, after):
            if fixed:
                stay.add(part)
                restart.append(_way(section.key, "" if _is_new(before, after) else part))
            else:
                applied.append(change)
        values[name] = section.put(before, after, frozenset(stay))
    warnings = tuple(str(one) for one in new.unknown_options)
    told = Changes(
        applied=ordered(applied), restart=tuple(dict.fromkeys(restart)), warnings=warnings
    )
    return told, replace(new, **values)


def _is_new(before: Any, after: Any) -> bool:
    """Whether the whole section came or went."""
    return (before is None) != (after is None)


def _changes(section: _Section, old: Any, new: Any) -> Iterator[tuple[str, Change, bool]]:
    before, after = section.parts(old), section.parts(new)
    for name in dict.fromkeys((*after, *before)):
        how = _how(name, before, after)
        if how is not None:
            kind = "setting" if name in section.settings else section.kind
            one = Change(how=how, kind=kind, name=name or section.key)
            yield name, one, section.fixed(name, before.get(name), after.get(name))


def _how(name: str, before: Parts, after: Parts) -> How | None:
    if name not in before:
        return How.ADDED
    if name not in after:
        return How.REMOVED
    same = before[name] is after[name] or before[name] == after[name]
    return None if same else How.CHANGED


def _way(key: str, name: str) -> str:
    return f"{key}.{name}" if key and name else key or name


# -- how sections are taken apart and put together -----------------------------------------------


def _whole(value: Any) -> Parts:
    return MappingProxyType({"": value})


def _put_whole(old: Any, new: Any, stay: frozenset[str]) -> Any:
    return old if stay else new


def _by_name(value: Any) -> Parts:
    return {str(key): one for key, one in value.items()}


def _put_by_name(old: Any, new: Any, stay: frozenset[str]) -> Any:
    """The new mapping in its order; what is equal, or has to stay, is the old object."""
    kept = {
        key: old[key] if key in old and (str(key) in stay or old[key] == one) else one
        for key, one in new.items()
        if key in old or str(key) not in stay
    }
    return kept | {key: old[key] for key in old if str(key) in stay and key not in new}


def _fields(value: Any) -> Parts:
    """The fields of a frozen value, under the keys of the file; None has none."""
    if value is None:
        return {}
    table = rows(Options) if isinstance(value, Options) else {}
    return {
        table[one.name].name if table else one.name.replace("_", "-"): getattr(value, one.name)
        for one in fields(value)
    }


def _put_fields(old: Any, new: Any, stay: frozenset[str]) -> Any:
    if not stay:
        return new
    if old is None or new is None:
        return old
    names = dict(zip(_fields(new), (one.name for one in fields(new)), strict=True))
    return replace(new, **{names[key]: getattr(old, names[key]) for key in stay})


def _listed(value: Any) -> Parts:
    """Entries of a list under their names, or their places in the list."""
    found: dict[str, Any] = {}
    for number, one in enumerate(value, 1):
        name = one.get("name") if isinstance(one, Mapping) else getattr(one, "name", "")
        name = str(name or number)
        found[name if name not in found else f"{name} ({number})"] = one
    return found


def _listeners(value: Any) -> Parts:
    """``port``, ``host`` of the first listener, ``1.port`` of the next."""
    return {
        (key if number == 0 else f"{number}.{key}"): part
        for number, one in enumerate(value)
        for key, part in _fields(one).items()
    }


def _routing(value: Any) -> Parts:
    found = {f"rule {name}": rule for name, rule in _listed(value.rules).items()}
    default = {f"default {at}": one for at, one in enumerate(value.default, 1)}
    return {**found, **default, "when": value.when}


def _external(value: Any) -> Parts:
    own = {"caller": value.caller, "dialled": value.dialled}
    return {**own, **value.numbers}


# -- what is fixed -------------------------------------------------------------------------------


def _always(_: str, __: Any, ___: Any) -> bool:
    return True


def _never(_: str, __: Any, ___: Any) -> bool:
    return False


FIXED_OPTIONS = frozenset(
    {
        "local-file",
        "log-version",
        "max-ports",
        "pause-gap",
        "port-capacity",
        "recorder-lb",
        "recorder-mode",
        "recording-server",
        "recordingclient.recdest",
        "recordingclient.recdest2",
        "reject-recording-request-on-geo-location-nomatch",
        "rtp.multichantimeout",
        "sip.routeset",
        "sip.securerouteset",
    }
)
"""Options that a media backend, or the log, is made with."""

FIXED_LIMITS = frozenset(
    {"max-queue-bytes", "journal-entries", "journal-file", "journal-file-mb"}
)
"""Limits that listeners and the journal are made with."""


def _comes_or_goes(_: str, old: Any, new: Any) -> bool:
    return not old or not new


def _recorder(_: str, old: DnSettings | None, new: DnSettings | None) -> bool:
    """A recorder that is configured as a DN belongs to the pool that was made at the start."""
    return any(
        one is not None
        and one.type is DnType.VOIP_SERVICE
        and one.options.service_type == "recorder"
        for one in (old, new)
    )


def _setting(*, fixed: bool, key: str) -> _Section:
    """A section that is one value."""
    return _Section(
        key=key,
        kind="setting",
        parts=_whole,
        put=_put_whole,
        fixed=_always if fixed else _never,
    )


def _table(key: str, kind: str, fixed: Callable[[str, Any, Any], bool] = _never) -> _Section:
    """A section of entries by name."""
    return _Section(key=key, kind=kind, parts=_by_name, put=_put_by_name, fixed=fixed)


def _group(key: str, fixed: Callable[[str, Any, Any], bool], kind: str = "setting") -> _Section:
    """A section of keys that have fixed names."""
    return _Section(key=key, kind=kind, parts=_fields, put=_put_fields, fixed=fixed)


def _list(
    key: str,
    kind: str,
    parts: Callable[[Any], Parts] = _listed,
    fixed: Callable[[str, Any, Any], bool] = _never,
    settings: frozenset[str] = frozenset(),
) -> _Section:
    """A section that is taken, or left, as a whole."""
    return _Section(
        key=key, kind=kind, parts=parts, put=_put_whole, fixed=fixed, settings=settings
    )


SECTIONS: Mapping[str, _Section] = {
    "server": _setting(key="server", fixed=True),
    "switch": _setting(key="switch", fixed=True),
    "profile": _setting(key="profile", fixed=True),
    "seed": _setting(key="seed", fixed=True),
    "customer_id": _setting(key="customer-id", fixed=True),
    "server_version": _setting(key="server-version", fixed=False),
    "listeners": _list("listen", "listener", _listeners, _always),
    "password": _setting(key="password", fixed=False),
    "passwords": _table("passwords", "password"),
    "limits": _group("limits", lambda name, _, __: name in FIXED_LIMITS),
    "dns": _table("dns", "DN", _recorder),
    "agents": _table("agents", "agent"),
    "external": _list(
        "external", "far number", _external, settings=frozenset({"caller", "dialled"})
    ),
    "clients": _table("clients", "client"),
    "options": _group("options", lambda name, _, __: name in FIXED_OPTIONS, "option"),
    "recordings": _group("recordings", _always),
    "cdr": _group("cdr", _always),
    "snapshots": _group("snapshots", _never),
    "http": _group("http", _always),
    "recorder": _group("recorder", _never),
    "desktop": _group("desktop", _never),
    "faults": _list("faults", "fault"),
    "recorders": _list("recorders", "recorder", fixed=_always),
    "recording_client": _group("recording-client", _always),
    "remote_recording": _group("remote-recording", _always),
    "persona": _group("persona", _always),
    "routing": _list("routing", "routing rule", _routing, settings=frozenset({"when"})),
    "second_site": _list("second-site", "second site", _whole, _comes_or_goes),
    "links": _group("links", _always),
    "errors": _table("errors", "error code"),
    "error_texts": _table("error-texts", "error text"),
}
"""Every section by its field of Settings; ``unknown_options`` are told as warnings."""
