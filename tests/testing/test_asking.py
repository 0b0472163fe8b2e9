"""Keywords of a test become a query of the journal."""

import pytest

from tlibproto.messages import EventRinging, RequestPrivateService
from tlibsim.journal.query import parse
from tlibsim.testing.asking import query_text


def test_a_class_or_name_says_which_message():
    assert query_text(EventRinging) == "event:EventRinging"
    assert query_text("RequestMakeCall", dn="7001") == "request:RequestMakeCall dn:7001"


def test_fields_are_named_as_the_protocol_names_them():
    text = query_text(RequestPrivateService, private_msg_id=3013, conn_id="00aa")
    assert text == "request:RequestPrivateService PrivateMsgID:3013 ConnID:00aa"


@pytest.mark.parametrize(
    "value", ["A 77", "it's", 'a "b"', "a,b", "back\\slash", "(x)", "ümlaut"]
)
def test_any_text_can_be_asked_for(value: str):
    parse(query_text("EventRinging", userdata={"account": value, "other key": "x"}))


def test_what_is_no_value_of_the_protocol_is_refused():
    with pytest.raises(TypeError, match="no value"):
        query_text("EventRinging", userdata={"a": True})
    with pytest.raises(TypeError, match="mapping"):
        query_text("EventRinging", userdata="a=b")
