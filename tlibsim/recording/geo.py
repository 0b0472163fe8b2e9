"""Which geo-location a recording gets, and which rule decided (RECORDING.md 8.2).  Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tlibproto.vocabulary import CallType
from tlibsim.config import DnOptions
from tlibsim.recording.commands import NO_GEO, GeoWish
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.refusals import Reason, RequestRefused

LOCATION_HEADER = "X-Genesys-geo-location"
STRICT_HEADER = "X-Genesys-strict-location"
ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoChoice:
    """The tag, the rule behind it, and what holds when nobody serves that place.

    ``tag`` empty: the recording has no place, and no header is sent.  ``served`` is the place
    that is really used: the tag, the overflow location, or empty for any.
    """

    tag: str = ""
    rule: str = ""
    overflow: str = ""
    strict: bool = False
    served: str = ""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the INVITE to the media service."""
        if not self.tag:
            return ()
        found = ((LOCATION_HEADER, self.tag),)
        return (*found, (STRICT_HEADER, ENFORCE)) if self.strict else found


NOWHERE = GeoChoice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Whose tags there are: options of the objects on the way of the call; None: not there.

    ``side`` is the object that the side of a selective or dynamic start points to.
    """

    request: GeoWish = NO_GEO
    route: GeoWish = NO_GEO
    side: DnOptions | None = None
    routing_point: DnOptions | None = None
    trunk: DnOptions | None = None
    agent: DnOptions | None = None
    recorded: DnOptions | None = None


def choose(
    call_type: CallType, places: Places, rules: RecordingRules, served: Collection[str]
) -> GeoChoice:
    """The place of a recording.

    ``served`` are the places where recorders or media servers are; empty: they have none.
    Raises RequestRefused(SERVICE_UNAVAILABLE) when the place is served by nobody.
    """
    for rule, tag, wish in _candidates(call_type, places):
        if tag:
            return _served(_choice(rule, tag, wish, rules), rules, served)
    return NOWHERE


def _candidates(call_type: CallType, places: Places) -> Sequence[tuple[str, str, GeoWish]]:
    """(rule, tag, what else was said there), the strongest first."""
    wishes = (("request", places.request), ("route-extension", places.route))
    objects: list[tuple[str, DnOptions | None]] = [
        ("side", places.side),
        ("routing-point", places.routing_point),
    ]
    if call_type is CallType.Outbound:
        recorded_trunk = places.trunk if places.trunk and places.trunk.record else None
        objects += [("agent-dn", places.agent), ("outbound-trunk", recorded_trunk)]
    else:
        objects += [("inbound-trunk", places.trunk), ("recorded-dn", places.recorded)]
    found = [(rule, wish.tag, wish) for rule, wish in wishes]
    found += [
        (rule, options.geo_location, GeoWish(overflow=options.overflow_location))
        for rule, options in objects
        if options is not None
    ]
    return found


def _choice(rule: str, tag: str, said: GeoWish, rules: RecordingRules) -> GeoChoice:
    overflow = said.overflow or overflow_map(rules.overflow_location_map).get(tag, "")
    strict = said.strict or rules.strict_location
    return GeoChoice(tag=tag, rule=rule, overflow=overflow, strict=strict, served=tag)


def _served(choice: GeoChoice, rules: RecordingRules, served: Collection[str]) -> GeoChoice:
    if not served or choice.tag in served:
        return choice
    if choice.overflow in served:
        return _at(choice, choice.overflow)
    if rules.reject_recording_request_on_geo_location_nomatch or choice.strict:
        detail = f"nobody records at {choice.tag}"
        raise RequestRefused(Reason.SERVICE_UNAVAILABLE, detail)
    return _at(choice, "")


def _at(choice: GeoChoice, served: str) -> GeoChoice:
    return GeoChoice(
        tag=choice.tag,
        rule=choice.rule,
        overflow=choice.overflow,
        strict=choice.strict,
        served=served,
    )


def overflow_map(text: str) -> Mapping[str, str]:
    """``a=b,c=d`` as a mapping; what is not of that form is left out."""
    pairs = (item.partition("=") for item in text.replace(";", ",").split(","))
    return {
        place.strip(): other.strip() for place, _, other in pairs if place.strip() and other
    }
