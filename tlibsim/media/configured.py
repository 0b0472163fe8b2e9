"""The configuration in the terms of media: what parties sound like, how files are written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tlibsim.config import AudioSettings, DnSettings, Options, RecordingsSettings
from tlibsim.media.settings import Codec, FileSettings, PauseGap
from tlibsim.ports.media import AudioSource, SourceKind


class Party(Protocol):
    """Whoever is heard: its number, and its trunk if it is outside."""

    @property
    def dn(self) -> str: ...
    @property
    def trunk(self) -> str | None: ...


class Sources:
    """What a party sounds like: its DN's configured audio, or a tone that is its own."""

    def __init__(self, dns: Mapping[str, DnSettings]) -> None:
        self.reconfigure(dns)

    def reconfigure(self, dns: Mapping[str, DnSettings]) -> None:
        """Other DNs from now on; what is being recorded keeps its sounds."""
        self._sources = {
            dn: audio_source(one.audio) for dn, one in dns.items() if one.audio is not None
        }

    def __call__(self, party: Party) -> AudioSource:
        return self._sources.get(party.trunk or party.dn, _TONE)


_TONE = AudioSource()


def audio_source(audio: AudioSettings) -> AudioSource:
    """The configured audio in the terms of the media port."""
    return AudioSource(
        kind=SourceKind(audio.kind.value),
        frequency_hz=audio.frequency_hz,
        seed=audio.seed,
        files=audio.files,
        loop=audio.loop,
        timeline=tuple((at, audio_source(one)) for at, one in audio.timeline),
    )


def file_settings(recordings: RecordingsSettings, options: Options) -> FileSettings:
    """The configuration of recordings in the terms of the file backend."""
    return FileSettings(
        directory=Path(recordings.directory),
        codec=Codec(recordings.codec),
        pause_gap=PauseGap(options.pause_gap),
        max_ports=options.max_ports,
        min_free_bytes=recordings.min_free_mb * 1_000_000,
        max_length_s=recordings.max_minutes * 60,
    )
