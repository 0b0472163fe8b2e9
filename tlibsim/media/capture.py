"""One recording in progress: its time line, its file, and what is known of it.

Time comes in with each call.  Every method that touches the file may raise OSError.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from tlibsim.media.metadata import (
    Document,
    Metadata,
    PartyChange,
    Pause,
    RecordingState,
    write_document,
)
from tlibsim.media.timeline import BLOCK_US, Stretch, Timeline
from tlibsim.media.wavefile import HEADER_BYTES, MAX_FRAMES, SAMPLE_RATE, PartFile, read_layout
from tlibsim.ports.media import Artefact, Instant, MediaParty, Tone

BLOCK_FRAMES = SAMPLE_RATE * BLOCK_US // 1_000_000
_BLOCKS_AT_ONCE = 500
_MOST_PROBLEMS = 20

Renderer = Callable[[Timeline, Stretch, Callable[[str], None]], bytes]
"""Makes the interleaved bytes of a stretch; the last argument takes what is wrong with them."""


class SoundMaker(Protocol):
    """A renderer that can also tell beforehand whether a tone can be heard."""

    def __call__(
        self, timeline: Timeline, stretch: Stretch, problem: Callable[[str], None], /
    ) -> bytes: ...

    def check(self, tone: Tone) -> str:
        """Return why a tone cannot be heard; empty when it can."""


_LOG = logging.getLogger("tlibsim.media")


class Capture:
    """Writes a recording up to any instant, and takes back what a late order changed."""

    def __init__(
        self,
        *,
        part: PartFile,
        metadata: Metadata,
        render: Renderer,
        max_length_s: int,
        directory: Path,
        slot: int,
    ) -> None:
        self.metadata = metadata
        self.slot = slot
        self._part = part
        self._render = render
        self._directory = directory
        order = metadata.order
        self._timeline = Timeline(
            order.at, order.parties, metadata.pause_gap, tone=order.tone, mixed=order.mixed
        )
        self._written = 0
        blocks = max_length_s * 1_000_000 // BLOCK_US
        self._most_blocks = min(blocks or MAX_FRAMES, MAX_FRAMES // BLOCK_FRAMES)

    @property
    def blocks(self) -> int:
        """How many blocks of 20 ms the file holds."""
        return self._timeline.file_blocks(self._written)

    @property
    def paused(self) -> bool:
        return self._timeline.present.paused

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def longest_until(self) -> Instant:
        """When the recording has its greatest length."""
        return Instant(self._timeline.started_at + self._most_blocks * BLOCK_US)

    def advance(self, now: Instant) -> None:
        """Write what was heard up to an instant."""
        last = min(self._timeline.blocks_until(now), self._most_blocks)
        while self._written < last:
            until = min(self._written + _BLOCKS_AT_ONCE, last)
            stretches = self._timeline.stretches(self._written, until)
            data = b"".join(self._render(self._timeline, item, self.note) for item in stretches)
            if data:
                self._part.append(data)
            self._written = until

    def pause(self, at: Instant) -> None:
        """Record nothing from an instant on."""
        self._rewind(self._timeline.change(at, paused=True))
        self.metadata = replace(
            self.metadata,
            state=RecordingState.PAUSED,
            pauses=(*self.metadata.pauses, Pause(from_at=at)),
        )

    def resume(self, at: Instant) -> None:
        """Record again from an instant on."""
        self._rewind(self._timeline.change(at, paused=False))
        self.metadata = replace(
            self.metadata, state=RecordingState.RECORDING, pauses=self._closed_pauses(at)
        )

    def revise(self, at: Instant, parties: tuple[MediaParty, ...]) -> None:
        """Record other parties from an instant on."""
        self._rewind(self._timeline.change(at, parties=parties))
        change = PartyChange(at=at, parties=parties)
        self.metadata = replace(self.metadata, changes=(*self.metadata.changes, change))

    def note(self, problem: str) -> None:
        """Keep a word on what is wrong with the recording, once."""
        known = self.metadata.problems
        if problem not in known and len(known) < _MOST_PROBLEMS:
            _LOG.warning("recording %s: %s", self.metadata.name, problem)
            self.metadata = replace(self.metadata, problems=(*known, problem))

    def end(self, at: Instant, cause: str) -> Artefact:
        """Write exactly up to an instant, give the file its true sizes and its name."""
        at = min(at, self.longest_until)
        self.advance(at)
        self._rewind(self._timeline.blocks_until(at))
        return self._finish(at, cause, RecordingState.ENDED)

    def break_off(self, at: Instant, cause: str) -> Artefact:
        """Keep what is on the disk as a recording that failed."""
        return self._finish(at, cause, RecordingState.FAILED)

    def give_up(self, at: Instant, cause: str) -> None:
        """Note that the recording failed and that not even its file could be closed."""
        self.metadata = replace(
            self.metadata,
            state=RecordingState.FAILED,
            ended_at=at,
            cause=cause,
            pauses=self._closed_pauses(at),
        )

    def document(self) -> Document:
        """Return the metadata as they are written beside the file."""
        return self.metadata.document()

    def save(self) -> None:
        """Write the metadata."""
        write_document(self._directory, self.metadata.name, self.document())

    def _rewind(self, block: int) -> None:
        """Take back what was written before an order for an earlier instant arrived."""
        if block < self._written:
            self._part.cut(self._timeline.file_blocks(block) * BLOCK_FRAMES)
            self._written = block

    def _closed_pauses(self, at: Instant) -> tuple[Pause, ...]:
        pauses = self.metadata.pauses
        if not pauses or pauses[-1].until_at is not None:
            return pauses
        return (*pauses[:-1], replace(pauses[-1], until_at=at))

    def _finish(self, at: Instant, cause: str, state: RecordingState) -> Artefact:
        path = self._part.finish()
        artefact = artefact_of(path)
        self.metadata = replace(
            self.metadata,
            name=self._part.name,
            state=state,
            ended_at=at,
            cause=cause,
            artefact=artefact,
            pauses=self._closed_pauses(at),
        )
        return artefact


def artefact_of(path: Path) -> Artefact:
    """Measure a finished file of ours; WaveFormatError when it is none."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    frames = (size - HEADER_BYTES) // read_layout(path).channels
    return Artefact(
        path=str(path),
        duration_ms=frames * 1000 // SAMPLE_RATE,
        size_bytes=size,
        sha256=digest,
    )
