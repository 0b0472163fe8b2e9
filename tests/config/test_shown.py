"""Settings as people are shown them."""

import pytest

from tlibsim.config import Settings, demo_settings, load, load_bed
from tlibsim.config.shown import as_yaml, shown

RICH = """\
server: Lab
seed: 7
listen: [{port: 0}, {name: cyr, charset: windows-1251}]
limits: {max-depth: 10}
dns:
  100-104: {type: Position, record: true, geo-location: dallas}
  "0900": {type: Trunk, prefix: "0", answer-after: 2.5, sip-foo: bar}
  7001: {audio: {kind: script, timeline: [{kind: noise, seed: 4}, {at-ms: 20, kind: silence}]}}
agents: {1: {name: ann, queues: [8000], wrap-up-time: untimed}}
clients: {desk: [7001, "0900"]}
options: {max-clients: 5, default-dn: "0900", diff-ignore: [Server], strange: 9}
persona: {name: rec, rules: [{dn: "7*", percent: 50}]}
second-site: {server: two, dns: {"7801": {type: DN}}}
errors: {seized: 51, RequestMakeCall: {invalid-called-dn: 177}}
error-texts: {51: no}
remote-recording: {record-moh: false}
"""


@pytest.mark.parametrize("all_options", [False, True])
@pytest.mark.parametrize(
    "settings",
    [load(RICH), load_bed(), demo_settings(), Settings()],
    ids=["rich", "bed", "demo", "none"],
)
def test_what_is_shown_can_be_read_again(settings: Settings, all_options: bool) -> None:
    again = load(as_yaml(settings, all_options=all_options), "shown")

    told = [(one.name, one.value) for one in settings.unknown_options]
    assert [(one.name, one.value) for one in again.unknown_options] == told
    for name in Settings.__slots__:
        if name != "unknown_options":
            assert getattr(again, name) == getattr(settings, name), name


def test_options_with_their_default_are_shown_when_asked_for() -> None:
    settings = load("options: {busy-code: 51}")

    assert shown(settings)["options"] == {"busy-code": 51}
    every = shown(settings, all_options=True)["options"]
    assert every["busy-code"] == 51
    assert every["user-data-limit"] == 16000


def test_secrets_are_not_shown() -> None:
    settings = load("password: geheim\npasswords: {a: geheim}\nagents: {1: {password: geheim}}")
    text = str(shown(settings, all_options=True))

    assert "geheim" not in text
    assert text.count("(not shown)") == 3
