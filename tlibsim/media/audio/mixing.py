"""Two channels from the parties of a recording: the first party, and all others together."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from tlibsim.media.audio.g711 import Codes, decode, encode
from tlibsim.media.audio.sources import BLOCK_SAMPLES, SoundBank, SourceError
from tlibsim.media.settings import Codec
from tlibsim.media.timeline import Stretch, Timeline
from tlibsim.ports.media import MediaParty

ProblemSink = Callable[[str], None]


class Mixer:
    """Makes the sound of recordings from one bank of sounds."""

    def __init__(self, codec: Codec, folders: Sequence[Path] = ()) -> None:
        self._bank = SoundBank(codec, folders)

    def __call__(self, timeline: Timeline, stretch: Stretch, problem: ProblemSink) -> bytes:
        """Return the bytes of a stretch: channel 1, channel 2, channel 1, ...

        A source that cannot be heard is silence, and a word to ``problem``.
        """
        count = (stretch.last - stretch.first) * BLOCK_SAMPLES
        frames = np.full((count, 2), self._bank.codec.silence, dtype=np.uint8)
        if not stretch.scene.paused:
            parties = stretch.scene.parties
            for channel, heard in enumerate((parties[:1], parties[1:])):
                voices = self._voices(timeline, stretch, heard, problem)
                codes = self._together(voices, count)
                if codes is not None:
                    frames[:, channel] = codes
        return frames.tobytes()

    def _voices(
        self,
        timeline: Timeline,
        stretch: Stretch,
        parties: Iterable[MediaParty],
        problem: ProblemSink,
    ) -> list[Codes]:
        count = (stretch.last - stretch.first) * BLOCK_SAMPLES
        voices = []
        for party in parties:
            if party.muted:
                continue
            try:
                sound = self._bank.sound(party.source, party.dn)
            except SourceError as error:
                problem(f"the audio of {party.dn} is silence: {error}")
                continue
            block = timeline.party_block(party, stretch.first)
            voices.append(sound.read(block * BLOCK_SAMPLES, count))
        return voices

    def _together(self, voices: Sequence[Codes], count: int) -> Codes | None:
        """Mix in linear form with a limit; one voice passes unchanged, none is None."""
        if len(voices) < 2:
            return voices[0] if voices else None
        codec = self._bank.codec
        total = np.zeros(count, dtype=np.int32)
        for voice in voices:
            total += decode(voice, codec)
        return encode(np.clip(total, -32768, 32767).astype(np.int16), codec)
