"""Which recorder is chosen, and why (MEDIA.md 4, RECORDING.md 6 and 8.2)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recorder.bench import Bed, recorders, settings, two_legs
from tlibsim.media.recorder.addresses import AddressError, is_allowed, read_address
from tlibsim.media.recorder.pool import NoRecorderError, RecorderPool, Wanted
from tlibsim.media.recorder.settings import PoolSettings, RecorderSettings, Scheme
from tlibsim.media.sip.values import Transport
from tlibsim.ports.media import CaptureFailed

NOW = 100.0
TWO = Wanted(streams=2)


def pool(*names: str, **changes) -> RecorderPool:
    return RecorderPool(PoolSettings(recorders=recorders(*names), **changes))


def located(**places: str) -> RecorderPool:
    made = [replace(recorders(name)[0], geo_location=place) for name, place in places.items()]
    return RecorderPool(PoolSettings(recorders=tuple(made)))


def names(chosen) -> list[str]:
    return [one.recorder.name for one in chosen]


def choose(made: RecorderPool, wanted: Wanted = TWO, now: float = NOW) -> str:
    (one,) = made.choose(wanted, now)
    made.take(one.recorder, wanted.streams)
    return one.recorder.name


# -- schemes -----------------------------------------------------------------------------------


def test_round_robin_takes_them_in_turn():
    made = pool("a", "b", "c")
    assert [choose(made) for _ in range(4)] == ["a", "b", "c", "a"]


def test_round_robin_passes_over_one_that_is_down():
    made = pool("a", "b", "c")
    made.by_name("b").alive = False
    assert [choose(made) for _ in range(3)] == ["a", "c", "a"]


def test_least_used_takes_the_one_with_the_fewest_ports():
    made = pool("a", "b", scheme=Scheme.LEAST_USED)
    made.take(made.by_name("a"), 4)
    assert [choose(made) for _ in range(3)] == ["b", "b", "a"]


def test_parallel_fork_takes_all_that_can():
    made = pool("a", "b", "c", scheme=Scheme.PARALLEL_FORK)
    made.by_name("c").draining = True
    assert names(made.choose(TWO, NOW)) == ["a", "b"]


def test_the_reason_is_told_in_words():
    (chosen,) = pool("a", "b").choose(TWO, NOW)
    assert chosen.because == "round-robin among 2 of 2 recorders"


# -- capacity ----------------------------------------------------------------------------------


def test_a_recorder_whose_ports_do_not_suffice_is_passed_over():
    made = RecorderPool(
        PoolSettings(recorders=(*recorders("a", port_capacity=3), *recorders("b")))
    )
    assert [choose(made) for _ in range(3)] == ["a", "b", "b"]


def test_a_recorder_without_a_capacity_of_its_own_has_that_of_the_pool():
    made = pool("a", port_capacity=2)
    choose(made)
    with pytest.raises(NoRecorderError, match="2 of 2 ports"):
        made.choose(TWO, NOW)


def test_ports_come_back():
    made = pool("a", port_capacity=2)
    choose(made)
    made.give_back(made.by_name("a"), 2)
    assert choose(made) == "a"


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), max_size=40))
def test_no_recorder_is_ever_given_more_than_its_ports(steps):
    made = pool("a", "b", "c", port_capacity=6)
    held = []
    for back, streams in steps:
        if back == 0 and held:
            made.give_back(*held.pop())
            continue
        try:
            (chosen,) = made.choose(Wanted(streams=streams), NOW)
        except NoRecorderError:
            assert all(one.in_use + streams > 6 for one in made.recorders)
            continue
        made.take(chosen.recorder, streams)
        held.append((chosen.recorder, streams))
        assert all(0 <= one.in_use <= 6 for one in made.recorders)
    for recorder, streams in held:
        made.give_back(recorder, streams)
    assert all(one.in_use == 0 for one in made.recorders)


# -- who is left out ---------------------------------------------------------------------------


def test_one_that_was_tried_is_not_taken_again():
    with pytest.raises(NoRecorderError, match="a was tried"):
        pool("a").choose(replace(TWO, tried=frozenset({"a"})), NOW)


def test_the_recorder_of_the_other_copy_is_avoided_when_that_is_possible():
    wanted = replace(TWO, avoid=frozenset({"a"}))
    assert names(pool("a", "b").choose(wanted, NOW)) == ["b"]
    (only,) = pool("a").choose(wanted, NOW)
    assert only.recorder.name == "a"
    assert "nobody else is left" in only.because


def test_a_recorder_is_left_alone_as_long_as_it_asked():
    made = pool("a", "b")
    made.leave_alone(made.by_name("a"), 5, NOW)
    assert [choose(made, now=NOW + at) for at in (0, 4, 5.1)] == ["b", "b", "a"]


def test_a_draining_recorder_gets_nothing_new_until_it_is_told_otherwise():
    made = pool("a", "b")
    made.drain("a", on=True)
    assert [choose(made) for _ in range(2)] == ["b", "b"]
    made.drain("a", on=False)
    assert choose(made) == "a"


def test_without_any_recorder_the_cause_says_what_to_configure():
    with pytest.raises(NoRecorderError, match=r"recordingclient\.recdest"):
        pool().choose(TWO, NOW)


def test_the_address_of_the_built_in_recorder_means_the_choice_of_the_pool():
    wanted = replace(TWO, destination="sip:recorder.tlibsim")
    assert names(pool("a").choose(wanted, NOW)) == ["a"]


# -- locations ---------------------------------------------------------------------------------


def at(place: str, **more) -> Wanted:
    return Wanted(streams=2, geo_location=place, **more)


def test_the_recorder_at_the_location_is_taken():
    assert choose(located(a="Paris", b="London"), at("London")) == "b"
    assert choose(located(a="Paris", b="London"), at("london")) == "b"


def test_a_location_that_nobody_serves_is_refused():
    with pytest.raises(NoRecorderError, match="Rome") as caught:
        located(a="Paris").choose(at("Rome"), NOW)
    assert caught.value.rejected


def test_a_location_that_nobody_serves_is_any_location_when_that_is_allowed():
    made = RecorderPool(
        PoolSettings(recorders=recorders("a", geo_location="Paris"), reject_geo_nomatch=False)
    )
    (chosen,) = made.choose(at("Rome"), NOW)
    assert "nobody at Rome" in chosen.because


def test_where_no_recorder_has_a_location_it_does_not_matter():
    assert choose(pool("a"), at("Rome")) == "a"


def test_the_overflow_location_is_taken_when_the_first_cannot():
    made = located(a="Paris", b="London")
    made.by_name("a").alive = False
    (chosen,) = made.choose(at("Paris", overflow="London"), NOW)
    assert chosen.recorder.name == "b"
    assert "the overflow of Paris" in chosen.because


def test_a_strict_location_has_no_overflow():
    made = located(a="Paris", b="London")
    made.by_name("a").alive = False
    with pytest.raises(NoRecorderError, match="strict") as caught:
        made.choose(at("Paris", overflow="London", strict=True), NOW)
    assert caught.value.rejected


def test_a_rejected_location_fails_the_session_without_its_being_accepted():
    given = recorders("rec1", geo_location="Paris")
    bed = Bed(settings(pool={"recorders": given}))
    bed.start(geo_location="Rome")
    bed.settle()
    assert bed.kinds() == ["CaptureFailed", "CaptureEnded"]
    assert "Rome" in bed.of(CaptureFailed)[0].cause


# -- addresses from outside --------------------------------------------------------------------


def named(destination: str) -> Wanted:
    return Wanted(streams=2, destination=destination)


def test_a_destination_may_be_the_name_or_the_address_of_a_recorder():
    made = pool("a", "b")
    for destination in ("b", "sip:b:5060", "b:5060", "sip:b", "<sip:user@b;transport=udp>"):
        assert choose(made, named(destination)) == "b"


@pytest.mark.parametrize(
    ("destination", "allowed", "taken"),
    [
        ("sip:127.0.0.1:6000", (), True),
        ("sip:[::1]:6000", (), True),
        ("sip:localhost", (), True),
        ("sip:10.0.0.1", (), False),
        ("sip:10.0.0.1", ("10.0.0.0/8",), True),
        ("sip:rec.example.com", ("*.example.com",), True),
        ("sip:example.com.evil.org", ("*.example.com",), False),
        ("sip:10.0.0.1:5070", ("10.0.0.1:5060",), False),
        ("sip:10.0.0.1:5060", ("10.0.0.1:5060",), True),
        ("sip:anything.at.all", ("*",), True),
    ],
)
def test_another_destination_needs_leave(destination, allowed, taken):
    made = pool("a", allowed=allowed)
    if taken:
        assert choose(made, named(destination)) == read_address(destination).host_port
        return
    with pytest.raises(NoRecorderError, match="dest-allow") as caught:
        made.choose(named(destination), NOW)
    assert caught.value.rejected


def test_a_destination_of_the_configuration_needs_no_leave():
    made = pool("a", trusted=("sip:rec.example.com",))
    assert choose(made, named("sip:rec.example.com")) == "rec.example.com"


def test_a_stranger_is_forgotten_with_its_last_stream():
    made = pool("a")
    (chosen,) = made.choose(named("sip:127.0.0.1:6000"), NOW)
    made.take(chosen.recorder, 2)
    assert len(made.states()) == 2
    made.give_back(chosen.recorder, 2)
    assert len(made.states()) == 1


def test_a_redirection_leads_only_where_a_destination_may():
    made = pool("a")
    assert made.may_follow("sip:a:5060")
    assert not made.may_follow("sip:elsewhere.example.com")
    assert not made.may_follow("tel:+1555")


@pytest.mark.parametrize(
    "text", ["", "sip:", "sip:a b", "sip:host:99999", "sip:[::1", "x\r\ny"]
)
def test_what_is_no_address_is_told(text):
    with pytest.raises(AddressError):
        read_address(text)
    with pytest.raises(AddressError):
        RecorderPool(PoolSettings(recorders=(RecorderSettings(name="a", address=text),)))


def test_an_address_is_read_with_its_transport():
    one = read_address("sips:rec@host.example.com:5071;transport=tcp")
    assert (one.host, one.port, one.way) == ("host.example.com", 5071, Transport.TLS)
    assert read_address("host").real_port == 5060
    assert read_address("sips:host").real_port == 5061
    assert read_address("sip:[2001:db8::1]:5060").host_port == "[2001:db8::1]:5060"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    try:
        address = read_address(text)
    except AddressError:
        return
    assert read_address(address.plain_uri()).same_place(address)
    assert not is_allowed(address, ())


# -- pings -------------------------------------------------------------------------------------


def monitored(**monitor) -> Bed:
    given = {"on": True, "interval_s": 10.0, "fall": 2, "rise": 2, **monitor}
    return Bed(settings("rec1", "rec2", monitor=given))


def pass_time(bed: Bed, seconds: float) -> None:
    for _ in range(int(seconds)):
        bed.clock.advance(1.0)
        bed.run()


def up(bed: Bed) -> list[bool]:
    return [one.alive for one in bed.backend.recorders()]


def test_every_recorder_is_pinged_at_its_address_in_its_turn():
    bed = monitored()
    pass_time(bed, 22)
    assert bed.agent.pings == ["sip:rec1:5060", "sip:rec2:5060"] * 2 + ["sip:rec1:5060"]


def test_a_recorder_falls_after_so_many_failures_and_rises_after_so_many_successes():
    bed = monitored()
    bed.agent.ping_codes["sip:rec1:5060"] = 0
    pass_time(bed, 5)
    assert up(bed) == [True, True]
    pass_time(bed, 10)
    assert up(bed) == [False, True]
    assert bed.backend.status().problems == ("recorder rec1 is down: OPTIONS: no answer",)
    bed.agent.ping_codes["sip:rec1:5060"] = 200
    pass_time(bed, 10)
    assert up(bed) == [False, True]
    pass_time(bed, 10)
    assert up(bed) == [True, True]


@pytest.mark.parametrize(
    ("code", "alive"), [(404, True), (405, True), (500, True), (503, False)]
)
def test_any_answer_but_the_dead_ones_is_a_sign_of_life(code, alive):
    bed = monitored(fall=1)
    bed.agent.ping_codes["sip:rec1:5060"] = code
    pass_time(bed, 2)
    assert up(bed) == [alive, True]


def test_new_sessions_avoid_a_recorder_that_is_down_and_old_ones_stay():
    bed = monitored(fall=1)
    bed.start()
    bed.agent.ping_codes["sip:rec1:5060"] = 0
    pass_time(bed, 11)
    bed.start(session="s2")
    assert [leg.host for leg in bed.agent.legs[2:]] == ["rec2:5060", "rec2:5060"]
    assert bed.agent.count("bye") == 0


def test_sessions_end_with_their_recorder_when_that_is_configured():
    given = {"on": True, "interval_s": 10.0, "fall": 1}
    bed = Bed(settings("rec1", monitor=given, end_on_ping_loss=True))
    bed.start(*two_legs())
    bed.agent.ping_codes["sip:rec1:5060"] = 0
    pass_time(bed, 11)
    bed.settle()
    assert bed.kinds()[2:] == ["LegLost", "LegLost", "CaptureFailed", "CaptureEnded"]


def test_without_monitoring_nobody_is_pinged():
    bed = Bed(settings("rec1", monitor={"on": False}))
    pass_time(bed, 30)
    assert bed.agent.pings == []


def test_after_the_end_nobody_is_pinged():
    bed = monitored()
    pass_time(bed, 3)
    bed.backend.close()
    bed.run()
    before = len(bed.agent.pings)
    pass_time(bed, 30)
    assert len(bed.agent.pings) == before


def test_the_retry_after_of_a_refusal_is_honored():
    bed = Bed(settings("rec1", "rec2"))
    bed.agent.by_hand.add("invite")
    bed.start(two_legs()[0])
    bed.agent.legs[0].refuse(503, retry_after=30.0)
    bed.run()
    for number in range(3):
        bed.start(two_legs()[0], session=f"n{number}")
    assert {leg.host for leg in bed.agent.legs[1:]} == {"rec2:5060"}
    bed.clock.advance(31)
    bed.start(two_legs()[0], session="late")
    assert bed.agent.legs[-1].host == "rec1:5060"
