"""Consultations that the network makes, with the option ``network`` (BEHAVIOUR.md 1.20)."""

from typing import Any

import pytest

from tests.session.exchange import Exchange, Line
from tests.session.rows import OK, check, row
from tests.switch.bed import CALLER
from tlibproto.messages import (
    Request,
    RequestAnswerCall,
    RequestNetworkAlternate,
    RequestNetworkConsult,
    RequestNetworkMerge,
    RequestNetworkPrivateService,
    RequestNetworkReconnect,
    RequestNetworkSingleStepTransfer,
    RequestNetworkTransfer,
    RequestReleaseCall,
)
from tlibproto.vocabulary import (
    CallType,
    Dn,
    KVList,
    NetworkCallState,
    NetworkDestState,
    NetworkPartyRole,
)
from tlibsim.session.dispatch import capabilities
from tlibsim.switch.commands import ArriveInbound, FarRelease

CONSULTING = NetworkCallState.NetworkCallStateConsulting
HELD = NetworkCallState.NetworkCallStateConsultHeld
TRANSFERRED = NetworkCallState.NetworkCallStateTransferred
CONFERENCED = NetworkCallState.NetworkCallStateConferenced
RECONNECTED = NetworkCallState.NetworkCallStateReconnected
DISCONNECTED = NetworkCallState.NetworkCallStateDisconnected
ORIG, DEST = NetworkPartyRole.RoleNtwOrigParty, NetworkPartyRole.RoleNtwDestParty
DELIVERING = NetworkDestState.NetworkDestStateDelivering
THERE = NetworkDestState.NetworkDestStateOk
NOBODY = NetworkDestState.NetworkDestStateNoParty

ALL = [
    RequestNetworkAlternate,
    RequestNetworkConsult,
    RequestNetworkMerge,
    RequestNetworkReconnect,
    RequestNetworkSingleStepTransfer,
    RequestNetworkTransfer,
]


class Network:
    """A caller outside talks to 7001; 7002 is another desk."""

    def __init__(self, **options: Any) -> None:
        self.exchange = Exchange(network=True, **options)
        self.one: Line = self.exchange.open("7001")
        self.two: Line = self.exchange.open("7002")
        self.exchange.perform(
            ArriveInbound(caller=CALLER, to=Dn("7001"), user_data=KVList.of(k="v"))
        )
        self.conn_id = self.exchange.switch.views()[0].conn_id
        self.one.ask(RequestAnswerCall(this_dn="7001", conn_id=self.conn_id))
        self.one.take()

    def ask(self, cls: type[Any], **more: Any) -> Any:
        return self.one.ask(cls(this_dn="7001", conn_id=self.conn_id, **more))

    def refused(self, cls: type[Any], **more: Any) -> int:
        request: Request = cls(this_dn="7001", conn_id=self.conn_id, **more)
        return self.one.refused(request)

    def consult(self, to: str = "7002") -> None:
        self.ask(RequestNetworkConsult, other_dn=to)

    def consulted(self) -> None:
        """7002 was consulted and answered; all is forgotten."""
        self.consult()
        self.two.ask(RequestAnswerCall(this_dn="7002", conn_id=self.other()))
        self.one.take()
        self.two.take()

    def other(self) -> Any:
        return self.exchange.switch.views()[-1].conn_id

    def calls(self) -> list[set[str]]:
        """Who is in which call."""
        views = self.exchange.switch.views()
        return [{party.dn for party in view.parties} for view in views]


def status(state: NetworkCallState, dest: NetworkDestState, **more: Any) -> tuple[Any, ...]:
    return row(
        "NetworkCallStatus",
        network_call_state=state,
        network_dest_state=dest,
        network_orig_dn="7001",
        network_dest_dn="7002",
        **more,
    )


@pytest.mark.parametrize("cls", [*ALL, RequestNetworkPrivateService])
def test_without_the_option_there_is_no_network(cls: type[Request]) -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    values = {"private_msg_id": 1} if cls is RequestNetworkPrivateService else {}

    assert line.refused(cls(this_dn="7001", **values)) == 51
    mask = capabilities(exchange.settings.options)
    number = int(cls.message_id)
    assert not mask[number // 8] >> (number % 8) & 1


def test_with_the_option_the_capabilities_say_so() -> None:
    mask = capabilities(Exchange(network=True).settings.options)

    for cls in ALL:
        number = int(cls.message_id)
        assert mask[number // 8] >> (number % 8) & 1


def test_a_consultation_calls_the_destination_and_tells_when_it_answers() -> None:
    net = Network()

    net.consult()

    mine: dict[str, Any] = {"conn_id": net.conn_id, "network_party_role": ORIG}
    check(net.one, status(CONSULTING, DELIVERING, **mine), answers=0)
    check(
        net.two,
        row(
            "Ringing",
            conn_id=net.other(),
            call_type=CallType.Inbound,
            other_dn=CALLER,
            ani=CALLER,
            call_state=OK,
            user_data=KVList.of(k="v"),
        ),
    )

    net.two.ask(RequestAnswerCall(this_dn="7002", conn_id=net.other()))
    check(net.one, status(CONSULTING, THERE, **mine))
    check(
        net.two,
        row("Established"),
        status(CONSULTING, THERE, conn_id=net.other(), network_party_role=DEST),
        answers=0,
    )


def test_a_transfer_releases_the_dn_and_leaves_the_caller_with_the_destination() -> None:
    net = Network()
    net.consulted()

    net.ask(RequestNetworkTransfer)

    check(
        net.one,
        status(TRANSFERRED, THERE, conn_id=net.conn_id),
        row("Released", conn_id=net.conn_id, call_state=OK),
        answers=0,
    )
    check(net.two, status(TRANSFERRED, THERE, network_party_role=DEST))
    assert net.calls() == [{CALLER, "7002"}]


def test_alternating_goes_to_and_fro() -> None:
    net = Network()
    net.consulted()

    for state in (HELD, CONSULTING):
        net.ask(RequestNetworkAlternate)
        check(net.one, status(state, THERE), answers=0)
        check(net.two, status(state, THERE))


def test_a_merged_call_is_a_conference_until_somebody_leaves() -> None:
    net = Network()
    net.consulted()
    net.ask(RequestNetworkMerge)
    check(net.one, status(CONFERENCED, THERE), answers=0)
    assert net.refused(RequestNetworkAlternate) == 1161
    net.one.take()

    net.one.ask(RequestReleaseCall(this_dn="7001", conn_id=net.conn_id))

    assert net.calls() == [{CALLER, "7002"}]
    assert not net.exchange.switch.network


def test_a_reconnection_drops_the_destination() -> None:
    net = Network()
    net.consulted()

    net.ask(RequestNetworkReconnect)

    check(net.one, status(RECONNECTED, THERE), answers=0)
    check(net.two, status(RECONNECTED, THERE), row("Released"))
    assert net.calls() == [{CALLER, "7001"}]


def test_a_destination_that_leaves_is_told() -> None:
    net = Network()
    net.consulted()

    net.two.ask(RequestReleaseCall(this_dn="7002", conn_id=net.other()))

    check(net.one, status(DISCONNECTED, NOBODY, conn_id=net.conn_id))
    assert net.calls() == [{CALLER, "7001"}]
    net.consult()


def test_a_caller_who_leaves_ends_the_consultation() -> None:
    net = Network()
    net.consult()
    net.one.take()
    net.two.take()

    net.exchange.perform(FarRelease(conn_id=net.conn_id))

    check(net.one, row("Released", conn_id=net.conn_id))
    check(net.two, row("Abandoned"))
    assert net.calls() == []


def test_a_single_step_transfer_releases_the_dn_at_once() -> None:
    net = Network()

    net.ask(RequestNetworkSingleStepTransfer, other_dn="7002")

    check(net.one, status(TRANSFERRED, DELIVERING), row("Released"), answers=0)
    check(net.two, row("Ringing", other_dn=CALLER))
    assert net.calls() == [{CALLER, "7002"}]


@pytest.mark.parametrize(
    ("cls", "code"),
    [
        (RequestNetworkTransfer, 1161),
        (RequestNetworkMerge, 1161),
        (RequestNetworkAlternate, 1161),
        (RequestNetworkConsult, 1161),
        (RequestNetworkSingleStepTransfer, 1161),
    ],
)
def test_before_the_answer_only_a_reconnection_is_possible(
    cls: type[Request], code: int
) -> None:
    net = Network()
    net.consult()
    more = {"other_dn": "7003"} if "other_dn" in cls._names else {}

    assert net.refused(cls, **more) == code
    net.ask(RequestNetworkReconnect)


@pytest.mark.parametrize(("to", "code"), [("", 71), ("4711", 71), ("7001", 231)])
def test_a_destination_that_cannot_be_had_is_an_error(to: str, code: int) -> None:
    net = Network()

    assert net.refused(RequestNetworkConsult, other_dn=to) == code
    assert net.calls() == [{CALLER, "7001"}]


def test_only_a_call_with_somebody_outside_is_in_the_network() -> None:
    exchange = Exchange(network=True)
    one, two = exchange.open("7001"), exchange.open("7002")
    conn_id = exchange.talk(one, two)

    request = RequestNetworkConsult(this_dn="7001", conn_id=conn_id, other_dn="7003")
    assert one.refused(request) == 1161
