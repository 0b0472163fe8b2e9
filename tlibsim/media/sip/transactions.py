"""The four transaction machines of RFC 3261 section 17, with the corrections of RFC 6026.

Pure: a call brings a message or the name of a timer that ran out, and gives the actions to
take.  Who takes them is :mod:`tlibsim.media.sip.layer`.  MEDIA.md 3.2 points 1 and 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tlibsim.media.sip.message import Response
from tlibsim.media.sip.values import Settings

ROUNDS = 64
"""Most waits of RFC 3261 are 64 times T1."""


class Clockwork(Enum):
    """What a timer is for."""

    REPEAT = "repeat"  # A, E, G: send once more
    GIVE_UP = "give up"  # B, F, H: nothing came
    FORGET = "forget"  # D, I, J, K, L, M: repeated messages are over


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes to the peer of the transaction."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Arm:
    """Start a timer anew."""

    timer: Clockwork
    delay: float


@dataclass(frozen=True, slots=True)
class Disarm:
    timer: Clockwork


@dataclass(frozen=True, slots=True)
class Tell:
    """Hand the response to the user of the transaction."""

    response: Response


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing came in time: the user must know.  ``seconds`` is how long was waited."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """The transaction is over and can be forgotten."""


Action = Send | Arm | Disarm | Tell | Silent | Done
Actions = tuple[Action, ...]


class Phase(Enum):
    NEW = "new"
    TRYING = "trying"  # calling, for an INVITE
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    OVER = "over"


_OPEN = frozenset({Phase.TRYING, Phase.PROCEEDING})


class InviteClient:
    """An INVITE of ours: repeated until anything comes, then its answers are taken.

    How long a provisional answer may last is for the user to say; long after that limit the
    transaction forgets itself.

    ``ack`` makes the ACK for a 300-699; that for a 2xx is the dialog's business.  A repeated
    2xx, another fork's 2xx, and one that comes after a failure are told too.
    """

    def __init__(
        self,
        request: bytes,
        ack: Callable[[Response], bytes],
        *,
        reliable: bool,
        settings: Settings,
    ) -> None:
        self.phase = Phase.NEW
        self._request = request
        self._make_ack = ack
        self._ack = b""
        self._reliable = reliable
        self._settings = settings
        self._interval = settings.t1

    def start(self) -> Actions:
        self.phase = Phase.TRYING
        give_up = Arm(Clockwork.GIVE_UP, self._settings.invite_timeout)
        if self._reliable:
            return (Send(self._request), give_up)
        return (Send(self._request), Arm(Clockwork.REPEAT, self._interval), give_up)

    def received(self, response: Response) -> Actions:
        if not response.final:
            return self._provisional(response)
        if response.success:
            return self._accepted(response)
        return self._refused(response)

    def _provisional(self, response: Response) -> Actions:
        if self.phase is Phase.PROCEEDING:
            return (Tell(response),)
        if self.phase is not Phase.TRYING:
            return ()
        self.phase = Phase.PROCEEDING
        wait = self._settings.answer_timeout + self._settings.t1 * ROUNDS
        return (
            Disarm(Clockwork.REPEAT),
            Disarm(Clockwork.GIVE_UP),
            Arm(Clockwork.FORGET, wait),
            Tell(response),
        )

    def _accepted(self, response: Response) -> Actions:
        if self.phase not in _OPEN:
            return (Tell(response),)
        self.phase = Phase.ACCEPTED
        return (
            Disarm(Clockwork.REPEAT),
            Disarm(Clockwork.GIVE_UP),
            Arm(Clockwork.FORGET, self._settings.t1 * ROUNDS),
            Tell(response),
        )

    def _refused(self, response: Response) -> Actions:
        if self.phase is Phase.COMPLETED:
            return (Send(self._ack),)
        if self.phase not in _OPEN:
            return ()
        self.phase = Phase.COMPLETED
        self._ack = self._make_ack(response)
        wait = self._settings.t1 * ROUNDS if not self._reliable else self._settings.t4
        return (
            Disarm(Clockwork.REPEAT),
            Disarm(Clockwork.GIVE_UP),
            Send(self._ack),
            Arm(Clockwork.FORGET, wait),
            Tell(response),
        )

    def ran_out(self, timer: Clockwork) -> Actions:
        if timer is Clockwork.REPEAT and self.phase is Phase.TRYING:
            self._interval *= 2
            return (Send(self._request), Arm(timer, self._interval))
        if timer is Clockwork.GIVE_UP and self.phase is Phase.TRYING:
            self.phase = Phase.OVER
            return (
                Disarm(Clockwork.REPEAT),
                Silent(self._settings.invite_timeout),
                Done(),
            )
        if timer is Clockwork.FORGET:
            self.phase = Phase.OVER
            return (Done(),)
        return ()


class RequestClient:
    """Any other request of ours: repeated at most T2 apart until a final answer comes."""

    def __init__(
        self, request: bytes, *, reliable: bool, settings: Settings, timeout: float
    ) -> None:
        self.phase = Phase.NEW
        self._request = request
        self._reliable = reliable
        self._settings = settings
        self._timeout = timeout
        self._interval = settings.t1

    def start(self) -> Actions:
        self.phase = Phase.TRYING
        give_up = Arm(Clockwork.GIVE_UP, self._timeout)
        if self._reliable:
            return (Send(self._request), give_up)
        return (Send(self._request), Arm(Clockwork.REPEAT, self._interval), give_up)

    def received(self, response: Response) -> Actions:
        if self.phase not in _OPEN:
            return ()
        if not response.final:
            self.phase = Phase.PROCEEDING
            return (Tell(response),)
        self.phase = Phase.COMPLETED
        wait = 0.0 if self._reliable else self._settings.t4
        return (
            Disarm(Clockwork.REPEAT),
            Disarm(Clockwork.GIVE_UP),
            Arm(Clockwork.FORGET, wait),
            Tell(response),
        )

    def ran_out(self, timer: Clockwork) -> Actions:
        if timer is Clockwork.REPEAT and self.phase in _OPEN:
            slow = self.phase is Phase.PROCEEDING
            self._interval = min(
                self._settings.t2, self._settings.t2 if slow else self._interval * 2
            )
            return (Send(self._request), Arm(timer, self._interval))
        if timer is Clockwork.GIVE_UP and self.phase in _OPEN:
            self.phase = Phase.OVER
            return (Disarm(Clockwork.REPEAT), Silent(self._timeout), Done())
        if timer is Clockwork.FORGET:
            self.phase = Phase.OVER
            return (Done(),)
        return ()


class InviteServer:
    """An INVITE of the peer.  The 2xx is repeated here too, until ``acknowledged`` for it."""

    def __init__(self, *, reliable: bool, settings: Settings) -> None:
        self.phase = Phase.PROCEEDING
        self._reliable = reliable
        self._settings = settings
        self._interval = settings.t1
        self._last = b""

    def repeated(self) -> Actions:
        """The peer sent its INVITE again."""
        known = self.phase in {Phase.PROCEEDING, Phase.COMPLETED} and self._last
        return (Send(self._last),) if known else ()

    def respond(self, code: int, data: bytes) -> Actions:
        if self.phase is not Phase.PROCEEDING:
            return ()
        self._last = data
        if code < 200:
            return (Send(data),)
        wait = Arm(Clockwork.GIVE_UP, self._settings.t1 * ROUNDS)
        repeat = Arm(Clockwork.REPEAT, self._interval)
        if code < 300:
            self.phase = Phase.ACCEPTED
            return (Send(data), repeat, wait)
        self.phase = Phase.COMPLETED
        return (Send(data), wait) if self._reliable else (Send(data), repeat, wait)

    def acknowledged(self) -> Actions:
        if self.phase not in {Phase.COMPLETED, Phase.ACCEPTED}:
            return ()
        after_success = self.phase is Phase.ACCEPTED
        self.phase = Phase.CONFIRMED
        wait = self._settings.t1 * ROUNDS if after_success else self._settings.t4
        return (
            Disarm(Clockwork.REPEAT),
            Disarm(Clockwork.GIVE_UP),
            Arm(Clockwork.FORGET, wait),
        )

    def ran_out(self, timer: Clockwork) -> Actions:
        if timer is Clockwork.REPEAT and self.phase in {Phase.COMPLETED, Phase.ACCEPTED}:
            self._interval = min(self._interval * 2, self._settings.t2)
            return (Send(self._last), Arm(timer, self._interval))
        if timer is Clockwork.GIVE_UP:
            accepted = self.phase is Phase.ACCEPTED
            self.phase = Phase.OVER
            told: Actions = (Silent(self._settings.t1 * ROUNDS),) if accepted else ()
            return (Disarm(Clockwork.REPEAT), *told, Done())
        if timer is Clockwork.FORGET:
            self.phase = Phase.OVER
            return (Done(),)
        return ()


class RequestServer:
    """Any other request of the peer: a repeated one gets the same answer."""

    def __init__(self, *, reliable: bool, settings: Settings) -> None:
        self.phase = Phase.TRYING
        self._reliable = reliable
        self._settings = settings
        self._last = b""

    def repeated(self) -> Actions:
        return (Send(self._last),) if self._last else ()

    def respond(self, code: int, data: bytes) -> Actions:
        if self.phase not in _OPEN:
            return ()
        self._last = data
        if code < 200:
            self.phase = Phase.PROCEEDING
            return (Send(data),)
        self.phase = Phase.COMPLETED
        wait = 0.0 if self._reliable else self._settings.t1 * ROUNDS
        return (Send(data), Arm(Clockwork.FORGET, wait))

    def ran_out(self, timer: Clockwork) -> Actions:
        if timer is Clockwork.FORGET:
            self.phase = Phase.OVER
            return (Done(),)
        return ()
