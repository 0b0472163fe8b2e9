"""The probe against recorders of a few lines, over UDP and TCP."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tlibsim.contract.probe import Findings, Probe
from tlibsim.media.sip.message import (
    Request,
    Response,
    StreamFramer,
    every,
    first,
    parse_message,
    render_message,
)

SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
Behave = Callable[[Request], Response | None]


def play(asking: Coroutine[Any, Any, Findings]) -> Findings:
    """Run it in a loop of its own, beside that of the reactor."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asking).result(20)


def answer(
    request: Request, code: int = 200, contact: str = "", tag: str = "t", body: bytes = b""
) -> Response:
    to = first(request.headers, "To") or ""
    headers = [("Via", one) for one in every(request.headers, "Via")]
    headers += [("From", first(request.headers, "From") or "")]
    headers += [("To", to if "tag=" in to else f"{to};tag={tag}")]
    headers += [(name, first(request.headers, name) or "") for name in ("Call-ID", "CSeq")]
    if contact:
        headers.append(("Contact", contact))
    return Response(code=code, reason="-", headers=tuple(headers), body=body)


class Recorder(asyncio.DatagramProtocol):
    """Answers what ``behave`` says; keeps what came."""

    def __init__(self, behave: Behave) -> None:
        self.behave = behave
        self.came: list[Request] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = self.take(data)
        if response is not None:
            self.transport.sendto(response, addr)

    def take(self, data: bytes) -> bytes | None:
        message = parse_message(data)
        assert isinstance(message, Request)
        self.came.append(message)
        response = None if message.method == "ACK" else self.behave(message)
        return None if response is None else render_message(response)

    async def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        framer = StreamFramer()
        while data := await reader.read(65_536):
            for message in framer.feed(data):
                writer.write(self.take(message) or b"")
        writer.close()

    def methods(self) -> list[str]:
        return [one.method for one in self.came]


async def over_udp(recorder: Recorder) -> Findings:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: recorder, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    try:
        found = await Probe(f"sip:127.0.0.1:{port}").run()
        await asyncio.sleep(0.05)  # the last request has no answer that could be waited for
        return found
    finally:
        transport.close()


async def over_tcp(recorder: Recorder) -> Findings:
    server = await asyncio.start_server(recorder.connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        return await Probe(f"sip:127.0.0.1:{port};transport=tcp").run()
    finally:
        server.close()


def right(request: Request) -> Response | None:
    if "tag=nobody" in (first(request.headers, "To") or ""):
        return answer(request, 481)
    if request.method == "INVITE":
        via = first(request.headers, "Via") or ""
        transport = ";transport=tcp" if "TCP" in via else ""
        place = request.uri.rpartition("@")[2].partition(";")[0]
        return answer(request, contact=f"<sip:here@{place}{transport}>", body=SDP)
    return answer(request)


@pytest.mark.parametrize("over", [over_udp, over_tcp])
def test_a_recorder_that_is_right_is_found_right(
    over: Callable[[Recorder], Coroutine[Any, Any, Findings]],
):
    found = play(over(Recorder(right)))
    assert (found.options, found.stray_bye, found.invite, found.refresh) == (200, 481, 200, 200)
    assert (found.contact_options, found.bye, found.trouble) == (200, 200, "")


def test_nothing_is_repeated_over_tcp():
    recorder = Recorder(right)
    found = play(over_tcp(recorder))
    assert found.reliable
    assert recorder.methods() == [
        "OPTIONS",
        "BYE",
        "INVITE",
        "ACK",
        "OPTIONS",
        "INVITE",
        "ACK",
        "BYE",
    ]


def test_requests_inside_the_session_go_to_its_contact_with_the_cseq_of_the_invite():
    recorder = Recorder(right)
    play(over_udp(recorder))
    ack = next(one for one in recorder.came if one.method == "ACK")
    invite = next(one for one in recorder.came if one.method == "INVITE")
    assert ack.uri.startswith("sip:here@")
    assert first(ack.headers, "CSeq") == (first(invite.headers, "CSeq") or "").replace(
        "INVITE", "ACK"
    )
    assert recorder.came[-1].method == "BYE"
    assert recorder.came[-1].uri.startswith("sip:here@")


def test_a_200_without_contact_is_found():
    found = play(over_udp(Recorder(lambda one: answer(one, body=SDP if one.body else b""))))
    assert (found.invite, found.contact) == (200, "")


def test_a_contact_without_brackets_is_taken():
    def behave(request: Request) -> Response:
        place = request.uri.rpartition("@")[2].partition(";")[0].removeprefix("sip:")
        return answer(request, contact=f"sip:bare@{place}", body=SDP if request.body else b"")

    found = play(over_udp(Recorder(behave)))
    assert found.contact.startswith("sip:bare@")
    assert found.contact_options == 200


def test_an_invite_that_is_refused_gets_its_ack():
    recorder = Recorder(lambda one: answer(one, 486 if one.method == "INVITE" else 200))
    found = play(over_udp(recorder))
    assert found.invite == 486
    assert recorder.methods()[-2:] == ["INVITE", "ACK"]
    vias = [first(one.headers, "Via") for one in recorder.came[-2:]]
    assert vias[0] == vias[1]


def test_a_session_that_rings_first_is_waited_for():
    class Slow(Recorder):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            message = parse_message(data)
            if isinstance(message, Request) and message.method == "INVITE":
                self.transport.sendto(render_message(answer(message, 180)), addr)
                later = asyncio.get_running_loop().call_later
                later(0.8, super().datagram_received, data, addr)
                return
            super().datagram_received(data, addr)

    found = play(over_udp(Slow(right)))
    assert found.invite == 200


def test_where_nobody_listens_the_trouble_is_told():
    async def ask() -> Findings:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await Probe(f"sip:127.0.0.1:{port};transport=tcp").run()

    found = play(ask())
    assert found.trouble
    assert not found.options


def test_two_probes_have_no_identifier_in_common():
    recorder = Recorder(right)
    play(over_udp(recorder))
    play(over_udp(recorder))
    ids = [first(one.headers, "Call-ID") for one in recorder.came]
    half = len(ids) // 2
    assert not set(ids[:half]) & set(ids[half:])


def test_who_chokes_on_a_repeated_invite_is_asked_the_rest_in_another_session():
    calls: dict[str, int] = {}

    def behave(request: Request) -> Response | None:
        call_id = first(request.headers, "Call-ID") or ""
        if request.method == "INVITE" and "tag=" not in (first(request.headers, "To") or ""):
            calls[call_id] = calls.get(call_id, 0) + 1
        return None if calls.get(call_id, 0) > 1 else right(request)

    found = play(over_udp(Recorder(behave)))
    assert not found.repeated_seen
    assert (found.invite, found.refresh, found.contact_options, found.bye) == (200,) * 4
