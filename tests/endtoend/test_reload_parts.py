"""Every part of a running switch goes by another configuration at once (docs/reload.md)."""

from collections.abc import Iterator

import pytest

from tlibproto.messages import RequestAgentLogin, RequestMakeCall, RequestQueryServer
from tlibproto.vocabulary import AgentWorkMode
from tlibsim.testing.client import RequestError, TLibraryClient
from tlibsim.testing.harness import Server, Switch
from tlibsim.testing.pipe import SimulatorError

CONFIG = """\
switch: Here
dns:
  "7001": {type: DN}
  "7002": {type: DN}
  "7003": {type: DN}
  "8001": {type: Queue}
  "5001": {type: RouteDN}
  "trunk-in": {type: Trunk}
  "trunk-out": {type: Trunk, prefix: "9"}
  "msml1": {type: voip-service, service-type: msml}
agents: {"1001": {name: alice, dn: "7001", state: ready, queues: ["8001"]}}
routing: {rules: [{name: all, point: ["5001"], to: [{dn: "7001"}]}]}
options: {msml-support: true, msml-record-support: true}
"""
PERSONA = CONFIG + 'persona: {name: rec, watch: ["70*"]}\nclients: {rec: ["7001"]}\n'
SITES = CONFIG + "second-site: {switch: There, dns: {'6001': {type: DN}}}\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


@pytest.fixture
def switch(server: Server) -> Iterator[Switch]:
    with server.private(CONFIG) as made:
        yield made


def agents(switch: Switch) -> dict[str, str]:
    """States of agents by AgentID."""
    return {one["agent"]: one["state"] for one in switch.state()["agents"]}


def test_the_answer_tells_what_changed(switch: Switch):
    told = switch.reload(CONFIG.replace("alice", "anna"))

    assert told["summary"] == "reloaded: ~1 agent, calls untouched"
    assert told["changes"] == [{"how": "changed", "kind": "agent", "name": "1001"}]
    assert told["restart"] == []


def test_a_wrong_configuration_is_refused_with_every_place_and_changes_nothing(switch: Switch):
    before = {**switch.state(), "clock": None}

    with pytest.raises(SimulatorError) as refused:
        switch.reload(CONFIG.replace("alice", "anna").replace("state: ready", "stat: ready"))

    assert "Did you mean state?" in str(refused.value)
    assert {**switch.state(), "clock": None} == before


def test_an_agent_that_is_new_and_has_a_dn_is_logged_in(switch: Switch):
    more = ', "1002": {name: bob, dn: "7002", state: notready, queues: ["8001"]}}'
    switch.reload(CONFIG.replace('["8001"]}}', '["8001"]}' + more))

    assert agents(switch) == {"1001": "ready", "1002": "not ready"}


def test_an_agent_that_is_new_at_a_dn_that_is_taken_is_told_in_the_journal(switch: Switch):
    more = ', "1002": {name: bob, dn: "7001"}}'
    switch.reload(CONFIG.replace('["8001"]}}', '["8001"]}' + more))

    assert agents(switch)["1002"] == "logged out"
    switch.expect(query="kind:refusal")


def test_an_agent_of_the_configuration_goes_with_it_and_a_clients_agent_stays(switch: Switch):
    desk = switch.client("desk", register=["7002"])
    desk.request(
        RequestAgentLogin(
            this_dn="7002", agent_id="1009", agent_work_mode=AgentWorkMode.ManualIn
        )
    )
    switch.reload(
        CONFIG.replace(
            'agents: {"1001": {name: alice, dn: "7001", state: ready, queues: ["8001"]}}', ""
        )
    )

    assert agents(switch) == {"1009": "not ready"}


def test_the_next_call_is_routed_by_the_new_rules(switch: Switch):
    first = switch.inbound(to="5001")
    assert "7001" in first.parties

    switch.reload(CONFIG.replace('to: [{dn: "7001"}]', 'to: [{dn: "7002"}]'))
    second = switch.inbound(to="5001")

    assert "7001" in first.parties
    assert "7002" in second.parties


def test_a_dn_that_is_to_be_recorded_now_is_recorded_and_the_present_call_is_not(
    switch: Switch,
):
    switch.client("desk", register=["7002"])
    first = switch.inbound(to="7002").answer()
    assert first.user_data == {}

    switch.reload(CONFIG.replace('"7002": {type: DN}', '"7002": {type: DN, record: true}'))
    assert first.user_data == {}
    first.release()
    second = switch.inbound(to="7002").answer()

    second.expect(userdata={"GSIP_RECORD": "On"}, within=5)


def test_a_recording_that_runs_goes_on_though_its_dn_is_not_to_be_recorded_any_more(
    server: Server,
):
    recorded = CONFIG.replace('"7002": {type: DN}', '"7002": {type: DN, record: true}')
    with server.private(recorded) as switch:
        switch.client("desk", register=["7002"])
        call = switch.inbound(to="7002").answer()
        call.expect(userdata={"GSIP_RECORD": "On"}, within=5)

        switch.reload(CONFIG)

        assert call.user_data["GSIP_RECORD"] == "On"
        (recording,) = switch.recordings()
        assert recording["state"] == "active"


def test_faults_come_and_go_and_those_of_a_test_stay(switch: Switch):
    desk = switch.client("desk")
    switch.fault("delay", event="EventRinging", delay="1s", name="mine")
    refuse = (
        "faults: [{kind: error, request: RequestQueryServer, error: internal, name: theirs}]\n"
    )

    switch.reload(CONFIG + refuse)
    with pytest.raises(RequestError):
        desk.request(RequestQueryServer())
    told = switch.reload(CONFIG)

    assert told["summary"] == "reloaded: -1 fault, calls untouched"
    assert type(desk.request(RequestQueryServer())).__name__ == "EventServerInfo"
    assert switch.clear_faults("mine") == 1


def test_a_fault_that_stays_in_the_file_goes_on_counting(switch: Switch):
    desk = switch.client("desk")
    once = "{kind: error, request: RequestQueryServer, error: internal, name: once, count: 1}"
    switch.reload(CONFIG + f"faults: [{once}]\n")
    with pytest.raises(RequestError):
        desk.request(RequestQueryServer())

    more = "{kind: drop, event: EventHeld, name: more}"
    switch.reload(CONFIG + f"faults: [{once}, {more}]\n")

    assert type(desk.request(RequestQueryServer())).__name__ == "EventServerInfo"


def test_a_fault_that_the_switch_does_not_take_is_told_in_the_journal(switch: Switch):
    switch.dn("7001").out_of_service()

    switch.reload(CONFIG + "faults: [{kind: dn-out-of-service, dn: '7001'}]\n")

    (entry,) = switch.journal.find(query="ConfigurationRemark")
    assert "out of service already" in str(entry.document)


def test_the_recorder_persona_registers_dns_that_are_new(server: Server):
    with server.private(PERSONA) as switch:
        switch.expect(query="RequestRegisterAddress client:rec dn:7003")

        switch.reload(PERSONA.replace('"8001": {', '"7004": {type: DN}\n  "8001": {'))

        switch.expect(query="RequestRegisterAddress client:rec dn:7004")


def test_the_recorder_persona_registers_a_dn_again_that_became_another_object(server: Server):
    with server.private(PERSONA) as switch:
        switch.expect(query="EventRegistered client:rec dn:7003")

        switch.reload(PERSONA.replace('"7003": {type: DN}', '"7003": {type: Position}'))

        switch.expect(query="EventUnregistered client:rec dn:7003")
        switch.expect(query="RequestRegisterAddress client:rec dn:7003", count=2)


def test_the_switch_of_the_second_site_goes_by_the_new_configuration_too(server: Server):
    with server.private(SITES) as switch:
        second = switch.ready["second-site"]["tlib"]
        desk = TLibraryClient(second["host"], second["port"])
        with pytest.raises(RequestError):
            desk.register("6002")

        told = switch.reload(SITES.replace("{'6001':", "{'6002': {type: DN}, '6001':"))

        assert told["summary"] == "reloaded: +1 DN, ~1 second site, calls untouched"
        desk.register("6002")
        desk.close()


def test_a_second_site_that_comes_or_goes_needs_a_restart(server: Server):
    with server.private(SITES) as switch:
        assert switch.reload(CONFIG)["restart"] == ["second-site"]
        assert "second-site" in switch.ready


def test_what_is_wrong_at_the_second_site_changes_nothing_at_the_first(server: Server):
    with server.private(SITES) as switch:
        wrong = SITES.replace("alice", "anna").replace("{type: DN}}}", "{type: Bell}}}")

        with pytest.raises(SimulatorError, match="Bell|type"):
            switch.reload(wrong)

        assert {one["name"] for one in switch.state()["agents"]} == {"alice"}


def test_a_client_with_the_new_password_comes_in_and_others_stay(switch: Switch):
    old = switch.client("old", register=["7002"])

    switch.reload(CONFIG + "password: sesame\n")

    old.request(RequestMakeCall(this_dn="7002", other_dn="7003"))
    TLibraryClient(switch.host, switch.port, name="new", password="sesame").close()
    with pytest.raises(Exception, match="EventError"):
        TLibraryClient(switch.host, switch.port, name="new", password="open")


def test_reset_goes_back_to_the_configuration_that_is_in_force(switch: Switch):
    switch.reload(CONFIG.replace("state: ready", "state: notready"))
    assert agents(switch) == {"1001": "ready"}

    switch.reset()

    assert agents(switch) == {"1001": "not ready"}


def test_reset_lets_go_of_a_dn_that_was_only_kept_for_its_call(switch: Switch):
    switch.inbound(to="7002").answer()
    switch.reload(CONFIG.replace('  "7002": {type: DN}\n', ""))
    assert "7002" in {one["dn"] for one in switch.state()["dns"]}

    switch.reset()

    assert "7002" not in {one["dn"] for one in switch.state()["dns"]}
