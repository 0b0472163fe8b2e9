"""The media backend that a configuration asks for (RECORDING.md 1.2): files, recorders, both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tlibsim.config import Settings
from tlibsim.media.configured import file_settings
from tlibsim.media.fan import Fan, Member
from tlibsim.media.null import NullBackend
from tlibsim.media.sip.values import Traffic
from tlibsim.ports.media import Instant, ReportSink, RunningBackend
from tlibsim.ports.recorders import networked

Later = Callable[[Callable[[], None]], None]

FILE, SIP = "file", "sip"

_PATIENCE_S = 3.0
_STEP_S = 0.02
_TURNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a backend works in.

    ``now`` is the present and may be called from any thread; ``later`` runs a function on a
    later turn of the reactor, ``from_thread`` may be called from any thread.
    """

    reactor: Any
    seed: int
    now: Callable[[], Instant]
    later: Later
    from_thread: Later
    traffic: Callable[[Traffic], None] | None = None
    """Told of every SIP message that goes out or comes in."""


def make_backend(
    settings: Settings, around: Surroundings, deliver: ReportSink
) -> RunningBackend:
    """The backend; its libraries are imported only here.  Raises ValueError and OSError."""
    mode = settings.options.recorder_mode
    if mode == "sip":
        return _sip(settings, around, deliver)
    if mode == "internal":
        return _local(settings, around, deliver)
    required = settings.recording_client.required
    members = (
        Member(
            name=FILE,
            make=partial(_local, settings, around),
            required=FILE in required,
            names_files=True,
        ),
        Member(name=SIP, make=partial(_sip, settings, around), required=SIP in required),
    )
    return Fan(members, deliver=deliver, now=around.now)


def _local(settings: Settings, around: Surroundings, deliver: ReportSink) -> RunningBackend:
    if settings.recordings.backend == "null" or not settings.options.local_file:
        return NullBackend(
            deliver=deliver, later=around.later, max_ports=settings.options.max_ports
        )
    from tlibsim.media.wav import FileBackend

    return FileBackend(
        file_settings(settings.recordings, settings.options),
        now=around.now,
        deliver=deliver,
        later=around.from_thread,
    )


def _sip(settings: Settings, around: Surroundings, deliver: ReportSink) -> RunningBackend:
    from tlibsim.media.recorder.setup import make_recorders

    return make_recorders(
        settings,
        reactor=around.reactor,
        seed=around.seed,
        now=around.now,
        deliver=deliver,
        later=around.later,
        traffic=around.traffic,
    )


def places_of(backend: RunningBackend) -> dict[str, Any]:
    """Where a backend listens, for the line that tells that the server is ready."""
    found = networked(backend)
    return {} if found is None else dict(found.places())


async def quiet(backend: RunningBackend, reactor: Any) -> None:
    """Wait, after its ``close``, for its last reports.

    Recorders get a while to answer the last BYE; all others have said everything already, and
    it only has to arrive.
    """
    from twisted.internet.task import deferLater

    is_remote = networked(backend) is not None
    step, turns = (_STEP_S, round(_PATIENCE_S / _STEP_S)) if is_remote else (0.0, _TURNS)
    while not backend.settled() and turns > 0:
        await deferLater(reactor, step)
        turns -= 1
