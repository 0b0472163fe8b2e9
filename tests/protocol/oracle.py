"""The two hot lists in plain Construct, slow and plain: what the code on bytes is held against.

Nothing is shared with ``tlibproto``.  A list is a list of (key, kind, value), and so is the
value of a nested one.
"""

from typing import Any

import construct as c  # type: ignore[import-untyped]


def _text() -> Any:
    return c.ExprAdapter(
        c.GreedyBytes,
        lambda raw, _: raw.decode("utf-8", "surrogateescape"),
        lambda text, _: text.encode("utf-8", "surrogateescape"),
    )


def _whole(inner: Any) -> Any:
    return c.FocusedSeq("it", "it" / inner, c.Terminated)


def _even(raw: bytes, _: Any) -> str:
    if len(raw) % 2:
        raise c.ValidationError("odd")
    return raw.decode("utf-16-be", "surrogatepass")


_WIDE_TEXT = c.ExprAdapter(
    c.GreedyBytes, _even, lambda text, _: text.encode("utf-16-be", "surrogatepass")
)

_NARROW_BODY = c.LazyBound(lambda: _body(c.Int16ub))
_WIDE_BODY = c.LazyBound(lambda: _body(c.Int32ub))

_INNER = _whole(c.Prefixed(c.Int16ub, _NARROW_BODY, includelength=True))
"""The value of kind 03: a length that counts itself, and nothing behind the body."""

_LONG_INNER = c.FocusedSeq(
    "it",
    "raw" / c.Peek(c.GreedyBytes),
    "it"
    / c.IfThenElse(
        lambda ctx: (
            2 <= len(ctx.raw) <= 65535 and int.from_bytes(ctx.raw[:2], "big") == len(ctx.raw)
        ),
        _INNER,
        _WIDE_BODY,
    ),
)

_VALUES = {
    0: _text(),
    1: _whole(c.Int32sb),
    2: c.GreedyBytes,
    3: _INNER,
    4: _WIDE_TEXT,
    0x80: _text(),
    0x81: _whole(c.Int32sb),
    0x82: c.GreedyBytes,
    0x83: _LONG_INNER,
    0x84: _WIDE_TEXT,
}

_PAIR = c.Struct(
    "at" / c.Tell,
    "kind" / c.OneOf(c.Int8ub, tuple(_VALUES)),
    "key" / c.Prefixed(c.Int16ub, _text()),
    "value"
    / c.IfThenElse(
        c.this.kind >= 0x80,
        c.Prefixed(c.Int32ub, c.Switch(c.this.kind, _VALUES)),
        c.Prefixed(c.Int16ub, c.Switch(c.this.kind, _VALUES)),
    ),
)


def _body(count: Any) -> Any:
    return c.PrefixedArray(count, _PAIR)


ATTRIBUTES = c.Struct(
    "count" / c.Int8ub,
    "message_id" / c.Int32ub,
    "attributes"
    / c.Array(
        c.this.count,
        c.Struct(
            "at" / c.Tell,
            "id" / c.Int32ub,
            "code" / c.OneOf(c.Bytes(1), (b"i", b"l", b"s", b"S", b"b", b"B")),
            "value"
            / c.Switch(
                c.this.code,
                {
                    b"i": c.Bytes(4),
                    b"l": c.Bytes(8),
                    b"s": c.Prefixed(c.Int16ub, c.GreedyBytes),
                    b"S": c.Prefixed(c.Int32ub, c.GreedyBytes),
                    b"b": c.Prefixed(c.Int16ub, c.GreedyBytes, includelength=True),
                    b"B": c.Prefixed(c.Int32ub, c.GreedyBytes),
                },
            ),
        ),
    ),
    "end" / c.Tell,
)


def read_pairs(body: bytes) -> list[tuple[str, int, Any]] | None:
    """Return the pairs of a list body as (key, kind, value); None if it cannot be read."""
    form = _NARROW_BODY if len(body) <= 65535 else _WIDE_BODY
    try:
        return _plain(form.parse(body))
    except c.ConstructError:
        return None


def first_offset(body: bytes) -> list[int]:
    """Return where the outermost pairs of a list that can be read begin."""
    form = _NARROW_BODY if len(body) <= 65535 else _WIDE_BODY
    return [int(pair.at) for pair in form.parse(body)]


def _plain(pairs: Any) -> list[tuple[str, int, Any]]:
    return [
        (
            pair.key,
            pair.kind & 0x7F,
            _plain(pair.value) if pair.kind & 0x7F == 3 else pair.value,
        )
        for pair in pairs
    ]


def read_attributes(payload: bytes) -> list[tuple[int, int, str, bytes]] | None:
    """Return (offset, id, type code, value) of each attribute; None if it cannot be read."""
    try:
        parsed = ATTRIBUTES.parse(payload)
    except c.ConstructError:
        return None
    return [(int(a.at), int(a.id), a.code.decode(), bytes(a.value)) for a in parsed.attributes]


def build_pairs(pairs: list[tuple[str, int, Any]]) -> bytes:
    """Return the body of a list in the short forms, with a count of two bytes."""
    return bytes(_body(c.Int16ub).build(_containers(pairs)))


def _containers(pairs: list[tuple[str, int, Any]]) -> list[dict[str, Any]]:
    return [
        {"key": key, "kind": kind, "value": _containers(value) if kind == 3 else value}
        for key, kind, value in pairs
    ]
