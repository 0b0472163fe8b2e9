r"""Bytes from hex dumps as people paste them.

Understood are plain hex, with spaces, colons, commas, ``\x`` or ``0x``; and the dumps of xxd,
hexdump -C, od, Wireshark and WIRE.md, with offsets in front and text behind.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

_TEXT_COLUMN = re.compile(r"\|.*$")
_NOISE = re.compile(r"\\x|0[xX]|[,:;\"'{}\[\]]")
_OFFSET = re.compile(r"\s*([0-9a-fA-F]{3,16})(:?)(\s+|$)")
_DIGITS = re.compile(r"(?:[0-9a-fA-F]{2})+")
_LINE_BYTES = 16


def read_dumps(text: str) -> list[bytes]:
    """Return the bytes of each dump in a text; blank lines stand between dumps.

    Lines without hex at their beginning are left out. Raises ValueError if there is no hex.
    """
    dumps = [data for block in re.split(r"\n\s*\n", text) if (data := _read_block(block))]
    if not dumps:
        raise ValueError("there is no hexadecimal to read")
    return dumps


def _read_block(block: str) -> bytes:
    lines = [_TEXT_COLUMN.sub("", line) for line in block.splitlines()]
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    offsets = _offsets(lines)
    data = bytearray()
    for index, line in enumerate(lines):
        if offsets is None:
            data += bytes.fromhex("".join(_digits(line, None)))
            continue
        following = offsets[index + 1] if index + 1 < len(offsets) else None
        room = following - offsets[index] if following is not None else _LINE_BYTES
        rest = _OFFSET.sub("", line, count=1)
        data += bytes.fromhex("".join(_digits(rest, room)))
    return bytes(data)


def _offsets(lines: list[str]) -> list[int] | None:
    """Return the offsets in front of the lines, or None if there are none.

    Several lines have offsets if all begin with a number and the numbers rise by the bytes
    between them; a single line, if its number is 0 and stands apart.
    """
    found = [_OFFSET.match(line) for line in lines]
    values = [int(match[1], 16) for match in found if match]
    if not lines or len(values) < len(lines):
        return None
    if len(lines) == 1:
        match = found[0]
        apart = match is not None and (match[2] or len(match[3]) > 1)
        return values if apart and values[0] == 0 else None
    steps = [after - before for before, after in pairwise(values)]
    return values if all(0 < step <= 64 for step in steps) else None


def _digits(line: str, room: int | None) -> Iterator[str]:
    """Yield the hex of a line, up to a number of bytes, or to what is not hex.

    Without offsets a text column can only be told by the gap in front of it.
    """
    taken = 0
    for column in re.split(r"\s{2,}|\t", line.strip()):
        if room is None and taken >= _LINE_BYTES:
            return
        for word in _NOISE.sub(" ", column).split():
            if not _DIGITS.fullmatch(word):
                return
            if room is not None and taken + len(word) // 2 > room:
                return
            taken += len(word) // 2
            yield word
