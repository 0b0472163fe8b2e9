"""The JSON form shows what is on the wire, also where it is odd, and can be written back."""

from typing import Any

import pytest

from tlibproto.errors import ProtocolError, Unencodable
from tlibproto.jsonform import (
    error_to_json,
    pairs_from_json,
    pairs_to_json,
    payload_from_json,
    payload_to_json,
    stream_to_json,
)
from tlibproto.vocabulary import KVList, WideText


def _attribute(payload: str) -> dict[str, Any]:
    raw = bytes.fromhex(payload)
    form = payload_to_json(raw)
    assert payload_from_json(form) == raw
    (attribute,) = form["attributes"]
    return {key: attribute[key] for key in ("name", "type", "value")}


@pytest.mark.parametrize(
    ("payload", "name", "code", "value"),
    [
        ("00000014 69 00001b59", "ThisDN", "i", 7001),
        ("00000014 6c ffffffffffffffff", "ThisDN", "l", -1),
        ("00000014 62 0004 ffff", "ThisDN", "b", "ffff"),
        ("00000014 53 00000001 41", "ThisDN", "S", "A"),
        ("00000009 6c ffffffffffffffff", "ConnID", "l", "ffffffffffffffff"),
        ("00000009 69 ffffffff", "ConnID", "i", -1),
        ("00000005 6c ffffffffffffffff", "NetworkCallID", "l", -1),
        ("00000003 73 0001 35", "CallID", "s", "5"),
        ("00000033 73 0001 35", "UserData", "s", "5"),
        ("00000033 42 00000002 0000", "UserData", "B", []),
        ("0000003f 62 0003 80", "Capabilities", "b", "80"),
        ("00000092 62 0004 0000", "ISLinkList", "b", "0000"),
        ("00000004 6c 00000000000000ff", "NodeID", "l", "00000000000000ff"),
        ("000003e7 69 ffffffff", None, "i", -1),
        ("000003e7 6c 00000000000000ff", None, "l", "00000000000000ff"),
        ("000003e7 62 0004 0000", None, "b", "0000"),
        ("000003e7 42 00000001 00", None, "B", "00"),
        ("000003e7 73 0002 ff41", None, "s", "\udcffA"),
    ],
)
def test_an_attribute_is_shown_as_it_is(payload: str, name: str, code: str, value: Any) -> None:
    assert _attribute("010000003c" + payload) == {"name": name, "type": code, "value": value}


def test_an_unknown_message_has_no_name() -> None:
    assert payload_to_json(bytes.fromhex("00000000c8")) == {
        "message": None,
        "id": 200,
        "attributes": [],
    }


def test_a_repeated_attribute_appears_twice() -> None:
    payload = bytes.fromhex("020000003c 00000003 69 00000001 00000003 69 00000002")
    form = payload_to_json(payload)
    assert [item["value"] for item in form["attributes"]] == [1, 2]
    assert payload_from_json(form) == payload


def test_pairs_have_their_kinds() -> None:
    pairs = KVList(
        [("a", "v"), ("b", -1), ("c", b"\xff"), ("d", KVList()), ("e", WideText("w"))]
    )
    triples = [
        ["a", "str", "v"],
        ["b", "int", -1],
        ["c", "bin", "ff"],
        ["d", "list", []],
        ["e", "wstr", "w"],
    ]
    assert pairs_to_json(pairs) == triples
    assert pairs_from_json(triples) == pairs


@pytest.mark.parametrize(
    ("payload", "offset", "path"),
    [
        ("0100", 0, ""),
        ("010000003c 00000033 62 000a 0001 09 0001 6b 0000", 14, "UserData[0]"),
        ("010000003c 00000033 99 000b", 9, "UserData"),
        ("010000003c", 5, "attributes[0]"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(
    payload: str, offset: int, path: str
) -> None:
    with pytest.raises(ProtocolError) as caught:
        payload_to_json(bytes.fromhex(payload))
    form = error_to_json(caught.value)
    assert (form["offset"], form["path"]) == (offset, path)
    assert form["kind"] in ("MalformedFrame", "MalformedAttribute")
    assert list(form) == ["kind", "offset", "path", "message"]


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ({"name": "ThisDN", "value": "7001"}, "s"),
        ({"name": "ErrorMessage", "value": "A" * 65535}, "s"),
        ({"name": "ErrorMessage", "value": "A" * 65536}, "S"),
        ({"name": "UserData", "value": []}, "b"),
        ({"name": "UserData", "value": [["k", "str", "A" * 65530]]}, "B"),
        ({"name": "ConnID", "value": "0000000000000001"}, "l"),
        ({"name": "ConnID", "value": 2**64 - 1}, "l"),
        ({"name": "NetworkCallID", "value": -1}, "l"),
        ({"name": "ReferenceID", "value": 4294967295}, "i"),
        ({"name": "Capabilities", "value": "00" * 64}, "b"),
        ({"id": 999, "value": 1}, "i"),
        ({"id": 999, "value": 2**40}, "l"),
        ({"id": 999, "value": "x"}, "s"),
        ({"id": 999, "value": [["k", "int", 1]]}, "b"),
        ({"id": 20, "value": "7001", "type": "S"}, "S"),
        ({"name": "ThisDN", "value": 1, "type": "i"}, "i"),
    ],
)
def test_a_type_code_is_the_usual_one_unless_it_is_named(
    attribute: dict[str, Any], code: str
) -> None:
    payload = payload_from_json({"message": "EventRinging", "attributes": [attribute]})
    assert payload[9:10].decode() == code


def test_a_message_is_named_by_number_or_name() -> None:
    assert payload_from_json({"id": 200}) == bytes.fromhex("00000000c8")
    assert payload_from_json({"message": "EventACK"}) == bytes.fromhex("000000008a")
    assert payload_from_json({"message": "EventACK", "id": 200})[-1] == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ([], "JSON object"),
        ({}, "neither id nor a message"),
        ({"message": "EventParty"}, "neither id nor a message"),
        ({"id": -1}, "32 bits"),
        ({"id": True}, "32 bits"),
        ({"id": 1, "attributes": 5}, "JSON array"),
        ({"id": 1, "attributes": [{"id": 1, "value": ""}] * 256}, "more than 255"),
        ({"id": 1, "attributes": [5]}, r"attributes\[0\]: an attribute is"),
        ({"id": 1, "attributes": [{"name": "Nothing"}]}, r"attributes\[0\]: neither"),
        ({"id": 1, "attributes": [{"id": 20, "type": "x", "value": ""}]}, "one of i l s S b B"),
        ({"id": 1, "attributes": [{"id": 20, "type": 5, "value": ""}]}, "one of i l s S b B"),
        ({"id": 1, "attributes": [{"id": 20, "value": 5}]}, "JSON string"),
        ({"id": 1, "attributes": [{"id": 20}]}, "JSON string"),
        ({"id": 1, "attributes": [{"id": 20, "type": "s", "value": "A" * 65536}]}, "too long"),
        ({"id": 1, "attributes": [{"id": 3, "value": "5"}]}, "number is needed"),
        ({"id": 1, "attributes": [{"id": 3, "value": True}]}, "number is needed"),
        ({"id": 1, "attributes": [{"id": 3, "value": 2**32}]}, "32 bits"),
        ({"id": 1, "attributes": [{"id": 9, "value": "00"}]}, "16 hexadecimal"),
        ({"id": 1, "attributes": [{"id": 9, "value": "xx"}]}, "not hexadecimal"),
        ({"id": 1, "attributes": [{"id": 51, "value": 5}]}, "hex, or an array"),
        ({"id": 1, "attributes": [{"id": 51, "value": [["k", "str"]]}]}, "a pair is"),
        ({"id": 1, "attributes": [{"id": 51, "value": [["k", "str", 5]]}]}, "kind is one of"),
        (
            {"id": 1, "attributes": [{"id": 51, "value": [["k", "int", True]]}]},
            "kind is one of",
        ),
        (
            {"id": 1, "attributes": [{"id": 51, "value": [["k", "list", 5]]}]},
            "list is an array",
        ),
        ({"id": 1, "attributes": [{"id": 51, "value": [["k", "int", 2**31]]}]}, "32 bits"),
        (
            {"id": 1, "attributes": [{"id": 51, "value": [["k", "bin", "0"]]}]},
            "not hexadecimal",
        ),
    ],
)
def test_a_form_that_means_nothing_is_refused(form: Any, words: str) -> None:
    with pytest.raises(Unencodable, match=words):
        payload_from_json(form)


def test_texts_follow_the_character_set() -> None:
    form = {"id": 60, "attributes": [{"id": 20, "value": "Zürich"}]}
    payload = payload_from_json(form, "latin-1")
    assert payload.endswith(b"Z\xfcrich")
    assert payload_to_json(payload, "latin-1")["attributes"][0]["value"] == "Zürich"


def test_a_stream_that_stops_within_a_unit_says_so() -> None:
    assert stream_to_json(bytes.fromhex("0000000500")) == {"units": [], "incomplete": 5}
    assert stream_to_json(b"") == {"units": []}
