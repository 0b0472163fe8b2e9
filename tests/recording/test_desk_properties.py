"""Whatever clients ask, callers do and backends report, in any order: what always holds."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recording.studio import Studio
from tlibproto.vocabulary import ConnId, Dn
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
    OrderRefused,
    SessionId,
)
from tlibsim.recording.commands import (
    PauseRecording,
    RecordSide,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.states import OVER, SessionState
from tlibsim.recording.trace import SessionTrace
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    FarRelease,
    HoldCall,
    MakeCall,
    ReleaseCall,
    RetrieveCall,
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
    lambda one: CaptureEnded(session=one),
]


def reported(number: int, make: Callable[[SessionId], CaptureReport]) -> Action:
    return lambda studio: studio.report(make(SessionId(f"recording-{number}")))


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
    st.builds(reported, st.sampled_from(SESSIONS), st.sampled_from(REPORTS)),
    st.just(Studio.answer_orders),
    st.just(Studio.answer_orders),
)

OPTIONS = st.fixed_dictionaries(
    {
        "allow_multiple_sessions": st.booleans(),
        "idempotent_control": st.booleans(),
        "record_moh": st.booleans(),
        "record_on_confirm": st.sampled_from(["media-server", "recorder"]),
        "fulltime_after_stop": st.sampled_from(["off", "restart"]),
        "off_on_release": st.booleans(),
        "max_recordings": st.sampled_from([0, 1, 2]),
        "recording_filename": st.sampled_from(["", "$AGENTDN$", "$UUID$_$TIME"]),
        "dn": st.dictionaries(
            st.sampled_from(["7001", "7002", "trunk-in"]), st.just({"record": True})
        ),
    }
)


def expected_key(states: list[SessionState]) -> str | None:
    """GSIP_RECORD of a call that had sessions in these states (RECORDING.md 3.4, 4)."""
    if SessionState.ACTIVE in states:
        return "On"
    if SessionState.PAUSED in states:
        return "Paused"
    return "Off" if OVER & set(states) else None


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
            states = [trace.state for trace in traces if trace.conn_id == conn_id]
            assert view.user_data.first("GSIP_RECORD") == expected_key(states)
        for trace in live:
            assert trace.parties, "a recording of nobody"

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
        for trace in traces:
            assert counts["start", trace.session] == 1
            by_itself = trace.cause == "the capture ended by itself"
            stops = 1 if trace.state in OVER and not by_itself else 0
            assert counts["stop", trace.session] == stops
            if trace.state not in OVER:
                paused = trace.state is SessionState.PAUSED
                direction = "inactive" if paused else "sendonly"
                assert {leg.sdp for leg in trace.legs} == {direction}

    def finish(self) -> None:
        """Everybody hangs up, and the backend answers."""
        studio = self.studio
        for view in studio.switch.views():
            for party in view.parties:
                if not party.outside and studio.switch.call(view.conn_id) is not None:
                    studio.do(ReleaseCall(dn=party.dn, conn_id=view.conn_id))
        studio.answer_orders()
        self.look()
        assert studio.desk.live_sessions() == 0
        assert studio.desk.settled()


@settings(max_examples=150, deadline=None)
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
