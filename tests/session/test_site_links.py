"""User data that changes after a call has crossed, and a link that is lost (BEHAVIOUR.md 3.7)."""

from typing import Any

import pytest

from tests.session.exchange import Exchange
from tests.session.rows import check, row
from tests.session.sites import FAR_DN, HERE, THERE, TwoSites
from tests.session.test_sites import DATA, across, inbound
from tests.switch.bed import CALLER
from tlibproto.messages import (
    EventAttachedDataChanged,
    EventDestinationBusy,
    EventRemoteConnectionFailed,
    EventRinging,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestCompleteTransfer,
    RequestDeleteUserData,
    RequestGetAccessNumber,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestReleaseCall,
    RequestRouteCall,
    RequestSingleStepTransfer,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import CallState, ConnId, Dn, KVList, RouteType, XRouteType
from tlibsim.switch.commands import ArriveInbound, ChangeUserData, DataChange


class Consultation:
    """7001 talks to an outside caller, and consults 7801 over there, which answered."""

    def __init__(self, **options: Any) -> None:
        self.sites = TwoSites(consult_user_data="inherited", **options)
        self.one, self.far = self.sites.here.open("7001"), self.sites.there.open(FAR_DN)
        self.conn_id = inbound(self.sites)
        dialing = self.one.ask(
            RequestInitiateTransfer(
                this_dn="7001", conn_id=self.conn_id, other_dn=FAR_DN, location=THERE.switch
            )
        )
        self.two: ConnId = dialing.conn_id
        self.far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=self.two))
        self.one.take()
        self.far.take()

    def data(self) -> list[KVList]:
        """The user data of the consultation at both ends."""
        calls = [site.switch.call(self.two) for site in (self.sites.here, self.sites.there)]
        return [call.user_data for call in calls if call is not None]


def change(exchange: Exchange, conn_id: ConnId, **pairs: str) -> None:
    """The server itself changes data of a call."""
    exchange.perform(
        ChangeUserData(
            dn=None, conn_id=conn_id, change=DataChange.UPDATE, pairs=KVList.of(**pairs)
        )
    )


# -- user data ---------------------------------------------------------------------------------


def test_data_that_is_changed_here_is_told_there_without_a_third_party() -> None:
    scene = Consultation()
    request = RequestUpdateUserData(
        this_dn="7001", conn_id=scene.two, user_data=KVList.of(k="2", z="9")
    )

    scene.one.ask(request)

    news = KVList.of(k="2", z="9")
    check(
        scene.one,
        row("AttachedDataChanged", conn_id=scene.two, third_party_dn="7001", user_data=news),
        answers=0,
    )
    check(
        scene.far,
        row("AttachedDataChanged", conn_id=scene.two, third_party_dn=None, user_data=news),
    )


def test_data_that_is_changed_there_is_told_here() -> None:
    scene = Consultation()

    scene.far.ask(RequestDeleteUserData(this_dn=FAR_DN, conn_id=scene.two))

    check(
        scene.one,
        row("AttachedDataChanged", conn_id=scene.two, user_data=KVList()),
    )
    assert scene.data() == [KVList(), KVList()]


def test_data_of_merged_calls_is_told_there_too() -> None:
    scene = Consultation(merged_user_data="merged-over-consult")
    change(scene.sites.here, scene.conn_id, z="9")
    change(scene.sites.there, scene.two, k="3")
    scene.far.take()

    scene.one.ask(
        RequestCompleteTransfer(
            this_dn="7001", conn_id=scene.conn_id, transfer_conn_id=scene.two
        )
    )

    news = KVList.of(k="3", z="9")
    check(scene.far, row("AttachedDataChanged", conn_id=scene.two, user_data=news))
    assert [call.user_data for call in scene.sites.here.switch.views()] == [news]


def test_data_follows_a_call_that_crosses_twice() -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001", "7002"), sites.there.open(FAR_DN)
    conn_id = inbound(sites)
    one.ask(across(conn_id))
    far.ask(RequestAnswerCall(this_dn=FAR_DN, conn_id=conn_id))
    far.ask(
        RequestSingleStepTransfer(
            this_dn=FAR_DN, conn_id=conn_id, other_dn="7002", location=HERE.switch
        )
    )
    back = one.last(EventRinging).conn_id

    one.ask(RequestAttachUserData(this_dn="7002", conn_id=back, user_data=KVList.of(z="9")))

    calls = [*sites.here.switch.views(), *sites.there.switch.views()]
    assert [call.user_data for call in calls] == [KVList.of(k="v", z="9")] * 3


def test_of_two_changes_at_the_same_time_that_of_the_source_stands_on_both_sides() -> None:
    scene = Consultation()
    sites = {HERE.switch: scene.sites.here, THERE.switch: scene.sites.there}
    scene.sites.carry = lambda: None  # type: ignore[method-assign]

    change(scene.sites.here, scene.two, k="source")
    change(scene.sites.there, scene.two, k="target")
    told = [told for site in sites.values() for told in site.hub.take_for_sites()]
    assert len(told) == 2
    for one in told:
        sites[one.to].perform(one.message)

    assert scene.data() == [KVList.of(k="source")] * 2
    assert not [told for site in sites.values() for told in site.hub.take_for_sites()]


# -- a lost link -------------------------------------------------------------------------------


def test_a_call_that_rings_over_there_fails_on_both_sides_when_the_link_is_lost() -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)
    conn_id = one.ask(
        RequestMakeCall(this_dn="7001", other_dn=FAR_DN, location=THERE.switch)
    ).conn_id
    one.take()
    far.take()

    sites.cut()

    state = {"conn_id": conn_id, "call_state": CallState.GeneralError}
    check(one, row("DestinationBusy", **state), row("Released", **state))
    check(far, row("Abandoned", conn_id=conn_id))
    assert sites.here.switch.views() == sites.there.switch.views() == []


def test_who_asked_for_the_access_number_hears_that_the_crossing_failed() -> None:
    sites = TwoSites()
    one = sites.here.open("7001")
    number = one.ask(
        RequestGetAccessNumber(this_dn="7001", other_dn=FAR_DN, location=THERE.switch)
    )
    sites.standing = False
    one.ask(RequestMakeCall(this_dn="7001", other_dn=number.access_number))

    sites.cut()

    failed = one.last(EventRemoteConnectionFailed)
    assert failed.x_reference_id == number.x_reference_id


def test_a_router_may_route_again_after_the_link_was_lost() -> None:
    sites = TwoSites(divert_on_ringing=False)
    router = sites.here.open("5000")
    sites.here.perform(ArriveInbound(caller=CALLER, to=Dn("5000")))
    conn_id = sites.here.switch.views()[0].conn_id
    router.send(_route(conn_id, 5))
    router.take()

    sites.cut()

    check(router, row("Error", error_code=233, reference_id=5), answers=0)
    assert router.refused(_route(conn_id, 6)) == 1001
    (call,) = sites.here.switch.views()
    assert [party.dn for party in call.parties] == [CALLER, "5000"]


def _route(conn_id: ConnId, reference: int) -> RequestRouteCall:
    return RequestRouteCall(
        this_dn="5000",
        conn_id=conn_id,
        other_dn=FAR_DN,
        location=THERE.switch,
        route_type=RouteType.Unknown,
        reference_id=reference,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("request_class", [RequestMakeCall, RequestGetAccessNumber])
def test_nothing_crosses_a_lost_link_and_the_error_says_so(request_class: Any) -> None:
    sites = TwoSites()
    one = sites.here.open("7001")
    sites.cut()

    request = request_class(this_dn="7001", other_dn=FAR_DN, location=THERE.switch)
    answer = one.ask(request)

    assert (answer.error_code, answer.error_message) == (1001, "Location is disconnected")
    assert sites.here.switch.views() == []


def test_a_call_to_an_access_number_over_a_lost_link_finds_no_trunk() -> None:
    sites = TwoSites()
    one = sites.here.open("7001")
    number = one.ask(
        RequestGetAccessNumber(this_dn="7001", other_dn=FAR_DN, location=THERE.switch)
    )
    sites.cut()

    one.ask(RequestMakeCall(this_dn="7001", other_dn=number.access_number))

    assert one.last(EventDestinationBusy).call_state == CallState.AllTrunksBusy
    assert sites.here.switch.views() == []
    sites.mend()
    one.ask(RequestMakeCall(this_dn="7001", other_dn=number.access_number))
    assert len(sites.there.switch.views()) == 1


def test_a_call_that_talks_outlives_a_short_loss_of_the_link() -> None:
    scene = Consultation()

    scene.sites.cut()
    scene.sites.wait(29)
    scene.sites.mend()
    scene.sites.wait(60)

    assert scene.one.take() == scene.far.take() == []
    scene.far.ask(RequestReleaseCall(this_dn=FAR_DN, conn_id=scene.two))
    check(scene.one, row("Released", conn_id=scene.two))


def test_what_ended_while_the_link_was_lost_ends_on_the_other_side_when_it_stands() -> None:
    scene = Consultation()
    scene.sites.cut()
    scene.far.ask(RequestReleaseCall(this_dn=FAR_DN, conn_id=scene.two))
    assert scene.one.take() == []

    scene.sites.mend()

    check(scene.one, row("Released", conn_id=scene.two))
    assert scene.sites.there.switch.views() == []


def test_a_call_that_talks_ends_when_the_link_stays_away() -> None:
    scene = Consultation(isl_leg_timeout=10)
    scene.sites.cut()

    scene.sites.wait(10)

    check(scene.one, row("Released", conn_id=scene.two))
    check(scene.far, row("Released", conn_id=scene.two))
    (call,) = scene.sites.here.switch.views()
    assert call.conn_id == scene.conn_id


def test_a_second_loss_begins_the_time_anew() -> None:
    scene = Consultation(isl_leg_timeout=10)
    scene.sites.cut()
    scene.sites.wait(9)
    scene.sites.mend()
    scene.sites.cut()

    scene.sites.wait(9)
    assert scene.one.take() == []
    scene.sites.wait(1)

    check(scene.one, row("Released", conn_id=scene.two))


def test_data_that_was_changed_while_the_link_was_lost_is_told_when_it_stands() -> None:
    scene = Consultation()
    scene.sites.cut()
    change(scene.sites.here, scene.two, k="later")
    assert scene.data() == [KVList.of(k="later"), DATA]

    scene.sites.mend()

    assert scene.far.last(EventAttachedDataChanged).user_data == KVList.of(k="later")
    assert scene.data() == [KVList.of(k="later")] * 2


def test_a_new_call_may_cross_before_the_other_side_has_said_what_it_knows() -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)
    sites.cut()
    carry, sites.carry = sites.carry, lambda: None  # type: ignore[method-assign]
    sites.mend()
    one.ask(RequestMakeCall(this_dn="7001", other_dn=FAR_DN, location=THERE.switch))
    sites.carry = carry  # type: ignore[method-assign]

    sites.carry()

    assert type(far.take()[-1]) is EventRinging
    assert len(sites.here.switch.views()) == 1


# -- ways to cross -----------------------------------------------------------------------------

DIRECT = [
    XRouteType.Direct,
    XRouteType.DirectUUI,
    XRouteType.DirectANI,
    XRouteType.DirectNoToken,
    XRouteType.DirectDigits,
    XRouteType.XRouteTypeDirectNetworkCallID,
]


def number_for(line: Any, kind: XRouteType | None, to: str = FAR_DN, **more: Any) -> Any:
    return line.ask(
        RequestGetAccessNumber(
            this_dn="7001", other_dn=to, location=THERE.switch, x_route_type=kind, **more
        )
    )


@pytest.mark.parametrize("kind", DIRECT)
def test_with_a_direct_route_type_the_number_is_that_of_the_destination(
    kind: XRouteType,
) -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)

    assert number_for(one, kind).access_number == FAR_DN
    one.ask(RequestMakeCall(this_dn="7001", other_dn=FAR_DN))

    assert far.last(EventRinging).other_dn == "7001"
    one.ask(RequestMakeCall(this_dn="7001", other_dn=FAR_DN))
    assert one.last(EventDestinationBusy).call_state == CallState.SitInvalidnum


@pytest.mark.parametrize(
    "kind", [None, XRouteType.Default, XRouteType.Route, XRouteType.Reroute]
)
def test_with_any_other_route_type_the_number_is_one_of_this_switch(
    kind: XRouteType | None,
) -> None:
    sites = TwoSites()
    one = sites.here.open("7001")

    numbers = [number_for(one, kind).access_number for _ in range(2)]

    assert len(set(numbers)) == 2
    assert all(number.startswith("*9") for number in numbers)


def test_a_direct_number_is_none_of_this_switch_and_is_given_once() -> None:
    sites = TwoSites()
    one = sites.here.open("7001")

    assert number_for(one, XRouteType.Direct, "7002").error_code == 53
    number_for(one, XRouteType.Direct)
    assert number_for(one, XRouteType.Direct).error_code == 166


def test_somebody_outside_reaches_the_other_site_by_an_access_number() -> None:
    sites = TwoSites()
    one, far = sites.here.open("7001"), sites.there.open(FAR_DN)
    number = number_for(one, None, user_data=KVList.of(z="9")).access_number
    conn_id = inbound(sites)

    one.ask(RequestSingleStepTransfer(this_dn="7001", conn_id=conn_id, other_dn=number))

    ringing = far.last(EventRinging)
    assert (ringing.ani, ringing.user_data) == (CALLER, KVList.of(k="v", z="9"))
    (call,) = sites.here.switch.views()
    assert call.user_data == ringing.user_data
