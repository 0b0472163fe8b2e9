"""``tlibsim recordings``: find, look at and take away what was recorded.

Reads the index in the recordings directory and never writes there, so it may be used beside a
running server.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from tlibsim.cli.details import (
    DIRECTORY,
    RecordingsProblem,
    finding_lines,
    found_trace,
    unrecorded,
)
from tlibsim.cli.moments import instant, length, local, printable, table
from tlibsim.media.entries import RecordingEntry, RecordingQuery, channel_parties
from tlibsim.media.index import RecordingsIndex, read_index
from tlibsim.media.metadata import LIVE_STATES, RecordingState, metadata_path
from tlibsim.media.names import AUDIO_SUFFIX, PART_SUFFIX

_PICTURE_SUFFIX = ".svg"


@click.group()
def recordings() -> None:
    """Find, look at and take away recorded calls.

    A recording goes by its name, record id, connection id or call UUID, or by the word last.
    """


@recordings.command("list")
@DIRECTORY
@click.option("--call", help="Connection id, call UUID, record id or name.")
@click.option("--dn", help="DN that took part.")
@click.option("--agent", help="Login of the recorded agent.")
@click.option("--number", help="DN, ANI or DNIS.")
@click.option("--since", "since_us", callback=instant, help="Not over before, e.g. 2h.")
@click.option("--until", "until_us", callback=instant, help="Not begun after.")
@click.option("--state", type=click.Choice([state.value for state in RecordingState]))
@click.option(
    "--limit", type=click.IntRange(min=0), default=0, help="At most so many (0: all)."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_recordings(directory: Path, as_json: bool, **wanted: object) -> None:
    """List recordings, the latest first.

    Every filter given must fit; an asterisk in it fits any text.
    """
    query = RecordingQuery(**wanted)  # type: ignore[arg-type]
    with _index(directory) as index:
        found = index.search(query)
        if as_json:
            for entry in found:
                click.echo(json.dumps(_described(directory, entry)))
            return
        _print_table(list(found), directory)


@recordings.command()
@click.argument("recording")
@DIRECTORY
@click.option("--json", "as_json", is_flag=True, help="All metadata as one JSON object.")
def show(recording: str, directory: Path, as_json: bool) -> None:
    """Show all that is known of one RECORDING."""
    with _index(directory) as index:
        entry = _one(index, recording, directory)
    if as_json:
        click.echo(json.dumps(_described(directory, entry), indent=2))
        return
    lines = list(_lines(directory, entry))
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        click.echo(f"{name:<{width}}  {printable(value)}")


@recordings.command()
@click.argument("recording")
@click.argument("destination", type=click.Path(path_type=Path))
@DIRECTORY
@click.option("--picture", is_flag=True, help="Draw the two channels, too (SVG).")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def export(
    recording: str, destination: Path, directory: Path, picture: bool, force: bool
) -> None:
    """Copy the WAV and the metadata of a RECORDING to DESTINATION.

    DESTINATION is a directory, made when it is not there, or a file name that ends in .wav.
    """
    with _index(directory) as index:
        entry = _one(index, recording, directory)
    audio = _audio(directory, entry)
    target = destination
    if destination.suffix != AUDIO_SUFFIX:
        target = destination / (entry.name + AUDIO_SUFFIX)
    targets = [target, target.with_suffix(".json")]
    if picture:
        targets.append(target.with_suffix(_PICTURE_SUFFIX))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _refuse_to_replace([path for path in targets if path.exists() and not force])
        shutil.copyfile(audio, targets[0])
        shutil.copyfile(metadata_path(directory, entry.name), targets[1])
        if picture:
            targets[2].write_text(_drawn(audio, entry), encoding="utf-8")
    except (OSError, shutil.Error) as error:
        raise RecordingsProblem(f"{destination} cannot be written: {error}.") from None
    for path in targets:
        click.echo(path)


@recordings.command()
@click.argument("recording")
@DIRECTORY
@click.option("--json", "as_json", is_flag=True, help="The whole trace as one JSON object.")
@click.option(
    "--messages/--no-messages", default=True, help="Show what was sent to whom, with bodies."
)
def trace(recording: str, directory: Path, as_json: bool, messages: bool) -> None:
    """Show how one RECORDING came about: who asked, what was sent, who answered.

    RECORDING is a name, record id, session, connection id or call UUID, or the word last.  A
    call that was not recorded is explained.
    """
    from tlibsim.recording.exchange import messages_of
    from tlibsim.recording.tracetext import text_of

    document, call = found_trace(directory, recording)
    if as_json:
        whole: dict[str, object] = {"call": call, **(document or {})}
        if document is not None and messages:
            whole["messages"] = [message.document() for message in messages_of(document)]
        click.echo(json.dumps(whole, indent=2))
        return
    if document is None:
        lines = unrecorded(call or {})
    else:
        click.echo(text_of(document, messages=messages))
        lines = finding_lines(call, (document,))
    for line in lines:
        click.echo(printable(line))


@contextmanager
def _index(directory: Path) -> Iterator[RecordingsIndex]:
    try:
        index, complaint = read_index(directory)
    except FileNotFoundError:
        raise RecordingsProblem(
            f"there is no directory {directory}. Name the recordings directory of the server "
            "with --directory (see recordings.directory in its configuration)."
        ) from None
    except OSError as error:
        raise RecordingsProblem(f"{directory} cannot be read: {error.strerror}.") from None
    if complaint:
        click.echo(f"note: {complaint}. A server that starts on it makes a new one.", err=True)
    try:
        yield index
    finally:
        index.close()


def _one(index: RecordingsIndex, wanted: str, directory: Path) -> RecordingEntry:
    query = RecordingQuery(limit=1) if wanted == "last" else RecordingQuery(call=wanted)
    found = list(index.search(query))
    named = [entry for entry in found if entry.name == wanted]
    if len(found) == 1 or named:
        return (named or found)[0]
    if not found:
        raise RecordingsProblem(
            f"no recording in {directory} is {wanted!r}. "
            f"See them with: tlibsim recordings list --directory {directory}"
        )
    names = "\n  ".join(entry.name for entry in found[:10])
    raise RecordingsProblem(f"{wanted!r} fits {len(found)} recordings; take a name:\n  {names}")


def _audio(directory: Path, entry: RecordingEntry) -> Path:
    path = directory / (entry.name + AUDIO_SUFFIX)
    if path.is_file():
        return path
    if entry.state in LIVE_STATES:
        raise RecordingsProblem(
            f"{entry.name} is still being recorded. Wait until it ends; if its server was "
            "killed, the next server that starts on this directory repairs it."
        )
    raise RecordingsProblem(f"the file {path} is gone; only its metadata are left.")


def _refuse_to_replace(present: Sequence[Path]) -> None:
    if present:
        raise RecordingsProblem(f"{present[0]} is there already. Replace it with --force.")


def _drawn(audio: Path, entry: RecordingEntry) -> str:
    from tlibsim.media.wavefile import WaveFormatError
    from tlibsim.media.waveform import draw_waveform

    try:
        return draw_waveform(audio, entry.document)
    except WaveFormatError as error:
        raise RecordingsProblem(f"no picture of {audio} can be drawn: {error}.") from None


def _described(directory: Path, entry: RecordingEntry) -> dict[str, object]:
    return {**entry.document, "path": str(_place(directory, entry))}


def _place(directory: Path, entry: RecordingEntry) -> Path:
    """Return where the sound is, or will be."""
    path = directory.absolute() / (entry.name + AUDIO_SUFFIX)
    part = path.with_name(entry.name + PART_SUFFIX)
    return part if entry.state in LIVE_STATES and part.exists() else path


def _print_table(entries: Sequence[RecordingEntry], directory: Path) -> None:
    if not entries:
        click.echo(f"No recording in {directory} fits.", err=True)
        return
    head = ("STARTED", "LENGTH", "STATE", "DN", "AGENT", "OTHERS", "NAME")
    for line in table(head, [_row(entry) for entry in entries]):
        click.echo(line)


def _row(entry: RecordingEntry) -> tuple[str, ...]:
    others = [dn for dn in entry.dns if dn != entry.record_dn]
    return (
        local(entry.started_us),
        length(entry.duration_ms),
        entry.state,
        entry.record_dn,
        entry.agent or "-",
        " ".join(others) or "-",
        entry.name,
    )


def _lines(directory: Path, entry: RecordingEntry) -> Iterator[tuple[str, str]]:
    document = entry.document
    yield "name", entry.name
    yield "file", str(_place(directory, entry))
    yield "state", entry.state
    yield "started", local(entry.started_us)
    yield "length", length(entry.duration_ms)
    for key in ("call_uuid", "conn_id", "record_id", "record_dn", "codec", "sha256", "cause"):
        yield key.replace("_", " "), str(document.get(key) or "-")
    for party in channel_parties(document.get("channels")):
        muted = " (muted)" if party.get("muted") else ""
        yield (
            f"channel {party.get('channel')}",
            f"{party.get('dn')}{muted}, {party.get('source')}",
        )
    for pause in channel_parties(document.get("pauses")):
        yield "paused", f"{pause.get('from')} to {pause.get('until') or '...'}"
    for change in channel_parties(document.get("party_changes")):
        dns = ", ".join(
            str(party.get("dn")) for party in channel_parties(change.get("channels"))
        )
        yield "parties", f"from {change.get('at')}: {dns or 'nobody'}"
    details = document.get("details")
    if isinstance(details, dict):
        yield from ((str(name), str(value)) for name, value in details.items())
    problems = document.get("problems")
    if isinstance(problems, list):
        yield from (("problem", str(problem)) for problem in problems)
