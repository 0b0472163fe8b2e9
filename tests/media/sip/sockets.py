"""Real sockets of the SIP transports on loopback, certificates for a lab, and waiting."""

import datetime
import ipaddress
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tlibsim.media.sip.agent import UserAgent
from tlibsim.media.sip.layer import answer_headers
from tlibsim.media.sip.message import Request, Response, first, parse_message, render_message
from tlibsim.media.sip.transports import Binding, ReactorClock, SipTransports
from tlibsim.media.sip.values import Hop, Settings, Traffic

SECONDS = 5.0


async def until(true: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait for something; an AssertionError when it does not come."""
    for _ in range(int(seconds / 0.01)):
        if true():
            return
        await deferLater(reactor, 0.01, lambda: None)
    raise AssertionError("it did not come in time")


class Authority:
    """A throw-away certificate authority; ``pem`` is what clients must trust."""

    def __init__(self, name: str = "lab authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, *names: str) -> bytes:
        """A certificate for these names or addresses, with its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = (
            self._builder(subject, key)
            .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def _builder(self, subject: x509.Name, key: Any) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=1))
        )


def _general(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


class Recorder:
    """A small recorder on real sockets: 200 to everything, SDP to each INVITE."""

    def __init__(self, transports: SipTransports, contact: str = "") -> None:
        self.transports = transports
        self.contact = contact
        self.heard: list[tuple[Request, Hop]] = []
        self.body = (
            b"v=0\r\no=r 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            b"m=audio 42000 RTP/AVP 0\r\na=recvonly\r\n"
        )

    def received(self, data: bytes, hop: Hop) -> None:
        message = parse_message(data)
        if not isinstance(message, Request):
            return
        self.heard.append((message, hop))
        if message.method == "ACK":
            return
        invite = message.method == "INVITE"
        kind = (("Content-Type", "application/sdp"),) if invite else ()
        response = Response(
            code=200,
            reason="OK",
            headers=(
                *answer_headers(message, hop, "rec"),
                ("Contact", f"<{self.contact or message.uri}>"),
                *kind,
            ),
            body=self.body if invite else b"",
        )
        self.transports.send(render_message(response), hop, lambda _: None)

    def methods(self) -> list[str]:
        return [request.method for request, _ in self.heard]

    def connections(self) -> set[int]:
        return {hop.connection for _, hop in self.heard}

    def via(self) -> str:
        return first(self.heard[-1][0].headers, "Via") or ""


@asynccontextmanager
async def opened(transports: SipTransports, receiver: Any) -> AsyncIterator[SipTransports]:
    transports.open(receiver)
    try:
        yield transports
    finally:
        transports.close()
        await until(lambda: transports.connections == 0)


@asynccontextmanager
async def agent_on(
    transports: SipTransports,
    traffic: Callable[[Traffic], None] | None = None,
    **settings: Any,
) -> AsyncIterator[UserAgent]:
    agent = UserAgent(
        transports, ReactorClock(reactor), random.Random(1), Settings(**settings), traffic
    )
    agent.open()
    try:
        yield agent
    finally:
        agent.close()
        await until(lambda: transports.connections == 0)


def plain_transports(**binding: Any) -> SipTransports:
    return SipTransports(reactor, Binding(**binding))
