"""WAVE files of others: read whole, brought to 8000 Hz, mixed to one channel or not."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tlibsim.media.audio.g711 import Linear, decode
from tlibsim.media.settings import Codec
from tlibsim.media.wavefile import SAMPLE_RATE, WaveFormatError, WaveLayout, wave_layout

MAX_FILE_BYTES = 64_000_000

_PCM, _FLOAT, _ALAW, _MULAW = 1, 3, 6, 7


def read_wave(path: Path) -> Linear:
    """Return the sound of a WAVE file as linear samples, one channel, 8000 Hz.

    Takes what :func:`read_channels` takes.  Raises WaveFormatError, also for a file without
    sound, or OSError.
    """
    channels = read_channels(path)
    mono: NDArray[np.float64] = np.mean(np.stack(channels), axis=0)
    if not len(mono):
        raise WaveFormatError("it holds no sound")
    return np.clip(np.rint(mono), -32768, 32767).astype(np.int16)


def read_channels(path: Path) -> tuple[Linear, ...]:
    """Return each channel of a WAVE file as linear samples at 8000 Hz.

    Takes PCM of 8, 16, 24 or 32 bits, floats of 32 bits, mu-law and A-law, also of a file whose
    sizes were never written.  Raises WaveFormatError or OSError.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise WaveFormatError(f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    content = path.read_bytes()
    layout = wave_layout(content, len(content))
    sound = content[layout.data_offset : layout.data_offset + layout.data_bytes]
    samples = _linear(layout, sound)
    frames = samples[: len(samples) - len(samples) % layout.channels]
    return tuple(
        np.clip(np.rint(_resampled(one, layout.sample_rate)), -32768, 32767).astype(np.int16)
        for one in frames.reshape(-1, layout.channels).T
    )


def _linear(layout: WaveLayout, sound: bytes) -> NDArray[np.float64]:
    """The samples of all channels in turn, on the scale of 16 bits."""
    reader = _READERS.get((layout.format_tag, layout.bits))
    if reader is None:
        raise WaveFormatError(
            f"its format {layout.format_tag} with {layout.bits} bits is none of "
            "PCM 8, 16, 24 or 32 bits, float 32 bits, mu-law, A-law"
        )
    size = layout.bits // 8
    return reader(sound[: len(sound) - len(sound) % size]).astype(np.float64)


def _eight(sound: bytes) -> NDArray[np.generic]:
    return (np.frombuffer(sound, dtype=np.uint8).astype(np.int32) - 128) * 256


def _sixteen(sound: bytes) -> NDArray[np.generic]:
    return np.frombuffer(sound, dtype="<i2")


def _twenty_four(sound: bytes) -> NDArray[np.generic]:
    parts = np.frombuffer(sound, dtype=np.uint8).reshape(-1, 3)
    return np.ascontiguousarray(parts[:, 1:]).view("<i2").reshape(-1)


def _thirty_two(sound: bytes) -> NDArray[np.generic]:
    return np.frombuffer(sound, dtype="<i4") >> 16


def _floats(sound: bytes) -> NDArray[np.generic]:
    samples: NDArray[np.float32] = np.nan_to_num(np.frombuffer(sound, dtype="<f4"))
    return samples * 32767


def _mulaw(sound: bytes) -> NDArray[np.generic]:
    return decode(np.frombuffer(sound, dtype=np.uint8), Codec.MULAW)


def _alaw(sound: bytes) -> NDArray[np.generic]:
    return decode(np.frombuffer(sound, dtype=np.uint8), Codec.ALAW)


_READERS: Mapping[tuple[int, int], Callable[[bytes], NDArray[np.generic]]] = {
    (_PCM, 8): _eight,
    (_PCM, 16): _sixteen,
    (_PCM, 24): _twenty_four,
    (_PCM, 32): _thirty_two,
    (_FLOAT, 32): _floats,
    (_MULAW, 8): _mulaw,
    (_ALAW, 8): _alaw,
}
"""By the tag and the bits of the fmt chunk."""


def _resampled(mono: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    if rate == SAMPLE_RATE or not len(mono):
        return mono
    count = len(mono) * SAMPLE_RATE // rate
    wanted = np.arange(count) * (rate / SAMPLE_RATE)
    resampled: NDArray[np.float64] = np.interp(wanted, np.arange(len(mono)), mono)
    return resampled
