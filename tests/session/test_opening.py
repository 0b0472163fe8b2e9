"""Opening a session, passwords, capabilities (WIRE.md 4, 5, 10.2)."""

import pytest

from tests.session.exchange import OPENING, REQUESTS, Exchange, Line, bare
from tests.switch.bed import START
from tlibproto.messages import (
    CATALOGUE,
    EventError,
    EventLinkConnected,
    EventServerInfo,
    Request,
    RequestQueryServer,
    RequestRegisterAddress,
    RequestRegisterClient,
    evolve,
)
from tlibproto.vocabulary import mask_ids
from tlibsim.journal import Kind


def greeted(line: Line, **changes: object) -> EventLinkConnected:
    line.send(evolve(OPENING, **changes))
    (greeting,) = line.take()
    assert type(greeting) is EventLinkConnected
    return greeting


def test_the_answer_to_the_opening_tells_who_the_server_is() -> None:
    exchange = Exchange()

    greeting = greeted(exchange.connect())

    assert greeting.server_role == 0
    assert greeting.registration_code == 0
    assert greeting.server_version == "8.1.102.65"
    assert greeting.application_name == "SIPServer1"
    assert (greeting.timein_secs, greeting.timein_usecs) == (START // 10**6, 0)
    assert len(greeting.capabilities or b"") == 64


def test_the_answer_has_neither_protocol_version_nor_reference_id() -> None:
    names = dict(greeted(Exchange().connect()).present())

    assert "protocol_version" not in names
    assert "reference_id" not in names


def test_the_client_id_is_the_servers_number_of_the_connection() -> None:
    exchange = Exchange()
    first, silent, third = (exchange.connect() for _ in range(3))

    assert greeted(first).client_id == first.id == 1
    assert greeted(third).client_id == third.id == 3
    assert silent.inbox == []


def test_the_number_of_a_connection_that_ended_is_not_used_again() -> None:
    exchange = Exchange()
    exchange.open().disconnect()

    assert greeted(exchange.connect()).client_id == 2


def test_every_session_has_an_id_of_its_own() -> None:
    exchange = Exchange()

    ids = [greeted(exchange.connect()).session_id for _ in range(5)]

    assert len(set(ids)) == 5
    assert 0 not in ids


def test_server_start_time_is_when_the_server_started_and_not_when_the_client_came() -> None:
    exchange = Exchange()
    first = greeted(exchange.connect()).server_start_time
    exchange.wait(3600)

    assert first == (START // 10**6) << 32
    assert greeted(exchange.connect()).server_start_time == first


def test_nothing_is_sent_before_the_client_has_spoken() -> None:
    exchange = Exchange()
    line = exchange.connect()
    exchange.wait(60)

    assert line.raw == b""


@pytest.mark.parametrize(
    "version", ["tserver protocol 4.2", "tserver protocol 4.1", "TServer Protocol 8", None]
)
def test_any_version_of_the_protocol_is_good(version: str | None) -> None:
    greeted(Exchange().connect(), protocol_version=version)


@pytest.mark.parametrize("version", ["configuration protocol 8", "", "4.2"])
def test_another_protocol_is_error_55_and_the_end(version: str) -> None:
    line = Exchange().connect()

    line.send(evolve(OPENING, protocol_version=version))

    (error,) = line.inbox
    assert (type(error), error.error_code) == (EventError, 55)
    assert error.error_message == "Incorrect protocol version"
    assert line.closed


def test_an_opening_without_any_attribute_is_good_enough() -> None:
    line = Exchange().connect()

    line.send(RequestRegisterClient())

    assert line.names() == ["EventLinkConnected"]


def test_an_opening_with_a_reference_id_gets_it_back() -> None:
    line = Exchange().connect()

    assert type(line.ask(OPENING)) is EventLinkConnected


# Passwords.


@pytest.mark.parametrize("given", ["wrong", "", None, "Secret", "secret ", "sécret"])
def test_a_wrong_password_is_error_119_and_then_the_end(given: str | None) -> None:
    exchange = Exchange(settings={"password": "secret"})
    line = exchange.connect()

    line.send(evolve(OPENING, application_password=given))

    (error,) = line.inbox
    assert (type(error), error.error_code) == (EventError, 119)
    assert error.error_message == "Bad password"
    assert line.closed


def test_the_right_password_opens() -> None:
    greeted(Exchange(settings={"password": "sécret"}).connect(), application_password="sécret")


def test_without_a_configured_password_any_is_ignored() -> None:
    greeted(Exchange().connect(), application_password="whatever")


def test_a_client_can_have_a_password_of_its_own() -> None:
    exchange = Exchange(settings={"password": "all", "passwords": {"boss": "own"}})

    greeted(exchange.connect(), application_name="boss", application_password="own")
    greeted(exchange.connect(), application_name="desk", application_password="all")
    line = exchange.connect()
    line.send(evolve(OPENING, application_name="boss", application_password="all"))
    assert line.names() == ["EventError"]


def test_a_wrong_password_on_an_open_session_is_an_ordinary_error() -> None:
    exchange = Exchange(settings={"password": "secret"})
    line = exchange.connect()
    greeted(line, application_password="secret")

    line.send(evolve(OPENING, application_password="wrong"))

    assert line.names() == ["EventError"]
    assert not line.closed
    line.ask(RequestQueryServer())


def test_a_refused_opening_leaves_the_others_alone() -> None:
    exchange = Exchange(settings={"password": "secret"})
    good = exchange.connect()
    greeted(good, application_password="secret")
    bad = exchange.connect()
    bad.send(OPENING)

    assert bad.closed
    assert not good.closed
    assert good.take() == []


def test_no_password_is_in_the_text_of_the_journal() -> None:
    exchange = Exchange(settings={"password": "hunter2"})
    line = exchange.connect()
    line.send(evolve(OPENING, application_password="swordfish"))

    texts = " ".join(entry.detail for entry in exchange.journal)
    assert "hunter2" not in texts
    assert "swordfish" not in texts
    assert [one.client for one in exchange.entries(Kind.REFUSAL)] == [line.id]


# Before and after.


def test_a_request_before_the_opening_is_refused_and_the_connection_stays() -> None:
    line = Exchange().connect()

    error = line.ask(RequestRegisterAddress(this_dn="7001"))

    assert (type(error), error.error_code) == (EventError, 112)
    assert not line.closed
    line.take()
    greeted(line)


@pytest.mark.parametrize("cls", [cls for cls in REQUESTS if cls is not RequestRegisterClient])
def test_no_request_but_the_opening_is_served_before_it(cls: type[Request]) -> None:
    line = Exchange().connect()

    assert line.refused(bare(cls)) == 112
    assert len(line.inbox) == 1


def test_a_second_opening_gets_the_same_session_again() -> None:
    exchange = Exchange()
    line = exchange.connect()
    first = greeted(line)

    again = greeted(line)

    assert (again.session_id, again.client_id) == (first.session_id, first.client_id)


def test_a_second_opening_keeps_the_registrations() -> None:
    exchange = Exchange()
    line = exchange.open("7001")

    line.send(OPENING)

    assert [client.id for client in exchange.hub.registry.watchers("7001")] == [line.id]


def test_clients_over_max_clients_get_error_40() -> None:
    exchange = Exchange()
    limits = exchange.settings.limits
    exchange = Exchange(settings={"limits": type(limits)(max_clients=2)})
    exchange.open()
    leaving = exchange.open()
    third = exchange.connect()
    third.send(OPENING)

    (error,) = third.inbox
    assert (type(error), error.error_code) == (EventError, 40)
    assert third.closed
    leaving.disconnect()
    greeted(exchange.connect())


# What the server is.


def test_query_server_tells_version_role_and_capabilities() -> None:
    exchange = Exchange()
    line = exchange.connect()
    greeting = greeted(line)

    info = line.ask(RequestQueryServer())

    assert type(info) is EventServerInfo
    assert info.server_version == "8.1.102.65"
    assert info.server_role == 0
    assert info.capabilities == greeting.capabilities


def test_the_capabilities_name_every_request_that_is_served_and_no_other() -> None:
    exchange = Exchange()
    line = exchange.connect()
    told = mask_ids(greeted(line).capabilities or b"")

    served = {
        int(cls.message_id)
        for cls in REQUESTS
        if getattr(line.ask(bare(cls)), "error_code", None) != 51
    }

    assert told & {int(cls.message_id) for cls in REQUESTS} == served


def test_the_capabilities_name_the_events_of_a_call() -> None:
    told = mask_ids(greeted(Exchange().connect()).capabilities or b"")

    names = {CATALOGUE[number].__name__ for number in told if number in CATALOGUE}
    assert names >= {
        "EventDialing",
        "EventRinging",
        "EventEstablished",
        "EventReleased",
        "EventAbandoned",
        "EventDestinationBusy",
        "EventNetworkReached",
        "EventHeld",
        "EventRetrieved",
        "EventDtmfSent",
        "EventAttachedDataChanged",
        "EventUserEvent",
        "EventACK",
        "EventError",
        "EventRegistered",
        "EventUnregistered",
        "EventServerInfo",
        "EventAddressInfo",
        "EventPartyInfo",
        "EventLinkConnected",
    }
    assert "EventNetworkCallStatus" not in names
