"""Our WAVE files, whole and broken off, as others read them."""

import errno
import os

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tlibsim.media.settings import Codec
from tlibsim.media.wavefile import (
    PartFile,
    WaveFormatError,
    read_layout,
    wave_header,
    wave_layout,
)


def part_of(tmp_path, sound=b"\xff\x80" * 8000, name="a", codec=Codec.MULAW):
    part = PartFile(tmp_path, name, codec)
    part.create()
    part.append(sound)
    return part


def test_the_header_is_this_and_no_other():
    assert wave_header(Codec.MULAW, 8000).hex(" ") == (
        "52 49 46 46 b2 3e 00 00 57 41 56 45 "  # RIFF 16050 WAVE
        "66 6d 74 20 12 00 00 00 07 00 02 00 40 1f 00 00 80 3e 00 00 02 00 08 00 00 00 "
        "66 61 63 74 04 00 00 00 40 1f 00 00 "  # fact 8000
        "64 61 74 61 80 3e 00 00"  # data 16000
    )


def test_a_growing_file_has_no_sizes_and_the_format_of_a_law_is_6():
    header = wave_header(Codec.ALAW, None)
    assert header[4:8] == header[46:50] == header[54:58] == b"\xff" * 4
    assert header[20:22] == b"\x06\x00"


@pytest.mark.parametrize(("codec", "subtype"), [(Codec.MULAW, "ULAW"), (Codec.ALAW, "ALAW")])
@pytest.mark.parametrize("is_finished", [True, False])
def test_libsndfile_reads_every_frame_of_a_finished_and_of_a_growing_file(
    tmp_path, codec, subtype, is_finished
):
    part = part_of(tmp_path, codec=codec)
    path = part.finish() if is_finished else part.path
    with soundfile.SoundFile(path) as file:
        assert (file.format, file.subtype) == ("WAV", subtype)
        assert (file.samplerate, file.channels, file.frames) == (8000, 2, 8000)
        assert file.read(dtype="int16").shape == (8000, 2)


def test_finishing_gives_the_true_sizes_and_drops_half_a_frame(tmp_path):
    path = part_of(tmp_path, b"\xff" * 1001).finish()
    assert path == tmp_path / "a.wav"
    assert path.read_bytes() == wave_header(Codec.MULAW, 500) + b"\xff" * 1000
    assert list(tmp_path.iterdir()) == [path]


def test_finishing_overwrites_nothing(tmp_path):
    (tmp_path / "a.wav").write_text("mine")
    (tmp_path / "a-2.wav").symlink_to("nowhere")
    part = part_of(tmp_path)
    assert part.finish() == tmp_path / "a-3.wav"
    assert part.name == "a-3"
    assert (tmp_path / "a.wav").read_text() == "mine"


def test_a_disk_without_hard_links_works_too_and_overwrites_nothing(tmp_path, monkeypatch):
    def no_links(source, target):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a.wav").write_text("mine")
    assert part_of(tmp_path).finish() == tmp_path / "a-2.wav"
    assert (tmp_path / "a.wav").read_text() == "mine"


def test_a_file_that_is_there_is_not_created_again(tmp_path):
    part_of(tmp_path)
    with pytest.raises(FileExistsError):
        PartFile(tmp_path, "a", Codec.MULAW).create()


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    (tmp_path / "a.wav.part").symlink_to(outside)
    with pytest.raises(FileExistsError):
        PartFile(tmp_path, "a", Codec.MULAW).create()
    assert not outside.exists()


def test_a_file_cut_within_its_header_becomes_an_empty_recording(tmp_path):
    part = PartFile(tmp_path, "a", Codec.MULAW)
    part.path.write_bytes(wave_header(Codec.MULAW, None)[:20])
    assert part.finish().read_bytes() == wave_header(Codec.MULAW, 0)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "RIFF"),
        (b"RIFX" + bytes(40), "RIFF"),
        (b"RIFF\0\0\0\0WAVE", "no data chunk"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "before a fmt"),
        (b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0\x01\0\x01\0data\0\0\0\0", "too short"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + bytes(16) + b"data\0\0\0\0", "no channels"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(tmp_path, content, word):
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(WaveFormatError, match=word):
        read_layout(path)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_layout_or_a_refusal(content):
    try:
        layout = wave_layout(b"RIFF\0\0\0\0WAVE" + content, len(content) + 12)
    except WaveFormatError:
        return
    assert layout.data_offset + layout.data_bytes <= len(content) + 12


def test_the_sound_of_two_channels_is_interleaved(tmp_path):
    path = part_of(tmp_path, b"\x80\x00" * 100).finish()
    sound, _ = soundfile.read(path, dtype="int16")
    assert np.all(sound[:, 0] == 32124)
    assert np.all(sound[:, 1] == -32124)
