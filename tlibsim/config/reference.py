"""The reference page and the JSON Schema of the configuration, both made from its tables."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from tlibsim.config.behavior_words import BEHAVIOR
from tlibsim.config.conditions import CONDITIONS
from tlibsim.config.dns import (
    AgentSettings,
    AudioKind,
    DnOptions,
    DnType,
    External,
    FarBehavior,
)
from tlibsim.config.links import LinkedSite, LinkSettings
from tlibsim.config.models import FileShape
from tlibsim.config.options import KEPT, Options
from tlibsim.config.recorders import (
    OF_A_RECORDER,
    OF_THE_CLIENT,
    RecorderEntry,
    RecordingClientSettings,
)
from tlibsim.config.routing import RouteRule, RouteTarget, RouteTreatment
from tlibsim.config.routing_models import RoutingShape
from tlibsim.config.routing_words import (
    OF_A_RULE,
    OF_A_TARGET,
    OF_A_TREATMENT,
    ROUTING,
)
from tlibsim.config.rows import OptionRow, rows
from tlibsim.config.settings import (
    CdrSettings,
    ClientLimits,
    HttpSettings,
    Listener,
    RecordingsSettings,
    RemoteRecording,
    SnapshotSettings,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_HEAD = """\
# Configuration

<!-- Written by `tlibsim config reference`. Change the tables in tlibsim/config, not this page. -->

One YAML file, given to `tlibsim serve --config FILE`. It has the shape of the `bed` of a scenario
file. `tlibsim config check FILE` tells what is wrong with one, with line, column and the nearest
valid key; `tlibsim config show FILE` prints what it comes to. Editors that know JSON Schema
complete the keys when the first line names the schema, which is `docs/tlibsim.schema.json` and is
printed by `tlibsim config schema`:

```yaml
# yaml-language-server: $schema=tlibsim.schema.json
```

- Where the product has an option, its name is the product's; others are ours. Names are read in any
  case. An option that is not known is kept and shown, with a warning that names the nearest known
  one. Any other key that is not known is an error.
- Options whose default no document settles are listed in
  [differences from the real thing](differences.md#options-whose-default-is-a-choice-of-ours).
- Numbers of DNs may be written without quotes, but those with a leading zero need them: YAML
  reads `0700` as an octal number.
- `20000-29999` as a key stands for all DNs of the range; a DN named besides refines it.
- No value (`key:`) is the same as leaving the key out.

## Values from outside the file

`--set KEY=VALUE` and variables `TLIBSIM_...` override the file; `--set` is the stronger one. The
key is the way to the value, with dots: `options.user-data-limit=0`, `dns.7001.record=true`,
`listen.0.port=0`. An option of the application needs no `options.`: `user-data-limit=0`. The value
is read as YAML: `clients.desk1=[7001, 7002]`. A DN with a dot in its name is put in double quotes.

In a variable two underscores are a dot and one is a dash; letters are upper case:

| variable | the same as |
| --- | --- |
| `TLIBSIM_SEED=1` | `--set seed=1` |
| `TLIBSIM_OPTIONS__USER_DATA_LIMIT=0` | `--set options.user-data-limit=0` |
| `TLIBSIM_DNS__7001__RECORD=true` | `--set dns.7001.record=true` |
| `TLIBSIM_RECORDINGS__DIRECTORY=/tmp/rec` | `--set recordings.directory=/tmp/rec` |

A variable that begins so and names nothing is told and otherwise left alone.
"""


def schema() -> str:
    """The JSON Schema of the file, as text."""
    made = FileShape.model_json_schema(by_alias=True)
    described: dict[str, Any] = {**made, "$schema": DIALECT, "title": "tlibsim configuration"}
    for name in ("OptionsShape", "DnOptionsShape", "AgentSettingsShape"):
        described["$defs"][name]["additionalProperties"] = True
    _add_routing(described)
    audio = described["$defs"]["DnOptionsShape"]["properties"]["audio"]
    audio["anyOf"].append({"type": "string", "enum": [kind.value for kind in AudioKind]})
    return json.dumps(described, indent=2, sort_keys=True) + "\n"


def _add_routing(described: dict[str, Any]) -> None:
    """The router's section; where it takes a list, a single thing will do."""
    routing = RoutingShape.model_json_schema(by_alias=True)
    described["$defs"] |= routing.pop("$defs")
    place = described["properties"]["routing"]
    place |= {"type": "object", "properties": routing["properties"]}
    place["additionalProperties"] = False
    rule = described["$defs"]["RuleShape"]["properties"]
    target = described["$defs"]["TargetShape"]
    words = {"type": ["string", "integer"]}
    described["$defs"]["TargetShape"] = {"anyOf": [target, words]}
    for holder, key in ((rule, "to"), (rule, "treatment"), (place["properties"], "default")):
        many = holder[key]
        holder[key] = {"anyOf": [many, many["items"]], "default": many["default"]}
    for key in ("point", "dnis", "ani", "without", "time", "days"):
        rule[key] = {"anyOf": [rule[key], words], "default": []}


def page() -> str:
    """The reference page, as Markdown."""
    parts = [
        _HEAD,
        "## Sections\n\n" + _sections(),
        "## `listen`: ports for clients\n\n" + _values(Listener),
        "## `limits`: what one client may cost\n\n"
        "The number of clients is the option `max-clients`.\n\n"
        + _values(ClientLimits, leave=("max_clients",)),
        "## `recordings`: where and how\n\n" + _values(RecordingsSettings),
        "## `cdr`: call detail records\n\n" + _values(CdrSettings),
        "## `snapshots`: named states\n\n" + _values(SnapshotSettings),
        "## `http`: the control API\n\n"
        "Without a port there is none; port 0 takes any free one.  The address is in the ready "
        "file.\n\n" + _values(HttpSettings),
        "## `links`: switches of other processes\n\n"
        "Calls cross to them by their name in Location (`docs/sites.md`).\n\n"
        + _values(LinkSettings)
        + "\nEach of `sites`:\n\n"
        + _values(LinkedSite),
        "## `external`: the world outside\n\n" + _external(),
        "## `agents`: logins\n\n" + _values(AgentSettings, leave=("login", "extra")),
        "## `routing`: the built-in router\n\n" + _routing(),
        "## `dns`: configured objects\n\n" + _objects(),
        "## `dns`: options of a DN\n\n" + _options(DnOptions),
        BEHAVIOR,
        "## `options`: options of the application\n\n" + _options(Options),
        "`error-text-<code>` sets the text of EventError with that code, as `error-texts` does.\n",
        "## `recorders`: the pool of SIP recorders\n\n"
        "They are invited with `recorder-mode: sip` or `both`.  A `voip-service` with\n"
        "`service-type: recorder` and a `contact` is one as well.\n\n"
        + _described(RecorderEntry, OF_A_RECORDER),
        "## `recording-client`: how they are invited\n\n"
        + _described(RecordingClientSettings, OF_THE_CLIENT),
        "## `remote-recording`: the profile sfb\n\nNot acted on yet.\n\n"
        + _values(RemoteRecording),
        "## `errors`: conditions\n\n" + _conditions(),
    ]
    return "\n".join(parts)


def _sections() -> str:
    lines = [
        (f"`{one.alias}`", one.description or "") for one in FileShape.model_fields.values()
    ]
    return _table(("section", "what it is"), lines)


def _values(kind: type, leave: tuple[str, ...] = ()) -> str:
    lines = [
        (f"`{one.name.replace('_', '-')}`", _shown(one.default))
        for one in fields(kind)
        if one.name not in leave
    ]
    return _table(("key", "default"), lines)


def _external() -> str:
    text = (
        "\n`numbers` says how those outside behave whose number fits a pattern; the first that "
        "fits\ncounts, and goes before the options of the trunk:\n\n"
        '```yaml\nexternal:\n  numbers:\n    "9415555019?": {busy: true}\n'
        '    "94155550*": {answer-after: 2, talk-time: 30}\n```\n\n'
    )
    return _values(External, leave=("numbers",)) + text + _values(FarBehavior)


def _routing() -> str:
    return "\n".join(
        (
            ROUTING,
            "### A rule\n\n" + _described(RouteRule, OF_A_RULE),
            "### A target\n\n" + _described(RouteTarget, OF_A_TARGET),
            "### A treatment\n\n" + _described(RouteTreatment, OF_A_TREATMENT),
        )
    )


def _described(kind: type, words: Mapping[str, str]) -> str:
    """The keys of a value with their defaults and what each is; every key must be described."""
    lines = [
        (f"`{one.name.replace('_', '-')}`", _shown(one.default), words[one.name])
        for one in fields(kind)
    ]
    return _table(("key", "default", "what it is"), lines)


def _objects() -> str:
    types = ", ".join(f"`{kind.value}`" for kind in DnType)
    kinds = ", ".join(f"`{kind.value}`" for kind in AudioKind)
    lines = [
        ("`type`", "`DN`", f"{types}; `extension`, `routing-point`, `acd-queue` too"),
        ("`place`", "empty", "for people"),
        ("`note`", "empty", "for people"),
        ("`prefix`", "empty", "of a Trunk: numbers that begin so leave by it"),
        ("`enabled`", "`true`", "false: as if it were not configured"),
        ("`audio`", "a tone of its own", f"the sound of its party: `kind` one of {kinds}"),
    ]
    more = (
        "`audio` may be one word (`audio: silence`) or have `frequency-hz`, `seed`, `files`,\n"
        "`loop`, and for `script` a `timeline` of the others, each with `at-ms`.\n"
    )
    return _table(("key", "default", "what it is"), lines) + "\n" + more


def _options(table: type) -> str:
    head = ("option", "type", "default", "what it does", "source", "acts")
    lines = [
        (
            f"`{row.name}`",
            _type(row),
            _shown(row.default),
            row.help,
            row.source,
            _acts(row),
        )
        for row in rows(table).values()
    ]
    return _table(head, lines)


def _type(row: OptionRow) -> str:
    return ", ".join(f"`{choice}`" for choice in row.choices if choice) or row.kind


def _acts(row: OptionRow) -> str:
    if not row.later:
        return "yes"
    return "kept" if row.later == KEPT else f"with {row.later}"


def _conditions() -> str:
    text = (
        "Which error code answers a refused request, by condition, or by request and condition:\n\n"
        "```yaml\nerrors:\n  not-registered: 41\n  RequestMakeCall: {invalid-called-dn: 71}\n"
        'error-texts: {71: "No such number"}\n```\n\n'
    )
    return text + ", ".join(f"`{one}`" for one in CONDITIONS) + ".\n"


def _shown(value: Any) -> str:
    if value is MISSING or value is None or value in ("", ()):
        return "none" if value is None else "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{value}`"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *lines))
