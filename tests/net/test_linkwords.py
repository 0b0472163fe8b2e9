"""The words on a link between two processes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tlibproto.vocabulary import CallState, ConnId, Dn, KVList
from tlibsim.net.linkwords import LinkError, from_bytes, read, to_bytes, written
from tlibsim.ports.site import (
    CameFrom,
    LegAnswered,
    LegData,
    LegEnded,
    LegOffered,
    LegsKnown,
    LegTaken,
    Site,
)

NORTH = "North_Switch"

_texts = st.text(max_size=8)
_places = st.builds(CameFrom, location=_texts, dn=st.none() | _texts)
_values = st.one_of(_texts, st.integers(-(2**31), 2**31 - 1), st.binary(max_size=4))
_lists = st.builds(KVList, st.lists(st.tuples(_texts, _values), max_size=4))
_uuids = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUV", min_size=32, max_size=32)
_who = {"origin": st.just(NORTH), "link": _uuids}
_messages = st.one_of(
    st.builds(
        LegOffered,
        **_who,
        to=_texts.map(Dn),
        caller=_texts,
        conn_id=st.integers(0, 2**64 - 1).map(ConnId),
        call_uuid=_uuids,
        ani=st.none() | _texts,
        dnis=st.none() | _texts,
        user_data=_lists,
        first=_places,
        last=_places,
    ),
    st.builds(LegTaken, **_who),
    st.builds(LegAnswered, **_who),
    st.builds(LegEnded, **_who, why=st.sampled_from(CallState)),
    st.builds(LegData, **_who, user_data=_lists, version=st.integers(0, 2**53)),
    st.builds(
        LegsKnown,
        origin=st.just(NORTH),
        links=st.lists(_uuids, max_size=3).map(tuple),
    ),
)


@given(_messages)
def test_a_message_comes_out_of_its_bytes_as_it_went_in(message: Any) -> None:
    assert read(from_bytes(to_bytes(written(message))), NORTH) == message


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@hypothesis_settings(max_examples=300)
@given(_messages, st.data())
def test_a_wrong_value_is_an_error_of_the_link_and_nothing_else(
    message: Any, data: st.DataObject
) -> None:
    form = written(message)
    key = data.draw(st.sampled_from(sorted(form)))
    form[key] = data.draw(_json)

    try:
        again = read(form, NORTH)
    except LinkError:
        return
    assert written(again).keys() == form.keys()


def test_what_does_not_travel_is_not_written() -> None:
    with pytest.raises(LinkError, match="Site does not travel"):
        written(Site(server="a", switch="b"))
