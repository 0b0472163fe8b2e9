"""The code on bytes and the plain Construct of the oracle agree: values, offsets, refusals."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.wire_values import bodies, kv_lists, payload_bytes
from tests.protocol import oracle
from tlibproto.errors import ProtocolError
from tlibproto.layout.attributes import split
from tlibproto.layout.kvlist import Reading, places, read_list, write_body
from tlibproto.vocabulary import KVList, Value, WideText


def _read(body: bytes) -> list[Any] | None:
    try:
        return _plain(read_list(body, 0, len(body), "L", Reading("utf-8")))
    except ProtocolError:
        return None


def _plain(pairs: KVList) -> list[Any]:
    return [(key, *_kind(value)) for key, value in pairs]


def _kind(value: Value) -> tuple[int, Any]:
    if isinstance(value, str):
        return 0, value
    if isinstance(value, int):
        return 1, value
    if isinstance(value, bytes):
        return 2, value
    if isinstance(value, WideText):
        return 4, value.text
    return 3, _plain(value)


@given(kv_lists())
def test_a_list_is_written_as_the_oracle_writes_it(pairs: KVList) -> None:
    body = write_body(pairs, "utf-8")
    assert body == oracle.build_pairs(_plain(pairs))
    assert len(body) == pairs.packed_size()


@given(kv_lists())
def test_a_list_is_read_as_the_oracle_reads_it(pairs: KVList) -> None:
    body = write_body(pairs, "utf-8")
    reading = Reading("utf-8")
    assert read_list(body, 0, len(body), "L", reading) == pairs
    assert reading.exact
    assert oracle.read_pairs(body) == _plain(pairs)
    outer = [place.at for place in places(body, 0, len(body), reading) if place.depth == 1]
    assert outer == oracle.first_offset(body)


@settings(max_examples=600)
@given(bodies())
def test_a_damaged_list_is_read_or_refused_as_by_the_oracle(body: bytes) -> None:
    assert _read(body) == oracle.read_pairs(body)


@settings(max_examples=600)
@given(payload_bytes())
def test_a_damaged_payload_falls_apart_as_by_the_oracle(payload: bytes) -> None:
    wanted = oracle.read_attributes(payload)
    try:
        parsed = split(payload)
    except ProtocolError:
        assert wanted is None
        return
    found = [
        (span.at, span.attribute, chr(span.code), payload[span.start : span.end])
        for span in parsed.spans
    ]
    assert found == wanted


@given(st.integers(0, 2**32), st.integers(65534, 65540))
def test_lists_about_the_border_of_the_wide_count_are_read_alike(seed: int, size: int) -> None:
    rng = random.Random(seed)
    key = rng.choice(("k", "key", ""))
    short = size <= 65535
    filler = size - (2 if short else 4) - 5 - len(key)
    count = (1).to_bytes(2 if short else 4, "big")
    kind, width = (0, 2) if filler <= 65535 else (0x80, 4)
    filler -= 2 if kind else 0
    head = bytes((kind,)) + len(key).to_bytes(2, "big") + key.encode()
    body = count + head + filler.to_bytes(width, "big") + b"A" * filler
    assert _read(body) == oracle.read_pairs(body) == [(key, 0, "A" * filler)]
