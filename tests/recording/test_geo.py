"""RECORDING.md 8.2 and 6: which place a recording gets, by which rule, and when it has none."""

from typing import Any

import pytest

from tests.recording.studio import Studio, refused
from tests.recording.test_routing import answered
from tlibproto.vocabulary import CallType, Dn
from tlibsim.config import DnOptions
from tlibsim.recording.commands import GeoWish, RecordSide, StartRecording
from tlibsim.recording.facts import AlarmRaised
from tlibsim.recording.geo import GeoChoice, Places, choose, overflow_map
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.refusals import Reason

RULES = RecordingRules()
ALL = Places(
    request=GeoWish(tag="request"),
    route=GeoWish(tag="route"),
    side=DnOptions(geo_location="side"),
    routing_point=DnOptions(geo_location="point"),
    trunk=DnOptions(geo_location="trunk", record=True),
    agent=DnOptions(geo_location="agent"),
    recorded=DnOptions(geo_location="recorded"),
)
NONE = {"request": GeoWish(), "route": GeoWish(), "side": None, "routing_point": None}


def without(*names: str) -> Places:
    values: dict[str, Any] = {
        name: getattr(ALL, name)
        for name in ("request", "route", "side", "routing_point", "trunk", "agent", "recorded")
    }
    values |= {name: GeoWish() if name in {"request", "route"} else None for name in names}
    return Places(**values)


def chosen(call_type: CallType, places: Places) -> tuple[str, str]:
    choice = choose(call_type, places, RULES, ())
    return choice.tag, choice.rule


@pytest.mark.parametrize(
    ("missing", "tag", "rule"),
    [
        ("", "request", "request"),
        ("request", "route", "route-extension"),
        ("request route", "side", "side"),
        ("request route side", "point", "routing-point"),
        ("request route side routing_point", "trunk", "inbound-trunk"),
        ("request route side routing_point trunk", "recorded", "recorded-dn"),
        ("request route side routing_point trunk recorded", "", ""),
    ],
)
def test_the_order_of_an_inbound_call(missing: str, tag: str, rule: str) -> None:
    assert chosen(CallType.Inbound, without(*missing.split())) == (tag, rule)


@pytest.mark.parametrize(
    ("missing", "tag", "rule"),
    [
        ("", "request", "request"),
        ("request", "route", "route-extension"),
        ("request route", "side", "side"),
        ("request route side", "point", "routing-point"),
        ("request route side routing_point", "agent", "agent-dn"),
        ("request route side routing_point agent", "trunk", "outbound-trunk"),
        ("request route side routing_point agent trunk", "", ""),
    ],
)
def test_the_order_of_an_outbound_call(missing: str, tag: str, rule: str) -> None:
    assert chosen(CallType.Outbound, without(*missing.split())) == (tag, rule)


def test_an_outbound_trunk_counts_only_if_it_is_recorded() -> None:
    places = Places(trunk=DnOptions(geo_location="trunk"))

    assert chosen(CallType.Outbound, places) == ("", "")


def test_an_object_without_a_tag_is_passed_over() -> None:
    places = Places(side=DnOptions(), trunk=DnOptions(geo_location="trunk"))

    assert chosen(CallType.Inbound, places) == ("trunk", "inbound-trunk")


# -- what is sent, and when nobody is there ----------------------------------------------------


def at(served: set[str], **rules: Any) -> GeoChoice:
    places = Places(route=GeoWish(tag="boston"))
    return choose(CallType.Inbound, places, RecordingRules(**rules), served)


def test_a_place_is_sent_in_a_header_and_without_one_there_is_none() -> None:
    assert at(set()).headers == (("X-Genesys-geo-location", "boston"),)
    assert GeoChoice().headers == ()


def test_the_strict_mode_adds_a_header() -> None:
    choice = at({"boston"}, strict_location=True)

    assert choice.headers[1] == ("X-Genesys-strict-location", "enforce")


def test_where_nobody_has_a_place_any_will_do() -> None:
    assert at(set()).served == "boston"


def test_a_place_that_nobody_serves_is_refused_by_default() -> None:
    assert refused(Reason.SERVICE_UNAVAILABLE, at, {"dallas"}) == "nobody records at boston"


def test_it_may_be_recorded_anywhere_instead() -> None:
    option = {"reject_recording_request_on_geo_location_nomatch": False}

    assert at({"dallas"}, **option).served == ""
    refused(Reason.SERVICE_UNAVAILABLE, at, {"dallas"}, strict_location=True, **option)


def test_the_overflow_location_is_used_instead() -> None:
    choice = at({"dallas"}, overflow_location_map="x=y, boston = dallas")

    assert (choice.tag, choice.overflow, choice.served) == ("boston", "dallas", "dallas")


def test_the_overflow_of_the_request_goes_before_the_map() -> None:
    places = Places(request=GeoWish(tag="boston", overflow="miami"))
    rules = RecordingRules(overflow_location_map="boston=dallas")

    choice = choose(CallType.Inbound, places, rules, {"miami", "dallas"})

    assert choice.served == "miami"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        (" a = b ; c=d ,e", {"a": "b", "c": "d"}),
        ("=b,c=", {}),
    ],
)
def test_the_map_of_overflow_locations(text: str, pairs: dict[str, str]) -> None:
    assert dict(overflow_map(text)) == pairs


# -- on real calls -----------------------------------------------------------------------------

PLACES = {
    "trunk-in": {"geo_location": "dallas"},
    "5000": {"geo_location": "chicago"},
    "7001": {"geo_location": "miami"},
    "7004": {"geo_location": "denver"},
}


@pytest.mark.parametrize(
    ("side", "dn", "tag"),
    [
        (RecordSide.SOURCE, "7001", "miami"),
        (RecordSide.DESTINATION, "7001", "dallas"),
        (RecordSide.SOURCE, "7004", "denver"),
    ],
)
def test_a_dynamic_start_has_the_place_of_the_side_it_names(
    side: RecordSide, dn: str, tag: str
) -> None:
    studio = Studio(dn=PLACES)
    conn_id = studio.inbound_answered()

    studio.do(StartRecording(dn=Dn(dn), conn_id=conn_id, side=side))

    assert (studio.trace().geo, studio.trace().geo_rule) == (tag, "side")
    (order,) = studio.backend.started
    assert order.geo_location == tag


@pytest.mark.parametrize(("word", "tag"), [("source", "dallas"), ("destination", "miami")])
def test_a_selective_start_has_the_place_of_the_side_it_names(word: str, tag: str) -> None:
    studio = Studio(dn=PLACES)

    answered(studio, ("record", word))

    assert (studio.trace().geo, studio.trace().geo_rule) == (tag, "side")


def test_full_time_recording_over_a_routing_point_has_the_place_of_that() -> None:
    studio = Studio(dn=PLACES | {"7001": {"geo_location": "miami", "record": True}})

    answered(studio)

    assert (studio.trace().geo, studio.trace().geo_rule) == ("chicago", "routing-point")


def test_a_place_that_the_strategy_named_stays_with_the_call() -> None:
    studio = Studio(dn=PLACES)
    conn_id = answered(studio, ("geo-location", "boston"))

    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))

    assert (studio.trace().geo, studio.trace().geo_rule) == ("boston", "route-extension")


def test_a_start_may_name_its_place_and_what_to_do_without_it() -> None:
    studio = Studio(dn=PLACES)
    conn_id = studio.inbound_answered()
    geo = GeoWish(tag="oslo", overflow="rome", strict=True)

    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, geo=geo))

    (order,) = studio.backend.started
    assert (order.geo_location, order.overflow_location, order.strict_location) == (
        "oslo",
        "rome",
        True,
    )
    assert studio.trace().headers == (
        ("X-Genesys-geo-location", "oslo"),
        ("X-Genesys-strict-location", "enforce"),
    )


def test_a_start_at_a_place_that_nobody_serves_is_refused_and_takes_nothing() -> None:
    studio = Studio(dn=PLACES | {"msml1": {"geo_location": "paris"}})
    conn_id = studio.inbound_answered()

    refused(
        Reason.SERVICE_UNAVAILABLE, studio.do, StartRecording(dn=Dn("7001"), conn_id=conn_id)
    )

    assert studio.desk.traces() == ()


def test_a_full_time_recording_at_such_a_place_is_an_alarm() -> None:
    studio = Studio(
        dn={"7001": {"record": True, "geo_location": "x"}, "msml1": {"geo_location": "paris"}}
    )

    studio.inbound_answered()

    assert [fact.detail for fact in studio.told(AlarmRaised)] == [
        "7001 is not recorded: nobody records at x"
    ]
