"""Calls that cross between two switches (BEHAVIOUR.md 3.7)."""

from typing import Any

import pytest

from tests.session.exchange import Line
from tests.session.sites import FAR_DN, HERE, OTHER_FAR_DN, THERE, TwoSites
from tests.switch.bed import CALLER
from tlibproto.layout.kvlist import Reading, read_list
from tlibproto.messages import (
    EventAnswerAccessNumber,
    EventCallCreated,
    EventCallDataChanged,
    EventDestinationBusy,
    EventEstablished,
    EventPartyChanged,
    EventReleased,
    EventRemoteConnectionFailed,
    EventRemoteConnectionSuccess,
    EventReqGetAccessNumberCanceled,
    EventRinging,
    EventRouteUsed,
    Request,
    RequestAnswerCall,
    RequestCancelReqGetAccessNumber,
    RequestCompleteTransfer,
    RequestGetAccessNumber,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestQueryLocation,
    RequestReleaseCall,
    RequestRouteCall,
    RequestSingleStepTransfer,
    RequestStartCallMonitoring,
)
from tlibproto.vocabulary import CallState, CallType, ConnId, Dn, KVList, RouteType
from tlibsim.ports.site import Site
from tlibsim.switch.commands import AnswerCall, ArriveInbound, FarRelease

DATA = KVList.of(k="v")


def links(body: bytes | None) -> dict[str, Any]:
    assert body is not None
    return dict(read_list(body, 0, len(body), "ISLinkList", Reading("utf-8")))


def inbound(sites: TwoSites, dn: str = "7001") -> ConnId:
    """A call from outside with data, answered here."""
    command = ArriveInbound(caller=CALLER, to=Dn(dn), dnis="8005551000", user_data=DATA)
    sites.here.perform(command)
    conn_id = sites.here.switch.views()[0].conn_id
    sites.here.perform(AnswerCall(dn=Dn(dn), conn_id=conn_id))
    return conn_id


def across(conn_id: ConnId, to: str = FAR_DN) -> Request:
    return RequestSingleStepTransfer(
        this_dn="7001", conn_id=conn_id, other_dn=to, location=THERE.switch
    )


def transferred(sites: TwoSites) -> tuple[ConnId, Line, Line]:
    """An inbound call that was sent to 7801 over there, which rings."""
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)
    conn_id = inbound(sites)
    one.ask(across(conn_id))
    return conn_id, one, far


def test_the_target_rings_with_the_numbers_and_the_data_of_the_origin() -> None:
    conn_id, _, far = transferred(TwoSites())

    ringing = far.last(EventRinging)
    assert ringing.conn_id == conn_id
    assert ringing.call_type == CallType.Inbound
    assert (ringing.ani, ringing.dnis, ringing.other_dn) == (CALLER, "8005551000", CALLER)
    assert ringing.user_data == DATA
    assert ringing.first_transfer_home_location == HERE.switch
    assert ringing.first_transfer_orig_dn == "7001"
    assert (ringing.first_transfer_conn_id, ringing.last_transfer_conn_id) == (
        conn_id,
        conn_id,
    )


def test_each_side_has_a_call_uuid_of_its_own() -> None:
    sites = TwoSites()
    transferred(sites)

    (here,), (there,) = sites.here.switch.views(), sites.there.switch.views()
    assert here.call_uuid != there.call_uuid


def test_the_call_uuid_is_kept_by_option() -> None:
    sites = TwoSites(isl_keep_calluuid=True)
    transferred(sites)

    (here,), (there,) = sites.here.switch.views(), sites.there.switch.views()
    assert here.call_uuid == there.call_uuid


def test_the_conn_id_is_new_by_option() -> None:
    sites = TwoSites(isl_connid="new")
    conn_id, _, far = transferred(sites)

    assert far.last(EventRinging).conn_id != conn_id


def test_both_sides_tell_of_the_link_with_the_name_of_the_other() -> None:
    sites = TwoSites()
    mons = [site.open(name="mon") for site in (sites.here, sites.there)]
    for mon in mons:
        mon.ask(RequestStartCallMonitoring())
    transferred(sites)

    here, there = (links(mon.last(EventCallDataChanged).is_link_list) for mon in mons)
    ((uuid, near),) = here.items()
    assert dict(near) == {"location-name": "Tserver2@Avaya_Switch1", "direction-role": "source"}
    assert there == {
        uuid: KVList.of(
            **{"location-name": "SIPServer1@SIP_Switch1", "direction-role": "target"}
        )
    }
    assert mons[1].last(EventCallCreated).is_link_list is None


def test_who_comes_later_gets_the_links_with_the_call() -> None:
    sites = TwoSites()
    transferred(sites)
    mon = sites.there.open(name="mon")

    mon.ask(RequestStartCallMonitoring())

    assert len(links(mon.last(EventCallCreated).is_link_list)) == 1


def test_an_answer_there_and_a_hangup_there_are_felt_here() -> None:
    sites = TwoSites()
    conn_id, _, far = transferred(sites)

    far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=conn_id))
    assert far.last(EventEstablished).other_dn == CALLER
    assert [p.state.name for p in sites.here.switch.views()[0].parties] == ["Connected"] * 2
    far.ask(RequestReleaseCall(this_dn=FAR_DN, conn_id=conn_id))

    assert sites.here.switch.views() == sites.there.switch.views() == []


def test_a_hangup_of_the_caller_here_is_felt_there() -> None:
    sites = TwoSites()
    conn_id, _, far = transferred(sites)
    far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=conn_id))
    far.take()

    sites.here.perform(FarRelease(conn_id=conn_id))

    assert far.names() == ["EventReleased"]
    assert sites.here.switch.views() == sites.there.switch.views() == []


def test_a_hangup_before_the_answer_is_an_abandoned_call_there() -> None:
    sites = TwoSites()
    conn_id, _, far = transferred(sites)
    far.take()

    sites.here.perform(FarRelease(conn_id=conn_id))

    assert far.names() == ["EventAbandoned"]


def test_a_call_made_to_another_site_is_answered_and_released_there() -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)

    conn_id = one.ask(
        RequestMakeCall(this_dn="7001", other_dn=FAR_DN, location=THERE.switch)
    ).conn_id
    assert far.last(EventRinging).other_dn == "7001"
    far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=conn_id))
    assert one.last(EventEstablished).other_dn == FAR_DN
    far.ask(RequestReleaseCall(this_dn=FAR_DN, conn_id=conn_id))

    assert one.last(EventReleased).call_state == CallState.Ok
    assert sites.here.switch.views() == sites.there.switch.views() == []


@pytest.mark.parametrize(
    ("to", "why"),
    [("7999", CallState.SitInvalidnum), (OTHER_FAR_DN, CallState.Busy)],
)
def test_a_number_that_cannot_be_had_there_is_told_here(to: str, why: CallState) -> None:
    sites = TwoSites()
    device = sites.there.switch.device(OTHER_FAR_DN)
    assert device is not None
    device.phone_busy = True
    one = sites.here.open("7001")

    one.ask(RequestMakeCall(this_dn="7001", other_dn=to, location=THERE.switch))

    assert one.last(EventDestinationBusy).call_state == why
    assert one.last(EventReleased).call_state == why
    assert sites.here.switch.views() == sites.there.switch.views() == []


def test_a_consultation_over_there_is_completed_here() -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)
    conn_id = inbound(sites)
    second = one.ask(
        RequestInitiateTransfer(
            this_dn="7001", conn_id=conn_id, other_dn=FAR_DN, location=THERE.switch
        )
    ).conn_id
    far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=second))

    one.ask(RequestCompleteTransfer(this_dn="7001", conn_id=conn_id, transfer_conn_id=second))

    (call,) = sites.here.switch.views()
    assert [(p.dn, p.outside) for p in call.parties] == [(CALLER, True), (FAR_DN, True)]
    assert [link.location for link in call.links] == [THERE.location]
    sites.here.perform(FarRelease(conn_id=conn_id))
    assert sites.there.switch.views() == []


def test_a_routed_call_reaches_the_other_site() -> None:
    sites = TwoSites()
    router, far = sites.here.open("5000"), sites.there.open(FAR_DN)
    sites.here.perform(ArriveInbound(caller=CALLER, to=Dn("5000")))
    conn_id = sites.here.switch.views()[0].conn_id

    router.send(
        RequestRouteCall(
            this_dn="5000",
            conn_id=conn_id,
            other_dn=FAR_DN,
            location=THERE.switch,
            route_type=RouteType.Unknown,
        )
    )
    far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=conn_id))

    assert router.last(EventRouteUsed).third_party_dn == FAR_DN
    assert far.last(EventEstablished).other_dn == CALLER


def test_the_way_back_is_a_call_of_its_own_with_a_second_link() -> None:
    sites = TwoSites()
    conn_id, _, far = transferred(sites)
    far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=conn_id))
    two = sites.here.open("7002")

    far.ask(
        RequestSingleStepTransfer(
            this_dn=FAR_DN, conn_id=conn_id, other_dn="7002", location=HERE.switch
        )
    )

    first, second = sites.here.switch.views()
    (there,) = sites.there.switch.views()
    assert first.conn_id == conn_id != second.conn_id
    assert [link.role.value for link in there.links] == ["target", "source"]
    assert [link.role.value for link in first.links] == ["source"]
    assert [link.role.value for link in second.links] == ["target"]
    assert second.links[0].uuid == there.links[1].uuid
    ringing = two.last(EventRinging)
    assert ringing.first_transfer_home_location == HERE.switch
    assert ringing.last_transfer_home_location == THERE.switch
    two.ask(RequestAnswerCall(this_dn="7002", conn_id=second.conn_id))
    two.ask(RequestReleaseCall(this_dn="7002", conn_id=second.conn_id))
    assert sites.here.switch.views() == sites.there.switch.views() == []


def test_a_location_that_is_not_linked_is_refused() -> None:
    one = TwoSites().here.open("7001")

    request = RequestMakeCall(this_dn="7001", other_dn=FAR_DN, location="nowhere")

    assert one.refused(request) == 53


def test_the_own_location_is_this_switch() -> None:
    one = TwoSites().here.open("7001")

    answer = one.ask(RequestMakeCall(this_dn="7001", other_dn="7002", location=HERE.switch))

    assert answer.call_type == CallType.Internal


def test_those_who_stay_are_told_of_the_party_over_there() -> None:
    sites = TwoSites()
    one, two = sites.here.open("7001"), sites.here.open("7002")
    conn_id = sites.here.talk(one, two)

    two.ask(
        RequestSingleStepTransfer(
            this_dn="7002", conn_id=conn_id, other_dn=FAR_DN, location=THERE.switch
        )
    )

    assert one.last(EventPartyChanged).other_dn == FAR_DN


def access(line: Line, to: str = FAR_DN, location: str = THERE.switch) -> Any:
    return line.ask(RequestGetAccessNumber(this_dn="7001", other_dn=to, location=location))


def test_a_call_to_an_access_number_reaches_the_other_site_once() -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)
    answer = access(one)
    assert type(answer) is EventAnswerAccessNumber

    one.ask(RequestMakeCall(this_dn="7001", other_dn=answer.access_number))

    assert far.last(EventRinging).other_dn == "7001"
    success = one.last(EventRemoteConnectionSuccess)
    assert (success.x_reference_id, success.other_dn) == (answer.x_reference_id, FAR_DN)
    two = sites.here.open("7002")
    two.ask(RequestMakeCall(this_dn="7002", other_dn=answer.access_number))
    assert two.last(EventDestinationBusy).call_state == CallState.SitInvalidnum


def test_a_call_to_an_access_number_that_fails_is_told_to_who_asked_for_it() -> None:
    sites = TwoSites()
    one = sites.here.open("7001")
    answer = access(one, "7999")

    one.ask(RequestMakeCall(this_dn="7001", other_dn=answer.access_number))

    failed = one.last(EventRemoteConnectionFailed)
    assert failed.x_reference_id == answer.x_reference_id
    assert sites.here.switch.views() == []


def test_an_access_number_is_given_back() -> None:
    sites = TwoSites()
    one = sites.here.open("7001")
    answer = access(one)
    back = RequestCancelReqGetAccessNumber(x_reference_id=answer.x_reference_id)

    assert type(one.ask(back)) is EventReqGetAccessNumberCanceled
    assert one.refused(back) == 53
    one.ask(RequestMakeCall(this_dn="7001", other_dn=answer.access_number))
    assert one.last(EventDestinationBusy).call_state == CallState.SitInvalidnum


@pytest.mark.parametrize(("to", "location", "code"), [("", THERE.switch, 71), ("1", "x", 53)])
def test_an_access_number_that_leads_nowhere_is_refused(
    to: str, location: str, code: int
) -> None:
    one = TwoSites().here.open("7001")

    assert access(one, to, location).error_code == code


def test_a_query_of_locations_is_answered_for_each_remote_site() -> None:
    one = TwoSites().here.open()

    assert one.ask(RequestQueryLocation()).location == THERE.switch
    assert one.ask(RequestQueryLocation(location=HERE.switch)).location == HERE.switch
    assert one.refused(RequestQueryLocation(location="nowhere")) == 53


def test_only_the_first_of_several_locations_carries_the_reference_id() -> None:
    sites = TwoSites()
    sites.here.switch.link_site(HERE, Site(server="S3", switch="Third_Switch"))
    one = sites.here.open()

    one.ask(RequestQueryLocation())

    told = [(one.location, one.reference_id is None) for one in one.take()]
    assert told == [(THERE.switch, False), ("Third_Switch", True)]
