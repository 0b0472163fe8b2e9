"""The audio tone of a recorded call: where it may come from, and when it is heard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.bench import loudest_hertz
from tlibsim.media.audio.folders import VOICES
from tlibsim.media.audio.g711 import decode
from tlibsim.media.audio.sources import SourceError
from tlibsim.media.audio.tones import BEEP_HZ, RepeatedTone, repeated_tone
from tlibsim.media.settings import Codec
from tlibsim.ports.media import Tone


def tone(source: str = "beep.wav", silence_ms: int = 1500) -> Tone:
    return Tone(source=source, silence_ms=silence_ms)


@pytest.mark.parametrize("codec", list(Codec))
def test_the_beep_comes_with_the_program_and_has_its_pitch(codec: Codec) -> None:
    sound = repeated_tone(tone(), codec)

    assert loudest_hertz(decode(sound.codes, codec)) == pytest.approx(BEEP_HZ, rel=0.01)


def test_a_tone_comes_again_after_the_silence_asked_for() -> None:
    sound = repeated_tone(tone(silence_ms=1500), Codec.MULAW)
    loud = np.abs(decode(sound.read(0, 5 * 8000), Codec.MULAW)) > 1000

    begins = [
        one / 8000 for one in np.flatnonzero(loud) if not loud[max(one - 400, 0) : one].any()
    ]
    assert begins == pytest.approx([0, 1.7, 3.4], abs=0.01)


@given(st.integers(-50, 4000), st.integers(0, 700), st.integers(1, 90), st.integers(0, 90))
def test_any_stretch_is_cut_from_the_whole(first, count, length, gap) -> None:
    sound = RepeatedTone(np.arange(length, dtype=np.uint8), gap, 255)
    whole = [
        n % (length + gap) if n >= 0 and n % (length + gap) < length else 255
        for n in range(first, first + count)
    ]

    assert sound.read(first, count).tolist() == whole


def test_a_file_of_a_folder_is_found_by_its_name_and_by_its_uri() -> None:
    by_name = repeated_tone(tone("agent-1.wav"), Codec.MULAW, [VOICES])
    by_uri = repeated_tone(tone((VOICES / "agent-1.wav").as_uri()), Codec.MULAW, [VOICES])

    assert by_name.codes.tolist() == by_uri.codes.tolist()


def test_a_beep_of_the_user_goes_before_the_built_in_one(tmp_path) -> None:
    (tmp_path / "beep.wav").write_bytes((VOICES / "agent-1.wav").read_bytes())

    mine = repeated_tone(tone(), Codec.MULAW, [tmp_path])

    assert len(mine.codes) > 8000


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("http://example.com/tone.wav", "only local WAV files are opened"),
        ("file://elsewhere/tone.wav", "only local WAV files are opened"),
        ("nowhere.wav", "is not here"),
        ("../voices/agent-1.wav/../../g711.py", "is not here"),
        ("/etc/passwd", "is not here"),
        ("agent\0.wav", "is not here"),
        ("README.md", "cannot be used"),
    ],
)
def test_what_cannot_be_a_tone_says_why(source: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        repeated_tone(tone(source), Codec.MULAW, [VOICES])
    assert source in str(caught.value)
