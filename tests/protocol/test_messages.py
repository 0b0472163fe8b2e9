"""The classes are those of messages.yml; a message is a sparse, frozen value."""

import dataclasses
from typing import Any

import pytest

from tests.vectors.files import tables
from tlibproto import messages
from tlibproto.messages import (
    ANSWERS,
    CATALOGUE,
    Event,
    EventError,
    EventRinging,
    Message,
    RawAttribute,
    Request,
    RequestMakeCall,
    RequestPrivateService,
    RequestQueryServer,
    RequestSendEvent,
    RequestStartCallMonitoring,
    UnknownMessage,
    assemble,
    evolve,
)
from tlibproto.vocabulary import AttributeId, ConnId, Dn, KVList, MessageId, ReferenceId

KINDS = {item["name"]: item["kind"] for item in tables()["attributes"]}


def _attributes(cls: type[Message]) -> set[str]:
    found = (getattr(field.type, "__metadata__", ()) for field in dataclasses.fields(cls))
    return {AttributeId(metadata[0]).name for metadata in found if metadata}


def _wanted(item: dict[str, Any]) -> set[str]:
    sets = [*item.get("set", ()), *filter(None, [item.get("carries")])]
    if item["direction"] == "event" and not item["api"]:
        sets.append("event_common")
    named = set(item["attributes"]) | {"ReferenceID"}
    return named.union(*(tables()[name] for name in sets))


@pytest.mark.parametrize("item", tables()["messages"], ids=lambda item: str(item["name"]))
def test_a_message_has_the_attributes_of_the_table(item: dict[str, Any]) -> None:
    cls = CATALOGUE[MessageId(item["id"])]
    assert cls is getattr(messages, item["name"])
    assert cls.__name__ == item["name"]
    assert cls.message_id == item["id"]
    assert issubclass(cls, Request if item["direction"] == "request" else Event)
    assert _attributes(cls) == _wanted(item)


def test_every_message_of_the_table_has_a_class() -> None:
    assert set(CATALOGUE) == {item["id"] for item in tables()["messages"]}


def test_every_answer_is_an_event_that_can_carry_a_reference() -> None:
    assert len(ANSWERS) == 64
    for request, event in ANSWERS.items():
        assert issubclass(request, Request)
        assert event(reference_id=ReferenceId(5)).reference_id == 5


def test_a_message_holds_only_what_is_present() -> None:
    event = EventRinging(this_dn=Dn("7001"), ani=None, extra=())
    assert (event.this_dn, event.ani, event.user_data, event.extra) == ("7001", None, None, ())
    assert repr(event) == "EventRinging(this_dn='7001')"
    assert event == EventRinging(this_dn=Dn("7001"))
    assert hash(event) == hash(EventRinging(this_dn=Dn("7001")))
    assert event != EventError(this_dn=Dn("7001"))
    assert event != "7001"


def test_a_message_assembled_of_its_values_is_the_one_made_with_arguments() -> None:
    assembled = assemble(EventRinging, {"this_dn": "7001", "ani": None, "extra": ()})
    assert assembled == EventRinging(this_dn=Dn("7001"))
    assert list(assembled.present()) == [("this_dn", "7001")]
    with pytest.raises(TypeError, match="EventRinging has no dtmf"):
        assemble(EventRinging, {"dtmf": "1"})
    with pytest.raises(TypeError, match="RequestPrivateService needs private_msg_id"):
        assemble(RequestPrivateService, {"this_dn": "7001"})


def test_a_message_is_a_frozen_dataclass() -> None:
    event = EventRinging(this_dn=Dn("7001"))
    assert "user_data" in {field.name for field in dataclasses.fields(event)}
    assert dataclasses.replace(event, ani="5") == EventRinging(this_dn=Dn("7001"), ani="5")
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.this_dn = Dn("7002")  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del event.this_dn


def test_a_name_that_a_message_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="EventRinging has no dtmf_digits"):
        EventRinging(dtmf_digits="1")  # type: ignore[call-arg]


def test_a_request_says_what_it_cannot_do_without() -> None:
    with pytest.raises(TypeError, match="RequestPrivateService needs private_msg_id"):
        RequestPrivateService(conn_id=ConnId(1))  # type: ignore[call-arg]


def test_most_attributes_of_a_request_may_be_missing() -> None:
    needy = {cls for cls in CATALOGUE.values() if cls._required}
    assert {cls.__name__ for cls in needy} == {
        "RequestDeletePair",
        "RequestPrivateService",
        "RequestSetInputMask",
    }


def test_evolving_changes_adds_and_takes_away() -> None:
    request = RequestMakeCall(this_dn=Dn("7001"), other_dn="7002", user_data=KVList.of(a=1))
    changed = evolve(request, other_dn="7003", user_data=None, reference_id=ReferenceId(4))
    assert changed == RequestMakeCall(
        this_dn=Dn("7001"), other_dn="7003", reference_id=ReferenceId(4)
    )
    assert request.other_dn == "7002"
    with pytest.raises(TypeError):
        evolve(request, ani="5")


def test_requests_that_enclose_an_event_have_its_attributes() -> None:
    request = RequestSendEvent(user_event=96, this_dn=Dn("7001"), client_id=3, ani="1")
    assert isinstance(request, Request)
    assert not isinstance(request, Event)


def test_the_mode_of_call_monitoring_is_a_mask() -> None:
    assert RequestStartCallMonitoring(register_mode=9).register_mode == 9


def test_an_unknown_message_has_its_number_and_its_attributes() -> None:
    message = UnknownMessage(message_id=200, extra=(RawAttribute(4, "i", bytes(4)),))
    assert message.message_id == 200
    assert repr(message).startswith("UnknownMessage(message_id=200, extra=")
    assert message != UnknownMessage(message_id=201, extra=message.extra)
    assert RequestQueryServer() == RequestQueryServer()
