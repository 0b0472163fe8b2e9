"""What the commands about scenarios share: files and folders, variables, hooks."""

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tlibsim.config.problems import nearest
from tlibsim.playing.files import FileError, fetched, read_text, scenario_files

if TYPE_CHECKING:
    from tlibsim.scenario.program import Part

BAD_USAGE = 2


def bad_usage(*lines: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(BAD_USAGE)


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The scenario files that are named, and those in the folders that are named.

    In a folder, files and folders that begin with ``_`` or ``.`` are left out, and files that have
    neither ``scenarios`` nor ``steps`` at their top: parts to include, tables, configurations.
    """
    found: list[Path] = []
    for path in paths:
        try:
            found += sorted(scenario_files(path)) if path.is_dir() else [path]
        except FileError as error:
            bad_usage(str(error))
    return tuple(dict.fromkeys(found))


def text_of(path: Path) -> str:
    """The text of a file; one that cannot be read ends with exit code 2."""
    try:
        return read_text(path)
    except FileError as error:
        bad_usage(str(error))


def make_folder(folder: Path) -> None:
    """Make a folder to write to; one that cannot be made ends with exit code 2."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        bad_usage(f"{folder}: cannot be made: {error}")


def variables_of(words: Sequence[str]) -> Mapping[str, str]:
    """``NAME=VALUE`` words of ``--set``."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{word!r} is not NAME=VALUE", param_hint="--set")
        found[name.strip()] = value
    return found


def read_parts(files: Sequence[Path], overrides: Mapping[str, str]) -> tuple["Part", ...]:
    """All scenarios of the files; everything wrong in any of them ends with exit code 2."""
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts

    found: list[Part] = []
    wrong: list[str] = []
    for file in files:
        try:
            found += parts(text_of(file), str(file), fetch=fetched, overrides=overrides)
        except ScenarioError as error:
            wrong.append(str(error))
    if wrong:
        bad_usage(*wrong)
    _known_variables(found, overrides)
    return tuple(found)


def read_named_parts(files: Sequence[Path], overrides: Mapping[str, str]) -> tuple["Part", ...]:
    """As :func:`read_parts`, with ``{name}`` in the place of variables, for people to read.

    Where a file does not stand for that (a number must be one), and in rows, the values remain.
    """
    every = read_parts(files, overrides)
    found: list[Part] = []
    for file in files:
        own = tuple(part for part in every if part.scenario.source == str(file))
        found += _named_parts(file, own, overrides)
    return tuple(found)


def _named_parts(
    file: Path, own: tuple["Part", ...], overrides: Mapping[str, str]
) -> tuple["Part", ...]:
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts

    if any(part.scenario.id.endswith("]") for part in own):
        return own
    names = frozenset[str]().union(*(part.variables for part in own)) - set(overrides)
    shown = dict(overrides)
    for name in sorted(names):
        tried = {**shown, name: f"{{{name}}}"}
        try:
            own = parts(text_of(file), str(file), fetch=fetched, overrides=tried)
        except ScenarioError:
            continue
        shown = tried
    return own


def _known_variables(found: Sequence["Part"], overrides: Mapping[str, str]) -> None:
    known = frozenset[str]().union(*(part.variables for part in found))
    for name in overrides:
        if found and name not in known:
            near = nearest(name, known)
            hint = f" Did you mean {near}?" if near else ""
            bad_usage(f"--set {name}: no scenario has this variable.{hint}")


def load_hooks(parts: Sequence["Part"], *, allowed: bool) -> dict[str, dict[str, Any]]:
    """The functions that scenarios call, by file of the scenario and name of the hook."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        scenario = part.scenario
        if scenario.hooks and not allowed:
            bad_usage(
                f"{scenario.source}: {scenario.id} calls {scenario.hooks[0]}; "
                "functions run only with --allow-hooks"
            )
        own = found.setdefault(scenario.source, {})
        for name in scenario.hooks:
            if name not in own:
                own[name] = _hook(name, Path(scenario.source))
    return found


def _hook(name: str, source: Path) -> Any:
    file, _, function = name.rpartition(":")
    path = source.parent / file
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        bad_usage(f"{source}: hook {name}: there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, function, None)
    if not callable(found):
        bad_usage(f"{source}: hook {name}: {path} has no function {function}")
    return found
