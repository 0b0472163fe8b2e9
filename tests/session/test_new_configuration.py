"""What clients see of a new configuration (docs/reload.md; BEHAVIOUR.md 3.2)."""

from dataclasses import replace
from typing import Any

from tests.session.exchange import Exchange
from tlibproto.messages import (
    EventAgentLogout,
    EventRegistered,
    EventReleased,
    EventServerInfo,
    EventUnregistered,
    RequestMakeCall,
    RequestQueryServer,
    RequestRegisterAddress,
    RequestReleaseCall,
)
from tlibproto.vocabulary import AgentWorkMode, Dn
from tlibsim.config import DnSettings, Settings
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.commands import AgentLogin, Reconfigure


def reconfigure(exchange: Exchange, settings: Settings) -> None:
    """Put other settings in force, as the server does."""
    exchange.settings = settings
    exchange.hub.reconfigure(settings, RecordingRules.from_options(settings.options))
    exchange.perform(
        Reconfigure(
            dns=settings.dns,
            agents=settings.agents,
            options=settings.options,
            numbers=settings.external.numbers,
        )
    )


def with_options(settings: Settings, **options: Any) -> Settings:
    return replace(settings, options=replace(settings.options, **options))


def without(settings: Settings, *dns: str) -> Settings:
    kept = {dn: one for dn, one in settings.dns.items() if dn not in dns}
    return replace(settings, dns=kept)


def test_the_registration_of_a_dn_that_is_gone_ends_with_an_error_and_no_reference() -> None:
    exchange = Exchange()
    desk, other = exchange.open("7001", "7002"), exchange.open("7002", name="other")

    reconfigure(exchange, without(exchange.settings, "7002"))

    for line in (desk, other):
        (event,) = line.take()
        assert isinstance(event, EventUnregistered)
        assert event.this_dn == "7002"
        assert event.error_code == 59
        assert event.error_message == "DN is not configured in CME"
        assert event.reference_id is None
    assert list(exchange.hub.registry.registrations(exchange.hub.clients[desk.id])) == ["7001"]


def test_the_code_of_that_error_is_the_one_that_is_configured() -> None:
    exchange = Exchange()
    desk = exchange.open("7002")

    settings = replace(exchange.settings, errors={"not-configured": 77})
    reconfigure(exchange, without(settings, "7002"))

    assert desk.last(EventUnregistered).error_code == 77


def test_the_logout_of_its_agent_is_told_before() -> None:
    exchange = Exchange()
    desk = exchange.open("7002")
    exchange.perform(
        AgentLogin(dn=Dn("7002"), agent_id="1002", queue=None, work_mode=AgentWorkMode.AutoIn)
    )
    desk.take()

    reconfigure(exchange, without(exchange.settings, "7002"))

    assert [type(event) for event in desk.take()] == [EventAgentLogout, EventUnregistered]


def test_the_end_of_the_last_call_is_told_before_the_registration_ends() -> None:
    exchange = Exchange()
    desk, other = exchange.open("7001"), exchange.open("7002")
    conn_id = exchange.talk(desk, other)

    reconfigure(exchange, without(exchange.settings, "7002"))
    assert other.take() == []
    desk.ask(RequestReleaseCall(this_dn="7001", conn_id=conn_id))

    assert [type(event) for event in other.take()] == [EventReleased, EventUnregistered]


def test_a_client_may_still_release_the_call_of_a_dn_that_is_leaving() -> None:
    exchange = Exchange()
    desk, other = exchange.open("7001"), exchange.open("7002")
    conn_id = exchange.talk(desk, other)
    reconfigure(exchange, without(exchange.settings, "7002"))

    answer = other.ask(RequestReleaseCall(this_dn="7002", conn_id=conn_id))

    assert isinstance(answer, EventReleased)


def test_nobody_registers_a_dn_that_is_leaving() -> None:
    exchange = Exchange()
    desk, other = exchange.open("7001"), exchange.open("7002")
    exchange.talk(desk, other)
    reconfigure(exchange, without(exchange.settings, "7002"))

    assert desk.refused(RequestRegisterAddress(this_dn="7002")) == 59


def test_a_dn_that_is_new_can_be_registered() -> None:
    exchange = Exchange()
    desk = exchange.open()
    assert desk.refused(RequestRegisterAddress(this_dn="7099")) == 59

    dns = {**exchange.settings.dns, "7099": DnSettings(dn="7099")}
    reconfigure(exchange, replace(exchange.settings, dns=dns))

    assert isinstance(desk.ask(RequestRegisterAddress(this_dn="7099")), EventRegistered)


def test_registrations_and_sessions_stay() -> None:
    exchange = Exchange()
    desk, other = exchange.open("7001"), exchange.open("7002")

    reconfigure(exchange, with_options(exchange.settings, relogin="replace"))

    assert desk.take() == []
    desk.ask(RequestMakeCall(this_dn="7001", other_dn="7002"))
    assert other.names() == ["EventRinging"]


def test_the_next_answer_goes_by_the_new_settings() -> None:
    exchange = Exchange()
    desk = exchange.open()

    reconfigure(exchange, replace(exchange.settings, server_version="9.9.9"))

    answer = desk.ask(RequestQueryServer())
    assert isinstance(answer, EventServerInfo)
    assert answer.server_version == "9.9.9"


def test_events_that_are_held_back_are_not_overtaken_when_the_delay_ends() -> None:
    exchange = Exchange(delay_ms=1000)
    desk, other = exchange.open("7001"), exchange.open("7002")
    exchange.wait(2)
    desk.send(RequestMakeCall(this_dn="7001", other_dn="7002"))
    assert desk.take() == []
    dialing = exchange.switch.views()[-1].conn_id

    reconfigure(exchange, with_options(exchange.settings, delay_ms=0))
    desk.send(RequestReleaseCall(this_dn="7001", conn_id=dialing))
    assert desk.take() == []
    exchange.wait(1)

    assert desk.names() == ["EventDialing", "EventReleased"]
    assert other.names()[0] == "EventRinging"
    desk.send(RequestMakeCall(this_dn="7001", other_dn="7002"))
    assert desk.names() == ["EventDialing"]
