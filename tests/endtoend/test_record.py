"""``tlibsim record`` between a real client and a real server, over loopback, in three processes."""

import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.endtoend.programs import SCENARIOS, interrupted, started, tlibsim
from tlibproto.codec import decode, encode
from tlibproto.framing import FrameDecoder, encode_frame
from tlibproto.messages import EventLinkConnected, RequestRegisterClient
from tlibsim.net.client import PROTOCOL_VERSION

pytestmark = pytest.mark.timeout(110)
CARD = "4111111111111111"


def test_a_session_is_written_safely_and_can_be_played_again(tmp_path: Path) -> None:
    with started("serve", "--bed", SCENARIOS, "--port", "0", "--quiet", cwd=tmp_path) as server:
        assert server.stdout is not None
        upstream = json.loads(server.stdout.readline())["tlib"]
        words = ("--upstream", f"{upstream['host']}:{upstream['port']}", "--out", "captures")
        with started("record", "--listen", ":0", *words, cwd=tmp_path) as proxy:
            assert proxy.stderr is not None
            where = proxy.stderr.readline().split()[2].strip(",")
            host, _, port = where.rpartition(":")
            assert host == "127.0.0.1"
            there = ("--host", host, "--port", port, "--name", "wde")
            done = tlibsim(
                "client", "send", "MakeCall", "ThisDN=7001", "OtherDN=7002",
                f'UserData={{card: "{CARD}"}}', *there, cwd=tmp_path,
            )  # fmt: skip
            told, _ = interrupted(proxy)

    assert "EventDialing" in done.stdout, done.stdout + done.stderr
    assert proxy.returncode == 0
    assert told.startswith("wrote captures/session-1.tlc: 1 client · ")
    session = tmp_path / "captures" / "session-1.tlc"
    text = session.read_text(encoding="ascii")
    assert CARD not in text
    assert CARD.encode().hex() not in text
    assert session.stat().st_mode & 0o077 == 0
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds[0] == "connected"
    assert "request" in kinds
    made = tlibsim("scenario", "from-log", session, "-o", "made.yaml", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert tlibsim("scenario", "lint", "made.yaml", cwd=tmp_path).returncode == 0


def test_a_server_that_is_not_there_is_told_and_the_client_is_sent_away(tmp_path: Path) -> None:
    words = ("--listen", ":0", "--upstream", "127.0.0.1:1", "--out", tmp_path)
    with started("record", *words) as proxy:
        assert proxy.stderr is not None
        host, _, port = proxy.stderr.readline().split()[2].strip(",").rpartition(":")
        done = tlibsim("client", "watch", "7001", "--host", host, "--port", port)
        assert done.returncode != 0
        assert "the server was not reached" in proxy.stderr.readline()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this test, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def test_a_client_that_speaks_tls_is_recorded_in_clear(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    opening = RequestRegisterClient(
        protocol_version=PROTOCOL_VERSION, session_id=0, application_name="wde"
    )
    with started("serve", "--bed", SCENARIOS, "--port", "0", "--quiet", cwd=tmp_path) as server:
        assert server.stdout is not None
        upstream = json.loads(server.stdout.readline())["tlib"]
        words = ("--upstream", f"{upstream['host']}:{upstream['port']}", "--out", tmp_path)
        tls = ("--tls-cert", cert, "--tls-key", key)
        with started("record", "--listen", ":0", *words, *tls) as proxy:
            assert proxy.stderr is not None
            host, _, port = proxy.stderr.readline().split()[2].strip(",").rpartition(":")
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with (
                socket.create_connection((host, int(port)), timeout=20) as plain,
                context.wrap_socket(plain) as client,
            ):
                client.sendall(encode_frame(encode(opening)))
                decoder, units = FrameDecoder(), []
                while not units:
                    units += list(decoder.feed(client.recv(65536)))
            assert isinstance(units[0], bytes)
            assert isinstance(decode(units[0]), EventLinkConnected)
            told, _ = interrupted(proxy)

    assert "2 messages" in told
    assert '"wde"' in (tmp_path / "session-1.tlc").read_text(encoding="ascii")
