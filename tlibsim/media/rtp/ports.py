"""Pairs of UDP ports, even for RTP and the next one for RTCP, and the files they need.

Sockets do not block.  A range that is used up and a limit of open files that is too low are
told as :class:`RtpError` before anything was taken.
"""

import resource
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator

from tlibsim.media.rtp.values import RtpError, RtpSettings

_DESCRIPTORS = 2
_TRIES = 200
_RECEIVE_BUFFER = 8192
"""Small: what a recorder sends on the port of the sound is never read."""


class PortPair:
    """Two bound sockets.  Whoever reserved them closes them, unless a stream has them."""

    __slots__ = ("_closed", "_give_back", "port", "rtcp", "rtp")

    def __init__(
        self, rtp: socket.socket, rtcp: socket.socket, port: int, give_back: Callable[[], None]
    ) -> None:
        self.rtp = rtp
        self.rtcp = rtcp
        self.port = port
        self._give_back = give_back
        self._closed = False

    def close(self) -> None:
        """Give both ports back; once more does no harm."""
        if not self._closed:
            self._closed = True
            self.rtp.close()
            self.rtcp.close()
            self._give_back()


class Ports:
    """Hands out pairs of ports in turn, so that a port rests before it is used again."""

    def __init__(self, settings: RtpSettings) -> None:
        self._settings = settings
        first = settings.first_port + settings.first_port % 2
        self._range = deque(range(first, settings.last_port, 2) if first else ())
        self._count = threading.Lock()
        self._in_use = 0
        self.most = settings.max_streams

    @property
    def free(self) -> int:
        """How many pairs there may still be."""
        return max(self.most - self._in_use, 0)

    def prepare(self) -> tuple[str, ...]:
        """Raise the limit of open files; return what is wrong if it stays too low."""
        wanted = self._settings.max_streams * _DESCRIPTORS + self._settings.spare_files
        soft = allow_open_files(wanted)
        self.most = min(self.most, max(soft - self._settings.spare_files, 0) // _DESCRIPTORS)
        if soft >= wanted:
            return ()
        room = f"the system allows {soft} open files, so there is room for {self.most} streams"
        advice = f"raise the hard limit (ulimit -Hn) to {wanted}"
        return (f"{room}, not {self._settings.max_streams}: {advice}",)

    def reserve(self) -> PortPair:
        """Bind a pair; raises RtpError."""
        if not self.free:
            raise RtpError(f"all {self.most} streams are in use")
        if self._settings.first_port:
            return self._from_range()
        return self._from_system()

    def _from_range(self) -> PortPair:
        for port in self._in_turn():
            pair = self._bound(port)
            if pair is not None:
                return pair
        low, high = self._settings.first_port, self._settings.last_port
        raise RtpError(f"no pair of UDP ports is free from {low} to {high}")

    def _in_turn(self) -> Iterator[int]:
        for _ in range(len(self._range)):
            port = self._range[0]
            self._range.rotate(-1)
            yield port

    def _from_system(self) -> PortPair:
        for _ in range(_TRIES):
            with self._socket() as probe:
                probe.bind((self._settings.host, 0))
                port = int(probe.getsockname()[1]) & ~1
            pair = self._bound(port)
            if pair is not None:
                return pair
        raise RtpError(f"no pair of UDP ports is free on {self._settings.host}")

    def _bound(self, port: int) -> PortPair | None:
        """Bind both ports, or none."""
        rtp = self._socket()
        try:
            rtcp = self._socket()
        except RtpError:
            rtp.close()
            raise
        try:
            rtp.bind((self._settings.host, port))
            rtcp.bind((self._settings.host, port + 1))
        except OSError:
            rtp.close()
            rtcp.close()
            return None
        with self._count:
            self._in_use += 1
        return PortPair(rtp, rtcp, port, self._give_back)

    def _give_back(self) -> None:
        with self._count:
            self._in_use -= 1

    def _socket(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        try:
            made = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise RtpError(f"no more sockets: {error.strerror}") from error
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        return made


def allow_open_files(wanted: int) -> int:
    """Raise the soft limit of open files as far as needed and allowed; return what it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted if soft == resource.RLIM_INFINITY else soft
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
