"""Being told of every step of crossings between sites (BEHAVIOUR.md 3.7)."""

from typing import Any

import pytest

from tests.session.exchange import Line
from tests.session.rows import check, row
from tests.session.sites import FAR_DN, THERE, TwoSites
from tlibproto.messages import (
    EventTransactionStatus,
    RequestCancelReqGetAccessNumber,
    RequestGetAccessNumber,
    RequestMakeCall,
    RequestTransactionMonitoring,
)
from tlibproto.vocabulary import KVList, SubscriptionOperationType

START, STOP, MODIFY = (
    SubscriptionOperationType.Start,
    SubscriptionOperationType.Stop,
    SubscriptionOperationType.Modify,
)


def operation(kind: SubscriptionOperationType | int | None, name: str | None = "s1") -> Any:
    return RequestTransactionMonitoring(subscription_operation=kind, subscription_id=name)


def subscribed(sites: TwoSites) -> tuple[Line, Line]:
    """7001, and a client that is told of everybody's crossings."""
    one, reader = sites.here.open("7001"), sites.here.open(name="reader")
    reader.ask(operation(START))
    reader.take()
    return one, reader


def number_for(one: Line, to: str = FAR_DN) -> Any:
    return one.ask(RequestGetAccessNumber(this_dn="7001", other_dn=to, location=THERE.switch))


def step(status: str, given: Any, **more: Any) -> tuple[Any, ...]:
    return row(
        "TransactionStatus",
        subscription_id="s1",
        x_reference_id=given.x_reference_id,
        access_number=given.access_number,
        this_dn="7001",
        location=THERE.switch,
        extensions=KVList.of(Status=status),
        **more,
    )


@pytest.mark.parametrize("kind", [START, MODIFY, STOP])
def test_every_operation_is_answered_by_a_status(kind: SubscriptionOperationType) -> None:
    line = TwoSites().here.open()
    line.ask(operation(START))

    answer = line.ask(operation(kind))

    assert type(answer) is EventTransactionStatus
    assert answer.subscription_id == "s1"


def test_a_subscription_without_a_name_gets_one() -> None:
    line = TwoSites().here.open()

    names = [line.ask(operation(START, None)).subscription_id for _ in range(2)]

    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("kind", "name"),
    [(MODIFY, "other"), (STOP, "other"), (STOP, None), (None, "s1"), (9, "s1")],
)
def test_what_is_not_there_cannot_be_changed_or_stopped(
    kind: SubscriptionOperationType | int | None, name: str | None
) -> None:
    line = TwoSites().here.open()
    line.ask(operation(START))

    assert line.refused(operation(kind, name)) == 53


def test_a_crossing_that_succeeds_is_told_step_by_step() -> None:
    sites = TwoSites()
    one, reader = subscribed(sites)
    given = number_for(one)
    check(reader, step("given", given, conn_id=None, other_dn=FAR_DN))

    conn_id = one.ask(RequestMakeCall(this_dn="7001", other_dn=given.access_number)).conn_id

    check(reader, step("succeeded", given, conn_id=conn_id))


def test_a_crossing_that_fails_is_told() -> None:
    sites = TwoSites()
    one, reader = subscribed(sites)
    given = number_for(one, "7999")
    reader.take()

    one.ask(RequestMakeCall(this_dn="7001", other_dn=given.access_number))

    check(reader, step("failed", given))


def test_a_number_that_is_given_back_is_told() -> None:
    sites = TwoSites()
    one, reader = subscribed(sites)
    given = number_for(one)
    reader.take()

    one.ask(RequestCancelReqGetAccessNumber(x_reference_id=given.x_reference_id))

    check(reader, step("canceled", given))


def test_nothing_is_told_after_the_stop_or_to_a_client_that_is_gone() -> None:
    sites = TwoSites()
    one, reader = subscribed(sites)
    gone = sites.here.open(name="gone")
    gone.ask(operation(START))
    gone.disconnect()
    reader.ask(operation(STOP))
    reader.take()

    number_for(one)

    assert reader.take() == []
