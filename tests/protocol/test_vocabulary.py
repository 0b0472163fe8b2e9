"""The words of the protocol are those of messages.yml; lists, masks, character sets."""

from copy import deepcopy
from enum import IntEnum

import pytest

from tests.vectors.files import tables
from tlibproto import vocabulary
from tlibproto.vocabulary import (
    EMPTY_KVLIST,
    AttributeId,
    KVList,
    MessageId,
    TErrorCode,
    WideText,
    connid_of,
    connid_text,
    decode_text,
    encode_text,
    mask_ids,
    mask_of,
    wire_codec,
)

CLASSES = {"Errors": "TErrorCode", "DNRole": "DnRole"}
MEMBERS = {"None": "None_"}


@pytest.mark.parametrize("name", tables()["enums"])
def test_an_enumeration_has_the_names_and_numbers_of_the_table(name: str) -> None:
    found: type[IntEnum] = getattr(vocabulary, CLASSES.get(name, name))
    wanted = {MEMBERS.get(str(k), str(k)): v for k, v in tables()["enums"][name].items()}
    assert {key: int(member) for key, member in found.__members__.items()} == wanted


def test_ids_have_the_names_and_numbers_of_the_table() -> None:
    messages = {item["name"]: item["id"] for item in tables()["messages"]}
    attributes = {item["name"]: item["id"] for item in tables()["attributes"]}
    assert {item.name: int(item) for item in MessageId} == messages
    assert {item.name: int(item) for item in AttributeId} == attributes


def test_the_first_of_two_names_is_the_one_that_is_printed() -> None:
    assert vocabulary.AgentWorkMode(2).name == "LegalGuard"
    assert vocabulary.XRouteType(0).name == "Route"
    assert TErrorCode(1000).name == "TERR_EXR_START"


def test_a_connection_id_is_sixteen_digits() -> None:
    assert connid_text(0x00A1B2C3D4E5F601) == "00a1b2c3d4e5f601"
    assert connid_of("ffffffffffffffff") == 2**64 - 1
    assert connid_text(connid_of("0000000000000000")) == "0" * 16


def test_a_mask_is_that_of_the_description() -> None:
    mask = mask_of([0, 9, 85, 511])
    assert mask.hex() == "0102" + "00" * 8 + "20" + "00" * 52 + "80"
    assert mask_ids(mask) == {0, 9, 85, 511}


def test_a_mask_of_any_size_is_read() -> None:
    assert mask_ids(b"") == frozenset()
    assert mask_ids(b"\x02") == {1}
    assert mask_ids(bytes(63) + b"\x80" + b"\xff" * 9) == {511}


def test_a_list_is_a_value() -> None:
    nested = KVList.of(x="y")
    pairs = KVList([("a", 1), ("b", nested), ("a", b"\0")])
    assert pairs == KVList([("a", 1), ("b", nested), ("a", b"\0")])
    assert hash(pairs) == hash(deepcopy(pairs))
    assert pairs != pairs.pairs
    assert (len(pairs), bool(pairs), bool(EMPTY_KVLIST)) == (3, True, False)
    assert list(pairs) == [("a", 1), ("b", nested), ("a", b"\0")]
    assert repr(KVList.of(a=1)) == "KVList([('a', 1)])"
    with pytest.raises(AttributeError):
        pairs.pairs = ()
    with pytest.raises(AttributeError):
        del pairs.pairs


def test_a_wide_text_is_not_the_same_value_as_the_text() -> None:
    assert KVList([("k", WideText("v"))]) != KVList([("k", "v")])
    assert str(WideText("v")) == "v"


def test_a_list_is_searched_by_key() -> None:
    pairs = KVList([("k", 1), ("k", 2)])
    assert (pairs.first("k"), pairs.first("K")) == (1, None)
    assert (pairs.has("k"), pairs.has("K")) == (True, False)


def test_appending_keeps_what_is_there() -> None:
    appended = KVList.of(a=1, b=2).appended(KVList.of(a=3))
    assert appended.pairs == (("a", 1), ("b", 2), ("a", 3))


def test_updating_collapses_duplicates_at_the_place_of_the_first() -> None:
    before = KVList([("a", 1), ("k", 1), ("b", 1), ("k", 2)])
    assert before.updated(KVList([("k", 9), ("z", 0)])).pairs == (
        ("a", 1),
        ("k", 9),
        ("b", 1),
        ("z", 0),
    )


def test_of_duplicates_in_an_update_the_last_counts() -> None:
    assert KVList.of(a=1).updated(KVList([("n", 1), ("n", 2)])).pairs == (("a", 1), ("n", 2))


def test_removing_a_key_removes_all_its_pairs() -> None:
    assert KVList([("k", 1), ("a", 2), ("k", 3)]).without("k").pairs == (("a", 2),)


def test_bytes_that_are_no_text_come_back() -> None:
    raw = b"caf\xe9 \xff"
    assert decode_text(raw, "utf-8") == "caf\udce9 \udcff"
    assert encode_text("caf\udce9 \udcff", "utf-8") == raw


@pytest.mark.parametrize(
    ("charset", "text", "raw"),
    [
        ("utf-8", "grüß", "6772c3bcc39f"),
        ("latin-1", "grüß", "6772fcdf"),
        ("cp1251", "Привет", "cff0e8e2e5f2"),
        ("euc-kr", "한글", "c7d1b1db"),
        ("gb18030", "中文", "d6d0cec4"),
        ("shift_jis", "日本", "93fa967b"),
    ],
)
def test_a_text_is_written_in_the_character_set_of_the_connection(
    charset: str, text: str, raw: str
) -> None:
    assert encode_text(text, charset).hex() == raw
    assert decode_text(bytes.fromhex(raw), charset) == text


@pytest.mark.parametrize("charset", ["ascii", "latin-1", "cp1251", "euc-kr"])
def test_a_character_that_is_lacking_is_written_as_a_question_mark(charset: str) -> None:
    assert encode_text("a😀b", charset) == b"a?b"
    assert encode_text("a\ud800b", "utf-8") == b"a?b"


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "cp1251", "euc-kr", "gb18030", "big5"])
def test_any_two_bytes_come_back_in_any_character_set(charset: str) -> None:
    codec = wire_codec(charset)
    for high in range(128, 256):
        for low in (0x00, 0x30, 0x5C, 0x7F, 0x80, 0xA1, 0xFE, 0xFF):
            raw = bytes((0x41, high, low, 0x42))
            assert encode_text(raw.decode(codec, "surrogateescape"), charset) == raw


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "hz", "iso2022_jp", "cp037"])
def test_a_character_set_without_ascii_is_refused(charset: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        wire_codec(charset)


def test_a_character_set_that_does_not_exist_is_refused() -> None:
    with pytest.raises(LookupError):
        wire_codec("klingon")
