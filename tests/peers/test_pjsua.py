"""The recorder backend against a pjsua2 recorder: what it wrote is what the parties said."""

from pathlib import Path

import numpy as np
import pytest_twisted

from tests.media.sip.sockets import Authority
from tests.peers.rig import (
    AGENT,
    CUSTOMER,
    THIRD,
    assert_tone,
    both_lines,
    configured,
    longest_silence,
    loud,
    pause,
    read_mono,
    recording,
)
from tests.peers.wide import needs_pjsua, pjsua
from tests.recorder.bench import leg_plan, two_legs

pytestmark = needs_pjsua()


def heard(folder: Path, name: str):
    samples = read_mono(folder / "wav" / f"{name}.wav")
    sounding = loud(samples)
    assert sounding.any(), f"nothing is heard in {name}"
    return samples


def sound_of(samples):
    """The samples without the silence around them."""
    blocks = np.flatnonzero(loud(samples))
    return samples[blocks[0] * 160 : (blocks[-1] + 1) * 160]


@pytest_twisted.ensureDeferred
async def test_each_session_holds_the_tone_of_its_party(tmp_path):
    with pjsua(tmp_path) as peer:
        async with recording(configured({"address": f"sip:127.0.0.1:{peer.port}"})) as rig:
            rig.start()
            await rig.told("CaptureStarted")
            await pause(1.5)
            await rig.stop()
        peer.stop()
        for dn in (AGENT, CUSTOMER):
            samples = sound_of(heard(tmp_path, f"{dn}-line0"))
            assert_tone(samples, dn)
            assert abs(len(samples) / 8000 - 1.5) < 0.3


@pytest_twisted.ensureDeferred
async def test_one_session_with_two_lines_has_each_party_in_its_line_and_a_silent_pause(
    tmp_path,
):
    with pjsua(tmp_path) as peer:
        async with recording(configured({"address": f"sip:127.0.0.1:{peer.port}"})) as rig:
            rig.start(both_lines())
            await rig.told("CaptureStarted")
            await pause(1.2)
            await rig.pause()
            await pause(1.0)
            await rig.resume()
            await pause(1.2)
            await rig.stop()
        peer.stop()
        for line, dn in enumerate((AGENT, CUSTOMER)):
            samples = heard(tmp_path, f"{AGENT}-line{line}")
            assert_tone(sound_of(samples)[:8000], dn)
            assert_tone(sound_of(samples)[-8000:], dn)
            at, length = longest_silence(sound_of(samples))
            assert abs(at - 1.2) < 0.4
            assert abs(length - 1.0) < 0.4


@pytest_twisted.ensureDeferred
async def test_encrypted_sound_is_understood(tmp_path):
    with pjsua(tmp_path, "srtp") as peer:
        client = {"security": "required", "allow-clear-keys": True}
        settings = configured({"address": f"sip:127.0.0.1:{peer.port}"}, client=client)
        async with recording(settings) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureStarted")
            assert rig.view(f"1.{AGENT}").secured
            await pause(1.2)
            await rig.stop()
        peer.stop()
        assert_tone(sound_of(heard(tmp_path, f"{AGENT}-line0")), AGENT)


@pytest_twisted.ensureDeferred
async def test_over_tls_sound_is_encrypted_and_a_wrong_name_is_refused(tmp_path):
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "rec.pem").write_bytes(authority.issue("127.0.0.1"))
    client = {"security": "required", "authorities": str(tmp_path / "ca.pem")}
    with pjsua(tmp_path, "srtp", f"tls={tmp_path / 'rec.pem'}") as peer:
        good = configured({"address": f"sips:127.0.0.1:{peer.port}"}, client=client)
        async with recording(good) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureStarted")
            await pause(1.2)
            await rig.stop()
        wrong = configured({"address": f"sips:localhost:{peer.port}"}, client=client)
        async with recording(wrong) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureFailed")
        peer.stop()
        assert_tone(sound_of(heard(tmp_path, f"{AGENT}-line0")), AGENT)


@pytest_twisted.ensureDeferred
async def test_after_a_transfer_the_new_party_is_heard_in_the_same_session(tmp_path):
    with pjsua(tmp_path) as peer:
        async with recording(configured({"address": f"sip:127.0.0.1:{peer.port}"})) as rig:
            rig.start()
            await rig.told("CaptureStarted")
            await pause(1.2)
            rig.revise(*two_legs(AGENT, THIRD), parties=(AGENT, THIRD))
            await rig.told("CaptureRevised")
            await pause(1.2)
            await rig.stop()
        peer.stop()
        samples = sound_of(heard(tmp_path, f"{CUSTOMER}-line0"))
        assert_tone(samples[:6000], CUSTOMER)
        assert_tone(samples[-6000:], THIRD)


@pytest_twisted.ensureDeferred
async def test_a_recorder_without_siprec_is_invited_again_without_it_when_that_is_allowed(
    tmp_path,
):
    with pjsua(tmp_path) as peer:
        entry = {
            "address": f"sip:127.0.0.1:{peer.port}",
            "shape": "siprec",
            "siprec-fallback": True,
        }
        async with recording(configured(entry)) as rig:
            rig.start(leg_plan(AGENT))
            await rig.told("CaptureStarted")
            assert "without SIPREC" in rig.view(f"1.{AGENT}").attempts[0]
            await rig.stop()


def test_the_helper_finds_a_silence_between_two_sounds():
    tone = np.sin(np.arange(8000) * 0.5)
    at, length = longest_silence(np.concatenate([tone, np.zeros(4000), tone]))
    assert abs(at - 1.0) < 0.05
    assert abs(length - 0.5) < 0.05
