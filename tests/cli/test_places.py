"""Whether a port is free, and whether somebody answers OPTIONS, on this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tlibsim.cli.sipping import ask_options, place_of
from tlibsim.net.ports import trouble_at

HERE = "127.0.0.1"


@contextmanager
def listening() -> Iterator[int]:
    with socket.create_server((HERE, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_is_free_until_somebody_listens() -> None:
    with listening() as port:
        assert trouble_at(HERE, port) == "taken"
    assert trouble_at(HERE, port) == ""


@contextmanager
def user_agent(*codes: int) -> Iterator[int]:
    """Answers the first OPTIONS with these codes, in order; gives its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((HERE, 0))
        line.settimeout(5)

        def answer() -> None:
            data, peer = line.recvfrom(65_535)
            echoed = [
                one
                for one in data.decode().split("\r\n")
                if one.startswith(("Via", "From", "To", "Call-ID", "CSeq"))
            ]
            line.sendto(b"\x00\x01 no SIP at all", peer)
            for code in codes:
                head = "\r\n".join((f"SIP/2.0 {code} Words", *echoed, "Content-Length: 0"))
                line.sendto(f"{head}\r\n\r\n".encode(), peer)

        thread = threading.Thread(target=answer)
        thread.start()
        yield line.getsockname()[1]
        thread.join(5)


def test_the_final_answer_to_options_counts() -> None:
    with user_agent(100, 200) as port:
        answer = ask_options(f"sip:{HERE}:{port}", 5)

    assert answer.code == 200
    assert answer.ms > 0


def test_silence_and_a_closed_port_are_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((HERE, 0))
        port = line.getsockname()[1]
        assert ask_options(f"sip:{HERE}:{port}", 0.1).why == "nothing came within 0.1 s"
    closed = ask_options(f"sip:{HERE}:{port}", 0.5)
    assert closed.code == 0
    assert closed.why


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("sip:127.0.0.1:5080", ("127.0.0.1", 5080)),
        ("sip:rec@[::1]:5090;transport=udp", ("::1", 5090)),
        ("SIP:host.example", ("host.example", 5060)),
    ],
)
def test_a_place_is_read_from_an_address(uri: str, place: tuple[str, int]) -> None:
    assert place_of(uri) == place


def test_what_is_no_address_is_told() -> None:
    assert "is no sip: address" in ask_options("127.0.0.1:5080").why
