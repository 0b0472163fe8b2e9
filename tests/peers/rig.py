"""The recorder backend on real sockets, for tests against programs of others."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.recorder.bench import leg_plan, two_legs
from tlibsim.app import wall_time
from tlibsim.config import Settings, load
from tlibsim.media.audio.sources import tone_frequency
from tlibsim.media.recorder.setup import SipRecorders, make_recorders
from tlibsim.ports.media import (
    AudioSource,
    CaptureReport,
    LegChanged,
    LegPlan,
    LegView,
    MediaParty,
    RecordingOrder,
    Revision,
    SessionId,
)

AGENT, CUSTOMER, THIRD = "7001", "7002", "7003"
PATIENCE = 10.0


async def pause(seconds: float) -> None:
    """Let the reactor work for a while."""
    await deferLater(reactor, seconds)


async def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait for something; AssertionError when it does not come."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await pause(0.02)
    raise AssertionError(f"it did not come true in {seconds:g} s")


def configured(*recorders: dict[str, Any], **changes: Any) -> Settings:
    """Settings for these recorders; keyword arguments are sections or ``options``."""
    import yaml

    listed = [{"name": f"rec{n}", **one} for n, one in enumerate(recorders, 1)]
    client = {"invite-timeout": 2, "monitor": "none"} | changes.pop("client", {})
    data = {"recorders": listed, "recording-client": client, **changes}
    return load(yaml.safe_dump(data))


def _named(leg: LegPlan, session: str) -> LegPlan:
    """The leg with the record id of its session."""
    record_id = leg.record_id.replace("rec-s1", f"rec-{session}")
    return replace(leg, record_id=record_id, user=f"record={record_id}")


class Rig:
    """A backend with its reports, and one session on it."""

    def __init__(self, settings: Settings) -> None:
        self.reports: list[CaptureReport] = []
        self.backend: SipRecorders = make_recorders(
            settings,
            reactor=reactor,
            seed=1,
            now=wall_time,
            deliver=self.reports.append,
            later=lambda function: reactor.callLater(0, function),
        )
        self.began = wall_time()

    def party(self, dn: str, **changes: Any) -> MediaParty:
        return MediaParty(dn=dn, source=AudioSource(), started_at=self.began, **changes)

    def start(self, *legs: LegPlan, session: str = "s1", **changes: Any) -> None:
        values: dict[str, Any] = {
            "session": SessionId(session),
            "record_id": f"rec-{session}",
            "at": wall_time(),
            "call_uuid": "00TLIBSIM0000000000000000000001A",
            "conn_id": "0071000000000001",
            "record_dn": AGENT,
            "parties": (self.party(AGENT), self.party(CUSTOMER)),
            "legs": tuple(_named(leg, session) for leg in legs or two_legs(AGENT, CUSTOMER)),
        }
        self.backend.start(RecordingOrder(**(values | changes)))

    def revise(self, *legs: LegPlan, parties: tuple[str, ...]) -> None:
        self.backend.revise(
            Revision(
                session=SessionId("s1"),
                at=wall_time(),
                parties=tuple(self.party(dn) for dn in parties),
                legs=legs,
            )
        )

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.reports if not isinstance(one, LegChanged)]

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.reports if isinstance(one, kind)]

    def view(self, key: str) -> LegView:
        return [one.leg for one in self.of(LegChanged) if one.leg.key == key][-1]

    async def told(self, kind: str, seconds: float = PATIENCE) -> None:
        """Wait for a report of that class."""
        await until(lambda: kind in self.kinds(), seconds)

    async def pause(self) -> None:
        self.backend.pause(SessionId("s1"), wall_time())
        await self.told("CapturePaused")

    async def resume(self) -> None:
        self.backend.resume(SessionId("s1"), wall_time())
        await self.told("CaptureResumed")

    async def stop(self) -> None:
        self.backend.stop(SessionId("s1"), wall_time(), "stopped")
        await self.told("CaptureEnded")


@asynccontextmanager
async def recording(settings: Settings) -> AsyncIterator[Rig]:
    """A backend for the time of a with block."""
    rig = Rig(settings)
    rig.backend.open()
    try:
        yield rig
    finally:
        rig.backend.close()
        await until(rig.backend.settled)


def both_lines() -> LegPlan:
    """One session with the agent's line first and the customer's second."""
    return leg_plan(AGENT, CUSTOMER)


# -- what was recorded ---------------------------------------------------------------------------


def read_mono(path: Path) -> np.ndarray:
    """The samples of a WAV of 8000 Hz that another program wrote, one channel or the first."""
    import soundfile

    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    assert rate == 8000, f"{path} has {rate} Hz"
    return samples[:, 0]


def loud(samples: np.ndarray) -> np.ndarray:
    """Which 20 ms blocks are not silence."""
    blocks = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    return np.sqrt((blocks**2).mean(axis=1)) > 0.02


def pitch(samples: np.ndarray) -> float:
    """The loudest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


def assert_tone(samples: np.ndarray, dn: str) -> None:
    """What is heard is the tone of that DN, within 2 percent."""
    found, wanted = pitch(samples), tone_frequency(dn)
    assert abs(found - wanted) < 0.02 * wanted, f"{found:.0f} Hz, not {wanted} Hz of {dn}"


def longest_silence(samples: np.ndarray) -> tuple[float, float]:
    """Beginning and length, in seconds, of the longest silence between sounds."""
    heard = np.flatnonzero(loud(samples))
    assert len(heard), "nothing is heard at all"
    gaps = np.diff(heard)
    at = int(np.argmax(gaps))
    return float(heard[at] + 1) * 0.02, float(gaps[at] - 1) * 0.02
