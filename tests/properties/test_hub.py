"""Whatever clients ask: one answer for each request, no bug of ours, all live (HOUSE.md 14)."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.exchange import REQUESTS, Exchange, Line, bare, frame
from tests.switch.bed import CALLER, check_places
from tlibproto.messages import (
    CATALOGUE,
    Event,
    Message,
    Request,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestSendEvent,
    evolve,
)
from tlibproto.vocabulary import ConnId, Dn, KVList, ReferenceId, WideText
from tlibsim.session.answers import LATER
from tlibsim.session.dispatch import REQUESTS as SERVED
from tlibsim.switch.commands import ArriveInbound, FarAnswer, FarRelease, SetPhoneBusy
from tlibsim.switch.refusals import RequestRefused

DNS = ("7001", "7002", "7003")
LIVE = [ConnId(number) for number in range(4)]
"""Stand for the calls of the run, the newest first."""

_texts = st.sampled_from(["", "a", "é", "\udcff", "7001", "record", "dest"])
_values = st.one_of(
    _texts,
    st.integers(-1, 2),
    st.binary(max_size=2),
    st.builds(WideText, _texts),
    st.builds(KVList, st.lists(st.tuples(_texts, st.integers(0, 1)), max_size=1)),
)
_lists = st.builds(KVList, st.lists(st.tuples(_texts, _values), max_size=3))
_dns = st.sampled_from(["first", "last"] * 3 + [*DNS, "8000", "5000", "7999", ""])
_numbers = st.sampled_from([*DNS, *DNS, "95550001", "666", "8000", "5000", ""])
_calls = st.sampled_from([LIVE[0], LIVE[0], LIVE[0], *LIVE, ConnId(99)])
_small = st.integers(-1, 20)
_events = st.sampled_from([int(n) for n, c in CATALOGUE.items() if issubclass(c, Event)])

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "this_dn": _dns,
    "this_queue": st.sampled_from(["8000", "7001", ""]),
    "other_dn": _numbers,
    "communication_dn": st.sampled_from([*DNS, "7999", ""]),
    "conn_id": _calls,
    "transfer_conn_id": _calls,
    "conference_conn_id": _calls,
    "previous_conn_id": _calls,
    "user_data": _lists,
    "extensions": _lists,
    "reasons": _lists,
    "data_key": _texts,
    "dtmf_digits": st.sampled_from(["1", "12#", "", "x"]),
    "private_msg_id": st.integers(3012, 3017),
    "address_info_type": st.integers(0, 30),
    "call_info_type": _small,
    "switch_info_type": _small,
    "location_info_type": _small,
    "register_mode": st.sampled_from([0, 0, 0, 1, 2, 7]),
    "control_mode": _small,
    "address_type": st.sampled_from([0, 1, 1, 2, 77]),
    "merge_type": _small,
    "location": st.sampled_from(["", "SIP_Switch1", "Mars"]),
    "input_mask": st.sampled_from([b"", b"\xff" * 64, b"\xff" * 8]),
    "user_event": _events | _small,
    "client_id": st.integers(0, 4),
    "timeout": _small,
    "agent_id": st.sampled_from(["1001", "1002", "1003", ""]),
    "agent_work_mode": st.integers(-1, 8),
    "forward_mode": st.integers(-1, 6),
    "monitor_next_call_type": st.integers(-1, 2),
    "route_type": st.sampled_from([0, 0, 0, 1, 2, 6, 7, 14, 99]),
    "treatment_type": st.integers(0, 20),
    "treatment_parameters": _lists,
    "num_of_digits": st.integers(-1, 3),
    "x_route_type": st.integers(-1, 12),
    "x_reference_id": st.integers(0, 3),
    "subscription_operation": st.integers(-1, 3),
    "subscription_id": st.sampled_from(["a", "b", ""]),
    "set_operation": _small,
    "priority": _small,
    "place": st.sampled_from(["P1", "P9", ""]),
    "dnis": _texts,
}

Plan = tuple[str, Any]

OFTEN = [cls for cls in SERVED if cls is not RequestRegisterClient]
_classes = st.one_of(
    *[st.sampled_from(sorted(OFTEN, key=lambda cls: cls.__name__))] * 5,
    st.sampled_from([cls for cls in REQUESTS if cls is not RequestRegisterClient]),
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[type[Request], dict[str, Any]]:
    cls = draw(_classes)
    names = sorted(cls._names & FIELDS.keys())
    if issubclass(cls, RequestSendEvent):
        names = ["this_dn", "user_data", "user_event", "client_id", "conn_id"]
    left_out = draw(st.sampled_from(["", "", "", *names]))
    values = {name: draw(FIELDS[name]) for name in names if name != left_out}
    return cls, values


_who = st.integers(0, 2)
_plans: st.SearchStrategy[Plan] = st.one_of(
    st.tuples(st.just("ask"), st.tuples(_who, requests())),
    st.tuples(st.just("ask"), st.tuples(_who, requests())),
    st.tuples(st.just("ask"), st.tuples(_who, requests())),
    st.tuples(st.just("inbound"), st.sampled_from([*DNS, "8000", "5000"])),
    st.tuples(st.just("far-answer"), _calls),
    st.tuples(st.just("far-release"), _calls),
    st.tuples(st.just("busy"), st.tuples(st.sampled_from(DNS), st.booleans())),
    st.tuples(st.just("media"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 1.0, 5.0])),
    st.tuples(st.just("reconnect"), _who),
)


def _named(name: str) -> type[Any]:
    return next(cls for cls in CATALOGUE.values() if cls.__name__ == name)


_A_CALL: list[Plan] = [
    ("ask", (0, (_named("RequestMakeCall"), {"this_dn": "7001", "other_dn": "7002"}))),
    ("ask", (1, (_named("RequestAnswerCall"), {"this_dn": "7002", "conn_id": LIVE[0]}))),
]
_A_CONSULTATION: list[Plan] = [
    *_A_CALL,
    (
        "ask",
        (
            1,
            (
                _named("RequestInitiateTransfer"),
                {"this_dn": "7002", "conn_id": LIVE[0], "other_dn": "7003"},
            ),
        ),
    ),
    ("ask", (2, (_named("RequestAnswerCall"), {"this_dn": "7003", "conn_id": LIVE[0]}))),
]
_A_CONFERENCE: list[Plan] = [
    *_A_CONSULTATION,
    (
        "ask",
        (
            1,
            (
                _named("RequestCompleteConference"),
                {"this_dn": "7002", "conn_id": LIVE[1], "conference_conn_id": LIVE[0]},
            ),
        ),
    ),
]
_AN_AGENT: list[Plan] = [
    (
        "ask",
        (
            0,
            (
                _named("RequestAgentLogin"),
                {
                    "this_dn": "7001",
                    "agent_id": "1001",
                    "this_queue": "8000",
                    "agent_work_mode": 2,
                },
            ),
        ),
    ),
    ("inbound", "8000"),
]
_A_ROUTE: list[Plan] = [("inbound", "5000")]
_runs = st.builds(
    list.__add__,
    st.sampled_from(
        [[], _A_CALL, _A_CALL, _A_CONSULTATION, _A_CONFERENCE, _AN_AGENT, _A_ROUTE]
    ),
    st.lists(_plans, min_size=10, max_size=40),
)


class Run:
    """Three clients, each on two of the three DNs, who do what a plan says."""

    def __init__(self) -> None:
        self.exchange = Exchange(
            dn={"7003": {"answer_after": 2.0, "talk_time": 30.0}}, no_answer_timeout=20
        )
        self.lines: list[Line] = [self._open(number) for number in range(3)]
        self.dns = {line.id: number for number, line in enumerate(self.lines)}
        self.asked: Counter[tuple[int, int]] = Counter()
        self.answered: Counter[tuple[int, int]] = Counter()
        self.later: set[tuple[int, int]] = set()
        self.gone: set[int] = set()
        self.sequence: dict[int, int] = {}
        self.reference = 1000

    def _open(self, number: int) -> Line:
        return self.exchange.open(DNS[number], DNS[number - 1], "8000", "5000")

    def play(self, plan: Plan) -> None:
        kind, what = plan
        if kind == "ask":
            self.ask(self.lines[what[0]], *what[1])
        elif kind == "reconnect":
            self.gone.add(self.lines[what].id)
            self.lines[what].disconnect()
            self.lines[what] = self._open(what)
            self.dns[self.lines[what].id] = what
        elif kind == "wait":
            self.exchange.wait(what)
        elif kind == "media":
            self.exchange.backend.answer_all()
        else:
            self.command(kind, what)
        self.hear()

    def command(self, kind: str, what: Any) -> None:
        command = {
            "inbound": lambda: ArriveInbound(caller=CALLER, to=Dn(what)),
            "far-answer": lambda: FarAnswer(conn_id=self.real(what)),
            "far-release": lambda: FarRelease(conn_id=self.real(what)),
            "busy": lambda: SetPhoneBusy(dn=Dn(what[0]), busy=what[1]),
        }[kind]()
        try:
            self.exchange.perform(command)
        except RequestRefused:
            self.exchange.take(self.exchange.hub.tick(self.exchange.now))

    def party(self, line: Line, values: dict[str, Any]) -> tuple[Line, str]:
        """The first or last DN of the call that is meant, and a client on it."""
        view = self.exchange.switch.call(values.get("conn_id", ConnId(0)))
        dns = [one.dn for one in view.parties if not one.outside] if view else []
        dn = dns[0 if values["this_dn"] == "first" else -1] if dns else DNS[self.dns[line.id]]
        return self.lines[DNS.index(dn)] if dn in DNS else line, dn

    def real(self, conn_id: ConnId) -> ConnId:
        live = [view.conn_id for view in reversed(self.exchange.switch.views())]
        return live[conn_id] if conn_id < len(live) else conn_id

    def ask(self, line: Line, cls: type[Request], values: dict[str, Any]) -> None:
        real = {
            name: self.real(value) if name.endswith("conn_id") else value
            for name, value in values.items()
        }
        if real.get("this_dn") in ("first", "last"):
            line, real["this_dn"] = self.party(line, real)
        self.reference += 1
        request = evolve(bare(cls), **real, reference_id=ReferenceId(self.reference))
        key = (line.id, self.reference)
        self.asked[key] += 1
        line.send(request)
        self.hear()
        if cls in LATER:
            self.later.add(key)
        else:
            assert self.answered[key] == 1, request

    def hear(self) -> None:
        check_places(self.exchange.switch)
        for line in self.exchange.lines.values():
            for message in line.take():
                self.heard(line, message)
            assert not line.closed, line.closed
        assert not self.exchange.journal.broken, [
            entry.detail for entry in self.exchange.journal if entry.kind.value == "bug"
        ]

    def heard(self, line: Line, message: Message) -> None:
        assert isinstance(message, Event)
        if message.reference_id is not None:
            self.answered[line.id, message.reference_id] += 1
        number = getattr(message, "event_sequence_number", None)
        if number is not None:
            assert number > self.sequence.get(line.id, 0)
            self.sequence[line.id] = number

    def finish(self) -> None:
        """Everybody hangs up, and what waits for an answer gets it."""
        for view in self.exchange.switch.views():
            for party in view.parties:
                if not party.outside:
                    values = {"this_dn": party.dn, "conn_id": view.conn_id}
                    helper = self.exchange.open()
                    helper.ask(RequestRegisterAddress(this_dn=party.dn))
                    helper.send(_named("RequestReleaseCall")(**values))
                    helper.disconnect()
        self.exchange.wait(600)
        self.exchange.backend.answer_all()
        self.hear()


@settings(max_examples=120, deadline=None)
@given(_runs)
def test_every_request_is_answered_once_and_nothing_breaks(plans: list[Plan]) -> None:
    run = Run()
    for plan in plans:
        run.play(plan)
    run.finish()

    expected = {key for key in run.asked if key[0] not in run.gone or key not in run.later}
    assert {key for key, count in run.answered.items() if count == 1} >= expected
    assert max(run.answered.values(), default=0) <= 1


@settings(max_examples=30, deadline=None)
@given(_runs)
def test_the_same_requests_get_the_same_bytes(plans: list[Plan]) -> None:
    runs = [Run(), Run()]
    for run in runs:
        for plan in plans:
            run.play(plan)

    raw = [[line.raw for line in run.exchange.lines.values()] for run in runs]
    assert raw[0] == raw[1]


@settings(max_examples=150, deadline=None)
@given(
    requests(),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4),
    st.binary(max_size=20),
)
def test_bytes_that_were_damaged_disturb_nobody_else(
    asked: tuple[type[Request], dict[str, Any]], damage: list[tuple[int, int]], tail: bytes
) -> None:
    run = Run()
    bad, good = run.lines[0], run.lines[1]
    cls, values = asked
    data = bytearray(frame(evolve(bare(cls), **values, reference_id=ReferenceId(7))))
    for place, value in damage:
        data[place % len(data)] = value

    bad.feed(bytes(data) + tail)
    good.take()
    good.ask(_named("RequestQueryServer")())

    assert not run.exchange.journal.broken
    assert not good.closed
