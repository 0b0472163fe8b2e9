"""``tlibsim load``: calls or a scenario again and again, and how fast the events come."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.loadserver import private_server
from tlibsim.cli.loadtelling import LoadReport
from tlibsim.cli.playing import bad_usage, text_of, variables_of
from tlibsim.cli.words import NEVER_CONNECTED, address_of, is_this_machine, run_and_exit

if TYPE_CHECKING:
    from tlibsim.net.arrivals import Model
    from tlibsim.net.callflow import Pair
    from tlibsim.net.loading import Flow
    from tlibsim.net.reactor import Reactor
    from tlibsim.playing.load import Copies
    from tlibsim.scenario.renaming import Renaming

_CPS = 10.0
_FIRST_DN = 20_000
_MOST_DNS = 20_000
_MOST_SLOTS = 2_000
_MARGIN_S = 2.0
_REMOTE_CPS, _REMOTE_AT_ONCE, _REMOTE_S = 100.0, 200, 3600.0
_RANGE = re.compile(r"(\d+)-(\d+)")


def _span(_: click.Context, param: click.Parameter, value: str) -> float:
    """Seconds, written as 30s, 250ms, 5m."""
    from tlibsim.config.spans import seconds_of

    try:
        return seconds_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line says of the load: rate or callers, times, how many parties, where."""

    cps: float
    at_once: int
    seconds: float
    ramp: float
    hold: float
    agents: int
    target: tuple[str, int] | None
    dns: Sequence[str]
    logins: Sequence[str]
    password: str | None

    def model(self) -> "Model":
        """When runs begin."""
        from tlibsim.net.arrivals import ClosedModel, OpenModel

        if self.at_once:
            return ClosedModel(at_once=self.at_once, seconds=self.seconds, ramp_s=self.ramp)
        return OpenModel(cps=self.cps, seconds=self.seconds, ramp_s=self.ramp)

    def slots(self, busy_s: float) -> int:
        """So many parties that some are free for each run while the server is quick."""
        wanted = self.agents or self.at_once
        return wanted or math.ceil(self.cps * (busy_s + _MARGIN_S) + 1)


@click.command()
@click.argument(
    "file",
    required=False,
    metavar="[SCENARIO]",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--calls", is_flag=True, help="Calls from DN to DN: what is done without SCENARIO."
)
@click.option(
    "--only", multiple=True, metavar="ID", help="This scenario of the file; may be repeated."
)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Set a variable of the file."
)
@click.option(
    "--cps",
    type=click.FloatRange(min=0, min_open=True, max=1000),
    help=f"Open model: so many begin each second, however slow the others are.  Default: {_CPS:g}.",
)
@click.option(
    "--calls-at-once",
    "at_once",
    type=click.IntRange(1, _MOST_SLOTS),
    help="Closed model: so many at any time; the next begins when one is over.",
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
    "--ramp",
    callback=_span,
    metavar="TIME",
    default="0s",
    show_default=True,
    help="The rate, or the number at once, rises in this time from nothing.",
)
@click.option(
    "--hold",
    callback=_span,
    metavar="TIME",
    default="1s",
    show_default=True,
    help="How long a call is held; how long an 'advance' of a scenario lasts at most.",
)
@click.option(
    "--agents",
    type=click.IntRange(1, _MOST_SLOTS),
    help="So many can be in calls at a time, each with DNs of its own.  Default: enough.",
)
@click.option(
    "--target",
    "--server",
    "target",
    metavar="HOST:PORT",
    help="A server that runs, with --dns; default: a private one.",
)
@click.option(
    "--dns",
    metavar="DN-DN|DN,DN,...",
    default="",
    help="Telephones of the target, shared out among the runs: 7001-7010.",
)
@click.option(
    "--logins",
    metavar="ID-ID|ID,ID,...",
    default="",
    help="Agent logins of the target, for scenarios in which agents log in.",
)
@click.option("--password", help="ApplicationPassword of the target.")
@click.option(
    "--allow-remote", metavar="HOST", help="Load this host, which is not this machine, too."
)
@click.option("--max-p99", type=float, metavar="MS", help="Fail when a p99 is above it.")
@click.option(
    "--max-errors",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Fail when there are more errors.",
)
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write the result as JSON; - for standard output, instead of the table.",
)
def load(
    file: Path | None,
    calls: bool,
    only: tuple[str, ...],
    settings: tuple[str, ...],
    cps: float | None,
    at_once: int | None,
    seconds: float,
    ramp: float,
    hold: float,
    agents: int | None,
    target: str | None,
    dns: str,
    logins: str,
    password: str | None,
    allow_remote: str | None,
    max_p99: float | None,
    max_errors: int,
    json_file: str | None,
) -> None:
    """Play SCENARIO, or make calls, at a rate; measure how long events take.

    A scenario is played again and again, each time by DNs and agents of its own, on one private
    switch in this process; with --target its clients use a server that runs.  Without SCENARIO
    calls go from DN to DN.

    Exit code: 0 all well; 1 more errors than --max-errors, or a p99 above --max-p99; 2 wrong
    usage; 3 nothing was done; 4 the server was not reached; 130 interrupted.
    """
    _check_usage(file, calls=calls, closed=at_once is not None, open_=cps is not None)
    if (target is None) != (not dns):
        raise click.UsageError("--target and --dns go together")
    wishes = Wishes(
        cps=cps or _CPS,
        at_once=at_once or 0,
        seconds=seconds,
        ramp=ramp,
        hold=hold,
        agents=agents or 0,
        target=None if target is None else address_of(target),
        dns=numbers_of(dns) if dns else (),
        logins=numbers_of(logins, "--logins") if logins else (),
        password=password,
    )
    _check_remote(wishes, allow_remote)
    report = LoadReport(
        title=str(file) if file else "calls",
        place=file or Path.cwd(),
        model=wishes.model(),
        json_file=json_file,
        max_errors=max_errors,
        max_p99=max_p99,
    )
    click.echo(announced(wishes, str(file) if file else "calls"), err=True)
    if file is None:
        _load_calls(wishes, report)
    else:
        _load_scenario(wishes, report, file, only, variables_of(settings))


def announced(wishes: Wishes, what: str) -> str:
    """``load: calls, 10 a second for 30 s, on a private server; Ctrl-C ends it``."""
    pace = f"{wishes.at_once} at a time" if wishes.at_once else f"{wishes.cps:g} a second"
    place = "a private server"
    if wishes.target is not None:
        host, port = wishes.target
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"load: {what}, {pace} for {wishes.seconds:g} s, on {place}; Ctrl-C ends it"


def _check_usage(file: Path | None, *, calls: bool, closed: bool, open_: bool) -> None:
    if file is not None and calls:
        raise click.UsageError("--calls and SCENARIO exclude each other")
    if closed and open_:
        raise click.UsageError(
            "--cps (open model) and --calls-at-once (closed) exclude each other"
        )


def _check_remote(wishes: Wishes, allowed: str | None) -> None:
    """A host that is not this machine is loaded when it is named twice, and within bounds."""
    if wishes.target is None or is_this_machine(wishes.target[0]):
        return
    host = wishes.target[0]
    if allowed is None or allowed.lower() != host.lower():
        raise click.UsageError(
            f"{host} is not on this machine; to load it: --allow-remote {host}"
        )
    if (
        wishes.at_once > _REMOTE_AT_ONCE
        or wishes.seconds > _REMOTE_S
        or (not wishes.at_once and wishes.cps > _REMOTE_CPS)
    ):
        raise click.UsageError(
            f"another machine gets at most {_REMOTE_CPS:g} calls a second, {_REMOTE_AT_ONCE} at"
            f" once, for an hour"
        )


# -- calls -----------------------------------------------------------------------------------------


def _load_calls(wishes: Wishes, report: LoadReport) -> None:
    pairs = pairs_of(wishes.dns or _numbers_for(wishes.slots(wishes.hold)))
    if wishes.agents:
        pairs = pairs[: wishes.agents]
    with private_server(wishes.target, (_FIRST_DN, _FIRST_DN + 2 * len(pairs) - 1)) as place:
        _run(report, wishes, lambda reactor: _call_flow(reactor, wishes, place, pairs))


def _call_flow(
    reactor: "Reactor", wishes: Wishes, place: tuple[str, int], pairs: "Sequence[Pair]"
) -> "Flow":
    from tlibsim.net.callflow import CallFlow, CallPlan

    host, port = place
    plan = CallPlan(
        host=host, port=port, pairs=pairs, hold_s=wishes.hold, password=wishes.password
    )
    return CallFlow(reactor, plan)


def numbers_of(text: str, option: str = "--dns") -> Sequence[str]:
    """The numbers of ``7001-7004`` or ``7001,7002``; raises click's usage error."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return [word.strip() for word in text.split(",") if word.strip()]
    first, last = int(found[1]), int(found[2])
    if not 0 <= last - first < _MOST_DNS:
        raise click.BadParameter(f"{text!r} has no number, or too many", param_hint=option)
    return [f"{number:0{len(found[1])}}" for number in range(first, last + 1)]


def pairs_of(numbers: Sequence[str]) -> "Sequence[Pair]":
    """Each two of the DNs; raises click's usage error when there are no two."""
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    if not pairs:
        raise click.BadParameter("a call needs two DNs", param_hint="--dns")
    return pairs


def _numbers_for(pairs: int) -> Sequence[str]:
    """The DNs of a private server, two for each call at a time."""
    count = 2 * pairs
    if count > _MOST_DNS:
        raise click.UsageError(
            f"that takes {count:,} DNs; at most {_MOST_DNS:,}: hold for less, or say --agents"
        )
    return [str(_FIRST_DN + number) for number in range(count)]


# -- a scenario ------------------------------------------------------------------------------------


def _load_scenario(
    wishes: Wishes,
    report: LoadReport,
    file: Path,
    only: Sequence[str],
    variables: Mapping[str, str],
) -> None:
    from tlibsim.playing.load import Source, UnloadableError, read
    from tlibsim.scenario.nodes import ScenarioError

    source = Source(name=str(file), text=text_of(file), variables=variables, only=only)
    try:
        copies = read(source, elsewhere=wishes.target is not None)
    except (ScenarioError, UnloadableError) as error:
        bad_usage(str(error))
    renamings = _renamings(wishes, copies)
    _allow_files(len(renamings) * max(1, len(copies.parties.clients)))

    def flow(reactor: "Reactor") -> "Flow":
        from tlibsim.playing.load import ScenarioFlow

        return ScenarioFlow(
            reactor,
            copies,
            renamings,
            hold_s=wishes.hold,
            address=wishes.target,
            password=wishes.password,
        )

    _run(report, wishes, flow)


def _renamings(wishes: Wishes, copies: "Copies") -> "Sequence[Renaming]":
    """The names of each copy: new ones on a private switch, those of the target elsewhere."""
    from tlibsim.scenario.renaming import numbered, shared_out

    slots = wishes.slots(copies.longest_s(wishes.hold))
    if slots > _MOST_SLOTS:
        raise click.UsageError(
            f"that takes parties for {slots:,} runs at a time, at most {_MOST_SLOTS:,}:"
            " hold for less, or say --agents"
        )
    if wishes.target is None:
        return tuple(numbered(copies.parties, slots, copies.settings))
    found = tuple(shared_out(copies.parties, wishes.dns, wishes.logins))
    if not found:
        parties = copies.parties
        needed = f"{len(parties.dns)} DNs ({', '.join(parties.dns)})"
        needed += f" and {len(parties.agents)} logins" if parties.agents else ""
        raise click.UsageError(f"one run takes {needed}: see --dns and --logins")
    return found[:slots] if wishes.agents or wishes.at_once else found


def _allow_files(clients: int) -> None:
    """Each connection takes two files of this process, one at each end."""
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * clients + 200
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            bad_usage(f"that takes {wanted} open files; the limit of this system is {hard}")


# -- both ------------------------------------------------------------------------------------------


def _run(report: LoadReport, wishes: Wishes, make: "Callable[[Reactor], Flow]") -> None:
    async def main(reactor: "Reactor") -> int:
        from twisted.internet.defer import CancelledError

        from tlibsim.net.client import ClientError, NotReachedError
        from tlibsim.net.loading import Load

        flow = make(reactor)
        report.begin(flow.slots)
        run = Load(reactor, flow, wishes.model(), report.told)
        try:
            return report.over(await run.run())
        except NotReachedError as error:
            return report.failed(NEVER_CONNECTED, str(error))
        except ClientError as error:
            return report.failed(1, str(error))
        except CancelledError:
            return report.over(run.result, interrupted=True)

    run_and_exit(main)
