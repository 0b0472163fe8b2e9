"""``tlibsim replay``: send what a log shows once more, at its pace or faster."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlibsim.cli.logfiles import (
    BAD_USAGE,
    counted,
    messages_of,
    printable,
    stop,
    tell_problems,
    without_messages,
)
from tlibsim.cli.words import NEVER_CONNECTED, address_of, run_and_exit

if TYPE_CHECKING:
    from tlibsim.journal.moments import Moment
    from tlibsim.logs.message import LogMessage
    from tlibsim.logs.pacing import Selection
    from tlibsim.net.reactor import Reactor
    from tlibsim.net.replay import ReplayOptions, ReplayResult

LOST = 1
NOTHING_PLAYED = 3
_SETTLE_SECONDS = 0.2
_MOST_TOLD = 10


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--against",
    default="127.0.0.1:7020",
    show_default=True,
    metavar="HOST:PORT",
    help="The server that gets the requests of the log.",
)
@click.option(
    "--serve", metavar="HOST:PORT", help="Be the server: clients that connect get the events."
)
@click.option("--speed", default="1x", show_default=True, help="1x, 10x, 0.5x, max.")
@click.option("--from", "since", metavar="TIME", help="From here: +2.5s, 12:00:03, #12.")
@click.option("--to", "until", metavar="TIME", help="Up to here.")
@click.option(
    "--only",
    multiple=True,
    metavar="WHAT",
    help="dn=.., client=.., call=.. or message=..; may be repeated.",
)
@click.option("--step", is_flag=True, help="Wait for Enter before each message.")
@click.option("--loop", default=1, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--encoding", default="utf-8", show_default=True, help="Of the log.")
@click.option("--charset", default="utf-8", show_default=True, help="Of texts on the wire.")
def replay(
    file: Path,
    against: str,
    serve: str | None,
    speed: str,
    since: str | None,
    until: str | None,
    only: tuple[str, ...],
    step: bool,
    loop: int,
    encoding: str,
    charset: str,
) -> None:
    """Send the requests of a log to a server, or be a server and send its events.

    One connection for each client of the log; its DNs are registered first. ConnIDs are replaced
    by those of the live calls, in the order in which they appear.

    Exit code: 0 everything was sent, 1 some of it could not be, 2 bad usage or bad file,
    3 nothing to send, 4 the server was never reached.
    """
    from tlibsim.logs.pacing import PacingError, Selection, choice_of, speed_of

    try:
        selection = Selection(
            requests=serve is None,
            since=_moment(since),
            until=_moment(until),
            choices=tuple(choice_of(one) for one in only),
        )
        pace = speed_of(speed)
    except (PacingError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    address = address_of(serve, any_port=True) if serve else address_of(against)
    with messages_of(file, encoding) as (reader, messages):
        every = list(messages)
    tell_problems(reader)
    chosen = list(selection.of(every))
    if not every:
        stop(without_messages(file), NOTHING_PLAYED)
    if not chosen:
        kind = "requests" if serve is None else "events"
        stop(f"{file}: has no {kind} that were asked for", NOTHING_PLAYED)

    async def told(message: "LogMessage", remark: str) -> None:
        from twisted.internet.defer import Deferred

        from tlibsim.logs.differing import summary

        who = message.client if serve is None else remark
        click.echo(printable(f"{message.place}  {who}  {summary(message)}"))
        if step:
            click.echo("Enter goes on ", nl=False, err=True)
            loop = asyncio.get_running_loop()
            await Deferred.fromFuture(loop.run_in_executor(None, sys.stdin.readline))

    async def main(reactor: "Reactor") -> int:
        from tlibsim.net.replay import ReplayOptions

        options = ReplayOptions(speed=pace, charset=charset, told=told)
        play = _serve if serve else _send
        return await play(reactor, address, options, selection, every, loop)

    run_and_exit(main)


def _moment(text: str | None) -> "Moment | None":
    from tlibsim.journal.moments import moment

    return None if text is None else moment(text)


async def _send(
    reactor: "Reactor",
    address: tuple[str, int],
    options: "ReplayOptions",
    selection: "Selection",
    every: "list[LogMessage]",
    loop: int,
) -> int:
    from tlibsim.net.client import ClientError, NotReachedError
    from tlibsim.net.replay import RequestReplay, rest

    results = []
    for _ in range(loop):
        run = RequestReplay(reactor, address, options)
        results.append(run.result)
        try:
            await run.play(every, selection.of(every))
            await rest(reactor, _SETTLE_SECONDS)
        except NotReachedError as error:
            click.echo(str(error), err=True)
            return NEVER_CONNECTED
        except ClientError as error:
            click.echo(str(error), err=True)
            return LOST
        finally:
            await run.close()
    return _told(results, "request")


async def _serve(
    reactor: "Reactor",
    address: tuple[str, int],
    options: "ReplayOptions",
    selection: "Selection",
    every: "list[LogMessage]",
    loop: int,
) -> int:
    from twisted.internet.error import CannotListenError

    from tlibsim.net.replay import EventReplay, rest

    run = EventReplay(reactor, options)
    try:
        host, port = run.listen(address)
    except CannotListenError as error:
        click.echo(str(error), err=True)
        return BAD_USAGE
    click.echo(f"waiting for a client that registers a DN at {host}:{port}", err=True)
    await run.until_registered()
    for _ in range(loop):
        await run.play(selection.of(every))
    await rest(reactor, _SETTLE_SECONDS)
    await run.close()
    return _told([run.result], "event")


def _told(results: "list[ReplayResult]", noun: str) -> int:
    played = sum(one.played for one in results)
    skipped = [each for one in results for each in one.skipped]
    for message, why in skipped[:_MOST_TOLD]:
        click.echo(printable(f"not sent: {message.place} {message.name}: {why}"), err=True)
    received = sum(one.received for one in results)
    errors = sum(one.errors for one in results)
    click.echo(
        f"sent {counted(played, noun)}, received {counted(received, 'message')}"
        f" ({counted(errors, 'error')}), {len(skipped)} not sent"
    )
    return LOST if skipped else 0 if played else NOTHING_PLAYED
