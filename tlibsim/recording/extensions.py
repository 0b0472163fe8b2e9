"""Extensions of RequestPrivateService 3013 to 3016: pairs from the wire become named fields.

Keys are compared without regard to case and blanks; a pair that is passed on keeps its
spelling.  ``RECORDING_SERVICES`` makes whole commands: that is what the session layer calls
after its own checks of ThisDN.  As in RECORDING.md 3.3, ConnID is checked before Extensions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from tlibproto.vocabulary import ConnId, Dn, KVList, PrivateServiceId, Value, WideText
from tlibsim.recording.commands import (
    NO_GEO,
    NO_TONE,
    ClientCommand,
    GeoWish,
    PauseRecording,
    RecordSide,
    ResumeRecording,
    StartRecording,
    StopRecording,
    ToneWish,
)
from tlibsim.recording.rules import CallsView, RecordingRules
from tlibsim.switch.commands import Because
from tlibsim.switch.refusals import Reason, RequestRefused

SIDES: Mapping[str, RecordSide] = {
    "source": RecordSide.SOURCE,
    "destination": RecordSide.DESTINATION,
    "dest": RecordSide.DESTINATION,
}
"""Values of ``record``; RECORDING.md 3.3 knows the short form too."""


class DropAllClients(RequestRefused):
    """``integer-extension=drop-clients``: every connection is to be closed (RECORDING.md 3.3).

    It imitates a documented failure of the real server, and is asked for by that option only.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class StartValues:
    """What the Extensions of a START say.  ``record_id`` None, ``dest`` empty: not given."""

    side: RecordSide = RecordSide.SOURCE
    record_id: str | None = None
    dest: str = ""
    dest2: str = ""
    params: tuple[tuple[str, str], ...] = ()
    geo: GeoWish = NO_GEO
    tone: ToneWish = NO_TONE
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlValues:
    """What the Extensions of a STOP, PAUSE or RESUME say."""

    record_id: str | None = None
    params: tuple[tuple[str, str], ...] = ()


_START_KEYS = frozenset(
    {
        *("record", "id", "dest", "dest2", "emergency"),
        *("geo-location", "overflow-location", "strict-location"),
        *("audiosrc", "tonesilenceduration"),
    }
)
_CONTROL_KEYS = frozenset({"id"})
_YES = frozenset({"1", "true", "yes", "on", "enforce"})


def clean_key(key: str) -> str:
    """A key as it is compared: small letters, no blanks."""
    return "".join(key.split()).lower()


def is_yes(text: str) -> bool:
    return text.strip().lower() in _YES


def read_start(extensions: KVList | None, rules: RecordingRules) -> StartValues:
    """Raises RequestRefused(INVALID_ATTRIBUTE), or DropAllClients if the rules say so."""
    named, params = _sorted_out(extensions, _START_KEYS, rules.integer_extension)
    return StartValues(
        side=_side(named.get("record")),
        record_id=named.get("id", "").strip() or None,
        dest=named.get("dest", "").strip(),
        dest2=named.get("dest2", "").strip(),
        params=tuple(split_params(params)) if rules.params_split else params,
        geo=GeoWish(
            tag=named.get("geo-location", "").strip(),
            overflow=named.get("overflow-location", "").strip(),
            strict=is_yes(named.get("strict-location", "")),
        ),
        tone=ToneWish(
            source=named.get("audiosrc", "").strip(),
            silence=named.get("tonesilenceduration", "").strip(),
        ),
        emergency=is_yes(named.get("emergency", "")),
    )


def read_control(extensions: KVList | None) -> ControlValues:
    """Raises RequestRefused(INVALID_ATTRIBUTE); an integer is taken as its decimal text."""
    named, params = _sorted_out(extensions, _CONTROL_KEYS, "coerce")
    return ControlValues(record_id=named.get("id", "").strip() or None, params=params)


def _side(text: str | None) -> RecordSide:
    if text is None:
        return RecordSide.SOURCE
    side = SIDES.get(text.strip().lower())
    if side is None:
        raise RequestRefused(
            Reason.INVALID_ATTRIBUTE, f"record={text!r} is neither source nor destination"
        )
    return side


def _sorted_out(
    extensions: KVList | None, names: frozenset[str], integers: str
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """The first value of each known key, and all other pairs as they came."""
    named: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for key, value in extensions or ():
        text = _text(key, value, integers)
        name = clean_key(key)
        if name in names:
            named.setdefault(name, text)
        else:
            others.append((key, text))
    return named, tuple(others)


def _text(key: str, value: Value, integers: str) -> str:
    """The value as text; what is not a string is refused, integers as ``integers`` says."""
    if isinstance(value, str):
        return value
    if isinstance(value, WideText):
        return value.text
    detail = f"the value of {key!r} in Extensions is not a string"
    if isinstance(value, int):
        if integers == "coerce":
            return str(value)
        if integers == "drop-clients":
            raise DropAllClients(Reason.INVALID_ATTRIBUTE, detail)
    raise RequestRefused(Reason.INVALID_ATTRIBUTE, detail)


def split_params(params: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """``params=a=b;c=d`` as two parameters (option ``params-split``)."""
    for key, text in params:
        if clean_key(key) != "params":
            yield key, text
            continue
        for item in text.split(";"):
            name, _, value = item.partition("=")
            if name.strip():
                yield name.strip(), value.strip()


class CommandMaker(Protocol):
    """How the session layer makes a command of one private service."""

    def __call__(
        self,
        *,
        dn: Dn,
        conn_id: ConnId | None,
        extensions: KVList | None,
        because: Because | None,
        rules: RecordingRules,
        calls: CallsView,
        requestor: int | None = None,
    ) -> ClientCommand: ...


def start_command(
    *,
    dn: Dn,
    conn_id: ConnId | None,
    extensions: KVList | None,
    because: Because | None,
    rules: RecordingRules,
    calls: CallsView,
    requestor: int | None = None,
) -> StartRecording:
    """Make the command of a START.

    Raises RequestRefused(WRONG_OBJECT, INVALID_CONN_ID, INVALID_ATTRIBUTE), DropAllClients.
    """
    subject = check_subject(dn, conn_id, calls)
    values = read_start(extensions, rules)
    return StartRecording(
        dn=dn,
        conn_id=subject,
        side=values.side,
        record_id=values.record_id,
        dest=values.dest,
        dest2=values.dest2,
        params=values.params,
        geo=values.geo,
        tone=values.tone,
        emergency=values.emergency,
        requestor=requestor,
        because=because,
    )


def _control_maker(
    kind: type[StopRecording] | type[PauseRecording] | type[ResumeRecording],
) -> CommandMaker:
    def control_command(
        *,
        dn: Dn,
        conn_id: ConnId | None,
        extensions: KVList | None,
        because: Because | None,
        rules: RecordingRules,  # noqa: ARG001  every maker is called alike
        calls: CallsView,
        requestor: int | None = None,
    ) -> ClientCommand:
        subject = check_subject(dn, conn_id, calls)
        values = read_control(extensions)
        return kind(
            dn=dn,
            conn_id=subject,
            record_id=values.record_id,
            params=values.params,
            requestor=requestor,
            because=because,
        )

    return control_command


def check_subject(dn: Dn, conn_id: ConnId | None, calls: CallsView) -> ConnId:
    """The ConnID of a call that there is, or that was pre-recorded and has just ended.

    Raises RequestRefused(WRONG_OBJECT or INVALID_CONN_ID).
    """
    if not calls.recordable(dn):
        raise RequestRefused(Reason.WRONG_OBJECT, f"{dn} is a service, not a phone")
    if conn_id is None:
        raise RequestRefused(Reason.INVALID_CONN_ID, "ConnID is missing")
    if calls.call(conn_id) is None and conn_id not in calls.afterwards:
        raise RequestRefused(Reason.INVALID_CONN_ID, f"no call has ConnID {conn_id:016x}")
    return conn_id


RECORDING_SERVICES: Mapping[PrivateServiceId, CommandMaker] = {
    PrivateServiceId.RecordStart: start_command,
    PrivateServiceId.RecordStop: _control_maker(StopRecording),
    PrivateServiceId.RecordPause: _control_maker(PauseRecording),
    PrivateServiceId.RecordResume: _control_maker(ResumeRecording),
}
"""Private service -> what makes its command.  Any other PrivateMsgID is not about recording."""
