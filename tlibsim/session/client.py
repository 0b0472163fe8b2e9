"""One connected client, without its socket: what it said of itself, and its keep-alive."""

from typing import NewType

from tlibproto.framing import FrameDecoder, Limits
from tlibsim.config import Settings
from tlibsim.session.addp import Addp

ClientId = NewType("ClientId", int)
"""The server's number of a connection, from 1; EventLinkConnected tells it to the client."""


class Client:
    """A connection from accept to close.

    ``mask`` is None (all events pass) or the set of message numbers that pass.
    """

    __slots__ = (
        "addp",
        "charset",
        "closing",
        "decoder",
        "id",
        "listener",
        "mask",
        "name",
        "open",
        "peer",
        "session_id",
    )

    def __init__(
        self, client_id: ClientId, *, limits: Limits, charset: str, listener: str, peer: str
    ) -> None:
        self.id = client_id
        self.charset = charset
        self.listener = listener
        self.peer = peer
        self.decoder = FrameDecoder(limits)
        self.addp = Addp()
        self.name = ""
        self.open = False
        self.closing = ""
        self.mask: frozenset[int] | None = None
        self.session_id = 0

    def __repr__(self) -> str:
        return f"<Client {self.id} {self.name!r} {self.peer}>"


def limits_of(settings: Settings) -> Limits:
    """What bounds the messages of a connection, and their lists."""
    limits = settings.limits
    return Limits(
        max_message_bytes=limits.max_message_bytes,
        max_depth=limits.max_depth,
        max_pairs=limits.max_pairs,
    )
