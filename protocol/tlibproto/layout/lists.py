"""The two hot lists as Constructs: attributes, and key-value pairs (WIRE.md 2 and 3).

Their work is done on the bytes by ``attributes`` and ``kvlist``, which the codec calls
directly; here they have the shape of a Construct, so that they can stand in a declaration.
"""

import io
from typing import Any

import construct  # type: ignore[import-untyped]

from tlibproto.layout import attributes
from tlibproto.layout.attributes import ATTRIBUTE
from tlibproto.layout.kvlist import Reading, read_list, write_body
from tlibproto.vocabulary import KVList


class PairList(construct.Construct):  # type: ignore[misc]  # the base has no annotations
    """The body of a key-value list: all bytes that are left, as a KVList."""

    def __init__(self, codec: str = "utf-8") -> None:
        super().__init__()
        self.codec = codec

    def _parse(self, stream: io.BytesIO, _context: Any, path: str) -> KVList:
        body = stream.read()
        return read_list(body, 0, len(body), path, Reading(self.codec))

    def _build(self, obj: KVList, stream: io.BytesIO, _context: Any, _path: str) -> KVList:
        stream.write(write_body(obj, self.codec))
        return obj

    def _sizeof(self, _context: Any, path: str) -> int:
        raise construct.SizeofError("the size of a list depends on its pairs", path=path)


class AttributeList(construct.Construct):  # type: ignore[misc]
    """The attributes of a payload, as tuples of id, type code and the bytes of the value.

    ``count`` is looked up in the context, where the head of the message has put it.
    """

    def _parse(
        self, stream: io.BytesIO, context: Any, _path: str
    ) -> list[tuple[int, str, bytes]]:
        head = attributes.HEAD.pack(context.count, context.message_id)
        payload = head + stream.read()
        return [
            (span.attribute, chr(span.code), payload[span.start : span.end])
            for span in attributes.spans_of(payload, context.count)
        ]

    def _build(
        self, obj: list[tuple[int, str, bytes]], stream: io.BytesIO, _context: Any, _path: str
    ) -> list[tuple[int, str, bytes]]:
        stream.writelines(attributes.pack(number, ord(code), raw) for number, code, raw in obj)
        return obj

    def _sizeof(self, _context: Any, path: str) -> int:
        raise construct.SizeofError(
            f"an attribute has {ATTRIBUTE.size} bytes and more", path=path
        )
