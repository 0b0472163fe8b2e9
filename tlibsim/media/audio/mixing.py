"""The channels of a recording: the first party, and all others together; with the audio tone.

A recording that is mixed has one channel with everybody in it (RECORDING.md 8.3 and 9, 2).
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from tlibsim.media.audio.g711 import Codes, decode, encode
from tlibsim.media.audio.sounds import Sound
from tlibsim.media.audio.sources import BLOCK_SAMPLES, SoundBank, SourceError
from tlibsim.media.audio.tones import repeated_tone
from tlibsim.media.settings import Codec
from tlibsim.media.timeline import Stretch, Timeline
from tlibsim.ports.media import MediaParty, Tone

ProblemSink = Callable[[str], None]

_MOST_TONES = 256


class Mixer:
    """Makes the sound of recordings from one bank of sounds."""

    def __init__(self, codec: Codec, folders: Sequence[Path] = ()) -> None:
        self._bank = SoundBank(codec, folders)
        self._folders = tuple(folders)
        self._tones: dict[tuple[str, int], Sound] = {}

    def __call__(self, timeline: Timeline, stretch: Stretch, problem: ProblemSink) -> bytes:
        """Return the bytes of a stretch: channel 1, channel 2, channel 1, ...

        A source that cannot be heard is silence, and a word to ``problem``.
        """
        count = (stretch.last - stretch.first) * BLOCK_SAMPLES
        channels = _channels(timeline, stretch)
        frames = np.full((count, len(channels)), self._bank.codec.silence, dtype=np.uint8)
        if not stretch.scene.paused:
            for channel, (parties, with_tone) in enumerate(channels):
                voices = self._voices(timeline, stretch, parties, problem)
                if with_tone and timeline.tone is not None:
                    voices += self._tone(timeline, timeline.tone, stretch, problem)
                codes = self._together(voices, count)
                if codes is not None:
                    frames[:, channel] = codes
        return frames.tobytes()

    def check(self, tone: Tone) -> str:
        """Return why a tone cannot be heard; empty when it can."""
        try:
            self._sound_of(tone)
        except SourceError as error:
            return str(error)
        return ""

    def _sound_of(self, tone: Tone) -> Sound:
        key = (tone.source, tone.silence_ms)
        sound = self._tones.get(key)
        if sound is None:
            sound = repeated_tone(tone, self._bank.codec, self._folders)
            while len(self._tones) >= _MOST_TONES:
                del self._tones[next(iter(self._tones))]
            self._tones[key] = sound
        return sound

    def _tone(
        self, timeline: Timeline, tone: Tone, stretch: Stretch, problem: ProblemSink
    ) -> list[Codes]:
        try:
            sound = self._sound_of(tone)
        except SourceError as error:
            problem(str(error))
            return []
        count = (stretch.last - stretch.first) * BLOCK_SAMPLES
        return [sound.read(timeline.tone_block(stretch.first) * BLOCK_SAMPLES, count)]

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


def _channels(
    timeline: Timeline, stretch: Stretch
) -> Sequence[tuple[tuple[MediaParty, ...], bool]]:
    """Who is in each channel, and whether the tone is."""
    parties, tone = stretch.scene.parties, timeline.tone
    first, second = (False, False) if tone is None else (tone.in_record_dn, tone.in_other_dn)
    if timeline.mixed:
        return ((parties, first or second),)
    return ((parties[:1], first), (parties[1:], second))
