"""The settings of the demo: the switch "Acme", with telephones that answer and speak."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tlibsim.config import (
    AudioKind,
    AudioSettings,
    DnOptions,
    DnSettings,
    DnType,
    Settings,
    demo_settings,
)
from tlibsim.media.audio.conversation import conversation
from tlibsim.ports.media import AudioSource

ATTENDED = ("7001", "7002")
"""The extensions of the agents who are ready: they answer by themselves."""
QUEUE = "8001"
"""Where the calls go, straight or by the routing point."""
POINT = "5001"
USUAL_PORT = 7020
USUAL_HTTP_PORT = 7080

SEED = 1
_ANSWER_AFTER_S = 2.0
_ANSWER_AFTER_ONCE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked for; None leaves it to the configuration.

    ``once`` is one recorded call and no more, ``every_s`` the time from one call to the next.
    ``http_port`` None: the usual one beside the usual ``port``, else any free one.
    """

    port: int | None = None
    http_port: int | None = None
    directory: Path | None = None
    traffic: bool = True
    once: bool = False
    every_s: float = 20.0


def settings_for(wishes: Wishes, environ: Mapping[str, str]) -> Settings:
    """The demo switch as wished; ConfigError for a wrong ``TLIBSIM_`` variable."""
    settings = demo_settings((), environ)
    first, *others = settings.listeners
    port = 0 if wishes.once and wishes.port is None else wishes.port
    listeners = (first if port is None else replace(first, port=port), *others)
    recordings = replace(settings.recordings, backend="file")
    if wishes.directory is not None:
        recordings = replace(recordings, directory=str(wishes.directory))
    return replace(
        settings,
        http=replace(settings.http, port=_http_port(wishes, settings.http.port)),
        seed=SEED if settings.seed is None else settings.seed,
        listeners=listeners,
        recordings=recordings,
        dns=_lively(settings.dns, _ANSWER_AFTER_ONCE_S if wishes.once else _ANSWER_AFTER_S),
    )


def _http_port(wishes: Wishes, configured: int | None) -> int | None:
    """Where the control API listens; a demo of one call has none."""
    if wishes.http_port is not None or wishes.once:
        return wishes.http_port
    return configured if wishes.port in (None, USUAL_PORT) else 0


def _lively(dns: Mapping[str, DnSettings], answer_after_s: float) -> Mapping[str, DnSettings]:
    """The same DNs: the agents' extensions and all trunks answer by themselves, and speak."""
    agent, customer = (_settings_of(source) for source in conversation())
    return {
        dn: _answering(one, agent if dn in ATTENDED else customer, answer_after_s)
        if dn in ATTENDED or one.type is DnType.TRUNK
        else one
        for dn, one in dns.items()
    }


def _answering(one: DnSettings, voice: AudioSettings, answer_after_s: float) -> DnSettings:
    options: DnOptions = one.options
    if options.answer_after is None:
        options = replace(options, answer_after=answer_after_s)
    return replace(one, options=options, audio=one.audio or voice)


def _settings_of(source: AudioSource) -> AudioSettings:
    return AudioSettings(
        kind=AudioKind(source.kind.value),
        frequency_hz=source.frequency_hz,
        seed=source.seed,
        files=source.files,
        loop=source.loop,
        timeline=tuple((at_ms, _settings_of(one)) for at_ms, one in source.timeline),
    )
