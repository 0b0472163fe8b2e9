"""Sound and pictures leave for the ports that the recorder answered, by the real RTP side."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from tests.fakes.recorders import FakeAgent, StepClock
from tests.media.bench import AGENT, CUSTOMER, START, Turns, order
from tests.recorder.bench import leg_plan, settings
from tlibsim.media.recorder.backend import RecorderBackend
from tlibsim.media.recorder.setup import Sound
from tlibsim.media.rtp.service import RtpEngine
from tlibsim.media.rtp.values import RtpSettings
from tlibsim.ports.media import SessionId


class Wire:
    """A backend with the real engine and recorders that answer with sockets of ours."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self.turns = Turns()
        self.agent = FakeAgent(self.turns.later)
        ports = [one.getsockname()[1] for one in sockets]
        self.agent.change = lambda sdp: replace(
            sdp,
            media=tuple(
                replace(line, port=port) if line.port else line
                for line, port in zip(sdp.media, ports, strict=True)
            ),
        )
        self.engine = RtpEngine(RtpSettings(), now=lambda: START)
        self.backend = RecorderBackend(
            settings(),
            agent=self.agent,
            streams=Sound(self.engine),
            clock=StepClock(),
            rng=Random(1),
            now=lambda: START,
            deliver=lambda _: None,
            later=self.turns.later,
            host="127.0.0.1",
            parts=(self.engine,),
        )
        self.backend.open()


@contextlib.contextmanager
def listening(count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as held:
        sockets = [
            held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            for _ in range(count)
        ]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
            one.settimeout(3)
        yield sockets


def without_pictures(change):
    """The same answer with port 0 for pictures."""

    def changed(sdp):
        answer = change(sdp)
        media = (
            replace(line, port=0) if line.kind == "video" else line for line in answer.media
        )
        return replace(answer, media=tuple(media))

    return changed


@pytest.mark.parametrize("refused", [False, True])
def test_four_lines_carry_sound_and_pictures_and_refused_pictures_leave_the_sound(refused):
    plan = leg_plan("7001", "4155550100", video=("7001", "4155550100"))
    with listening(4) as sockets:
        wire = Wire(sockets)
        if refused:
            wire.agent.change = without_pictures(wire.agent.change)
        wire.backend.start(order(legs=(plan,), parties=(AGENT, CUSTOMER)))
        wire.turns.run_until(wire.backend.settled)
        kinds = [one.recv(2048)[1] & 0x7F for one in sockets[:2]]
        assert kinds == [0, 0]
        if refused:
            assert wire.engine.status().streams == 2
        else:
            assert [one.recv(2048)[1] & 0x7F for one in sockets[2:]] == [96, 96]
        wire.backend.stop(SessionId("s1"), START, "stopped")
        wire.turns.run_until(wire.backend.settled)
        wire.backend.close()
        wire.turns.run_until(wire.backend.settled)
