"""G.711 tables against the properties of the code and an encoder of somebody else."""

import io

import numpy as np
import pytest
import soundfile

from tlibsim.media.audio.g711 import decode, decoding_table, encode, encoding_table
from tlibsim.media.settings import Codec

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize(
    ("codec", "sample", "code"),
    [
        (Codec.MULAW, 0, 0xFF),
        (Codec.MULAW, -1, 0x7F),
        (Codec.MULAW, 32767, 0x80),
        (Codec.MULAW, -32768, 0x00),
        (Codec.MULAW, 1000, 0xCE),
        (Codec.ALAW, 0, 0xD5),
        (Codec.ALAW, -1, 0x55),
        (Codec.ALAW, 32767, 0xAA),
        (Codec.ALAW, -32768, 0x2A),
        (Codec.ALAW, 1000, 0xFA),
    ],
)
def test_known_samples_have_their_known_bytes(codec, sample, code):
    assert encode(np.array([sample], dtype=np.int16), codec).tolist() == [code]


@pytest.mark.parametrize("codec", Codec)
def test_every_byte_survives_decoding_and_encoding(codec):
    codes = np.arange(256, dtype=np.uint8)
    again = encode(decode(codes, codec), codec)
    if codec is Codec.MULAW:
        codes = np.where(codes == 0x7F, 0xFF, codes)  # the other zero of mu-law
    assert again.tolist() == codes.tolist()


@pytest.mark.parametrize("codec", Codec)
def test_no_level_is_nearer_than_one_step_to_the_one_chosen(codec):
    levels = np.unique(decoding_table(codec)).astype(np.int32)
    decoded = decode(encode(EVERY_SAMPLE, codec), codec).astype(np.int32)
    samples = EVERY_SAMPLE.astype(np.int32)
    nearest = np.abs(samples[:, None] - levels[None, :]).argmin(axis=1)
    chosen = np.searchsorted(levels, decoded)
    assert int(np.abs(nearest - chosen).max()) <= 1


@pytest.mark.parametrize("codec", Codec)
def test_louder_samples_never_have_a_lower_level(codec):
    decoded = decode(encode(EVERY_SAMPLE, codec), codec).astype(np.int32)
    assert np.all(np.diff(decoded) >= 0)


@pytest.mark.parametrize(("codec", "subtype"), [(Codec.MULAW, "ULAW"), (Codec.ALAW, "ALAW")])
def test_libsndfile_hears_in_our_bytes_what_we_hear(codec, subtype):
    codes = np.arange(256, dtype=np.uint8)
    heard, _ = soundfile.read(
        io.BytesIO(codes.tobytes()),
        format="RAW",
        subtype=subtype,
        samplerate=8000,
        channels=1,
        dtype="int16",
    )
    assert heard.tolist() == decode(codes, codec).tolist()


@pytest.mark.parametrize("codec", Codec)
def test_the_tables_cannot_be_changed(codec):
    with pytest.raises(ValueError, match="read-only"):
        encoding_table(codec)[0] = 1


@pytest.mark.parametrize("codec", Codec)
def test_silence_is_the_byte_for_zero(codec):
    assert encode(np.zeros(1, dtype=np.int16), codec).tolist() == [codec.silence]
