"""Asking for other switches, and being told of the links to them (BEHAVIOUR.md 3.5, 3.7)."""

from typing import Any

import pytest

from tests.session.exchange import Line
from tests.session.rows import check, row
from tests.session.sites import HERE, THERE, TwoSites
from tlibproto.messages import EventLocationInfo, RequestQueryLocation
from tlibproto.vocabulary import KVList, LocationInfoType

CONNECTED, DISCONNECTED = KVList.of(Status="connected"), KVList.of(Status="disconnected")
ONE, ALL = LocationInfoType.MonitorLocation, LocationInfoType.MonitorAllLocations
STOP_ONE = LocationInfoType.CancelMonitorLocation
STOP_ALL = LocationInfoType.CancelMonitorAllLocations


def query(kind: LocationInfoType | int | None, location: str | None = None) -> Any:
    return RequestQueryLocation(location_info_type=kind, location=location)


def monitoring(sites: TwoSites, kind: LocationInfoType) -> Line:
    line = sites.here.open()
    line.ask(query(kind, THERE.switch if kind is ONE else None))
    line.take()
    return line


@pytest.mark.parametrize(
    "kind", [None, LocationInfoType.AllLocations, LocationInfoType.LocationData, ALL]
)
def test_a_location_is_told_with_the_state_of_its_link(kind: LocationInfoType | None) -> None:
    sites = TwoSites()
    line = sites.here.open()

    assert line.ask(query(kind)).extensions == CONNECTED
    line.take()
    sites.cut()
    line.take()
    answer = line.ask(query(kind, THERE.switch))

    assert type(answer) is EventLocationInfo
    assert (answer.location, answer.extensions) == (THERE.switch, DISCONNECTED)


@pytest.mark.parametrize("kind", [ONE, ALL])
def test_who_monitors_is_told_when_the_link_is_lost_and_stands_again(
    kind: LocationInfoType,
) -> None:
    sites = TwoSites()
    line, other = monitoring(sites, kind), sites.here.open()

    sites.cut()
    sites.mend()

    same = {"location": THERE.switch, "location_info_type": LocationInfoType.LocationData}
    check(
        line,
        row("LocationInfo", **same, extensions=DISCONNECTED),
        row("LocationInfo", **same, extensions=CONNECTED),
    )
    assert other.take() == []


@pytest.mark.parametrize(
    ("kind", "stop", "location", "answer"),
    [
        (ONE, STOP_ONE, THERE.switch, LocationInfoType.LocationMonitorCanceled),
        (ALL, STOP_ALL, None, LocationInfoType.AllLocationsMonitorCanceled),
    ],
)
def test_nothing_is_told_after_the_end(
    kind: LocationInfoType,
    stop: LocationInfoType,
    location: str | None,
    answer: LocationInfoType,
) -> None:
    sites = TwoSites()
    line = monitoring(sites, kind)

    assert line.ask(query(stop, location)).location_info_type is answer
    assert line.refused(query(stop, location)) == 53
    line.take()
    sites.cut()

    assert line.take() == []


def test_this_switch_has_no_link_to_itself() -> None:
    answer = TwoSites().here.open().ask(query(LocationInfoType.LocationData, HERE.switch))

    assert (answer.location, answer.extensions) == (HERE.switch, None)


@pytest.mark.parametrize(
    ("kind", "location", "code"),
    [
        (ONE, "nowhere", 53),
        (ONE, None, 53),
        (STOP_ONE, "nowhere", 53),
        (LocationInfoType.LocationMonitorCanceled, THERE.switch, 51),
        (99, None, 51),
    ],
)
def test_what_cannot_be_asked_is_refused(
    kind: LocationInfoType | int, location: str | None, code: int
) -> None:
    assert TwoSites().here.open().refused(query(kind, location)) == code
