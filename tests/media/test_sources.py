"""Audio sources: pure, shared, and each what its kind promises."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.bench import loudest_hertz
from tlibsim.media.audio.conversation import TURNS, conversation
from tlibsim.media.audio.folders import VOICES
from tlibsim.media.audio.g711 import decode, encode
from tlibsim.media.audio.reading import read_wave
from tlibsim.media.audio.sources import SoundBank, SourceError, samples, tone_frequency
from tlibsim.media.settings import Codec
from tlibsim.media.wavefile import WaveFormatError
from tlibsim.ports.media import AudioSource, SourceKind

TONE = AudioSource()
SECOND = 50


def heard(source, dn="7001", first=0, count=SECOND, codec=Codec.MULAW, folders=()):
    blocks = samples(source, dn, first, count, codec=codec, folders=folders)
    return decode(np.frombuffer(blocks, dtype=np.uint8), codec)


def wave_file(path, pcm, *, rate=8000, channels=1, bits=16, tag=1, sound=None):
    sound = np.asarray(pcm, dtype="<i2").tobytes() if sound is None else sound
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits)
    path.write_bytes(
        struct.pack("<4sI4s4sI", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16)
        + form
        + struct.pack("<4sI", b"data", len(sound))
        + sound
    )
    return path


def test_the_tone_of_a_number_follows_the_published_formula():
    assert tone_frequency("7001") == round(400 * 1.05 ** ((7 * 7001) % 43))
    assert tone_frequency("7001") == 1729
    assert tone_frequency("4155550100") == round(400 * 1.05 ** ((7 * 4155550100) % 43))
    assert 400 <= tone_frequency("trunk-in") <= 3105


def test_numbers_in_a_row_have_tones_that_cannot_be_taken_for_each_other():
    for number in range(7000, 7100):
        one, next_one = tone_frequency(str(number)), tone_frequency(str(number + 1))
        assert max(one, next_one) / min(one, next_one) > 1.4


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("dn", ["7001", "7002", "4155550100", "trunk-in"])
def test_a_tone_is_heard_at_its_frequency(dn, codec):
    assert loudest_hertz(heard(TONE, dn, codec=codec)) == pytest.approx(
        tone_frequency(dn), abs=1
    )


@pytest.mark.parametrize("hertz", [440.0, 440.5, 333.3, 0.1, 3999.9])
def test_a_frequency_that_is_set_counts_and_the_loop_has_no_seam(hertz):
    source = AudioSource(kind=SourceKind.TONE, frequency_hz=hertz)
    sound = heard(source, count=12 * SECOND).astype(np.float64)
    ideal = 10000 * np.sin(2 * np.pi * hertz * np.arange(len(sound)) / 8000)
    assert np.abs(sound - ideal).max() < 300


@pytest.mark.parametrize("hertz", [-1.0, 4000.0, float("nan"), float("inf")])
def test_a_tone_that_cannot_be_is_an_error_for_people(hertz):
    with pytest.raises(SourceError, match="less than 4000 Hz"):
        heard(AudioSource(kind=SourceKind.TONE, frequency_hz=hertz))


def test_silence_is_silent():
    assert not heard(AudioSource(kind=SourceKind.SILENCE)).any()


def test_noise_depends_on_its_seed_alone():
    one, again, other = (AudioSource(kind=SourceKind.NOISE, seed=seed) for seed in (1, 1, -2))
    assert samples(one, "7001", 0, 10) == samples(again, "9", 0, 10)
    assert samples(one, "7001", 0, 10) != samples(other, "7001", 0, 10)
    sound = heard(one).astype(np.float64)
    assert abs(sound.mean()) < 400
    assert 4000 < sound.std() < 5300


def splitmix64(state):
    mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return mixed ^ (mixed >> 31)


@pytest.mark.parametrize("seed", [0, 1, -2, 2**70])
def test_noise_is_that_of_a_formula_that_does_not_change(seed):
    states = [
        (seed + number * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF for number in range(1, 161)
    ]
    pcm = np.array([splitmix64(state) % 16001 - 8000 for state in states], dtype=np.int16)
    source = AudioSource(kind=SourceKind.NOISE, seed=seed)
    assert samples(source, "1", 0, 1) == encode(pcm, Codec.MULAW).tobytes()


def test_a_file_is_repeated_or_heard_once(tmp_path):
    pcm = (np.arange(400) * 20).astype(np.int16)
    wave_file(tmp_path / "a.wav", pcm)
    codes = encode(pcm, Codec.MULAW).tobytes()
    loop = AudioSource(kind=SourceKind.WAV, files=("a.wav",))
    once = AudioSource(kind=SourceKind.WAV, files=("a.wav",), loop=False)
    assert samples(loop, "1", 0, 10, folders=[tmp_path]) == codes * 4
    assert samples(once, "1", 0, 10, folders=[tmp_path]) == codes + b"\xff" * 1200
    assert samples(loop, "1", -1, 2, folders=[tmp_path]) == b"\xff" * 160 + codes[:160]


def test_speech_is_its_files_one_after_the_other(tmp_path):
    for name, level in (("a.wav", 1000), ("b.wav", -1000)):
        wave_file(tmp_path / name, np.full(800, level))
    speech = AudioSource(kind=SourceKind.SPEECH, files=("a.wav", "b.wav"))
    gap = b"\xff" * 4000
    expected = b"\xce" * 800 + gap + b"\x4e" * 800 + gap
    assert samples(speech, "1", 0, 60, folders=[tmp_path]) == expected
    assert samples(speech, "1", 60, 60, folders=[tmp_path]) == expected


def test_a_script_begins_each_source_at_its_time():
    script = AudioSource(
        kind=SourceKind.SCRIPT,
        timeline=(
            (100, AudioSource(frequency_hz=500.0)),
            (300, AudioSource(kind=SourceKind.SILENCE)),
            (400, TONE),
        ),
    )
    expected = (
        b"\xff" * 800
        + samples(AudioSource(frequency_hz=500.0), "7001", 0, 10)
        + b"\xff" * 800
        + samples(TONE, "7001", 0, 30)
    )
    assert samples(script, "7001", 0, 50) == expected


@pytest.mark.parametrize("times", [(100, 100), (200, 100)])
def test_the_times_of_a_script_must_rise(times):
    script = AudioSource(kind=SourceKind.SCRIPT, timeline=tuple((at, TONE) for at in times))
    with pytest.raises(SourceError, match="must rise"):
        heard(script)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (AudioSource(kind=SourceKind.WAV, files=("nowhere.wav",)), "no file nowhere.wav"),
        (AudioSource(kind=SourceKind.WAV), "one file, not 0"),
        (AudioSource(kind=SourceKind.SPEECH), "at least one file"),
        (AudioSource(kind=SourceKind.WAV, files=("http://x/a.wav",)), "only local"),
        (AudioSource(kind=SourceKind.WAV, files=("text.wav",)), "RIFF"),
    ],
)
def test_a_source_that_cannot_be_heard_says_why(source, word, tmp_path):
    (tmp_path / "text.wav").write_text("no sound here")
    with pytest.raises(SourceError, match=word):
        heard(source, folders=[tmp_path])


def test_a_stereo_file_of_another_rate_is_mixed_and_resampled(tmp_path):
    turns = np.arange(32000) * 500 / 16000
    left = 8000 * np.sin(2 * np.pi * turns)
    pcm = np.stack([left, np.zeros_like(left)], axis=1).astype(np.int16)
    sound = read_wave(wave_file(tmp_path / "a.wav", pcm.ravel(), rate=16000, channels=2))
    assert len(sound) == 16000
    assert loudest_hertz(sound[:8000]) == 500
    assert 3900 <= sound.max() <= 4000


@pytest.mark.parametrize(("tag", "codec"), [(7, Codec.MULAW), (6, Codec.ALAW)])
def test_files_in_g711_are_read(tmp_path, tag, codec):
    codes = np.arange(256, dtype=np.uint8)
    path = wave_file(tmp_path / "a.wav", [], bits=8, tag=tag, sound=codes.tobytes())
    assert read_wave(path).tolist() == decode(codes, codec).tolist()


def test_files_of_eight_bits_are_read(tmp_path):
    path = wave_file(tmp_path / "a.wav", [], bits=8, sound=bytes([0, 128, 255]))
    assert read_wave(path).tolist() == [-32768, 0, 32512]


@pytest.mark.parametrize("changes", [{"tag": 3, "bits": 64}, {"sound": b""}])
def test_a_file_of_a_strange_form_is_refused(tmp_path, changes):
    with pytest.raises(WaveFormatError):
        read_wave(wave_file(tmp_path / "a.wav", [1, 2], **changes))


SOURCES = [
    TONE,
    AudioSource(kind=SourceKind.NOISE, seed=3),
    AudioSource(kind=SourceKind.WAV, files=("voices/agent-1.wav",), loop=False),
    AudioSource(kind=SourceKind.SPEECH, files=("voices/agent-1.wav", "voices/customer-1.wav")),
    conversation()[0],
]
BANK = SoundBank(Codec.MULAW)


@given(
    source=st.sampled_from(SOURCES),
    first=st.integers(-2000, 100_000),
    cuts=st.lists(st.integers(0, 600), min_size=1, max_size=6),
)
@settings(deadline=None, max_examples=60)
def test_any_cutting_gives_the_same_sound(source, first, cuts):
    sound = BANK.sound(source, "7001")
    whole = sound.read(first, sum(cuts)).tobytes()
    pieces, position = [], first
    for count in cuts:
        pieces.append(sound.read(position, count).tobytes())
        position += count
    assert b"".join(pieces) == whole
    assert len(whole) == sum(cuts)


def test_parties_with_equal_sources_share_one_sound():
    bank = SoundBank(Codec.MULAW)
    assert bank.sound(TONE, "7001") is bank.sound(AudioSource(), str(7001 + 43))
    assert bank.sound(TONE, "7001") is not bank.sound(TONE, "7002")


def test_the_bank_does_not_grow_without_end():
    bank = SoundBank(Codec.MULAW)
    first = bank.sound(TONE, "0")
    for number in range(1, 5000):
        bank.sound(TONE, str(number))
    assert len(bank._recent) <= 4096
    assert bank.sound(TONE, "0") is first


def test_in_the_conversation_nobody_talks_while_the_other_does():
    agent, customer = (heard(side, count=45 * SECOND) for side in conversation())
    quiet = 200
    both = (np.abs(agent) > quiet) & (np.abs(customer) > quiet)
    assert not both.any()
    for side in (agent, customer):
        assert (np.abs(side) > quiet).sum() > 5 * 8000


def test_every_phrase_of_the_conversation_is_in_the_package_and_short():
    files = sorted(path.stem for path in VOICES.glob("*.wav"))
    assert files == sorted(TURNS)
    assert sum(path.stat().st_size for path in VOICES.iterdir()) < 400_000
