"""Who is heard in which block of a recording: a pure function of the orders and their instants.

A recording is cut into blocks of 20 ms from its start.  A change of parties, a pause and a
resume count from the first block that begins at or after their instant; a recording holds the
blocks that are over when it ends.  With ``PauseGap.CUT`` paused blocks do not reach the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tlibsim.media.settings import PauseGap
from tlibsim.ports.media import Instant, MediaParty, Tone

BLOCK_US = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is recorded from one block on, until the next scene."""

    from_block: int
    parties: tuple[MediaParty, ...]
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Blocks from ``first`` up to, not including, ``last`` that share one scene."""

    first: int
    last: int
    scene: Scene


class Timeline:
    """The scenes of one recording, in order."""

    def __init__(
        self,
        started_at: Instant,
        parties: tuple[MediaParty, ...],
        pause_gap: PauseGap,
        *,
        tone: Tone | None = None,
        mixed: bool = False,
    ) -> None:
        """``tone`` sounds beside the parties, ``mixed`` puts everybody into one channel."""
        self.started_at = started_at
        self.tone = tone
        self.mixed = mixed
        self._pause_gap = pause_gap
        self._scenes = [Scene(from_block=0, parties=parties)]

    @property
    def present(self) -> Scene:
        """The scene that lasts."""
        return self._scenes[-1]

    def change(
        self,
        at: Instant,
        *,
        parties: tuple[MediaParty, ...] | None = None,
        paused: bool | None = None,
    ) -> int:
        """Begin a new scene at an instant and return its first block."""
        present = self.present
        block = max(-((self.started_at - at) // BLOCK_US), present.from_block)
        scene = replace(
            present,
            from_block=block,
            parties=present.parties if parties is None else parties,
            paused=present.paused if paused is None else paused,
        )
        if block == present.from_block:
            self._scenes.pop()
        self._scenes.append(scene)
        return block

    def blocks_until(self, at: Instant) -> int:
        """How many blocks are over at an instant."""
        return max((at - self.started_at) // BLOCK_US, 0)

    def stretches(self, first: int, last: int) -> Iterator[Stretch]:
        """Yield what the file holds for the blocks ``first`` up to ``last``, in order."""
        ends = [scene.from_block for scene in self._scenes[1:]] + [last]
        for scene, end in zip(self._scenes, ends, strict=True):
            if scene.paused and self._pause_gap is PauseGap.CUT:
                continue
            begin, stop = max(scene.from_block, first), min(end, last)
            if begin < stop:
                yield Stretch(first=begin, last=stop, scene=scene)

    def file_blocks(self, until_block: int) -> int:
        """How many blocks the file holds for all blocks before ``until_block``."""
        return sum(part.last - part.first for part in self.stretches(0, until_block))

    def party_block(self, party: MediaParty, block: int) -> int:
        """Return the block of a party's audio that is heard in a block of the recording."""
        return (self.started_at + block * BLOCK_US - party.started_at) // BLOCK_US

    def tone_block(self, block: int) -> int:
        """Return the block of the tone that is heard in a block of the recording.

        The first tone begins with the recording, and anew after each pause (RECORDING.md 8.3).
        """
        begin = 0
        paused = True
        for scene in self._scenes:
            if scene.from_block > block:
                break
            if paused and not scene.paused:
                begin = scene.from_block
            paused = scene.paused
        return block - begin
