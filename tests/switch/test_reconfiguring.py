"""A new configuration while calls go on (docs/reload.md)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.switch.bed import Bed, trunk
from tests.switch.queued import QUEUE2, rings_at, waiting
from tlibproto.vocabulary import AgentWorkMode, Dn, ForwardMode, PartyState
from tlibsim.config import AgentSettings, DnSettings, DnType, FarBehavior
from tlibsim.switch.commands import (
    AgentLogin,
    AgentLogout,
    AnswerCall,
    ArriveInbound,
    FarRelease,
    MakeCall,
    Reconfigure,
    ReleaseCall,
    SetBehavior,
    SetForward,
)
from tlibsim.switch.facts import (
    AgentLeftQueue,
    AgentLoggedOut,
    DnRetired,
    PartyEstablished,
    PartyReleased,
)
from tlibsim.switch.numbering import Inside, Nowhere, Outside
from tlibsim.switch.refusals import Reason

NEW = DnSettings(dn="7099")
Options = Mapping[str, Mapping[str, Any]]


def configuration(
    bed: Bed,
    *,
    gone: tuple[str, ...] = (),
    more: tuple[DnSettings, ...] = (),
    agents: Mapping[str, AgentSettings] | None = None,
    numbers: Mapping[str, FarBehavior] | None = None,
    dn: Options | None = None,
    **options: Any,
) -> Reconfigure:
    """The configuration of the bed without some DNs, with others, and with other options."""
    dns = dict(bed.switch.configured)
    for number in gone:
        del dns[number]
    for number, values in (dn or {}).items():
        dns[number] = replace(dns[number], options=replace(dns[number].options, **values))
    dns |= {one.dn: one for one in more}
    return Reconfigure(
        dns=dns,
        agents=bed.switch.floor.settings if agents is None else agents,
        options=replace(bed.switch.options, **options),
        numbers={} if numbers is None else numbers,
    )


def retired(bed: Bed) -> list[str]:
    return [fact.dn for fact in bed.facts if isinstance(fact, DnRetired)]


# -- what is new or changed ----------------------------------------------------------------------


def test_the_same_configuration_changes_nothing() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = bed.talk("7002", "7003")
    before = bed.everything()

    facts = bed.do(configuration(bed))

    assert facts == []
    assert bed.everything() == before
    assert bed.view(conn_id)


def test_a_dn_that_is_new_can_be_called_at_once() -> None:
    bed = Bed()
    assert isinstance(bed.switch.numbering.resolve("7099"), Nowhere)

    bed.do(configuration(bed, more=(NEW,)))
    bed.ring("7001", "7099")

    assert bed.story("7099") == ["PartyRinging"]


def test_an_option_counts_for_what_comes_next() -> None:
    bed = Bed(invalid_dest="error")
    assert bed.refused(MakeCall(dn=Dn("7001"), to="6999")) is Reason.INVALID_CALLED_DN

    bed.do(configuration(bed, invalid_dest="destbusy"))

    assert bed.do(MakeCall(dn=Dn("7001"), to="6999"))


def test_an_agent_that_is_new_passes_a_strict_check() -> None:
    bed = Bed(agent_strict_id="true", agents={})
    login = AgentLogin(
        dn=Dn("7001"), agent_id="1004", queue=None, work_mode=AgentWorkMode.ManualIn
    )
    assert bed.refused(login) is Reason.AGENT_UNKNOWN

    bed.do(configuration(bed, agents={"1004": AgentSettings(login="1004", name="dave")}))

    assert bed.do(login)


def test_dns_stand_in_the_order_of_the_configuration() -> None:
    bed = Bed()
    dns = {"7099": NEW, **bed.switch.configured}
    wanted = replace(configuration(bed), dns=dns)

    bed.do(wanted)

    assert list(bed.switch.devices) == list(dns)


def test_a_trunk_that_is_new_takes_its_prefix() -> None:
    bed = Bed()

    bed.do(configuration(bed, more=(trunk("T77", "77"),)))

    destination = bed.switch.numbering.resolve("775550100")
    assert isinstance(destination, Outside)
    assert destination.trunk.dn == "T77"
    assert destination.trunk.far is bed.switch.far


def test_a_call_goes_on_while_the_options_of_its_dn_change() -> None:
    bed = Bed()
    conn_id = bed.talk("7001", "7002")

    facts = bed.do(configuration(bed, dn={"7002": {"record": True}}))

    assert facts == []
    assert bed.switch.devices[Dn("7002")].options.record
    assert len(bed.view(conn_id).parties) == 2


def test_a_phone_that_was_about_to_answer_still_answers() -> None:
    bed = Bed(dn={"7002": {"answer_after": 2.0}})
    bed.ring("7001", "7002")
    bed.wait(1)

    bed.do(configuration(bed, dn={"7002": {"record": True}}))
    bed.wait(1)

    assert bed.story("7002") == ["PartyRinging", "PartyEstablished"]


def test_a_phone_answers_after_the_time_that_counts_now() -> None:
    bed = Bed(dn={"7002": {"answer_after": 2.0}})
    bed.ring("7001", "7002")

    bed.do(configuration(bed, dn={"7002": {"answer_after": 5.0}}))

    assert not any(isinstance(fact, PartyEstablished) for fact in bed.wait(4.9))
    assert any(isinstance(fact, PartyEstablished) for fact in bed.wait(0.2))


def test_those_outside_do_what_is_configured_now() -> None:
    bed = Bed()
    bed.do(configuration(bed, numbers={"94155550190": FarBehavior(answer_after=1.0)}))

    bed.do(MakeCall(dn=Dn("7001"), to="94155550190"))

    assert any(isinstance(fact, PartyEstablished) for fact in bed.wait(1))


def test_a_behavior_that_was_set_stays_while_its_dn_is_configured_as_before() -> None:
    bed = Bed()
    bed.do(SetBehavior(dn=Dn("7002"), answer_after=1.0))
    bed.do(SetBehavior(dn=Dn("7003"), answer_after=1.0))

    bed.do(configuration(bed, dn={"7003": {"record": True}}))

    assert bed.switch.devices[Dn("7002")].options.answer_after == 1.0
    assert bed.switch.devices[Dn("7003")].options.answer_after is None


def test_another_way_to_choose_agents_counts_for_those_who_wait_already() -> None:
    bed = Bed(queue_select="longest-idle")
    bed.log_in("7001")
    bed.log_in("7002")
    first = bed.talk("7001", "7003")
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=first))

    bed.do(configuration(bed, queue_select="linear"))
    call = bed.inbound("8000")

    assert rings_at(bed)[call] == "7001"


# -- what is gone --------------------------------------------------------------------------------


def test_a_dn_without_calls_is_gone_at_once() -> None:
    bed = Bed()

    facts = bed.do(configuration(bed, gone=("7002",)))

    assert facts == [DnRetired(dn=Dn("7002"))]
    assert bed.switch.device("7002") is None
    assert isinstance(bed.switch.numbering.resolve("7002"), Nowhere)


def test_a_dn_with_a_call_is_kept_until_the_call_is_over() -> None:
    bed = Bed()
    conn_id = bed.talk("7001", "7002")

    assert bed.do(configuration(bed, gone=("7002",))) == []
    assert len(bed.view(conn_id).parties) == 2
    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert retired(bed) == ["7002"]
    assert [type(fact) for fact in bed.told("7002")] == [PartyReleased]
    assert bed.switch.device("7002") is None


def test_a_dn_that_is_leaving_takes_no_new_call_login_or_own_call() -> None:
    bed = Bed()
    bed.talk("7001", "7002")
    bed.do(configuration(bed, gone=("7002",)))

    assert isinstance(bed.switch.numbering.resolve("7002"), Nowhere)
    assert bed.refused(MakeCall(dn=Dn("7002"), to="7003")) is Reason.INVALID_CALLING_DN
    login = AgentLogin(dn=Dn("7002"), agent_id="1002", queue=None, work_mode=0)
    assert bed.refused(login) is Reason.NOT_CONFIGURED


def test_queues_send_no_calls_to_a_dn_that_is_leaving() -> None:
    bed = Bed()
    bed.log_in("7001")
    first = bed.inbound("8000")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=first))
    bed.do(configuration(bed, gone=("7001",)))

    second = bed.inbound("8000")

    assert waiting(bed) == [second]


def test_the_agent_of_a_dn_is_logged_out_before_the_dn_goes() -> None:
    bed = Bed()
    bed.log_in("7002")

    facts = bed.do(configuration(bed, gone=("7002",)))

    assert [type(fact) for fact in facts] == [AgentLoggedOut, DnRetired]
    assert bed.switch.floor.agents == {}


def test_a_dn_that_comes_back_before_its_call_is_over_stays() -> None:
    bed = Bed()
    conn_id = bed.talk("7001", "7002")
    whole = configuration(bed)

    bed.do(configuration(bed, gone=("7002",)))
    bed.do(whole)
    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert retired(bed) == []
    bed.ring("7001", "7002")
    assert bed.story("7002")[-1] == "PartyRinging"


def test_a_dn_that_was_disabled_is_gone_and_one_that_is_enabled_is_there() -> None:
    bed = Bed()
    off = replace(bed.switch.configured["7002"], enabled=False)
    whole = configuration(bed)

    assert bed.do(configuration(bed, more=(off,))) == [DnRetired(dn=Dn("7002"))]
    assert bed.switch.device("7002") is None
    bed.do(whole)

    bed.ring("7001", "7002")
    assert bed.story("7002") == ["PartyRinging"]


def test_a_disabled_dn_that_stays_so_is_not_told_again() -> None:
    bed = Bed(extra=(DnSettings(dn="7098", enabled=False),))

    assert bed.do(configuration(bed)) == []


def test_a_dn_of_another_type_is_a_new_object_when_it_is_idle() -> None:
    bed = Bed()
    conn_id = bed.talk("7001", "7002")
    queue = DnSettings(dn="7002", type=DnType.QUEUE)

    assert bed.do(configuration(bed, more=(queue,))) == []
    assert bed.switch.devices[Dn("7002")].settings.type is DnType.DN
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert retired(bed) == ["7002"]
    call = bed.inbound("7002")
    assert waiting(bed, "7002") == [call]


def test_a_queue_that_is_gone_serves_the_calls_that_wait_there_first() -> None:
    bed = Bed(extra=(QUEUE2,))
    call = bed.inbound("8100")

    assert bed.do(configuration(bed, gone=("8100",))) == []
    assert waiting(bed, "8100") == [call]
    bed.do(FarRelease(conn_id=call))

    assert retired(bed) == ["8100"]


def test_agents_leave_a_queue_that_is_gone_and_stay_logged_in() -> None:
    bed = Bed(extra=(QUEUE2,))
    bed.log_in("7001", queue="8100")
    bed.log_in("7001", queue="8000")

    facts = bed.do(configuration(bed, gone=("8100",)))

    assert [type(fact) for fact in facts] == [AgentLeftQueue, DnRetired]
    assert list(bed.switch.floor.agents["1001"].queues) == ["8000"]


def test_a_trunk_that_is_gone_keeps_its_lines_until_they_are_free() -> None:
    bed = Bed(extra=(trunk("T77", "77"),))
    bed.do(MakeCall(dn=Dn("7001"), to="775550100"))
    conn_id = bed.newest().conn_id

    assert bed.do(configuration(bed, gone=("T77",))) == []
    assert isinstance(bed.switch.numbering.resolve("775550101"), Nowhere)
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert retired(bed) == ["T77"]


def test_calls_from_outside_do_not_come_by_a_trunk_that_is_leaving() -> None:
    bed = Bed(extra=(trunk("T77", "77"),))
    bed.do(ArriveInbound(caller="1", to=Dn("7001"), trunk="T77"))
    bed.do(configuration(bed, gone=("T77",)))

    again = ArriveInbound(caller="1", to=Dn("7002"), trunk="T77")

    assert bed.refused(again) is Reason.RESOURCE_UNAVAILABLE


def test_whoever_forwards_to_a_dn_forwards_to_what_has_its_number_now() -> None:
    bed = Bed()
    bed.do(SetForward(dn=Dn("7001"), to="7002", mode=ForwardMode.Unconditional))

    bed.do(configuration(bed, gone=("7002",)))
    forward = bed.switch.devices[Dn("7001")].telephone.forward
    assert forward is not None
    assert isinstance(forward.destination, Nowhere)

    bed.do(configuration(bed, more=(DnSettings(dn="7002"),)))
    forward = bed.switch.devices[Dn("7001")].telephone.forward
    assert forward is not None
    assert isinstance(forward.destination, Inside)


# -- agents --------------------------------------------------------------------------------------


def test_an_agent_of_a_client_stays_though_the_configuration_has_it_no_more() -> None:
    bed = Bed(agents={"1002": AgentSettings(login="1002")})
    bed.log_in("7002", session=5)

    assert bed.do(configuration(bed, agents={})) == []
    assert "1002" in bed.switch.floor.agents


def test_an_agent_whom_the_configuration_logged_in_goes_with_it() -> None:
    bed = Bed(agents={"1002": AgentSettings(login="1002", dn="7002")})
    bed.log_in("7002")

    (fact,) = bed.do(configuration(bed, agents={}))

    assert isinstance(fact, AgentLoggedOut)


def test_such_an_agent_ends_the_call_first() -> None:
    bed = Bed(agents={"1002": AgentSettings(login="1002", dn="7002")})
    bed.log_in("7002")
    conn_id = bed.talk("7001", "7002")

    assert bed.do(configuration(bed, agents={})) == []
    facts = bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert isinstance(facts[-1], AgentLoggedOut)


def test_one_who_logged_out_meanwhile_is_not_logged_out_again() -> None:
    bed = Bed(
        agents={"1002": AgentSettings(login="1002", dn="7002")}, agent_emu_login_on_call=True
    )
    bed.log_in("7002")
    conn_id = bed.talk("7001", "7002")
    bed.do(configuration(bed, agents={}))
    bed.do(AgentLogout(dn=Dn("7002")))

    facts = bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert not any(isinstance(fact, AgentLoggedOut) for fact in facts)


@pytest.mark.parametrize("gone", ["7001", "7002", "8000"])
def test_no_call_is_touched_whatever_goes(gone: str) -> None:
    bed = Bed()
    bed.log_in("7001")
    talks = bed.talk("7002", "7003")
    bed.inbound("8000")
    before = bed.switch.views()

    bed.do(configuration(bed, gone=(gone,)))

    assert bed.switch.views() == before
    states = {party.state for party in bed.view(talks).parties}
    assert states == {PartyState.Connected}
