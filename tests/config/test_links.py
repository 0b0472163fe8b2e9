"""The section ``links``: switches of other processes (BEHAVIOUR.md 3.7)."""

import pytest

from tlibsim.config import ConfigError, Settings, load
from tlibsim.config.links import LinkedSite, LinkSettings
from tlibsim.config.shown import HIDDEN, as_yaml, shown

TEXT = """
switch: North
links:
  port: 7120
  secret: quiet
  poll-seconds: 2
  sites:
    - {switch: South, server: S2, host: 127.0.0.2, port: 7121}
    - {switch: East}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return [f"{one.line} {one.key} {one.message}" for one in caught.value.problems]


def test_links_are_read() -> None:
    assert load(TEXT).links == LinkSettings(
        port=7120,
        secret="quiet",
        poll_seconds=2.0,
        sites=(
            LinkedSite(switch="South", server="S2", host="127.0.0.2", port=7121),
            LinkedSite(switch="East"),
        ),
    )


def test_there_are_none_by_default() -> None:
    assert Settings().links == load("").links == LinkSettings()
    assert "links" not in shown(load(""))


def test_the_secret_is_neither_shown_nor_printed() -> None:
    settings = load(TEXT)

    assert shown(settings)["links"]["secret"] == HIDDEN
    assert "quiet" not in as_yaml(settings)
    assert "quiet" not in repr(settings)


def test_what_is_shown_is_read_again() -> None:
    settings = load(TEXT.replace("  secret: quiet\n", ""))

    assert load(as_yaml(settings)).links == settings.links


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("links: {sites: [{port: 1}]}", "1 links.sites[0].switch"),
        ("links: {port: 70000}", "1 links.port"),
        ("links: {sites: [{switch: a, port: -1}]}", "1 links.sites[0].port"),
        ("links: {poll-seconds: 0}", "1 links.poll-seconds"),
        ("links: {sites: [{switch: a}]}", "1 links.sites[0].port is needed"),
        ("links: {port: 1, host: 0.0.0.0}", "1 links.secret is needed"),
        ("links: {port: 1, host: example.com}", "1 links.secret is needed"),
        ("{switch: a, links: {port: 1, sites: [{switch: a}]}}", "is the name of this switch"),
        ("links: {port: 1, sites: [{switch: a}, {switch: a}]}", "is there twice"),
    ],
)
def test_links_that_cannot_be_are_told(text: str, wrong: str) -> None:
    (problem,) = problems(text)

    assert wrong in problem


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_loopback_needs_no_secret(host: str) -> None:
    assert load(f"links: {{port: 1, host: '{host}'}}").links.secret is None
