"""Pairs of ports: even, in turn, bounded, given back."""

import resource
import socket

import pytest

from tlibsim.media.rtp import ports
from tlibsim.media.rtp.ports import Ports
from tlibsim.media.rtp.values import RtpError, RtpSettings


@pytest.fixture
def even_port() -> int:
    """A pair of ports that nobody has at the moment."""
    pair = Ports(RtpSettings()).reserve()
    pair.close()
    return pair.port


def test_the_port_of_the_sound_is_even_and_reports_have_the_next() -> None:
    pair = Ports(RtpSettings()).reserve()

    assert pair.port % 2 == 0
    assert pair.rtp.getsockname() == ("127.0.0.1", pair.port)
    assert pair.rtcp.getsockname() == ("127.0.0.1", pair.port + 1)
    pair.close()


def test_a_port_of_the_range_that_is_taken_is_passed_over(even_port: int) -> None:
    settings = RtpSettings(first_port=even_port - 2, last_port=even_port + 2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", even_port - 1))
        pair = Ports(settings).reserve()

    assert pair.port == even_port
    pair.close()


def test_a_port_rests_before_it_is_used_again(even_port: int) -> None:
    some = Ports(RtpSettings(first_port=even_port, last_port=even_port + 6))
    used = []
    for _ in range(3):
        pair = some.reserve()
        used.append(pair.port)
        pair.close()

    assert len(set(used)) == 3


def test_a_range_that_is_used_up_is_told_with_its_ends(even_port: int) -> None:
    some = Ports(RtpSettings(first_port=even_port, last_port=even_port + 1))
    pair = some.reserve()

    with pytest.raises(RtpError, match=f"free from {even_port} to {even_port + 1}"):
        some.reserve()
    pair.close()


def test_no_more_streams_than_allowed_and_what_is_closed_is_free_again() -> None:
    some = Ports(RtpSettings(max_streams=1))
    pair = some.reserve()
    with pytest.raises(RtpError, match="all 1 streams are in use"):
        some.reserve()
    pair.close()
    pair.close()

    assert some.free == 1


def test_a_limit_of_open_files_that_stays_low_leaves_room_for_fewer(monkeypatch) -> None:
    monkeypatch.setattr(ports, "allow_open_files", lambda _wanted: 164)
    some = Ports(RtpSettings(max_streams=1000, spare_files=64))

    (problem,) = some.prepare()

    assert some.free == 50
    assert "164 open files" in problem
    assert "ulimit -Hn) to 2064" in problem


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes(monkeypatch) -> None:
    limits = {"now": (256, 1024)}
    monkeypatch.setattr(resource, "getrlimit", lambda _which: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, new: limits.update(now=new))

    assert ports.allow_open_files(4000) == 1024
    assert limits["now"] == (1024, 1024)
    assert ports.allow_open_files(100) == 1024
