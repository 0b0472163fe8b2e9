"""Packets, ADDP and the head of a message, declared (WIRE.md 1 and 2).

The hot path of ``framing`` and ``codec`` cuts these out of the bytes with ``struct``; what is
declared here is used where speed does not matter, and tests hold the two against each other.

    packet     00 00 00 05 | 00 00 00 00 5f
    extension  00 00 00 1c | 24 50 41 43 .. 30 24 | 00 00 4e 57
    ADDP       70 32 | 49 | 00 0f a0
    head       03 | 00 00 00 00
"""

from typing import Any

import construct  # type: ignore[import-untyped]  # it has no annotations; typed functions follow

PACKET: Any = construct.Prefixed(construct.Int32ub, construct.GreedyBytes)

EXTENSION: Any = construct.Struct(
    "mark" / construct.Const(b"$PACKET EXTENSION V1.00$"),
    "total" / construct.Int32ub,
    construct.Terminated,
)

ADDP: Any = construct.Struct(
    "mark" / construct.Const(b"p2"),
    "kind" / construct.Bytes(1),
    "argument" / construct.Bytes(3),
)

HEAD: Any = construct.Struct("count" / construct.Int8ub, "message_id" / construct.Int32ub)


def extension_total(payload: bytes) -> int | None:
    """Return the length that an extension packet announces; None for any other payload."""
    try:
        return int(EXTENSION.parse(payload).total)
    except construct.ConstructError:
        return None


def addp_parts(data: bytes) -> tuple[str, bytes] | None:
    """Return kind and argument of the ADDP packet at the front of some bytes, or None."""
    try:
        packet = ADDP.parse(data)
    except construct.ConstructError:
        return None
    return packet.kind.decode("latin-1"), packet.argument


def packet_payload(data: bytes) -> bytes | None:
    """Return the payload of the packet at the front of some bytes, if it is all there."""
    try:
        return bytes(PACKET.parse(data))
    except construct.ConstructError:
        return None
