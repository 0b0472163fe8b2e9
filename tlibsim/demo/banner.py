"""What the demo says when it is ready: made from the configuration and the bound addresses."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from tlibsim.app import Simulator
from tlibsim.config import DnSettings, DnType, Settings
from tlibsim.demo.settings import ATTENDED, Wishes
from tlibsim.demo.words import place, program, seconds

_WIDTH = 72
_USUAL_PORT = 7020


def banner(simulator: Simulator, wishes: Wishes, age_s: float | None, first_s: float) -> str:
    """The head of the screen, with the time to ready and that to the first call."""
    settings = simulator.settings
    title = f'{_program_and_version()}  demo switch "{settings.server}"'
    ready = "ready" if age_s is None else f"ready in {age_s:.1f} s"
    return "\n".join(
        (
            "",
            f"{title.ljust(_WIDTH - len(ready))}{ready}",
            *(f"  {name.ljust(12)}{text}" for name, text in _facts_of(simulator)),
            "",
            *(f"  {line}" for line in _what_comes(simulator, wishes, first_s)),
            "",
        )
    )


def _program_and_version() -> str:
    try:
        return f"tlibsim {version('tlibsim')}"
    except PackageNotFoundError:
        return "tlibsim"


def _facts_of(simulator: Simulator) -> Sequence[tuple[str, str]]:
    settings = simulator.settings
    addresses = [
        ("T-Library", f"tcp://{host}:{port}   primary")
        for host, port in simulator.addresses.values()
    ]
    journal = f"journal keeps {settings.limits.journal_entries:,} entries"
    return (
        *addresses,
        ("Recorder", f"built in, files in {place(settings.recordings.directory)}"),
        ("Switch", _switch(settings)),
        ("Phones", _phones(settings)),
        ("Run", f"seed {simulator.seed} · clock real · {journal}"),
    )


def _switch(settings: Settings) -> str:
    extensions = [one.dn for one in settings.dns_of(DnType.DN)]
    trunks = [one.dn for one in settings.dns_of(DnType.TRUNK)]
    return (
        f"{_counted(extensions, 'extension')} ({_span(extensions)}), "
        f"{_counted(trunks, 'trunk')} ({', '.join(trunks)})"
    )


def _counted(things: Sequence[str], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _span(dns: Sequence[str]) -> str:
    """``7001-7003`` where nothing is missing between, else all of them."""
    if len(dns) > 2 and all(dn.isdecimal() for dn in dns):
        numbers = [int(dn) for dn in dns]
        if numbers == list(range(numbers[0], numbers[0] + len(dns))):
            return f"{dns[0]}-{dns[-1]}"
    return ", ".join(dns)


def _phones(settings: Settings) -> str:
    extensions = settings.dns_of(DnType.DN)
    alone = [one for one in extensions if one.options.answer_after is not None]
    others = [one.dn for one in extensions if one.options.answer_after is None]
    words = [_phone(one) for one in alone]
    if others:
        ring = "rings" if len(others) == 1 else "ring"
        words.append(f"{_span(others)} {ring} until a client answers")
    return "; ".join(words)


def _phone(one: DnSettings) -> str:
    recorded = " and is recorded" if one.options.record else ""
    return f"{one.dn} answers after {seconds(one.options.answer_after or 0)}{recorded}"


def _what_comes(simulator: Simulator, wishes: Wishes, first_s: float) -> Sequence[str]:
    settings = simulator.settings
    call = f"A call from {settings.external.caller} to {ATTENDED} arrives"
    if wishes.once:
        return (f"{call} now.",)
    hint = program()
    port = next(iter(simulator.addresses.values()))[1]
    other_port = "" if port == _USUAL_PORT else f" --port {port}"
    recordings = f"{hint} recordings list -d {place(settings.recordings.directory)}"
    watch = f"{hint} client watch {ATTENDED}{other_port}"
    width = max(len(recordings), len(watch)) + 3
    return (
        f"{call} in {seconds(first_s)} (stop it with --no-traffic)."
        if wishes.traffic
        else f"No calls arrive by themselves (--no-traffic). {ATTENDED} answers all the same.",
        "Try, in a second terminal:",
        f"  {watch.ljust(width)}see what a T-Library client sees",
        f"  {recordings.ljust(width)}see what was recorded",
        "Ctrl-C stops.",
    )
