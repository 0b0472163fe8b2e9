"""The recorder legs of a session and their Request-URIs (RECORDING.md 8, MEDIA.md 5.1 and 5.2).

The internal recorder sends nothing: the legs show what a recorder would have been sent.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.session import Leg

BUILT_IN_RECORDER = "sip:recorder.tlibsim"
"""Where legs lead when neither the request nor the configuration names a recorder."""

_USER = "-_.!~*'()&=+$,;?/"
_PARAMETER = "-_.!~*'()[]/:&+$"
_HOST = "-.[]:"
_RESERVED = frozenset({"calluuid", "dn", "otherdn", "recorddn"})


def build_legs(
    *,
    record_id: str,
    call_uuid: str,
    record_dn: str,
    other_dn: str,
    destinations: Sequence[str],
    params: Sequence[tuple[str, str]],
    rules: RecordingRules,
) -> tuple[Leg, ...]:
    """One leg per party and destination, or one per destination (``recmediactl`` 1).

    ``other_dn`` may be empty; the second destination has an identifier of its own.
    """
    return tuple(
        Leg(
            dn=dn,
            other_dn=other,
            dest=dest,
            uri=request_uri(
                dest=dest,
                record_id=identifier,
                call_uuid=call_uuid,
                dn=dn,
                other_dn=other,
                record_dn=record_dn,
                params=params,
            ),
        )
        for dest, identifier in _addresses(record_id, destinations, rules)
        for dn, other in _ends(record_dn, other_dn, rules)
    )


def _addresses(
    record_id: str, destinations: Sequence[str], rules: RecordingRules
) -> Iterator[tuple[str, str]]:
    for number, dest in enumerate(destinations or (BUILT_IN_RECORDER,)):
        yield dest, record_id if number == 0 else record_id + rules.dup_id_suffix


def _ends(record_dn: str, other_dn: str, rules: RecordingRules) -> tuple[tuple[str, str], ...]:
    """Pairs (dn, otherDN) of the legs; the second is empty where a leg has one party."""
    if rules.recordingclient_recmediactl == "1":
        return ((record_dn, other_dn),)
    return tuple((dn, "") for dn in (record_dn, other_dn) if dn)


def request_uri(
    *,
    dest: str,
    record_id: str,
    call_uuid: str,
    dn: str,
    other_dn: str,
    record_dn: str,
    params: Sequence[tuple[str, str]],
) -> str:
    """``sip:record=<id>@<host>;calluuid=..;dn=..;recordDN=..`` and the parameters passed on.

    Escaped as RFC 3261 section 25.1 asks; a parameter cannot take the place of a reserved one.
    """
    scheme, host = _scheme_and_host(dest)
    own = [("calluuid", call_uuid), ("dn", dn), ("otherDN", other_dn), ("recordDN", record_dn)]
    pairs = [pair for pair in own if pair[1]]
    pairs += [(key, value) for key, value in params if key and key.lower() not in _RESERVED]
    tail = "".join(_parameter(key, value) for key, value in pairs)
    return f"{scheme}:record={_escaped(record_id, _USER)}@{host}{tail}"


def _parameter(key: str, value: str) -> str:
    name = _escaped(key, _PARAMETER)
    return f";{name}={_escaped(value, _PARAMETER)}" if value else f";{name}"


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
