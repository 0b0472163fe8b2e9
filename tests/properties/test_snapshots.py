"""Whatever people did: a snapshot brings the same state back, and it goes on the same way."""

from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.snapshots.bench import Bench
from tlibproto.vocabulary import ConnId, Dn, ForwardMode, KVList
from tlibsim.recording import commands as r
from tlibsim.switch import commands as c

DNS = ("7001", "7002", "7003", "7004")
PLACES = (*DNS, "8000", "5000", "95550001", "666")
CONFIG = {
    "dn": {
        "7001": {"record": True},
        "7003": {"answer-after": 2, "talk-time": 30},
        "trunk-out": {"answer-after": 3},
    },
    "options": {"wrap-up-time": 15, "acd-ring-timeout": 8, "prerecord": True},
    "routing": {
        "rules": [
            {
                "point": "5000",
                "dnis": "5*",
                "treatment": {"kind": "music", "seconds": 4},
                "to": [{"dn": "7002", "percent": 40}, {"dn": "7003"}, {"dn": "8000"}],
            }
        ]
    },
}

Row = tuple[str, str, str, int, int]
"""What to do, with which DN, which place or number, and which two of the calls."""


class Drawn:
    """One row, with calls in place of numbers."""

    def __init__(self, bench: Bench, row: Row) -> None:
        _, dn, self.to, one, two = row
        self.dn = Dn(dn)
        calls = [view.conn_id for view in bench.server.calls()] or [ConnId(1)]
        self.one, self.two = calls[one % len(calls)], calls[two % len(calls)]
        self.data = KVList([("a", self.to), ("n", one)])


MAKERS: dict[str, Callable[[Drawn], object]] = {
    "inbound": lambda d: c.ArriveInbound(caller="4155", to=Dn(d.to), user_data=d.data),
    "make": lambda d: c.MakeCall(dn=d.dn, to=d.to),
    "answer": lambda d: c.AnswerCall(dn=d.dn),
    "far-answer": lambda d: c.FarAnswer(conn_id=d.one),
    "far-release": lambda d: c.FarRelease(conn_id=d.one),
    "release": lambda d: c.ReleaseCall(dn=d.dn, conn_id=d.one),
    "hold": lambda d: c.HoldCall(dn=d.dn, conn_id=d.one),
    "retrieve": lambda d: c.RetrieveCall(dn=d.dn, conn_id=d.one),
    "consult": lambda d: c.Consult(
        dn=d.dn, conn_id=d.one, to=d.to, purpose=c.Purpose.CONFERENCE
    ),
    "transfer": lambda d: c.CompleteTransfer(dn=d.dn, conn_id=d.one),
    "confer": lambda d: c.CompleteConference(dn=d.dn, conn_id=d.one),
    "merge": lambda d: c.MergeCalls(
        dn=d.dn, conn_id=d.one, other_conn_id=d.two, purpose=c.Purpose.TRANSFER
    ),
    "single-step": lambda d: c.SingleStepTransfer(dn=d.dn, conn_id=d.one, to=d.to),
    "join": lambda d: c.SingleStepConference(dn=d.dn, conn_id=d.one, to=d.to),
    "data": lambda d: c.ChangeUserData(
        dn=d.dn, conn_id=d.one, change=c.DataChange.UPDATE, pairs=d.data
    ),
    "login": lambda d: c.AgentLogin(dn=d.dn, agent_id=f"a{d.dn}", queue=Dn("8000")),
    "ready": lambda d: c.AgentReady(dn=d.dn, work_mode=3),
    "not-ready": lambda d: c.AgentNotReady(
        dn=d.dn, work_mode=4, because=c.Because(reasons=d.data)
    ),
    "reserve": lambda d: c.ReserveAgent(dn=d.dn, seconds=20, priority=1),
    "predict": lambda _: c.MakePredictiveCall(dn=Dn("8000"), to="95550009", seconds=25),
    "watch": lambda d: c.MonitorNextCall(dn=Dn("7004"), agent=d.dn, once=False),
    "forward": lambda d: c.SetForward(dn=d.dn, mode=ForwardMode.OnNoAnswer, to=d.to),
    "dnd": lambda d: c.SetDnd(dn=d.dn, on=True),
    "behave": lambda d: c.SetBehavior(dn=d.dn, answer_after=1, talk_time=12),
    "route": lambda d: c.RouteCall(dn=Dn("5000"), conn_id=d.one, to=d.to),
    "record": lambda d: r.StartRecording(dn=d.dn, conn_id=d.one, side=r.RecordSide.DESTINATION),
    "pause": lambda d: r.PauseRecording(dn=d.dn, conn_id=d.one),
    "stop": lambda d: r.StopRecording(dn=d.dn, conn_id=d.one),
}
WAITS = {"wait-1": 1.0, "wait-9": 9.0}

rows = st.lists(
    st.tuples(
        st.sampled_from((*MAKERS, *WAITS, "inbound", "answer", "consult")),
        st.sampled_from(DNS),
        st.sampled_from(PLACES),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=14,
)


def play(bench: Bench, steps: Sequence[Row]) -> None:
    for row in steps:
        if row[0] in WAITS:
            bench.advance(WAITS[row[0]])
        else:
            bench.try_to(MAKERS[row[0]](Drawn(bench, row)))


@settings(max_examples=60, deadline=None)
@given(rows, rows, rows)
def test_a_state_comes_back_and_the_same_steps_have_the_same_effects(
    before: list[Row], meanwhile: list[Row], after: list[Row]
) -> None:
    bench = Bench(CONFIG)
    play(bench, before)
    state, document, mark = bench.state(), bench.save(), len(bench.facts())
    play(bench, after)
    first, then = bench.facts()[mark:], bench.state()
    play(bench, meanwhile)

    bench.load(document)

    assert bench.state() == state
    mark = len(bench.facts())
    play(bench, after)
    assert bench.facts()[mark:] == first
    assert bench.state() == then
    assert bench.bugs() == []
    again = bench.save()
    assert again["states"][0]["needs_sites"] == []
