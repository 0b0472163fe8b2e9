"""The second switch of a process: ``second-site`` as settings of its own (BEHAVIOUR.md 3.7)."""

from dataclasses import replace

import yaml

from tlibsim.config.loading import load
from tlibsim.config.settings import Listener, RecordingsSettings, Settings


def second_settings(settings: Settings) -> Settings | None:
    """The settings of the second switch, or None; raises ConfigError.

    It has the options of the first one unless it gives its own, and its listener is the next
    port unless it names one.
    """
    if not settings.second_site:
        return None
    given = dict(settings.second_site)
    second = load(yaml.safe_dump(given, allow_unicode=True), source="second-site")
    return replace(
        second,
        options=second.options if "options" in given else settings.options,
        listeners=second.listeners if "listen" in given else _next_ports(settings),
        recordings=second.recordings if "recordings" in given else _own_directory(settings),
        seed=None if settings.seed is None else settings.seed + 1,
        customer_id=settings.customer_id,
        server_version=settings.server_version,
    )


def _own_directory(settings: Settings) -> RecordingsSettings:
    """Two switches do not write to one directory."""
    recordings = settings.recordings
    if recordings.backend == "null":
        return recordings
    return replace(recordings, directory=f"{recordings.directory}-second-site")


def _next_ports(settings: Settings) -> tuple[Listener, ...]:
    return tuple(
        replace(one, port=one.port + 1 if one.port else 0) for one in settings.listeners
    )
