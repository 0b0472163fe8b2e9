"""The link of the persona: a client among others, which never acts inside a delivery."""

from dataclasses import replace
from typing import Any

from twisted.internet.task import Clock as ReactorClock

from tests.session.exchange import Exchange
from tests.switch.bed import START
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.config import Persona, PersonaRule, Settings
from tlibsim.journal import Kind
from tlibsim.net.clock import SteppedClock
from tlibsim.net.front import Front
from tlibsim.net.persona import persona_link, recorder_state
from tlibsim.persona.case import Recorder
from tlibsim.persona.commands import (
    AcceptInvites,
    ConnectAgain,
    DropConnection,
    LoseLegs,
    RefuseInvites,
)
from tlibsim.ports.media import Instant
from tlibsim.ports.scripts import FailRecorder, LoseRecorder, MendRecorder
from tlibsim.switch.commands import AnswerCall, ArriveInbound

RULES = (PersonaRule(dn="7001"),)


class Stage:
    """A server with a persona, a clock turned by hand, and what the persona has failed."""

    def __init__(self, **settings: Any) -> None:
        persona = Persona(name="recorder", **({"rules": RULES} | settings))
        self.exchange = Exchange(settings={"persona": persona})
        self.reactor = ReactorClock()
        self.clock = SteppedClock(self.reactor, START)
        self.front = Front(self.exchange.hub, self.clock)
        self.exchange.backend.deliver = self.front.report
        self.scripts: list[object] = []
        link = persona_link(
            self.exchange.settings,
            1,
            front=self.front,
            clock=self.clock,
            trace=self.exchange.desk.trace,
            script=self.scripts.append,
        )
        assert link is not None
        self.link = link
        link.start()
        self.turn()

    def turn(self) -> None:
        """Turns until nobody has anything to do."""
        for _ in range(20):
            self.reactor.advance(0)
            self.exchange.backend.answer_all()

    def call(self) -> ConnId:
        self.front.perform(ArriveInbound(caller="15550001", to=Dn("7001"), dnis="8"))
        conn_id = self.exchange.switch.views()[-1].conn_id
        self.front.perform(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
        return conn_id

    def status(self, conn_id: ConnId) -> object:
        call = self.exchange.switch.call(conn_id)
        assert call is not None
        return call.user_data.first("RECORDING_STATUS_GIM")

    def registered(self) -> list[str]:
        registry = self.exchange.hub.registry
        return [dn for dn in ("7001", "7002") if registry.watchers(Dn(dn))]


def test_without_a_persona_there_is_no_link() -> None:
    stage = Stage()
    settings: Settings = replace(stage.exchange.settings, persona=None)

    assert (
        persona_link(
            settings,
            1,
            front=stage.front,
            clock=stage.clock,
            trace=stage.exchange.desk.trace,
            script=stage.scripts.append,
        )
        is None
    )
    assert recorder_state(None) is Recorder.ABSENT


def test_it_is_a_client_with_a_name_and_registrations() -> None:
    stage = Stage(watch=("7002",))

    assert stage.registered() == ["7001", "7002"]
    assert [client.name for client in stage.exchange.hub.clients.values()] == ["recorder"]
    assert recorder_state(stage.link) is Recorder.CONNECTED


def test_a_call_is_recorded_and_told_so_on_turns_of_its_own() -> None:
    stage = Stage()

    conn_id = stage.call()

    assert stage.status(conn_id) is None
    assert not stage.link.settled()
    stage.turn()
    assert stage.status(conn_id) == "RECORDING_YES"
    assert stage.link.settled()


def test_a_start_that_waits_is_sent_when_its_time_has_come() -> None:
    stage = Stage(rules=(PersonaRule(dn="7001", delay_ms=2000),))
    conn_id = stage.call()
    stage.turn()
    assert stage.status(conn_id) is None
    assert stage.link.settled()

    stage.clock.advance(2.0)
    stage.turn()

    assert stage.status(conn_id) == "RECORDING_YES"


def test_a_dropped_connection_ends_the_registrations_and_can_be_made_again() -> None:
    stage = Stage()
    stage.link.perform(DropConnection())
    stage.turn()
    assert stage.registered() == []
    assert recorder_state(stage.link) is Recorder.DISCONNECTED
    conn_id = stage.call()
    stage.turn()
    assert stage.status(conn_id) is None

    stage.link.perform(ConnectAgain())
    stage.turn()

    assert stage.registered() == ["7001"]


def test_a_lost_connection_comes_back_after_its_time() -> None:
    stage = Stage(reconnect_after_ms=1500)
    stage.link.perform(DropConnection())
    stage.turn()

    stage.clock.advance(1.4)
    stage.turn()
    before = stage.link.connected
    stage.clock.advance(0.1)
    stage.turn()

    assert (before, stage.link.connected) == (False, True)


def test_a_connection_that_the_server_closes_is_lost() -> None:
    stage = Stage()

    stage.link.close()
    stage.turn()

    assert not stage.link.connected
    closed = [entry.detail for entry in stage.exchange.entries(Kind.CLOSED)]
    assert closed == ["closed by the server"]


def test_what_the_recorder_does_to_invites_goes_to_the_media_side() -> None:
    stage = Stage(address="sip:10.0.0.7")

    for command in (RefuseInvites(code=603), AcceptInvites(), LoseLegs()):
        stage.link.perform(command)

    assert stage.scripts == [
        FailRecorder(address="sip:10.0.0.7", code=603),
        MendRecorder(address="sip:10.0.0.7"),
        LoseRecorder(address="sip:10.0.0.7"),
    ]


def test_a_stopped_persona_does_nothing_more() -> None:
    stage = Stage(rules=(PersonaRule(dn="7001", delay_ms=1000),))
    conn_id = stage.call()
    stage.turn()

    stage.link.stop()
    stage.clock.advance(5.0)
    stage.turn()

    assert stage.status(conn_id) is None
    assert stage.clock.now() == Instant(START + 5_000_000)
