"""RECORDING.md 3.1, 7, 12.2 and 12.6: trunks, IVR ports, logins and other sites."""

import pytest

from tests.recording.studio import CALLER, Desk, Studio, about, party, refused
from tlibproto.vocabulary import CallState, ConnId, Dn, DnRole
from tlibsim.config import AgentSettings, DnOptions, DnSettings, DnType
from tlibsim.recording.commands import RecordSide, StartRecording
from tlibsim.recording.facts import Trigger
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import (
    AgentLogin,
    AnswerCall,
    ArriveInbound,
    FarAnswer,
    MakeCall,
    SingleStepTransfer,
)
from tlibsim.switch.facts import CallLinked, PartyReleased, ThirdParty
from tlibsim.switch.refusals import Reason, RequestRefused

PORT = DnSettings(dn="9200", type=DnType.VOICE_TREATMENT_PORT, options=DnOptions(record=True))
DN = Dn("7001")


# -- IVR ---------------------------------------------------------------------------------------


def test_a_service_cannot_be_named_in_a_start() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()

    start = StartRecording(dn=Dn("msml1"), conn_id=conn_id)
    refused(Reason.WRONG_OBJECT, studio.do, start)


@pytest.mark.parametrize("dn", ["9100", "9200"])
def test_an_ivr_port_is_recorded_as_an_extension_is(dn: str) -> None:
    studio = Studio(dn={"9100": {"record": True}}, more=[PORT])

    conn_id = studio.inbound_answered(dn)
    studio.answer_orders()

    assert (studio.trace().trigger, studio.trace().record_dn) == (Trigger.FULL_TIME, dn)
    assert studio.state_key(conn_id) == "On"


@pytest.mark.parametrize("dn", ["9100", "9200"])
def test_a_client_may_record_it_too(dn: str) -> None:
    studio = Studio(more=[DnSettings(dn="9200", type=DnType.VOICE_TREATMENT_PORT)])
    conn_id = studio.inbound_answered(dn)

    studio.do(StartRecording(dn=Dn(dn), conn_id=conn_id))

    assert studio.trace().record_dn == dn


def test_a_trunk_group_is_found_by_its_whole_number_only() -> None:
    studio = Studio(dn={"9100": {"record": True}})

    with pytest.raises(RequestRefused):
        studio.do(ArriveInbound(caller=CALLER, to=Dn("91001"), dnis="8005551000"))


def test_the_recording_of_an_ivr_ends_when_it_hands_the_call_to_an_agent() -> None:
    studio = Studio(dn={"9100": {"record": True}})
    conn_id = studio.inbound_answered("9100")
    studio.answer_orders()

    studio.do(SingleStepTransfer(dn=Dn("9100"), conn_id=conn_id, to="7001"))

    assert studio.state_key(conn_id) == "Off"
    studio.do(AnswerCall(dn=DN, conn_id=conn_id))
    assert studio.trace().state is SessionState.ENDED


def test_a_trunk_to_an_ivr_is_not_recorded_unlike_that_of_customers() -> None:
    for ivr in (True, False):
        studio = Studio(dn={"trunk-in": {"record": True, "ivr": ivr}})

        studio.inbound_answered()

        assert bool(studio.desk.traces()) is not ivr


def test_an_outbound_trunk_is_recorded_when_the_far_end_answers() -> None:
    studio = Studio(dn={"trunk-out": {"record": True}})
    studio.do(MakeCall(dn=DN, to="915550009"))
    conn_id = studio.newest()
    assert studio.desk.traces() == ()

    studio.do(FarAnswer(conn_id=conn_id))
    studio.answer_orders()

    assert studio.trace().record_dn == "trunk-out"
    assert studio.state_key(conn_id) == "On"


# -- logins ------------------------------------------------------------------------------------


def test_an_agent_with_record_true_is_recorded_at_any_dn_that_says_false() -> None:
    agents = {"1001": AgentSettings(login="1001", record=True)}
    studio = Studio(agents=agents, dn={"7002": {"record": False}})
    studio.do(AgentLogin(dn=Dn("7002"), agent_id="1001"))

    studio.inbound_answered("7002")

    assert studio.trace().record_dn == "7002"
    assert studio.trace().rule == "record=true of agent 1001 at 7002"


def test_a_transfer_to_such_an_agent_goes_on_in_the_same_session() -> None:
    studio = Studio(agents={"1001": AgentSettings(login="1001", record=True)})
    studio.do(AgentLogin(dn=Dn("7002"), agent_id="1001"))
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=DN, conn_id=conn_id, record_id="one"))
    studio.answer_orders()

    studio.do(SingleStepTransfer(dn=DN, conn_id=conn_id, to="7002"))
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert (studio.trace().id, studio.trace().record_dn) == ("one", "7002")


# -- other sites -------------------------------------------------------------------------------


def at_another_site(**rules: bool) -> Desk:
    """A customer's recorded call, transferred by 7001 to a switch elsewhere."""
    desk = Desk(**rules)
    customer = party(CALLER, trunk="trunk-in", role=DnRole.RoleOrigination)
    call = desk.call(customer, party("7001"))
    desk.perform(StartRecording(dn=DN, conn_id=ConnId(0xC1), side=RecordSide.DESTINATION))
    desk.run()
    call = desk.call(customer)
    gone = about(PartyReleased, call, "7001")
    third = ThirdParty(dn="8001", role=DnRole.RoleDestination)
    transferred = type(gone)(
        call=call, side=gone.side, call_state=CallState.Transferred, third=third
    )
    desk.notice(transferred)
    far = party("8001", at=9, trunk="SIP_Switch2")
    desk.notice(CallLinked(call=desk.call(customer, far)))
    return desk


def test_with_the_server_in_the_path_a_recording_stays_at_the_first_site() -> None:
    desk = at_another_site()

    assert desk.trace().state is SessionState.ACTIVE
    assert desk.told == ["On"]


def test_a_transfer_by_refer_ends_it() -> None:
    desk = at_another_site(oosp_transfer_enabled=True)

    assert desk.trace().state is SessionState.ENDED
    assert desk.told == ["On", "Off"]
    assert "REFER" in desk.trace().cause


def test_the_flag_of_dtmf_clamping_is_shown() -> None:
    for clamped in (True, False):
        studio = Studio(clamp_dtmf_allowed=clamped, dn={"7001": {"record": True}})

        studio.inbound_answered()

        assert studio.trace().dtmf_clamping is clamped
