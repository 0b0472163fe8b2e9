"""Whatever is asked of calls, by anybody and in any order: the promises of the whole call model.

No call survives without a live party, nobody is in a call twice, identifiers never repeat, user
data is never lost, a refused command changes nothing, and what the clients on each DN are told is
a lawful story that ends where the switch itself says that the DN is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.switch.bed import CALLER, Bed, check_places
from tlibproto.vocabulary import (
    AgentWorkMode,
    CallState,
    ConnId,
    Dn,
    ForwardMode,
    KVList,
    PartyState,
    RouteType,
    TreatmentType,
)
from tlibsim.switch import commands as c
from tlibsim.switch import facts as f
from tlibsim.switch.call import Party
from tlibsim.switch.perform import perform, remind
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.watch import MonitorScope

DNS = [Dn(dn) for dn in ("7001", "7002", "7003", "7004")]
TARGETS = [*DNS, *DNS, Dn("8000"), Dn("5000"), Dn("95550001"), Dn("4711"), Dn("")]
QUEUE, POINT = Dn("8000"), Dn("5000")
GIVEN = [None, None, KVList.of(a="1"), KVList((("b", "1"), ("b", "2"), ("c", 3)))]

_options = st.fixed_dictionaries(
    {
        "blind_transfer": st.sampled_from(["allow", "allow", "reject"]),
        "blind_established_to_held": st.booleans(),
        "release_completes_transfer": st.booleans(),
        "mute_transfer_as_single_step": st.booleans(),
        "transfer_release_order": st.sampled_from(["consult-first", "main-first"]),
        "sst_partychanged": st.sampled_from(["alerting", "answer"]),
        "ssc_partyadded": st.sampled_from(["answer", "alerting"]),
        "conf_requestor_partychanged": st.booleans(),
        "drop_external_only": st.booleans(),
        "divert_on_ringing": st.booleans(),
        "after_routing_timeout": st.sampled_from([0, 4]),
        "acd_ring_timeout": st.sampled_from([0, 3]),
        "no_answer_timeout": st.sampled_from([0, 3]),
        "no_answer_overflow": st.sampled_from(["", "7004", "8000", "5000"]),
        "default_dn": st.sampled_from(["", "7003", "8000"]),
        "router_timeout": st.sampled_from([0, 5]),
        "busy_release_delay": st.sampled_from([0, 2]),
        "wrap_up_time": st.sampled_from([0, 2]),
        "consult_user_data": st.sampled_from(["separate", "inherited"]),
        "merged_user_data": st.sampled_from(["main-only", "merged-over-main"]),
        "invalid_dest": st.sampled_from(["destbusy", "error"]),
    }
)

_number = st.integers(0, 11)
Step = tuple[str, int, int, int]


class Now:
    """What commands can be about at this moment, picked by numbers."""

    def __init__(self, bed: Bed, first: int, second: int, third: int) -> None:
        self.bed = bed
        self.numbers = first, second, third
        parties = [
            party
            for call in bed.switch.calls.values()
            for party in call.parties
            if party.device is not None
        ]
        self.party: Party | None = parties[first % len(parties)] if parties else None
        self.dn = Dn("7001") if self.party is None else self.party.dn
        self.conn_id = ConnId(99) if self.party is None else self.party.call.conn_id
        own = (
            () if self.party is None or self.party.device is None else self.party.device.parties
        )
        others = [one.call.conn_id for one in own if one is not self.party]
        self.other_conn_id = others[second % len(others)] if others else ConnId(98)
        members = [] if self.party is None else self.party.call.members()
        self.member = members[second % len(members)].dn if members else Dn("7002")
        self.to = TARGETS[second % len(TARGETS)]
        self.desk = DNS[first % len(DNS)]
        self.data = GIVEN[third % len(GIVEN)]
        self.flag = bool(third % 2)
        conn_ids = list(bed.switch.calls)
        self.any = conn_ids[first % len(conn_ids)] if conn_ids else ConnId(97)


def _waiting_at(now: Now, dn: Dn) -> ConnId:
    """A call that waits there, if one does."""
    parties = now.bed.switch.devices[dn].parties
    return parties[now.numbers[1] % len(parties)].call.conn_id if parties else now.conn_id


def _subject(now: Now) -> dict[str, Any]:
    return {"dn": now.dn, "conn_id": now.conn_id}


def _consult(now: Now) -> object:
    return c.Consult(**_subject(now), to=now.to, purpose=c.Purpose.TRANSFER, user_data=now.data)


def _change(now: Now) -> object:
    return c.ChangeUserData(
        **_subject(now), change=c.DataChange.ATTACH, pairs=now.data or KVList.of(z="9")
    )


def _route(now: Now) -> object:
    kinds = [RouteType.Unknown, RouteType.Unknown, RouteType.Default, RouteType.Reject]
    return c.RouteCall(
        dn=POINT,
        conn_id=_waiting_at(now, POINT),
        to=now.to,
        route_type=kinds[now.numbers[2] % len(kinds)],
    )


def _log_in(now: Now) -> object:
    return c.AgentLogin(
        dn=now.desk,
        agent_id=f"1{now.desk[1:]}",
        queue=QUEUE,
        work_mode=AgentWorkMode.AutoIn,
    )


COMMANDS: Mapping[str, Callable[[Now], object]] = {
    "make": lambda now: c.MakeCall(dn=now.desk, to=now.to, user_data=now.data),
    "inbound": lambda now: c.ArriveInbound(caller=CALLER, to=now.to, user_data=now.data),
    "predictive": lambda now: c.MakePredictiveCall(
        dn=QUEUE, to="95550009", seconds=4, user_data=now.data
    ),
    "answer": lambda now: c.AnswerCall(**_subject(now)),
    "pick-up": lambda now: c.AnswerCall(dn=now.dn),
    "far-answer": lambda now: c.FarAnswer(conn_id=now.any),
    "far-release": lambda now: c.FarRelease(conn_id=now.any),
    "release": lambda now: c.ReleaseCall(**_subject(now)),
    "hold": lambda now: c.HoldCall(**_subject(now)),
    "retrieve": lambda now: c.RetrieveCall(**_subject(now)),
    "consult": _consult,
    "transfer": lambda now: c.CompleteTransfer(
        **_subject(now), consult_conn_id=now.other_conn_id
    ),
    "confer": lambda now: c.CompleteConference(
        **_subject(now), consult_conn_id=now.other_conn_id
    ),
    "mute-transfer": lambda now: c.MuteTransfer(**_subject(now), to=now.to, user_data=now.data),
    "single-step": lambda now: c.SingleStepTransfer(
        **_subject(now), to=now.to, user_data=now.data
    ),
    "invite": lambda now: c.SingleStepConference(
        **_subject(now), to=now.to, user_data=now.data
    ),
    "delete": lambda now: c.DeleteFromConference(**_subject(now), other=now.member),
    "alternate": lambda now: c.AlternateCall(
        dn=now.dn, active=now.conn_id, held=now.other_conn_id
    ),
    "reconnect": lambda now: c.ReconnectCall(
        dn=now.dn, active=now.conn_id, held=now.other_conn_id
    ),
    "merge": lambda now: c.MergeCalls(
        **_subject(now),
        other_conn_id=now.other_conn_id,
        purpose=c.Purpose.CONFERENCE if now.flag else c.Purpose.TRANSFER,
    ),
    "redirect": lambda now: c.RedirectCall(**_subject(now), to=now.to),
    "clear": lambda now: c.ClearCall(**_subject(now)),
    "deaf": lambda now: c.SetListening(**_subject(now), other=now.member, listening=now.flag),
    "mute": lambda now: c.SetMute(**_subject(now), muted=now.flag),
    "dtmf": lambda now: c.SendDtmf(**_subject(now), digits="12#"),
    "attach": _change,
    "route": _route,
    "treatment": lambda now: c.ApplyTreatment(
        dn=POINT, conn_id=_waiting_at(now, POINT), treatment=TreatmentType.Music
    ),
    "log-in": _log_in,
    "log-out": lambda now: c.AgentLogout(dn=now.desk),
    "ready": lambda now: c.AgentReady(dn=now.desk),
    "not-ready": lambda now: c.AgentNotReady(dn=now.desk),
    "busy": lambda now: c.SetPhoneBusy(dn=now.desk, busy=now.flag),
    "dnd": lambda now: c.SetDnd(dn=now.desk, on=now.flag),
    "forward": lambda now: c.SetForward(
        dn=now.desk, mode=ForwardMode(1 + now.numbers[2] % 4), to=now.to or "7001"
    ),
    "no-forward": lambda now: c.CancelForward(dn=now.desk),
    "network-consult": lambda now: c.NetworkConsult(**_subject(now), to=now.to),
    "network-transfer": lambda now: c.NetworkSingleStepTransfer(**_subject(now), to=now.to),
    "network-step": lambda now: c.ChangeNetworkCall(
        **_subject(now), step=list(c.NetworkStep)[now.numbers[2] % 4]
    ),
    "watch": lambda now: c.MonitorNextCall(
        dn=DNS[now.numbers[1] % 2 + 2],
        agent=now.desk,
        once=now.flag,
        scope=MonitorScope.AGENT if now.numbers[2] % 4 > 1 else MonitorScope.CALL,
    ),
    "unwatch": lambda now: c.CancelMonitoring(dn=now.desk, agent=Dn("")),
    "out-of-service": lambda now: c.SetOutOfService(dn=now.desk),
    "in-service": lambda now: c.SetInService(dn=now.desk),
}

OFTEN = [
    *("answer", "pick-up", "consult", "transfer", "confer", "far-answer") * 3,
    *("make", "inbound", "single-step", "invite", "merge", "redirect", "route", "log-in") * 2,
    "watch",
    "network-step",
]
_name = st.sampled_from([*OFTEN, *COMMANDS, "wait"])
_steps: st.SearchStrategy[Step] = st.tuples(_name, _number, _number, _number)

_TALK: list[Step] = [("make", 0, 1, 0), ("answer", 1, 0, 0)]
_CONSULTATION: list[Step] = [*_TALK, ("consult", 1, 2, 0)]
_BEGINNINGS: list[list[Step]] = [
    [],
    _TALK,
    _CONSULTATION,
    [*_CONSULTATION, ("answer", 3, 0, 0)],
    [*_CONSULTATION, ("answer", 3, 0, 0), ("confer", 1, 0, 0)],
    [("log-in", 0, 0, 0), ("log-in", 1, 0, 0), ("inbound", 0, 8, 2)],
    [("inbound", 0, 9, 2), ("route", 0, 1, 0)],
    [("inbound", 0, 0, 2), ("answer", 0, 0, 0), ("network-consult", 0, 1, 0)],
    [("watch", 1, 1, 0), *_TALK, ("answer", 2, 0, 0)],
]
runs = st.builds(
    list.__add__, st.sampled_from(_BEGINNINGS), st.lists(_steps, min_size=10, max_size=45)
)


# -- the story of one DN in one call --------------------------------------------------------------

GONE = ""
LIVE = {"dialing", "busy", "ringing", "queued", "connected", "held"}
TALKING = {"connected", "held"}

STORY: Mapping[type[f.PartyFact], tuple[set[str], str | None]] = {
    f.PartyDialing: ({GONE}, "dialing"),
    f.ConsultationDialing: ({GONE}, "dialing"),
    f.PartyRinging: ({GONE}, "ringing"),
    f.PartyQueued: ({GONE, "dialing"}, "queued"),
    f.PartyNetworkReached: ({"dialing"}, None),
    f.PartyDestinationBusy: ({"dialing"}, "busy"),
    f.PartyHeld: ({"connected"}, "held"),
    f.PartyRetrieved: ({"held"}, "connected"),
    f.PartyReleased: (LIVE, GONE),
    f.PartyAbandoned: ({"ringing", "queued"}, GONE),
    f.PartyDiverted: ({"queued"}, GONE),
    f.RouteRequested: ({"queued"}, None),
    f.RouteUsed: ({"queued"}, None),
    f.TreatmentApplied: ({"queued"}, None),
    f.TreatmentEnded: ({"queued"}, None),
    f.PartyAdded: (LIVE, None),
    f.PartyDeleted: (LIVE, None),
    f.PartyMuted: (TALKING, None),
    f.PartyUnmuted: (TALKING, None),
    f.ListenDisconnected: (LIVE, None),
    f.ListenReconnected: (LIVE, None),
    f.DtmfSent: ({"connected"}, None),
}
"""After which states an event may come, and the state after it; None: it stays."""

SHOWN = {
    PartyState.Dialing: "dialing",
    PartyState.Busy: "busy",
    PartyState.Alerting: "ringing",
    PartyState.Queued: "queued",
    PartyState.Connected: "connected",
    PartyState.Held: "held",
}

Place = tuple[Dn, ConnId]


class Stories:
    """Where each DN is in each call, by what its clients were told and nothing else."""

    def __init__(self, *, told_again: bool) -> None:
        self.places: dict[Place, str] = {}
        self._told_again = told_again

    def hear(self, fact: f.PartyFact) -> None:
        place = fact.side.dn, fact.call.conn_id
        if fact.side.outside:
            return
        if type(fact) is f.PartyChanged:
            self._changed(fact, place)
        elif type(fact) is f.PartyEstablished:
            before = self.places.get(place, GONE)
            assert before in ({"dialing", "ringing"} | (TALKING if self._told_again else set()))
            self.places[place] = before if before in TALKING else "connected"
        else:
            allowed, after = STORY[type(fact)]
            before = self.places.get(place, GONE)
            assert before in allowed, (place, before, fact)
            rejected = type(fact) is f.RouteUsed and fact.call_state == CallState.Dropped
            self._set(place, GONE if rejected else before if after is None else after)

    def _changed(self, fact: f.PartyChanged, place: Place) -> None:
        """The call of a party has another ConnID, or the party somebody else to talk to."""
        assert fact.previous_conn_id is not None
        before = self.places.pop((place[0], fact.previous_conn_id), GONE)
        assert before in LIVE, (place, fact)
        assert place not in self.places, (place, fact)
        self._set(place, before)

    def _set(self, place: Place, state: str) -> None:
        if state == GONE:
            self.places.pop(place, None)
        else:
            self.places[place] = state


class Watched:
    """A bed that checks every promise after every step."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.bed = Bed(**options)
        self.stories = Stories(told_again=bool(options["blind_established_to_held"]))
        self.conn_ids: set[ConnId] = set()
        self.uuids: dict[str, ConnId] = {}
        self.party_uuids: dict[str, Dn] = {}
        self.ended: set[ConnId] = set()

    def play(self, steps: Sequence[Step]) -> None:
        for name, *numbers in steps:
            if name == "wait":
                self.wait(numbers[0] % 6)
            else:
                self.do(COMMANDS[name](Now(self.bed, *numbers)))

    def do(self, command: object) -> None:
        bed = self.bed
        before = bed.everything()
        data = {call.conn_id: call.user_data for call in bed.switch.calls.values()}
        try:
            facts = perform(bed.switch, command, bed.now)
        except RequestRefused:
            assert bed.everything() == before, command
            return
        self.heed(facts, data)

    def wait(self, seconds: int) -> None:
        bed = self.bed
        bed.now = type(bed.now)(bed.now + seconds * 1_000_000)
        rounds = 0
        while (reminder := bed.switch.due(bed.now)) is not None:
            data = {call.conn_id: call.user_data for call in bed.switch.calls.values()}
            self.heed(remind(bed.switch, reminder, bed.now), data)
            rounds += 1
            assert rounds < 2000

    def heed(self, facts: Sequence[object], data: Mapping[ConnId, KVList]) -> None:
        for fact in facts:
            if isinstance(fact, f.CallFact):
                self.identify(fact)
            if isinstance(fact, f.PartyFact):
                self.stories.hear(fact)
        self.check(data)

    def identify(self, fact: f.CallFact) -> None:
        """Identifiers are of one call, and of one party, for ever."""
        call = fact.call
        assert call.conn_id not in self.ended, "a fact after the end of its call"
        if isinstance(fact, f.CallStarted):
            assert call.conn_id not in self.conn_ids, "a ConnID was used again"
            assert call.call_uuid not in self.uuids, "a CallUUID was used again"
            self.conn_ids.add(call.conn_id)
        assert self.uuids.setdefault(call.call_uuid, call.conn_id) == call.conn_id
        for party in call.parties:
            assert self.party_uuids.setdefault(party.uuid, party.dn) == party.dn
        if isinstance(fact, f.CallEnded):
            self.ended.add(call.conn_id)

    def check(self, data: Mapping[ConnId, KVList]) -> None:
        switch = self.bed.switch
        check_places(switch)
        assert set(switch.calls) == self.conn_ids - self.ended
        real: dict[Place, str] = {}
        for call in switch.calls.values():
            dns = [party.dn for party in call.parties if party.device is not None]
            assert len(dns) == len(set(dns)), "a DN is in a call twice"
            assert any(party.state in SHOWN for party in call.parties)
            for party in call.parties:
                if party.device is not None:
                    real[party.dn, call.conn_id] = SHOWN[party.state]
            kept = data.get(call.conn_id, KVList())
            assert all(call.user_data.has(key) for key, _ in kept), "user data was lost"
        assert real == self.stories.places, "what was told is not what is"


@settings(max_examples=300, deadline=None)
@given(_options, runs)
def test_calls_keep_their_promises_whatever_is_asked(
    options: dict[str, Any], steps: list[Step]
) -> None:
    Watched(options).play(steps)


@settings(max_examples=80, deadline=None)
@given(_options, runs)
def test_when_all_leave_no_call_no_place_and_no_line_is_left(
    options: dict[str, Any], steps: list[Step]
) -> None:
    watched = Watched(options)
    watched.play(steps)
    switch = watched.bed.switch

    for agent in DNS:
        watched.do(c.AgentLogout(dn=agent))
    for _ in range(100):
        if not switch.calls:
            break
        call = next(iter(switch.calls.values()))
        party = call.parties[0]
        if party.device is None:
            watched.do(c.FarRelease(conn_id=call.conn_id))
        else:
            watched.do(c.ReleaseCall(dn=party.dn, conn_id=call.conn_id))

    assert not switch.calls
    assert not watched.stories.places
    assert not any(device.parties or device.lines_taken for device in switch.devices.values())
    watched.wait(3600)
    assert not switch.calls
