"""``tlibsim client``: a small T-Library client in the shell, for any server that speaks it."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from tlibsim.cli.words import (
    NEVER_CONNECTED,
    PATIENCE_S,
    PAUSE_S,
    is_this_machine,
    run_and_exit,
)

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from tlibproto.messages import Message, Request
    from tlibsim.net.client import ClientOptions, TLibraryClient
    from tlibsim.net.reactor import Reactor

CHECK_FAILED = 1
BAD_USAGE = 2

_ADDP_SECONDS = 10.0
_LEAVE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect, and as whom."""

    host: str
    port: int
    options: "ClientOptions"
    seconds: float

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _connection(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that every command of a client has; ``name`` says what it does."""
    return lambda command: _connecting(command, name)


def _connecting(command: Callable[..., None], name: str) -> Callable[..., None]:
    for option in reversed(
        (
            click.option("--host", default="127.0.0.1", show_default=True, help="The server."),
            click.option(
                "--port",
                default=7020,
                show_default=True,
                type=click.IntRange(1, 65535),
                help="Its port for T-Library clients.",
            ),
            click.option("--name", default=name, show_default=True, help="ApplicationName."),
            click.option("--password", help="ApplicationPassword."),
            click.option(
                "--charset", default="utf-8", show_default=True, help="Character set of texts."
            ),
            click.option(
                "--addp/--no-addp",
                default=True,
                show_default=True,
                help="Keep-alive in both directions, 10 s each.",
            ),
            click.option("--json", "as_json", is_flag=True, help="JSON lines for programs."),
        )
    ):
        command = option(command)
    return command


@click.group()
def client() -> None:
    """A small T-Library client: watch what a client gets, send what a client sends."""


@client.command()
@click.argument("dns", nargs=-1, required=True, metavar="DN...")
@_connection("watch")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Stop after this time (default: watch until Ctrl-C).",
)
@click.option(
    "--count", type=click.IntRange(min=0), default=0, help="Stop after so many events."
)
def watch(
    dns: tuple[str, ...],
    host: str,
    port: int,
    name: str,
    password: str | None,
    charset: str,
    addp: bool,
    as_json: bool,
    timeout: float,
    count: int,
) -> None:
    """Register DNs and print every event that comes.

    Exit code: 0 after --timeout or --count, 1 a registration was refused or the connection was
    lost, 2 bad usage, 4 the server was not reached, 130 Ctrl-C.
    """
    target = _target(host, port, name, password, charset, addp=addp)
    show = Screen(as_json=as_json)
    watching = _Watching(target, dns, show, seconds=timeout, count=count)
    run_and_exit(watching.main)


@client.command()
@click.argument("request")
@click.argument("attributes", nargs=-1, metavar="KEY=VALUE...")
@_connection("send")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.001),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the answer.",
)
@click.option(
    "--register/--no-register",
    default=True,
    show_default=True,
    help="Register ThisDN before, as the server demands it of most requests.",
)
def send(
    request: str,
    attributes: tuple[str, ...],
    host: str,
    port: int,
    name: str,
    password: str | None,
    charset: str,
    addp: bool,
    as_json: bool,
    timeout: float,
    register: bool,
) -> None:
    """Send one request and print its answer.

    REQUEST is a name of the protocol with or without "Request"; values are written as in
    scenarios: UserData='{k: "1", n: 7}', Extensions='[[record, source]]'.

    Exit code: 0 answered, 1 EventError or no answer, 2 bad usage, 4 the server was not reached.
    """
    message = _request(request, attributes)
    target = _target(host, port, name, password, charset, addp=addp, seconds=timeout)
    show = Screen(as_json=as_json)

    async def main(reactor: "Reactor") -> int:
        return await _sent(reactor, target, message, show, register=register)

    run_and_exit(main)


def _target(
    host: str,
    port: int,
    name: str,
    password: str | None,
    charset: str,
    *,
    addp: bool,
    seconds: float = 10.0,
) -> Target:
    from tlibproto.vocabulary import wire_codec
    from tlibsim.net.client import AddpTimes, ClientOptions

    try:
        wire_codec(charset)
    except (LookupError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="--charset") from error
    times = AddpTimes(client=_ADDP_SECONDS, server=_ADDP_SECONDS) if addp else None
    options = ClientOptions(name=name, password=password, charset=charset, addp=times)
    return Target(host=host, port=port, options=options, seconds=seconds)


def _request(word: str, attributes: tuple[str, ...]) -> "Request":
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.typed import typed_request

    try:
        return typed_request(word, attributes)
    except ScenarioError as error:
        for problem in error.problems:
            click.echo(problem.sentence(), err=True)
        sys.exit(BAD_USAGE)


class Screen:
    """Where things are told: lines for people or JSON lines for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def opened(self, target: Target, client: "TLibraryClient", dns: "list[Registered]") -> None:
        """The session is open and the DNs are registered."""
        greeting = client.greeting
        server = getattr(greeting, "application_name", None) or "without a name"
        role = "backup" if getattr(greeting, "registration_code", None) == 1 else "primary"
        addp = target.options.addp is not None
        if self._as_json:
            self._object(
                {
                    "connected": target.address,
                    "server": server,
                    "role": role,
                    "addp": addp,
                    "registered": [{"dn": one.dn, "agent": one.agent} for one in dns],
                }
            )
            return
        known = ", ".join(f"{one.dn} ({one.agent})" if one.agent else one.dn for one in dns)
        state = f"server {server}, {role}, ADDP {'on' if addp else 'off'}"
        click.echo(f"connected {target.address} · {state} · registered {known}")

    def event(self, message: "Message", charset: str) -> None:
        """Something came."""
        from tlibsim.cli.eventline import event_line, event_object

        if self._as_json:
            self._object(event_object(message, charset))
        else:
            click.echo(event_line(message))

    def answer(self, message: "Message", charset: str) -> None:
        """The answer to a request, whole."""
        from tlibsim.cli.eventline import answer_lines, event_object

        if self._as_json:
            self._object(event_object(message, charset))
        else:
            click.echo("\n".join(answer_lines(message)))

    def goodbye(self, words: str) -> None:
        """It is over; a terminal has just shown ^C, so the words follow it."""
        if self._as_json:
            self._object({"disconnected": words})
        else:
            click.echo(f" {words}" if sys.stdout.isatty() else words)

    def _object(self, value: dict[str, Any]) -> None:
        click.echo(json.dumps(value, ensure_ascii=True))


@dataclass(frozen=True, slots=True)
class Registered:
    """A DN that was registered and the agent that the server names for it."""

    dn: str
    agent: str


class _Watching:
    """One run of ``watch``."""

    def __init__(
        self, target: Target, dns: tuple[str, ...], show: Screen, *, seconds: float, count: int
    ) -> None:
        self._target = target
        self._dns = dns
        self._show = show
        self._seconds = seconds
        self._left = count or -1
        self._early: list[Message] | None = []
        self._over: Callable[[], None] = lambda: None

    async def main(self, reactor: "Reactor") -> int:
        """Connect, register, watch; close in any case."""
        from twisted.internet.defer import CancelledError, Deferred

        over: Deferred[None] = Deferred()
        self._over = lambda: None if over.called else over.callback(None)
        client = await _connected(reactor, self._target, self._take)
        if isinstance(client, int):
            return client
        try:
            return await self._watch(reactor, client, over)
        except CancelledError:
            if not client.reason:
                await _leave(client, self._dns)
                self._show.goodbye("unregistered, disconnected")
            raise
        finally:
            await _leave(client, self._dns)

    async def _watch(
        self, reactor: "Reactor", client: "TLibraryClient", over: "Deferred[None]"
    ) -> int:
        """Until the time is up, enough has come or the connection is lost."""
        registered = await _register_all(client, self._dns, self._target.seconds)
        if registered is None:
            return CHECK_FAILED
        self._begin(client, registered)
        timer = reactor.callLater(self._seconds, self._over) if self._seconds else None
        client.closed.addCallback(self._lost)
        await over
        if timer is not None and timer.active():
            timer.cancel()
        return CHECK_FAILED if client.reason else 0

    def _begin(self, client: "TLibraryClient", registered: list[Registered]) -> None:
        self._show.opened(self._target, client, registered)
        early, self._early = self._early or [], None
        for message in early:
            self._take(message)

    def _take(self, message: "Message") -> None:
        from tlibproto.vocabulary import MessageId

        if message.message_id == MessageId.EventLinkConnected and self._early is not None:
            return
        if self._early is not None:
            self._early.append(message)
        elif self._left != 0:
            self._show.event(message, self._target.options.charset)
            self._left -= 1
            if self._left == 0:
                self._over()

    def _lost(self, reason: str) -> str:
        from tlibsim.net.client import CLOSED_BY_US

        if reason != CLOSED_BY_US:
            click.echo(f"connection lost: {reason}", err=True)
        self._over()
        return reason


async def _connected(
    reactor: "Reactor", target: Target, sink: "Callable[[Message], None]"
) -> "TLibraryClient | int":
    """An open session, or the exit code when there is none."""
    from tlibsim.net.client import ClientError, NotReachedError

    try:
        return await _patiently(reactor, target, sink)
    except NotReachedError as error:
        click.echo(str(error), err=True)
        return NEVER_CONNECTED
    except ClientError as error:
        click.echo(f"{target.address}: {error}", err=True)
        return CHECK_FAILED


async def _patiently(
    reactor: "Reactor", target: Target, sink: "Callable[[Message], None]"
) -> "TLibraryClient":
    """An open session; a server of this machine may have been started a moment ago."""
    from tlibsim.net.client import NotListeningError, connect
    from tlibsim.net.replay import rest

    until = reactor.seconds() + PATIENCE_S
    while True:
        try:
            return await connect(reactor, target.host, target.port, target.options, sink)
        except NotListeningError:
            if not is_this_machine(target.host) or reactor.seconds() >= until:
                raise
        await rest(reactor, PAUSE_S)


async def _register_all(
    client: "TLibraryClient", dns: tuple[str, ...], seconds: float
) -> list[Registered] | None:
    """Register DNs one after the other; None, and a line, when one is refused."""
    from tlibsim.cli.eventline import agent_words

    found = []
    for dn in dns:
        answer = await _register(client, dn, seconds, monitor=True)
        if answer is None:
            return None
        found.append(Registered(dn, agent_words(answer)))
    return found


async def _register(
    client: "TLibraryClient", dn: str, seconds: float, *, monitor: bool = False
) -> "Message | None":
    """Register one DN; ``monitor``: only to see its events, so that nobody counts on requests."""
    from tlibproto.messages import EventRegistered, RequestRegisterAddress
    from tlibproto.vocabulary import ControlMode, Dn, RegisterMode
    from tlibsim.cli.eventline import event_line
    from tlibsim.net.client import ClientError

    request = RequestRegisterAddress(
        this_dn=Dn(dn),
        register_mode=RegisterMode.ModeMonitor if monitor else RegisterMode.ModeShare,
        control_mode=ControlMode.RegisterDefault,
    )
    try:
        answer = await client.ask(request, seconds)
    except ClientError as error:
        click.echo(f"{dn} cannot be registered: {error}", err=True)
        return None
    if not isinstance(answer, EventRegistered):
        click.echo(f"{dn} cannot be registered: {event_line(answer)}", err=True)
        return None
    return answer


async def _leave(client: "TLibraryClient", dns: tuple[str, ...]) -> None:
    """Give the registrations back and close; a server that does not answer is left too."""
    from tlibproto.messages import RequestUnregisterAddress
    from tlibproto.vocabulary import ControlMode, Dn
    from tlibsim.net.client import ClientError

    try:
        for dn in dns if not client.reason else ():
            request = RequestUnregisterAddress(
                this_dn=Dn(dn), control_mode=ControlMode.RegisterDefault
            )
            await client.ask(request, _LEAVE_SECONDS)
    except ClientError:
        client.abort()
    await client.close()


async def _sent(
    reactor: "Reactor", target: Target, request: "Request", show: Screen, *, register: bool
) -> int:
    """Open, register ThisDN where the request needs it, ask, print the answer, close."""
    from tlibproto.messages import EventError
    from tlibsim.net.client import ClientError

    client = await _connected(reactor, target, lambda _message: None)
    if isinstance(client, int):
        return client
    own = _dn_to_register(request) if register else ""
    try:
        if own and await _register(client, own, target.seconds) is None:
            return CHECK_FAILED
        answer = await client.ask(request, target.seconds)
    except ClientError as error:
        click.echo(f"{target.address}: {error}", err=True)
        return CHECK_FAILED
    finally:
        await client.close()
    show.answer(answer, target.options.charset)
    return CHECK_FAILED if isinstance(answer, EventError) else 0


def _dn_to_register(request: "Request") -> str:
    from tlibproto.messages import (
        RequestQueryAddress,
        RequestRegisterAddress,
        RequestUnregisterAddress,
    )

    if isinstance(
        request, RequestQueryAddress | RequestRegisterAddress | RequestUnregisterAddress
    ):
        return ""
    return str(getattr(request, "this_dn", None) or "")
