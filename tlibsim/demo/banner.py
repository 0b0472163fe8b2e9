"""What the demo says when it is ready: made from the configuration and the bound addresses."""

from collections.abc import Mapping, Sequence

from tlibsim.app import Simulator
from tlibsim.config import AgentSettings, DnSettings, DnType, Settings
from tlibsim.config.version import program_version
from tlibsim.demo.settings import ATTENDED, QUEUE, USUAL_HTTP_PORT, USUAL_PORT, Wishes
from tlibsim.demo.words import place, program, seconds

_WIDTH = 72
_STATES: Mapping[str, str] = {"ready": "ready", "notready": "not ready", "": "logged in"}


def banner(simulator: Simulator, wishes: Wishes, age_s: float, first_s: float) -> str:
    """The head of the screen, with the time to ready and that to the first call."""
    settings = simulator.settings
    title = f'tlibsim {program_version()}  demo switch "{settings.server}"'
    ready = f"ready in {age_s:.1f} s"
    return "\n".join(
        (
            "",
            f"{title.ljust(_WIDTH - len(ready))}{ready}",
            *(f"  {name.ljust(12)}{text}" for name, text in _facts_of(simulator)),
            f"  {_run(simulator)}",
            "",
            *(f"  {line}" for line in _what_comes(simulator, wishes, first_s)),
            "",
        )
    )


def _facts_of(simulator: Simulator) -> Sequence[tuple[str, str]]:
    settings = simulator.settings
    console = simulator.ready().get("http")
    rows = [
        ("T-Library", f"tcp://{host}:{port}   primary")
        for host, port in simulator.addresses.values()
    ]
    if console is not None:
        rows.append(("Control API", console["url"]))
    return (
        *rows,
        ("Recorder", f"built in, files in {place(settings.recordings.directory)}"),
        ("Switch", _switch(settings)),
        ("Agents", ", ".join(_agent(one) for one in settings.agents.values() if one.dn)),
        ("Phones", _phones(settings)),
    )


def _run(simulator: Simulator) -> str:
    kept = f"journal keeps {simulator.settings.limits.journal_entries:,} messages"
    return f"Seed {simulator.seed} · clock real · {kept}"


def _switch(settings: Settings) -> str:
    def numbers(kind: DnType) -> list[str]:
        return [one.dn for one in settings.dns_of(kind)]

    return ", ".join(
        (
            _listed(numbers(DnType.DN), "extension"),
            _listed(numbers(DnType.QUEUE), "queue"),
            _listed(numbers(DnType.ROUTE_DN), "routing point"),
            _counted(numbers(DnType.TRUNK), "trunk"),
        )
    )


def _listed(numbers: Sequence[str], name: str) -> str:
    return f"{_counted(numbers, name)} ({_span(numbers)})"


def _counted(things: Sequence[str], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _span(dns: Sequence[str]) -> str:
    """``7001-7003`` where nothing is missing between, else all of them."""
    if len(dns) > 2 and all(dn.isdecimal() for dn in dns):
        numbers = [int(dn) for dn in dns]
        if numbers == list(range(numbers[0], numbers[0] + len(dns))):
            return f"{dns[0]}-{dns[-1]}"
    return ", ".join(dns)


def _agent(one: AgentSettings) -> str:
    return f"{one.name or one.login} {one.login}@{one.dn} {_STATES[one.state]}"


def _phones(settings: Settings) -> str:
    alone = [one for one in settings.dns_of(DnType.DN) if one.options.answer_after is not None]
    recorded = [one.dn for one in settings.dns_of(DnType.DN) if one.options.record]
    words = [f"{' and '.join(one.dn for one in alone)} {_answer(alone)}"] if alone else []
    if recorded:
        words.append(f"{_span(recorded)} {'is' if len(recorded) == 1 else 'are'} recorded")
    return "; ".join(words)


def _answer(alone: Sequence[DnSettings]) -> str:
    verb = "answers" if len(alone) == 1 else "answer"
    return f"{verb} after {seconds(alone[0].options.answer_after or 0)}"


def _what_comes(simulator: Simulator, wishes: Wishes, first_s: float) -> Sequence[str]:
    settings = simulator.settings
    call = f"A call from {settings.external.caller} to {QUEUE} arrives"
    if wishes.once:
        return (f"{call} now.",)
    hints = _hints(simulator)
    width = max(len(command) for command, _ in hints) + 3
    return (
        f"{call} in {seconds(first_s)} (stop it with --no-traffic)."
        if wishes.traffic
        else "No calls arrive by themselves (--no-traffic). The agents answer all the same.",
        "Try, in a second terminal:",
        *(f"  {command.ljust(width)}{what}" for command, what in hints),
        "Ctrl-C stops.",
    )


def _hints(simulator: Simulator) -> Sequence[tuple[str, str]]:
    """Commands with the ports of this run, and what each does."""
    name, alice = program(), ATTENDED[0]
    port = next(iter(simulator.addresses.values()))[1]
    console = simulator.ready().get("http")
    at = "" if port == USUAL_PORT else f" --port {port}"
    hints = [(f"{name} client watch {alice}{at}", "see what a T-Library client sees")]
    if console is not None:
        url = "" if console["port"] == USUAL_HTTP_PORT else f" --url {console['url']}"
        hints += [
            (
                f"{name} call inbound --from 4155550123 --to {alice}{url}",
                "let a customer call",
            ),
            (f"{name} rec start --dn 7002{url}", "ask for a recording, as a recorder would"),
        ]
    where = place(simulator.settings.recordings.directory)
    return (*hints, (f"{name} recordings list -d {where}", "see what was recorded"))
