"""Whatever clients ask, callers do and backends report, in any order: what always holds."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recording.studio import Studio
from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.config import RemoteRecording
from tlibsim.ports.media import (
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureReport,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    Instant,
    LegChanged,
    LegLost,
    LegStatus,
    LegView,
    MediaProblem,
    OrderRefused,
    SessionId,
)
from tlibsim.recording.commands import (
    PauseRecording,
    RecordSide,
    ResumeRecording,
    SetMediaService,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.states import OVER, SessionState
from tlibsim.recording.trace import SessionTrace
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    Because,
    CompleteConference,
    CompleteTransfer,
    Consult,
    FarRelease,
    HoldCall,
    MakeCall,
    MergeCalls,
    MonitorNextCall,
    Purpose,
    ReleaseCall,
    RetrieveCall,
    RouteCall,
    SetMute,
    SingleStepConference,
    SingleStepTransfer,
)
from tlibsim.switch.refusals import RequestRefused

DNS = [Dn("7001"), Dn("7001"), Dn("7001"), Dn("7002"), Dn("7003"), Dn("msml1")]
CALLS = [0, 0, 0, 1, 2]
SESSIONS = range(1, 7)
RECORD_IDS = st.sampled_from([None, "a", "b"])

dns, calls = st.sampled_from(DNS), st.sampled_from(CALLS)

Action = Callable[[Studio], None]


def _conn_id(studio: Studio, number: int) -> ConnId:
    """One of the calls that there are, or a ConnID that nobody has."""
    views = studio.switch.views()
    return views[number].conn_id if number < len(views) else ConnId(99)


def on_call(kind: Callable[..., Any], **given_values: st.SearchStrategy[Any]) -> Any:
    """A command of this kind about one of the calls."""

    def made(number: int, values: dict[str, Any]) -> Action:
        return lambda studio: studio.do(kind(conn_id=_conn_id(studio, number), **values))

    return st.builds(made, calls, st.fixed_dictionaries(given_values))


def plain(command: object) -> Action:
    return lambda studio: studio.do(command)


def answered(dn: str) -> Action:
    def act(studio: Studio) -> None:
        studio.inbound_answered(dn)

    return act


REPORTS: list[Callable[[SessionId], CaptureReport]] = [
    lambda one: CaptureAccepted(session=one),
    lambda one: CaptureAccepted(session=one, file_name="taken"),
    lambda one: CaptureStarted(session=one),
    lambda one: CaptureFailed(session=one, cause="test"),
    lambda one: CapturePaused(session=one),
    lambda one: CaptureResumed(session=one),
    lambda one: CaptureRevised(session=one),
    lambda one: OrderRefused(session=one, order="pause", cause="test"),
    lambda one: OrderRefused(session=one, order="resume", cause="test"),
    lambda one: CaptureFailed(session=one, cause="test", retryable=True),
    lambda one: CaptureFailed(session=one, cause="test", retryable=True),
    lambda one: LegLost(session=one, key="1.record", cause="test"),
    lambda one: LegChanged(session=one, leg=LegView(key="1.other", status=LegStatus.FAILED)),
    lambda one: MediaProblem(session=one, kind="video-refused", cause="test"),
    lambda one: CaptureEnded(session=one),
]


def reported(number: int, part: str, make: Callable[[SessionId], CaptureReport]) -> Action:
    return lambda studio: studio.report(make(SessionId(f"recording-{number}{part}")))


def consulted(purpose: Purpose, number: int, dn: Dn, to: Dn) -> Action:
    """A DN consults another, which answers."""

    def act(studio: Studio) -> None:
        conn_id = _conn_id(studio, number)
        studio.do(Consult(dn=dn, conn_id=conn_id, to=to, purpose=purpose))
        with suppress(RequestRefused):
            studio.do(AnswerCall(dn=to, conn_id=studio.newest()))

    return act


def joined(purpose: Purpose, number: int, dn: Dn) -> Action:
    kind = CompleteTransfer if purpose is Purpose.TRANSFER else CompleteConference
    return lambda studio: studio.do(
        kind(dn=dn, conn_id=_conn_id(studio, number), consult_conn_id=None)
    )


def merged(first: int, second: int, dn: Dn, purpose: Purpose) -> Action:
    return lambda studio: studio.do(
        MergeCalls(
            dn=dn,
            conn_id=_conn_id(studio, first),
            other_conn_id=_conn_id(studio, second),
            purpose=purpose,
        )
    )


def routed(number: int, word: str, to: Dn) -> Action:
    because = Because(extensions=KVList((("record", word), ("geo-location", "x"))))
    return lambda studio: studio.do(
        RouteCall(dn=Dn("5000"), conn_id=_conn_id(studio, number), to=to, because=because)
    )


def waited(seconds: float) -> Action:
    return lambda studio: studio.wait(seconds)


PURPOSES = st.sampled_from(list(Purpose))
CHANGES: st.SearchStrategy[Action] = st.one_of(
    st.builds(consulted, PURPOSES, calls, dns, dns),
    st.builds(joined, PURPOSES, calls, dns),
    st.builds(merged, calls, calls, dns, PURPOSES),
    on_call(SingleStepTransfer, dn=dns, to=dns),
    on_call(SingleStepConference, dn=dns, to=dns),
    on_call(SetMute, dn=dns, muted=st.booleans()),
    st.just(plain(ArriveInbound(caller="15550002", to=Dn("5000")))),
    st.builds(routed, calls, st.sampled_from(["source", "destination", "disabled", "x"]), dns),
    st.builds(
        lambda dn, agent: plain(MonitorNextCall(dn=dn, agent=agent, once=True)), dns, dns
    ),
    st.sampled_from([1, 5, 40]).map(waited),
    st.booleans().map(lambda up: plain(SetMediaService(up=up))),
)

ACTIONS: st.SearchStrategy[Action] = st.one_of(
    dns.map(lambda dn: plain(ArriveInbound(caller="15550001", to=dn))),
    st.sampled_from(["7001", "7002"]).map(answered),
    st.sampled_from(["7001", "7002"]).map(answered),
    st.builds(lambda dn, to: plain(MakeCall(dn=dn, to=to)), dns, dns),
    on_call(AnswerCall, dn=dns),
    on_call(AnswerCall, dn=dns),
    on_call(HoldCall, dn=dns),
    on_call(RetrieveCall, dn=dns),
    on_call(ReleaseCall, dn=dns),
    on_call(FarRelease),
    on_call(
        StartRecording, dn=dns, side=st.sampled_from(list(RecordSide)), record_id=RECORD_IDS
    ),
    on_call(
        StartRecording, dn=dns, side=st.sampled_from(list(RecordSide)), record_id=RECORD_IDS
    ),
    on_call(StopRecording, dn=dns, record_id=RECORD_IDS),
    on_call(PauseRecording, dn=dns, record_id=RECORD_IDS),
    on_call(ResumeRecording, dn=dns, record_id=RECORD_IDS),
    st.builds(
        reported,
        st.sampled_from(SESSIONS),
        st.sampled_from(["", "", "", ".2"]),
        st.sampled_from(REPORTS),
    ),
    CHANGES,
    CHANGES,
    CHANGES,
    st.just(Studio.answer_orders),
    st.just(Studio.answer_orders),
)

OPTIONS = st.fixed_dictionaries(
    {
        "allow_multiple_sessions": st.booleans(),
        "idempotent_control": st.booleans(),
        "record_moh": st.booleans(),
        "record_after_merge": st.booleans(),
        "record_consult_calls": st.booleans(),
        "on_recorddn_leave": st.sampled_from(["continue", "restart"]),
        "termination_side_transfer": st.sampled_from(["end", "keep"]),
        "merged_user_data": st.sampled_from(
            ["main-only", "consult-only", "merged-over-main", "merged-over-consult"]
        ),
        "sip_enable_two_party_mute": st.booleans(),
        "prerecord": st.booleans(),
        "dup_fail": st.sampled_from(["all", "any"]),
        "profile": st.sampled_from(["sip-server", "sip-server", "sfb"]),
        "remote": st.just(RemoteRecording(uri_pattern="[sip]:{9{DD}}{@x}")),
        "record_on_confirm": st.sampled_from(["media-server", "recorder"]),
        "fulltime_after_stop": st.sampled_from(["off", "restart"]),
        "off_on_release": st.booleans(),
        "max_recordings": st.sampled_from([0, 1, 2]),
        "recording_filename": st.sampled_from(["", "$AGENTDN$", "$UUID$_$TIME"]),
        "dn": st.dictionaries(
            st.sampled_from(["7001", "7002", "trunk-in", "5000"]), st.just({"record": True})
        ),
    }
)


def expected_keys(states: list[SessionState]) -> set[str | None]:
    """What GSIP_RECORD may be of a call with sessions in these states (RECORDING.md 3.4, 4).

    A session that moves to another media server is what it was, which its state does not tell.
    """
    if SessionState.ACTIVE in states:
        return {"On"}
    if SessionState.REESTABLISHING in states:
        return {"On", "Paused"}
    if SessionState.PAUSED in states:
        return {"Paused"}
    return {"Off"} if OVER & set(states) else {None}


class Watched:
    """A studio that is looked over after each action."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.studio = Studio(**options)
        self.options = options

    def picture(self) -> object:
        studio = self.studio
        return (studio.desk.traces(), studio.switch.views(), list(studio.backend.orders))

    def act(self, action: Action) -> None:
        studio = self.studio
        studio.now = Instant(studio.now + 1)
        before = self.picture()
        try:
            action(studio)
        except RequestRefused:
            assert self.picture() == before, "a refused command changed something"
        self.look()

    def look(self) -> None:
        traces = self.studio.desk.traces()
        live = [trace for trace in traces if trace.state not in OVER]
        self.look_at_calls(traces, live)
        self.look_at_numbers(traces, live)
        self.look_at_orders(traces)

    def look_at_calls(self, traces: tuple[SessionTrace, ...], live: list[SessionTrace]) -> None:
        views = {view.conn_id: view for view in self.studio.switch.views()}
        assert {trace.conn_id for trace in live} <= set(views), "a recording without a call"
        for conn_id, view in views.items():
            states = [
                trace.state for trace in traces if trace.conn_id == conn_id and not trace.hidden
            ]
            said = view.user_data.first("GSIP_RECORD")
            expected = expected_keys(states)
            assert said in expected or (said == "Off" and expected == {None}), (said, states)
        for trace in live:
            assert trace.parties, "a recording of nobody"
            assert sum(one.conn_id == trace.conn_id and one.hidden for one in live) < 2

    def look_at_numbers(
        self, traces: tuple[SessionTrace, ...], live: list[SessionTrace]
    ) -> None:
        assert len({trace.session for trace in traces}) == len(traces)
        assert len({trace.id for trace in live}) == len(live)
        assert self.studio.desk.live_sessions() == len(live)
        if not self.options["allow_multiple_sessions"]:
            assert len({trace.conn_id for trace in live}) == len(live)
        limit = self.options["max_recordings"]
        assert not limit or len(live) <= limit

    def look_at_orders(self, traces: tuple[SessionTrace, ...]) -> None:
        counts = Counter(self.studio.backend.orders)
        ended = {one.session for one in self.studio.reports if isinstance(one, CaptureEnded)}
        for order in self.studio.backend.started:
            assert counts["start", order.session] == 1
            assert counts["stop", order.session] <= 1
            assert order.legs
            assert len({leg.key for leg in order.legs}) == len(order.legs)
        for trace in traces:
            last = trace.captures[-1]
            by_itself = trace.cause == "the capture ended by itself"
            if trace.state in OVER and not by_itself and last not in ended:
                assert counts["stop", last] == 1
            elif trace.state not in OVER and trace.state is not SessionState.REESTABLISHING:
                assert counts["stop", last] == 0
            if trace.state is SessionState.PAUSED:
                assert {leg.sdp for leg in trace.legs if leg.view is None} == {"inactive"}

    def finish(self) -> None:
        """Everybody hangs up, and the backend answers."""
        studio = self.studio
        for view in studio.switch.views():
            for party in view.parties:
                if not party.outside and studio.switch.call(view.conn_id) is not None:
                    studio.do(ReleaseCall(dn=party.dn, conn_id=view.conn_id))
        for view in studio.switch.views():
            studio.do(FarRelease(conn_id=view.conn_id))
        studio.answer_orders()
        self.look()
        assert studio.desk.live_sessions() == 0
        assert studio.desk.settled()


@settings(max_examples=200, deadline=None)
@given(options=OPTIONS, actions=st.lists(ACTIONS, min_size=5, max_size=40))
def test_whatever_happens_the_indication_is_true_and_every_capture_is_stopped_once(
    options: dict[str, Any], actions: list[Action]
) -> None:
    watched = Watched(options)
    watched.act(answered("7001"))
    for action in actions:
        watched.act(action)
    watched.finish()


@settings(max_examples=20, deadline=None)
@given(options=OPTIONS, actions=st.lists(ACTIONS, max_size=20))
def test_the_same_seed_and_the_same_turns_give_the_same_recordings(
    options: dict[str, Any], actions: list[Action]
) -> None:
    pictures = []
    for _ in range(2):
        watched = Watched(options)
        for action in actions:
            watched.act(action)
            watched.act(Studio.answer_orders)
        pictures.append((watched.picture(), watched.studio.facts, watched.studio.changes))

    assert pictures[0] == pictures[1]
