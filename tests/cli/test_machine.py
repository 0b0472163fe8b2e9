"""What on this machine stands in the way of a configuration."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tlibsim.cli.machine import of_machine
from tlibsim.config import load

HERE = "127.0.0.1"


def said(text: str) -> Sequence[str]:
    return [str(one) for one in of_machine(load(text))]


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


@contextmanager
def taken(kind: int) -> Iterator[int]:
    with socket.socket(type=kind) as holder:
        holder.bind((HERE, 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        yield int(holder.getsockname()[1])


def certificate(days: int) -> bytes:
    """A certificate of this machine with its key, which ends in so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    end = datetime.now(UTC) + timedelta(days=days, hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - timedelta(days=400))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    kind = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM) + pem


def test_a_port_that_is_free_and_reached_is_good() -> None:
    port = free_port()

    assert said(f"listen: [{{port: {port}}}]") == [
        f"  ok    listen tlib: {HERE}:{port} is free"
    ]


def test_who_has_a_port_is_told() -> None:
    with taken(socket.SOCK_STREAM) as port:
        (line,) = said(f"listen: [{{port: {port}}}]")

    assert line.startswith(f"  warn  listen tlib: {HERE}:{port} is taken by ")
    assert "(pid " in line


def test_an_address_that_this_machine_does_not_have_is_told() -> None:
    line, _ = said(f"listen: [{{host: 192.0.2.1, port: {free_port()}}}]")

    assert line.startswith("  warn  listen tlib: 192.0.2.1:")
    assert "cannot be used" in line


def test_a_listener_for_the_whole_network_is_noted() -> None:
    lines = said(f"listen: [{{host: 0.0.0.0, port: {free_port()}}}]")

    assert lines[0].startswith("  ok")
    assert lines[1] == (
        "  note  listen tlib: listens on all addresses: "
        "other machines get in if the firewall lets them"
    )


@pytest.mark.parametrize("key", ["port", "first_rtp_port", "last_rtp_port"])
def test_ports_of_sip_and_sound_are_looked_at(key: str) -> None:
    with taken(socket.SOCK_DGRAM) as port:
        text = f"listen: [{{port: 0}}]\nrecording-client: {{{key}: {port}}}"
        (line,) = said(text)

    assert line.startswith("  warn  ")
    assert line.endswith(f"udp {HERE}:{port} cannot be used: address already in use")


def test_a_name_that_leads_somewhere_is_told_with_its_address() -> None:
    lines = said("listen: [{port: 0}]\nrecorder: {sip_uri: 'sip:rec@localhost:5080'}")

    assert len(lines) == 1
    assert lines[0].startswith("  ok    the name localhost is ")
    assert HERE in lines[0]


def test_a_name_that_leads_nowhere_is_a_warning() -> None:
    text = "listen: [{port: 0}]\nrecorders: [{name: a, address: 'sip:rec.invalid:5080'}]"
    (line,) = said(text)

    assert line.startswith("  warn  the name rec.invalid leads nowhere: ")


@pytest.mark.parametrize(
    ("days", "level", "told"),
    [
        (100, "ok", "is valid until"),
        (3, "warn", "is valid until"),
        (-2, "warn", "has run out on"),
    ],
)
def test_the_end_of_a_certificate_is_told(
    tmp_path: Path, days: int, level: str, told: str
) -> None:
    file = tmp_path / "own.pem"
    file.write_bytes(certificate(days))
    text = f"listen: [{{port: 0}}]\nrecording-client: {{certificate: '{file}', tls_port: 0}}"
    (line,) = said(text)

    assert line.startswith(f"  {level:<5} recording-client.certificate: {file} {told} ")


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_certificate_that_cannot_be_used_is_told(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_bytes(content)
    (line,) = said(f"listen: [{{port: 0}}]\nrecording-client: {{certificate: '{file}'}}")

    assert line.startswith(f"  warn  recording-client.certificate: {file} cannot be used: ")


def test_a_tls_port_needs_a_certificate() -> None:
    (line,) = said("listen: [{port: 0}]\nrecording-client: {tls_port: 0}")

    assert line == "  warn  recording-client.tls-port needs recording-client.certificate"


def test_whom_tls_trusts_is_noted_where_nothing_says_it() -> None:
    text = "listen: [{port: 0}]\nrecorders: [{name: acme, address: 'sips:127.0.0.1:5081'}]"
    (line,) = said(text)

    assert line.startswith("  note  TLS to acme: its certificate must be of an authority")
