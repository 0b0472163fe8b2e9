"""Whatever the rules, the telephones and the people outside do: nothing breaks, and nothing stays."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.router.bed import OTHER_POINT, POINT, Routed
from tlibproto.vocabulary import Dn, KVList, PartyState
from tlibsim.config import RouteRule, RouteTarget, RouteTreatment
from tlibsim.journal import Kind
from tlibsim.switch.commands import (
    AgentNotReady,
    AgentReady,
    FarRelease,
    MakeCall,
    RestoreBehavior,
    SetBehavior,
    SetPhoneBusy,
)
from tlibsim.switch.refusals import RequestRefused

DNS = ("7001", "7002", "7003")
OUTSIDE = "94155550190"
PLACES = (*DNS, "8000", POINT, OTHER_POINT, OUTSIDE, "4711")

targets = st.one_of(
    st.builds(
        RouteTarget,
        dn=st.sampled_from(PLACES),
        percent=st.sampled_from([0.0, 30.0]),
        when=st.sampled_from(["", "ready", "logged-in"]),
    ),
    st.builds(RouteTarget, agent=st.sampled_from(["1001", "1002", "9999"])),
)
treatments = st.lists(
    st.builds(RouteTreatment, seconds=st.sampled_from([1.0, 4.0])), max_size=2
).map(tuple)
rules = st.builds(
    RouteRule,
    point=st.sampled_from([(), (POINT,), (OTHER_POINT,)]),
    ani=st.sampled_from([(), ("415*",), ("999*",)]),
    user_data=st.sampled_from([{}, {"k": None}]),
    treatment=treatments,
    attach=st.sampled_from([{}, {"By": "rule"}]),
    to=st.lists(targets, min_size=1, max_size=3).map(tuple),
)
seconds = st.sampled_from([None, 0.0, 0.5, 2.0])
behaviors = st.one_of(
    st.builds(
        SetBehavior,
        dn=st.sampled_from([Dn(dn) for dn in (*DNS, "trunk-in", "trunk-out")]),
        answer_after=seconds,
        talk_time=seconds,
        no_answer=st.booleans(),
        busy=st.booleans(),
        reject=st.booleans(),
    ),
    st.builds(SetBehavior, number=st.sampled_from(["9*", OUTSIDE]), answer_after=seconds),
    st.builds(RestoreBehavior, dn=st.sampled_from([Dn(dn) for dn in DNS])),
    st.builds(RestoreBehavior, number=st.just("9*")),
)
steps = st.one_of(
    behaviors,
    st.builds(MakeCall, dn=st.sampled_from([Dn(dn) for dn in DNS]), to=st.sampled_from(PLACES)),
    st.builds(AgentReady, dn=st.just(Dn("7001"))),
    st.builds(AgentNotReady, dn=st.just(Dn("7001"))),
    st.builds(SetPhoneBusy, dn=st.just(Dn("7002")), busy=st.booleans()),
    st.sampled_from([POINT, OTHER_POINT, "8000", "7003"]),
    st.sampled_from([0.5, 3.0, 11.0]),
)


def taken(bed: Routed, step: object) -> None:
    if isinstance(step, float):
        bed.wait(step)
    elif isinstance(step, str):
        bed.arrive(step, user_data=KVList.of(k="v"))
    else:
        bed.perform(step)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rules, max_size=4),
    st.lists(targets, max_size=2),
    st.booleans(),
    st.lists(steps, max_size=25),
)
def test_nothing_breaks_and_nothing_stays(
    made: list[RouteRule], default: list[RouteTarget], on_ringing: bool, done: list[object]
) -> None:
    bed = Routed(*made, default=default, divert_on_ringing=on_ringing)
    bed.open(*DNS, "8000", POINT, OTHER_POINT)
    for dn in ("7001", "7002"):
        bed.log_in(dn)
    for step in done:
        try:
            taken(bed, step)
        except RequestRefused:
            continue
        for view in bed.switch.views():
            assert any(party.state is not PartyState.Null for party in view.parties)
    for dn in (*DNS, "trunk-in", "trunk-out"):
        bed.perform(RestoreBehavior(dn=Dn(dn)))
        bed.perform(SetBehavior(dn=Dn(dn), no_answer=True, talk_time=1))
    for view in bed.switch.views():
        if bed.switch.call(view.conn_id) is not None and any(p.trunk for p in view.parties):
            bed.perform(FarRelease(conn_id=view.conn_id))
    bed.wait(60)
    assert bed.entries(Kind.BUG) == []
    waiting = {
        (view.conn_id, party.dn) for view in bed.switch.views() for party in view.parties
    }
    assert set(bed.router.planned()) <= waiting
