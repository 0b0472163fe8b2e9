"""The link between two switches of one process, and the settings of the second one."""

from dataclasses import replace

import pytest

from tlibsim.config import ConfigError, Listener, Options, load
from tlibsim.config.sites import second_settings
from tlibsim.net.sites import LocalLink
from tlibsim.switch.refusals import Reason, RequestRefused

TWO = """
server: A
switch: a
seed: 5
listen: [{port: 7000}]
recordings: {directory: here}
options: {isl-keep-calluuid: true}
dns: {"1": {type: DN}}
second-site:
  server: B
  switch: b
  dns: {"2": {type: DN}}
  clients: {mon: []}
"""


class Talker:
    """A switch that answers the first message with two more."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.link: LocalLink | None = None
        self.replies: list[tuple[str, object]] = []

    def perform(self, command: object) -> None:
        self.heard.append(command)
        replies, self.replies = self.replies, []
        for to, message in replies:
            assert self.link is not None
            self.link.tell(to, message)
            assert message not in self.heard, "it arrived before this turn was over"


def test_what_is_said_during_a_delivery_arrives_after_it_in_order() -> None:
    a, b = Talker(), Talker()
    a.link = b.link = LocalLink({"a": a, "b": b})
    b.replies = [("a", "one"), ("b", "two"), ("a", "three")]

    a.link.tell("b", "start")

    assert (a.heard, b.heard) == (["one", "three"], ["start", "two"])


class Deaf:
    def perform(self, command: object) -> None:
        raise RequestRefused(Reason.INVALID_CONN_ID, "no such leg")


def test_a_message_that_comes_too_late_is_dropped() -> None:
    there = Talker()
    link = LocalLink({"deaf": Deaf(), "there": there})

    link.tell("deaf", "late")
    link.tell("there", "on")

    assert there.heard == ["on"]


def test_the_second_switch_has_names_and_numbers_of_its_own() -> None:
    second = second_settings(load(TWO))

    assert second is not None
    assert (second.server, second.switch, tuple(second.dns)) == ("B", "b", ("2",))
    assert tuple(second.clients) == ("mon",)
    assert second.seed == 6
    assert [one.port for one in second.listeners] == [7001]
    assert second.recordings.directory == "here-second-site"


def test_the_second_switch_has_the_options_of_the_first_unless_it_gives_its_own() -> None:
    settings = load(TWO)
    own = replace(settings, second_site={**settings.second_site, "options": {}})

    first, second = second_settings(settings), second_settings(own)

    assert first is not None
    assert first.options.isl_keep_calluuid
    assert second is not None
    assert second.options == Options()


def test_any_free_port_stays_any_free_port() -> None:
    settings = replace(load(TWO), listeners=(Listener(port=0),))
    second = second_settings(settings)

    assert second is not None
    assert [one.port for one in second.listeners] == [0]


def test_without_a_second_site_there_is_none() -> None:
    assert second_settings(load("server: A")) is None


def test_mistakes_in_the_second_site_are_named() -> None:
    with pytest.raises(ConfigError, match="dnss"):
        second_settings(load("second-site: {dnss: {}}"))
