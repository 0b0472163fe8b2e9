"""``tlibsim load``: calls at a rate, and how fast the events come."""

import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.words import NEVER_CONNECTED, address_of, run_and_exit

if TYPE_CHECKING:
    from tlibsim.net.loading import LoadResult, Pair
    from tlibsim.net.reactor import Reactor

CHECK_FAILED = 1
_FIRST_DN = 20_000
_MOST_DNS = 20_000
_MARGIN_S = 1.0
_STOP_S = 10.0
_RANGE = re.compile(r"(\d+)-(\d+)")


def _span(_: click.Context, param: click.Parameter, value: str) -> float:
    """Seconds, written as 30s, 250ms, 5m."""
    from tlibsim.config.spans import seconds_of

    try:
        return seconds_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


@click.command()
@click.option("--calls", is_flag=True, required=True, help="From DN to DN: the only model yet.")
@click.option(
    "--cps",
    type=click.FloatRange(min=0, min_open=True, max=1000),
    default=10.0,
    show_default=True,
    help="Calls a second that begin, however slow the others are.",
)
@click.option(
    "--for",
    "seconds",
    callback=_span,
    metavar="TIME",
    default="30s",
    show_default=True,
    help="How long.",
)
@click.option(
    "--hold",
    callback=_span,
    metavar="TIME",
    default="1s",
    show_default=True,
    help="How long a call is held.",
)
@click.option(
    "--target",
    metavar="HOST:PORT",
    help="A server that runs, with --dns; default: a private one, in a process of its own.",
)
@click.option(
    "--dns",
    metavar="DN-DN|DN,DN,...",
    default="",
    help="Telephones of the target, of which each two make a pair: 7001-7010.",
)
@click.option("--password", help="ApplicationPassword of the target.")
@click.option(
    "--allow-remote", is_flag=True, help="Load a server that is not on this machine, too."
)
@click.option("--max-p99", type=float, metavar="MS", help="Fail when a p99 is above it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def load(
    calls: bool,  # noqa: ARG001  names the model
    cps: float,
    seconds: float,
    hold: float,
    target: str | None,
    dns: str,
    password: str | None,
    allow_remote: bool,
    max_p99: float | None,
    as_json: bool,
) -> None:
    """Make calls at a rate over T-Library connections and measure how long events take.

    Exit code: 0 all calls completed; 1 errors, or a p99 above --max-p99; 2 wrong usage; 3 no call
    was made; 4 the server was not reached.
    """
    if (target is None) != (not dns):
        raise click.UsageError("--target and --dns go together")
    address = None if target is None else address_of(target)
    if address is not None and not allow_remote:
        _refuse_remote(address[0])
    pairs = pairs_of(numbers_of(dns) if dns else _numbers_for(cps, hold))
    with _server(address, pairs) as (host, port):

        async def main(reactor: "Reactor") -> int:
            from tlibsim.net.client import ClientError, NotReachedError
            from tlibsim.net.loading import Load, LoadPlan

            plan = LoadPlan(cps=cps, seconds=seconds, hold_s=hold, pairs=pairs)
            run = Load(reactor, plan, (lambda _: None) if as_json else _progress)
            try:
                result = await run.run(host, port, password)
            except NotReachedError as error:
                click.echo(str(error), err=True)
                return NEVER_CONNECTED
            except ClientError as error:
                click.echo(f"{host}:{port}: {error}", err=True)
                return CHECK_FAILED
            _show(result, as_json=as_json)
            return _code(result, max_p99)

        run_and_exit(main)


def numbers_of(words: str) -> Sequence[str]:
    """The DNs of ``7001-7004`` or ``7001,7002``; raises click's usage error."""
    found = _RANGE.fullmatch(words.strip())
    if found is None:
        return [word.strip() for word in words.split(",") if word.strip()]
    first, last = int(found[1]), int(found[2])
    if not 0 <= last - first < _MOST_DNS:
        raise click.BadParameter(f"{words!r} has no DN, or too many", param_hint="--dns")
    return [f"{number:0{len(found[1])}}" for number in range(first, last + 1)]


def pairs_of(numbers: Sequence[str]) -> "Sequence[Pair]":
    """Each two of the DNs; raises click's usage error when there are no two."""
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    if not pairs:
        raise click.BadParameter("a call needs two DNs", param_hint="--dns")
    return pairs


def _numbers_for(cps: float, hold: float) -> Sequence[str]:
    """So many DNs that a pair is free for each call while the server is quick."""
    count = 2 * math.ceil(cps * (hold + _MARGIN_S) + 1)
    if count > _MOST_DNS:
        raise click.UsageError(
            f"that takes {count:,} DNs; at most {_MOST_DNS:,}: hold for less"
        )
    return [str(_FIRST_DN + number) for number in range(count)]


def _refuse_remote(host: str) -> None:
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host.lower() == "localhost"
    if not local:
        raise click.UsageError(f"{host} is not on this machine; to load it: --allow-remote")


@contextmanager
def _server(
    address: tuple[str, int] | None, pairs: "Sequence[Pair]"
) -> Iterator[tuple[str, int]]:
    """The target, or a server with these DNs, which is ended with the block."""
    if address is not None:
        yield address
        return
    last = _FIRST_DN + 2 * len(pairs) - 1
    with tempfile.TemporaryDirectory(prefix="tlibsim-load-") as folder:
        file = Path(folder) / "load.yaml"
        file.write_text(
            f"listen: [{{port: 0}}]\ndns: {{'{_FIRST_DN}-{last}': {{type: DN}}}}\n"
            'recordings: {backend: "null"}\n',
            encoding="utf-8",
        )
        process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "tlibsim", "serve", "--config", str(file), "--quiet"],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            assert process.stdout is not None  # noqa: S101  it is a pipe
            line = process.stdout.readline()
            if not line:
                click.echo("the private server did not start", err=True)
                sys.exit(NEVER_CONNECTED)
            place = json.loads(line)["tlib"]
            yield place["host"], place["port"]
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _progress(result: "LoadResult") -> None:
    if sys.stderr.isatty():
        line = f"{result.elapsed_s:5.0f} s  {result.begun:,} calls  {_errors(result):,} errors"
        click.echo(f"\r{line}", nl=False, err=True)


def _errors(result: "LoadResult") -> int:
    return sum(result.errors.values())


def _show(result: "LoadResult", *, as_json: bool) -> None:
    found = result.percentiles()
    if as_json:
        document = {
            "due": result.due,
            "begun": result.begun,
            "completed": result.completed,
            "seconds": round(result.elapsed_s, 3),
            "errors": dict(result.errors),
            "latency_ms": {
                name: {label: round(ms, 3) for label, ms in row.items()}
                for name, row in found.items()
            },
        }
        click.echo(json.dumps(document, indent=2))
        return
    if sys.stderr.isatty():
        click.echo("", err=True)
    click.echo(
        f"{result.due:,} calls due, {result.begun:,} begun, {result.completed:,} completed"
        f" in {result.elapsed_s:.1f} s"
    )
    for name, row in found.items():
        words = "  ".join(f"{label} {ms:8.2f}" for label, ms in row.items())
        click.echo(f"  {name:<18}{words}  ms")
    for text, count in result.errors.most_common():
        click.echo(f"  error  {count:,} x {text}")
    if not result.errors:
        click.echo("  no errors")


def _code(result: "LoadResult", max_p99: float | None) -> int:
    if not result.begun:
        return 3
    slow = max_p99 is not None and any(
        row["p99"] > max_p99 for row in result.percentiles().values()
    )
    return CHECK_FAILED if result.errors or slow else 0
