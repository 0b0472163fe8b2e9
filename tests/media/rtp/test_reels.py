"""From sounds to bytes by block: shared, ahead of time, mixed, and always what the source says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.rtp.bench import BLOCK, START, party, studio
from tlibsim.media.audio.conversation import conversation
from tlibsim.media.audio.g711 import decode, encode
from tlibsim.media.audio.sources import SoundBank, samples
from tlibsim.media.audio.tones import repeated_tone
from tlibsim.media.rtp.reels import CHUNK_BLOCKS, URGENT_BLOCKS, Darkroom, Reel, Ring, Tape
from tlibsim.media.rtp.values import AudioPlan, Encoding, plan_of
from tlibsim.media.settings import Codec
from tlibsim.ports.media import AudioSource, Instant, SourceKind, StreamPlan, Tone

AGENT_SPEECH, CUSTOMER_SPEECH = conversation()
SPEAKING = party("7001", source=AGENT_SPEECH)
ANSWERING = party("7002", source=CUSTOMER_SPEECH)
NOISE = AudioSource(kind=SourceKind.NOISE, seed=7)


class Counted(Darkroom):
    """A darkroom that keeps its orders for the test to carry out."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[tuple[Tape, int]] = []

    def ask(self, tape: Tape, first: int) -> None:
        self.orders.append((tape, first))


class Broken:
    """A sound that cannot be read."""

    def read(self, first: int, count: int):
        raise OSError("no")


def block_of(reel: Reel, number: int) -> bytes:
    octets, position, end = reel.cue(number)
    assert position < end
    return octets[position : position + BLOCK]


def reel_of(*parties, encoding: Encoding = Encoding.PCMU) -> Reel:
    reel, problems = studio().reel(AudioPlan(parties=parties), encoding, START)
    assert problems == ()
    return reel


def mixed(*waves: bytes, codec: Codec = Codec.MULAW) -> bytes:
    linear = sum(decode(np.frombuffer(w, np.uint8), codec).astype(np.int32) for w in waves)
    return encode(np.clip(linear, -32768, 32767).astype(np.int16), codec).tobytes()


@given(st.integers(0, 100_000))
def test_a_ring_gives_what_the_sound_gives_also_over_its_end(block: int) -> None:
    loop = AudioSource(kind=SourceKind.WAV, files=("voices/agent-1.wav",))
    reel = reel_of(party(source=loop))

    assert isinstance(reel, Ring)
    assert reel.period % BLOCK != 0
    assert block_of(reel, block) == samples(loop, "7001", block, 1)


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=12), st.booleans())
def test_a_tape_gives_what_the_sound_gives_whatever_is_ready(blocks, ready: bool) -> None:
    darkroom = Counted()
    tape = Tape(_sound(), darkroom)
    for block in blocks:
        expected = samples(AGENT_SPEECH, "7001", block, 1)
        assert block_of(tape, block) == expected
        while ready and darkroom.orders:
            ordered, first = darkroom.orders.pop()
            ordered.prepare(first)


def _sound():
    return SoundBank(Codec.MULAW).sound(AGENT_SPEECH, "7001")


def test_a_tape_has_its_next_piece_ready_when_the_orders_are_carried_out() -> None:
    darkroom = Counted()
    tape = Tape(_sound(), darkroom)
    tape.cue(0)
    asked = []
    for block in range(URGENT_BLOCKS, 3 * CHUNK_BLOCKS):
        while darkroom.orders:
            ordered, first = darkroom.orders.pop()
            asked.append(first)
            ordered.prepare(first)
        octets, _, end = tape.cue(block)
        assert end == len(octets) == CHUNK_BLOCKS * BLOCK

    assert asked == [URGENT_BLOCKS + CHUNK_BLOCKS * one for one in range(4)]


def test_the_darkroom_outlives_a_sound_that_fails() -> None:
    darkroom = Darkroom()
    darkroom.open()
    broken, fine = Tape(Broken(), darkroom), Tape(_sound(), darkroom)
    darkroom.ask(broken, 0)
    darkroom.ask(fine, 0)
    darkroom.close()

    assert fine.cue(0)[2] == CHUNK_BLOCKS * BLOCK


def test_a_stream_without_voices_is_silence_of_its_codec() -> None:
    assert block_of(reel_of(), 12) == b"\xff" * BLOCK
    assert block_of(reel_of(encoding=Encoding.PCMA), 12) == b"\xd5" * BLOCK


def test_one_who_is_muted_is_not_heard() -> None:
    assert block_of(reel_of(party(muted=True)), 3) == b"\xff" * BLOCK


def test_two_tones_are_mixed_into_one_ring() -> None:
    reel = reel_of(party("7001"), party("7002"))

    assert isinstance(reel, Ring)
    waves = [samples(AudioSource(), dn, 77, 1) for dn in ("7001", "7002")]
    assert block_of(reel, 77) == mixed(*waves)


def test_two_who_talk_are_mixed_in_the_other_codec_too() -> None:
    reel = reel_of(SPEAKING, ANSWERING, encoding=Encoding.PCMA)

    assert isinstance(reel, Tape)
    waves = [
        samples(one, "x", 500, 1, codec=Codec.ALAW) for one in (AGENT_SPEECH, CUSTOMER_SPEECH)
    ]
    assert block_of(reel, 500) == mixed(*waves, codec=Codec.ALAW)


def test_streams_with_the_same_voice_share_its_bytes() -> None:
    made = studio()
    plans = [AudioPlan(parties=(party(source=NOISE, dn=dn),)) for dn in ("7001", "7002")]
    first, second = (made.reel(plan, Encoding.PCMU, START)[0] for plan in plans)

    assert first.cue(0)[0] is second.cue(0)[0]


def test_a_party_has_its_own_zero() -> None:
    late = party(source=NOISE, started_at=Instant(START - 30 * 20_000))

    assert block_of(reel_of(late), 5) == samples(NOISE, "7001", 35, 1)


def test_a_party_that_comes_later_is_silent_before() -> None:
    late = party(source=NOISE, started_at=Instant(START + 30 * 20_000))
    reel = reel_of(late)

    assert block_of(reel, 29) == b"\xff" * BLOCK
    assert block_of(reel, 30) == samples(NOISE, "7001", 0, 1)


def test_a_source_that_cannot_be_heard_is_silence_and_a_word() -> None:
    broken = party(source=AudioSource(kind=SourceKind.WAV, files=("nowhere.wav",)))
    reel, problems = studio().reel(AudioPlan(parties=(broken,)), Encoding.PCMU, START)

    assert block_of(reel, 0) == b"\xff" * BLOCK
    assert "the audio of 7001 is silence: there is no file nowhere.wav" in problems[0]


def test_the_tone_is_mixed_into_the_voice_from_its_beginning_on() -> None:
    begin = Instant(START + 10 * 20_000)
    plan = AudioPlan(
        parties=(party(),), tone=Tone(source="beep.wav", silence_ms=1500), tone_from=begin
    )
    reel, problems = studio().reel(plan, Encoding.PCMU, START)

    beep = repeated_tone(plan.tone, Codec.MULAW).read(0, BLOCK * 100).tobytes()
    for block, beeping in ((9, None), (10, 0), (15, 5), (40, None), (95, 0)):
        voice = samples(AudioSource(), "7001", block, 1)
        expected = voice if beeping is None else mixed(voice, beep[BLOCK * beeping :][:BLOCK])
        assert block_of(reel, block) == expected, block
    assert problems == ()


def test_a_tone_that_is_not_here_is_a_word_and_the_voice_goes_on() -> None:
    plan = AudioPlan(parties=(party(),), tone=Tone(source="http://x/y.wav", silence_ms=1500))
    reel, problems = studio().reel(plan, Encoding.PCMU, START)

    assert "only local WAV files" in problems[0]
    assert block_of(reel, 4) == samples(AudioSource(), "7001", 4, 1)


@pytest.mark.parametrize(
    ("dn", "in_record_dn", "in_other_dn", "sounds"),
    [
        ("7001", True, False, True),
        ("7001", False, True, False),
        ("7002", True, False, False),
        ("7002", False, True, True),
    ],
)
def test_the_tone_goes_into_the_streams_that_are_chosen(
    dn: str, in_record_dn: bool, in_other_dn: bool, sounds: bool
) -> None:
    tone = Tone(source="", silence_ms=2000, in_record_dn=in_record_dn, in_other_dn=in_other_dn)
    stream = StreamPlan(dn=dn, speakers=(dn,))
    plan = plan_of(stream, (party("7001"), party("7002")), tone=tone, record_dn="7001")

    assert [one.dn for one in plan.parties] == [dn]
    assert (plan.tone is tone) is sounds
