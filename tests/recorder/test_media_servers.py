"""A real media server told by MSML what to record, on a fake wire (MEDIA.md 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.bench import AGENT, CUSTOMER, START
from tests.recorder.bench import Bed, recorders, settings
from tlibsim.media.recorder.msml import Conversation, read_result
from tlibsim.media.recorder.settings import ShapeKind
from tlibsim.ports.media import (
    AudioSource,
    CaptureFailed,
    MediaParty,
    MediaProblem,
    OrderRefused,
    Tone,
)

NEXT = MediaParty(dn="7003", source=AudioSource(), started_at=START)


def served(*names: str) -> Bed:
    given = recorders(*(names or ("ms1",)), shape=ShapeKind.MSML)
    return Bed(settings(pool={"recorders": given}, media_servers=True, initial_direction=None))


def infos(bed: Bed) -> list[str]:
    return [text for leg in bed.agent.legs for text in leg.infos]


def test_each_side_is_a_connection_of_its_own_to_the_conference():
    bed = served()
    bed.start()
    first, second = bed.agent.legs
    conference = "s1-00TLIBSIM0000000000000000000001A"
    assert first.request_uri == f"sip:msml={conference}@ms1:5060;dn=7001;record"
    assert second.request_uri == f"sip:msml={conference}@ms1:5060;dn=4155550100;record"
    assert first.directions() == ["sendrecv"]
    assert [stream.voices for stream in bed.streams.live()] == [("7001",), ("4155550100",)]


def test_the_conference_is_made_with_its_recorder_and_both_connections():
    bed = served()
    tone = Tone(source="http://x/beep.wav", silence_ms=30000)
    bed.start(
        destinations=("sip:rec.example.com", ""), params=(("colour", "green"),), tone=tone
    )
    (text,) = infos(bed)
    for part in (
        '<gvp:param name="id">rec-s1</gvp:param>',
        '<gvp:param name="recordDN">7001</gvp:param>',
        '<gvp:param name="dest">sip:rec.example.com</gvp:param>',
        '<gvp:param name="audiosrc">http://x/beep.wav</gvp:param>',
        '<gvp:param name="tonesilenceduration">30000</gvp:param>',
        '<gvp:param name="colour">green</gvp:param>',
        'id1="conn:far-call-1"',
        'id1="conn:far-call-2"',
    ):
        assert part in text
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]


def test_it_has_started_when_the_result_came_and_not_before():
    bed = served()
    bed.agent.by_hand.add("info")
    bed.start()
    assert bed.kinds() == ["CaptureAccepted"]
    bed.agent.legs[0].listener.info_done(bed.agent.legs[0], 1, 200)
    bed.run()
    assert bed.kinds() == ["CaptureAccepted"]
    bed.agent.legs[0].result()
    bed.settle()
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]


def test_a_bad_result_fails_the_session_and_ends_the_connections():
    bed = served()
    bed.agent.by_hand.add("info")
    bed.start()
    bed.agent.legs[0].result(400)
    bed.settle()
    assert bed.kinds()[1:] == ["CaptureFailed", "CaptureEnded"]
    assert "400" in bed.of(CaptureFailed)[0].cause
    assert [leg.byes for leg in bed.agent.legs] == [1, 1]


@pytest.mark.parametrize("code", [0, 415, None])
def test_no_result_a_refused_info_and_silence_are_failures(code):
    bed = served()
    bed.agent.by_hand.add("info")
    bed.start()
    if code is None:
        bed.clock.advance(8)
    else:
        bed.agent.legs[0].listener.info_done(bed.agent.legs[0], 1, code)
    bed.settle()
    assert "CaptureFailed" in bed.kinds()


def test_pause_and_resume_are_messages_and_the_sound_goes_on():
    bed = served()
    bed.start()
    bed.pause()
    bed.settle()
    assert all(stream.on for stream in bed.streams.live())
    assert bed.agent.count("reinvite") == 0
    bed.resume()
    bed.settle()
    assert ['event="pause"' in infos(bed)[1], 'event="resume"' in infos(bed)[2]] == [True] * 2
    assert bed.kinds()[2:] == ["CapturePaused", "CaptureResumed"]


def test_a_pause_before_the_conference_waits_for_it():
    bed = served()
    bed.agent.by_hand.add("info")
    bed.start()
    bed.pause()
    bed.run()
    assert len(infos(bed)) == 1
    bed.agent.legs[0].result()
    bed.run()
    assert 'event="pause"' in infos(bed)[1]
    bed.agent.legs[0].result()
    bed.settle()
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted", "CapturePaused"]


def test_a_pause_that_the_media_server_refuses_is_refused():
    bed = served()
    bed.start()
    bed.agent.by_hand.add("info")
    bed.pause()
    bed.run()
    bed.agent.legs[0].result(500)
    bed.settle()
    assert bed.of(OrderRefused)[0].order == "pause"
    bed.agent.by_hand.clear()
    bed.pause()
    bed.settle()
    assert bed.kinds()[-1] == "CapturePaused"


def test_who_comes_and_goes_joins_and_leaves_the_conference():
    bed = served()
    bed.start(parties=(AGENT,))
    bed.revise(parties=(AGENT, CUSTOMER))
    bed.settle()
    assert '<join id1="conn:far-call-2"' in infos(bed)[1]
    bed.revise(parties=(AGENT,))
    bed.settle()
    assert '<unjoin id1="conn:far-call-2"' in infos(bed)[2]
    assert bed.agent.legs[1].byes == 1


def test_a_party_that_is_replaced_keeps_the_connection():
    bed = served()
    bed.start()
    bed.revise(parties=(AGENT, NEXT))
    bed.settle()
    assert [stream.voices for stream in bed.streams.live()] == [("7001",), ("7003",)]
    assert bed.kinds()[-1] == "CaptureRevised"
    assert len(bed.agent.legs) == 2


def test_the_conference_is_destroyed_before_the_connections_end():
    bed = served()
    bed.start()
    bed.agent.by_hand.add("info")
    bed.stop()
    bed.run()
    assert "<destroyconference" in infos(bed)[-1]
    assert bed.agent.count("bye") == 0
    bed.agent.legs[0].result()
    bed.settle()
    assert bed.agent.count("bye") == 2
    assert bed.kinds()[-1] == "CaptureEnded"


def test_a_media_server_that_is_dead_is_replaced_by_the_next():
    bed = served("ms1", "ms2")
    bed.agent.refuse["ms1:5060"] = 503
    bed.start()
    bed.settle()
    assert bed.hosts() == ["ms1", "ms1", "ms2", "ms2"]
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]


def test_a_connection_that_the_media_server_ends_ends_the_session():
    bed = served()
    bed.start()
    bed.agent.legs[1].end(lost=True)
    bed.settle()
    assert bed.kinds()[-2:] == ["CaptureFailed", "CaptureEnded"]
    assert bed.clock.timers == []


def test_a_refused_join_is_a_problem_and_nothing_more():
    bed = served()
    bed.start(parties=(AGENT,))
    bed.agent.by_hand.add("info")
    bed.revise(parties=(AGENT, CUSTOMER))
    bed.run()
    bed.agent.legs[0].result(431)
    bed.settle()
    assert "join" in bed.of(MediaProblem)[0].cause
    assert bed.kinds()[-1] == "CaptureRevised"


@given(st.binary(max_size=100))
def test_no_body_breaks_the_reader_of_results(body):
    assert read_result(body) in range(1000)


@pytest.mark.parametrize(
    ("body", "response"),
    [
        (b'<msml version="1.1"><result response="200"/></msml>', 200),
        (b'<m:msml xmlns:m="x"><m:result response="431"/></m:msml>', 431),
        (b'<msml><result response="many"/></msml>', 0),
        (b'<msml><event name="x"/></msml>', 0),
        (b'<!DOCTYPE a [<!ENTITY b "200">]><msml><result response="200"/></msml>', 0),
    ],
)
def test_the_response_of_a_result_is_read(body, response):
    assert read_result(body) == response


def test_only_one_message_is_open_at_a_time():
    bed = served()
    said, done = [], []
    talk = Conversation(said.append, bed.clock)
    talk.say("later", done.append)
    talk.begin("first", done.append)
    talk.say("last", done.append)
    assert said == [b"first"]
    for _ in range(3):
        talk.informed(b'<msml><result response="200"/></msml>')
    assert said == [b"first", b"later", b"last"]
    assert done == ["", "", ""]
    assert talk.idle
