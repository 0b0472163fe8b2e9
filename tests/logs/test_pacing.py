"""Which messages of a log are played again, and how long each waits."""

import pytest

from tests.logs.texts import SERVER
from tlibsim.journal.moments import moment
from tlibsim.logs.message import LogMessage
from tlibsim.logs.pacing import PacingError, Selection, choice_of, paced, speed_of
from tlibsim.logs.reading import LogReader


def read() -> list[LogMessage]:
    return list(LogReader("a.log").read(SERVER.splitlines(keepends=True)))


def names(selection: Selection) -> list[str]:
    return [one.name for one in selection.of(read())]


def test_requests_or_events_are_played() -> None:
    assert names(Selection()) == ["RequestAnswerCall"]
    assert names(Selection(requests=False)) == ["EventRinging", "EventEstablished"]


def test_a_span_counts_from_the_first_message() -> None:
    assert names(Selection(requests=False, until=moment("+4s"))) == ["EventRinging"]
    assert names(Selection(requests=False, since=moment("+4s"))) == ["EventEstablished"]
    assert names(Selection(requests=False, since=moment("#2"))) == ["EventEstablished"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dn=7001", 1),
        ("dn=7002", 0),
        ("client=Agent Desktop", 1),
        ("call=00a1b2c3d4e50001", 1),
        ("message=AnswerCall", 1),
        ("message=MakeCall", 0),
    ],
)
def test_choices_look_at_dn_client_call_and_name(text: str, found: int) -> None:
    assert len(names(Selection(choices=(choice_of(text),)))) == found


@pytest.mark.parametrize("text", ["7001", "dn=", "who=7001"])
def test_a_wrong_choice_is_refused(text: str) -> None:
    with pytest.raises(PacingError):
        choice_of(text)


@pytest.mark.parametrize(("text", "speed"), [("1x", 1), ("10", 10), (".5x", 0.5), ("max", 0)])
def test_speeds_are_read(text: str, speed: float) -> None:
    assert speed_of(text) == speed


@pytest.mark.parametrize("text", ["0", "-1", "fast", "100000x"])
def test_a_wrong_speed_is_refused(text: str) -> None:
    with pytest.raises(PacingError):
        speed_of(text)


def test_pauses_are_those_of_the_log_by_the_speed() -> None:
    assert [round(seconds, 3) for seconds, _ in paced(read(), 2)] == [0, 2.09, 0.005]
    assert [seconds for seconds, _ in paced(read(), 0)] == [0, 0, 0]
