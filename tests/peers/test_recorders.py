"""The recorder backend against sipp recorders, kind ones and others (MEDIA.md 9)."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted

from tests.peers.processes import free_ports, needs, sipp
from tests.peers.rig import (
    AGENT,
    CUSTOMER,
    Rig,
    both_lines,
    configured,
    pause,
    recording,
    until,
)
from tests.recorder.bench import leg_plan, two_legs
from tlibsim.ports.media import (
    CaptureEnded,
    CaptureFailed,
    LegLost,
    LegStatus,
    MediaProblem,
)

pytestmark = needs("sipp")


def at(port: int, **more) -> dict:
    return {"address": f"sip:127.0.0.1:{port}", **more}


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A recorder that takes every datagram and never says a word."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def packets(rig: Rig) -> int:
    return rig.of(CaptureEnded)[0].counters["packets"]


@pytest_twisted.ensureDeferred
async def test_one_session_for_each_party_is_paused_resumed_and_ended(tmp_path: Path) -> None:
    with sipp("recorder_one_stream", tmp_path) as peer:
        async with recording(configured(at(peer.port))) as rig:
            rig.start()
            await rig.told("CaptureStarted")
            await pause(0.5)
            await rig.pause()
            assert rig.view("1.record").answer.rstrip().endswith("a=inactive")
            await rig.resume()
            await rig.stop()
        assert [";dn=7001;" in uri for uri in peer.invites()] == [True, False]
        assert all("sip:record=rec-s1@127.0.0.1:" in uri for uri in peer.invites())
        assert packets(rig) >= 40


@pytest_twisted.ensureDeferred
async def test_sessions_run_over_tcp_too(tmp_path: Path) -> None:
    with sipp("recorder_one_stream", tmp_path, transport="t1") as peer:
        async with recording(configured(at(peer.port, transport="tcp"))) as rig:
            rig.start()
            await rig.told("CaptureStarted")
            await rig.pause()
            await rig.stop()
        assert len(peer.invites()) == 2


@pytest_twisted.ensureDeferred
async def test_two_lines_of_one_session_are_both_taken(tmp_path: Path) -> None:
    with sipp("recorder_two_streams", tmp_path) as peer:
        async with recording(configured(at(peer.port))) as rig:
            rig.start(both_lines())
            await rig.told("CaptureStarted")
            await pause(0.3)
            await rig.pause()
            await rig.resume()
            await rig.stop()
        assert len(peer.invites()) == 1
        assert packets(rig) >= 20


@pytest_twisted.ensureDeferred
async def test_a_second_line_with_port_zero_leaves_the_first(tmp_path: Path) -> None:
    with sipp("recorder_second_line_zero", tmp_path) as peer:
        async with recording(configured(at(peer.port))) as rig:
            rig.start(both_lines())
            await rig.told("CaptureStarted")
            await pause(0.4)
            await rig.pause()
            await rig.stop()
        (problem,) = rig.of(MediaProblem)
        assert problem.kind == "audio-refused"
        assert CUSTOMER in problem.cause
        assert 15 <= packets(rig) <= 30


@pytest_twisted.ensureDeferred
async def test_a_session_timer_and_a_422_are_obeyed(tmp_path: Path) -> None:
    with sipp("recorder_422_min_se", tmp_path, "-m", "1") as peer:
        settings = configured(at(peer.port), client={"session-expires": 120})
        async with recording(settings) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureStarted")
            await rig.stop()
        assert peer.exit_code() == 0


@pytest_twisted.ensureDeferred
async def test_a_recorder_that_refreshes_keeps_its_session(tmp_path: Path) -> None:
    with sipp("recorder_timer", tmp_path) as peer:
        async with recording(configured(at(peer.port))) as rig:
            rig.start()
            await rig.told("CaptureStarted")
            await rig.pause()
            await rig.stop()
        assert rig.view("1.record").status is LegStatus.ENDED


@pytest.mark.parametrize(
    ("scenario", "code"), [("recorder_refuse_503", 503), ("recorder_busy_486", 486)]
)
@pytest_twisted.ensureDeferred
async def test_a_refusal_fails_the_session_with_its_code(tmp_path, scenario, code):
    with sipp(scenario, tmp_path) as peer:
        async with recording(configured(at(peer.port))) as rig:
            rig.start()
            await rig.told("CaptureEnded")
        assert rig.kinds() == ["CaptureAccepted", "CaptureFailed", "CaptureEnded"]
        assert str(code) in rig.of(CaptureFailed)[0].cause
        assert rig.view("1.record").code == code
        assert peer.invites()


@pytest_twisted.ensureDeferred
async def test_after_a_refusal_the_next_recorder_has_both_legs(tmp_path: Path) -> None:
    with (
        sipp("recorder_busy_486", tmp_path / "busy") as busy,
        sipp("recorder_one_stream", tmp_path / "good") as good,
    ):
        async with recording(configured(at(busy.port), at(good.port))) as rig:
            rig.start()
            await rig.told("CaptureStarted")
            await rig.stop()
        assert busy.invites()
        assert len(good.invites()) == 2
        assert rig.view("1.record").attempts == ("rec1: 486 Busy Here",)


@pytest_twisted.ensureDeferred
async def test_a_silent_recorder_counts_as_failed_after_the_timeout(tmp_path: Path) -> None:
    with silent() as port, sipp("recorder_one_stream", tmp_path) as good:
        settings = configured(at(port), at(good.port), client={"invite-timeout": 1})
        async with recording(settings) as rig:
            rig.start()
            await rig.told("CaptureStarted")
            assert "no answer" in rig.view("1.record").attempts[0]
            await rig.stop()
        assert len(good.invites()) == 2


@pytest_twisted.ensureDeferred
async def test_nobody_at_the_port_fails_the_session(tmp_path: Path) -> None:
    settings = configured(at(free_ports()), client={"invite-timeout": 1})
    async with recording(settings) as rig:
        rig.start()
        await rig.told("CaptureEnded")
    assert "CaptureFailed" in rig.kinds()


@pytest_twisted.ensureDeferred
async def test_a_recorder_that_hangs_up_ends_the_session(tmp_path: Path) -> None:
    with sipp("recorder_hangs_up", tmp_path) as peer:
        async with recording(configured(at(peer.port))) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureStarted")
            await rig.told("CaptureEnded")
        assert rig.kinds()[2:] == ["LegLost", "CaptureFailed", "CaptureEnded"]
        assert "BYE" in rig.of(LegLost)[0].cause
        assert peer.invites()


@pytest_twisted.ensureDeferred
async def test_one_of_two_destinations_may_be_dead(tmp_path: Path) -> None:
    with sipp("recorder_one_stream", tmp_path) as good:
        settings = configured(at(good.port), client={"invite-timeout": 1})
        async with recording(settings) as rig:
            rig.start(
                *two_legs(AGENT, CUSTOMER),
                *two_legs(AGENT, CUSTOMER, destination=1),
                destinations=(f"sip:127.0.0.1:{good.port}", f"sip:127.0.0.1:{free_ports()}"),
            )
            await rig.told("CaptureStarted")
            await rig.told("MediaProblem")
            assert rig.view("2.record").status is LegStatus.FAILED
            assert rig.view("1.record").status is LegStatus.ESTABLISHED
            await pause(0.3)
            await rig.stop()
        assert "CaptureFailed" not in rig.kinds()
        assert len(good.invites()) == 2


@pytest_twisted.ensureDeferred
async def test_a_siprec_server_gets_its_header_tag_and_metadata(tmp_path: Path) -> None:
    with sipp("siprec_srs", tmp_path) as peer:
        async with recording(configured(at(peer.port, shape="siprec"))) as rig:
            rig.start(both_lines())
            await rig.told("CaptureStarted")
            await rig.pause()
            await rig.resume()
            await rig.stop()
        assert peer.invites() == [f"sip:127.0.0.1:{peer.port}"]
        assert "MediaProblem" not in rig.kinds()


@pytest_twisted.ensureDeferred
async def test_a_recorder_with_srtp_gets_a_key_and_gives_one(tmp_path: Path) -> None:
    pytest.importorskip("pylibsrtp")
    with sipp("recorder_srtp", tmp_path) as peer:
        client = {"security": "required", "allow-clear-keys": True}
        async with recording(configured(at(peer.port), client=client)) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureStarted")
            view = rig.view(f"1.{AGENT}")
            assert view.secured
            assert "RTP/SAVP" in view.answer
            assert "inline:(not shown)" in view.offer
            await rig.stop()


@pytest_twisted.ensureDeferred
async def test_a_recorder_that_stops_answering_pings_gets_no_sessions(tmp_path: Path) -> None:
    client = {
        "monitor": "options",
        "monitor-interval": 0.3,
        "monitor-timeout": 0.3,
        "fall": 2,
        "invite-timeout": 1,
    }
    with (
        sipp("recorder_one_stream", tmp_path / "one") as first,
        sipp("recorder_one_stream", tmp_path / "two") as second,
    ):
        async with recording(configured(at(first.port), at(second.port), client=client)) as rig:
            first.stop()
            await until(lambda: not rig.backend.recorders()[0].alive)
            for number in range(3):
                rig.start(session=f"n{number}")
            await until(lambda: rig.kinds().count("CaptureStarted") == 3)
        assert first.invites() == []
        assert len(second.invites()) == 6


@pytest_twisted.ensureDeferred
async def test_a_media_server_is_told_to_record_to_pause_and_to_end(tmp_path: Path) -> None:
    with sipp("media_server_msml", tmp_path) as peer:
        settings = configured(client={"media-servers": [f"sip:127.0.0.1:{peer.port}"]})
        async with recording(settings) as rig:
            rig.start(destinations=("sip:127.0.0.1:5999",))
            await rig.told("CaptureStarted")
            await pause(0.3)
            await rig.pause()
            await rig.resume()
            await rig.stop()
        text = peer.log.read_text(encoding="utf-8")
        lines = [line.split()[1] for line in text.splitlines() if line.startswith("INFO ")]
        said = [line.strip('="') for line in lines]
        assert said == ["createconference", "pause", "resume", "destroyconference"]
        assert all("sip:msml=s1-" in uri and uri.endswith(";record") for uri in _uris(text))
        assert packets(rig) >= 20


def _uris(text: str) -> list[str]:
    return [line.split()[1] for line in text.splitlines() if line.startswith("INVITE ")]
