"""The values of attributes, declared (WIRE.md 2.1 to 2.4).

i  4 bytes, signed                   s  u16 n, n bytes            b  u16 n, n - 2 bytes
l  8 bytes, signed or a ConnID       S  u32 n, n bytes            B  u32 n, n bytes
"""

from typing import Any

import construct  # type: ignore[import-untyped]

from tlibproto.vocabulary import mask_ids, mask_of

INTEGER: Any = construct.Int32sb
INTEGER64: Any = construct.Int64sb
CONN_ID: Any = construct.Int64ub

TEXT: Any = construct.Prefixed(construct.Int16ub, construct.GreedyBytes)
LONG_TEXT: Any = construct.Prefixed(construct.Int32ub, construct.GreedyBytes)
DATA: Any = construct.Prefixed(construct.Int16ub, construct.GreedyBytes, includelength=True)
LONG_DATA: Any = construct.Prefixed(construct.Int32ub, construct.GreedyBytes)

EVENT_MASK: Any = construct.ExprAdapter(
    construct.Bytes(64),
    lambda mask, _context: mask_ids(mask),
    lambda numbers, _context: mask_of(numbers),
)
"""The 64 bytes of a mask, as the set of its message types."""

VALUES: dict[str, Any] = {
    "i": INTEGER,
    "l": INTEGER64,
    "s": TEXT,
    "S": LONG_TEXT,
    "b": DATA,
    "B": LONG_DATA,
}
"""The value for each type code."""
