"""Snapshots in a user's tests, with a recorder that is reached over SIP."""

from pathlib import Path

import pytest

from tests.testing.plugged import run

MARKED = """
import pytest

CONFIG = '''
dns:
  "7001": {type: DN, record: true}
  "7002": {type: DN}
  "trunk-in": {type: Trunk}
  "msml1": {type: voip-service, service-type: msml}
recorder: {ready: {registered: ["7001"]}}
'''

pytestmark = pytest.mark.tlibsim(config=CONFIG)
"""


@pytest.mark.timeout(120)
def test_a_recorder_gets_new_sessions_for_what_a_snapshot_records(tmp_path: Path):
    result = run(
        tmp_path,
        MARKED
        + """
def test_it(tlibsim, recorder):
    call = tlibsim.inbound("4155550100", to="7001").answer()
    call.expect(userdata={"GSIP_RECORD": "On"}, within=5)
    recorder.sip.expect_invite(code=200, count=2)
    tlibsim.snapshot("recorded")
    call.release()
    recorder.sip.expect_bye(count=2)
    tlibsim.restore("recorded")
    recorder.sip.expect_invite(code=200, count=4)
    assert recorder.sip.sessions == 2
    assert call.user_data["GSIP_RECORD"] == "On"
    call.release()
    recorder.sip.expect_bye(count=4)

def test_one_that_is_paused_is_paused_again(tlibsim, recorder):
    call = tlibsim.inbound("4155550100", to="7001").answer()
    call.expect(userdata={"GSIP_RECORD": "On"}, within=5)
    recorder.sip.expect_invite(code=200, count=2)
    call.record("pause")
    recorder.sip.expect_reinvite(direction="inactive", count=2)
    tlibsim.snapshot("paused")
    tlibsim.restore("paused")
    recorder.sip.expect_invite(code=200, count=4)
    recorder.sip.expect_reinvite(direction="inactive", count=4)
    assert call.user_data["GSIP_RECORD"] == "Paused"
    call.record("resume")
    recorder.sip.expect_reinvite(direction="sendonly", count=2)
    call.expect(userdata={"GSIP_RECORD": "On"}, within=5)
    assert recorder.sip.sessions == 2
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.timeout(120)
def test_snapshots_can_be_awaited(tmp_path: Path):
    result = run(
        tmp_path,
        MARKED
        + """
import asyncio

def test_it(tlibsim):
    async def play():
        call = await tlibsim.aio.inbound("4155550100", to="7002")
        file = await tlibsim.aio.snapshot("ringing")
        await call.answer()
        await tlibsim.aio.restore(file)
        assert tlibsim.calls()[0].parties["7002"] == "Alerting"

    asyncio.run(play())
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr
