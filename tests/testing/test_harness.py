"""The harness: private switches in a process of their own, acted on and asked from a test."""

import socket
import time
from collections.abc import Iterator

import pytest

from tlibproto.messages import RequestAnswerCall, RequestPrivateService
from tlibsim.testing.client import ClientError, RequestError, TLibraryClient
from tlibsim.testing.harness import ExpectationError, Server, Switch, seconds_of
from tlibsim.testing.pipe import ProcessLostError, SimulatorError


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


@pytest.fixture
def switch(server: Server) -> Iterator[Switch]:
    with server.private() as made:
        yield made


def test_a_client_gets_what_happens_at_its_dn_over_tcp(switch: Switch):
    desk = switch.client("desk", register=["7001"])
    call = switch.inbound("4155550142", to="7001", userdata={"account": "A-77", "priority": 5})
    ringing = desk.expect("EventRinging", this_dn="7001")
    assert ringing.ani == "4155550142"
    answer = RequestAnswerCall(this_dn=ringing.this_dn, conn_id=ringing.conn_id)
    assert type(desk.request(answer)).__name__ == "EventEstablished"
    assert call.user_data == {"account": "A-77", "priority": 5}
    assert call.parties == {"4155550142": "Connected", "7001": "Connected"}


def test_an_expectation_waits_for_what_is_still_to_come(switch: Switch):
    desk = switch.client("desk", register=["7001"])
    call = switch.inbound(to="7001")
    desk.send(RequestAnswerCall(this_dn="7001", conn_id=int(call.conn_id, 16)))
    found = switch.expect("EventEstablished", dn="7001", within="5s")
    assert found["ConnID"] == call.conn_id


def test_an_expectation_that_fails_shows_the_nearest_message_and_its_difference(
    switch: Switch,
):
    switch.client("desk", register=["7001"])
    switch.inbound(to="7001", userdata={"account": "A-77"})
    with pytest.raises(ExpectationError) as failed:
        switch.expect("EventRinging", dn="7001", userdata={"account": "B-1"}, within=0.05)
    assert "nothing matched" in str(failed.value)
    assert "expected 'B-1'" in str(failed.value)
    assert "A-77" in str(failed.value)


def test_a_message_class_names_what_is_expected_of_a_client(switch: Switch):
    recorder = switch.client("recorder", register=["7001"])
    call = switch.inbound(to="7001").answer()
    recorder.request(
        RequestPrivateService(
            private_msg_id=3013, this_dn="7001", conn_id=int(call.conn_id, 16)
        )
    )
    asked = switch.expect(RequestPrivateService, private_msg_id=3013, conn_id=call.conn_id)
    assert asked.clients == ("recorder",)
    call.expect("EventAttachedDataChanged", userdata={"GSIP_RECORD": "On"})


def test_what_must_not_come_is_asserted(switch: Switch):
    desk = switch.client("desk", register=["7001"])
    switch.journal.assert_none(event="EventError")
    with pytest.raises(RequestError) as refused:
        desk.request(RequestAnswerCall(this_dn="7002", conn_id=1))
    assert refused.value.event.error_message
    with pytest.raises(ExpectationError, match="expected none"):
        switch.journal.assert_none(event="EventError")


def test_a_clock_that_is_stepped_moves_only_when_told(server: Server):
    config = 'dns: {"7001": {no-answer-timeout: 30, no-answer-overflow: "7002"}, "7002": {}}'
    with server.private(config + "\n", clock="stepped") as switch:
        call = switch.make_call("7002", "7001")
        before = switch.state()["clock"]["now"]
        assert switch.state()["clock"]["now"] == before
        assert switch.clock.advance("1h") > before
        assert call.over or "7001" not in call.parties


def test_a_reset_ends_calls_and_empties_the_journal_and_keeps_the_ports(switch: Switch):
    port = switch.port
    switch.inbound(to="7001").answer()
    switch.dn("7002").out_of_service()
    switch.reset()
    assert switch.calls() == []
    assert switch.journal.find(event="EventEstablished") == []
    assert switch.dn("7002").state["in_service"] is True
    assert switch.port == port
    switch.inbound(to="7002").answer()


def test_two_switches_know_nothing_of_each_other(server: Server):
    with server.private() as one, server.private() as other:
        one.inbound(to="7001")
        assert other.calls() == []
        assert one.port != other.port
        assert one.recordings_directory != other.recordings_directory


def test_equal_seeds_give_equal_identifiers(server: Server):
    with server.private(clock="stepped") as one, server.private(clock="stepped") as other:
        assert one.inbound(to="7001").uuid == other.inbound(to="7001").uuid


def test_what_the_switch_refuses_is_an_error_with_its_reason(switch: Switch):
    call = switch.inbound(to="7001")
    with pytest.raises(SimulatorError, match="not-on-call"):
        call.hold(dn="7002")
    with pytest.raises(SimulatorError, match="no verb 'fly'"):
        call.do("fly")


def test_a_wrong_configuration_names_the_line(server: Server):
    with pytest.raises(SimulatorError, match=r"config of the test:2"):
        server.switch("dns:\n  7001: {typ: DN}\n")


def test_a_stopped_switch_leaves_no_listener_and_no_files(server: Server):
    switch = server.switch()
    directory = switch.recordings_directory.parent
    switch.inbound(to="7001").answer()
    switch.stop()
    assert not directory.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((switch.host, switch.port), timeout=2)
    with pytest.raises(SimulatorError, match="stopped"):
        switch.calls()


def test_a_server_that_dies_is_told_with_what_it_said():
    server = Server()
    switch = server.switch()
    import os
    import signal

    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(ProcessLostError):
        switch.calls()
    server.close()


def test_the_process_ends_with_the_tests():
    server = Server()
    server.close()
    with pytest.raises(ProcessLostError):
        server.switch()


def test_a_client_says_what_came_instead_of_what_it_waited_for(switch: Switch):
    desk = switch.client("desk", register=["7001"])
    switch.inbound(to="7001")
    begun = time.monotonic()
    with pytest.raises(ClientError, match="no EventReleased in 0.05 s; came: EventRinging"):
        desk.expect("EventReleased", seconds=0.05)
    assert time.monotonic() - begun < 5


def test_a_client_is_told_when_nobody_listens():
    with pytest.raises(OSError, match="refused"):
        TLibraryClient("127.0.0.1", 9)


@pytest.mark.parametrize(
    ("span", "seconds"), [("250ms", 0.25), ("30s", 30), ("1.5m", 90), ("8h", 28800), (2, 2)]
)
def test_spans_of_time_are_read(span: object, seconds: float):
    assert seconds_of(span) == seconds


def test_a_span_without_unit_is_refused():
    with pytest.raises(ValueError, match="write 250ms"):
        seconds_of("30 parsecs")
