"""``tlibsim scenario from-log`` and ``from-pcap``: scenarios out of logs and captures."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.decode import CHARSET, PORT, captured, refuse_encrypted
from tlibsim.cli.logfiles import (
    counted,
    messages_of,
    printable,
    stop,
    tell_problems,
    without_messages,
)

if TYPE_CHECKING:
    from tlibsim.logs.calls import CallIndex
    from tlibsim.logs.fromlog import FromLogOptions, WrittenScenario
    from tlibsim.logs.message import LogMessage
    from tlibsim.logs.reading import LogReader
    from tlibsim.logs.redaction import RedactionRules

    Opened = Callable[[], AbstractContextManager[Iterator[LogMessage]]]

NOTHING_FOUND = 3
_UNSAFE = re.compile(r"[^\w.-]+")
_ENDINGS = (".yml", ".yaml")
_MOST_MESSAGES = 500_000
_MOST_LINES = 10

CALL = click.option(
    "--call", default="", metavar="ID", help="This call only: ConnID or CallUUID."
)
SUT = click.option(
    "--sut",
    "under_test",
    default="",
    metavar="CLIENT",
    help="This client of the log will connect by itself: what it asked for must come from it.",
)
REDACT = click.option(
    "--redact",
    "rules_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rules of what is hidden besides card and telephone numbers.",
)
KEEP = click.option("--no-redact", is_flag=True, help="Hide nothing.")


@click.command("from-log")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CALL
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write, or its folder.",
)
@SUT
@REDACT
@KEEP
@click.option("--encoding", default="utf-8", show_default=True, help="Of the log.")
def from_log(
    file: Path,
    call: str,
    output: Path,
    under_test: str,
    rules_file: Path | None,
    no_redact: bool,
    encoding: str,
) -> None:
    """Make a scenario of a server log, a client-side log or a journal.

    Requests become what clients send, events what must come; where no request explains an event,
    a step does what must have happened. Card and telephone numbers get pseudonyms.

    Exit code: 0 written, 2 bad usage or bad file, 3 nothing to make a scenario of.
    """
    options = _options(under_test, rules_file, no_redact)

    @contextmanager
    def opened() -> "Iterator[Iterator[LogMessage]]":
        with messages_of(file, encoding) as (_, messages):
            yield messages

    with messages_of(file, encoding) as (reader, messages):
        index = _index_of(messages, call)
    _tell_reading(reader, index)
    tell_problems(reader)
    _make(str(file), opened, index, call, output, options)


@click.command("from-pcap")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@PORT
@CALL
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write, or its folder.",
)
@SUT
@REDACT
@KEEP
@CHARSET
def from_pcap(
    file: Path,
    ports: tuple[int, ...],
    call: str,
    output: Path,
    under_test: str,
    rules_file: Path | None,
    no_redact: bool,
    charset: str,
) -> None:
    """Make a scenario of a capture (pcap, pcapng): as from-log, of what was on the wire.

    Exit code: 0 written, 2 bad usage, no capture or only encrypted connections, 3 nothing to
    make a scenario of.
    """
    from tlibsim.logs.capture import log_messages

    options = _options(under_test, rules_file, no_redact)

    @contextmanager
    def opened() -> "Iterator[Iterator[LogMessage]]":
        with captured(file, ports, charset) as (_, units):
            yield log_messages(units, str(file))

    with captured(file, ports, charset) as (reader, units):
        index = _index_of(log_messages(units, str(file)), call)
    connections = counted(reader.connections, "connection")
    calls = counted(index.call_count, "call")
    click.echo(f"read {counted(reader.packets, 'packet')}, {connections}, {calls}")
    tell_problems(reader)
    refuse_encrypted(reader, index.count)
    _make(str(file), opened, index, call, output, options)


def _index_of(messages: "Iterator[LogMessage]", call: str) -> "CallIndex":
    """What calls there are; of a call that is asked for only what is near to it is remembered."""
    from tlibsim.logs.calls import CallIndex

    index = CallIndex(wanted=call)
    for one in messages:
        index.note(one)
    return index


def _make(
    source: str,
    opened: "Opened",
    index: "CallIndex",
    call: str,
    output: Path,
    options: "FromLogOptions",
) -> None:
    """One scenario of a call or of everything, or one of each call when a folder is named."""
    from tlibsim.logs.fromlog import no_call

    folder = output.is_dir() or not output.suffix
    if not index.count:
        stop(without_messages(Path(source)), NOTHING_FOUND)
    with opened() as messages:
        if call:
            chosen = {call: list(index.of(messages, call))}
        elif folder:
            chosen = index.groups(messages, _MOST_MESSAGES)
        else:
            chosen = {"": list(islice(messages, _MOST_MESSAGES))}
    if not any(chosen.values()):
        stop(f"{source}: {no_call(index, call)}", NOTHING_FOUND)
    if not call and index.count > _MOST_MESSAGES:
        click.echo(f"only the first {_MOST_MESSAGES:,} messages; choose with --call", err=True)
    written = 0
    for name, own in chosen.items():
        path = output / f"{_UNSAFE.sub('-', name)}.yaml" if folder else output
        written += _written(own, source, name, path, index, options)
    sys.exit(0 if written else NOTHING_FOUND)


def _options(under_test: str, rules_file: Path | None, no_redact: bool) -> "FromLogOptions":
    """What every scenario of a command has in common."""
    from tlibsim.logs.fromlog import FromLogOptions

    rules = rules_from(rules_file, no_redact)
    return FromLogOptions(name="", under_test=under_test, rules=rules)


def rules_from(file: Path | None, no_redact: bool) -> "RedactionRules":
    """The rules of redaction that the command line names; wrong ones end with exit code 2."""
    import yaml

    from tlibsim.config.yamlbounds import check_bounds
    from tlibsim.logs.redaction import NO_RULES, RedactionRules, RulesError, rules_of

    if no_redact and file is None:
        return NO_RULES
    if file is None:
        return RedactionRules()
    try:
        text = file.read_text(encoding="utf-8")
        check_bounds(text)
        return rules_of(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RulesError) as error:
        stop(f"{file}: {error}")


def _written(
    messages: "Sequence[LogMessage]",
    source: str,
    call: str,
    output: Path,
    index: "CallIndex",
    options: "FromLogOptions",
) -> bool:
    """Make a scenario, write it and tell of it; False when there was nothing to write."""
    from tlibsim.logs.fromlog import NothingToWriteError, scenario_of

    if output.suffix not in _ENDINGS:
        stop(f"{output}: a scenario file ends in .yaml or .yml")
    options = replace(options, name=output.stem, call=call)
    try:
        written = scenario_of(messages, options, index.registrations.values())
    except NothingToWriteError as error:
        click.echo(f"{source}: {call} {error}", err=True)
        return False
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(written.text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop(f"{output}: cannot be written: {error}")
    _tell_written(written, call, output)
    return True


def _tell_reading(reader: "LogReader", index: "CallIndex") -> None:
    parts = [
        f"read {counted(reader.lines, 'line')}",
        counted(len(index.clients), "client"),
        counted(index.call_count, "call"),
    ]
    click.echo(f"{', '.join(parts)} · dialect: {_dialects(reader)}")


def _dialects(reader: "LogReader") -> str:
    """The dialects of a log, the most common first; message numbers are a server's, too."""
    from tlibsim.logs.message import Dialect

    found = [one for one, _ in reader.dialects.most_common()]
    if Dialect.SERVER in found and Dialect.STANDARD in found:
        found.remove(Dialect.STANDARD)
    version = f" {reader.version}" if reader.version else ""
    return ", ".join(one.value for one in found) + version if found else "none"


def _tell_written(written: "WrittenScenario", call: str, output: Path) -> None:
    what = f"call {call}" if call else "all"
    words = [
        counted(written.messages, "message"),
        counted(written.dns, "DN"),
        _clock(written.lasts_us),
        *written.remarks,
    ]
    click.echo(f"{what}: {', '.join(words)}")
    if written.parameters:
        click.echo(f"parameters: {', '.join(written.parameters)} (kept as variables)")
    if written.redacted:
        click.echo(f"redacted: {written.redacted}")
    for line in _not_mapped(written):
        click.echo(printable(line))
    for one in written.wanted:
        click.echo(
            f"lost pause: line {one.message.line} stops the recording (3014) that line"
            f" {one.because} resumes; the scenario wants {one.number} (pause)"
        )
    if written.left_out:
        click.echo(printable(f"not mapped: attributes {', '.join(written.left_out)}"))
    click.echo(f"wrote {output} ({counted(written.steps, 'step')})")


def _not_mapped(written: "WrittenScenario") -> Iterator[str]:
    """What no step stands for, by name, and where the comments about it are in the file."""
    found: dict[str, list[int]] = {}
    for one, line in zip(written.lost, written.comments, strict=True):
        found.setdefault(one.message.name, []).append(line)
    for name, lines in found.items():
        kept = "comment, line" if len(lines) == 1 else "comments, lines"
        numbers = ", ".join(map(str, lines[:_MOST_LINES]))
        more = ", .." if len(lines) > _MOST_LINES else ""
        yield f"not mapped: {counted(len(lines), 'message')} {name} (kept as {kept} {numbers}{more})"


def _clock(us: int) -> str:
    seconds = us // 1_000_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
