"""RequestQueryLocation: other switches, and being told of the links to them (BEHAVIOUR.md 3.5)."""

from collections.abc import Callable, Mapping

from tlibproto.messages import Event, EventLocationInfo, Request, RequestQueryLocation
from tlibproto.vocabulary import LocationInfoType
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
from tlibsim.session.locations import EVERYWHERE, status
from tlibsim.switch.refusals import Reason, RequestRefused

_Type = LocationInfoType


def query_location(request: RequestQueryLocation, asker: Asker) -> Outcome:
    """Tell of locations, or of their links from now on; the kind of information says which."""
    kind = request.location_info_type
    serve = KINDS.get(_Type.AllLocations if kind is None else kind)
    if serve is None:
        raise RequestRefused(Reason.UNSUPPORTED, f"LocationInfoType {kind}")
    return serve(request, asker)


def _data(request: RequestQueryLocation, asker: Asker) -> Outcome:
    """One event for each remote site, or for the one that is asked for; alone, for this switch.

    The first of them is the answer; the others have no ReferenceID (WIRE.md 5).
    """
    locations = tuple(asker.switch.sites) or (asker.settings.switch,)
    if request.location:
        locations = (_known(request, asker),)
    first, *others = (_info(one, request.location_info_type, asker) for one in locations)
    return Outcome(answer=first, then=others)


def _monitor(request: RequestQueryLocation, asker: Asker) -> Outcome:
    location = _known(request, asker)
    asker.locations.monitor(asker.client, location)
    return Outcome(answer=_info(location, request.location_info_type, asker))


def _monitor_all(request: RequestQueryLocation, asker: Asker) -> Outcome:
    asker.locations.monitor(asker.client, EVERYWHERE)
    return _data(request, asker)


def _cancel(request: RequestQueryLocation, asker: Asker) -> Outcome:
    location = _known(request, asker)
    return _canceled(location, _Type.LocationMonitorCanceled, asker)


def _cancel_all(request: RequestQueryLocation, asker: Asker) -> Outcome:
    return _canceled(EVERYWHERE, _Type.AllLocationsMonitorCanceled, asker)


def _canceled(location: str, kind: LocationInfoType, asker: Asker) -> Outcome:
    if not asker.locations.cancel(asker.client, location):
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "the location is not monitored")
    return Outcome(answer=_info(location or asker.settings.switch, kind, asker))


def _known(request: RequestQueryLocation, asker: Asker) -> str:
    """The location of the request; raises RequestRefused(INVALID_ATTRIBUTE)."""
    location = request.location or ""
    if location not in (*asker.switch.sites, asker.settings.switch):
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"no location {location!r}")
    return location


def _info(location: str, kind: LocationInfoType | int | None, asker: Asker) -> Event:
    trunk = asker.switch.sites.get(location)
    return EventLocationInfo(
        location=location,
        location_info_type=kind,
        extensions=None if trunk is None else status(trunk.reached),
        **times(asker.now),
    )


KINDS: Mapping[int, Callable[[RequestQueryLocation, Asker], Outcome]] = {
    _Type.AllLocations: _data,
    _Type.LocationData: _data,
    _Type.MonitorLocation: _monitor,
    _Type.MonitorAllLocations: _monitor_all,
    _Type.CancelMonitorLocation: _cancel,
    _Type.CancelMonitorAllLocations: _cancel_all,
}

REQUESTS: Mapping[type[Request], RequestFunction] = {RequestQueryLocation: query_location}
