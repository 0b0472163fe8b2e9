"""The media backend that a configuration asks for (RECORDING.md 1.2): files, recorders, both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tlibsim.config import Settings
from tlibsim.media.configured import file_settings
from tlibsim.media.fan import Fan, Member
from tlibsim.media.networked import Networked
from tlibsim.media.null import NullBackend
from tlibsim.ports.media import Instant, ReportSink, RunningBackend

Later = Callable[[Callable[[], None]], None]

FILE, SIP = "file", "sip"

_PATIENCE_S = 3.0
_STEP_S = 0.02


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
    )


def places_of(backend: RunningBackend) -> dict[str, Any]:
    """Where a backend listens, for the line that tells that the server is ready."""
    return dict(backend.places()) if isinstance(backend, Networked) else {}


async def quiet(backend: RunningBackend, reactor: Any) -> None:
    """Wait, after its ``close``, until recorders have answered the last BYE, or a while."""
    if not isinstance(backend, Networked):
        return
    from twisted.internet.task import deferLater

    patience = _PATIENCE_S
    while not backend.settled() and patience > 0:
        await deferLater(reactor, _STEP_S)
        patience -= _STEP_S
