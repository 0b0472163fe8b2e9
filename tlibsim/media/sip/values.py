"""What is said to and by the SIP user agent: plain values, and the protocols beside it.

Source: MEDIA.md 3.2, 3.3 and 5.  Times are seconds (float), addresses are text, bodies bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from tlibsim.media.sip.sdp import SessionDescription

Headers = tuple[tuple[str, str], ...]
"""Header lines in the order of the message: (name, value)."""

SDP_TYPE = "application/sdp"


class Transport(Enum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"

    @property
    def reliable(self) -> bool:
        return self is not Transport.UDP

    @property
    def default_port(self) -> int:
        return 5061 if self is Transport.TLS else 5060


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """Where bytes go or came from.

    ``host`` is a name or an address without brackets.  ``connection`` is the number that the
    transport layer gave to an open connection; while that is open it is used, else a
    connection to ``host`` and ``port`` is found or made.  0: no preference.  ``server_name`` is
    the name that a TLS certificate must carry when it is not ``host``.
    """

    transport: Transport
    host: str
    port: int
    connection: int = 0
    server_name: str = ""


class Timer(Protocol):
    """A call that is due later; ``cancel`` is legal at any time, also afterwards."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Seconds that only grow, and calls in the future (``delay`` in seconds)."""

    def now(self) -> float: ...
    def call_later(self, delay: float, function: Callable[[], None]) -> Timer: ...


class Randomness(Protocol):
    """What the agent needs of :class:`random.Random`; tests seed it."""

    def getrandbits(self, k: int, /) -> int: ...
    def uniform(self, a: float, b: float) -> float: ...


Received = Callable[[bytes, Hop], None]
"""A whole message (a datagram, or one message cut from a stream) and where it came from."""


class TransportLayer(Protocol):
    """Bytes out and in; neither ``receiver`` nor ``on_error`` is called inside ``send``."""

    def open(self, receiver: Received) -> None:
        """Begin to listen; each message that arrives is handed to ``receiver``."""

    def send(self, data: bytes, hop: Hop, on_error: Callable[[str], None]) -> None:
        """Send one message; ``on_error(cause)`` later if that could not be done."""

    def local(self, hop: Hop) -> tuple[str, int]:
        """Our host and port as the peer at ``hop`` shall see them in Via and Contact."""

    def suspect(self, hop: Hop) -> None:
        """A request over a stream to ``hop`` got no answer: a dead connection must go."""

    def close(self) -> None:
        """Stop listening and drop every connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """For digest; an empty ``realm`` fits every realm.  The password is never shown."""

    username: str
    password: str = field(repr=False)
    realm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Names, limits and timers of the user agent; times in seconds.

    ``t1``, ``t2``, ``t4`` are RFC 3261's.  ``invite_timeout`` ends an INVITE that nobody
    answers at all, ``answer_timeout`` one that only rings; ``request_timeout`` ends other
    requests, ``bye_timeout`` a BYE, after which the leg is over on our side anyway.
    ``session_expires`` is what we ask for (0: no session timer), ``min_se`` the least we take.
    ``linger`` is how long answers to something that is over are still known.  ``batch`` is how
    many orders of the backend are carried out before the reactor has its say.
    """

    user: str = "mcp"
    product: str = "tlibsim"
    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    invite_timeout: float = 8.0
    answer_timeout: float = 30.0
    request_timeout: float = 8.0
    bye_timeout: float = 4.0
    session_expires: int = 1800
    min_se: int = 90
    glare_from: float = 2.1
    glare_to: float = 4.0
    linger: float = 32.0
    batch: int = 50
    max_legs: int = 20_000
    max_transactions: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteRequest:
    """Everything that an INVITE towards a recorder is made of.

    ``request_uri`` may have any user part and parameters (``sip:record=1@h;dn=7001``), ``to``
    is empty for the Request-URI without its parameters, ``from_user`` empty for the setting.
    ``headers`` go into the first INVITE only, ``dialog_headers`` into every INVITE inside the
    dialog (refreshes too).  ``contact_parameters`` is text after the Contact address
    (``;+sip.src``).  ``offer`` is an SDP body, or a multipart that has one in it.
    ``route_set`` is a preset Route, one URI an entry; ``next_hop`` sends the first INVITE
    somewhere else than the route or the Request-URI say.  ``transport`` is for a Request-URI
    that names none (a ``sips:`` URI always takes TLS).  ``session_expires`` of None takes the
    setting, 0 asks for no timer.  ``may_follow`` decides whether a redirection (3xx) to that
    URI is followed; None follows any, once.
    """

    request_uri: str
    offer: bytes
    content_type: str = SDP_TYPE
    to: str = ""
    from_user: str = ""
    headers: Headers = ()
    dialog_headers: Headers = ()
    contact_parameters: str = ""
    route_set: tuple[str, ...] = ()
    next_hop: Hop | None = None
    transport: Transport = Transport.UDP
    credentials: tuple[Credentials, ...] = ()
    session_expires: int | None = None
    may_follow: Callable[[str], bool] | None = None


class LegState(Enum):
    INVITING = "inviting"
    UP = "up"
    ENDING = "ending"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A 2xx whose SDP can be used: at least one line is on (RFC 3264).

    ``body`` and ``session`` are the answer's SDP; ``contact`` the remote target from now on;
    ``headers`` all headers of the 2xx; ``warnings`` what was wrong with it and was forgiven.
    """

    code: int
    body: bytes
    session: SessionDescription
    contact: str
    headers: Headers
    session_expires: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something failed.

    ``code`` is the SIP status; with ``answered`` False it is of our own making: 408 when nobody
    answered or the network failed, 400, 416 or 488 for a request that cannot be sent.  488 with
    ``answered`` True may also be a 2xx whose body is of no use.
    ``cause`` is for people, whole in itself ("486 Busy Here", "no answer in 8 s").
    ``retry_after`` is in seconds, 0 when the recorder named none.
    """

    code: int
    cause: str
    answered: bool = True
    retry_after: float = 0.0
    headers: Headers = ()


class Side(Enum):
    US = "us"
    RECORDER = "recorder"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a leg ended: by whom, and why in words ("BYE", "no refresh in time", "cancelled").

    ``lost`` is true when nobody on our side asked for the end (LegLost of the media port).
    """

    by: Side
    cause: str
    lost: bool
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsResult:
    """The outcome of a ping: ``code`` 0 when no answer came."""

    code: int
    cause: str
    retry_after: float = 0.0
    headers: Headers = ()


class LegHandle(Protocol):
    """One SIP session with a recorder.  No order raises; none calls the listener from inside.

    ``reinvite`` sends a new offer (o= version raised by the caller) and gives a number that
    ``reinvite_done`` or ``reinvite_failed`` repeats.  While another re-INVITE is open, or a
    491 waits to be repeated, only the newest offer is kept; of one that was replaced nothing
    is told.  ``bye`` is legal in every state: an INVITE that is still open is cancelled.
    """

    @property
    def call_id(self) -> str: ...
    @property
    def state(self) -> LegState: ...
    @property
    def request_uri(self) -> str: ...
    def reinvite(
        self, offer: bytes, *, content_type: str = SDP_TYPE, headers: Headers = ()
    ) -> int: ...
    def info(self, body: bytes, content_type: str) -> int: ...
    def bye(self) -> None: ...
    def cancel(self) -> None: ...


class LegListener(Protocol):
    """What is told of a leg, always on a later turn than the order that caused it.

    First any number of ``provisional``; then ``answered`` or, as the last word, ``failed``.
    After ``answered`` the last word is ``ended``, once; a leg that we cancelled ends with
    ``ended`` too.  Nothing follows the last word.
    """

    def provisional(self, leg: LegHandle, code: int, reason: str) -> None: ...
    def answered(self, leg: LegHandle, answer: Answer) -> None: ...
    def failed(self, leg: LegHandle, failure: Failure) -> None: ...
    def reinvite_done(self, leg: LegHandle, number: int, answer: Answer) -> None: ...
    def reinvite_failed(self, leg: LegHandle, number: int, failure: Failure) -> None:
        """The old session goes on, unless ``ended`` follows."""

    def refreshed(self, leg: LegHandle, by: Side) -> None: ...
    def reoffered(
        self, leg: LegHandle, offer: SessionDescription, answer: SessionDescription
    ) -> None:
        """The recorder sent an offer of its own (re-INVITE, UPDATE) and got our answer."""

    def informed(self, leg: LegHandle, content_type: str, body: bytes) -> None:
        """An INFO of the recorder; it was answered with 200."""

    def info_done(self, leg: LegHandle, number: int, code: int) -> None:
        """The answer to an INFO of ours; code 0: none came."""

    def ended(self, leg: LegHandle, end: End) -> None: ...


class Ping(Protocol):
    def cancel(self) -> None:
        """Tell nothing any more."""


class Agent(Protocol):
    """What a backend needs of the user agent."""

    def invite(self, request: InviteRequest, listener: LegListener) -> LegHandle: ...
    def options(
        self,
        uri: str,
        done: Callable[[OptionsResult], None],
        *,
        transport: Transport = Transport.UDP,
        next_hop: Hop | None = None,
        timeout: float = 0.0,
    ) -> Ping: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One message as it went over the wire, for a trace; ``sent`` False: it came in."""

    sent: bool
    hop: Hop
    message: bytes
