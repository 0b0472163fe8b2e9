"""The recorder legs of a session: what each is to carry, and its Request-URI.

Sources: RECORDING.md 7 and 8, MEDIA.md 1.2, 5.1, 5.2.  The plan is made anew whenever somebody
joins or leaves; a leg keeps its key, and so its dialog, while the party behind it changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tlibsim.ports.media import LegPlan, StreamKind, StreamPlan
from tlibsim.recording.rules import RecordingRules

BUILT_IN_RECORDER = "sip:recorder.tlibsim"
"""Where legs lead when neither the request nor the configuration names a recorder."""

AUDIO_ONLY = "audio-only"
"""The parameter by which a client asks that no video is recorded (RECORDING.md 12.3, I19)."""

_USER = "-_.!~*'()&=+$,;?/"
_PARAMETER = "-_.!~*'()[]/:&+$"
_HOST = "-.[]:"
_RESERVED = frozenset({"calluuid", "dn", "otherdn", "recorddn"})
_YES = frozenset({"", "1", "true", "yes", "on"})

RECORD, OTHER, BOTH, MIX = "record", "other", "both", "mix"
"""The second halves of keys of legs; the first is the number of the destination from 1 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Whose voices there are: numbers of parties.

    ``record`` is the recorded party, empty while it is not there; ``watchers`` are supervisors
    who listen in or speak, ``video`` those who send pictures.
    """

    record: str
    others: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    video: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSubject:
    """What all legs of a session share.  ``other_dn`` may be empty: somebody is alone.

    ``port`` is a number that is dialed instead of a URI with parameters (profile sfb).
    """

    record_id: str
    call_uuid: str
    record_dn: str
    other_dn: str
    destinations: tuple[str, ...]
    params: tuple[tuple[str, str], ...]
    mixed: bool = False
    port: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """One leg of a destination, and the sides of the conversation that it carries."""

    name: str
    dn: str
    other_dn: str
    sides: tuple[tuple[str, tuple[str, ...]], ...]


def plan_legs(subject: LegSubject, cast: Cast, rules: RecordingRules) -> tuple[LegPlan, ...]:
    """One leg per party and destination, or one per destination (``recmediactl`` 1, or mixed).

    The second destination has a record id of its own.  With a supervisor the first stream is
    the mix of all who talk, and the second is the supervisor's (RECORDING.md 7).
    """
    params = list(subject.params)
    with_video = not wants_audio_only(subject.params)
    return tuple(
        LegPlan(
            key=f"{number + 1}.{end.name}",
            dn=end.dn,
            other_dn=end.other_dn,
            destination=number,
            record_id=record_id,
            user=_escaped(subject.port or f"record={record_id}", _USER),
            parameters=""
            if subject.port
            else parameters(
                call_uuid=subject.call_uuid,
                dn=end.dn,
                other_dn=end.other_dn,
                record_dn=subject.record_dn,
                params=params,
            ),
            streams=_streams(end.sides, cast.video if with_video else frozenset()),
        )
        for number, record_id in enumerate(_record_ids(subject, rules))
        for end in _ends(subject, cast, rules)
    )


def wants_audio_only(params: Sequence[tuple[str, str]]) -> bool:
    """Whether the parameters of the session ask for audio without video."""
    return any(
        "".join(key.split()).lower() == AUDIO_ONLY and value.strip().lower() in _YES
        for key, value in params
    )


def _record_ids(subject: LegSubject, rules: RecordingRules) -> Iterator[str]:
    yield subject.record_id
    for _ in subject.destinations[1:]:
        yield subject.record_id + rules.dup_id_suffix


def _ends(subject: LegSubject, cast: Cast, rules: RecordingRules) -> tuple[_End, ...]:
    first, second = _sides(subject, cast)
    if subject.mixed:
        everybody = tuple(dict.fromkeys((*first[1], *second[1])))
        mix: Side = (subject.record_dn, everybody)
        return (_End(name=MIX, dn=subject.record_dn, other_dn=subject.other_dn, sides=(mix,)),)
    if rules.recordingclient_recmediactl == "1":
        both = (first, second) if second[0] else (first,)
        return (_End(name=BOTH, dn=first[0], other_dn=second[0], sides=both),)
    ends = [(RECORD, first), (OTHER, second)]
    return tuple(
        _End(name=name, dn=side[0], other_dn="", sides=(side,))
        for name, side in ends
        if side[0]
    )


Side = tuple[str, tuple[str, ...]]
"""The DN that labels a stream, and the numbers of those who are mixed into it."""


def _sides(subject: LegSubject, cast: Cast) -> tuple[Side, Side]:
    own = (cast.record,) if cast.record else ()
    if cast.watchers:
        mix = (subject.record_dn, (*own, *cast.others))
        return mix, (cast.watchers[0], cast.watchers)
    return (subject.record_dn, own), (subject.other_dn, cast.others)


def _streams(sides: Sequence[Side], video: frozenset[str]) -> tuple[StreamPlan, ...]:
    """Sound first, in the order of the sides, then pictures in the same order."""
    lines = [StreamPlan(dn=dn, speakers=speakers) for dn, speakers in sides]
    for dn, speakers in sides:
        seen = next((speaker for speaker in speakers if speaker in video), None)
        if seen is not None:
            lines.append(StreamPlan(dn=dn, speakers=(seen,), kind=StreamKind.VIDEO))
    return tuple(lines)


def parameters(
    *,
    call_uuid: str,
    dn: str,
    other_dn: str,
    record_dn: str,
    params: Sequence[tuple[str, str]],
) -> str:
    """``;calluuid=..;dn=..;otherDN=..;recordDN=..`` and the parameters passed on.

    Escaped as RFC 3261 section 25.1 asks; a parameter cannot take the place of a reserved one.
    """
    own = [("calluuid", call_uuid), ("dn", dn), ("otherDN", other_dn), ("recordDN", record_dn)]
    pairs = [pair for pair in own if pair[1]]
    pairs += [(key, value) for key, value in params if key and key.lower() not in _RESERVED]
    return "".join(_parameter(key, value) for key, value in pairs)


def _parameter(key: str, value: str) -> str:
    name = _escaped(key, _PARAMETER)
    return f";{name}={_escaped(value, _PARAMETER)}" if value else f";{name}"


def request_uri(dest: str, plan: LegPlan) -> str:
    """The Request-URI of a leg towards an address; ``dest`` empty: the built-in recorder."""
    scheme, host = _scheme_and_host(dest or BUILT_IN_RECORDER)
    return f"{scheme}:{plan.user}@{host}{plan.parameters}"


def _scheme_and_host(dest: str) -> tuple[str, str]:
    """Scheme and host with port of a SIP address; user, parameters and headers fall away."""
    scheme, colon, rest = dest.partition(":")
    if not colon or scheme.lower() not in {"sip", "sips"}:
        scheme, rest = "sip", dest
    address = rest.split(";", 1)[0].split("?", 1)[0]
    return scheme.lower(), _escaped(address.rpartition("@")[2], _HOST)


def _escaped(text: str, allowed: str) -> str:
    """Percent escapes of the UTF-8 bytes; bytes that were no text come out as they came in."""
    try:
        octets = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        octets = text.encode("utf-8", "surrogatepass")
    return quote(octets, safe=allowed)
