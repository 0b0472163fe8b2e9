"""WAVE files as audio sources: read whole, mixed to one channel, brought to 8000 Hz."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tlibsim.media.audio.g711 import Linear, decode
from tlibsim.media.settings import Codec
from tlibsim.media.wavefile import SAMPLE_RATE, WaveFormatError, WaveLayout, wave_layout

MAX_FILE_BYTES = 64_000_000

_PCM, _ALAW, _MULAW = 1, 6, 7


def read_wave(path: Path) -> Linear:
    """Return the sound of a WAVE file as linear samples, one channel, 8000 Hz.

    Takes PCM of 8 or 16 bits, mu-law and A-law.  Raises WaveFormatError or OSError.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise WaveFormatError(f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    content = path.read_bytes()
    layout = wave_layout(content, len(content))
    sound = content[layout.data_offset : layout.data_offset + layout.data_bytes]
    samples = _linear(layout, sound)
    samples = samples[: len(samples) - len(samples) % layout.channels]
    mono = samples.reshape(-1, layout.channels).mean(axis=1)
    if not len(mono):
        raise WaveFormatError("it holds no sound")
    return np.clip(np.rint(_resampled(mono, layout.sample_rate)), -32768, 32767).astype(
        np.int16
    )


def _linear(layout: WaveLayout, sound: bytes) -> Linear:
    kind = (layout.format_tag, layout.bits)
    if kind == (_PCM, 16):
        return np.frombuffer(sound[: len(sound) & ~1], dtype="<i2").astype(np.int16)
    codes = np.frombuffer(sound, dtype=np.uint8)
    if kind == (_PCM, 8):
        return ((codes.astype(np.int16) - 128) * 256).astype(np.int16)
    if kind == (_MULAW, 8):
        return decode(codes, Codec.MULAW)
    if kind == (_ALAW, 8):
        return decode(codes, Codec.ALAW)
    raise WaveFormatError(
        f"its format {layout.format_tag} with {layout.bits} bits is none of "
        "PCM 8 or 16 bits, mu-law, A-law"
    )


def _resampled(mono: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    if rate == SAMPLE_RATE:
        return mono
    count = max(len(mono) * SAMPLE_RATE // rate, 1)
    wanted = np.arange(count) * (rate / SAMPLE_RATE)
    resampled: NDArray[np.float64] = np.interp(wanted, np.arange(len(mono)), mono)
    return resampled
