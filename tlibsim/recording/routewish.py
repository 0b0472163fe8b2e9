"""What a routing strategy says of recording: Extensions of RequestRouteCall (RECORDING.md 3.2).

Nothing in them can refuse the route: what cannot be used is left out, with a remark for the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import KVList, Value, WideText
from tlibsim.recording.commands import NO_GEO, NO_TONE, GeoWish, RecordSide, ToneWish
from tlibsim.recording.extensions import clean_key, is_yes, split_params
from tlibsim.recording.rules import RecordingRules


class RouteParty(Enum):
    """Who is meant: whoever entered the routing point, or whom the call is routed to."""

    CALLER = "caller"
    ROUTED = "routed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteWish:
    """``record`` None: nobody is to be recorded.  ``off`` are those who must not be.

    ``asked`` is the word of the request that ``record`` was read from.
    """

    record: RouteParty | None = None
    asked: RecordSide | None = None
    off: frozenset[RouteParty] = frozenset()
    at_once: bool = False
    record_id: str | None = None
    dest: str = ""
    dest2: str = ""
    params: tuple[tuple[str, str], ...] = ()
    geo: GeoWish = NO_GEO
    tone: ToneWish = NO_TONE
    remarks: tuple[str, ...] = ()


_EVERYBODY = frozenset(RouteParty)
_READINGS: Mapping[str, Mapping[RecordSide, RouteParty]] = {
    "source-is-customer": {
        RecordSide.SOURCE: RouteParty.CALLER,
        RecordSide.DESTINATION: RouteParty.ROUTED,
    },
    "source-is-agent": {
        RecordSide.SOURCE: RouteParty.ROUTED,
        RecordSide.DESTINATION: RouteParty.CALLER,
    },
}
_SIDES: Mapping[str, RecordSide] = {
    "source": RecordSide.SOURCE,
    "destination": RecordSide.DESTINATION,
    "dest": RecordSide.DESTINATION,
}
_OFF: Mapping[str, RecordSide | None] = {
    "disabled": None,
    "disable_source": RecordSide.SOURCE,
    "disable_destination": RecordSide.DESTINATION,
}
_TEXTS = ("id", "dest", "dest2", "geo-location", "overflow-location", "audiosrc")
_KEYS = frozenset({*_TEXTS, "record", "params", "strict-location", "tonesilenceduration"})


def read_route(extensions: KVList | None, rules: RecordingRules) -> RouteWish | None:
    """None when the Extensions say nothing of recording."""
    remarks: list[str] = []
    found: dict[str, tuple[str, str]] = {}
    for key, value in extensions or ():
        name = clean_key(key)
        if name in _KEYS and name not in found:
            text = _text(name, value)
            if text is None:
                remarks.append(f"{key}: not a string, ignored")
            else:
                found[name] = (key, text)
    if not found and not remarks:
        return None
    texts = {name: text.strip() for name, (_, text) in found.items()}
    record, asked, off = _whom(texts.get("record"), rules, remarks)
    params = (found["params"],) if "params" in found else ()
    return RouteWish(
        record=record,
        asked=asked,
        off=off,
        at_once=bool(off) and off != _EVERYBODY,
        record_id=texts.get("id") or None,
        dest=texts.get("dest", ""),
        dest2=texts.get("dest2", ""),
        params=tuple(split_params(params)) if rules.params_split else params,
        geo=GeoWish(
            tag=texts.get("geo-location", ""),
            overflow=texts.get("overflow-location", ""),
            strict=is_yes(texts.get("strict-location", "")),
        ),
        tone=ToneWish(
            source=texts.get("audiosrc", ""), silence=texts.get("tonesilenceduration", "")
        ),
        remarks=tuple(remarks),
    )


def _text(name: str, value: Value) -> str | None:
    """The value as text; a number of milliseconds may be a number."""
    if isinstance(value, WideText):
        return value.text
    if isinstance(value, int) and name == "tonesilenceduration":
        return str(value)
    return value if isinstance(value, str) else None


def _whom(
    text: str | None, rules: RecordingRules, remarks: list[str]
) -> tuple[RouteParty | None, RecordSide | None, frozenset[RouteParty]]:
    """Who is to be recorded, and who must not be."""
    if text is None:
        return None, None, frozenset()
    reading = _READINGS[rules.routecall_record_rule]
    word = text.lower()
    if word in _SIDES:
        side = _SIDES[word]
        return reading[side], side, frozenset()
    if word in _OFF:
        off = _OFF[word]
        return None, None, _EVERYBODY if off is None else frozenset({reading[off]})
    remarks.append(f"record={text!r} is no value of RequestRouteCall, ignored")
    return None, None, frozenset()
