"""From the plan of a stream to its reel: who is heard, since when, mixed, with the audio tone.

Used on the thread that gives orders; equal plans share their bytes.  MEDIA.md 1.2.
"""

from math import lcm

from tlibsim.media.audio.sounds import Loop, Sound
from tlibsim.media.audio.sources import BLOCK_SAMPLES, SoundBank, SourceError
from tlibsim.media.audio.tones import repeated_tone
from tlibsim.media.rtp.mixture import Mixed, Moved
from tlibsim.media.rtp.reels import Darkroom, Reel, Ring, Tape
from tlibsim.media.rtp.values import BLOCK_US, AudioPlan, Encoding, RtpSettings
from tlibsim.media.settings import Codec
from tlibsim.ports.media import Instant, MediaParty

CODECS = {Encoding.PCMU: Codec.MULAW, Encoding.PCMA: Codec.ALAW}

_SAMPLES_PER_MS = 8
_LONGEST_RING = 10 * 8000
_MOST_RINGS = 512

_Voice = tuple[Sound, int]
"""A sound, and the sample of it that is heard at the zero of the stream."""


class Studio:
    """Makes reels, and keeps those that repeat for the next stream."""

    def __init__(self, settings: RtpSettings, darkroom: Darkroom) -> None:
        self._darkroom = darkroom
        self._folders = settings.audio_folders
        self._banks = {codec: SoundBank(codec, self._folders) for codec in Codec}
        self._rings: dict[tuple[object, ...], tuple[tuple[_Voice, ...], Ring]] = {}

    def reel(
        self, plan: AudioPlan, encoding: Encoding, zero: Instant
    ) -> tuple[Reel, tuple[str, ...]]:
        """Return the reel of a plan, and a line for each source that cannot be heard."""
        codec = CODECS[encoding]
        problems: list[str] = []
        voices: list[_Voice] = []
        for party in plan.parties:
            if party.muted:
                continue
            try:
                sound = self._banks[codec].sound(party.source, party.dn)
            except SourceError as error:
                problems.append(f"the audio of {party.dn} is silence: {error}")
                continue
            voices.append((sound, _offset(party, zero)))
        if plan.tone is not None:
            begin = zero if plan.tone_from is None else plan.tone_from
            try:
                tone = repeated_tone(plan.tone, codec, self._folders)
            except SourceError as error:
                problems.append(str(error))
            else:
                voices.append((tone, (zero - begin) * _SAMPLES_PER_MS // 1000))
        return self._wound(tuple(voices), codec), tuple(problems)

    def _wound(self, voices: tuple[_Voice, ...], codec: Codec) -> Reel:
        if not voices:
            silence = Loop(self._banks[codec].silence(8000), codec.silence)
            voices = ((silence, 0),)
        loops = [sound for sound, offset in voices if isinstance(sound, Loop) and offset >= 0]
        period = lcm(*(len(loop.codes) for loop in loops))
        if len(loops) == len(voices) and (len(loops) == 1 or period <= _LONGEST_RING):
            return self._ring(voices, codec, period)
        return Tape(_together(voices, codec), self._darkroom)

    def _ring(self, voices: tuple[_Voice, ...], codec: Codec, period: int) -> Ring:
        """Return the bytes that all streams with these voices share."""
        if len(voices) == 1:
            sound, offset = voices[0]
            ring = self._kept((codec, id(sound)), ((sound, 0),), codec, period)
            return Ring(ring.octets, period, offset)
        places = tuple((id(sound), offset % period) for sound, offset in voices)
        return self._kept((codec, *places), voices, codec, period)

    def _kept(
        self, key: tuple[object, ...], voices: tuple[_Voice, ...], codec: Codec, period: int
    ) -> Ring:
        kept = self._rings.get(key)
        if kept is None:
            codes = _together(voices, codec).read(0, period).tobytes()
            lap = codes * (BLOCK_SAMPLES // period + 1)
            kept = (voices, Ring(codes + lap[:BLOCK_SAMPLES], period))
            while len(self._rings) >= _MOST_RINGS:
                del self._rings[next(iter(self._rings))]
            self._rings[key] = kept
        return kept[1]


def _offset(party: MediaParty, zero: Instant) -> int:
    return (zero - party.started_at) // BLOCK_US * BLOCK_SAMPLES


def _together(voices: tuple[_Voice, ...], codec: Codec) -> Sound:
    moved = tuple(Moved(sound, offset) for sound, offset in voices)
    return moved[0] if len(moved) == 1 else Mixed(moved, codec)
