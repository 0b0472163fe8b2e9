"""The JSON beside a recording: everything that is known of it, for people and for the index.

It is written when a recording starts, rewritten when it changes and when it ends, so that after
a crash only its end is missing.  Source: MEDIA.md section 2.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

from tlibsim.media.names import AUDIO_SUFFIX, METADATA_SUFFIX, inside
from tlibsim.media.settings import Codec, PauseGap
from tlibsim.media.wavefile import CHANNELS, SAMPLE_RATE
from tlibsim.ports.media import Artefact, Instant, MediaParty, RecordingOrder, Tone

FORMAT = "tlibsim-recording-1"
"""The first value of every file, so that strange JSON in the directory is told apart."""

Document = dict[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RecordingState(Enum):
    """How a recording stands; ``RECOVERED`` was broken off by a crash and repaired later."""

    RECORDING = "recording"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"
    RECOVERED = "recovered"
    LOST = "lost"


LIVE_STATES = frozenset({RecordingState.RECORDING.value, RecordingState.PAUSED.value})


class MetadataError(ValueError):
    """A file is not the metadata of a recording; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause; ``until_at`` is None while it lasts."""

    from_at: Instant
    until_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyChange:
    """The parties from one instant on."""

    at: Instant
    parties: tuple[MediaParty, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known of a recording at one moment."""

    order: RecordingOrder
    name: str
    codec: Codec
    pause_gap: PauseGap
    state: RecordingState = RecordingState.RECORDING
    pauses: tuple[Pause, ...] = ()
    changes: tuple[PartyChange, ...] = ()
    ended_at: Instant | None = None
    cause: str = ""
    artefact: Artefact | None = None
    problems: tuple[str, ...] = ()

    def document(self) -> Document:
        """Return the JSON object."""
        order, artefact = self.order, self.artefact
        return {
            "format": FORMAT,
            "name": self.name,
            "state": self.state.value,
            "call_uuid": order.call_uuid,
            "conn_id": order.conn_id,
            "record_id": order.record_id,
            "record_dn": order.record_dn,
            "session": order.session,
            "file": self.name + AUDIO_SUFFIX,
            "codec": self.codec.value,
            "sample_rate": SAMPLE_RATE,
            "channels": self._channels(order.parties),
            "mixed": order.mixed,
            **_moment("started", order.at),
            **_moment("ended", self.ended_at),
            "duration_ms": artefact.duration_ms if artefact else None,
            "size_bytes": artefact.size_bytes if artefact else None,
            "sha256": artefact.sha256 if artefact else None,
            "pause_gap": self.pause_gap.value,
            "pauses": [
                {**_moment("from", pause.from_at), **_moment("until", pause.until_at)}
                for pause in self.pauses
            ],
            "party_changes": [
                {
                    **_moment("at", change.at),
                    "channels": self._channels(change.parties),
                }
                for change in self.changes
            ],
            "destinations": [dest for dest in order.destinations if dest],
            "params": [list(pair) for pair in order.params],
            "geo_location": order.geo_location,
            "details": dict(order.details),
            "tone": _tone(order.tone),
            "cause": self.cause,
            "problems": list(self.problems),
        }

    def _channels(self, parties: tuple[MediaParty, ...]) -> list[Document]:
        """Who is in which channel: the first party in channel 1, all others in channel 2."""
        last = 1 if self.order.mixed else CHANNELS
        return [_party(min(place, last), party) for place, party in enumerate(parties, start=1)]


def _party(channel: int, party: MediaParty) -> Document:
    return {
        "channel": channel,
        "dn": party.dn,
        "muted": party.muted,
        "source": party.source.kind.value,
    }


def _tone(tone: Tone | None) -> Document | None:
    return None if tone is None else {"source": tone.source, "silence_ms": tone.silence_ms}


def _moment(name: str, at: Instant | None) -> Document:
    if at is None:
        return {name: None, f"{name}_us": None}
    return {name: iso(at), f"{name}_us": int(at)}


def iso(at: int) -> str:
    """Return an instant as ISO 8601 in UTC with microseconds."""
    try:
        moment = _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        return "out of range"
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def metadata_path(directory: Path, name: str) -> Path:
    """Return where the metadata of a recording is."""
    return inside(directory, name + METADATA_SUFFIX)


def write_document(directory: Path, name: str, document: Mapping[str, object]) -> None:
    """Write or replace the metadata of a recording in one step; OSError when that fails."""
    path = metadata_path(directory, name)
    draft = path.with_name(path.name + ".new")
    text = json.dumps(document, indent=2) + "\n"
    try:
        draft.write_text(text, encoding="ascii")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def read_document(path: Path) -> Document:
    """Read the metadata of a recording; MetadataError when it is none, or OSError."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise MetadataError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise MetadataError(f"{path} is not the metadata of a recording")
    if document.get("name") != path.name.removesuffix(METADATA_SUFFIX):
        raise MetadataError(f"{path} belongs to a recording of another name")
    return document
