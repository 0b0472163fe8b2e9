"""Queries (BEHAVIOUR.md 3.5)."""

import pytest

from tests.session.exchange import Exchange
from tests.switch.bed import CALLER
from tlibproto.messages import (
    EventAddressInfo,
    EventLocationInfo,
    EventPartyInfo,
    Request,
    RequestAgentLogin,
    RequestAgentNotReady,
    RequestHoldCall,
    RequestMakeCall,
    RequestQueryAddress,
    RequestQueryCall,
    RequestQueryLocation,
    RequestQuerySwitch,
    RequestRegisterAddress,
)
from tlibproto.vocabulary import (
    AddressInfoType,
    CallInfoType,
    CallType,
    ConnId,
    Dn,
    KVList,
    SwitchInfoType,
)
from tlibsim.switch.commands import AnswerCall, ArriveInbound

SUPPORTED = {
    AddressInfoType.AddressStatus,
    AddressInfoType.MsgWaitingStatus,
    AddressInfoType.CallForwardingStatus,
    AddressInfoType.AgentStatus,
    AddressInfoType.NumberOfAgentsInQueue,
    AddressInfoType.NumberOfAvailableAgentsInQueue,
    AddressInfoType.NumberOfCallsInQueue,
    AddressInfoType.AddressType,
    AddressInfoType.CallsQuery,
    AddressInfoType.DNStatus,
    AddressInfoType.QueueLoginAudit,
    AddressInfoType.QueueStatus,
}


def query(kind: int, dn: str = "7001") -> RequestQueryAddress:
    return RequestQueryAddress(this_dn=dn, address_info_type=kind)


@pytest.mark.parametrize("kind", sorted(SUPPORTED))
def test_a_supported_kind_of_information_is_answered(kind: AddressInfoType) -> None:
    answer = Exchange().open().ask(query(kind))

    assert type(answer) is EventAddressInfo
    assert (answer.this_dn, answer.address_info_type) == ("7001", kind)


@pytest.mark.parametrize("kind", [*sorted(set(AddressInfoType) - SUPPORTED), 999])
def test_any_other_kind_of_information_is_unsupported(kind: int) -> None:
    assert Exchange().open().refused(query(kind)) == 51


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (query(17, "7999"), 59),
        (RequestQueryAddress(address_info_type=17), 53),
        (RequestQueryAddress(this_dn="7001"), 53),
        (RequestQueryCall(conn_id=ConnId(99)), 56),
        (RequestQueryCall(), 56),
        (RequestQuerySwitch(switch_info_type=77), 51),
        (RequestQuerySwitch(), 51),
        (RequestQueryLocation(location="Mars"), 53),
    ],
)
def test_a_query_that_cannot_be_answered_gets_its_code(request_: Request, code: int) -> None:
    assert Exchange().open().refused(request_) == code


def test_a_query_needs_no_registration_and_gives_none() -> None:
    exchange = Exchange()
    line = exchange.open()

    line.ask(query(17))

    assert not exchange.hub.registry.watchers(Dn("7001"))


def test_query_needs_registration_makes_it_error_41() -> None:
    exchange = Exchange(query_needs_registration=True)
    registered = exchange.open("7001")

    assert exchange.open().refused(query(17)) == 41
    assert type(registered.ask(query(17))) is EventAddressInfo


def test_only_who_asks_is_answered() -> None:
    exchange = Exchange()
    other = exchange.open("7001")

    exchange.open("7001").ask(query(17))

    assert other.take() == []


def test_the_status_of_a_dn_is_what_its_registration_told() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    line.ask(RequestMakeCall(this_dn="7001", other_dn="7002"))

    registered = line.ask(RequestRegisterAddress(this_dn="7001"))
    queried = line.ask(query(17))

    assert queried.extensions == registered.extensions
    assert dict(queried.extensions)["status"] == 1


def test_a_queue_can_be_named_as_this_queue() -> None:
    request = RequestQueryAddress(
        this_queue="8000", address_info_type=AddressInfoType.QueueStatus
    )

    answer = Exchange().open().ask(request)

    assert answer.this_queue == "8000"
    assert answer.extensions == KVList(
        (("AgentsInQueue", 0), ("AvailableAgents", 0), ("CallsInQueue", 0))
    )


@pytest.mark.parametrize(
    ("state", "status"),
    [("idle", 0), ("dialing", 2), ("talking", 3), ("ringing", 4), ("held", 5)],
)
def test_the_address_status_says_what_the_phone_does(state: str, status: int) -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    dn = "7002" if state == "ringing" else "7001"
    if state in {"dialing", "ringing"}:
        line.ask(RequestMakeCall(this_dn="7001", other_dn="7002"))
    elif state != "idle":
        conn_id = exchange.talk(line, line)
        if state == "held":
            line.ask(RequestHoldCall(this_dn="7001", conn_id=conn_id))

    answer = line.ask(query(AddressInfoType.AddressStatus, dn))

    assert answer.address_info_status == status


def test_calls_query_names_the_active_and_the_held_call() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    held = exchange.talk(line, line)
    line.ask(RequestHoldCall(this_dn="7001", conn_id=held))
    active = line.ask(RequestMakeCall(this_dn="7001", other_dn="7003")).conn_id

    answer = line.ask(query(AddressInfoType.CallsQuery))

    assert (answer.conn_id, answer.previous_conn_id) == (active, held)
    assert dict(answer.extensions)["status"] == 2


def test_calls_query_of_an_idle_dn_names_no_call() -> None:
    names = dict(Exchange().open().ask(query(AddressInfoType.CallsQuery)).present())

    assert "conn_id" not in names
    assert "previous_conn_id" not in names


def test_the_status_of_a_call_tells_its_type_and_data() -> None:
    exchange = Exchange()
    data = KVList((("k", 1),))
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001"), user_data=data))
    (call,) = exchange.switch.views()

    answer = exchange.open().ask(RequestQueryCall(conn_id=call.conn_id, this_dn="7001"))

    assert type(answer) is EventPartyInfo
    assert (answer.conn_id, answer.call_type) == (call.conn_id, CallType.Inbound)
    assert (answer.call_uuid, answer.user_data) == (call.call_uuid, data)
    assert (answer.call_state, answer.this_dn) == (0, "7001")


def test_the_parties_of_a_call_are_listed() -> None:
    exchange = Exchange()
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    (call,) = exchange.switch.views()
    exchange.perform(AnswerCall(dn=Dn("7001"), conn_id=call.conn_id))

    answer = exchange.open().ask(
        RequestQueryCall(conn_id=call.conn_id, call_info_type=CallInfoType.PartiesQuery)
    )

    parties = dict(answer.extensions)
    assert (parties["party-1"], parties["party-2"]) == (CALLER, "7001")


@pytest.mark.parametrize("kind", [77, -1])
def test_other_queries_of_a_call_are_unsupported(kind: int) -> None:
    exchange = Exchange()
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    (call,) = exchange.switch.views()

    request = RequestQueryCall(conn_id=call.conn_id, call_info_type=kind)
    assert exchange.open().refused(request) == 51


@pytest.mark.parametrize("kind", [SwitchInfoType.DateTime, SwitchInfoType.ClassifierStat])
def test_the_switch_is_asked_for_time_and_classifiers(kind: SwitchInfoType) -> None:
    answer = Exchange().open().ask(RequestQuerySwitch(switch_info_type=kind))

    assert answer.timein_secs


def test_this_switch_is_the_only_location() -> None:
    answer = Exchange().open().ask(RequestQueryLocation())

    assert type(answer) is EventLocationInfo
    assert answer.location == "SIP_Switch1"


def test_a_queue_lists_who_is_logged_in_and_why_they_do_not_take_calls() -> None:
    exchange = Exchange()
    desk, asking = exchange.open("7001"), exchange.open()
    why = KVList.of(lunch=1)
    desk.ask(RequestAgentLogin(this_dn="7001", agent_id="agent1", this_queue="8000"))
    desk.ask(RequestAgentNotReady(this_dn="7001", reasons=why))

    audit = asking.ask(query(AddressInfoType.QueueLoginAudit, "8000"))

    assert audit.address_info_status == 1
    assert (audit.extensions.first("agent-1"), audit.extensions.first("dn-1")) == (
        "agent1",
        "7001",
    )
    assert asking.ask(query(AddressInfoType.AgentStatus)).reasons == why
