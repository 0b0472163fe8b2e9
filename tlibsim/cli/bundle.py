"""``tlibsim bundle``: everything about a run in one file, for a colleague."""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

import click

from tlibsim.cli import bundled
from tlibsim.cli.bundled import JOURNAL, SCENARIO, BundleError, Manifest
from tlibsim.cli.handover import found_in
from tlibsim.cli.lastrun import LastRun, recall
from tlibsim.cli.playing import (
    BAD_USAGE,
    bad_usage,
    files_of,
    text_of,
    variables_of,
)
from tlibsim.cli.words import run_and_exit
from tlibsim.playing.files import fetched
from tlibsim.playing.parts import RunOptions, play_part

if TYPE_CHECKING:
    from tlibsim.net.reactor import Reactor
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.results import Result

CHECK_FAILED = 1
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "scenario": "scenario",
        "config": "configuration",
        "journal": "journal (JSONL and server-log form)",
        "report": "report",
    }
)
NOTHING_RAN = 3


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT.zip")
@click.option("--run", "run_", type=click.Choice(["last"]), help="The last scenario run.")
@click.option(
    "--journal",
    "journal",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A journal that was exported (JSON lines).",
)
@click.option(
    "--config", "config_file", metavar="FILE", help="With --journal: the configuration."
)
def bundle(out: Path, run_: str | None, journal: Path | None, config_file: str | None) -> None:
    """Write scenario, configuration, seed, journal, report and versions into OUT.zip.

    With --run last the scenarios of the last `tlibsim scenario run` are played once more, which
    gives the same journal again; `tlibsim scenario run OUT.zip` does so anywhere and compares.

    Exit code: 0 written, 2 wrong usage, or a run that cannot be played from a file alone.
    """
    if (run_ is None) == (journal is None):
        raise click.UsageError("one of --run last and --journal FILE is needed")
    if config_file is not None and journal is None:
        raise click.UsageError("--config goes with --journal")
    if journal is not None:
        _write(out, Manifest(versions=_versions()), _of_journal(journal, config_file))
        return
    last = recall()
    if last is None:
        bad_usage("no run is known: begin with tlibsim scenario run FILE")
    sources, root = _sources(last)
    files = [str(_below(Path(file), root)) for file in sources.own]
    manifest = Manifest(
        versions=_versions(),
        files=files,
        only=tuple(last.only),
        variables=tuple(last.variables),
        seed=last.seed,
        strict=last.strict,
    )
    texts = {
        f"{SCENARIO}{_below(Path(file), root)}": text for file, text in sources.all.items()
    }

    def written(folder: Path, results: Sequence["Result"], parts: Sequence["Part"]) -> int:
        contents = {**texts, **_journals(folder), **_configurations(parts, manifest.seed)}
        report = [_relative(result.as_object()) for result in results]
        contents["report.json"] = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
        _write(out, manifest, contents)
        return 0

    with tempfile.TemporaryDirectory(prefix="tlibsim-bundle-") as name:
        folder = Path(name)
        bundled.unpack(texts, SCENARIO, folder / "scenario")
        _play(manifest, folder, written)


def run_bundle(path: Path) -> NoReturn:
    """Play the scenarios of a bundle again and compare the journals; ends the program.

    Exit code: 0 all passed, and the same byte for byte; 1 a check failed, or a journal is not the
    same; 2 no bundle; 3 it has no scenario.
    """
    try:
        manifest, texts = bundled.read(path)
    except BundleError as error:
        bad_usage(f"{path}: {error}")
    if not manifest.files:
        click.echo(f"{path}: has no scenario, only a journal", err=True)
        sys.exit(NOTHING_RAN)
    old = {name: text for name, text in texts.items() if name.endswith(".jsonl")}

    def compared(folder: Path, results: Sequence["Result"], _: Sequence["Part"]) -> int:
        from tlibsim.scenario.program import exit_code

        _show(results)
        new = {name: text for name, text in _journals(folder).items() if name in old}
        same = _compare(old, new, manifest.versions)
        return exit_code(results) or (0 if same else CHECK_FAILED)

    with tempfile.TemporaryDirectory(prefix="tlibsim-bundle-") as name:
        folder = Path(name)
        bundled.unpack(texts, SCENARIO, folder / "scenario")
        _play(manifest, folder, compared)


def _show(results: Sequence["Result"]) -> None:
    for result in results:
        click.echo(f"{result.scenario.id:<20} {result.status.value}")
        for line in result.text().splitlines():
            click.echo(f"    {line}")


def _compare(
    old: Mapping[str, str], new: Mapping[str, str], versions: Mapping[str, str]
) -> bool:
    """Tell which journals are not the same; whether all are."""
    different = bundled.differences(old, new)
    for name in different:
        click.echo(f"{name}: not the same as in the bundle")
    if different and versions != _versions():
        click.echo(f"made with {_told(versions)}; this is {_told(_versions())}")
    if not different:
        noun = "journal" if len(old) == 1 else "journals"
        click.echo(f"{len(old)} {noun}, the same byte for byte")
    return not different


def _play(
    manifest: Manifest,
    folder: Path,
    done: "Callable[[Path, Sequence[Result], Sequence[Part]], int]",
) -> NoReturn:
    """Play the unpacked scenarios, each on a server of its own, and end with ``done``'s code."""
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts

    here = Path.cwd()
    os.chdir(folder / "scenario")
    try:
        overrides = variables_of(manifest.variables)
        found = [
            part
            for file in manifest.files
            for part in parts(text_of(Path(file)), file, fetch=fetched, overrides=overrides)
            if not manifest.only or part.scenario.id in manifest.only
        ]
    except ScenarioError as error:
        bad_usage(str(error))
    finally:
        os.chdir(here)
    _only_ours(found)
    journals = folder / "journal"
    journals.mkdir()
    options = RunOptions(seed=manifest.seed, strict=manifest.strict, journal=journals)

    async def main(reactor: "Reactor") -> int:
        works = [partial(play_part, part, reactor, options, {}) for part in found]
        return done(folder, [await work() for work in works], found)

    run_and_exit(main)


def _only_ours(found: Sequence["Part"]) -> None:
    """What needs more than the files, or has secrets, is refused."""
    for part in found:
        scenario, settings = part.scenario, part.settings
        where = f"{scenario.source}: {scenario.id}"
        if scenario.hooks:
            bad_usage(f"{where} calls functions, which a bundle does not carry")
        if scenario.script is not None and scenario.script.externals:
            bad_usage(f"{where} needs a system under test; bundle its journal: --journal FILE")
        if settings.password or settings.passwords:
            bad_usage(f"{where} has passwords in its bed, which a bundle does not carry")


class _Sources:
    """The scenario files of a run, and all that they include, by absolute path."""

    def __init__(self) -> None:
        self.own: list[str] = []
        self.all: dict[str, str] = {}

    def fetch(self, name: str, source: str) -> str:
        """Read a file that another one names, and keep it."""
        text = fetched(name, source)
        self.all[str((Path(source).parent / name).resolve())] = text
        return text


def _sources(last: LastRun) -> tuple[_Sources, Path]:
    """The files of the last run, as they are now, and the folder that all of them are in."""
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts

    missing = [name for name in last.files if not Path(name).exists()]
    if missing:
        bad_usage(f"{missing[0]} of the last run is not there any more")
    found = _Sources()
    for file in files_of([Path(name) for name in last.files]):
        path = file.resolve()
        found.own.append(str(path))
        found.all[str(path)] = text_of(path)
        try:
            parts(
                found.all[str(path)],
                str(path),
                fetch=found.fetch,
                overrides=variables_of(last.variables),
            )
        except ScenarioError as error:
            bad_usage(str(error))
    if not found.own:
        bad_usage("the last run had no scenario")
    return found, Path(os.path.commonpath([str(Path(one).parent) for one in found.all]))


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _journals(folder: Path) -> dict[str, str]:
    """The journals of a run in both forms."""
    found = {}
    for file in sorted((folder / "journal").glob("*.jsonl")):
        text = file.read_text(encoding="utf-8")
        found[f"{JOURNAL}{file.name}"] = text
        found[f"{JOURNAL}{file.stem}.log"] = _as_log(text, file.name)
    return found


def _as_log(text: str, source: str) -> str:
    """The same journal as the log of a server."""
    from tlibsim.journal.export import ExportError, from_line
    from tlibsim.journal.tserverlog import to_log

    records = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            records.append(from_line(line))
        except ExportError as error:
            bad_usage(f"{source}:{number}: {error}")
    return "".join(f"{line}\n" for line in to_log(records))


def _configurations(parts: Sequence["Part"], seed: int | None) -> dict[str, str]:
    """What each server was set to, by file."""
    from tlibsim.config.shown import as_yaml

    found = {}
    for part in parts:
        settings = part.settings if seed is None else replace(part.settings, seed=seed)
        found[f"config/{part.scenario.id}.yaml"] = as_yaml(settings, all_options=False)
    return found


def _of_journal(journal: Path, config_file: str | None) -> Mapping[str, str]:
    from tlibsim.cli.serve import read_settings
    from tlibsim.config.shown import as_yaml

    text = text_of(journal)
    if not text.strip():
        bad_usage(f"{journal}: has no record of a journal")
    contents = {
        f"{JOURNAL}{journal.stem}.jsonl": text,
        f"{JOURNAL}{journal.stem}.log": _as_log(text, str(journal)),
    }
    if config_file is not None:
        settings = read_settings(config_file, None)
        contents["config/tlibsim.yaml"] = as_yaml(settings, all_options=False)
    return contents


def _relative(found: dict[str, object]) -> dict[str, object]:
    """A result without times, which differ from run to run."""
    return {name: value for name, value in found.items() if name != "seconds"}


def _write(out: Path, manifest: Manifest, contents: Mapping[str, str]) -> None:
    try:
        bundled.write(out, manifest, contents)
    except OSError as error:
        click.echo(f"{out}: cannot be written: {error}", err=True)
        sys.exit(BAD_USAGE)
    secrets = list(found_in(contents))
    for secret in secrets:
        click.echo(f"look at it before you hand it over: {secret}", err=True)
    safe = "" if secrets else " · no secrets found"
    click.echo(f"{out}: {', '.join(_held(manifest, contents))}{safe}")


def _held(manifest: Manifest, contents: Mapping[str, str]) -> Iterator[str]:
    """What is in a bundle, in words (FIRST_HOUR.md, story T)."""
    kinds = {name.partition("/")[0].removesuffix(".json") for name in contents}
    for kind, words in _KINDS.items():
        if kind in kinds:
            yield words
        if kind == "config" and manifest.files:
            yield "seed" if manifest.seed is None else f"seed {manifest.seed}"
    yield "versions"


def _versions() -> Mapping[str, str]:
    from tlibsim.config.version import program_version

    return {"tlibsim": program_version(), "python": platform.python_version()}


def _told(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
