"""The picture: well-formed, labelled, and true to the sound."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.media.bench import AGENT, CUSTOMER, SILENT, Recorder, order
from tlibsim.media.metadata import metadata_path, read_document
from tlibsim.media.settings import FileSettings, PauseGap
from tlibsim.media.wavefile import WaveFormatError
from tlibsim.media.waveform import draw_waveform, save_waveform
from tlibsim.ports.media import Revision, SessionId

S1 = SessionId("s1")
SVG = "{http://www.w3.org/2000/svg}"


def recorded(tmp_path, *, gap=PauseGap.SILENCE, **changes):
    """Ten seconds: three of sound, a pause of four, three with another party."""
    recorder = Recorder(FileSettings(directory=tmp_path, pause_gap=gap))
    recorder.backend.start(order(**changes))
    recorder.advance(3)
    recorder.backend.pause(S1, recorder.clock.now)
    recorder.advance(4)
    recorder.backend.resume(S1, recorder.clock.now)
    other = replace(CUSTOMER, dn="7002")
    recorder.backend.revise(Revision(session=S1, at=recorder.clock.now, parties=(AGENT, other)))
    recorder.advance(3)
    recorder.stop()
    recorder.close()
    return tmp_path / "call-s1.wav"


def drawn(audio, **changes):
    document = read_document(metadata_path(audio.parent, audio.stem)) | changes
    return ElementTree.fromstring(draw_waveform(audio, document))


def texts(picture):
    return [element.text for element in picture.iter(f"{SVG}text")]


def bars(picture, place):
    """Return where a path has bars, and how high they are."""
    path = list(picture.iter(f"{SVG}path"))[place].get("d")
    return [
        (float(x), float(height))
        for x, height in re.findall(r"M([\d.]+) [\d.]+v([\d.]+)", path)
    ]


def test_both_channels_are_labelled_and_time_has_an_axis(tmp_path):
    words = texts(drawn(recorded(tmp_path)))
    assert "call-s1" in words
    assert words.count("7001") == 1
    assert "4155550100" in words
    assert "agent 1001" in words
    assert [word for word in words if re.fullmatch(r"\d+:\d\d", word)] == [
        f"0:{second:02d}" for second in range(11)
    ]


def test_a_change_of_party_is_marked_where_it_happened(tmp_path):
    picture = drawn(recorded(tmp_path))
    assert "7002" in texts(picture)
    marks = [line for line in picture.iter(f"{SVG}line") if line.get("stroke-dasharray")]
    assert [float(mark.get("x1")) for mark in marks] == pytest.approx([176 + 992 * 0.7], abs=1)


def test_the_pause_is_shaded_and_holds_no_sound(tmp_path):
    picture = drawn(recorded(tmp_path))
    (shade,) = (
        rect for rect in picture.iter(f"{SVG}rect") if rect.get("fill") == "url(#paused)"
    )
    left, width = float(shade.get("x")), float(shade.get("width"))
    assert (left, width) == pytest.approx((176 + 992 * 0.3, 992 * 0.4), abs=1)
    assert "paused" in texts(picture)
    for place in range(4):
        places = [x for x, _ in bars(picture, place)]
        assert [x for x in places if left + 5 < x < left + width - 5] == []
        assert min(places) < left
        assert max(places) > left + width


def test_a_pause_that_was_cut_out_has_no_width(tmp_path):
    picture = drawn(recorded(tmp_path, gap=PauseGap.CUT))
    assert not [r for r in picture.iter(f"{SVG}rect") if r.get("fill") == "url(#paused)"]
    assert "pause cut out" in texts(picture)
    assert "0:06.00" in " ".join(texts(picture))
    marks = [line for line in picture.iter(f"{SVG}line") if line.get("stroke-dasharray")]
    assert [float(mark.get("x1")) for mark in marks] == pytest.approx([672, 672], abs=1)


def test_a_silent_party_has_an_empty_lane(tmp_path):
    audio = recorded(tmp_path, parties=(replace(AGENT, source=SILENT), CUSTOMER))
    picture = drawn(audio)
    agent, customer = bars(picture, 0), bars(picture, 2)
    assert [x for x, _ in agent if x < 470] == []
    assert len([x for x, _ in customer if x < 470]) > 90


def test_markup_and_strange_characters_in_names_are_harmless(tmp_path):
    audio = recorded(tmp_path)
    channels = [{"channel": 1, "dn": "<b>&\0\udcff"}, {"channel": 2, "dn": "x" * 300}]
    words = texts(drawn(audio, channels=channels, details={"agent": "<i>"}))
    assert "<b>&\ufffd\ufffd" in words
    assert "agent <i>" in words


def test_an_empty_recording_has_a_picture_too(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path))
    recorder.backend.start(order(parties=()))
    recorder.stop()
    recorder.close()
    picture = drawn(tmp_path / "call-s1.wav")
    assert bars(picture, 0) == []
    assert "nobody" in texts(picture)


@pytest.mark.parametrize("seconds", [90, 4000])
def test_a_long_recording_has_few_ticks(tmp_path, seconds):
    recorder = Recorder(FileSettings(directory=tmp_path))
    recorder.backend.start(order(parties=()))
    recorder.advance(seconds)
    recorder.stop()
    recorder.close()
    ticks = [word for word in texts(drawn(tmp_path / "call-s1.wav")) if word[0].isdigit()]
    assert 4 < len(ticks) < 17


def test_the_picture_is_saved_beside_the_recording(tmp_path):
    audio = recorded(tmp_path)
    picture = save_waveform(audio)
    assert picture == tmp_path / "call-s1.svg"
    assert ElementTree.parse(picture).getroot().tag == f"{SVG}svg"


def test_what_is_no_recording_of_ours_is_refused(tmp_path):
    path = tmp_path / "x.wav"
    path.write_text("no sound")
    with pytest.raises(WaveFormatError):
        draw_waveform(path, {})
