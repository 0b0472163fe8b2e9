"""Strategies for values, lists, messages and damaged bytes of the protocol."""

from typing import Any

from hypothesis import strategies as st

from tests.vectors.files import payloads
from tlibproto.codec import _layout_of, _Slot
from tlibproto.layout.attributes import Kind
from tlibproto.layout.kvlist import write_body
from tlibproto.messages import CATALOGUE, Message
from tlibproto.vocabulary import KVList, WideText

INTS = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(max_size=12)
"""Without lone surrogates: what they stand for is bytes, and is tried as bytes."""

_LEAVES = st.one_of(TEXTS, INTS, st.binary(max_size=9), st.builds(WideText, TEXTS))

_VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.INT64: st.integers(-(2**63), 2**63 - 1),
    Kind.CONNID: st.integers(0, 2**64 - 1),
    Kind.TEXT: TEXTS,
    Kind.MASK: st.binary(min_size=64, max_size=64),
    Kind.BINARY: st.binary(max_size=80),
}


def kv_lists() -> st.SearchStrategy[KVList]:
    """Lists with every kind of value, and lists in them."""

    def of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[KVList]:
        return st.builds(KVList, st.lists(st.tuples(TEXTS, values), max_size=5))

    return of(st.recursive(_LEAVES, of, max_leaves=12))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Messages of any known type with any of their attributes."""
    cls = draw(st.sampled_from(sorted(CATALOGUE.values(), key=lambda item: item.__name__)))
    slots = sorted(_layout_of(cls).slots.values())
    chosen = draw(
        st.lists(st.sampled_from(slots), max_size=12, unique_by=lambda slot: slot.name)
    )
    needed = [slot for slot in slots if slot.name in cls._required and slot not in chosen]
    return cls(**{slot.name: draw(_value(slot)) for slot in [*needed, *chosen]})


def _value(slot: _Slot) -> st.SearchStrategy[Any]:
    if slot.kind is Kind.LIST:
        return kv_lists()
    if slot.kind is Kind.INT:
        names = st.sampled_from(sorted(slot.members.values())) if slot.members else INTS
        return st.one_of(names, INTS)
    return _VALUES[slot.kind]


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes with some of them changed, cut out, repeated or put in."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["change", "cut", "insert", "stop"])):
            case "change" if at < len(data):
                data[at] = draw(st.one_of(st.integers(0, 5), st.integers(0, 255)))
            case "cut":
                del data[at : at + draw(st.integers(1, 4))]
            case "insert":
                data[at:at] = draw(st.binary(max_size=4))
            case "stop":
                del data[at:]
    return bytes(data)


def bodies() -> st.SearchStrategy[bytes]:
    """Bodies of lists, as a rule damaged."""
    written = kv_lists().map(lambda pairs: write_body(pairs, "utf-8"))
    return st.one_of(written.flatmap(damaged), st.binary(max_size=40))


def payload_bytes() -> st.SearchStrategy[bytes]:
    """Payloads, as a rule damaged, and bytes at random."""
    return st.one_of(
        st.sampled_from(payloads(700)).flatmap(damaged),
        st.binary(max_size=60),
        st.builds(
            lambda count, rest: bytes((count, 0, 0, 0, 60)) + rest,
            st.integers(0, 3),
            st.binary(max_size=40),
        ),
    )
