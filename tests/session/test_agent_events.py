"""BEHAVIOUR.md 2 and 3.3 through the hub: who is told of agents, and what queries say."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.session.exchange import Exchange, Line
from tlibproto.messages import (
    EventAgentLogin,
    EventAgentLogout,
    EventAgentReserved,
    EventQueueLogout,
    EventRegistered,
    RequestAgentLogin,
    RequestAgentLogout,
    RequestAgentNotReady,
    RequestAgentReady,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestMakePredictiveCall,
    RequestQueryAddress,
    RequestRegisterAddress,
    RequestReserveAgent,
    RequestUnregisterAddress,
)
from tlibproto.vocabulary import AddressInfoType, AgentWorkMode, Dn, KVList
from tlibsim.config import AgentSettings, DnSettings, DnType
from tlibsim.switch.commands import ArriveInbound

LUNCH = KVList((("ReasonCode", "lunch"),))


def login(dn: str = "7001", agent_id: str = "1001", **more: Any) -> RequestAgentLogin:
    given = {"this_queue": "8000", "agent_work_mode": AgentWorkMode.AutoIn, **more}
    return RequestAgentLogin(this_dn=dn, agent_id=agent_id, **given)


def shown(event: Any) -> tuple[Any, ...]:
    return (type(event).__name__, event.this_dn, event.this_queue, event.agent_id)


def test_a_login_is_answered_with_everything_it_named() -> None:
    desk = Exchange().open("7001")

    answer = desk.ask(login(reasons=LUNCH, extensions=KVList((("x", 1),))))

    assert type(answer) is EventAgentLogin
    assert (answer.this_dn, answer.this_queue, answer.agent_id) == ("7001", "8000", "1001")
    assert answer.agent_work_mode == AgentWorkMode.AutoIn
    assert (answer.reasons, answer.extensions) == (LUNCH, KVList((("x", 1),)))
    assert answer.customer_id == "Environment"
    assert answer.timein_secs
    assert answer.event_sequence_number
    ready = desk.take()[-1]
    assert shown(ready) == ("EventAgentReady", "7001", "8000", "1001")
    assert ready.reference_id is None


def test_clients_on_the_dn_and_on_the_queue_get_one_copy_each() -> None:
    exchange = Exchange()
    desk, both, queue = (
        exchange.open("7001"),
        exchange.open("7001", "8000"),
        exchange.open("8000"),
    )
    elsewhere = exchange.open("7002", "5000")

    desk.ask(login())

    told = [
        ("EventAgentLogin", "7001", "8000", "1001"),
        ("EventAgentReady", "7001", "8000", "1001"),
    ]
    for line in (desk, both, queue):
        assert [shown(event) for event in line.take()] == told
    assert elsewhere.take() == []


def test_only_the_asking_client_sees_the_reference() -> None:
    exchange = Exchange()
    desk, queue = exchange.open("7001"), exchange.open("8000")

    answer = desk.ask(login())

    assert answer.reference_id is not None
    assert {event.reference_id for event in queue.take()} == {None}


def test_without_a_queue_only_the_dn_is_told() -> None:
    exchange = Exchange()
    desk, queue = exchange.open("7001"), exchange.open("8000")

    desk.ask(login(this_queue=None))

    assert desk.take()[0].this_queue is None
    assert queue.take() == []


def test_ready_and_not_ready_answer_their_requests() -> None:
    desk = Exchange().open("7001")
    desk.ask(login())

    away = desk.ask(
        RequestAgentNotReady(
            this_dn="7001", agent_work_mode=AgentWorkMode.AuxWork, reasons=LUNCH
        )
    )
    back = desk.ask(RequestAgentReady(this_dn="7001"))

    assert shown(away) == ("EventAgentNotReady", "7001", "8000", "1001")
    assert (away.agent_work_mode, away.reasons) == (AgentWorkMode.AuxWork, LUNCH)
    assert shown(back) == ("EventAgentReady", "7001", "8000", "1001")


def test_a_logout_of_one_queue_is_answered_by_queue_logout() -> None:
    exchange = Exchange(extra=[DnSettings(dn="8100", type=DnType.QUEUE)])
    desk = exchange.open("7001")
    desk.ask(login())
    desk.ask(login(this_queue="8100"))

    left = desk.ask(RequestAgentLogout(this_dn="7001", this_queue="8100"))
    out = desk.ask(RequestAgentLogout(this_dn="7001"))

    assert (type(left), left.this_queue, left.agent_id) == (EventQueueLogout, "8100", "1001")
    assert (type(out), out.this_queue, out.agent_id) == (EventAgentLogout, "8000", "1001")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (RequestAgentReady(this_dn="7001"), 1707),
        (RequestAgentNotReady(this_dn="7001"), 1707),
        (RequestAgentLogout(this_dn="7001"), 1707),
        (login(agent_id="1002"), 1704),
        (login("7002"), 1706),
        (login(this_queue="8999"), 59),
        (login("7004"), 41),
        (RequestMakePredictiveCall(this_dn="7001", other_dn="95550001"), 1141),
        (RequestReserveAgent(agent_id="1003"), 1707),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(request_: Any, code: int) -> None:
    exchange = Exchange()
    desk = exchange.open("7001", "7002")
    desk.ask(login("7002", "1002"))

    assert desk.refused(request_) == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"agent_strict_id": "true"}, 1703),
        ({"max_agents": 1}, 40),
    ],
)
def test_options_refuse_logins_with_their_codes(options: Mapping[str, Any], code: int) -> None:
    desk = Exchange(**options).open("7001", "7002")
    desk.ask(login())

    assert desk.refused(login("7002", "4711")) == code


def test_a_wrong_password_is_1705() -> None:
    agents = {"1001": AgentSettings(login="1001", password="open")}
    desk = Exchange(agent_strict_id="passwd", settings={"agents": agents}).open("7001")

    assert desk.refused(login(password="shut")) == 1705
    assert type(desk.ask(login(password="open"))) is EventAgentLogin


def test_whoever_reserves_an_agent_is_told_like_the_clients_on_the_dn() -> None:
    exchange = Exchange()
    desk, router = exchange.open("7001"), exchange.open("5000")
    desk.ask(login())
    desk.take()

    answer = router.ask(RequestReserveAgent(agent_id="1001", timeout=9, priority=1))

    assert type(answer) is EventAgentReserved
    assert (answer.this_dn, answer.agent_id, answer.timeout) == ("7001", "1001", 9)
    copies = desk.take()
    assert [shown(event)[:2] for event in copies] == [("EventAgentReserved", "7001")]
    assert copies[0].reference_id is None
    assert router.refused(RequestReserveAgent(agent_id="1001", priority=1)) == 1700


# What is said of the state.


def registered(line: Line, dn: str) -> Any:
    answer = line.ask(RequestRegisterAddress(this_dn=dn))
    assert type(answer) is EventRegistered
    return answer


def test_who_registers_learns_of_the_agent_after_the_calls() -> None:
    exchange = Exchange()
    desk = exchange.open("7001")
    desk.ask(login())
    exchange.perform(ArriveInbound(caller="1", to=Dn("8000")))

    answer = registered(exchange.open(), "7001")

    pairs = list(answer.extensions)
    assert answer.agent_id == "1001"
    assert pairs[:3] == [("AgentStatus", 2), ("AgentWorkMode", 2), ("status", 1)]
    assert pairs[-1] == ("queue-1", "8000")
    assert [key for key, _ in pairs][-2] == "ps-1"


def test_a_dn_without_an_agent_has_neither_agent_id_nor_work_mode() -> None:
    answer = registered(Exchange().open(), "7001")

    assert answer.agent_id is None
    assert answer.extensions.first("AgentStatus") == 0
    assert not answer.extensions.has("AgentWorkMode")


def test_a_queue_counts_its_agents_and_its_calls() -> None:
    exchange = Exchange()
    desk = exchange.open("7001", "7002")
    desk.ask(login())
    desk.ask(login("7002", "1002", agent_work_mode=AgentWorkMode.ManualIn))

    def counters() -> tuple[object, ...]:
        answer = registered(exchange.open(), "8000")
        keys = ("AgentsInQueue", "AvailableAgents", "CallsInQueue")
        return tuple(answer.extensions.first(key) for key in keys)

    assert counters() == (2, 1, 0)
    for _ in range(2):
        exchange.perform(ArriveInbound(caller="1", to=Dn("8000")))
    assert counters() == (2, 0, 1)


@pytest.mark.parametrize(
    ("kind", "dn", "number"),
    [
        (AddressInfoType.AgentStatus, "7001", 2),
        (AddressInfoType.AgentStatus, "7002", 0),
        (AddressInfoType.NumberOfAgentsInQueue, "8000", 1),
        (AddressInfoType.NumberOfAvailableAgentsInQueue, "8000", 1),
        (AddressInfoType.NumberOfCallsInQueue, "8000", 0),
    ],
)
def test_queries_say_the_same(kind: AddressInfoType, dn: str, number: int) -> None:
    desk = Exchange().open("7001")
    desk.ask(login())

    answer = desk.ask(RequestQueryAddress(this_dn=dn, address_info_type=kind))

    assert answer.address_info_status == number


# Automatic logout.


@pytest.mark.parametrize("leave", ["disconnect", "unregister"])
@pytest.mark.parametrize("option", ["false", "true"])
def test_the_agent_goes_with_the_client_when_the_option_says_so(
    leave: str, option: str
) -> None:
    exchange = Exchange(agent_logout_on_unreg=option)
    desk, other = exchange.open("7001"), exchange.open("7001")
    desk.ask(login())
    other.take()

    if leave == "disconnect":
        desk.disconnect()
    else:
        desk.ask(RequestUnregisterAddress(this_dn="7001"))

    assert other.names() == (["EventAgentLogout"] if option == "true" else [])


def test_another_client_that_leaves_takes_no_agent_along() -> None:
    exchange = Exchange(agent_logout_on_unreg="true")
    desk, other = exchange.open("7001"), exchange.open("7001")
    desk.ask(login())
    desk.take()

    other.disconnect()

    assert desk.take() == []


# Calls of queues.


def test_a_call_of_a_queue_names_it_and_the_time_of_the_work_after_it() -> None:
    exchange = Exchange(wrap_up_time=3)
    desk = exchange.open("7001")
    desk.ask(login())
    exchange.perform(ArriveInbound(caller="1", to=Dn("8000")))
    ringing = desk.take()[-1]

    extensions = KVList((("mine", "yes"),))
    established = desk.ask(
        RequestAnswerCall(this_dn="7001", conn_id=ringing.conn_id, extensions=extensions)
    )

    assert (ringing.this_queue, established.this_queue) == ("8000", "8000")
    assert ringing.extensions is None
    assert list(established.extensions) == [("mine", "yes"), ("WrapUpTime", 3)]


def test_a_predictive_call_is_answered_by_its_dialing() -> None:
    router = Exchange().open("8000")

    answer = router.ask(
        RequestMakePredictiveCall(this_dn="8000", other_dn="95550001", timeout=20)
    )

    assert type(answer).__name__ == "EventDialing"
    assert (answer.this_queue, answer.other_dn) == ("8000", "95550001")


def test_the_queue_is_named_in_changes_of_user_data_too() -> None:
    exchange = Exchange()
    desk = exchange.open("7001")
    desk.ask(login())
    exchange.perform(ArriveInbound(caller="1", to=Dn("8000")))
    conn_id = desk.take()[-1].conn_id

    changed = desk.ask(RequestAttachUserData(this_dn="7001", conn_id=conn_id, user_data=LUNCH))

    assert changed.this_queue == "8000"


@pytest.mark.parametrize("record", [False, True])
def test_calls_of_an_agent_whose_login_records_are_recorded(record: bool) -> None:
    agents = {"1001": AgentSettings(login="1001", record=record)}
    exchange = Exchange(settings={"agents": agents}, msml_record_support=True)
    desk = exchange.open("7001")
    desk.ask(login())
    exchange.perform(ArriveInbound(caller="1", to=Dn("8000")))
    desk.ask(RequestAnswerCall(this_dn="7001", conn_id=desk.take()[-1].conn_id))

    assert [trace.record_dn for trace in exchange.desk.traces()] == ["7001"] * record
