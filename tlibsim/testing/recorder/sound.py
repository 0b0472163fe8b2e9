"""The sound of one line: what comes is kept on its time line and written as a WAV."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tlibsim.media.audio.sources import BLOCK_SAMPLES
from tlibsim.media.rtp.hearing import SAMPLE_RATE
from tlibsim.media.rtp.receiver import RtpReceiver

Samples = NDArray[np.int16]
_HALF_SECOND = SAMPLE_RATE // 2


def heard_by(receiver: RtpReceiver) -> Samples:
    """All that came, one source after the other, with silence where a source was silent."""
    parts = [heard.samples() for heard in receiver.heard()]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)


def without_silence(samples: Samples) -> Samples:
    """The sound with its longer silences cut out: a mistake that recorders make."""
    loud = np.abs(samples.astype(np.int32)) > 0
    blocks = [
        samples[at : at + _HALF_SECOND // 5]
        for at in range(0, len(samples), _HALF_SECOND // 5)
        if loud[at : at + _HALF_SECOND // 5].any()
    ]
    return np.concatenate(blocks) if blocks else samples[:0]


def without_begin(samples: Samples) -> Samples:
    """The sound without its first half second: another one."""
    return samples[_HALF_SECOND:]


def without_packets(samples: Samples) -> Samples:
    """The sound as if every fifth packet had been lost: one more."""
    kept = samples.copy()
    for at in range(4 * BLOCK_SAMPLES, len(kept), 5 * BLOCK_SAMPLES):
        kept[at : at + BLOCK_SAMPLES] = 0
    return kept


def write(path: Path, samples: Samples, rate: int = SAMPLE_RATE) -> None:
    """A mono WAV of 16 bits, complete or not there at all."""
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    part.replace(path)
