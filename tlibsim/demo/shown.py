"""A finished recording as the demo shows it: where it is, how to hear it, its picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tlibsim.demo.words import place, player_command, printable
from tlibsim.media.entries import channel_parties
from tlibsim.media.metadata import MetadataError, metadata_path, read_document
from tlibsim.media.wavefile import WaveFormatError
from tlibsim.ports.media import Artefact

PICTURE_SUFFIX = ".svg"


def shown(artefact: Artefact) -> Sequence[str]:
    """Lines about a recording; its picture is drawn and written beside it."""
    audio = Path(artefact.path)
    try:
        document = read_document(metadata_path(audio.parent, audio.stem))
        picture = _draw(audio, document)
    except (OSError, MetadataError, WaveFormatError) as error:
        return (*_heard(audio), f"  No picture could be drawn: {error}", "")
    return (
        "",
        f"  The call was recorded: {_channels(document)}.",
        *_heard(audio),
        f"    Picture  {place(picture)}",
        "",
    )


def _heard(audio: Path) -> Sequence[str]:
    command = player_command(audio)
    how = command or "any player does: stereo, 8 kHz, G.711"
    return (f"    WAV      {place(audio)}", f"    Listen   {how}")


def _draw(audio: Path, document: Mapping[str, object]) -> Path:
    from tlibsim.media.waveform import draw_waveform

    picture = audio.with_suffix(PICTURE_SUFFIX)
    picture.write_text(draw_waveform(audio, document), encoding="utf-8")
    return picture


def _channels(document: Mapping[str, object]) -> str:
    return ", ".join(
        f"channel {party.get('channel')} is {printable(str(party.get('dn')))}"
        for party in channel_parties(document.get("channels"))
    )
