"""Key-value lists as JSON and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibproto.vocabulary import KVList, WideText
from tlibsim.console.lists import WrongValueError, from_json, to_json

texts = st.one_of(st.text(max_size=20), st.sampled_from(["hex", "wide", "0a"]))
values = st.recursive(
    st.one_of(
        texts, st.integers(-(2**31), 2**31 - 1), st.binary(max_size=8), texts.map(WideText)
    ),
    lambda inner: st.lists(st.tuples(texts, inner), max_size=4).map(
        lambda pairs: KVList(tuple(pairs))
    ),
    max_leaves=12,
)
lists = st.lists(st.tuples(texts, values), max_size=6).map(lambda pairs: KVList(tuple(pairs)))


@given(lists)
def test_a_list_comes_back_as_it_was(pairs: KVList):
    assert from_json(to_json(pairs)) == pairs


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ({"a": None}, "userdata.a"),
        ({"a": True}, "bool"),
        ({"a": {"b": 0.5}}, "userdata.a.b"),
        ({"a": {"hex": "zz"}}, "hexadecimal"),
        ({"a": {"hex": 5}}, "text"),
        ([["a"]], "pairs"),
        ("text", "object"),
    ],
)
def test_what_no_list_can_hold_is_refused_by_its_place(document: object, word: str):
    with pytest.raises(WrongValueError, match=word):
        from_json(document)


def test_a_list_nested_too_deeply_is_refused():
    document: object = {}
    for _ in range(40):
        document = {"a": document}
    with pytest.raises(WrongValueError, match="nested"):
        from_json(document)
