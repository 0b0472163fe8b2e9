"""Which file of a recorder is whose: by the path, by the channels, and only if it is of this run."""

import os
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tlibsim.contract.folder import Folder
from tlibsim.media.audio.sources import tone_frequency
from tlibsim.media.rtp.hearing import pitch_hz

UUID = "004RO8FEKP30QDO0EN7US7001000001A"
PARTIES = ("7001", "4155550100")


def tone(dn: str, seconds: float = 0.5) -> NDArray[np.int16]:
    at = np.arange(int(seconds * 8000)) / 8000
    return (8000 * np.sin(2 * np.pi * tone_frequency(dn) * at)).astype("<i2")


def write(path: Path, *channels: NDArray[np.int16]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.stack(channels, axis=1).tobytes())


def heard(folder: Folder, dn: str) -> float:
    """The pitch of what is filed of a party."""
    (sound, *_) = folder.sounds(UUID, PARTIES)[dn]
    return pitch_hz(sound.samples())


def test_a_folder_that_is_not_there_yet_has_no_files(tmp_path: Path):
    assert not Folder(tmp_path / "later").state()


def test_files_of_an_earlier_run_do_not_count(tmp_path: Path):
    write(tmp_path / f"{UUID}_7001.wav", tone("7001"))
    folder = Folder(tmp_path)
    assert not folder.of_call(UUID)


def test_a_file_that_is_written_anew_counts_again(tmp_path: Path):
    path = tmp_path / f"{UUID}_7001.wav"
    write(path, tone("7001"))
    os.utime(path, (1, 1))
    folder = Folder(tmp_path)
    write(path, tone("7001"))
    assert folder.of_call(UUID) == [path]


@pytest.mark.parametrize(
    "name",
    [
        "{uuid}_{dn}.wav",
        "{dn}-{uuid}.WAV",
        "{uuid}/{dn}.wav",
        "2026/11/{uuid}/call 1 {dn}.wav",
        "{lower}.{dn}.wav",
    ],
)
def test_the_call_and_the_number_are_found_wherever_they_stand(tmp_path: Path, name: str):
    folder = Folder(tmp_path)
    for dn in PARTIES:
        write(tmp_path / name.format(uuid=UUID, lower=UUID.lower(), dn=dn), tone(dn))
    for dn in PARTIES:
        assert heard(folder, dn) == pytest.approx(tone_frequency(dn), rel=0.01)


def test_digits_of_the_call_uuid_are_no_number(tmp_path: Path):
    folder = Folder(tmp_path)
    write(tmp_path / f"{UUID}_4155550100.wav", tone("4155550100"))
    assert not folder.sounds(UUID, PARTIES)["7001"]


def test_a_number_inside_another_one_is_not_that_number(tmp_path: Path):
    folder = Folder(tmp_path)
    write(tmp_path / f"{UUID}_17001.wav", tone("7001"))
    assert not folder.sounds(UUID, PARTIES)["7001"]


@pytest.mark.parametrize(
    "name", ["{uuid}.wav", "{uuid}_7001_4155550100.wav", "{uuid}_7001.wav"]
)
def test_of_one_file_with_two_channels_the_first_is_the_recorded_party(
    tmp_path: Path, name: str
):
    folder = Folder(tmp_path)
    write(tmp_path / name.format(uuid=UUID), *(tone(dn) for dn in PARTIES))
    for dn in PARTIES:
        assert heard(folder, dn) == pytest.approx(tone_frequency(dn), rel=0.01)


def test_a_file_of_ones_own_may_have_its_sound_in_either_channel(tmp_path: Path):
    folder = Folder(tmp_path)
    for dn in PARTIES:
        write(tmp_path / f"{UUID}_{dn}.wav", np.zeros_like(tone(dn)), tone(dn))
    for dn in PARTIES:
        assert heard(folder, dn) == pytest.approx(tone_frequency(dn), rel=0.01)


def test_one_channel_for_both_is_nobodys_own(tmp_path: Path):
    folder = Folder(tmp_path)
    write(tmp_path / f"{UUID}_7001_4155550100.wav", tone("7001"))
    assert not any(folder.sounds(UUID, PARTIES).values())
    assert folder.of_call(UUID)


def test_a_file_that_cannot_be_read_is_no_reason_to_stop(tmp_path: Path):
    folder = Folder(tmp_path)
    (tmp_path / f"{UUID}.wav").write_bytes(b"RIFF")
    assert not any(folder.sounds(UUID, PARTIES).values())
