"""Whole calls: a T-Library client asks, a recorder of others gets the sound."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_twisted
from twisted.internet import reactor

from tests.media.bench import frames_of
from tests.net.test_server import SECONDS, Desk, settings
from tests.peers.processes import free_ports, needs, sipp
from tests.peers.rig import (
    AGENT,
    CUSTOMER,
    assert_tone,
    longest_silence,
    loud,
    pause,
    read_mono,
    until,
)
from tests.peers.wide import needs_pjsua, pjsua
from tlibproto.messages import (
    EventAttachedDataChanged,
    EventEstablished,
    RequestMakeCall,
    RequestPrivateService,
    RequestReleaseCall,
)
from tlibproto.vocabulary import ConnId, KVList
from tlibsim.app import Simulator
from tlibsim.config import RecordingsSettings
from tlibsim.config.recorders import RecorderEntry, RecordingClientSettings
from tlibsim.media.audio.g711 import decode
from tlibsim.media.settings import Codec

START, STOP, PAUSE, RESUME = 3013, 3014, 3015, 3016


class Caller:
    """A client on the agent's DN with a call to the customer."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.desk = Desk()
        self.conn_id: ConnId | None = None

    async def call(self) -> None:
        await self.desk.open(self.simulator, AGENT)
        established = self.desk.expect(EventEstablished)
        await self.desk.client.ask(RequestMakeCall(this_dn=AGENT, other_dn=CUSTOMER), SECONDS)
        self.conn_id = (await established).conn_id

    async def ask(self, service: int, **extensions: str) -> None:
        request = RequestPrivateService(
            private_msg_id=service,
            this_dn=AGENT,
            conn_id=self.conn_id,
            extensions=KVList(tuple(extensions.items())) if extensions else None,
        )
        await self.desk.client.ask(request, SECONDS)

    def states(self) -> list[str]:
        """What GSIP_RECORD has been, change by change."""
        changes = [one for one in self.desk.inbox if isinstance(one, EventAttachedDataChanged)]
        found = [dict(one.user_data or ()).get("GSIP_RECORD") for one in changes]
        return [str(one) for one in found if one is not None]

    async def state(self, wanted: str) -> None:
        await until(lambda: self.states()[-1:] == [wanted])

    async def hang_up(self) -> None:
        await self.desk.client.ask(
            RequestReleaseCall(this_dn=AGENT, conn_id=self.conn_id), SECONDS
        )
        await self.desk.client.close()


@asynccontextmanager
async def switch(
    folder: Path, *ports: int, client: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[Caller]:
    """A switch that records at SIP recorders on these ports, with a call on it."""
    recorders = tuple(
        RecorderEntry(name=f"rec{port}", address=f"sip:127.0.0.1:{port}") for port in ports
    )
    given = settings(
        recordings=RecordingsSettings(directory=str(folder / "recordings")),
        recorders=recorders,
        recording_client=RecordingClientSettings(
            **{"monitor": "none", "invite_timeout": 1.0, **(client or {})}
        ),
    )
    wanted = {"recorder_mode": "sip", "msml_record_support": True, **options}
    simulator = Simulator(
        replace(given, options=replace(given.options, **wanted)), reactor=reactor
    )
    await simulator.start()
    caller = Caller(simulator)
    try:
        await caller.call()
        yield caller
        await caller.hang_up()
    finally:
        await simulator.stop()


def tones(folder: Path, name: str) -> np.ndarray:
    """The sounding part of a file of the pjsua2 recorder."""
    samples = read_mono(folder / "wav" / f"{name}.wav")
    blocks = np.flatnonzero(loud(samples))
    assert len(blocks), f"nothing is heard in {name}"
    return samples[blocks[0] * 160 : (blocks[-1] + 1) * 160]


@needs("sipp")
@pytest_twisted.ensureDeferred
async def test_a_client_starts_pauses_resumes_and_stops_a_recording(tmp_path: Path) -> None:
    with sipp("recorder_one_stream", tmp_path) as peer:
        async with switch(tmp_path, peer.port) as caller:
            await caller.ask(START, id="rec-77", colour="green")
            await caller.state("On")
            await until(lambda: len(peer.invites()) == 2)
            await caller.ask(PAUSE)
            await caller.state("Paused")
            await caller.ask(RESUME)
            await caller.state("On")
            await caller.ask(STOP)
            await caller.state("Off")
        uris = peer.invites()
        assert all(uri.startswith("sip:record=rec-77@127.0.0.1:") for uri in uris)
        assert all(";calluuid=" in uri and ";colour=green" in uri for uri in uris)
        for uri, dn in zip(uris, (AGENT, CUSTOMER), strict=True):
            assert f";dn={dn};recordDN={AGENT}" in uri


@needs("sipp")
@pytest.mark.parametrize("scenario", ["recorder_refuse_503", "recorder_busy_486"])
@pytest_twisted.ensureDeferred
async def test_a_refusing_recorder_turns_the_indication_off(tmp_path, scenario) -> None:
    with sipp(scenario, tmp_path) as peer:
        async with switch(tmp_path, peer.port) as caller:
            await caller.ask(START)
            await caller.state("Off")
            assert caller.states() == ["On", "Off"]
        assert 1 <= len(peer.invites()) <= 2, "a refusal is no reason to begin anew"


@needs("sipp")
@pytest_twisted.ensureDeferred
async def test_confirmed_by_the_recorder_the_indication_never_comes_on(tmp_path) -> None:
    with sipp("recorder_busy_486", tmp_path) as peer:
        async with switch(tmp_path, peer.port, record_on_confirm="recorder") as caller:
            await caller.ask(START)
            traces = caller.simulator.traces
            await until(lambda: traces()[-1].state.value in {"failed", "ended"})
            await pause(0.1)
            assert "On" not in caller.states()


@needs("sipp")
@pytest_twisted.ensureDeferred
async def test_a_recorder_that_hangs_up_turns_the_indication_off(tmp_path: Path) -> None:
    with sipp("recorder_hangs_up", tmp_path) as peer:
        async with switch(tmp_path, peer.port) as caller:
            await caller.ask(START)
            await caller.state("Off")


@needs("sipp")
@pytest_twisted.ensureDeferred
async def test_one_of_two_destinations_may_be_dead_for_a_client_too(tmp_path: Path) -> None:
    with sipp("recorder_one_stream", tmp_path) as peer:
        async with switch(tmp_path) as caller:
            dest, dead = f"sip:127.0.0.1:{peer.port}", f"sip:127.0.0.1:{free_ports()}"
            await caller.ask(START, dest=dest, dest2=dead)
            await caller.state("On")
            await pause(1.5)
            assert caller.states() == ["On"]
        assert len(peer.invites()) == 2


@needs("sipp")
@pytest_twisted.ensureDeferred
async def test_files_and_recorders_take_one_call_at_a_time(tmp_path: Path) -> None:
    with sipp("recorder_one_stream", tmp_path) as peer:
        async with switch(tmp_path, peer.port, recorder_mode="both") as caller:
            await caller.ask(START)
            await caller.state("On")
            await pause(1.2)
            await caller.ask(STOP)
            await caller.state("Off")
        assert len(peer.invites()) == 2
    (path,) = (tmp_path / "recordings").glob("*.wav")
    frames = frames_of(path)
    for channel, dn in enumerate((AGENT, CUSTOMER)):
        assert_tone(decode(frames[:, channel], Codec.MULAW) / 32768, dn)


@needs_pjsua()
@pytest_twisted.ensureDeferred
async def test_the_recorder_hears_each_party_in_its_session_and_nothing_in_the_pause(
    tmp_path: Path,
) -> None:
    with pjsua(tmp_path) as peer:
        async with switch(tmp_path, peer.port) as caller:
            await _recorded(caller)
        peer.stop()
    for dn in (AGENT, CUSTOMER):
        samples = tones(tmp_path, f"{dn}-line0")
        assert_tone(samples[:6000], dn)
        assert_tone(samples[-6000:], dn)


@needs_pjsua()
@pytest_twisted.ensureDeferred
async def test_the_recorder_hears_each_party_in_its_line_of_one_session(tmp_path) -> None:
    with pjsua(tmp_path) as peer:
        async with switch(tmp_path, peer.port, recordingclient_recmediactl="1") as caller:
            await _recorded(caller)
        peer.stop()
    for line, dn in enumerate((AGENT, CUSTOMER)):
        samples = tones(tmp_path, f"{AGENT}-line{line}")
        assert_tone(samples[:6000], dn)
        at, length = longest_silence(samples)
        assert abs(at - 1.2) < 0.4
        assert abs(length - 0.8) < 0.4


async def _recorded(caller: Caller) -> None:
    """A recording with a pause of 0.8 s after 1.2 s."""
    await caller.ask(START)
    await caller.state("On")
    await pause(1.2)
    await caller.ask(PAUSE)
    await pause(0.8)
    await caller.ask(RESUME)
    await pause(1.2)
    await caller.ask(STOP)
    await caller.state("Off")
