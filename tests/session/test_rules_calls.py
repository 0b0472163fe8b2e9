"""Plain calls and calls that fail, row by row (BEHAVIOUR.md 1.2 to 1.5)."""

from typing import Any

import pytest

from tests.session.exchange import Exchange, Line
from tests.session.rows import DESTINATION, OK, ORIGINATION, Row, check, row
from tests.switch.bed import CALLER
from tlibproto.messages import (
    RequestAgentLogin,
    RequestAnswerCall,
    RequestMakeCall,
    RequestReleaseCall,
    RequestSetDNDOn,
)
from tlibproto.vocabulary import (
    AgentWorkMode,
    CallState,
    CallType,
    ConnId,
    Dn,
)
from tlibsim.switch.commands import (
    ArriveInbound,
    FarAnswer,
    FarRelease,
    SetOutOfService,
    SetPhoneBusy,
)


class Floor:
    """Desks 7001 to 7003, and clients on the queue 8000 and on the routing point 5000."""

    def __init__(self, **options: Any) -> None:
        self.exchange = Exchange(**options)
        dns = ("7001", "7002", "7003", "8000", "5000")
        self.lines: dict[str, Line] = {dn: self.exchange.open(dn) for dn in dns}

    def __getitem__(self, dn: str) -> Line:
        return self.lines[dn]

    def make(self, a: str = "7001", to: str = "7002") -> ConnId:
        self[a].ask(RequestMakeCall(this_dn=a, other_dn=to))
        return self.newest()

    def answer(self, dn: str, conn_id: ConnId) -> Any:
        return self[dn].ask(RequestAnswerCall(this_dn=dn, conn_id=conn_id))

    def release(self, dn: str, conn_id: ConnId) -> Any:
        return self[dn].ask(RequestReleaseCall(this_dn=dn, conn_id=conn_id))

    def inbound(self, to: str) -> ConnId:
        self.exchange.perform(ArriveInbound(caller=CALLER, to=Dn(to), dnis="8005551000"))
        return self.newest()

    def log_in(self, dn: str = "7001") -> None:
        self[dn].ask(
            RequestAgentLogin(
                this_dn=dn,
                agent_id=f"1{dn[1:]}",
                this_queue="8000",
                agent_work_mode=AgentWorkMode.AutoIn,
            )
        )
        self.forget()

    def newest(self) -> ConnId:
        """The ConnID of the call that began last; it may be over."""
        calls = self.exchange.switch.views()
        if calls:
            return calls[-1].conn_id
        inboxes = [line.inbox for line in self.lines.values()]
        found: list[ConnId] = [m.conn_id for box in inboxes for m in box if m.conn_id]
        return found[-1]

    def forget(self) -> None:
        for line in self.lines.values():
            line.take()

    def silent(self, *dns: str) -> None:
        for dn in dns:
            assert self[dn].take() == []


# -- 1.2, 1.3, 1.4 ---------------------------------------------------------------------------------


def test_an_internal_call_row_by_row() -> None:
    floor = Floor()
    one = floor.make()
    a: dict[str, Any] = {
        "conn_id": one,
        "call_type": CallType.Internal,
        "this_dn": "7001",
        "this_dn_role": ORIGINATION,
        "other_dn": "7002",
        "other_dn_role": DESTINATION,
        "call_state": OK,
        "third_party_dn": None,
        "this_queue": None,
        "previous_conn_id": None,
        "transfer_conn_id": None,
        "first_transfer_conn_id": None,
        "user_data": None,
        "extensions": None,
        "cause": None,
    }
    b = {
        **a,
        "this_dn": "7002",
        "this_dn_role": DESTINATION,
        "other_dn": "7001",
        "other_dn_role": ORIGINATION,
        "ani": "7001",
        "dnis": "7002",
    }
    check(floor["7001"], row("Dialing", **a), answers=0)
    check(floor["7002"], row("Ringing", **b))

    floor.answer("7002", one)
    check(floor["7002"], row("Established", **b), answers=0)
    check(floor["7001"], row("Established", **a))

    floor.release("7002", one)
    check(floor["7002"], row("Released", **b), answers=0)
    check(floor["7001"], row("Released", **a))


def test_an_inbound_call_row_by_row() -> None:
    floor = Floor()
    one = floor.inbound("7001")
    same: dict[str, Any] = {
        "conn_id": one,
        "call_type": CallType.Inbound,
        "this_dn_role": DESTINATION,
        "other_dn": CALLER,
        "other_dn_role": ORIGINATION,
        "ani": CALLER,
        "dnis": "8005551000",
        "call_state": OK,
    }
    check(floor["7001"], row("Ringing", **same))
    floor.answer("7001", one)
    check(floor["7001"], row("Established", **same), answers=0)
    floor.exchange.perform(FarRelease(conn_id=one))
    check(floor["7001"], row("Released", **same))


def test_who_hangs_up_outside_before_the_answer_abandons_the_call() -> None:
    floor = Floor()
    one = floor.inbound("7001")
    floor["7001"].take()

    floor.exchange.perform(FarRelease(conn_id=one))

    check(floor["7001"], row("Abandoned", conn_id=one, other_dn=CALLER, call_state=OK))


def test_the_release_from_outside_is_remote_by_option() -> None:
    floor = Floor(remote_release_state=True)
    one = floor.inbound("7001")
    floor.answer("7001", one)
    floor["7001"].take()

    floor.exchange.perform(FarRelease(conn_id=one))

    check(floor["7001"], row("Released", call_state=CallState.RemoteRelease))


@pytest.mark.parametrize("late", [False, True])
def test_an_outbound_call_row_by_row(late: bool) -> None:
    floor = Floor(late_calltype=late)
    one = floor.make(to="915551234")
    first = CallType.Unknown if late else CallType.Outbound
    same: dict[str, Any] = {"conn_id": one, "other_dn": "915551234", "call_state": OK}
    out = {**same, "call_type": CallType.Outbound}
    check(
        floor["7001"],
        row("Dialing", **same, call_type=first, this_dn_role=ORIGINATION),
        row("NetworkReached", **out),
        answers=0,
    )
    floor.exchange.perform(FarAnswer(conn_id=one))
    check(floor["7001"], row("Established", **out))
    floor.release("7001", one)
    check(floor["7001"], row("Released", **out), answers=0)


# -- 1.5 -------------------------------------------------------------------------------------------


def failed(one: ConnId, to: str, state: CallState) -> list[Row]:
    same: dict[str, Any] = {"conn_id": one, "this_dn_role": ORIGINATION, "other_dn": to}
    return [
        row("Dialing", **same, call_state=OK),
        row("DestinationBusy", **same, call_state=state),
        row("Released", **same, call_state=state),
    ]


@pytest.mark.parametrize(
    ("how", "to", "state"),
    [
        ("busy", "7002", CallState.Busy),
        ("dnd", "7002", CallState.Busy),
        ("full", "7002", CallState.Busy),
        ("", "4711", CallState.SitInvalidnum),
        ("", "7001", CallState.Busy),
        ("no trunk", "915551234", CallState.AllTrunksBusy),
        ("out of service", "7002", CallState.GeneralError),
    ],
)
def test_a_call_that_cannot_be_made_is_dialing_busy_released(
    how: str, to: str, state: CallState
) -> None:
    limits = {"7002": {"max_calls": 1}} if how == "full" else {}
    limits |= {"trunk-out": {"max_calls": 1}} if how == "no trunk" else {}
    floor = Floor(dn=limits)
    if how == "full":
        floor.make("7003", "7002")
    if how == "no trunk":
        floor.make("7003", "90")
    if how == "busy":
        floor.exchange.perform(SetPhoneBusy(dn=Dn("7002"), busy=True))
    if how == "dnd":
        floor["7002"].ask(RequestSetDNDOn(this_dn="7002"))
    if how == "out of service":
        floor.exchange.perform(SetOutOfService(dn=Dn("7002")))
    floor.forget()

    dialing = floor["7001"].ask(RequestMakeCall(this_dn="7001", other_dn=to))

    check(floor["7001"], *failed(dialing.conn_id, to, state), answers=0)
    floor.silent("7002", "7003")


def test_the_caller_who_gives_up_abandons_the_call() -> None:
    floor = Floor()
    one = floor.make()
    floor.forget()

    floor.release("7001", one)

    check(
        floor["7001"],
        row("Released", other_dn="7002", other_dn_role=DESTINATION, call_state=OK),
        answers=0,
    )
    check(floor["7002"], row("Abandoned", conn_id=one, other_dn="7001", call_state=OK))


def test_a_call_that_is_refused_makes_the_caller_hear_busy() -> None:
    floor = Floor()
    one = floor.make()
    floor.forget()

    floor.release("7002", one)

    check(floor["7002"], row("Released", conn_id=one, call_state=OK), answers=0)
    busy = {"conn_id": one, "other_dn": "7002", "call_state": CallState.Busy}
    check(floor["7001"], row("DestinationBusy", **busy), row("Released", **busy))


@pytest.mark.parametrize("overflow", ["", "7003"])
def test_a_call_that_nobody_answers_ends_or_overflows(overflow: str) -> None:
    floor = Floor(no_answer_timeout=5, no_answer_overflow=overflow)
    one = floor.make()
    floor.forget()

    floor.exchange.wait(5)

    gone = CallState.Redirected if overflow else CallState.NoAnswer
    check(floor["7002"], row("Released", conn_id=one, other_dn="7001", call_state=gone))
    if overflow:
        floor.silent("7001")
        check(floor["7003"], row("Ringing", conn_id=one, other_dn="7001"))
    else:
        no = {"conn_id": one, "call_state": CallState.NoAnswer}
        check(floor["7001"], row("DestinationBusy", **no), row("Released", **no))


@pytest.mark.parametrize(
    ("options", "to", "code"),
    [
        ({}, "", 71),
        ({"invalid_dest": "error"}, "4711", 71),
        ({"dn": {"7001": {"max_calls": 1}}}, "7003", 83),
    ],
)
def test_a_call_that_is_not_even_dialed_is_an_error(
    options: dict[str, Any], to: str, code: int
) -> None:
    floor = Floor(**options)
    floor.make()
    floor.forget()

    assert floor["7001"].refused(RequestMakeCall(this_dn="7001", other_dn=to)) == code
    floor.silent("7002", "7003")
