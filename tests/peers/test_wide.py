"""The recorder backend against baresip, which writes sound, and kamailio, a pool front."""

from pathlib import Path

import pytest_twisted

from tests.peers.processes import Peer, needs, sipp
from tests.peers.rig import (
    AGENT,
    assert_tone,
    configured,
    pause,
    read_mono,
    recording,
    until,
)
from tests.peers.wide import baresip, kamailio
from tests.recorder.bench import leg_plan


@needs("baresip")
@pytest_twisted.ensureDeferred
async def test_baresip_writes_the_tone_of_the_party_until_the_pause(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "peer"
    with baresip(folder) as peer:
        entry = {
            "address": f"sip:127.0.0.1:{peer.port}",
            "request-uri": f"sip:recorder@127.0.0.1:{peer.port}",
        }
        settings = configured(entry, client={"initial-direction": "sendrecv"})
        async with recording(settings) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureStarted")
            await pause(1.3)
            await rig.pause()
            await pause(0.8)
            await rig.resume()
            assert rig.view(f"1.{AGENT}").direction == "sendrecv"
            await rig.stop()
        await pause(0.3)
    written = sorted((folder / "out").glob("dump-*-dec.wav"))
    assert written, peer.output
    samples = read_mono(written[0])
    assert_tone(samples[1600:9600], AGENT)
    assert abs(len(samples) / 8000 - 1.3) < 0.4, "the pause is in the file"


@needs("kamailio", "sipp")
@pytest_twisted.ensureDeferred
async def test_behind_a_pool_front_every_leg_goes_on_in_its_dialog(tmp_path: Path) -> None:
    with (
        sipp("recorder_one_stream", tmp_path / "one") as first,
        sipp("recorder_one_stream", tmp_path / "two") as second,
        kamailio(tmp_path / "pool", [first.port, second.port]) as front,
    ):
        settings = configured({"address": f"sip:127.0.0.1:{front.port}"})
        async with recording(settings) as rig:
            rig.start()
            await rig.told("CaptureStarted", 15)
            await rig.pause()
            await rig.resume()
            await rig.stop()
        assert len(first.invites()) + len(second.invites()) == 2
        assert all(f"@127.0.0.1:{front.port};" in uri for uri in first.invites())


@needs("kamailio", "sipp")
@pytest_twisted.ensureDeferred
async def test_a_pool_front_that_looks_at_the_record_id_keeps_both_legs_together(
    tmp_path: Path,
) -> None:
    with (
        sipp("recorder_one_stream", tmp_path / "one") as first,
        sipp("recorder_one_stream", tmp_path / "two") as second,
        kamailio(tmp_path / "pool", [first.port, second.port], together=True) as front,
    ):
        settings = configured({"address": f"sip:127.0.0.1:{front.port}"})
        async with recording(settings) as rig:
            for number in range(4):
                rig.start(session=f"n{number}")
            await until(lambda: rig.kinds().count("CaptureStarted") == 4)
        assert_together(first, second)


@needs("sipp")
@pytest_twisted.ensureDeferred
async def test_our_own_pool_keeps_both_legs_together(tmp_path: Path) -> None:
    with (
        sipp("recorder_one_stream", tmp_path / "one") as first,
        sipp("recorder_one_stream", tmp_path / "two") as second,
    ):
        ports = [first.port, second.port]
        settings = configured(*({"address": f"sip:127.0.0.1:{port}"} for port in ports))
        async with recording(settings) as rig:
            for number in range(4):
                rig.start(session=f"n{number}")
            await until(lambda: rig.kinds().count("CaptureStarted") == 4)
        assert_together(first, second)
        assert [len(one.invites()) for one in (first, second)] == [4, 4]


def assert_together(*peers: Peer) -> None:
    """Each recording has both its legs at one recorder."""
    places = {}
    for peer in peers:
        for uri in peer.invites():
            places.setdefault(uri.partition("@")[0], []).append(peer.port)
    assert len(places) == 4
    assert all(len(one) == 2 and len(set(one)) == 1 for one in places.values()), places
