"""Screen capture by user events, as the persona answers them (RECORDING.md 10)."""

from random import Random

import pytest

from tests.persona.bed import (
    ALL,
    CALL,
    DNS,
    START,
    Recorder,
    screen,
)
from tlibproto.messages import (
    Request,
    RequestSendEvent,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import KVList
from tlibsim.config import Persona as PersonaSettings
from tlibsim.persona.persona import Persona


def answers(requests: list[Request]) -> list[object]:
    return [
        one.user_data.first("screen-capture")
        for one in requests
        if isinstance(one, RequestSendEvent)
    ]


def test_a_desktop_is_answered_with_the_state_of_the_screen() -> None:
    recorder = Recorder(ALL)

    words = ["query", "start", "query", "pause", "resume", "stop", "query"]

    assert [answers(recorder.hear(screen(word)))[0] for word in words] == [
        "disabled",
        "enabled",
        "enabled",
        "paused",
        "enabled",
        "disabled",
        "disabled",
    ]


@pytest.mark.parametrize("word", ["enabled", "disabled", "paused", "", "nonsense"])
def test_its_own_answers_and_strange_words_are_not_answered(word: str) -> None:
    assert Recorder(ALL).hear(screen(word)) == []


def test_the_answer_has_the_call_of_the_question_and_the_key_of_the_settings() -> None:
    settings = PersonaSettings(name="rec", watch=("7001",))
    persona = Persona(settings, dns=DNS, indication_key="indication", rng=Random(1))

    persona.hear(screen("query", conn_id=CALL), START)

    (request,) = persona.take()
    assert isinstance(request, RequestSendEvent)
    assert (request.this_dn, request.conn_id) == ("7001", CALL)
    assert request.user_data == KVList.of(indication="disabled")


def test_screen_capture_of_a_call_is_told_in_its_user_data() -> None:
    recorder = Recorder(ALL)

    begun = recorder.hear(screen("start", conn_id=CALL))
    over = recorder.hear(screen("stop", conn_id=CALL))

    videos = [one for one in begun + over if isinstance(one, RequestUpdateUserData)]
    assert [one.user_data for one in videos] == [
        KVList.of(RECORDING_VIDEO_STATUS="RECORDING_YES"),
        KVList.of(RECORDING_VIDEO_STATUS="RECORDING_NO_LONGER"),
    ]
