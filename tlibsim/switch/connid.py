"""Identifiers of calls: seeded, never repeated while the process runs (BEHAVIOUR.md 0.3)."""

from random import Random

from tlibproto.vocabulary import ConnId

_UUID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_UUID_PREFIX_LENGTH = 22
_COUNTER_LENGTH = 10
_CONN_ID_COUNTER_BITS = 48


class Identifiers:
    """Hands out ConnIDs, CallIDs and CallUUIDs; the same seed gives the same ones in the same order.

    A ConnID is 16 bits from the seed and a 48-bit counter; a CallUUID is 22 characters from the
    seed and a ten-character counter, out of ``0-9A-V``.
    """

    __slots__ = ("_calls", "_conn_prefix", "_uuid_prefix", "_uuids")

    def __init__(self, seed: int) -> None:
        self._conn_prefix = ((0x70 + seed) & 0xFFFF) << _CONN_ID_COUNTER_BITS
        letters = Random(seed).choices(_UUID_LETTERS, k=_UUID_PREFIX_LENGTH - 2)
        self._uuid_prefix = "00" + "".join(letters)
        self._calls = 0
        self._uuids = 0

    def next_call(self) -> tuple[ConnId, int]:
        """A new ConnID and the CallID that goes with it."""
        self._calls += 1
        return ConnId(self._conn_prefix | self._calls), self._calls & 0x7FFFFFFF

    def next_call_uuid(self) -> str:
        """A new CallUUID: 32 characters."""
        self._uuids += 1
        number, digits = self._uuids, []
        for _ in range(_COUNTER_LENGTH):
            number, digit = divmod(number, 32)
            digits.append(_UUID_LETTERS[digit])
        return self._uuid_prefix + "".join(reversed(digits))
