"""The user agent of the recording client: invites recorders, keeps dialogs, answers requests.

The values and protocols of its interface are in :mod:`tlibsim.media.sip.values` and can be
imported from here.  Source: MEDIA.md 3.2.
"""

from collections.abc import Callable

from tlibsim.media.sip.values import (
    SDP_TYPE,
    Agent,
    Answer,
    Clock,
    Credentials,
    End,
    Failure,
    Hop,
    InviteRequest,
    LegHandle,
    LegListener,
    LegState,
    OptionsResult,
    Ping,
    Randomness,
    Settings,
    Side,
    Traffic,
    Transport,
    TransportLayer,
)

__all__ = [
    "SDP_TYPE",
    "Agent",
    "Answer",
    "Clock",
    "Credentials",
    "End",
    "Failure",
    "Hop",
    "InviteRequest",
    "LegHandle",
    "LegListener",
    "LegState",
    "OptionsResult",
    "Ping",
    "Settings",
    "Side",
    "Traffic",
    "Transport",
    "UserAgent",
]


class UserAgent:
    """Everything SIP over one transport layer; runs on the thread of its clock.

    ``traffic``, when set, is told of every message that goes out or comes in.
    """

    def __init__(
        self,
        transports: TransportLayer,
        clock: Clock,
        rng: Randomness,
        settings: Settings | None = None,
        traffic: Callable[[Traffic], None] | None = None,
    ) -> None:
        raise NotImplementedError

    def open(self) -> None:
        """Begin to listen."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop: every leg that is up gets a BYE, nothing more is told."""
        raise NotImplementedError

    def invite(self, request: InviteRequest, listener: LegListener) -> LegHandle:
        """Invite a recorder; a request that cannot be sent fails by the listener."""
        raise NotImplementedError

    def options(
        self,
        uri: str,
        done: Callable[[OptionsResult], None],
        *,
        transport: Transport = Transport.UDP,
        next_hop: Hop | None = None,
        timeout: float = 0.0,
    ) -> Ping:
        """Ask whether a recorder is there; ``done`` is called once, later."""
        raise NotImplementedError
