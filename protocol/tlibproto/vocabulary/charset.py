"""Text on the wire, in the character set of the connection (WIRE.md 3.1).

Bytes that are not text in that character set become lone surrogates (``surrogateescape``)
and go back as they came.  Characters that the character set lacks are written as ``?``.
"""

import codecs
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

WRITING = "tlibproto"
"""Name of the error handler for encoding; ``surrogateescape`` is the one for decoding."""

READING = "surrogateescape"

_PREFIX = "tlibproto_"
_ASCII = bytes(range(128))
_LOWEST, _HIGHEST = 0xDC80, 0xDCFF


def _write_what_fits(error: UnicodeError) -> tuple[str | bytes, int]:
    """Give back the byte behind a lone surrogate, and ``?`` for a character that is lacking."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    at = error.start
    code = ord(error.object[at])
    if _LOWEST <= code <= _HIGHEST:
        return bytes((code - 0xDC00,)), at + 1
    return "?", at + 1


codecs.register_error(WRITING, _write_what_fits)


@lru_cache(maxsize=64)
def wire_codec(charset: str) -> str:
    """Return the name of the Python codec that reads and writes this character set exactly.

    Raises ``LookupError`` for an unknown character set and ``ValueError`` for one that is not
    an extension of ASCII: the names of the protocol itself are ASCII in all of them.
    """
    name = codecs.lookup(charset).name
    if _ASCII.decode(name, "replace") != _ASCII.decode("ascii") or name.startswith("iso2022"):
        raise ValueError(f"the character set {charset} does not contain ASCII as it is")
    if name == "utf-8" or _is_exact(name):
        return name
    return _PREFIX + name.replace("-", "_")


def _is_exact(name: str) -> bool:
    """Tell whether every byte is one character, or none, and comes back as it was."""
    pairs = b"".join(bytes((high, low)) for high in range(128, 256) for low in range(256))
    text = pairs.decode(name, READING)
    return len(text) == len(pairs) and text.encode(name, WRITING) == pairs


def _multibyte(name: str) -> codecs.CodecInfo | None:
    """Make a codec that checks itself: what it reads, it writes back as the same bytes."""
    if not name.startswith(_PREFIX):
        return None
    inner = name.removeprefix(_PREFIX)

    def decode(data: "Buffer", _errors: str = READING, /) -> tuple[str, int]:
        raw = bytes(data)
        text = raw.decode("ascii") if raw.isascii() else _tolerant(raw, inner)
        return text, len(raw)

    def encode(text: str, _errors: str = WRITING, /) -> tuple[bytes, int]:
        return text.encode(inner, WRITING), len(text)

    return codecs.CodecInfo(encode, decode, name=name)


def _tolerant(raw: bytes, inner: str) -> str:
    try:
        text = raw.decode(inner, READING)
        if text.encode(inner, WRITING) == raw:
            return text
    except UnicodeError:
        pass
    return raw.decode("ascii", READING)


codecs.register(_multibyte)


def encode_text(text: str, charset: str) -> bytes:
    """Return the bytes of a text, lone surrogates as the bytes they stand for."""
    return text.encode(wire_codec(charset), WRITING)


def decode_text(raw: bytes, charset: str) -> str:
    """Return the text of some bytes; never fails, and ``encode_text`` gives the same bytes."""
    return raw.decode(wire_codec(charset), READING)
