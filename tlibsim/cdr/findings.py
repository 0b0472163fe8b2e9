"""What the user data of a call says about its recording, and where to look (RECORDING.md 12.4).

Two keys are read: GSIP_RECORD, which the server writes, and RECORDING_STATUS..., which the
recorder writes.  Which of them is there, and with what, is a state of the published table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tlibproto.vocabulary import KVList
from tlibsim.persona.case import Recorder

SERVER_KEY = "GSIP_RECORD"
RECORDER_KEYS = "RECORDING_STATUS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a call: its user data and what happened to recording.

    ``service``: this switch has recording on and a media service.  ``refused`` are the causes of
    refused starts, ``sessions`` how many recording sessions there were.
    """

    data: KVList
    service: bool
    refused: tuple[str, ...] = ()
    sessions: int = 0
    recorder: Recorder = Recorder.UNKNOWN

    @property
    def server_key(self) -> str:
        value = self.data.first(SERVER_KEY)
        return value if isinstance(value, str) else ""

    @property
    def recorder_key(self) -> str:
        for key, value in self.data:
            if key.startswith(RECORDER_KEYS) and isinstance(value, str):
                return value
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``code`` is the number of the published table, or a word where the table has none."""

    code: str
    text: str
    checks: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """The finding for people."""
        yield f"{self.code}: {self.text}"
        yield from (f"  - {check}" for check in self.checks)


_PATH = (
    "Follow the four hops of the trace: both DNs at the MCP, INVITE record= to the right "
    "resource manager, forwarded to a recorder, answered by it."
)
_FINDINGS = {
    "T01": Finding(
        code="T01",
        text="Neither key: nothing is configured, neither here nor at the recorder.",
        checks=(
            "msml-support and msml-record-support must be true.",
            "A DN of type VoIP service with service-type=msml must exist and be enabled.",
            "Then decide who starts: record=true on a DN, a strategy, or the recorder.",
        ),
    ),
    "T02": Finding(
        code="T02",
        text="Neither key, no trigger: this side is configured, and nobody asked to record.",
        checks=(
            "No DN, agent login or trunk of the call has record=true.",
            "No routing strategy put record into the Extensions of RequestRouteCall.",
            "No client sent PrivateService 3013: is the recorder's own switch enabled there?",
        ),
    ),
    "T03": Finding(
        code="T03",
        text="Only the recorder's key, RECORDING_NO: its START came and was refused.",
        checks=(
            "The cause of the refusal is in the record of the call.",
            "118 means that recording is off here, or that no media service is configured.",
        ),
    ),
    "T04": Finding(
        code="T04",
        text="Only the recorder's key, RECORDING_NO: no START came, no rule of it fitted.",
        checks=(
            "Look at the recorder's rules: the DN, the agent, the share of calls.",
            "Is the DN registered by the recorder's client?",
        ),
    ),
    "T05": Finding(
        code="T05",
        text="Only the recorder's key, RECORDING_NO: START was accepted, but the recorder "
        "cannot match the sound with the call.",
        checks=(
            "record=true on a trunk makes the trunk the recordDN: is the agent's DN expected?",
            "recording-filename must not be empty where the recorder looks for GSIP_REC_FN.",
            "Compare recordDN and calluuid of the legs in the trace with the recorder's log.",
        ),
    ),
    "T06": Finding(
        code="T06",
        text="Only GSIP_RECORD: the recorder's client has lost its connection to this server.",
        checks=(
            "Host, port and password in the recorder's configuration; the network between.",
            "The recording itself goes on: the legs do not need the T-Library connection.",
        ),
    ),
    "T07": Finding(
        code="T07",
        text="Only GSIP_RECORD: recording is configured here, and no recorder writes its key.",
        checks=(
            "The recorder is not configured, or its client does not register this DN.",
            "If it was connected before, this is T06: look for a lost connection.",
        ),
    ),
    "T08": Finding(
        code="T08",
        text="GSIP_RECORD Off and RECORDING_NO: an error while recording.",
        checks=(
            "The cause of the session is in its trace; the recorder's answer is in its legs.",
            _PATH,
        ),
    ),
    "T09": Finding(
        code="T09",
        text="GSIP_RECORD On and RECORDING_NO: the sound goes elsewhere than to this recorder.",
        checks=(
            "recordingclient.recdest, or dest of the request: does it lead to this recorder?",
            _PATH,
        ),
    ),
    "on": Finding(code="on", text="Both keys agree: the call is recorded."),
    "over": Finding(
        code="over", text="The recording ended before the call, and both sides know it."
    ),
    "odd": Finding(
        code="odd",
        text="The two keys do not agree, and the table has no line for that.",
        checks=(_PATH,),
    ),
}


def finding_of(evidence: Evidence) -> Finding:
    """The state of a call in the table of RECORDING.md 12.4."""
    return _FINDINGS[_code(evidence)]


def _code(evidence: Evidence) -> str:
    server, recorder = evidence.server_key.lower(), evidence.recorder_key
    if not server and not recorder:
        return "T02" if evidence.service else "T01"
    if not server:
        return _recorder_alone(evidence) if recorder == "RECORDING_NO" else "odd"
    if not recorder:
        return "T06" if evidence.recorder is Recorder.DISCONNECTED else "T07"
    return _BOTH.get((server == "off", recorder), "odd")


def _recorder_alone(evidence: Evidence) -> str:
    if evidence.sessions:
        return "T05"
    return "T03" if evidence.refused else "T04"


_BOTH = {
    (True, "RECORDING_NO"): "T08",
    (False, "RECORDING_NO"): "T09",
    (False, "RECORDING_YES"): "on",
    (True, "RECORDING_NO_LONGER"): "over",
}


def lines_of(code: str, sessions: Sequence[Mapping[str, Any]] = ()) -> Sequence[str]:
    """What is said of a stored code; nothing for one that is not known.

    ``sessions`` are the records of the call's recordings.  When all of them went well, that a
    recorder has written no key is no trouble: the sound is there.
    """
    finding = _FINDINGS.get(code)
    if code in _SILENT and sessions and all(map(_went_well, sessions)):
        finding = _WENT_WELL
    return () if finding is None else tuple(finding.lines())


def _went_well(session: Mapping[str, Any]) -> bool:
    """Whether a recording is over and none of its legs has failed."""
    legs = session.get("legs") or ()
    ended = all(leg["status"] == "ended" for leg in legs)
    return session["state"] == "ended" and bool(legs) and ended


_SILENT = frozenset({"T06", "T07"})
_WENT_WELL = Finding(
    code="recorded", text="The recording went well; no recorder wrote a key of its own."
)


def codes() -> Sequence[str]:
    """Every code that a finding can have."""
    return tuple(_FINDINGS)
