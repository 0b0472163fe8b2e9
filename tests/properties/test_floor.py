"""Agents and queues keep their promises whatever they are asked (BEHAVIOUR.md 1.13, 1.16, 2).

No agent and no call is ever lost, no call is sent to who cannot take it, none waits while
somebody could, and every telephone is told a lawful story of its agent.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.switch.bed import CALLER, Bed
from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn, PartyState
from tlibsim.config import DnSettings, DnType
from tlibsim.ports.media import Instant
from tlibsim.switch import commands as c
from tlibsim.switch.facts import (
    AgentBecameReady,
    AgentFact,
    AgentLoggedIn,
    AgentLoggedOut,
    CallEnded,
    CallStarted,
    PartyDiverted,
    PartyRinging,
)
from tlibsim.switch.perform import perform, remind
from tlibsim.switch.queues import InQueue
from tlibsim.switch.refusals import RequestRefused

DNS = ("7001", "7002", "7003")
QUEUES = ("8000", "8100")
IDS = ("1001", "1002", "1003", "1004")

_dn = st.sampled_from(DNS).map(Dn)
_queue = st.sampled_from(QUEUES).map(Dn)
_maybe_queue = st.none() | _queue
_id = st.sampled_from(IDS)
_mode = st.sampled_from(
    [AgentWorkMode.AutoIn, AgentWorkMode.AutoIn, AgentWorkMode.ManualIn, AgentWorkMode.AuxWork]
)
_any_mode = st.sampled_from(AgentWorkMode)
_call = st.integers(0, 3)
"""Which of the live calls, counted back from the newest."""

_commands = st.one_of(
    st.builds(c.AgentLogin, dn=_dn, agent_id=_id, queue=_queue, work_mode=_mode),
    st.builds(c.AgentLogin, dn=_dn, agent_id=_id, queue=_maybe_queue, work_mode=_mode),
    st.builds(c.AgentReady, dn=_dn, queue=st.none()),
    st.builds(c.AgentNotReady, dn=_dn, queue=st.none(), work_mode=_any_mode),
    st.builds(c.AgentLogout, dn=_dn, queue=_maybe_queue),
    st.builds(
        c.ReserveAgent,
        agent_id=_id,
        priority=st.integers(0, 2),
        seconds=st.sampled_from([0, 2]),
    ),
    st.builds(c.ArriveInbound, caller=st.just(CALLER), to=_queue),
    st.builds(c.ArriveInbound, caller=st.just(CALLER), to=_queue),
    st.builds(c.ArriveInbound, caller=st.just(CALLER), to=_dn),
    st.builds(c.MakeCall, dn=_dn, to=st.sampled_from([*DNS, *QUEUES, "95550001"])),
    st.builds(
        c.MakePredictiveCall,
        dn=_queue,
        to=st.sampled_from(["95550001", "7003", "666"]),
        seconds=st.sampled_from([0, 3]),
    ),
    st.builds(c.SetPhoneBusy, dn=_dn, busy=st.booleans()),
    st.builds(c.SetDnd, dn=_dn, on=st.booleans()),
    st.builds(c.AnswerCall, dn=_dn),
    st.builds(c.AnswerCall, dn=_dn),
)
_later = st.one_of(
    st.tuples(st.sampled_from(["far-answer", "far-machine", "far-fax", "far-release"]), _call),
    st.tuples(st.sampled_from(["release-first", "release-last", "hold", "transfer"]), _call),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 4, 9])),
)
_options = st.fixed_dictionaries(
    {
        "queue_select": st.sampled_from(["longest-idle", "linear"]),
        "acd_ring_timeout": st.sampled_from([0, 2]),
        "no_answer_timeout": st.sampled_from([0, 3]),
        "no_answer_action": st.sampled_from(["none", "notready", "logout"]),
        "wrap_up_time": st.sampled_from([0, 2, "untimed"]),
        "acw_order": st.sampled_from(["before-release", "after-release"]),
        "legal_guard_time": st.sampled_from([0, 1]),
        "timed_acw_in_idle": st.booleans(),
        "acw_in_idle_force_ready": st.booleans(),
        "relogin": st.sampled_from(["error", "replace"]),
        "agent_emu_login_on_call": st.booleans(),
        "max_agents": st.sampled_from([0, 2]),
        "auto_logout_timeout": st.sampled_from([0, 1]),
        "dn": st.sampled_from(
            [{}, {"8000": {"max_calls": 2}}, {"7001": {"answer_after": 1.0}}]
        ),
    }
)
_runs = st.lists(st.one_of(_commands, _commands, _later), min_size=5, max_size=40)


class Floor:
    """A bed that checks every promise after every step."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.bed = Bed(extra=[DnSettings(dn="8100", type=DnType.QUEUE)], **options)
        self.logged_in: dict[str, str] = {}
        self.live: set[ConnId] = set()

    def play(self, step: Any) -> None:
        if not isinstance(step, tuple):
            self.attempt(step)
        elif step[0] == "wait":
            self.wait(step[1])
        else:
            self.act(*step)
        self.check()

    def act(self, word: str, back: int) -> None:
        calls = self.bed.switch.views()
        if back >= len(calls):
            return
        call = calls[-1 - back]
        first, last = call.parties[0].dn, call.parties[-1].dn
        conn_id = call.conn_id
        commands: dict[str, object] = {
            "far-answer": c.FarAnswer(conn_id=conn_id),
            "far-machine": c.FarAnswer(conn_id=conn_id, result=c.FarResult.ANSWERING_MACHINE),
            "far-fax": c.FarAnswer(conn_id=conn_id, result=c.FarResult.FAX),
            "far-release": c.FarRelease(conn_id=conn_id),
            "release-first": c.ReleaseCall(dn=first, conn_id=conn_id),
            "release-last": c.ReleaseCall(dn=last, conn_id=conn_id),
            "hold": c.HoldCall(dn=last, conn_id=conn_id),
            "transfer": c.SingleStepTransfer(dn=last, conn_id=conn_id, to="8100"),
        }
        self.attempt(commands[word])

    def attempt(self, command: object) -> None:
        before = self.bed.everything()
        could = self.could_take()
        try:
            facts = perform(self.bed.switch, command, self.bed.now)
        except RequestRefused:
            assert self.bed.everything() == before
            return
        self.heed(facts, could)

    def wait(self, seconds: int) -> None:
        switch = self.bed.switch
        self.bed.now = Instant(self.bed.now + seconds * 1_000_000)
        for _ in range(1000):
            could = self.could_take()
            reminder = switch.due(self.bed.now)
            if reminder is None:
                return
            self.heed(remind(switch, reminder, self.bed.now), could)
        raise AssertionError("time stands still")

    def could_take(self) -> set[str]:
        """The DNs whose phone is idle and free, by the letter, without the code under test."""
        return {
            dn
            for dn in DNS
            if not self.device(dn).parties
            and not self.device(dn).phone_busy
            and not self.device(dn).telephone.dnd
        }

    def device(self, dn: str) -> Any:
        return self.bed.switch.devices[Dn(dn)]

    def heed(self, facts: Any, could: set[str]) -> None:
        for fact in facts:
            if isinstance(fact, CallStarted):
                self.live.add(fact.call.conn_id)
            elif isinstance(fact, CallEnded):
                self.live.discard(fact.call.conn_id)
            elif isinstance(fact, AgentFact):
                self.follow(fact)
        sent = [f.third.dn for f in facts if isinstance(f, PartyDiverted) and f.third]
        rung = [f.side.dn for f in facts if isinstance(f, PartyRinging) and f.side.queue]
        assert sent == rung, "a call that left the queue rings where it was sent"
        for dn in sent:
            assert self.device(dn).agent is not None
            assert self.device(dn).agent.duty.ready
            assert not self.device(dn).phone_busy
            assert not self.device(dn).telephone.dnd
            assert sum(p.state is PartyState.Alerting for p in self.device(dn).parties) == 1
            freed = any(isinstance(f, CallEnded | AgentBecameReady) for f in facts)
            left = any(getattr(getattr(f, "side", None), "dn", None) == dn for f in facts)
            assert dn in could or freed or left, "a call was sent to a telephone in use"

    def follow(self, fact: AgentFact) -> None:
        """Nobody is told of an agent who is not there."""
        if isinstance(fact, AgentLoggedIn):
            assert self.logged_in.setdefault(fact.dn, fact.agent_id) == fact.agent_id
        else:
            assert self.logged_in.get(fact.dn) == fact.agent_id
        if isinstance(fact, AgentLoggedOut):
            del self.logged_in[fact.dn]

    def check(self) -> None:
        switch = self.bed.switch
        assert {v.conn_id for v in switch.views()} == self.live
        agents = switch.floor.agents
        assert {a.device.dn: a.agent_id for a in agents.values()} == self.logged_in
        assert {d.dn: d.agent.agent_id for d in switch.devices.values() if d.agent} == (
            self.logged_in
        )
        assert not switch.floor.stirred
        assert not switch.floor.pressed
        for dn in QUEUES:
            self.check_queue(dn)

    def check_queue(self, dn: str) -> None:
        queue = self.device(dn)
        wait = [p for p in queue.parties if p.state is PartyState.Queued]
        agents = self.bed.switch.floor.agents.values()
        members = [a for a in agents if dn in a.queues]
        could = self.could_take()
        free = [a for a in members if a.duty.ready and a.device.dn in could]
        assert not (wait and free), "a call waits and an agent waits"
        assert all(isinstance(p.errand, InQueue) for p in wait)
        if queue.acd is None:
            assert not wait
            assert not members
            return
        assert all(p in queue.acd.waiting for p in wait)
        assert set(queue.acd.members) == set(members)
        assert len(queue.acd.available) == len(free)
        assert all(agent in queue.acd.available for agent in free)


@settings(max_examples=200, deadline=None)
@given(_options, _runs)
def test_no_agent_and_no_call_is_lost_or_sent_where_it_cannot_be_taken(
    options: dict[str, Any], steps: list[Any]
) -> None:
    floor = Floor(options)
    for step in steps:
        floor.play(step)


@settings(max_examples=60, deadline=None)
@given(_options, _runs)
def test_with_an_agent_who_takes_every_call_every_queue_is_emptied(
    options: dict[str, Any], steps: list[Any]
) -> None:
    floor = Floor(options)
    for step in steps:
        floor.play(step)

    floor.play(c.AgentNotReady(dn=Dn("7001")))
    floor.play(c.AgentNotReady(dn=Dn("7002")))
    floor.play(c.AgentNotReady(dn=Dn("7003")))
    for dn in map(Dn, DNS):
        for party in floor.device(dn).parties:
            floor.play(c.ReleaseCall(dn=dn, conn_id=party.call.conn_id))
        floor.play(c.AgentLogout(dn=dn))
    floor.play(c.SetDnd(dn=Dn("7001"), on=False))
    floor.play(c.SetPhoneBusy(dn=Dn("7001"), busy=True))
    for queue in map(Dn, QUEUES):
        floor.play(
            c.AgentLogin(
                dn=Dn("7001"), agent_id="1001", queue=queue, work_mode=AgentWorkMode.AutoIn
            )
        )
    floor.play(c.SetPhoneBusy(dn=Dn("7001"), busy=False))
    for _ in range(200):
        ringing = floor.device("7001").parties
        if not ringing:
            break
        floor.play(c.AnswerCall(dn=Dn("7001"), conn_id=ringing[0].call.conn_id))
        floor.play(c.ReleaseCall(dn=Dn("7001"), conn_id=ringing[0].call.conn_id))
        floor.play(c.AgentReady(dn=Dn("7001")))

    for dn in QUEUES:
        queue = floor.device(dn)
        assert not any(party.state is PartyState.Queued for party in queue.parties)
