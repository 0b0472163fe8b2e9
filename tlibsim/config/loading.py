"""Text to :class:`~tlibsim.config.settings.Settings`: a file, the bed of a scenario, a ``config``.

Everything wrong is collected and raised as one :class:`~tlibsim.config.problems.ConfigError`.
Parsing takes text, never paths; the command line reads files.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tlibsim.config.defaults import SCENARIO_BED
from tlibsim.config.document import Document, Path, read
from tlibsim.config.overrides import (
    SECTIONS,
    laid_over,
    overrides_of,
    spelled,
    strange_variables,
)
from tlibsim.config.problems import ConfigError
from tlibsim.config.reading import Reading
from tlibsim.config.rows import normal
from tlibsim.config.settings import Settings, UnknownOption
from tlibsim.config.spelling import as_written

NO_VARIABLES: Mapping[str, str] = {}


def load(
    text: str,
    source: str = "tlibsim.yaml",
    overrides: Iterable[str] = (),
    environ: Mapping[str, str] = NO_VARIABLES,
) -> Settings:
    """The settings of a configuration file.

    ``source`` is its name in messages, ``overrides`` are ``key=value`` words, ``environ`` holds
    variables of which those that begin with ``TLIBSIM_`` count.  Raises ConfigError.
    """
    return _settings(read(text, source), (), overrides, environ)


def load_bed(
    text: str,
    source: str = "scenarios.yml",
    overrides: Iterable[str] = (),
    environ: Mapping[str, str] = NO_VARIABLES,
) -> Settings:
    """The settings of the ``bed`` of a scenario file, or of the default bed when it has none.

    A file that is a configuration itself (``dns`` at its top) is taken as a whole.
    """
    document = read(text, source)
    data = document.data
    if isinstance(data, dict) and "bed" in data:
        return _settings(document, ("bed",), overrides, environ)
    if isinstance(data, dict) and "dns" in data:
        return _settings(document, (), overrides, environ)
    return _settings(read(SCENARIO_BED, "default bed"), (), overrides, environ)


def apply_config(
    base: Settings | str, config: Mapping[str, Any], source: str = "config"
) -> Settings:
    """The settings of a scenario: its ``config`` on top of a bed (settings, or the file's text).

    ``dn`` adds options to DNs of the bed; the sections of a configuration file replace or add to
    what the bed says; any other key is an option of the application.  Raises ConfigError.
    """
    settings = load_bed(base) if isinstance(base, str) else base
    reading = Reading(Document(source, dict(config)), base=settings)
    known = {normal(section): section for section in SECTIONS if section != "options"}
    sections: dict[str, Any] = {}
    options: dict[str, Any] = dict(config.get("options") or {})
    for key, value in config.items():
        if normal(str(key)) in known:
            sections[str(key)] = value
        elif key not in ("dn", "options"):
            options[str(key)] = value
    reading.take_options(options, ())
    reading.take_dn_options(config.get("dn"), ("dn",))
    reading.take(sections, ())
    return reading.finished()


def error_at(
    text: str,
    source: str,
    overrides: Iterable[str],
    environ: Mapping[str, str],
    troubles: Iterable[tuple[Path, str]],
) -> ConfigError:
    """What is wrong with a file that can be read but not be used so.

    ``troubles`` are keys and what is wrong with them; each is told with its place, or with the
    override that it came from.
    """
    document = read(text, source)
    reading = Reading(document, base=Settings())
    data = document.data if isinstance(document.data, dict) else {}
    reading.origins.update(laid_over(data, overrides_of(overrides, environ)[0]))
    for path, message in troubles:
        *above, last = spelled(data, path)
        name = (
            as_written(last, "", data) if isinstance(last, str) and last == path[-1] else last
        )
        reading.fault((*above, name), message, of_key=True)
    return ConfigError(
        sorted(reading.problems, key=lambda one: (one.line or 0, one.column or 0))
    )


def _settings(
    document: Document, root: Path, overrides: Iterable[str], environ: Mapping[str, str]
) -> Settings:
    data = document.data
    for part in root:
        data = data[part]
    reading = Reading(document, base=Settings(), root=root)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        reading.fault((), "must be a mapping of sections")
        data = {}
    found, problems = overrides_of(overrides, environ)
    reading.origins.update(laid_over(data, found))
    reading.take(data, ())
    return reading.finished(
        earlier=problems,
        strange=[_strange(name) for name in strange_variables(environ)],
    )


def _strange(name: str) -> UnknownOption:
    return UnknownOption(where="environment", name=name, value=None, source="environment")
