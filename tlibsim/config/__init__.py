"""The configuration: frozen settings, and the functions that make them from text.

Importing this package is cheap; pydantic and PyYAML are imported when something is read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tlibsim.config.dns import (
    DEFAULT_DN_OPTIONS,
    AgentSettings,
    AudioKind,
    AudioSettings,
    DnOptions,
    DnSettings,
    DnType,
    External,
    FarBehavior,
)
from tlibsim.config.options import Options
from tlibsim.config.problems import ConfigError, Problem
from tlibsim.config.routing import RouteRule, RouteTarget, RouteTreatment, RoutingSettings
from tlibsim.config.settings import (
    CdrSettings,
    ClientLimits,
    DesktopAuto,
    DesktopUnderTest,
    HttpSettings,
    Listener,
    Persona,
    PersonaRule,
    RecorderUnderTest,
    RecordingsSettings,
    RemoteRecording,
    Settings,
    UnknownOption,
)

__all__ = [
    "DEFAULT_DN_OPTIONS",
    "AgentSettings",
    "AudioKind",
    "AudioSettings",
    "CdrSettings",
    "ClientLimits",
    "ConfigError",
    "DesktopAuto",
    "DesktopUnderTest",
    "DnOptions",
    "DnSettings",
    "DnType",
    "External",
    "FarBehavior",
    "HttpSettings",
    "Listener",
    "Options",
    "Persona",
    "PersonaRule",
    "Problem",
    "RecorderUnderTest",
    "RecordingsSettings",
    "RemoteRecording",
    "RouteRule",
    "RouteTarget",
    "RouteTreatment",
    "RoutingSettings",
    "Settings",
    "UnknownOption",
    "apply_config",
    "demo_settings",
    "load",
    "load_bed",
]

_NO_VARIABLES: Mapping[str, str] = {}


def load(
    text: str,
    source: str = "tlibsim.yaml",
    overrides: Iterable[str] = (),
    environ: Mapping[str, str] = _NO_VARIABLES,
) -> Settings:
    """The settings of a configuration file; ``source`` is its name in messages.

    ``overrides`` are ``key=value`` words (``--set``), ``environ`` variables of which those that
    begin with ``TLIBSIM_`` count.  Raises ConfigError with everything that is wrong.
    """
    from tlibsim.config import loading

    return loading.load(text, source, overrides, environ)


def load_bed(
    text: str = "",
    source: str = "scenarios.yml",
    overrides: Iterable[str] = (),
    environ: Mapping[str, str] = _NO_VARIABLES,
) -> Settings:
    """The settings of a scenario file's ``bed``, or of the default bed where it has none."""
    from tlibsim.config import loading

    return loading.load_bed(text, source, overrides, environ)


def demo_settings(
    overrides: Iterable[str] = (), environ: Mapping[str, str] = _NO_VARIABLES
) -> Settings:
    """The settings of the demo switch "Acme", which the program carries."""
    from tlibsim.config import loading
    from tlibsim.config.defaults import DEMO

    return loading.load(DEMO, "demo switch", overrides, environ)


def apply_config(
    base: Settings | str, config: Mapping[str, Any], source: str = "config"
) -> Settings:
    """The settings of one scenario: its ``config`` on top of a bed (settings or the file's text)."""
    from tlibsim.config import loading

    return loading.apply_config(base, config, source)
