"""Recording sessions towards recorders, on a fake wire (MEDIA.md 1.1, 4 and 5)."""

from dataclasses import replace

import pytest

from tests.fakes.recorders import sdp_of
from tests.media.bench import AGENT, CUSTOMER, order
from tests.recorder.bench import S1, Bed, leg_plan, recorders, settings, two_legs
from tlibsim.media.recorder.settings import Security
from tlibsim.media.sip.sdp import Direction
from tlibsim.ports.media import (
    AudioSource,
    CaptureEnded,
    CaptureFailed,
    LegChanged,
    LegStatus,
    MediaParty,
    MediaProblem,
    OrderRefused,
)

NEW_CUSTOMER = MediaParty(dn="7003", source=AudioSource(), started_at=AGENT.started_at)


# -- the start ---------------------------------------------------------------------------------


def test_each_leg_is_invited_with_its_uri_and_its_own_port():
    bed = Bed()
    bed.start()
    first, second = bed.agent.legs
    assert first.request_uri == (
        "sip:record=rec-s1@rec1:5060;calluuid=UUID1;dn=7001;recordDN=7001"
    )
    assert first.request.to == "sip:record=rec-s1@rec1:5060"
    assert ";dn=4155550100;" in second.request_uri
    assert [leg.sdp.media[0].port for leg in (first, second)] == [20000, 20002]
    assert first.sdp.media[0].formats == ("0", "8")


def test_the_session_is_accepted_first_and_started_when_all_legs_are_up():
    bed = Bed()
    bed.agent.by_hand.add("invite")
    bed.start()
    assert bed.kinds() == ["CaptureAccepted"]
    bed.agent.legs[0].accept()
    bed.run()
    assert bed.kinds() == ["CaptureAccepted"]
    bed.agent.legs[1].accept()
    bed.run()
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]


def test_one_session_with_two_lines_offers_them_in_order_with_labels():
    bed = Bed()
    bed.start(leg_plan("7001", "7002"), parties=(AGENT, replace(CUSTOMER, dn="7002")))
    (leg,) = bed.agent.legs
    assert [line.label for line in leg.sdp.media] == ["1", "2"]
    assert [stream.voices for stream in bed.streams.streams] == [("7001",), ("7002",)]
    assert {stream.spec.group for stream in bed.streams.streams} == {"s1"}


def test_the_direction_offered_first_is_the_configured_one():
    bed = Bed(settings(initial_direction=Direction.SENDRECV))
    bed.start()
    assert bed.agent.legs[0].directions() == ["sendrecv"]
    assert all(stream.on for stream in bed.streams.streams)


def test_without_a_free_port_the_start_fails_and_ends():
    bed = Bed(room=1)
    bed.start()
    bed.settle()
    (failed,) = bed.of(CaptureFailed)
    assert "streams are in use" in failed.cause
    assert bed.kinds()[-1] == "CaptureEnded"
    assert not any(pair.open for pair in bed.streams.pairs)


def test_a_location_goes_into_the_header_that_names_it():
    bed = Bed()
    bed.start(geo_location="Paris", strict_location=True)
    assert bed.agent.legs[0].request.headers == (
        ("X-Genesys-geo-location", "Paris"),
        ("X-Genesys-strict-location", "enforce"),
    )


def test_a_recorder_with_a_fixed_request_uri_is_still_reached_at_its_address():
    pool = {
        "recorders": recorders("127.0.0.9", request_uri="sip:recorder@127.0.0.9:5070"),
    }
    bed = Bed(settings(pool=pool))
    bed.start()
    request = bed.agent.legs[0].request
    assert request.request_uri == "sip:recorder@127.0.0.9:5070"
    assert (request.next_hop.host, request.next_hop.port) == ("127.0.0.9", 5060)
    assert request.to == "sip:record=rec-s1@127.0.0.9:5060"


# -- pause, resume, mute -----------------------------------------------------------------------


def test_a_pause_stops_the_sound_at_once_and_offers_inactive():
    bed = Bed()
    bed.start()
    bed.pause()
    assert not any(stream.on for stream in bed.streams.streams)
    bed.settle()
    assert [leg.directions() for leg in bed.agent.legs] == [["inactive"], ["inactive"]]
    assert bed.view("1.record").status is LegStatus.PAUSED
    assert bed.kinds()[-1] == "CapturePaused"


def test_sound_comes_back_only_after_the_answer_to_the_resume():
    bed = Bed()
    bed.start()
    bed.pause()
    bed.settle()
    bed.agent.by_hand.add("reinvite")
    bed.resume()
    bed.run()
    assert not any(stream.on for stream in bed.streams.streams)
    bed.agent.legs[0].accept()
    assert [stream.on for stream in bed.streams.streams] == [True, False]
    bed.agent.legs[1].accept()
    bed.settle()
    assert all(stream.on for stream in bed.streams.streams)
    assert bed.kinds()[-1] == "CaptureResumed"


def test_the_version_rises_with_every_offer_and_the_id_stays():
    bed = Bed()
    bed.start()
    for give in (bed.pause, bed.resume):
        give()
        bed.settle()
    leg = bed.agent.legs[0]
    origins = [one.origin for one in map(sdp_of, leg.offers)]
    assert [one.version for one in origins] == [1, 2, 3]
    assert len({one.session_id for one in origins}) == 1


def test_only_the_newest_wish_is_sent_while_a_request_is_open():
    bed = Bed()
    bed.start()
    bed.agent.by_hand.add("reinvite")
    for give in (bed.pause, bed.resume, bed.pause):
        give()
        bed.run()
    leg = bed.agent.legs[0]
    assert len(leg.offers) == 2
    for one in bed.agent.legs:
        one.accept()
    bed.settle()
    assert len(leg.offers) == 2
    assert bed.kinds()[2:] == ["CapturePaused", "CaptureResumed", "CapturePaused"]


def test_a_pause_before_the_answer_keeps_the_sound_off_from_the_start():
    bed = Bed()
    bed.agent.by_hand.add("invite")
    bed.start()
    bed.pause()
    for leg in bed.agent.legs:
        leg.accept()
    bed.settle()
    assert sum(stream.starts for stream in bed.streams.streams) == 0
    assert bed.agent.legs[0].directions() == ["inactive"]
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted", "CapturePaused"]


def test_a_refused_pause_is_a_pause_with_a_word_about_it():
    bed = Bed()
    bed.start()
    bed.agent.by_hand.add("reinvite")
    bed.pause()
    bed.run()
    for leg in bed.agent.legs:
        leg.refuse(488, "Not Acceptable Here")
    bed.settle()
    assert not any(stream.on for stream in bed.streams.streams)
    assert "488" in bed.of(MediaProblem)[0].cause
    assert bed.kinds()[-1] == "CapturePaused"


def test_after_a_refused_pause_a_resume_needs_no_request():
    bed = Bed()
    bed.start()
    bed.agent.by_hand.add("reinvite")
    bed.pause()
    bed.run()
    for leg in bed.agent.legs:
        leg.refuse(488)
    bed.resume()
    bed.settle()
    assert all(stream.on for stream in bed.streams.streams)
    assert bed.agent.count("reinvite") == 2


def test_a_refused_resume_is_refused_and_stays_paused():
    bed = Bed()
    bed.start()
    bed.pause()
    bed.settle()
    bed.agent.by_hand.add("reinvite")
    bed.resume()
    bed.run()
    for leg in bed.agent.legs:
        leg.refuse(503, "Service Unavailable")
    bed.settle()
    (refused,) = bed.of(OrderRefused)
    assert refused.order == "resume"
    assert "503" in refused.cause
    assert not any(stream.on for stream in bed.streams.streams)


@pytest.mark.parametrize(
    ("per_stream", "expected"),
    [(False, ["inactive", "inactive"]), (True, ["inactive", "sendonly"])],
)
def test_a_muted_party_makes_all_lines_of_its_leg_inactive_or_its_own(per_stream, expected):
    bed = Bed(settings(mute_per_stream=per_stream))
    plan = leg_plan("7001", "4155550100")
    bed.start(plan)
    bed.revise(plan, parties=(replace(AGENT, muted=True), CUSTOMER))
    bed.settle()
    assert bed.agent.legs[0].directions() == expected
    assert [stream.on for stream in bed.streams.streams] == [
        one == "sendonly" for one in expected
    ]


# -- other parties -----------------------------------------------------------------------------


def test_a_replaced_party_is_offered_anew_in_its_leg_only_and_is_a_new_source():
    bed = Bed()
    bed.start()
    bed.revise(*two_legs("7001", "7003"), parties=(AGENT, NEW_CUSTOMER))
    bed.settle()
    assert [len(leg.offers) for leg in bed.agent.legs] == [1, 2]
    assert [stream.new_sources for stream in bed.streams.streams] == [0, 1]
    assert bed.streams.streams[1].voices == ("7003",)
    assert bed.kinds()[-1] == "CaptureRevised"


def test_a_leg_that_is_missing_in_the_new_plan_gets_its_bye_and_its_port_is_free():
    bed = Bed()
    bed.start()
    bed.revise(two_legs()[0], parties=(AGENT,))
    bed.settle()
    assert [leg.byes for leg in bed.agent.legs] == [0, 1]
    assert bed.backend.status().ports_in_use == 1
    assert [pair.open for pair in bed.streams.pairs] == [True, False]


def test_a_new_leg_goes_to_the_recorder_of_the_others():
    bed = Bed(settings("rec1", "rec2"))
    bed.start(two_legs()[0], parties=(AGENT,))
    bed.revise(*two_legs())
    bed.settle()
    assert bed.hosts() == ["rec1", "rec1"]
    assert bed.backend.status().ports_in_use == 2


# -- the end -----------------------------------------------------------------------------------


def test_a_stop_before_the_answer_calls_the_invitation_off():
    bed = Bed()
    bed.agent.by_hand.add("invite")
    bed.start()
    bed.stop()
    bed.settle()
    assert [leg.byes for leg in bed.agent.legs] == [1, 1]
    assert bed.kinds() == ["CaptureAccepted", "CaptureEnded"]
    assert not any(pair.open for pair in bed.streams.pairs)


def test_an_answer_that_crosses_the_stop_changes_nothing():
    bed = Bed()
    bed.agent.by_hand.update({"invite", "bye"})
    bed.start()
    bed.stop()
    bed.run()
    for leg in bed.agent.legs:
        leg.accept()
        leg.end()
    bed.settle()
    assert bed.kinds() == ["CaptureAccepted", "CaptureEnded"]
    assert bed.streams.streams == []


def test_the_end_waits_for_the_last_bye():
    bed = Bed()
    bed.agent.by_hand.add("bye")
    bed.start()
    bed.stop()
    bed.run()
    assert not any(stream.on for stream in bed.streams.streams)
    bed.agent.legs[0].end()
    bed.run()
    assert "CaptureEnded" not in bed.kinds()
    bed.agent.legs[1].end()
    bed.settle()
    assert bed.kinds()[-1] == "CaptureEnded"
    assert bed.of(CaptureEnded)[0].counters["packets"] > 0


def test_the_end_of_a_leg_is_told_once():
    bed = Bed()
    bed.start()
    bed.stop()
    bed.settle()
    ended = [one.leg.key for one in bed.of(LegChanged) if one.leg.status is LegStatus.ENDED]
    assert ended == ["1.record", "1.other"]


def test_nothing_is_told_after_the_end():
    bed = Bed()
    bed.start()
    bed.stop()
    bed.settle()
    count = len(bed.reports)
    for leg in bed.agent.legs:
        leg.end(lost=True)
    bed.run()
    assert len(bed.reports) == count


def test_closing_does_not_wait_for_a_recorder_for_ever():
    bed = Bed()
    bed.agent.by_hand.add("bye")
    bed.start()
    bed.backend.close()
    bed.run()
    assert "CaptureEnded" not in bed.kinds()
    bed.clock.advance(2.0)
    bed.run()
    assert bed.kinds()[-1] == "CaptureEnded"
    assert bed.backend.settled()


def test_a_thousand_pauses_are_sent_fifty_a_turn():
    bed = Bed()
    for number in range(150):
        bed.start(session=f"n{number}")
    before = bed.agent.count("reinvite")
    for number in range(150):
        bed.backend.pause(type(S1)(f"n{number}"), bed.wall.now)
    turns = []
    while not bed.backend.settled():
        sent = bed.agent.count("reinvite")
        bed.turns.run_until(
            lambda sent=sent: bed.agent.count("reinvite") > sent or bed.backend.settled()
        )
        turns.append(bed.agent.count("reinvite") - sent)
    assert bed.agent.count("reinvite") - before == 300
    assert max(turns) <= 50


# -- secrets -----------------------------------------------------------------------------------


def test_keys_are_offered_over_a_safe_way_only():
    client = settings(security=Security.REQUIRED)
    bed = Bed(client)
    bed.start()
    bed.settle()
    assert bed.agent.legs == []
    assert "allow-clear-keys" in bed.of(CaptureFailed)[0].cause


def test_every_line_has_a_key_of_its_own_and_no_view_shows_it():
    pool = {"recorders": (replace(recorders("rec1")[0], address="sips:rec1"),)}
    bed = Bed(settings(pool=pool, security=Security.REQUIRED))
    bed.start(leg_plan("7001", "4155550100"))
    bed.settle()
    lines = bed.agent.legs[0].sdp.media
    keys = {line.cryptos[0].key for line in lines}
    assert len(keys) == 2
    assert {line.protocol for line in lines} == {"RTP/SAVP"}
    view = bed.view("1.both")
    assert view.secured
    assert not any(key in view.offer + view.answer for key in keys)
    assert {s.spec.key.inline for s in bed.streams.streams} == keys


def test_optional_encryption_is_dropped_for_a_recorder_that_does_not_know_it():
    bed = Bed(settings(security=Security.OPTIONAL, allow_clear_keys=True))
    bed.agent.by_hand.add("invite")
    bed.start(two_legs()[0])
    bed.agent.legs[0].refuse(488)
    bed.run()
    assert bed.agent.legs[1].sdp.media[0].protocol == "RTP/AVP"
    bed.agent.legs[1].accept()
    bed.settle()
    assert bed.hosts() == ["rec1", "rec1"]
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]
    assert bed.streams.streams[0].spec.key is None


def test_a_session_that_is_known_cannot_be_started_twice():
    bed = Bed()
    bed.start()
    with pytest.raises(ValueError, match="s1"):
        bed.backend.start(order())
