"""Whatever goes on in a switch: a snapshot brings exactly that state back, and it goes on alike."""

import re
from typing import Any

import pytest

from tests.snapshots.bench import RUNNING, Bench
from tests.snapshots.situations import (
    LATE,
    OTHER_WAYS,
    PLAIN,
    RECORDED,
    SFB,
    WORK,
    Situation,
    after_call_work,
    behaviors,
    blind_transfer_rings,
    busy_tone,
    collecting_digits,
    everything_after,
    mid_transfer,
    queue_with_calls,
    recorded,
    recordings_over,
    ringing,
    routed_and_ringing,
    routing_point,
    single_step_rings,
)
from tlibproto.vocabulary import Dn, KVList
from tlibsim.net.clock import BEGIN
from tlibsim.switch.commands import (
    AgentLogin,
    AgentNotReady,
    AgentReady,
    Consult,
    FarRelease,
    GiveAccessNumber,
    HoldCall,
    MakeCall,
    NetworkConsult,
    Purpose,
    RetrieveCall,
)

A_DAY_US = 86_400_000_000


def check(bench: Bench, situation: Situation) -> None:
    """Save, go on, load: the state is the same, and so is what follows."""
    situation(bench)
    before, document, mark = bench.state(), bench.save(), len(bench.facts())
    everything_after(bench)
    first = bench.facts()[mark:]
    bench.load(document)
    assert bench.state() == before
    mark = len(bench.facts())
    everything_after(bench)
    second = bench.facts()[mark:]
    assert second == first
    bench.load(document)
    assert bench.state() == before
    assert bench.bugs() == []


@pytest.mark.parametrize("situation", PLAIN)
def test_a_state_comes_back_and_goes_on_alike(situation: Situation) -> None:
    check(Bench({**RECORDED, **WORK}), situation)


@pytest.mark.parametrize("situation", [routed_and_ringing, routing_point, collecting_digits])
def test_so_does_a_call_that_stays_at_its_routing_point_while_it_rings(
    situation: Situation,
) -> None:
    check(Bench(LATE), situation)


@pytest.mark.parametrize(
    "situation", [single_step_rings, blind_transfer_rings, busy_tone, mid_transfer]
)
def test_so_does_what_other_options_leave_to_be_done_later(situation: Situation) -> None:
    check(Bench(OTHER_WAYS), situation)


@pytest.mark.parametrize("situation", [mid_transfer, recorded, recordings_over, ringing])
def test_so_does_the_profile_with_numbers_for_its_legs(situation: Situation) -> None:
    check(Bench(SFB), situation)


@pytest.mark.parametrize("situation", [mid_transfer, recordings_over, ringing])
def test_so_does_a_call_that_is_recorded_before_anybody_asks(situation: Situation) -> None:
    check(Bench({"options": {"prerecord": True, "prerecord-grace": 60}}), situation)


def test_so_does_a_consultation_in_the_network() -> None:
    def consulted(bench: Bench) -> None:
        made = bench.talking("7001")
        bench.do(NetworkConsult(dn=Dn("7001"), conn_id=made, to="7002"))

    check(Bench({"options": {"network": True}}), consulted)


def test_so_does_the_built_in_router_in_the_middle_of_its_plan() -> None:
    routing = {
        "rules": [
            {
                "point": "5000",
                "treatment": {"kind": "music", "seconds": 6, "parameters": {"MUSIC_DN": "1"}},
                "to": [{"dn": "7001", "percent": 50}, {"dn": "7002"}, {"agent": "1003"}],
                "attach": {"by": "rule"},
            }
        ]
    }
    check(Bench({"routing": routing}), routing_point)


def test_so_does_a_dn_that_nobody_had_configured() -> None:
    def adopted(bench: Bench) -> None:
        from tlibsim.config import DnSettings

        bench.server.switch.adopt(DnSettings(dn="7777"))
        bench.do(MakeCall(dn=Dn("7777"), to="7002"))

    bench = Bench({"options": {"accept-unknown-dn": True}})
    check(bench, adopted)


SECOND = {
    "second-site": {
        "server": "SIPServer2",
        "switch": "SIP_Switch2",
        "dns": {"8801": {"type": "DN"}, "trunk-in": {"type": "Trunk", "prefix": ""}},
        "recordings": {"backend": "null"},
    }
}


def test_so_does_a_call_to_the_other_switch_of_the_process() -> None:
    def crossing(bench: Bench) -> None:
        made = bench.talking("7001", user_data=KVList([("a", 1)]))
        bench.do(
            Consult(
                dn=Dn("7001"),
                conn_id=made,
                to="8801",
                purpose=Purpose.TRANSFER,
                location="SIP_Switch2",
            ),
            GiveAccessNumber(
                dn=Dn("7002"), to="8801", location="SIP_Switch2", number="600", reference=7
            ),
        )

    check(Bench(SECOND), crossing)


# -- what makes that so -------------------------------------------------------------------------


def _bare_numbers(value: Any, place: str) -> list[tuple[str, int]]:
    if isinstance(value, dict):
        inner = [(f"{place}.{key}", one) for key, one in value.items()]
        if set(value) == {"random"}:
            return []
    elif isinstance(value, list):
        inner = [(place, one) for one in value]
    else:
        near = isinstance(value, int) and abs(value - BEGIN) < A_DAY_US
        return [(place, value)] if near else []
    return [found for name, one in inner for found in _bare_numbers(one, name)]


@pytest.mark.parametrize("situation", PLAIN)
def test_every_instant_is_kept_relative_to_the_time_of_the_snapshot(
    situation: Situation,
) -> None:
    bench = Bench({**RECORDED, **WORK})
    situation(bench)
    document = bench.save()
    document.pop("clock")
    assert _bare_numbers(document, "") == []


def test_a_held_call_is_retrieved_with_the_identifiers_that_it_had() -> None:
    bench = Bench()
    made = bench.talking("7001")
    bench.do(HoldCall(dn=Dn("7001"), conn_id=made))
    document = bench.save()
    bench.do(FarRelease(conn_id=made))
    bench.load(document)
    bench.do(RetrieveCall(dn=Dn("7001"), conn_id=made))
    (view,) = bench.server.calls()
    assert (view.conn_id, view.call_id) == (made, 1)


def test_the_next_call_has_the_same_identifiers_after_each_loading() -> None:
    bench = Bench()
    bench.talking("7001")
    document = bench.save()
    first = bench.inbound("7002")
    bench.load(document)
    assert bench.inbound("7003") == first
    bench.load(document)
    assert bench.inbound("7002") == first


def test_an_agent_is_in_the_same_place_of_the_line_of_those_who_wait() -> None:
    bench = Bench()
    for number, dn in (("1001", "7001"), ("1002", "7002"), ("1003", "7003")):
        bench.login(number, dn)
        bench.do(AgentReady(dn=Dn(dn), work_mode=3))
    bench.do(AgentNotReady(dn=Dn("7001")), AgentReady(dn=Dn("7001"), work_mode=3))
    document = bench.save()
    bench.do(AgentNotReady(dn=Dn("7002")), AgentLogin(dn=Dn("7004"), agent_id="1004"))
    bench.load(document)
    bench.inbound("8000")
    (view,) = bench.server.calls()
    assert "7002" in {party.dn for party in view.parties}


# -- time that runs -----------------------------------------------------------------------------


def _without_times(bench: Bench, mark: int) -> list[str]:
    return [re.sub(r"\b\d{16}\b", "T", text) for text in bench.facts()[mark:]]


@pytest.mark.parametrize("situation", [ringing, queue_with_calls, behaviors, after_call_work])
def test_where_time_runs_what_is_due_is_as_far_away_as_it_was(situation: Situation) -> None:
    bench = Bench(WORK, clock=RUNNING)
    situation(bench)
    document, mark = bench.save(), len(bench.facts())
    everything_after(bench)
    first = _without_times(bench, mark)
    later = bench.server.clock.now()
    bench.load(document)
    assert bench.server.clock.now() >= later
    mark = len(bench.facts())
    everything_after(bench)
    assert _without_times(bench, mark) == first
    assert bench.bugs() == []


def test_a_call_that_has_rung_for_five_seconds_rings_as_long_as_it_would_have() -> None:
    bench = Bench({"options": {"no-answer-timeout": 12}}, clock=RUNNING)
    bench.inbound("7001")
    bench.advance(5)
    document = bench.save()
    bench.advance(3600)
    bench.load(document)
    (view,) = bench.server.calls()
    rung = (bench.server.clock.now() - view.party("7001").since) / 1_000_000
    assert 5 <= rung < 5.5
    bench.advance(6)
    assert bench.server.calls()
    bench.advance(1.5)
    assert not bench.server.calls()


def test_time_that_stood_still_is_as_it_was_and_stands_still_again() -> None:
    bench = Bench()
    document, before = bench.save(), bench.server.clock.now()
    bench.advance(8 * 3600)
    bench.server.run_clock(1.0)
    bench.load(document)
    assert (bench.server.clock.now(), bench.server.clock.speed) == (before, 0.0)
