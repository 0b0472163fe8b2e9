"""Whatever happens, who monitors knows every call and party (BEHAVIOUR.md 3.6; HOUSE.md 14)."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.exchange import Exchange, Line
from tests.session.sites import FAR_DN, HERE, OTHER_FAR_DN, THERE, TwoSites
from tests.switch.bed import CALLER
from tlibproto import messages
from tlibproto.messages import RequestStartCallMonitoring
from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.switch import commands as c
from tlibsim.switch.refusals import RequestRefused

DNS = ("7001", "7002", "7003", "7004")
TARGETS = (*DNS, "95550001", "666", "5000", "8000")

Maker = Callable[[Any], object]
"""A command from what is drawn: ``dn``, ``to``, and the calls ``one`` and ``two``."""

MAKERS: dict[str, Maker] = {
    "make": lambda d: c.MakeCall(dn=d.dn, to=d.to, location=d.location),
    "inbound": lambda d: c.ArriveInbound(caller=CALLER, to=d.dn),
    "answer": lambda d: c.AnswerCall(dn=d.dn),
    "far-answer": lambda d: c.FarAnswer(conn_id=d.one),
    "far-release": lambda d: c.FarRelease(conn_id=d.one),
    "release": lambda d: c.ReleaseCall(dn=d.dn, conn_id=d.one),
    "clear": lambda d: c.ClearCall(dn=d.dn, conn_id=d.one),
    "hold": lambda d: c.HoldCall(dn=d.dn, conn_id=d.one),
    "retrieve": lambda d: c.RetrieveCall(dn=d.dn, conn_id=d.one),
    "consult": lambda d: c.Consult(
        dn=d.dn, conn_id=d.one, to=d.to, purpose=c.Purpose.TRANSFER, location=d.location
    ),
    "transfer": lambda d: c.CompleteTransfer(dn=d.dn, conn_id=d.one),
    "confer": lambda d: c.CompleteConference(dn=d.dn, conn_id=d.one),
    "merge": lambda d: c.MergeCalls(
        dn=d.dn, conn_id=d.one, other_conn_id=d.two, purpose=c.Purpose.CONFERENCE
    ),
    "single-step": lambda d: c.SingleStepTransfer(
        dn=d.dn, conn_id=d.one, to=d.to, location=d.location
    ),
    "join": lambda d: c.SingleStepConference(
        dn=d.dn, conn_id=d.one, to=d.to, location=d.location
    ),
    "redirect": lambda d: c.RedirectCall(dn=d.dn, conn_id=d.one, to=d.to),
    "route": lambda d: c.RouteCall(dn=Dn("5000"), conn_id=d.one, to=d.to, location=d.location),
    "data": lambda d: c.ChangeUserData(
        conn_id=d.one, change=c.DataChange.ATTACH, pairs=KVList.of(a=d.to)
    ),
}


Row = tuple[str, str, str, int, bool, bool]
"""What to do, with which DN, number and call; over there or here; to there or within."""


class Drawn:
    """One step: what to do, with which DN, number and calls, here or there."""

    def __init__(self, row: Row) -> None:
        self.name, dn, self.to, self.back, self.there, self.far = row
        self.dn = Dn(dn)
        self.location = ""
        self.one = self.two = ConnId(1)

    def on(self, exchange: Exchange) -> object:
        """The command, about the newest calls; for most, with a DN that is on the call."""
        calls = exchange.switch.views()
        if calls:
            self.one = calls[-1 - self.back % len(calls)].conn_id
            self.two = calls[-1].conn_id
            inside = [p.dn for p in calls[-1 - self.back % len(calls)].parties if not p.outside]
            if inside and self.name not in ("make", "inbound", "answer"):
                self.dn = inside[self.back % len(inside)]
        return MAKERS[self.name](self)


def steps(targets: tuple[str, ...], dns: tuple[str, ...]) -> st.SearchStrategy[list[Any]]:
    names = [*MAKERS, "answer", "answer", "answer", "make", "inbound", "consult"]
    row = st.tuples(
        st.sampled_from(names),
        st.sampled_from(dns),
        st.sampled_from(targets),
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
    )
    rows = st.lists(row, min_size=5, max_size=30)
    return st.builds(
        lambda first, then: [Drawn(row) for row in (*first, *then)],
        st.sampled_from(_BEGINNINGS),
        rows,
    )


_TALKING: list[Row] = [
    ("make", "7001", "7002", 0, False, False),
    ("answer", "7002", "7002", 0, False, False),
]
_CONSULTING: list[Row] = [
    *_TALKING,
    ("consult", "7002", "7003", 1, False, False),
    ("answer", "7003", "7003", 0, False, False),
]
_BEGINNINGS = [[], _TALKING, _CONSULTING]


class Account:
    """The calls as the seven events tell of them."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.calls: dict[str, dict[str, Any]] = {}

    def read(self) -> None:
        for event in self.line.take():
            HEARD[type(event)](self, event)

    def created(self, event: Any) -> None:
        assert event.call_uuid not in self.calls
        self.calls[event.call_uuid] = {
            "conn": event.conn_id,
            "data": event.user_data or KVList(()),
            "parties": {},
        }

    def changed(self, event: Any) -> None:
        call = self.calls[event.call_uuid]
        call["conn"] = event.conn_id
        if event.user_data is not None:
            call["data"] = event.user_data

    def deleted(self, event: Any) -> None:
        assert self.calls.pop(event.call_uuid)["parties"] == {}
        assert event.ref_call_uuid is None or event.ref_call_uuid in self.calls

    def added(self, event: Any) -> None:
        parties = self.calls[event.call_uuid]["parties"]
        assert event.party_uuid not in parties
        parties[event.party_uuid] = (event.this_dn, event.party_state)

    def state(self, event: Any) -> None:
        parties = self.calls[event.call_uuid]["parties"]
        assert parties[event.party_uuid] != (event.this_dn, event.party_state)
        parties[event.party_uuid] = (event.this_dn, event.party_state)

    def moved(self, event: Any) -> None:
        party = self.calls[event.call_uuid]["parties"].pop(event.party_uuid)
        assert party[0] == event.this_dn
        into = self.calls[event.new_call_uuid]["parties"]
        into[event.party_uuid] = (event.this_dn, event.party_state)

    def gone(self, event: Any) -> None:
        self.calls[event.call_uuid]["parties"].pop(event.party_uuid)

    def compare(self) -> None:
        """What was told is what there is."""
        self.read()
        assert self.calls == {
            call.call_uuid: {
                "conn": call.conn_id,
                "data": call.user_data,
                "parties": {p.uuid: (p.dn, int(p.state)) for p in call.parties},
            }
            for call in self.line.exchange.switch.views()
        }


HEARD: dict[type[Any], Callable[[Account, Any], None]] = {
    messages.EventACK: lambda _, __: None,
    messages.EventCallCreated: Account.created,
    messages.EventCallDataChanged: Account.changed,
    messages.EventCallDeleted: Account.deleted,
    messages.EventCallPartyAdded: Account.added,
    messages.EventCallPartyState: Account.state,
    messages.EventCallPartyMoved: Account.moved,
    messages.EventCallPartyDeleted: Account.gone,
}


def monitor(exchange: Exchange) -> Account:
    line = exchange.open(name="mon")
    line.ask(RequestStartCallMonitoring())
    return Account(line)


def attempt(exchange: Exchange, step: Drawn) -> None:
    try:
        exchange.perform(step.on(exchange))
    except RequestRefused:
        return


@settings(deadline=None)
@given(steps(TARGETS, DNS), st.sampled_from(["consult-first", "main-first"]))
def test_who_monitors_knows_all_calls_and_parties(run: list[Drawn], order: str) -> None:
    exchange = Exchange(transfer_release_order=order)
    account = monitor(exchange)
    for step in run:
        attempt(exchange, step)
        account.compare()
    exchange.wait(60)
    account.compare()
    later = monitor(exchange)
    later.compare()


@settings(deadline=None)
@given(steps((*DNS, FAR_DN, OTHER_FAR_DN, "666"), (*DNS, FAR_DN, OTHER_FAR_DN)))
def test_two_sites_agree_on_every_leg_between_them(run: list[Drawn]) -> None:
    sites = TwoSites()
    accounts = [monitor(sites.here), monitor(sites.there)]
    for step in run:
        exchange, other = (sites.there, HERE) if step.there else (sites.here, THERE)
        step.location = other.switch if step.far else ""
        attempt(exchange, step)
        for account in accounts:
            account.compare()
        legs = [
            {uuid for trunk in site.switch.sites.values() for uuid in trunk.legs}
            for site in (sites.here, sites.there)
        ]
        assert legs[0] == legs[1]


@settings(deadline=None)
@given(
    steps((*DNS, FAR_DN, OTHER_FAR_DN), (*DNS, FAR_DN, OTHER_FAR_DN)),
    st.lists(st.sampled_from(["", "", "", "cut", "mend", "wait"]), min_size=40),
)
def test_two_sites_agree_again_when_a_lost_link_stands(
    run: list[Drawn], weather: list[str]
) -> None:
    sites = TwoSites(isl_leg_timeout=10)
    accounts = [monitor(sites.here), monitor(sites.there)]
    for step, what in zip(run, weather, strict=False):
        _change(sites, what)
        exchange, other = (sites.there, HERE) if step.there else (sites.here, THERE)
        step.location = other.switch if step.far else ""
        attempt(exchange, step)
        for account in accounts:
            account.compare()
        legs = _legs(sites)
        assert legs[0] == legs[1] or not sites.standing

    sites.mend()

    legs = _legs(sites)
    assert legs[0] == legs[1]
    for account in accounts:
        account.compare()


def _change(sites: TwoSites, what: str) -> None:
    """The weather of the link."""
    if what == "cut":
        sites.cut()
    elif what == "mend":
        sites.mend()
    elif what == "wait":
        sites.wait(6)


def _legs(sites: TwoSites) -> list[set[str]]:
    return [
        {uuid for trunk in site.switch.sites.values() for uuid in trunk.legs}
        for site in (sites.here, sites.there)
    ]
