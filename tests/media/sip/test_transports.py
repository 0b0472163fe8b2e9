"""UDP, TCP and TLS on loopback: reuse of connections, private authorities, wrong names."""

import socket
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor

from tests.media.sip.sockets import (
    Authority,
    Recorder,
    agent_on,
    opened,
    plain_transports,
    until,
)
from tests.media.sip.wire import Notes, offer
from tlibsim.media.sip.tls import TlsSettings, check, client_context, server_context
from tlibsim.media.sip.transports import Binding, SipTransports
from tlibsim.media.sip.values import Hop, InviteRequest, LegState, OptionsResult, Transport


def order(uri: str, **more: Any) -> InviteRequest:
    return InviteRequest(request_uri=uri, offer=offer(), **more)


def secured(
    certificate: bytes = b"", authorities: bytes = b"", verify: bool = True, **binding: Any
) -> SipTransports:
    settings = TlsSettings(authorities=authorities, certificate=certificate, verify=verify)
    return SipTransports(
        reactor,
        Binding(tls_port=0 if certificate else None, **binding),
        lambda name: client_context(settings, name),
        (lambda: server_context(settings)) if certificate else None,
    )


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
@pytest_twisted.ensureDeferred
async def test_a_leg_lives_from_invite_to_bye_over(transport: Transport) -> None:
    server, notes = plain_transports(), Notes()
    recorder = Recorder(server)
    async with opened(server, recorder.received), agent_on(plain_transports()) as agent:
        leg = agent.invite(order(f"sip:r@127.0.0.1:{server.port}", transport=transport), notes)
        await until(lambda: leg.state is LegState.UP)
        leg.reinvite(offer(2, "inactive"))
        await until(lambda: "reinvite_done" in notes.names())
        leg.bye()
        await until(lambda: leg.state is LegState.ENDED)

    assert recorder.methods() == ["INVITE", "ACK", "INVITE", "ACK", "BYE"]
    assert notes.names() == ["answered", "reinvite_done", "ended"]
    assert recorder.via().startswith(f"SIP/2.0/{transport.name} 127.0.0.1:")


@pytest_twisted.ensureDeferred
async def test_one_connection_serves_all_legs_to_a_recorder() -> None:
    server, notes = plain_transports(), Notes()
    recorder = Recorder(server)
    client = plain_transports()
    async with opened(server, recorder.received), agent_on(client) as agent:
        legs = [
            agent.invite(order(f"sip:r@127.0.0.1:{server.port};transport=tcp"), notes)
            for _ in range(20)
        ]
        await until(lambda: all(leg.state is LegState.UP for leg in legs))
        assert client.connections == 1

    assert len(recorder.connections()) == 1


@pytest_twisted.ensureDeferred
async def test_requests_of_the_recorder_come_over_a_connection_of_its_own_too() -> None:
    server, notes = plain_transports(), Notes()
    recorder = Recorder(server)
    client = plain_transports()
    async with opened(server, recorder.received), agent_on(client) as agent:
        leg = agent.invite(order(f"sip:r@127.0.0.1:{server.port}"), notes)
        await until(lambda: leg.state is LegState.UP)
        invite = recorder.heard[0][0]
        ours = dict(invite.headers)
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            connection.setblocking(False)
            connection.sendall(
                f"BYE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKx\r\n"
                f"From: {ours['To']};tag=rec\r\nTo: {ours['From']}\r\n"
                f"Call-ID: {ours['Call-ID']}\r\nCSeq: 9 BYE\r\nContent-Length: 0\r\n\r\n".encode()
            )
            await until(lambda: leg.state is LegState.ENDED)
            got: list[bytes] = []

            def readable() -> bool:
                try:
                    got.append(connection.recv(4096))
                except BlockingIOError:
                    return False
                return True

            await until(readable)

    assert got[0].startswith(b"SIP/2.0 200 OK\r\n")


@pytest_twisted.ensureDeferred
async def test_a_connection_that_was_lost_between_requests_is_made_anew() -> None:
    server, notes = plain_transports(), Notes()
    recorder = Recorder(server)
    client = plain_transports()
    async with opened(server, recorder.received), agent_on(client) as agent:
        leg = agent.invite(order(f"sip:r@127.0.0.1:{server.port};transport=tcp"), notes)
        await until(lambda: leg.state is LegState.UP)
        await until(lambda: "ACK" in recorder.methods())
        server.drop_connections()
        await until(lambda: client.connections == 0)
        leg.reinvite(offer(2, "inactive"))
        await until(lambda: "reinvite_done" in notes.names())

    assert len(recorder.connections()) == 2
    assert "ended" not in notes.names()


@pytest_twisted.ensureDeferred
async def test_a_connection_over_which_no_answer_came_is_given_up() -> None:
    notes = Notes()
    client = plain_transports()
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        uri = f"sip:r@127.0.0.1:{mute.getsockname()[1]};transport=tcp"
        async with agent_on(client, invite_timeout=0.3) as agent:
            agent.invite(order(uri), notes)
            await until(lambda: client.connections == 1)
            await until(lambda: bool(notes.events))
            await until(lambda: client.connections == 0)

    assert notes.failure.cause == "no answer in 0.3 s"


@pytest_twisted.ensureDeferred
async def test_a_refused_connection_fails_the_leg_at_once() -> None:
    notes = Notes()
    async with agent_on(plain_transports()) as agent:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
            agent.invite(order(f"sip:r@127.0.0.1:{port};transport=tcp"), notes)
            await until(lambda: bool(notes.events), 2.0)

    assert notes.failure.cause.startswith("cannot connect: ")
    assert not notes.failure.answered


@pytest_twisted.ensureDeferred
async def test_a_connection_that_is_lost_fails_what_was_not_answered() -> None:
    notes = Notes()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        accepted: list[socket.socket] = []

        def connected() -> bool:
            try:
                accepted.append(listener.accept()[0])
            except BlockingIOError:
                return False
            return True

        async with agent_on(plain_transports()) as agent:
            port = listener.getsockname()[1]
            agent.invite(order(f"sip:r@127.0.0.1:{port};transport=tcp"), notes)
            await until(connected)
            accepted[0].close()
            await until(lambda: bool(notes.events), 2.0)

    assert notes.failure.cause.startswith("connection lost: ")


@pytest_twisted.ensureDeferred
async def test_a_peer_that_sends_no_sip_on_a_stream_is_thrown_out() -> None:
    client = plain_transports()
    async with agent_on(client):
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            await until(lambda: client.connections == 1)
            connection.sendall(b"x: y\r\n" * 20_000)
            await until(lambda: client.connections == 0)


@pytest_twisted.ensureDeferred
async def test_the_number_of_connections_is_bounded() -> None:
    client = plain_transports(max_connections=2)
    async with agent_on(client), AsyncExitStack() as stack:
        for _ in range(4):
            stack.enter_context(socket.create_connection(("127.0.0.1", client.port)))
        await until(lambda: client.connections == 2)
        notes = Notes()
        told: list[str] = []
        hop = Hop(transport=Transport.TCP, host="127.0.0.1", port=9)
        client.send(b"x", hop, told.append)
        assert told == []
        await until(lambda: told == ["too many connections"])
        assert notes.events == []


@pytest_twisted.ensureDeferred
async def test_a_host_name_is_looked_up_and_an_unknown_one_is_told() -> None:
    server = plain_transports()
    recorder = Recorder(server)
    told: list[OptionsResult] = []
    async with opened(server, recorder.received), agent_on(plain_transports()) as agent:
        agent.options(f"sip:localhost:{server.port}", told.append)
        await until(lambda: len(told) == 1)
        agent.options("sip:no-such-host.invalid:5060", told.append)
        await until(lambda: len(told) == 2, 10.0)

    assert told[0].code == 200
    assert told[1].code == 0
    assert "no-such-host.invalid" in told[1].cause


@pytest_twisted.ensureDeferred
async def test_a_datagram_that_is_too_long_fails_its_leg() -> None:
    notes = Notes()
    async with agent_on(plain_transports()) as agent:
        agent.invite(order("sip:r@127.0.0.1:9", headers=(("X-Long", "x" * 70_000),)), notes)
        await until(lambda: bool(notes.events), 2.0)

    assert notes.failure.cause.startswith("cannot send")


@pytest_twisted.ensureDeferred
async def test_udp_and_tcp_have_the_same_port_and_a_taken_port_is_an_error() -> None:
    first, second = plain_transports(), None
    async with opened(first, lambda *_: None):
        second = plain_transports(port=first.port)
        with pytest.raises(OSError, match="cannot listen"):
            second.open(lambda *_: None)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", first.port), 1)  # loopback only, one address
        socket.create_connection(("127.0.0.1", first.port), 1).close()


@pytest_twisted.ensureDeferred
async def test_an_address_for_everybody_is_shown_as_the_one_that_the_peer_can_reach() -> None:
    anywhere = plain_transports(host="0.0.0.0")
    async with opened(anywhere, lambda *_: None):
        hop = Hop(transport=Transport.UDP, host="127.0.0.1", port=5060)
        assert anywhere.local(hop) == ("127.0.0.1", anywhere.port)
    named = plain_transports(advertised="sim.example")
    async with opened(named, lambda *_: None):
        assert named.local(hop) == ("sim.example", named.port)


# TLS.


@pytest_twisted.ensureDeferred
async def test_a_leg_over_tls_with_a_private_authority() -> None:
    authority, notes = Authority(), Notes()
    server = secured(certificate=authority.issue("127.0.0.1", "localhost"))
    recorder = Recorder(server)
    client = secured(authorities=authority.pem)
    async with opened(server, recorder.received), agent_on(client) as agent:
        recorder.contact = f"sips:rec@127.0.0.1:{server.tls_port}"
        leg = agent.invite(order(f"sips:r@localhost:{server.tls_port}"), notes)
        await until(lambda: leg.state is LegState.UP)
        leg.bye()
        await until(lambda: leg.state is LegState.ENDED)
        assert client.connections == 1  # the Contact is the peer of the open connection

    assert recorder.methods() == ["INVITE", "ACK", "BYE"]
    assert recorder.via().startswith("SIP/2.0/TLS ")


async def refused(server: SipTransports, client: SipTransports, host: str) -> str:
    recorder, notes = Recorder(server), Notes()
    async with opened(server, recorder.received), agent_on(client) as agent:
        agent.invite(order(f"sips:r@{host}:{server.tls_port}"), notes)
        await until(lambda: bool(notes.events))
    assert recorder.heard == []
    assert not notes.failure.answered
    return notes.failure.cause


@pytest_twisted.ensureDeferred
async def test_a_certificate_for_another_host_is_refused() -> None:
    authority = Authority()
    server = secured(certificate=authority.issue("other.example", "127.0.0.9"))
    for host in ("localhost", "127.0.0.1"):
        assert await refused(server, secured(authorities=authority.pem), host)


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    server = secured(certificate=Authority().issue("localhost"))
    cause = await refused(server, secured(authorities=Authority("other").pem), "localhost")

    assert "certificate verify failed" in cause


@pytest_twisted.ensureDeferred
async def test_a_lab_may_switch_the_verification_off() -> None:
    notes = Notes()
    server = secured(certificate=Authority().issue("other.example"))
    recorder = Recorder(server)
    async with (
        opened(server, recorder.received),
        agent_on(secured(verify=False)) as agent,
    ):
        leg = agent.invite(order(f"sips:r@127.0.0.1:{server.tls_port}"), notes)
        await until(lambda: leg.state is LegState.UP)


@pytest_twisted.ensureDeferred
async def test_without_tls_a_secure_recorder_fails_with_the_reason() -> None:
    notes = Notes()
    async with agent_on(plain_transports()) as agent:
        agent.invite(order("sips:r@127.0.0.1:5061"), notes)
        await until(lambda: bool(notes.events))

    assert notes.failure.cause == "TLS is not configured"


@pytest_twisted.ensureDeferred
async def test_pem_texts_without_a_certificate_fail_with_the_reason() -> None:
    notes = Notes()
    async with agent_on(secured(authorities=b"nothing")) as agent:
        agent.invite(order("sips:r@127.0.0.1:5061"), notes)
        await until(lambda: bool(notes.events))

    assert "no certificate of an authority" in notes.failure.cause


JUNK = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        (TlsSettings(authorities=JUNK), "authority cannot be read"),
        (TlsSettings(authorities=b"nothing"), "no certificate of an authority"),
        (TlsSettings(certificate=JUNK), "our certificate or its key cannot be read"),
        (TlsSettings(certificate=b"junk"), "our certificate or its key cannot be read"),
    ],
)
def test_pem_texts_that_cannot_be_read_are_told_at_the_start(
    settings: TlsSettings, cause: str
) -> None:
    with pytest.raises(ValueError, match=cause):
        check(settings)
    with pytest.raises(ValueError, match=cause):
        client_context(settings, "localhost")


def test_the_private_key_is_not_in_the_words_for_people() -> None:
    assert "PRIVATE" not in repr(TlsSettings(certificate=Authority().issue("localhost")))
