"""What a client must have wanted where a log shows that it asked for something else.

A recording that is stopped cannot be resumed (RECORDING.md 3.3).  Where a client resumes one
that it stopped, it wanted to pause it: the pause was lost, and a scenario that is made of such a
log asks for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tlibsim.logs.message import LogMessage

START, STOP, PAUSE, RESUME = 3013, 3014, 3015, 3016
_NAME = "RequestPrivateService"
_NUMBER = "PrivateMsgID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request of which something else was wanted: what, and the request that tells so."""

    message: LogMessage
    number: int
    resumed: LogMessage

    @property
    def because(self) -> int:
        """The line that tells that something else was wanted."""
        return self.resumed.line


def lost_pauses(messages: Iterable[LogMessage]) -> tuple[Wanted, ...]:
    """The requests to stop after which the same client resumes on the same DN and call."""
    stopped: dict[tuple[str, str, str], LogMessage] = {}
    found = []
    for one in messages:
        if one.name != _NAME:
            continue
        key = (one.client, one.this_dn, one.conn_id)
        number = one.integer(_NUMBER)
        if number == STOP:
            stopped[key] = one
        elif number == RESUME and key in stopped:
            stop = stopped.pop(key)
            found.append(Wanted(message=stop, number=PAUSE, resumed=one))
        elif number in (START, PAUSE):
            stopped.pop(key, None)
    return tuple(found)
