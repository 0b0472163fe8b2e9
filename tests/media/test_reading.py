"""WAVE files of others, in the formats that recorders write."""

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tlibsim.media.audio.g711 import encode
from tlibsim.media.audio.reading import read_channels, read_wave
from tlibsim.media.rtp.hearing import pitch_hz
from tlibsim.media.settings import Codec
from tlibsim.media.wavefile import WaveFormatError

HERTZ = 600
SAMPLES = (12000 * np.sin(2 * np.pi * HERTZ * np.arange(4000) / 8000)).astype(np.int16)


def riff(tag: int, bits: int, sound: bytes, *, rate: int = 8000, channels: int = 1) -> bytes:
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"LIST" + struct.pack("<I", 4) + b"INFO"
    body += b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(body)) + body


def twenty_four(samples: NDArray[np.int16]) -> bytes:
    return b"".join(b"\0" + struct.pack("<h", one) for one in samples.tolist())


FORMATS = {
    "PCM 8": (1, 8, (SAMPLES // 256 + 128).astype(np.uint8).tobytes()),
    "PCM 16": (1, 16, SAMPLES.astype("<i2").tobytes()),
    "PCM 24": (1, 24, twenty_four(SAMPLES)),
    "PCM 32": (1, 32, (SAMPLES.astype("<i4") << 16).tobytes()),
    "float": (3, 32, (SAMPLES / 32768).astype("<f4").tobytes()),
    "A-law": (6, 8, encode(SAMPLES, Codec.ALAW).tobytes()),
    "mu-law": (7, 8, encode(SAMPLES, Codec.MULAW).tobytes()),
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_same_sound(tmp_path: Path, name: str):
    path = tmp_path / "sound.wav"
    path.write_bytes(riff(*FORMATS[name]))
    (found,) = read_channels(path)
    assert len(found) == len(SAMPLES)
    assert np.abs(found.astype(int) - SAMPLES.astype(int)).max() < 600
    assert pitch_hz(found) == pytest.approx(HERTZ, rel=0.01)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_other_sample_rates_keep_pitch_and_length(tmp_path: Path, rate: int):
    at = np.arange(rate // 2) / rate
    sound = (12000 * np.sin(2 * np.pi * HERTZ * at)).astype("<i2").tobytes()
    path = tmp_path / "sound.wav"
    path.write_bytes(riff(1, 16, sound, rate=rate))
    (found,) = read_channels(path)
    assert len(found) == pytest.approx(4000, abs=1)
    assert pitch_hz(found) == pytest.approx(HERTZ, rel=0.01)


def test_channels_are_kept_apart(tmp_path: Path):
    both = np.stack((SAMPLES, np.zeros_like(SAMPLES)), axis=1).astype("<i2").tobytes()
    path = tmp_path / "sound.wav"
    path.write_bytes(riff(1, 16, both, channels=2))
    left, right = read_channels(path)
    assert np.array_equal(left, SAMPLES)
    assert not right.any()


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_file_without_sound_has_an_empty_channel_and_is_no_source(tmp_path: Path, rate: int):
    path = tmp_path / "sound.wav"
    path.write_bytes(riff(1, 16, b"", rate=rate))
    assert [len(one) for one in read_channels(path)] == [0]
    with pytest.raises(WaveFormatError, match="no sound"):
        read_wave(path)


def test_a_format_that_is_not_known_is_named(tmp_path: Path):
    path = tmp_path / "sound.wav"
    path.write_bytes(riff(49, 0, b"x" * 65))
    with pytest.raises(WaveFormatError, match="format 49"):
        read_channels(path)
