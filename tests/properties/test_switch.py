"""For any sequence of commands the switch keeps its promises (HOUSE.md 14)."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.switch.bed import CALLER, Bed, check_places
from tlibproto.vocabulary import (
    EMPTY_KVLIST,
    ConnId,
    Dn,
    ForwardMode,
    KVList,
    WideText,
)
from tlibsim.switch import commands as c
from tlibsim.switch.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    CallView,
    Fact,
    PartyFact,
    WentOffHook,
    WentOnHook,
)
from tlibsim.switch.perform import perform, remind
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.states import ESTABLISHED, UNANSWERED

DNS = ("7001", "7002", "7003")
NUMBERS = (*DNS, *DNS, "95550001", "95550002", "666", "", "8000")
SUPERVISOR = Dn("7004")

_texts = st.text("abc", max_size=3)
_values = st.one_of(
    _texts, st.integers(-9, 9), st.binary(max_size=3), st.builds(WideText, _texts)
)
_lists = st.builds(KVList, st.lists(st.tuples(st.sampled_from("abc"), _values), max_size=3))
_maybe_lists = st.none() | _lists
_dns = st.sampled_from(DNS)
_calls = st.sampled_from([0, 0, 0, 1, 1, 2, 9])
"""Which call: counted back from the newest that lives; beyond, the first of the run."""
_who = st.sampled_from(["first", "last", "last", "7001", "7003"])
"""Which DN: the first or last party of that call, or one by its number."""

_options = st.fixed_dictionaries(
    {
        "busy_release_delay": st.sampled_from([0, 2]),
        "no_answer_timeout": st.sampled_from([0, 3]),
        "no_answer_overflow": st.sampled_from(["", "7003", "95550009", "666"]),
        "invalid_dest": st.sampled_from(["destbusy", "error"]),
        "attach_existing": st.sampled_from(["append", "replace"]),
        "delete_missing": st.sampled_from(["event", "error"]),
        "releasing_party_report": st.booleans(),
        "late_calltype": st.booleans(),
        "user_data_limit": st.sampled_from([0, 40]),
        "same_state": st.sampled_from(["ok", "error"]),
        "emit_hook_events": st.booleans(),
        "sip_enable_call_info": st.booleans(),
        "default_monitor_scope": st.sampled_from(["call", "agent"]),
        "intrusion_enabled": st.booleans(),
        "dn": st.sampled_from(
            [
                {},
                {"7002": {"max_calls": 1}, "trunk-out": {"max_calls": 1}},
                {"7001": {"answer_after": 1.0, "talk_time": 4.0}},
                {"7003": {"answer_after": 0.0}, "trunk-out": {"answer_after": 2.0}},
            ]
        ),
    }
)

Step = tuple[str, tuple[Any, ...]]

_steps = st.one_of(
    st.tuples(st.just("make"), st.tuples(_dns, st.sampled_from(NUMBERS), _maybe_lists)),
    st.tuples(st.just("inbound"), st.tuples(_dns, _maybe_lists)),
    st.tuples(st.just("answer"), st.tuples(_calls, _who)),
    st.tuples(st.just("pick-up"), st.tuples(_dns)),
    st.tuples(st.just("release"), st.tuples(_calls, _who)),
    st.tuples(st.sampled_from(["answer", "hold"]), st.tuples(_calls, _who)),
    st.tuples(st.sampled_from(["answer", "retrieve"]), st.tuples(_calls, _who)),
    st.tuples(st.sampled_from(["answer", "dtmf"]), st.tuples(_calls, _who)),
    st.tuples(st.just("far-answer"), st.tuples(_calls)),
    st.tuples(st.just("far-release"), st.tuples(_calls)),
    st.tuples(st.just("digits"), st.tuples(_calls)),
    st.tuples(st.just("busy"), st.tuples(_dns, st.sampled_from([False, False, True]))),
    st.tuples(
        st.just("data"),
        st.tuples(
            _calls,
            st.none() | _who,
            st.sampled_from(c.DataChange),
            _lists,
            st.sampled_from("abc"),
        ),
    ),
    st.tuples(st.just("dnd"), st.tuples(_dns, st.sampled_from([False, False, True]))),
    st.tuples(
        st.just("forward"),
        st.tuples(_dns, st.sampled_from(ForwardMode), st.sampled_from(NUMBERS)),
    ),
    st.tuples(st.just("no-forward"), st.tuples(_dns)),
    st.tuples(st.just("out-of-service"), st.tuples(_dns)),
    st.tuples(st.sampled_from(["in-service", "in-service", "watch"]), st.tuples(_dns)),
    st.tuples(st.sampled_from(["watch", "watch-all"]), st.tuples(_dns)),
    st.tuples(st.just("pick-up"), st.tuples(st.just(SUPERVISOR))),
    st.tuples(st.just("release"), st.tuples(_calls, st.just(SUPERVISOR))),
    st.tuples(st.just("mute"), st.tuples(_calls, st.just(SUPERVISOR), st.booleans())),
    st.tuples(st.just("wait"), st.tuples(st.sampled_from([0, 1, 5]))),
)


def _data(
    conn_id: ConnId, dn: str | None, kind: c.DataChange, pairs: KVList, key: str
) -> object:
    return c.ChangeUserData(
        dn=None if dn is None else Dn(dn), conn_id=conn_id, change=kind, pairs=pairs, key=key
    )


_BEGINNINGS: list[list[Step]] = [
    [],
    [("make", ("7001", "7002", None)), ("answer", (0, "last"))],
    [
        ("inbound", ("7001", None)),
        ("answer", (0, "last")),
        ("make", ("7002", "7003", None)),
        ("make", ("7003", "95550001", None)),
        ("far-answer", (0,)),
    ],
    [
        ("watch-all", ("7001",)),
        ("inbound", ("7001", None)),
        ("answer", (0, "last")),
        ("pick-up", (SUPERVISOR,)),
    ],
]


def runs(most: int) -> st.SearchStrategy[list[Step]]:
    """A run of at most that many steps, as a rule with some calls to begin with."""
    return st.builds(
        list.__add__,
        st.sampled_from(_BEGINNINGS),
        st.lists(_steps, min_size=8, max_size=most),
    )


MAKERS: dict[str, Callable[..., object]] = {
    "make": lambda dn, to, data: c.MakeCall(dn=dn, to=to, user_data=data),
    "inbound": lambda to, data: c.ArriveInbound(caller=CALLER, to=to, user_data=data),
    "answer": lambda call, dn: c.AnswerCall(dn=dn, conn_id=call),
    "pick-up": lambda dn: c.AnswerCall(dn=dn),
    "release": lambda call, dn: c.ReleaseCall(dn=dn, conn_id=call),
    "hold": lambda call, dn: c.HoldCall(dn=dn, conn_id=call),
    "retrieve": lambda call, dn: c.RetrieveCall(dn=dn, conn_id=call),
    "dtmf": lambda call, dn: c.SendDtmf(dn=dn, conn_id=call, digits="1"),
    "far-answer": lambda call: c.FarAnswer(conn_id=call),
    "far-release": lambda call: c.FarRelease(conn_id=call),
    "digits": lambda call: c.PressDigits(conn_id=call, digits="1"),
    "busy": lambda dn, busy: c.SetPhoneBusy(dn=dn, busy=busy),
    "data": _data,
    "dnd": lambda dn, on: c.SetDnd(dn=dn, on=on),
    "forward": lambda dn, mode, to: c.SetForward(dn=dn, mode=mode, to=to),
    "no-forward": lambda dn: c.CancelForward(dn=dn),
    "out-of-service": lambda dn: c.SetOutOfService(dn=dn),
    "in-service": lambda dn: c.SetInService(dn=dn),
    "watch": lambda agent: c.MonitorNextCall(dn=SUPERVISOR, agent=agent),
    "watch-all": lambda agent: c.MonitorNextCall(dn=SUPERVISOR, agent=agent, once=False),
    "mute": lambda call, dn, muted: c.SetMute(dn=dn, conn_id=call, muted=muted),
}

FOLLOWERS = {
    "PartyDialing": {
        "PartyNetworkReached",
        "PartyDestinationBusy",
        "PartyEstablished",
        "PartyReleased",
    },
    "PartyNetworkReached": {"PartyDestinationBusy", "PartyEstablished", "PartyReleased"},
    "PartyDestinationBusy": {"PartyReleased"},
    "PartyQueued": {"PartyDiverted", "PartyReleased", "PartyAbandoned"},
    "PartyRinging": {"PartyEstablished", "PartyReleased", "PartyAbandoned"},
    "PartyEstablished": {"PartyHeld", "DtmfSent", "PartyReleased"},
    "DtmfSent": {"PartyHeld", "DtmfSent", "PartyReleased"},
    "PartyHeld": {"PartyRetrieved", "PartyReleased"},
    "PartyRetrieved": {"PartyHeld", "DtmfSent", "PartyReleased"},
    "PartyReleased": {"PartyRinging"},
    "PartyAbandoned": {"PartyRinging"},
}
"""What a DN may be told next of the same call; a call may come back by an overflow."""
FIRST = {"PartyDialing", "PartyRinging", "PartyQueued"}
BESIDE = {"PartyAdded", "PartyDeleted", "PartyMuted", "PartyUnmuted"}
"""What a DN may be told at any time between the first and the last."""
LAST = {"PartyReleased", "PartyAbandoned"}


class Watched:
    """A bed that checks every promise after every step, beside a model of the user data."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.bed = Bed(**options)
        self.data: dict[ConnId, KVList] = {}
        self.begun: list[ConnId] = []
        self.ended: set[ConnId] = set()
        self.last: dict[tuple[ConnId, Dn, str], str] = {}
        self.lifted: set[Dn] = set()
        self.options = self.bed.switch.options

    def play(self, step: Step) -> None:
        name, arguments = step
        if name == "wait":
            self.let_time_pass(arguments[0])
        else:
            self.try_command(name, arguments)
        self.check()

    def try_command(self, name: str, arguments: tuple[Any, ...]) -> None:
        command = MAKERS[name](*self.real(arguments))
        before = self.bed.everything()
        try:
            facts = perform(self.bed.switch, command, self.bed.now)
        except RequestRefused:
            assert self.bed.everything() == before
            return
        if isinstance(command, c.ChangeUserData):
            self.data[command.conn_id] = self.changed(command)
        self.heed(facts, getattr(command, "user_data", None))

    def real(self, arguments: tuple[Any, ...]) -> list[Any]:
        """The arguments with a call of the run, and a DN of it, in place of words."""
        if type(arguments[0]) is not int:
            return list(arguments)
        back, *rest = arguments
        live = tuple(self.bed.switch.calls) or (ConnId(1),)
        conn_id = live[-1 - back] if back < len(live) else (*self.begun, live[0])[0]
        call = self.bed.switch.call(conn_id)
        ends = {"first": 0, "last": -1}
        if rest and rest[0] in ends:
            rest[0] = call.parties[ends[rest[0]]].dn if call is not None else Dn("7002")
        return [conn_id, *rest]

    def let_time_pass(self, seconds: int) -> None:
        self.bed.now = type(self.bed.now)(self.bed.now + seconds * 1_000_000)
        rounds = 0
        while (reminder := self.bed.switch.due(self.bed.now)) is not None:
            self.heed(remind(self.bed.switch, reminder, self.bed.now), None)
            rounds += 1
            assert rounds < 1000

    def changed(self, command: c.ChangeUserData) -> KVList:
        """The user data by the letter of BEHAVIOUR.md 4.2, without the code under test."""
        old = list(self.data[command.conn_id])
        news = list(command.pairs or ())
        if command.change is c.DataChange.DELETE_ALL:
            return EMPTY_KVLIST
        if command.change is c.DataChange.DELETE_PAIR:
            return KVList([pair for pair in old if pair[0] != command.key])
        replaces = self.options.attach_existing == "replace"
        if command.change is c.DataChange.ATTACH and not replaces:
            return KVList(old + news)
        for key, value in news:
            places = [at for at, pair in enumerate(old) if pair[0] == key]
            if places:
                old[places[0]] = (key, value)
                old = [p for at, p in enumerate(old) if at not in places[1:]]
            else:
                old.append((key, value))
        return KVList(old)

    def heed(self, facts: Any, attached: KVList | None) -> None:
        for fact in facts:
            if isinstance(fact, WentOffHook | WentOnHook):
                self.hook(fact)
            if not isinstance(fact, CallFact):
                continue
            call: CallView = fact.call
            assert call.conn_id not in self.ended, "a fact after the end of its call"
            if isinstance(fact, CallStarted):
                assert call.conn_id not in self.begun, "a ConnID was used again"
                self.begun.append(call.conn_id)
                self.data[call.conn_id] = attached or EMPTY_KVLIST
            assert call.conn_id in self.begun, "a fact before the beginning of its call"
            assert call.user_data == self.data[call.conn_id]
            self.follow(fact)
            if isinstance(fact, CallEnded):
                self.end(call.conn_id)

    def hook(self, fact: WentOffHook | WentOnHook) -> None:
        """A receiver is lifted when it is down, and put down when it is lifted."""
        lifts = isinstance(fact, WentOffHook)
        assert lifts is (fact.dn not in self.lifted)
        self.lifted ^= {fact.dn}

    def follow(self, fact: Fact) -> None:
        if not isinstance(fact, PartyFact) or fact.side.outside:
            return
        place = (fact.call.conn_id, fact.side.dn, fact.side.role.name)
        before, now = self.last.get(place), type(fact).__name__
        if now in BESIDE:
            assert before is not None and before not in LAST, (place, before, now)
            return
        assert now in (FIRST if before is None else FOLLOWERS[before]), (place, before, now)
        self.last[place] = now

    def end(self, conn_id: ConnId) -> None:
        self.ended.add(conn_id)
        for (call, dn, _), name in self.last.items():
            assert call != conn_id or name in LAST, (dn, name)

    def check(self) -> None:
        switch = self.bed.switch
        live = {view.conn_id for view in switch.views()}
        assert live == set(self.begun) - self.ended
        check_places(switch)
        for call in switch.calls.values():
            assert call.view().user_data == self.data[call.conn_id]
            members = call.members()
            assert members, "only supervisors are left"
            established = [p for p in members if p.state in ESTABLISHED]
            assert len(established) in (0, 2), "one side talks and the other does not"
        if self.options.emit_hook_events:
            used = {
                d.dn
                for d in switch.devices.values()
                if d.callable and any(p.state not in UNANSWERED for p in d.parties)
            }
            assert used == self.lifted


@settings(max_examples=150, deadline=None)
@given(_options, runs(40))
def test_the_switch_keeps_its_promises_whatever_it_is_asked(
    options: dict[str, Any], steps: list[Step]
) -> None:
    watched = Watched(options)
    for step in steps:
        watched.play(step)


@settings(max_examples=50, deadline=None)
@given(_options, runs(30))
def test_when_everybody_hangs_up_nothing_is_left(
    options: dict[str, Any], steps: list[Step]
) -> None:
    watched = Watched(options)
    for step in steps:
        watched.play(step)

    for conn_id in tuple(watched.bed.switch.calls):
        call = watched.bed.switch.calls[conn_id]
        while conn_id in watched.bed.switch.calls:
            party = call.parties[0]
            command = (
                c.FarRelease(conn_id=conn_id)
                if party.device is None
                else c.ReleaseCall(dn=party.dn, conn_id=conn_id)
            )
            watched.heed(perform(watched.bed.switch, command, watched.bed.now), None)
    watched.check()

    assert not watched.bed.switch.views()
    assert not any(d.parties or d.lines_taken for d in watched.bed.switch.devices.values())
    watched.let_time_pass(3600)
    assert watched.bed.switch.next_deadline() is None


@settings(max_examples=40, deadline=None)
@given(_options, runs(25))
def test_the_same_commands_tell_the_same_facts(
    options: dict[str, Any], steps: list[Step]
) -> None:
    runs = [Watched(options), Watched(options)]
    for run in runs:
        for step in steps:
            run.play(step)

    assert runs[0].bed.everything() == runs[1].bed.everything()
    assert runs[0].last == runs[1].last
