"""Recorders that refuse, vanish, or answer what nobody expects (MEDIA.md 3.2, 4 and 5.6)."""

from dataclasses import replace

from tests.fakes.recorders import answer_sdp
from tests.recorder.bench import Bed, leg_plan, settings, two_legs
from tlibsim.media.recorder.settings import OneLegFailed, Scheme
from tlibsim.media.sip.sdp import Direction
from tlibsim.ports.media import (
    PROBLEM_VIDEO,
    CaptureFailed,
    LegLost,
    LegStatus,
    MediaProblem,
)

# -- failures ----------------------------------------------------------------------------------


def test_after_a_refusal_both_legs_go_to_the_next_recorder():
    bed = Bed(settings("rec1", "rec2"))
    bed.agent.refuse["rec1:5060"] = 486
    bed.start()
    bed.settle()
    assert bed.hosts() == ["rec1", "rec1", "rec2", "rec2"]
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]
    assert bed.view("1.record").attempts == ("rec1: 486 Busy",)
    calls = {leg.call_id for leg in bed.agent.legs}
    assert len(calls) == 4


def test_one_refused_leg_takes_the_other_along_to_the_next_recorder():
    bed = Bed(settings("rec1", "rec2"))
    bed.agent.by_hand.add("invite")
    bed.start()
    first, second = bed.agent.legs
    first.accept()
    second.refuse(503)
    bed.run()
    assert first.byes == 1
    for leg in bed.agent.legs[2:]:
        leg.accept()
    bed.settle()
    assert bed.hosts()[2:] == ["rec2", "rec2"]
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]
    assert bed.backend.recorders()[0].in_use == 0
    assert bed.backend.recorders()[1].in_use == 2


def test_when_no_recorder_is_left_the_session_fails_with_every_cause():
    bed = Bed(settings("rec1", "rec2"))
    bed.agent.refuse.update({"rec1:5060": 486, "rec2:5060": 503})
    bed.start()
    bed.settle()
    (failed,) = bed.of(CaptureFailed)
    assert "486" in failed.cause
    assert "503" in failed.cause
    assert bed.kinds() == ["CaptureAccepted", "CaptureFailed", "CaptureEnded"]
    assert bed.view("1.record").status is LegStatus.FAILED
    assert all(one.in_use == 0 for one in bed.backend.recorders())


def test_one_lost_leg_ends_all():
    bed = Bed()
    bed.start()
    bed.agent.legs[1].end(lost=True, cause="BYE")
    bed.settle()
    assert bed.kinds()[2:] == ["LegLost", "CaptureFailed", "CaptureEnded"]
    assert bed.of(LegLost)[0].key == "1.other"
    assert not bed.of(CaptureFailed)[0].retryable
    assert bed.agent.legs[0].byes == 1
    assert not bed.streams.live()


def test_one_lost_leg_of_two_is_survived_when_the_other_is_to_be_kept():
    bed = Bed(settings(one_leg_failed=OneLegFailed.KEEP))
    bed.start()
    bed.agent.legs[1].end(lost=True)
    bed.settle()
    assert bed.kinds()[2:] == ["LegLost"]
    assert [stream.on for stream in bed.streams.streams] == [True, False]
    bed.agent.legs[0].end(lost=True)
    bed.settle()
    assert bed.kinds()[-2:] == ["CaptureFailed", "CaptureEnded"]


def test_one_leg_refused_at_the_start_is_survived_when_the_other_is_to_be_kept():
    bed = Bed(settings(one_leg_failed=OneLegFailed.KEEP))
    bed.agent.by_hand.add("invite")
    bed.start()
    bed.agent.legs[1].refuse(486)
    bed.agent.legs[0].accept()
    bed.settle()
    assert bed.kinds() == ["CaptureAccepted", "MediaProblem", "CaptureStarted"]


def test_a_refused_second_line_leaves_the_first_and_is_told():
    bed = Bed()
    bed.agent.change = lambda sdp: replace(
        sdp, media=(sdp.media[0], replace(sdp.media[1], port=0))
    )
    bed.start(leg_plan("7001", "4155550100"))
    bed.settle()
    assert bed.kinds() == ["CaptureAccepted", "MediaProblem", "CaptureStarted"]
    assert [stream.voices for stream in bed.streams.live()] == [("7001",)]
    assert any("4155550100" in one.cause for one in bed.of(MediaProblem))


def test_refused_pictures_leave_the_sound_and_are_told_as_such():
    bed = Bed()
    bed.agent.change = lambda sdp: replace(
        sdp,
        media=tuple(
            replace(line, port=0) if line.kind == "video" else line for line in sdp.media
        ),
    )
    bed.start(leg_plan("7001", "4155550100", video=("7001",)))
    bed.settle()
    assert [line.kind for line in bed.agent.legs[0].sdp.media] == ["audio", "audio", "video"]
    assert {one.kind for one in bed.of(MediaProblem)} == {PROBLEM_VIDEO}
    assert not bed.view("1.both").video
    assert len(bed.streams.live()) == 2


# -- two destinations --------------------------------------------------------------------------


def duplicated() -> tuple:
    return (*two_legs(), *two_legs(destination=1))


def test_the_second_copy_avoids_the_recorder_of_the_first():
    bed = Bed(settings("rec1", "rec2"))
    bed.start(*duplicated(), destinations=("", ""))
    assert bed.hosts() == ["rec1", "rec1", "rec2", "rec2"]
    assert {leg.request_uri.split("@")[0] for leg in bed.agent.legs[2:]} == {
        "sip:record=rec-s1-2"
    }


def test_one_dead_destination_of_two_is_survived_and_told():
    bed = Bed(settings("rec1", pool={"retry": 0}))
    bed.agent.refuse["127.0.0.2"] = 503
    bed.start(*duplicated(), destinations=("rec1", "sip:127.0.0.2"))
    bed.settle()
    assert bed.kinds().count("CaptureStarted") == 1
    assert "CaptureFailed" not in bed.kinds()
    assert any("127.0.0.2" in one.cause for one in bed.of(MediaProblem))
    assert bed.view("2.record").status is LegStatus.FAILED
    assert bed.view("1.record").status is LegStatus.ESTABLISHED


def test_two_dead_destinations_fail_the_session():
    bed = Bed(settings(pool={"retry": 0}))
    bed.agent.refuse.update({"127.0.0.2": 503, "127.0.0.3": 486})
    bed.start(*duplicated(), destinations=("sip:127.0.0.3", "sip:127.0.0.2"))
    bed.settle()
    assert bed.kinds()[-2:] == ["CaptureFailed", "CaptureEnded"]


def test_a_destination_that_is_not_allowed_is_never_contacted():
    bed = Bed()
    bed.start(destinations=("sip:evil.example.com",))
    bed.settle()
    assert bed.agent.legs == []
    assert bed.kinds() == ["CaptureFailed", "CaptureEnded"]
    assert "dest-allow" in bed.of(CaptureFailed)[0].cause


# -- parallel fork -----------------------------------------------------------------------------


def test_with_parallel_fork_the_first_answer_wins_and_gets_the_other_leg_too():
    bed = Bed(settings("rec1", "rec2", "rec3", pool={"scheme": Scheme.PARALLEL_FORK}))
    bed.agent.by_hand.add("invite")
    bed.start()
    assert bed.hosts() == ["rec1", "rec2", "rec3"]
    bed.agent.legs[1].accept()
    bed.run()
    assert [leg.byes for leg in bed.agent.legs[:3]] == [1, 0, 1]
    assert bed.hosts()[3:] == ["rec2"]
    bed.agent.legs[3].accept()
    bed.settle()
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]
    assert [one.in_use for one in bed.backend.recorders()] == [0, 2, 0]


def test_with_parallel_fork_a_refusal_counts_only_when_it_is_the_last():
    bed = Bed(settings("rec1", "rec2", pool={"scheme": Scheme.PARALLEL_FORK, "retry": 0}))
    bed.agent.by_hand.add("invite")
    bed.start()
    bed.agent.legs[0].refuse(486)
    bed.run()
    assert bed.kinds() == ["CaptureAccepted"]
    bed.agent.legs[1].refuse(486)
    bed.settle()
    assert bed.kinds()[-1] == "CaptureEnded"


# -- recorders that misbehave ------------------------------------------------------------------


def test_an_answer_that_gives_nothing_to_send_to_is_a_refusal():
    bed = Bed(settings("rec1", "rec2"))
    bed.agent.by_hand.add("invite")
    bed.start(two_legs()[0])
    bed.agent.legs[0].accept(
        lambda sdp: replace(sdp, media=(replace(sdp.media[0], formats=("18",), attributes=()),))
    )
    bed.run()
    assert bed.agent.legs[0].byes == 1
    assert bed.hosts() == ["rec1", "rec2"]
    bed.agent.legs[1].accept()
    bed.settle()
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]


def test_a_hold_by_the_recorder_stops_the_sound_until_it_takes_it_again():
    bed = Bed()
    bed.start(two_legs()[0])
    leg = bed.agent.legs[0]
    theirs = answer_sdp(leg.sdp)
    for direction, expected in ((Direction.INACTIVE, False), (Direction.SENDONLY, True)):
        ours = replace(
            leg.sdp, media=tuple(replace(one, direction=direction) for one in leg.sdp.media)
        )
        leg.listener.reoffered(leg, theirs, ours)
        assert bed.streams.streams[0].on is expected
    assert len(leg.offers) == 1


def test_a_recorder_may_move_its_port_in_the_middle():
    bed = Bed()
    bed.start(two_legs()[0])
    leg = bed.agent.legs[0]
    theirs = answer_sdp(leg.sdp, port=55000)
    leg.listener.reoffered(leg, theirs, leg.sdp)
    (stream,) = bed.streams.live()
    assert stream.spec.remote == ("127.0.0.1", 55000)
    assert stream.on


def test_a_bye_that_crosses_a_pause_ends_the_session_without_an_answer_to_the_pause():
    bed = Bed()
    bed.start()
    bed.agent.by_hand.add("reinvite")
    bed.pause()
    bed.run()
    for leg in bed.agent.legs:
        leg.end(lost=True)
    bed.settle()
    assert "CapturePaused" not in bed.kinds()
    assert bed.kinds()[-2:] == ["CaptureFailed", "CaptureEnded"]


def test_a_recorder_without_rtcp_makes_segments_when_that_is_configured():
    bed = Bed(settings(split_after_s=5.0))
    bed.start()
    bed.clock.advance(11)
    bed.run()
    assert bed.view("1.record").segments == 3
    bed.stop()
    bed.settle()
    assert bed.clock.timers == []


def test_a_pause_that_is_answered_with_port_zero_keeps_the_line_for_the_resume():
    bed = Bed()
    bed.start(two_legs()[0])
    bed.agent.by_hand.add("reinvite")
    bed.pause()
    bed.run()
    leg = bed.agent.legs[0]
    before = leg.sdp.media[0].port
    leg.accept(lambda sdp: replace(sdp, media=(replace(sdp.media[0], port=0),)))
    bed.run()
    assert bed.of(MediaProblem) == []
    bed.agent.by_hand.clear()
    bed.resume()
    bed.settle()
    assert leg.sdp.media[0].port == before
    assert [stream.on for stream in bed.streams.streams] == [True]


def test_a_mistake_of_ours_at_the_start_fails_the_session_and_no_other(caplog):
    bed = Bed()

    def broken(request, listener):
        raise RuntimeError("broken")

    good, bed.agent.invite = bed.agent.invite, broken
    bed.start()
    bed.settle()
    assert bed.kinds()[-2:] == ["CaptureFailed", "CaptureEnded"]
    assert "broken" in caplog.text
    bed.agent.invite = good
    bed.start(session="s2")
    bed.settle()
    assert bed.kinds()[-1] == "CaptureStarted"
    assert bed.backend.recorders()[0].in_use == 2


def test_a_redirection_leaves_nothing_behind_in_the_pool():
    bed = Bed()
    for number in range(20):
        assert bed.backend.pool.may_follow(f"sip:127.0.0.1:{6000 + number}")
    assert len(bed.backend.recorders()) == 1
