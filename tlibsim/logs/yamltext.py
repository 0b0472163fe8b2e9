"""Values as YAML of one line, such that texts stay texts and numbers numbers."""

import base64
from collections.abc import Mapping, Sequence

from tlibproto.vocabulary import KVList, Value, WideText

_PLAIN = 0x20
_LATIN = 0xA0
_BASIC = 0xFFFF
_SURROGATES = range(0xD800, 0xE000)
_ESCAPED, _BYTE, _UNKNOWN = 0xDC00, 0x80, 0xFFFD


class Raw(str):
    """A text that is YAML already."""

    __slots__ = ()


def quoted(text: str) -> str:
    """A text in double quotes, with nothing in it that a line of YAML does not take."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    code = ord(one)
    if code in _SURROGATES:  # a byte of a log that is not of its encoding, or half a character
        code = code - _ESCAPED if code >= _ESCAPED + _BYTE else _UNKNOWN
        one = chr(code)
    if one in '"\\':
        return f"\\{one}"
    if _PLAIN <= code < 0x7F or (code >= _LATIN and one.isprintable()):
        return one
    return f"\\u{code:04x}" if code <= _BASIC else f"\\U{code:08x}"


def comment(text: str) -> str:
    """A text for a comment: one line, with nothing in it that a file or a terminal does not take."""
    return "".join(one if one.isprintable() else "?" for one in text)


def inline(value: object) -> str:
    """A value in flow style; pairs of a key-value list in their order, as [key, value]."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, WideText):
        return quoted(value.text)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bytes):
        return f'!!binary "{base64.b64encode(value).decode("ascii")}"'
    if isinstance(value, KVList):
        return "[" + ", ".join(f"[{quoted(k)}, {inline(v)}]" for k, v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(inline, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(key: object) -> str:
    text = str(key)
    return text if text.isascii() and text.isidentifier() else quoted(text)


def can_be_said(value: Value) -> bool:
    """Whether a scenario can have this value: ``$x``, ``${x}``, ``*`` and ``~`` mean others there."""
    if isinstance(value, KVList):
        return all(can_be_said(key) and can_be_said(item) for key, item in value)
    if isinstance(value, str):
        return not (value.startswith("$") or "${" in value or value in ("*", "~"))
    return True
