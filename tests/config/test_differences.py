"""What a new configuration changes, and what of it has to wait for a restart."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tlibsim.config import Settings, load
from tlibsim.config.changes import Change, Changes, How
from tlibsim.config.differences import FIXED_LIMITS, FIXED_OPTIONS, SECTIONS, differences
from tlibsim.config.options import Options
from tlibsim.config.rows import rows

ROOT = Path(__file__).parents[2]
BASE = """\
listen: [{port: 7020}]
http: {port: 7080}
dns:
  "7001": {type: DN, record: true}
  "7002": {type: DN}
  "rec1": {type: voip-service, service-type: recorder, contact: "sip:127.0.0.1:5080"}
agents: {"1001": {name: alice}, "1002": {name: bob}}
external: {numbers: {"94*": {busy: true}}}
options: {msml-record-support: true}
routing: {rules: [{name: vip, to: [{dn: "7001"}]}]}
faults: [{kind: drop, name: mute}]
errors: {not-registered: 1}
"""


def changed(*swaps: tuple[str, str], base: str = BASE) -> tuple[Changes, Settings]:
    text = base
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return differences(load(base), load(text))


def only(changes: Changes) -> tuple[str, str, str]:
    (one,) = changes.applied
    return one.how.value, one.kind, one.name


def test_the_same_configuration_changes_nothing() -> None:
    old = load(BASE)
    changes, settings = differences(old, load(BASE))

    assert changes == Changes()
    assert changes.summary() == "reloaded: nothing changed"
    assert settings == old


def test_what_is_equal_is_the_old_value_and_no_copy() -> None:
    old = load(BASE)
    _, settings = differences(old, load(BASE.replace("alice", "anna")))

    assert settings.dns["7001"] is old.dns["7001"]
    assert settings.agents["1002"] is old.agents["1002"]
    assert settings.agents["1001"].name == "anna"


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        (('"1002": {name: bob}', '"1002": {name: bob}, "1004": {}'), ("+", "agent", "1004")),
        ((', "1002": {name: bob}', ""), ("-", "agent", "1002")),
        (("alice", "anna"), ("~", "agent", "1001")),
        (('  "7002": {type: DN}\n', ""), ("-", "DN", "7002")),
        (("DN, record: true", "DN"), ("~", "DN", "7001")),
        (("msml-record-support", "record-consult-calls"), None),
        (("busy: true", "reject: true"), ("~", "far number", "94*")),
        (('[{dn: "7001"}]', '[{dn: "7002"}]'), ("~", "routing rule", "rule vip")),
        (("kind: drop", "kind: duplicate"), ("~", "fault", "mute")),
        (("not-registered: 1", "not-registered: 2"), ("~", "error code", "not-registered")),
        (("listen:", "server-version: 8.5\nlisten:"), ("~", "setting", "server-version")),
        (("listen:", "password: secret\nlisten:"), ("~", "setting", "password")),
        (("external: {", "external: {caller: '1', "), ("~", "setting", "caller")),
    ],
)
def test_a_change_is_told_with_its_kind_and_name(
    swap: tuple[str, str], told: tuple[str, str, str] | None
) -> None:
    changes, _ = changed(swap)

    assert changes.restart == ()
    if told is None:
        assert {one.kind for one in changes.applied} == {"option"}
    else:
        assert only(changes) == told


@pytest.mark.parametrize(
    ("swap", "key"),
    [
        (("7020", "7021"), "listen.port"),
        (("[{port: 7020}]", "[{port: 7020}, {name: b, port: 7021}]"), "listen.1.name"),
        (("7080", "7081"), "http.port"),
        (("listen:", "seed: 7\nlisten:"), "seed"),
        (("listen:", "switch: Other\nlisten:"), "switch"),
        (("listen:", "limits: {journal-entries: 5}\nlisten:"), "limits.journal-entries"),
        (("listen:", "recordings: {codec: alaw}\nlisten:"), "recordings.codec"),
        (("listen:", "persona: {name: rec}\nlisten:"), "persona"),
        (("options: {", "options: {recorder-mode: sip, "), "options.recorder-mode"),
        (("127.0.0.1:5080", "127.0.0.1:5090"), "dns.rec1"),
    ],
)
def test_what_cannot_change_while_the_server_runs_is_named_and_stays(
    swap: tuple[str, str], key: str
) -> None:
    changes, settings = changed(swap)

    assert key in changes.restart
    assert changes.applied == ()
    assert settings == load(BASE)
    assert changes.summary().startswith("reloaded: nothing changed; needs a restart: ")


def test_the_rest_is_applied_all_the_same() -> None:
    changes, settings = changed(("7020", "7021"), ("bob", "ben"), ("7080", "7081"))

    assert changes.summary() == (
        "reloaded: ~1 agent, calls untouched; needs a restart: listen.port, http.port"
    )
    assert settings.listeners[0].port == 7020
    assert settings.agents["1002"].name == "ben"


def test_of_one_section_some_keys_may_change_and_others_not() -> None:
    text = BASE + "limits: {journal-entries: 5, max-depth: 9}\n"
    changes, settings = differences(load(BASE), load(text))

    assert changes.restart == ("limits.journal-entries",)
    assert only(changes) == ("~", "setting", "max-depth")
    assert settings.limits.journal_entries == Settings().limits.journal_entries
    assert settings.limits.max_depth == 9


def test_a_recorder_that_is_a_dn_stays_though_the_file_has_it_no_more() -> None:
    line = '  "rec1": {type: voip-service, service-type: recorder, contact: "sip:127.0.0.1:5080"}\n'
    changes, settings = changed((line, ""))

    assert changes.restart == ("dns.rec1",)
    assert "rec1" in settings.dns


def test_what_waits_for_a_restart_is_told_again_each_time() -> None:
    old, new = load(BASE), load(BASE.replace("7020", "7021"))
    _, in_force = differences(old, new)

    again, _ = differences(in_force, new)

    assert again.restart == ("listen.port",)


def test_going_back_to_the_old_value_needs_no_restart() -> None:
    old = load(BASE)
    _, in_force = differences(old, load(BASE.replace("7020", "7021")))

    assert differences(in_force, load(BASE))[0].restart == ()


def test_secrets_are_not_told() -> None:
    changes, _ = changed(("listen:", "password: hunter2\npasswords: {desk: hunter3}\nlisten:"))

    assert "hunter" not in repr(changes)
    assert {one.name for one in changes.applied} == {"password", "desk"}


def test_a_summary_counts_additions_first_then_changes_then_what_is_gone() -> None:
    applied = (
        Change(how=How.ADDED, kind="DN", name="7004"),
        Change(how=How.ADDED, kind="DN", name="7005"),
        Change(how=How.CHANGED, kind="option", name="relogin"),
        Change(how=How.REMOVED, kind="agent", name="1001"),
    )

    assert Changes(applied=applied).summary() == (
        "reloaded: +2 DNs, ~1 option, -1 agent, calls untouched"
    )


def test_an_option_that_is_not_known_is_a_warning() -> None:
    changes, _ = changed(("options: {", "options: {relogn: error, "))

    (warning,) = changes.warnings
    assert "Did you mean relogin?" in warning


# -- the tables are complete -------------------------------------------------------------------


def test_every_field_of_the_settings_is_a_section() -> None:
    known = {one.name for one in fields(Settings)}

    assert set(SECTIONS) == known - {"unknown_options"}


def test_every_option_that_a_media_backend_is_made_with_is_fixed() -> None:
    made_with = {
        name
        for folder in ("media", "demo")
        for path in (ROOT / "tlibsim" / folder).rglob("*.py")
        if path.name in {"making.py", "setup.py", "configured.py"}
        for name in re.findall(r"(?:settings\.|\b)options\.(\w+)", path.read_text())
    }
    names = {field: row.name for field, row in rows(Options).items()}
    of_the_server = {names[one] for one in made_with if one in names}

    assert len(of_the_server) > 8
    # A DN that is a recorder has these options as well: see dns.
    assert of_the_server <= FIXED_OPTIONS


def test_fixed_options_and_limits_are_options_and_limits() -> None:
    assert {row.name for row in rows(Options).values()} >= FIXED_OPTIONS
    limits = {one.name.replace("_", "-") for one in fields(Settings().limits)}
    assert limits >= FIXED_LIMITS
