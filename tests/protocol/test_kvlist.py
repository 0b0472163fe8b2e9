"""Key-value lists: the forms of WIRE.md 3, each at its border, and what is wrong in others."""

import pytest

from tlibproto.codec import Limits, decode, encode
from tlibproto.errors import ProtocolError, Unencodable
from tlibproto.layout.kvlist import Reading, places, read_list, write_body
from tlibproto.messages import RequestAttachUserData
from tlibproto.vocabulary import KVList, Value, WideText


def _attached(pairs: KVList) -> bytes:
    """Return what stands behind the id of UserData."""
    return encode(RequestAttachUserData(user_data=pairs))[9:]


def _read(body: str | bytes, limits: Limits | None = None) -> KVList:
    data = bytes.fromhex(body) if isinstance(body, str) else body
    return read_list(data, 0, len(data), "L", Reading("utf-8", limits or Limits()))


def _error(body: str | bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        _read(body)
    return caught.value


@pytest.mark.parametrize(
    ("pairs", "written"),
    [
        (KVList(), "62 0004 0000"),
        (KVList.of(n=-2), "62 000e 0001 01 0001 6e 0004 fffffffe"),
        (KVList.of(b=b"\0\1\2\xff"), "62 000e 0001 02 0001 62 0004 000102ff"),
        (
            KVList.of(L=KVList.of(x="y")),
            "62 0015 0001 03 0001 4c 000b 000b 0001 00 0001 78 0001 79",
        ),
        (
            KVList.of(u=WideText("hé中😀")),
            "62 0014 0001 04 0001 75 000a 0068 00e9 4e2d d83d de00",
        ),
        (KVList.of(E=KVList()), "62 000e 0001 03 0001 45 0004 0004 0000"),
    ],
)
def test_a_list_is_written_as_in_the_description(pairs: KVList, written: str) -> None:
    assert _attached(pairs) == bytes.fromhex(written)
    assert _read(bytes.fromhex(written)[3:]) == pairs


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (65533, "62 ffff 0001 00"),
        (65534, "42 0000fffe 0001 00"),
        (65535, "42 0000ffff 0001 00"),
        (65536, "42 00010002 00000001 00"),
        (65537, "42 00010003 00000001 00"),
    ],
)
def test_code_length_and_count_change_at_their_borders(body: int, head: str) -> None:
    pairs = KVList([("a" * 100, "A" * (body - 7 - 100))])
    written = _attached(pairs)
    start = bytes.fromhex(head)
    assert written[: len(start)] == start
    assert pairs.packed_size() == (body if body <= 65535 else body + 2)
    message = decode(encode(RequestAttachUserData(user_data=pairs)))
    assert message == RequestAttachUserData(user_data=pairs)
    assert message.source is None


def test_the_examples_of_long_lists_are_met() -> None:
    assert _attached(KVList.of(b="A" * 65526))[:12].hex() == "420000fffe0001000001" + "62ff"
    assert _attached(KVList.of(big="A" * 65535))[:17].hex() == (
        "420001000b00000001000003626967ffff"
    )
    assert _attached(KVList.of(big="A" * 65536))[:19].hex() == (
        "420001000e0000000180000362696700010000"
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("A" * 65535, "00"),
        ("A" * 65536, "80"),
        (bytes(65535), "02"),
        (bytes(65536), "82"),
        (WideText("Ω" * 32767), "04"),
        (WideText("Ω" * 32768), "84"),
        (KVList.of(k="A" * (65533 - 8)), "03"),
        (KVList.of(k="A" * (65534 - 8)), "83"),
    ],
)
def test_a_value_takes_the_long_form_where_the_client_does(value: Value, kind: str) -> None:
    body = write_body(KVList.of(k=value), "utf-8")
    assert body[4:5].hex() == kind
    reading = Reading("utf-8")
    assert read_list(body, 0, len(body), "L", reading) == KVList.of(k=value)
    assert reading.exact
    assert len(body) == KVList.of(k=value).packed_size()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("0001 80 0001 6b 00000001 76", "v"),
        ("0001 80 0001 6b 00000000", ""),
        ("0001 81 0001 6b 00000004 fffffffe", -2),
        ("0001 82 0001 6b 00000001 ff", b"\xff"),
        ("0001 84 0001 6b 00000002 0041", WideText("A")),
        ("0001 83 0001 6b 0000000b 00000001 00 0001 78 0001 79", KVList.of(x="y")),
        ("0001 83 0001 6b 0000000b 000b 0001 00 0001 78 0001 79", KVList.of(x="y")),
        ("0001 83 0001 6b 00000004 00000000", KVList()),
        ("0001 83 0001 6b 00000004 0004 0000", KVList()),
        ("0001 04 0001 6b 0002 d83d", WideText("\ud83d")),
        ("0001 04 0001 6b 0004 de00d83d", WideText("\ude00\ud83d")),
    ],
)
def test_a_long_form_of_a_short_value_is_read_and_kept(body: str, value: Value) -> None:
    assert _read(body) == KVList([("k", value)])
    raw = bytes.fromhex(body)
    payload = bytes.fromhex("010000001e 00000033 62") + (len(raw) + 2).to_bytes(2, "big") + raw
    message = decode(payload)
    assert message == RequestAttachUserData(user_data=KVList([("k", value)]))
    assert encode(message) == payload


def test_a_list_with_a_wide_count_that_a_narrow_one_would_do_for_is_kept() -> None:
    body = bytes.fromhex("00000001 00 0001 6b ffff") + b"A" * (65536 - 10)
    body = body[:8] + (65536 - 10).to_bytes(2, "big") + body[10:]
    payload = bytes.fromhex("010000001e 00000033 42") + len(body).to_bytes(4, "big") + body
    message = decode(payload)
    assert isinstance(message, RequestAttachUserData)
    assert message.user_data == KVList.of(k="A" * (65536 - 10))
    assert encode(message) == payload


def test_pairs_beyond_the_count_are_ignored_and_kept() -> None:
    body = bytes.fromhex("0001 00 0001 6b 0001 76 00 0001 6b 0001 77 ff")
    assert _read(body) == KVList.of(k="v")
    payload = (
        bytes.fromhex("010000001e 00000033 62") + (len(body) + 2).to_bytes(2, "big") + body
    )
    assert encode(decode(payload)) == payload


def test_duplicates_order_and_empty_keys_are_kept() -> None:
    pairs = KVList([("k", "1"), ("", ""), ("k", 2), ("k", "1")])
    assert _read(write_body(pairs, "utf-8")) == pairs


@pytest.mark.parametrize(
    ("body", "offset", "path", "words"),
    [
        ("", 0, "L", "before its count"),
        ("00", 0, "L", "before its count"),
        ("0001", 0, "L", "1 pairs cannot lie in 0 bytes"),
        ("ffff 00 0000 0000", 0, "L", "65535 pairs cannot lie in 5 bytes"),
        ("0001 05 0000 0000", 2, "L[0]", "kind 05"),
        ("0001 85 0000 00000000", 2, "L[0]", "kind 85"),
        ("0001 7f 0000 0000", 2, "L[0]", "kind 7f"),
        ("0001 01 0001 6e 0003 000000", 8, "L[0].value", "integer of 3 bytes"),
        ("0001 01 0001 6e 0000", 8, "L[0].value", "integer of 0 bytes"),
        ("0001 81 0001 6e 00000008" + "00" * 8, 10, "L[0].value", "integer of 8 bytes"),
        ("0001 04 0001 75 0003 006800", 8, "L[0].value", "UTF-16 of 3 bytes"),
        ("0001 00 0009 6b 0001 76", 3, "L[0].key", "before this"),
        ("0001 00 0001 6b 0002 76", 6, "L[0].value", "before this"),
        ("0001 00 0002 6b 0001", 7, "L[0].value", "before this"),
        ("0001 80 0001 6b 0000", 6, "L[0].value", "before this"),
        ("0001 80 0001 6b 00000002 76", 6, "L[0].value", "before this"),
        ("0002 00 0001 6b 0005 7676767676", 13, "L[1]", "before this"),
        ("0001 03 0001 4c 0004 0005 0000", 8, "L[0]", "says that it has 5"),
        ("0001 03 0001 4c 0005 0004 0000 00", 8, "L[0]", "says that it has 4"),
        ("0001 03 0001 4c 0001 00", 8, "L[0]", "says that it has -1"),
        ("0001 03 0001 4c 0002 0002", 10, "L[0]", "before its count"),
        ("0001 03 0001 4c 0006 0006 0001 0000", 10, "L[0]", "1 pairs cannot"),
        ("0001 83 0001 4c 00000003 000000", 10, "L[0]", "before its count"),
        ("0001 83 0001 4c 00000000", 10, "L[0]", "before its count"),
        (
            "0001 03 0001 4c 000b 000b 0001 09 0001 78 0001 79",
            12,
            "L[0][0]",
            "kind 09",
        ),
    ],
)
def test_a_list_that_cannot_be_read_says_what_and_where(
    body: str, offset: int, path: str, words: str
) -> None:
    error = _error(body)
    assert words in error.message
    assert (error.offset, error.path, error.fatal) == (offset, path, False)


def test_an_empty_value_of_form_03_puts_the_stream_out_of_step() -> None:
    error = _error("0001 03 0001 4c 0000")
    assert error.fatal
    assert (error.offset, error.path) == (6, "L[0]")


def test_a_count_is_checked_before_it_is_believed() -> None:
    data = (0xFFFFFFFF).to_bytes(4, "big") + bytes(70000)
    with pytest.raises(ProtocolError, match="4294967295 pairs cannot lie"):
        _read(data)


def test_places_are_those_of_the_pairs_within_as_well() -> None:
    pairs = KVList([("a", "v"), ("L", KVList.of(x=1, y=KVList())), ("z", "A" * 70000)])
    body = write_body(pairs, "utf-8")
    found = list(places(body, 0, len(body), Reading("utf-8")))
    assert [(place.key, place.depth, place.kind) for place in found] == [
        ("a", 1, 0),
        ("L", 1, 3),
        ("x", 2, 1),
        ("y", 2, 3),
        ("z", 1, 0x80),
    ]
    assert all(body[place.at] == place.kind for place in found)
    assert body[found[2].begin : found[2].end] == b"\0\0\0\1"


def test_a_value_that_no_list_can_have_is_refused() -> None:
    with pytest.raises(Unencodable, match="no place for float"):
        write_body(KVList([("k", 1.5)]), "utf-8")  # type: ignore[list-item]


class _Subtext(str):
    __slots__ = ()


def test_a_subclass_of_a_text_is_a_text() -> None:
    assert _read(write_body(KVList.of(k=_Subtext("v")), "utf-8")) == KVList.of(k="v")
