"""Whatever is ordered and whatever recorders do: the rules of the port hold (MEDIA.md 1.1)."""

from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tests.media.bench import AGENT, CUSTOMER, START
from tests.recorder.bench import Bed, recorders, settings, two_legs
from tlibsim.media.recorder.settings import OneLegFailed, Scheme, ShapeKind
from tlibsim.media.sip.values import LegState
from tlibsim.ports.media import (
    AudioSource,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CaptureStarted,
    LegChanged,
    MediaParty,
)

THIRD = MediaParty(dn="7003", source=AudioSource(), started_at=START)
STEPS = st.one_of(
    st.sampled_from(["pause", "resume", "stop", "fewer", "more", "other", "turn", "time"]),
    st.tuples(
        st.sampled_from(["accept", "refuse", "lose", "end", "result"]), st.integers(0, 5)
    ),
)
CLIENTS = st.builds(
    dict,
    one_leg_failed=st.sampled_from(OneLegFailed),
    scheme=st.sampled_from(Scheme),
    shape=st.sampled_from(ShapeKind),
    retry=st.integers(0, 2),
    double=st.booleans(),
)


def bed_of(client: dict) -> Bed:
    pool = {
        "recorders": recorders("rec1", "rec2", shape=client["shape"]),
        "scheme": client["scheme"],
        "retry": client["retry"],
    }
    given = settings(
        pool=pool,
        one_leg_failed=client["one_leg_failed"],
        media_servers=client["shape"] is ShapeKind.MSML,
    )
    bed = Bed(given)
    bed.agent.by_hand = {"invite", "reinvite", "bye", "info"}
    return bed


def recorder_does(bed: Bed, what: str, number: int) -> None:
    """One dialog gets one answer, if it waits for such a one."""
    live = [leg for leg in bed.agent.legs if leg.state is not LegState.ENDED]
    if not live:
        return
    leg = live[number % len(live)]
    inviting = leg.state is LegState.INVITING
    if what == "accept" and (leg.open or (inviting and not leg.byes)):
        leg.accept()
    elif what == "refuse" and (leg.open or inviting):
        leg.refuse(486)
    elif what == "lose" and not inviting:
        leg.end(lost=True)
    elif what == "end" and leg.byes:
        leg.end()
    elif what == "result" and leg.infos:
        leg.result(200 if number % 2 else 500)


def do(bed: Bed, step, *, double: bool) -> None:
    both = (*two_legs(), *two_legs(destination=1)) if double else two_legs()
    orders = {
        "pause": bed.pause,
        "resume": bed.resume,
        "stop": bed.stop,
        "fewer": lambda: bed.revise(both[0], parties=(AGENT,)),
        "more": lambda: bed.revise(*both, parties=(AGENT, CUSTOMER)),
        "other": lambda: bed.revise(*two_legs("7001", "7003"), parties=(AGENT, THIRD)),
        "turn": bed.run,
        "time": lambda: bed.clock.advance(3),
    }
    if isinstance(step, str):
        orders[step]()
    else:
        recorder_does(bed, *step)


@effort(max_examples=150, deadline=None)
@given(CLIENTS, st.lists(STEPS, max_size=30))
def test_a_session_ends_once_and_gives_everything_back(client, steps):
    bed = bed_of(client)
    legs = (*two_legs(), *two_legs(destination=1)) if client["double"] else two_legs()
    destinations = ("", "") if client["double"] else ()
    bed.start(*legs, destinations=destinations)
    for step in steps:
        do(bed, step, double=client["double"])
    bed.run()
    finish(bed)
    check(bed)


def finish(bed: Bed) -> None:
    """Stop it, and let recorders do what is expected of them."""
    bed.stop()
    for _ in range(40):
        bed.run()
        bed.clock.advance(1)
        for leg in bed.agent.legs:
            if leg.state is not LegState.ENDED and leg.byes:
                leg.end()
    bed.run()


def check(bed: Bed) -> None:
    assert bed.backend.settled()
    last = [one for one in bed.reports if not isinstance(one, LegChanged)]
    assert sum(isinstance(one, CaptureEnded) for one in bed.reports) == 1
    assert isinstance(bed.reports[-1], CaptureEnded)
    for kind in (CaptureAccepted, CaptureStarted, CaptureFailed):
        assert sum(isinstance(one, kind) for one in last) <= 1
    if any(isinstance(one, CaptureStarted) for one in last):
        assert isinstance(last[0], CaptureAccepted)
    assert not any(pair.open for pair in bed.streams.pairs)
    assert not bed.streams.live()
    assert all(one.in_use == 0 for one in bed.backend.recorders())
    assert all(leg.state is LegState.ENDED for leg in bed.agent.legs)
    assert bed.clock.timers == []
