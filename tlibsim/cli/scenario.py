"""``tlibsim scenario``: play scenario files, look whether they are right, say what they do."""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.fromlog import from_log, from_pcap
from tlibsim.cli.lastrun import LastRun, remember
from tlibsim.cli.playing import (
    BAD_USAGE,
    bad_usage,
    files_of,
    load_hooks,
    make_folder,
    read_named_parts,
    read_parts,
    text_of,
    variables_of,
)
from tlibsim.cli.progress import Progress
from tlibsim.cli.runlog import INTERRUPTED, kept_run
from tlibsim.cli.telling import Report
from tlibsim.cli.words import NEVER_CONNECTED, address_of, run_and_exit
from tlibsim.playing.files import fetched
from tlibsim.playing.parts import (
    RunOptions,
    clock_of,
    clock_of_part,
    common,
    play_part,
    seed_of,
    shuffled,
)

if TYPE_CHECKING:
    from tlibsim.net.reactor import Reactor
    from tlibsim.runs.keeping import Keeper
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.stage import Stage

NOTHING_RAN = 3
_MOST_JOBS = 64

_FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, path_type=Path),
)
_SET = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Set a variable of the file."
)


@click.group()
def scenario() -> None:
    """Play scenarios: what clients do, and what each must get for it."""


@scenario.command()
@_FILES
@click.option("--only", multiple=True, metavar="ID", help="Run this scenario; may be repeated.")
@_SET
@click.option(
    "--against", metavar="HOST:PORT", help="Use a server that runs, not a private one for each."
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Where the private server listens for external actors.",
)
@click.option(
    "--sut",
    metavar="COMMAND",
    default="",
    help="Start the system under test for each scenario; {host} and {port} are filled in.",
)
@click.option(
    "--speed",
    metavar="SPEED",
    default="",
    help="max: time is turned (the default without external actors); 1x, 4x: it runs.",
)
@click.option("--strict", is_flag=True, help="What no step expects fails the scenario.")
@click.option("-j", "--jobs", default=1, show_default=True, help="Scenarios at a time.")
@click.option("--shuffle", is_flag=True, help="Play in an order that the seed decides.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the servers and the order.")
@click.option(
    "--allow-hooks", is_flag=True, help="Let scenarios call functions of Python files."
)
@click.option(
    "--journal",
    "journal_folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the journal of each run into this folder.",
)
@click.option(
    "--journal-format",
    type=click.Choice(["jsonl", "tserver"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, or the log of a server.",
)
@click.option(
    "--junit",
    "junit_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the results as JUnit XML.",
)
@click.option(
    "--dry-run", "dry", is_flag=True, help="Say what would be played, and play nothing."
)
@click.option(
    "--pending",
    "pending_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Scenarios that may fail; one of them that passes is a failure.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def run(
    files: tuple[Path, ...],
    only: tuple[str, ...],
    settings: tuple[str, ...],
    against: str | None,
    listen: str | None,
    sut: str,
    speed: str,
    strict: bool,
    jobs: int,
    shuffle: bool,
    seed: int | None,
    allow_hooks: bool,
    journal_folder: Path | None,
    journal_format: str,
    junit_file: Path | None,
    dry: bool,
    pending_file: Path | None,
    as_json: bool,
) -> None:
    """Play the scenarios of files and folders and compare what every client got.

    One FILE may be a bundle (tlibsim bundle): it is played as it was, and the journals compared.

    Exit code: 0 all passed, 1 a check failed, 2 bad usage or bad file, 3 nothing ran, 4 the
    server named with --against was never reached or an external actor never connected, 5 internal
    error, 130 interrupted.
    """
    _play_bundle(files)
    _known_speed(speed)
    all_parts = read_parts(files_of(files), variables_of(settings))
    pending = _read_pending(pending_file, all_parts)
    chosen = _chosen(all_parts, only)
    hooks = load_hooks(chosen, allowed=allow_hooks)
    order = seed if seed is not None else _random_seed() if shuffle else None
    if shuffle and order is not None:
        chosen = shuffled(chosen, order)
    if dry:
        _dry_run(chosen, as_json=as_json)
    for folder in (journal_folder, junit_file.parent if junit_file else None):
        if folder is not None:
            make_folder(folder)
    remember(
        LastRun(
            files=[str(file.resolve()) for file in files],
            only=only,
            variables=settings,
            seed=seed,
            strict=strict,
        )
    )
    progress = Progress(sys.stderr) if sys.stderr.isatty() and not as_json else None
    address = None if listen is None else address_of(listen, any_port=True)
    if jobs > 1 and address is not None and address[1]:
        raise click.UsageError("--jobs needs a port for each scenario: --listen HOST:0")
    show = Report(as_json=as_json, progress=progress, order=order if shuffle else None)
    options = RunOptions(
        against=None if against is None else address_of(against),
        listen=address,
        sut=sut,
        speed=speed,
        seed=seed,
        strict=strict,
        journal=journal_folder,
        log_form=journal_format == "tserver",
        hooks=hooks,
        entered=show.entered,
        waiting=None if sut else _tell_where,
    )
    show.keep(_kept(files, only, chosen, options))

    async def main(reactor: "Reactor") -> int:
        from tlibsim.net.sidebyside import side_by_side
        from tlibsim.scenario.stage import NeverConnectedError

        begun = reactor.seconds()
        works = [partial(play_part, part, reactor, options, pending) for part in chosen]
        try:
            await side_by_side(works, min(jobs, _MOST_JOBS), show.result)
            return show.summary(reactor.seconds() - begun)
        except NeverConnectedError as error:
            click.echo(str(error), err=True)
            return show.ended(NEVER_CONNECTED, str(error))
        finally:
            show.write_junit(junit_file)
            show.ended(INTERRUPTED)

    run_and_exit(main)


def _known_speed(speed: str) -> None:
    from tlibsim.net.clock import ClockError

    try:
        clock_of(speed, external=False)
    except ClockError as error:
        bad_usage(f"--speed: {error}")


def _kept(
    files: Sequence[Path], only: Sequence[str], chosen: Sequence["Part"], options: RunOptions
) -> "Keeper":
    """The document of this run; nothing of --set and --sut is in it."""
    words = [str(file) for file in files]
    words += [f"--only {name}" for name in only]
    words += [] if options.seed is None else [f"--seed {options.seed}"]
    return kept_run(
        "scenario",
        ", ".join(str(file) for file in files),
        of=len(chosen),
        place=files[0],
        command=" ".join(("tlibsim scenario run", *words)),
        seed=common(seed_of(part, options) for part in chosen),
        clock=common(str(clock_of_part(part, options)) for part in chosen) or "",
    )


def _play_bundle(files: Sequence[Path]) -> None:
    """When it is a bundle that is named, play it again, and end."""
    from tlibsim.cli.bundle import run_bundle

    bundles = [file for file in files if file.suffix == ".zip"]
    if bundles and len(files) > 1:
        raise click.UsageError("a bundle is played alone")
    if bundles:
        run_bundle(bundles[0])


@scenario.command()
@_FILES
@_SET
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def lint(files: tuple[Path, ...], settings: tuple[str, ...], as_json: bool) -> None:
    """Look whether scenario files are right, without playing them.

    Exit code: 0 nothing wrong, 2 a file is wrong, 3 there is no scenario.
    """
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts, warnings

    problems: list[dict[str, object]] = []
    odd: list[str] = []
    count = 0
    for file in files_of(files):
        try:
            found = parts(
                text_of(file), str(file), fetch=fetched, overrides=variables_of(settings)
            )
        except ScenarioError as error:
            problems += [_problem_object(problem) for problem in error.problems]
            if not as_json:
                click.echo(str(error), err=True)
            continue
        count += len(found)
        odd += warnings(found)
    for warning in () if as_json else odd:
        click.echo(warning, err=True)
    if as_json:
        document = {"scenarios": count, "problems": problems, "warnings": odd}
        click.echo(json.dumps(document, ensure_ascii=False))
    elif not problems:
        found_odd = f"no error, {len(odd)} warning{'' if len(odd) == 1 else 's'}"
        verdict = found_odd if odd else "nothing wrong"
        click.echo(f"{count} scenario{'' if count == 1 else 's'}, {verdict}")
    sys.exit(BAD_USAGE if problems else 0 if count else NOTHING_RAN)


@scenario.command()
@_FILES
@click.option("--only", multiple=True, metavar="ID", help="Explain this one; may be repeated.")
@_SET
def explain(files: tuple[Path, ...], only: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Say in words what each scenario does, step by step."""
    from tlibsim.scenario.script.telling import explained

    parts = _chosen(read_named_parts(files_of(files), variables_of(settings)), only)
    for part in parts:
        for line in explained(part.scenario):
            click.echo(line)
    if not parts:
        click.echo("there is no scenario to explain", err=True)
    sys.exit(0 if parts else NOTHING_RAN)


@scenario.command("dry-run")
@_FILES
@click.option("--only", multiple=True, metavar="ID", help="Only this one; may be repeated.")
@_SET
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def dry_run(
    files: tuple[Path, ...], only: tuple[str, ...], settings: tuple[str, ...], as_json: bool
) -> None:
    """Read and check everything, say what would be played, and play nothing."""
    parts = read_parts(files_of(files), variables_of(settings))
    _dry_run(_chosen(parts, only), as_json=as_json)


@scenario.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from tlibsim.scenario.schema import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


scenario.add_command(from_log)
scenario.add_command(from_pcap)


def _tell_where(part: "Part", stage: "Stage") -> None:
    """Say where external actors are expected, once it is known."""
    script = part.scenario.script
    names = ", ".join(actor.name for actor in script.externals) if script else ""
    listening = getattr(stage, "listening", None)
    if listening is not None:
        listening.append(
            lambda host, port: click.echo(f"waiting for {names} at {host}:{port}", err=True)
        )


def _dry_run(parts: Sequence["Part"], *, as_json: bool) -> None:
    """Everything was read and checked; nothing is started."""
    from tlibsim.scenario.script.telling import explained

    if as_json:
        found = [
            {
                "id": part.scenario.id,
                "file": part.scenario.source,
                "steps": len(part.scenario.steps),
            }
            for part in parts
        ]
        click.echo(json.dumps({"scenarios": found}, ensure_ascii=False))
    else:
        for part in parts:
            click.echo(next(explained(part.scenario)) + f"  {len(part.scenario.steps)} steps")
        noun = "scenario" if len(parts) == 1 else "scenarios"
        click.echo(f"{len(parts)} {noun} would be played")
    sys.exit(0 if parts else NOTHING_RAN)


def _random_seed() -> int:
    import secrets

    return secrets.randbelow(1_000_000)


def _read_pending(file: Path | None, all_parts: Sequence["Part"]) -> Mapping[str, str]:
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.pending import load_pending

    if file is None:
        return {}
    try:
        known = tuple(part.scenario.id for part in all_parts)
        return load_pending(text_of(file), str(file), known)
    except ScenarioError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)


def _chosen(all_parts: Sequence["Part"], only: Sequence[str]) -> Sequence["Part"]:
    """The scenarios to run: all, or those named; an unknown name stops the run."""
    from tlibsim.config.problems import nearest

    if not only:
        return all_parts
    known = [part.scenario.id for part in all_parts]
    unknown = [name for name in only if name not in known]
    for name in unknown:
        near = nearest(name, known)
        hint = f" Did you mean {near}?" if near else ""
        click.echo(f"--only {name}: no scenario has this id.{hint}", err=True)
    if unknown:
        sys.exit(NOTHING_RAN if len(unknown) == len(only) else BAD_USAGE)
    return [part for part in all_parts if part.scenario.id in only]


def _problem_object(problem: object) -> dict[str, object]:
    names = ("source", "line", "column", "key", "message", "suggestion")
    return {name: getattr(problem, name) for name in names}
