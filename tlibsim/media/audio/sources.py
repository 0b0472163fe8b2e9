"""From the description of a party's audio to its bytes (MEDIA.md 1.2).

Everything here is a pure function of the description, the party's number and the block number,
so two recordings of one call are equal and a test can compute what must be in a file.

    tone     a sine of amplitude 10000; without a frequency it is that of :func:`tone_frequency`
    silence  nothing
    noise    white noise of amplitude 8000 that depends on the seed only, repeated each 5 s
    wav      a file, repeated or heard once
    speech   files one after the other, half a second of silence after each, repeated as a whole
    script   other sources on a time line; before the first it is silent
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import numpy as np

from tlibsim.media.audio.folders import BUILT_IN
from tlibsim.media.audio.g711 import Codes, Linear, encode
from tlibsim.media.audio.reading import read_wave
from tlibsim.media.audio.sounds import Loop, Once, Sound, TimeLine, silent
from tlibsim.media.settings import Codec
from tlibsim.media.wavefile import SAMPLE_RATE, WaveFormatError
from tlibsim.ports.media import AudioSource, SourceKind

BLOCK_SAMPLES = 160
"""Samples in a block of 20 ms."""

TONE_COUNT = 43
TONE_AMPLITUDE = 10000
NOISE_AMPLITUDE = 8000

_NOISE_SAMPLES = 5 * SAMPLE_RATE
_SPEECH_GAP_SAMPLES = SAMPLE_RATE // 2
_MOST_SOUNDS = 512
_MOST_RECENT = 4096

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class SourceError(ValueError):
    """An audio source cannot be heard; the text is for people and names the file."""


def tone_frequency(dn: str) -> int:
    """Return the frequency in Hz that stands for a number.

    ``round(400 * 1.05 ** k)`` with ``k = 7 * n mod 43``: 43 tones from 400 to 3105 Hz, each
    5 % above the one below; the next number is at least 7 tones away.  ``n`` is the number
    itself when it consists of the digits 0 to 9, else the CRC-32 of its UTF-8 form.
    """
    digits = dn.isascii() and dn.isdigit()
    number = int(dn[-300:]) if digits else crc32(dn.encode("utf-8", "surrogateescape"))
    return round(400 * 1.05 ** (7 * number % TONE_COUNT))


def samples(
    source: AudioSource,
    dn: str,
    first_block: int,
    count: int,
    *,
    codec: Codec = Codec.MULAW,
    folders: Sequence[Path] = (),
) -> bytes:
    """Return ``count`` blocks of 160 bytes from block ``first_block`` on."""
    sound = SoundBank(codec, folders).sound(source, dn)
    return sound.read(first_block * BLOCK_SAMPLES, count * BLOCK_SAMPLES).tobytes()


class SoundBank:
    """Encodes each sound once and shares it between recordings."""

    def __init__(self, codec: Codec, folders: Sequence[Path] = ()) -> None:
        self.codec = codec
        self._folders = (*folders, BUILT_IN)
        self._sounds: dict[AudioSource, Sound] = {}
        self._recent: dict[tuple[int, str], tuple[AudioSource, Sound]] = {}

    def sound(self, source: AudioSource, dn: str) -> Sound:
        """Return the sound of a party with this number; SourceError when there is none."""
        known = self._recent.get((id(source), dn))
        if known is not None and known[0] is source:
            return known[1]
        sound = self._made(self._key(source, dn))
        _bounded(self._recent, _MOST_RECENT)[id(source), dn] = (source, sound)
        return sound

    def silence(self, count: int) -> Codes:
        """Return so many bytes of silence."""
        return silent(count, self.codec.silence)

    def _made(self, key: AudioSource) -> Sound:
        sound = self._sounds.get(key)
        if sound is None:
            sound = _MAKERS[key.kind](self, key)
            _bounded(self._sounds, _MOST_SOUNDS)[key] = sound
        return sound

    def _key(self, source: AudioSource, dn: str) -> AudioSource:
        """Return the same source without the party, of which only a tone's pitch is left."""
        if source.kind is SourceKind.TONE:
            hertz = source.frequency_hz or tone_frequency(dn)
            return AudioSource(kind=SourceKind.TONE, frequency_hz=round(hertz, 1))
        if source.kind is SourceKind.SCRIPT:
            line = tuple((start, self._key(inner, dn)) for start, inner in source.timeline)
            return AudioSource(kind=SourceKind.SCRIPT, timeline=line)
        return source

    def _loop(self, linear: Linear) -> Loop:
        return Loop(encode(linear, self.codec), self.codec.silence)

    def _tone(self, source: AudioSource) -> Sound:
        hertz = source.frequency_hz
        if not 0 < hertz < SAMPLE_RATE / 2:
            raise SourceError(
                f"a tone of {hertz:g} Hz is not possible: use more than 0 and less than 4000 Hz"
            )
        tenths = round(hertz * 10)
        seconds = next(length for length in (1, 2, 5, 10) if tenths * length % 10 == 0)
        turns = np.arange(seconds * SAMPLE_RATE) * (tenths / 10 / SAMPLE_RATE)
        wave = np.rint(TONE_AMPLITUDE * np.sin(2 * np.pi * turns))
        return self._loop(wave.astype(np.int16))

    def _silence(self, _source: AudioSource) -> Sound:
        return Loop(self.silence(SAMPLE_RATE), self.codec.silence)

    def _noise(self, source: AudioSource) -> Sound:
        """White noise by the splitmix64 formula, which will never change under our feet."""
        number = np.arange(1, _NOISE_SAMPLES + 1, dtype=np.uint64)
        seed = np.uint64(source.seed & 0xFFFFFFFFFFFFFFFF)
        mixed = seed + number * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        span = np.uint64(2 * NOISE_AMPLITUDE + 1)
        return self._loop(((mixed % span).astype(np.int32) - NOISE_AMPLITUDE).astype(np.int16))

    def _wav(self, source: AudioSource) -> Sound:
        if len(source.files) != 1:
            raise SourceError(f"a wav source needs one file, not {len(source.files)}")
        codes = encode(self._read(source.files[0]), self.codec)
        kind = Loop if source.loop else Once
        return kind(codes, self.codec.silence)

    def _speech(self, source: AudioSource) -> Sound:
        if not source.files:
            raise SourceError("a speech source needs at least one file")
        gap = np.zeros(_SPEECH_GAP_SAMPLES, dtype=np.int16)
        pieces = [piece for name in source.files for piece in (self._read(name), gap)]
        return self._loop(np.concatenate(pieces))

    def _script(self, source: AudioSource) -> Sound:
        starts = tuple(start * SAMPLE_RATE // 1000 for start, _ in source.timeline)
        if list(starts) != sorted(set(starts)):
            raise SourceError("the times of a script must rise")
        inner = tuple(self._made(item) for _, item in source.timeline)
        return TimeLine(starts, inner, self.codec.silence)

    def _read(self, name: str) -> Linear:
        if "://" in name:
            raise SourceError(f"{name} is not a file here: only local WAV files are opened")
        path = next((p for f in self._folders if (p := f / name).is_file()), None)
        if path is None:
            places = ", ".join(str(folder) for folder in self._folders)
            raise SourceError(f"there is no file {name} (looked in {places})")
        try:
            return read_wave(path)
        except WaveFormatError as error:
            raise SourceError(f"{path} cannot be used: {error}") from error
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}") from error


def _bounded(cache: dict[_Key, _Value], most: int) -> dict[_Key, _Value]:
    """Make room for one more by forgetting what came first."""
    while len(cache) >= most:
        del cache[next(iter(cache))]
    return cache


_MAKERS: dict[SourceKind, Callable[[SoundBank, AudioSource], Sound]] = {
    SourceKind.TONE: SoundBank._tone,
    SourceKind.SILENCE: SoundBank._silence,
    SourceKind.NOISE: SoundBank._noise,
    SourceKind.WAV: SoundBank._wav,
    SourceKind.SPEECH: SoundBank._speech,
    SourceKind.SCRIPT: SoundBank._script,
}
