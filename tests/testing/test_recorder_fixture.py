"""The fixtures ``recorder`` and the scripted desktop of the plugin, as a user has them."""

import sys
from pathlib import Path

from tests.testing.plugged import run

CONFIG = """
CONFIG = '''
dns:
  "7001": {type: DN, record: true}
  "7002": {type: DN}
  "trunk-in": {type: Trunk}
  "msml1": {type: voip-service, service-type: msml}
recorder: {ready: {registered: ["7001"]}}
'''
"""
MARKED = "import pytest\n" + CONFIG + "\npytestmark = pytest.mark.tlibsim(config=CONFIG)\n"


def test_a_pause_keeps_the_dialogs_of_the_scripted_recorder(tmp_path: Path):
    result = run(
        tmp_path,
        MARKED
        + """
def test_pause_keeps_dialog(tlibsim, recorder):
    call = tlibsim.inbound("4155550100", to="7001").answer()
    call.expect(userdata={"GSIP_RECORD": "On"}, within=5)
    call.agent.private_service(3015)
    recorder.sip.expect_reinvite(direction="inactive", within=5)
    assert recorder.sip.sessions == 2
    tlibsim.journal.assert_none(event="EventError")
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_scripted_recorder_refuses_hangs_up_and_writes_files(tmp_path: Path):
    result = run(
        tmp_path,
        MARKED
        + """
def test_it_refuses(tlibsim, recorder):
    recorder.refuse(486, count=2)
    call = tlibsim.inbound("4155550100", to="7001").answer()
    recorder.sip.expect_invite(code=486, count=2)
    call.expect(userdata={"GSIP_RECORD": "Off"}, within=5)
    assert recorder.sip.sessions == 0

def test_it_hangs_up(tlibsim, recorder):
    call = tlibsim.inbound("4155550100", to="7001").answer()
    recorder.sip.expect_invite(count=2)
    call.expect(userdata={"GSIP_RECORD": "On"}, within=5)
    assert recorder.hang_up() == 2
    recorder.sip.expect_bye_of_recorder(count=2)
    call.expect(userdata={"GSIP_RECORD": "Off"}, within=5)
    assert recorder.sip.sessions == 0
    assert len(recorder.files) == 2
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_was_said_over_sip_is_in_the_failure(tmp_path: Path):
    result = run(
        tmp_path,
        MARKED
        + """
def test_it(tlibsim, recorder):
    tlibsim.inbound("4155550100", to="7001").answer()
    recorder.sip.expect_invite(count=2)
    recorder.sip.expect_reinvite(direction="inactive", within=0.1)
""",
    )
    assert result.returncode == 1
    assert "reinvite code=200 direction=inactive: expected 1, 0 came in 0.1 s" in result.stdout
    assert "to the recorder: INVITE sip:record=" in result.stdout


def test_the_recorder_of_the_configuration_is_started_and_ended(tmp_path: Path):
    (tmp_path / "tlibsim.yaml").write_text(
        f"""
dns:
  "7001": {{type: DN, record: true}}
  "trunk-in": {{type: Trunk}}
  "msml1": {{type: voip-service, service-type: msml}}
recorder:
  start: >-
    {sys.executable} -m tlibsim.testing.recorder --tserver {{tlib_host}}:{{tlib_port}}
    --sip-port {{sip_port}} --register 7001
  ready: {{registered: ["7001"], within: 30s}}
""",
        encoding="utf-8",
    )
    result = run(
        tmp_path,
        """
import os
import pytest

@pytest.mark.tlibsim(config="tlibsim.yaml")
def test_it_records(tlibsim, recorder):
    os.environ["RECORDER"] = str(recorder.pid)
    call = tlibsim.inbound("4155550100", to="7001").answer()
    call.expect(userdata={"GSIP_RECORD": "On"}, within=10)
    assert recorder.sip.sessions == 2

def test_it_is_gone():
    with pytest.raises(ProcessLookupError):
        os.kill(int(os.environ["RECORDER"]), 0)
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_recorder_that_dies_is_told_with_its_last_words(tmp_path: Path):
    (tmp_path / "broken.py").write_text("raise SystemExit('no licence')\n", encoding="utf-8")
    result = run(
        tmp_path,
        f"""
import pytest

CONFIG = '''
dns: {{"7001": {{type: DN}}}}
recorder: {{start: "{sys.executable} broken.py"}}
'''

@pytest.mark.tlibsim(config=CONFIG)
def test_it(tlibsim, recorder): ...
""",
    )
    assert result.returncode == 1
    assert "the recorder ended with exit code 1\nE" in result.stdout
    assert "no licence" in result.stdout


def test_a_scripted_desktop_does_what_people_do(tmp_path: Path):
    result = run(
        tmp_path,
        """
def test_it(tlibsim):
    desk = tlibsim.desktop("7002")
    colleague = tlibsim.desktop("7001")
    call = tlibsim.inbound("4155550142", to="7002", userdata={"priority": 5})
    desk.answer()
    desk.hold()
    desk.retrieve()
    desk.attach({"account": "A-77", "deep": {"more": 1}})
    assert call.user_data == {"priority": 5, "account": "A-77", "deep": {"more": 1}}
    desk.consult("7001")
    colleague.answer()
    desk.alternate()
    desk.alternate()
    desk.complete_transfer()
    assert call.parties == {"4155550142": "Connected", "7001": "Connected"}
    colleague.release()
    assert tlibsim.calls() == []

def test_a_conference_and_a_way_back(tlibsim):
    desk = tlibsim.desktop("7002")
    colleague = tlibsim.desktop("7001")
    tlibsim.inbound("4155550142", to="7002")
    desk.answer()
    desk.consult("7001", conference=True)
    colleague.answer()
    desk.reconnect()
    desk.consult("7001", conference=True)
    colleague.answer()
    desk.complete_conference()
    assert len(tlibsim.calls()[0].parties) == 3
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_agent_works_from_a_scripted_desktop(tmp_path: Path):
    result = run(
        tmp_path,
        '''
import pytest

CONFIG = """
dns: {"7002": {type: DN}, "8001": {type: ACD Queue}, trunk: {type: Trunk}}
agents: {"1002": {}}
"""

@pytest.mark.tlibsim(config=CONFIG)
def test_it(tlibsim):
    desk = tlibsim.desktop("7002", agent="1002", queue="8001")
    assert desk.login().agent_id == "1002"
    assert desk.not_ready({"ReasonCode": "Lunch"}).reasons.first("ReasonCode") == "Lunch"
    desk.ready()
    tlibsim.inbound(to="8001")
    assert desk.answer().this_queue == "8001"
    desk.release()
    desk.logout()
''',
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_one_thread_waits_while_another_acts(tmp_path: Path):
    result = run(
        tmp_path,
        """
import asyncio

def test_it(tlibsim):
    tlibsim.client("desk", register=["7001"])

    async def main():
        ringing = asyncio.create_task(
            tlibsim.aio.expect("EventRinging", dn="7001", within=20)
        )
        await asyncio.sleep(0)
        call = await tlibsim.aio.inbound(to="7001")
        await ringing
        await call.answer()
        return await call.expect("EventEstablished", dn="7001")

    assert asyncio.run(main()).dn == "7001"
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_configuration_that_is_no_yaml_is_told_with_its_line(tmp_path: Path):
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(config="dns: {'7001': {type: DN}}\\nrecorder: {start: 'x' 'y'}\\n")
def test_it(tlibsim): ...
""",
    )
    assert result.returncode == 1
    assert "config of the test:2:" in result.stdout
    assert "is not YAML" in result.stdout
    assert "Traceback" not in result.stdout
