"""DNs in and out of service, the link, receivers on the hook (BEHAVIOUR.md 1.2, 1.20)."""

from tests.switch.bed import Bed
from tlibproto.vocabulary import CallState, Dn, ForwardMode
from tlibsim.switch.commands import (
    AnswerCall,
    CompleteTransfer,
    Consult,
    HoldCall,
    MakeCall,
    Purpose,
    ReleaseCall,
    SetForward,
    SetInService,
    SetLink,
    SetOutOfService,
)
from tlibsim.switch.facts import CameBackInService, LinkLost, LinkRestored, WentOutOfService
from tlibsim.switch.refusals import Reason

OUT = SetOutOfService(dn=Dn("7002"))


def test_going_out_of_service_releases_the_calls_of_the_dn() -> None:
    bed = Bed()
    bed.talk("7001", "7002")
    bed.ring("7003", "7002")
    bed.facts.clear()

    facts = bed.do(OUT)

    assert facts[0] == WentOutOfService(dn=Dn("7002"))
    assert bed.story("7002") == ["PartyReleased", "PartyReleased"]
    assert bed.story("7001") == ["PartyReleased"]
    assert bed.switch.views() == []


def test_a_call_to_a_dn_out_of_service_fails_with_a_general_error() -> None:
    bed = Bed()
    bed.do(OUT)

    bed.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert bed.story("7001") == ["PartyDialing", "PartyDestinationBusy", "PartyReleased"]
    assert bed.told("7001")[1].call_state is CallState.GeneralError


def test_a_dn_out_of_service_forwards_nothing_and_calls_nobody() -> None:
    bed = Bed()
    bed.do(SetForward(dn=Dn("7002"), mode=ForwardMode.Unconditional, to="7003"))
    bed.do(OUT)

    bed.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert bed.told("7003") == []
    assert bed.refused(MakeCall(dn=Dn("7002"), to="7001")) is Reason.OUT_OF_SERVICE


def test_a_dn_that_is_back_takes_calls() -> None:
    bed = Bed()
    bed.do(OUT)

    assert bed.do(SetInService(dn=Dn("7002"))) == [CameBackInService(dn=Dn("7002"))]
    bed.ring("7001", "7002")

    assert bed.story("7002") == ["PartyRinging"]


def test_a_dn_goes_out_of_service_once() -> None:
    bed = Bed()

    assert bed.refused(SetInService(dn=Dn("7002"))) is Reason.SAME_STATE
    bed.do(OUT)
    assert bed.refused(OUT) is Reason.SAME_STATE
    assert bed.refused(SetOutOfService(dn=Dn("7999"))) is Reason.NOT_CONFIGURED


def test_calls_outlive_the_link() -> None:
    bed = Bed()
    conn_id = bed.talk()

    assert bed.do(SetLink(up=False)) == [LinkLost()]
    assert bed.switch.call(conn_id) is not None
    assert bed.do(SetLink(up=True)) == [LinkRestored()]
    assert bed.refused(SetLink(up=True)) is Reason.SAME_STATE


# Hooks.


def hooks(bed: Bed, dn: str) -> list[str]:
    """All facts of the DN by name, those of the hook among them."""
    mine = [f for f in bed.facts if getattr(f, "dn", None) == dn or f in bed.told(dn)]
    return [type(fact).__name__ for fact in mine]


def test_no_hook_is_told_unless_the_option_says_so() -> None:
    bed = Bed()

    conn_id = bed.ring("7001", "7002")
    bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert hooks(bed, "7001") == ["PartyDialing", "PartyEstablished"]


def test_a_receiver_is_lifted_before_the_call_and_put_down_after_it() -> None:
    bed = Bed(emit_hook_events=True)

    conn_id = bed.ring("7001", "7002")
    bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert hooks(bed, "7001") == [
        "WentOffHook",
        "PartyDialing",
        "PartyEstablished",
        "PartyReleased",
        "WentOnHook",
    ]
    assert hooks(bed, "7002") == [
        "PartyRinging",
        "WentOffHook",
        "PartyEstablished",
        "PartyReleased",
        "WentOnHook",
    ]


def test_a_telephone_that_only_rang_was_never_off_the_hook() -> None:
    bed = Bed(emit_hook_events=True)
    conn_id = bed.ring("7001", "7002")

    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert hooks(bed, "7002") == ["PartyRinging", "PartyReleased"]


def test_the_receiver_stays_off_the_hook_while_another_call_is_held() -> None:
    bed = Bed(emit_hook_events=True)
    first = bed.talk("7001", "7002")
    bed.do(HoldCall(dn=Dn("7001"), conn_id=first))
    second = bed.ring("7001", "7003")

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=second))
    assert "WentOnHook" not in hooks(bed, "7001")
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=first))

    assert hooks(bed, "7001")[-2:] == ["PartyReleased", "WentOnHook"]


def test_after_a_transfer_the_receiver_is_put_down_once() -> None:
    bed = Bed(emit_hook_events=True)
    main = bed.talk("7001", "7002")
    bed.do(Consult(dn=Dn("7002"), conn_id=main, to="7003", purpose=Purpose.TRANSFER))
    consult = bed.newest().conn_id
    bed.do(AnswerCall(dn=Dn("7003"), conn_id=consult))
    bed.facts.clear()

    bed.do(CompleteTransfer(dn=Dn("7002"), conn_id=main, consult_conn_id=consult))

    assert hooks(bed, "7002") == ["PartyReleased", "PartyReleased", "WentOnHook"]
    assert "WentOnHook" not in hooks(bed, "7003")


def test_an_agent_at_a_dn_out_of_service_gets_calls_of_queues_when_it_is_back() -> None:
    bed = Bed()
    bed.log_in("7002")
    bed.do(OUT)
    bed.inbound("8000")
    assert [party.dn for party in bed.newest().parties if party.trunk is None] == ["8000"]
    bed.do(SetInService(dn=Dn("7002")))
    assert [party.dn for party in bed.newest().parties if party.trunk is None] == ["7002"]
