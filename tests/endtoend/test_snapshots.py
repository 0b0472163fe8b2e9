"""Snapshots as T-Library clients over TCP and people at a shell meet them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.console.server import CONFIG, Api, api
from tests.endtoend.programs import tlibsim
from tlibproto.messages import (
    EventAddressInfo,
    EventLinkConnected,
    EventLinkDisconnected,
    Message,
    RequestAnswerCall,
    RequestCompleteTransfer,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestQueryAddress,
    RequestStartCallMonitoring,
)
from tlibproto.vocabulary import (
    AddressInfoType,
    AddressType,
    ConnId,
    Dn,
    PartyState,
    RegModeMask,
    connid_of,
)
from tlibsim.testing.client import RequestError, TLibraryClient
from tlibsim.testing.harness import Call, Server, Switch
from tlibsim.testing.pipe import SimulatorError

RECORDED = """\
seed: 1
dns:
  "7001": {type: DN, record: true}
  "7002": {type: DN}
  "7003": {type: DN}
  "8001": {type: Queue}
  "trunk-in": {type: Trunk}
  "msml1": {type: voip-service, service-type: msml}
agents:
  "1001": {name: alice, dn: "7001", state: ready, queues: ["8001"]}
  "1002": {name: bob, dn: "7002"}
options: {msml-support: true, msml-record-support: true}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


@pytest.fixture
def switch(server: Server) -> Iterator[Switch]:
    with server.private(RECORDED) as made:
        yield made
        made.check()


def names(messages: Sequence[Message]) -> list[str]:
    return [type(one).__name__ for one in messages]


def until_link(client: TLibraryClient) -> list[str]:
    """The names of what came up to EventLinkConnected, and itself."""
    client.expect(EventLinkConnected)
    return names(client.take())


def queried(client: TLibraryClient, dn: str) -> dict[str, Any]:
    """The Extensions of EventAddressInfo."""
    answer = client.request(
        RequestQueryAddress(
            this_dn=Dn(dn),
            address_type=AddressType.DN,
            address_info_type=AddressInfoType.DNStatus,
        )
    )
    assert isinstance(answer, EventAddressInfo)
    return dict(answer.extensions or ())


def consulting(switch: Switch, desk: TLibraryClient, colleague: TLibraryClient) -> Call:
    """7001 holds a call from outside and talks to 7003."""
    call = switch.inbound("4155550142", to="7001", userdata={"account": "A-77", "n": 5})
    main = connid_of(call.conn_id)
    desk.request(RequestAnswerCall(this_dn=Dn("7001"), conn_id=main))
    call.expect("EventAttachedDataChanged", userdata={"GSIP_RECORD": "On"})
    desk.request(RequestInitiateTransfer(this_dn=Dn("7001"), conn_id=main, other_dn=Dn("7003")))
    ringing = colleague.expect("EventRinging", this_dn="7003")
    colleague.request(RequestAnswerCall(this_dn=Dn("7003"), conn_id=ringing.conn_id))
    desk.expect("EventEstablished", this_dn="7001", conn_id=ringing.conn_id)
    return call


def complete(desk: TLibraryClient, main: ConnId, consult: ConnId) -> list[Message]:
    """Complete the transfer; what the client of 7001 gets."""
    reference = desk.send(
        RequestCompleteTransfer(this_dn=Dn("7001"), conn_id=main, transfer_conn_id=consult)
    )
    first = desk.expect("EventReleased", this_dn="7001")
    second = desk.expect("EventReleased", this_dn="7001")
    assert reference in (first.reference_id, second.reference_id)
    return [first, second]


def test_a_client_completes_its_transfer_again_after_each_loading(switch: Switch) -> None:
    desk = switch.client("desk", register=["7001"])
    colleague = switch.client("colleague", register=["7003"])
    call = consulting(switch, desk, colleague)
    main = connid_of(call.conn_id)
    consult = connid_of(switch.calls()[1].conn_id)
    switch.snapshot("mid-transfer")
    before = switch.state()["calls"]
    for _ in range(2):
        desk.take()
        colleague.take()
        complete(desk, main, consult)
        changed = colleague.expect("EventPartyChanged", this_dn="7003")
        assert (changed.conn_id, changed.previous_conn_id) == (main, consult)
        assert dict(changed.user_data)["n"] == 5
        assert call.parties == {"4155550142": "Connected", "7003": "Connected"}

        switch.restore("mid-transfer")

        assert _without_times(switch.state()["calls"]) == _without_times(before)
        colleague.expect("EventReleased", this_dn="7003", conn_id=main)
        for client in (desk, colleague):
            client.expect(EventLinkDisconnected)
            client.expect(EventLinkConnected)
        found = queried(desk, "7001")
        states = {found["conn-1"]: found["ps-1"], found["conn-2"]: found["ps-2"]}
        assert states == {
            f"{main:016x}": int(PartyState.Held),
            f"{consult:016x}": int(PartyState.Connected),
        }
    complete(desk, main, consult)


def _without_times(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for one in calls:
        parties = [{**party, "since": "", "established": ""} for party in one["parties"]]
        found.append({**one, "started": "", "parties": parties})
    return found


def test_registrations_stay_and_registering_again_tells_of_the_calls(switch: Switch) -> None:
    desk = switch.client("desk", register=["7001"])
    call = switch.inbound("4155550142", to="7001").answer()
    switch.snapshot("talking")
    call.release()
    switch.restore("talking")
    registered = desk.register("7001")
    assert dict(registered.extensions or ())["conn-1"] == call.conn_id
    desk.take()
    call.hold()
    desk.expect("EventHeld", this_dn="7001")


def test_what_goes_on_ends_with_ordinary_events_before_the_link_is_lost(
    switch: Switch,
) -> None:
    desk = switch.client("desk", register=["7001", "7002"])
    switch.snapshot("quiet")
    call = switch.inbound("4155550142", to="7002").answer()
    switch.agent("1002").not_ready(ReasonCode="Lunch")
    switch.dn("7002").do("dnd-on")
    desk.take(0.2)
    switch.restore("quiet")
    came = [*until_link(desk), "EventLinkConnected"]
    assert came == [
        "EventReleased",
        "EventDNDOff",
        "EventAgentNotReady",
        "EventLinkDisconnected",
        "EventLinkConnected",
    ]
    assert call.over


def test_agents_that_were_not_there_are_told_to_log_in(switch: Switch) -> None:
    desk = switch.client("desk", register=["7001", "7003"])
    switch.agent("1001").not_ready(ReasonCode="Lunch")
    switch.snapshot("lunch")
    switch.agent("1001").logout()
    switch.agent("1003").login(dn="7003")
    desk.take(0.2)
    switch.restore("lunch")
    told = [
        (type(one).__name__, one.this_dn)
        for one in desk.take(1.0)
        if type(one).__name__.startswith("EventAgent")
    ]
    assert ("EventAgentLogout", "7003") in told
    assert told.index(("EventAgentLogin", "7001")) < told.index(("EventAgentNotReady", "7001"))
    (alice,) = (one for one in switch.state()["agents"] if one["agent"] == "1001")
    assert (alice["state"], alice["reasons"]) == ("not ready", {"ReasonCode": "Lunch"})


def test_who_monitors_calls_sees_the_old_ones_go_and_the_restored_ones_come(
    switch: Switch,
) -> None:
    monitor = switch.client("monitor")
    call = switch.inbound("4155550142", to="7001").answer()
    switch.snapshot("talking")
    call.release()
    other = switch.inbound("4155550143", to="7003").answer()
    monitor.request(RequestStartCallMonitoring(register_mode=RegModeMask.Default))
    monitor.take(0.2)
    switch.restore("talking")
    created = monitor.expect("EventCallCreated", call_uuid=call.uuid)
    gone = monitor.expect("EventCallDeleted", call_uuid=other.uuid)
    assert gone.event_sequence_number < created.event_sequence_number
    added = {monitor.expect("EventCallPartyAdded").this_dn for _ in range(2)}
    assert added == {"4155550142", "7001"}
    call.hold("7001")
    monitor.expect("EventCallPartyState", this_dn="7001", party_state=int(PartyState.Held))


def test_while_a_snapshot_has_the_link_down_requests_are_refused(switch: Switch) -> None:
    desk = switch.client("desk", register=["7001"])
    switch.fault("link-down")
    switch.snapshot("outage")
    switch.clear_faults()
    desk.take(0.2)
    switch.restore("outage")
    assert names(desk.take(1.0))[-1] == "EventLinkDisconnected"
    with pytest.raises(RequestError, match="54"):
        desk.request(RequestMakeCall(this_dn=Dn("7001"), other_dn=Dn("7003")))
    switch.clear_faults()
    desk.expect(EventLinkConnected)


def test_faults_of_a_snapshot_are_in_force_again_and_do_not_touch_the_change(
    switch: Switch,
) -> None:
    desk = switch.client("desk", register=["7001"])
    switch.fault("drop", event="EventLinkConnected", count=1)
    switch.snapshot("bad-weather")
    switch.clear_faults()
    switch.restore("bad-weather")
    desk.expect(EventLinkConnected)
    (one,) = switch.state()["faults"]
    assert (one["kind"], one["struck"]) == ("drop", 0)


def test_what_a_fault_held_back_comes_before_the_link_is_lost(switch: Switch) -> None:
    desk = switch.client("desk", register=["7002"])
    switch.snapshot("quiet")
    switch.fault("delay", event="EventRinging", delay="60s")
    switch.inbound("4155550142", to="7002")
    assert names(desk.take(0.2)) == []
    switch.restore("quiet")
    assert until_link(desk) == ["EventRinging", "EventReleased", "EventLinkDisconnected"]


def test_events_that_are_always_late_come_in_order(server: Server) -> None:
    late = RECORDED.replace("options: {", "options: {delay-ms: 300, ")
    with server.private(late) as switch:
        desk = switch.client("desk", register=["7002"])
        switch.snapshot("quiet")
        switch.inbound("4155550142", to="7002")
        switch.restore("quiet")
        came = ["EventRinging", "EventReleased", "EventLinkDisconnected"]
        assert until_link(desk) == came
        switch.check()


@pytest.mark.parametrize("paused", [False, True])
def test_a_recorded_call_is_recorded_again_in_a_file_of_its_own(
    server: Server, paused: bool
) -> None:
    with server.private(RECORDED, clock="stepped") as switch:
        call = switch.inbound("4155550142", to="7001").answer()
        switch.clock.advance("5s")
        if paused:
            call.record("pause")
            switch.clock.advance("1s")
        before = switch.recordings()
        data = call.user_data
        switch.snapshot("recorded")
        switch.clock.advance("20s")
        call.release()
        switch.restore("recorded")
        assert switch.recordings() == before
        assert call.user_data == data
        switch.clock.advance("3s")
        if paused:
            call.record("resume")
        switch.clock.advance("4s")
        call.release()
        switch.clock.advance("1s")
        (session,) = switch.recordings()
        (file,) = session["files"]
        assert file["duration_ms"] == 7_000
        files = sorted(switch.recordings_directory.glob("*.wav"))
        assert [path.stem.removeprefix(session["file_name"]) for path in files] == ["-2", ""]
        assert session["state"] == "ended"
        switch.check()


def test_a_snapshot_is_loaded_from_a_file_that_was_kept(server: Server, tmp_path: Path) -> None:
    with server.private(RECORDED) as first:
        first.inbound("4155550142", to="7002").answer()
        kept = tmp_path / "talking.json"
        kept.write_bytes(first.snapshot("talking").read_bytes())
        calls = _without_times(first.state()["calls"])
    with server.private(RECORDED) as second:
        second.restore(kept)
        assert _without_times(second.state()["calls"]) == calls
        with pytest.raises(SimulatorError, match="no snapshot 'talking'; there are: none"):
            second.restore("talking")
        with pytest.raises(SimulatorError, match="no snapshot 'other'"):
            second.restore(tmp_path / "other.json")


# -- the shell and the control API --------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Api]:
    with api(folder) as one:
        yield one


def shell(served: Api, *words: str) -> tuple[int, str]:
    """Exit code, and all that was said."""
    done = tlibsim("snapshot", *words, "--url", served.url)
    return done.returncode, done.stdout + done.stderr


def test_the_commands_save_list_load_and_remove(served: Api, folder: Path) -> None:
    assert shell(served, "list") == (0, "no snapshots\n")
    made = served.post("/api/v1/calls", {"from": "4155550142", "to": "7001"})
    served.post(f"/api/v1/calls/{made['call']}/answer")
    code, said = shell(served, "save", "mid-call")
    assert (code, said.partition(",")[0]) == (0, "mid-call: saved")
    assert (folder / ".tlibsim" / "snapshots" / "mid-call.json").is_file()
    served.post(f"/api/v1/calls/{made['call']}/release")
    assert shell(served, "load", "mid-call") == (
        0,
        "mid-call: 1 call, 1 agent logged in, 1 recording\n",
    )
    code, said = shell(served, "load", "mid-call", "--json")
    assert [one["conn_id"] for one in json.loads(said)["calls"]] == [made["conn_id"]]
    code, said = shell(served, "list")
    assert said.split()[0] == "mid-call"
    code, said = shell(served, "list", "--json")
    assert [one["name"] for one in json.loads(said)] == ["mid-call"]
    assert "-- snapshot mid-call is loaded" in served.get("/api/v1/journal.log")
    assert shell(served, "remove", "mid-call") == (0, "mid-call: removed\n")
    assert shell(served, "list") == (0, "no snapshots\n")


def test_what_is_wrong_is_said_with_an_exit_code(served: Api, folder: Path) -> None:
    code, said = shell(served, "load", "nothing")
    assert (code, said.partition(";")[0]) == (1, "no snapshot 'nothing'")
    assert shell(served, "remove", "nothing")[0] == 1
    code, said = shell(served, "save", "../outside")
    assert (code, said.partition(":")[0]) == (2, "'../outside' is no name of a snapshot")
    assert not list(folder.rglob("outside*"))
    shell(served, "save", "spoiled")
    file = folder / ".tlibsim" / "snapshots" / "spoiled.json"
    file.write_text(file.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    code, said = shell(served, "load", "spoiled")
    assert (code, "is no JSON document" in said) == (1, True)
    shell(served, "remove", "spoiled")


@pytest.mark.parametrize("name", ["..%2Fx", "%2Fetc%2Fpasswd", "..", "a%00b"])
def test_names_in_addresses_do_not_lead_out_of_the_folder(served: Api, name: str) -> None:
    status, _ = served.ask("POST", f"/api/v1/snapshots/{name}/load")
    assert status in {404, 405, 422}
    status, _ = served.ask("DELETE", f"/api/v1/snapshots/{name}")
    assert status in {404, 405, 422}


def test_the_endpoints_are_in_the_openapi_document(served: Api) -> None:
    paths = served.get("/api/v1/openapi.json")["paths"]
    assert set(paths["/api/v1/snapshots"]) == {"get", "post"}
    assert set(paths["/api/v1/snapshots/{name}/load"]) == {"post"}
    assert set(paths["/api/v1/snapshots/{name}"]) == {"delete"}


def test_a_snapshot_survives_a_restart_and_another_configuration_is_told(
    tmp_path: Path,
) -> None:
    with api(tmp_path) as first:
        made = first.post("/api/v1/calls", {"from": "4155550142", "to": "7002"})
        first.post(f"/api/v1/calls/{made['call']}/answer")
        first.post("/api/v1/snapshots", {"name": "talking"})
        before = _without_times(first.get("/api/v1/calls"))
    with api(tmp_path) as second:
        state = second.post("/api/v1/snapshots/talking/load")
        assert _without_times(state["calls"]) == before
        following = second.post("/api/v1/calls", {"from": "4155550143", "to": "7003"})
        assert following["call"] == made["call"] + 1
    smaller = CONFIG.replace('  "7002": {type: DN}\n', "")
    with api(tmp_path, smaller) as third:
        status, answer = third.ask("POST", "/api/v1/snapshots/talking/load")
        assert status == 409
        assert answer["detail"].endswith("this one has no DN 7002")
        assert third.get("/api/v1/calls") == []


def test_the_folder_is_an_option(tmp_path: Path) -> None:
    config = CONFIG + "snapshots: {directory: states}\n"
    with api(tmp_path, config) as served:
        served.post("/api/v1/snapshots", {"name": "begin"})
        assert (tmp_path / "states" / "begin.json").is_file()
