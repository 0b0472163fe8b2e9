"""The kinds of faults, with what each is for: the one table that everything else asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """Where a fault acts."""

    REQUEST = "a request that came"
    MESSAGE = "a message on its way out"
    CONNECTION = "a connection, from the moment it is met"
    ARRIVAL = "a connection that is made"
    KEEP_ALIVE = "ADDP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``needs`` are arguments that must be given, ``takes`` those that may be."""

    stage: Stage
    help: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "error": Kind(
        stage=Stage.REQUEST,
        help="EventError instead of what was asked for, which is not done.",
        takes=("error", "code", "text"),
    ),
    "ignore": Kind(stage=Stage.REQUEST, help="The request is neither done nor answered."),
    "delay": Kind(
        stage=Stage.MESSAGE,
        help="It comes late, and what follows on the connection after it.",
        takes=("delay", "jitter"),
    ),
    "drop": Kind(stage=Stage.MESSAGE, help="It never comes."),
    "duplicate": Kind(stage=Stage.MESSAGE, help="It comes twice."),
    "reorder": Kind(stage=Stage.MESSAGE, help="It comes after the next one."),
    "wrong-reference": Kind(
        stage=Stage.MESSAGE, help="Its ReferenceID is another.", takes=("amount",)
    ),
    "no-reference": Kind(stage=Stage.MESSAGE, help="Its ReferenceID is left out."),
    "unknown-attribute": Kind(
        stage=Stage.MESSAGE, help="It has one attribute more, which nobody knows."
    ),
    "truncate": Kind(
        stage=Stage.MESSAGE, help="Its last bytes are missing.", takes=("amount",)
    ),
    "oversize": Kind(
        stage=Stage.MESSAGE,
        help="One packet longer than a packet may be.",
        takes=("amount",),
    ),
    "wrong-length": Kind(
        stage=Stage.MESSAGE, help="The length before it is wrong.", takes=("amount",)
    ),
    "wrong-list-type": Kind(stage=Stage.MESSAGE, help="Its first list comes as text."),
    "corrupt": Kind(stage=Stage.MESSAGE, help="Some bits are turned.", takes=("amount",)),
    "sequence-gap": Kind(
        stage=Stage.MESSAGE,
        help="EventSequenceNumber jumps, for this and all later messages.",
        takes=("amount",),
    ),
    "slice": Kind(
        stage=Stage.MESSAGE,
        help="It comes in pieces of 'amount' bytes, 'delay' apart.",
        takes=("amount", "delay"),
    ),
    "stall": Kind(
        stage=Stage.MESSAGE,
        help="Nothing more is sent for 'delay'; then all of it comes.",
        needs=("delay",),
    ),
    "bandwidth": Kind(
        stage=Stage.MESSAGE, help="At most 'amount' bytes a second.", needs=("amount",)
    ),
    "close": Kind(stage=Stage.CONNECTION, help="The connection is closed after the message."),
    "reset": Kind(stage=Stage.CONNECTION, help="The connection is reset (RST)."),
    "half-close": Kind(
        stage=Stage.CONNECTION, help="The server says that it sends no more, and still reads."
    ),
    "refuse": Kind(stage=Stage.ARRIVAL, help="New connections are closed at once."),
    "addp-silent": Kind(stage=Stage.KEEP_ALIVE, help="ADDP is neither answered nor sent."),
}
