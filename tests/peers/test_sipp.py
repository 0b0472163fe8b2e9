"""The user agent against sipp, a program of others, over loopback (MEDIA.md 9)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from tests.media.sip.sockets import agent_on, plain_transports, until
from tests.media.sip.wire import Notes
from tests.peers.processes import Peer, needs, sipp
from tlibsim.media.sip.agent import UserAgent
from tlibsim.media.sip.message import first, parse_message
from tlibsim.media.sip.negotiation import agree
from tlibsim.media.sip.sdp import Direction, parse
from tlibsim.media.sip.values import (
    InviteRequest,
    LegHandle,
    LegState,
    OptionsResult,
    Side,
    Traffic,
    Transport,
)

pytestmark = [pytest.mark.peers, needs("sipp")]


def offer(
    version: int = 1, direction: str = "sendonly", lines: int = 1, avp: str = "AVP"
) -> bytes:
    text = (
        f"v=0\r\no=tlibsim 4001 {version} IN IP4 127.0.0.1\r\ns=-\r\n"
        "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    )
    for number in range(lines):
        text += (
            f"m=audio {20000 + 2 * number} RTP/{avp} 0 8\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n"
        )
        if avp == "SAVP":
            key = "A" * 40
            text += f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n"
        text += f"a={direction}\r\n"
    return text.encode()


class Scene:
    """A running sipp, our agent, and what was told and sent."""

    def __init__(self, peer: Peer, agent: UserAgent, traffic: list[Traffic]) -> None:
        self.peer = peer
        self.agent = agent
        self.traffic = traffic
        self.notes = Notes()

    def uri(self, more: str = ";calluuid=00A;dn=7001;recordDN=7001") -> str:
        return f"sip:record=rec-5f02@127.0.0.1:{self.peer.port}{more}"

    def invite(self, body: bytes | None = None, **more: Any) -> LegHandle:
        request = InviteRequest(request_uri=self.uri(), offer=body or offer(), **more)
        return self.agent.invite(request, self.notes)

    async def told(self, name: str, times: int = 1) -> Any:
        """Wait until something was told, give what came with it."""
        await until(lambda: self.notes.names().count(name) >= times, 10.0)
        return [one for one in self.notes.events if one[0] == name][times - 1][1:]

    async def ended(self, leg: LegHandle) -> None:
        leg.bye()
        await until(lambda: leg.state is LegState.ENDED, 10.0)
        assert not self.notes.end.lost
        assert self.notes.end.code == 200


@asynccontextmanager
async def scene(
    scenario: str, folder: Path, *arguments: str, **more: Any
) -> AsyncIterator[Scene]:
    traffic: list[Traffic] = []
    with sipp(scenario, folder, *arguments, **more) as peer:
        async with agent_on(plain_transports(), traffic.append) as agent:
            yield Scene(peer, agent, traffic)


@pytest.mark.parametrize(("transport", "name"), [(Transport.UDP, "u1"), (Transport.TCP, "t1")])
@pytest_twisted.ensureDeferred
async def test_sipp_records_pauses_resumes_and_ends(
    transport: Transport, name: str, tmp_path: Path
) -> None:
    async with scene("recorder_one_stream", tmp_path, transport=name) as now:
        leg = now.invite(transport=transport)
        (answer,) = await now.told("answered")
        seen = [answer.session.direction_of(answer.session.media[0])]
        for version, direction in ((2, "inactive"), (3, "sendonly")):
            leg.reinvite(offer(version, direction))
            _, answer = await now.told("reinvite_done", version - 1)
            seen.append(answer.session.direction_of(answer.session.media[0]))
        leg.info(b"hello", "text/plain")
        assert await now.told("info_done") == (3, 200)
        await now.ended(leg)

    assert seen == [Direction.RECVONLY, Direction.INACTIVE, Direction.RECVONLY]
    assert now.notes.names()[:2] == ["provisional", "provisional"]
    assert now.peer.invites() == [now.uri()]


@pytest_twisted.ensureDeferred
async def test_sipp_answers_pings_outside_a_session(tmp_path: Path) -> None:
    told: list[OptionsResult] = []
    async with scene("recorder_one_stream", tmp_path) as now:
        now.agent.options(f"sip:127.0.0.1:{now.peer.port}", told.append)
        await until(lambda: bool(told))

    assert told[0].code == 200


@pytest_twisted.ensureDeferred
async def test_sipp_answers_two_lines(tmp_path: Path) -> None:
    async with scene("recorder_two_streams", tmp_path) as now:
        leg = now.invite(offer(lines=2))
        (answer,) = await now.told("answered")
        streams, warnings = agree(parse(offer(lines=2)), answer.session)
        await now.ended(leg)

    assert [one.port for one in streams] == [now.peer.media_port, now.peer.media_port + 2]
    assert warnings == ()


@pytest_twisted.ensureDeferred
async def test_a_second_line_with_port_zero_leaves_the_session_up(tmp_path: Path) -> None:
    async with scene("recorder_second_line_zero", tmp_path) as now:
        leg = now.invite(offer(lines=2))
        (answer,) = await now.told("answered")
        await now.ended(leg)

    assert answer.warnings == ("line 2: refused with port 0",)


@pytest_twisted.ensureDeferred
async def test_sipp_asks_for_a_session_timer(tmp_path: Path) -> None:
    async with scene("recorder_timer", tmp_path) as now:
        leg = now.invite()
        (answer,) = await now.told("answered")
        await now.ended(leg)

    assert answer.session_expires == 1800


@pytest_twisted.ensureDeferred
async def test_sipp_refuses_a_short_interval_and_takes_its_own(tmp_path: Path) -> None:
    async with scene("recorder_422_min_se", tmp_path, "-m", "1") as now:
        leg = now.invite(session_expires=90)
        (answer,) = await now.told("answered")
        await now.ended(leg)
        code = now.peer.exit_code()

    sent = [parse_message(one.message) for one in now.traffic if one.sent]
    invites = [one for one in sent if getattr(one, "method", "") == "INVITE"]
    assert [first(one.headers, "Session-Expires") for one in invites] == [
        "90;refresher=uac",
        "300;refresher=uac",
    ]
    assert {first(one.headers, "Call-ID") for one in invites} == {leg.call_id}
    assert answer.session_expires == 300
    assert code == 0


@pytest_twisted.ensureDeferred
async def test_sipp_refuses_with_503_and_tells_when_to_come_back(tmp_path: Path) -> None:
    async with scene("recorder_refuse_503", tmp_path) as now:
        now.invite()
        (failure,) = await now.told("failed")
        now.invite()
        await now.told("failed", 2)

    assert (failure.code, failure.retry_after) == (503, 5)
    assert now.peer.invites() == [now.uri()] * 2


@pytest_twisted.ensureDeferred
async def test_sipp_answers_a_secure_line_with_its_key(tmp_path: Path) -> None:
    body = offer(avp="SAVP")
    async with scene("recorder_srtp", tmp_path) as now:
        leg = now.invite(body)
        (answer,) = await now.told("answered")
        streams, _ = agree(parse(body), answer.session)
        await now.ended(leg)

    assert streams[0].crypto is not None
    assert streams[0].protocol == "RTP/SAVP"


@pytest_twisted.ensureDeferred
async def test_sipp_as_a_siprec_server_insists_on_the_extension(tmp_path: Path) -> None:
    parts = (
        b"--b\r\nContent-Type: application/sdp\r\n\r\n" + offer(lines=2) + b"\r\n--b\r\n"
        b"Content-Type: application/rs-metadata+xml\r\n"
        b"Content-Disposition: recording-session\r\n\r\n<recording/>\r\n--b--\r\n"
    )
    async with scene("siprec_srs", tmp_path) as now:
        now.invite()
        (failure,) = await now.told("failed")
        leg = now.invite(
            parts,
            content_type="multipart/mixed;boundary=b",
            headers=(("Require", "siprec"),),
            contact_parameters=";+sip.src",
        )
        (answer,) = await now.told("answered")
        await now.ended(leg)

    assert failure.code == 421
    assert "+sip.srs" in (first(answer.headers, "Contact") or "")


@pytest_twisted.ensureDeferred
async def test_a_recorder_that_dies_is_noticed_by_the_next_request(tmp_path: Path) -> None:
    async with scene("recorder_one_stream", tmp_path) as now:
        leg = now.invite()
        await now.told("answered")
        now.peer.stop()
        leg.reinvite(offer(2, "inactive"))
        (end,) = await now.told("ended")

    assert end.lost
    assert end.by is Side.RECORDER
    assert "no answer in 8 s" in end.cause
