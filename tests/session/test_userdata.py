"""User data as clients see it (BEHAVIOUR.md 4)."""

import struct

import pytest

from tests.session.exchange import Exchange, Line
from tlibproto.codec import encode
from tlibproto.framing import encode_frame
from tlibproto.messages import (
    EventAttachedDataChanged,
    EventError,
    Request,
    RequestAttachUserData,
    RequestDeletePair,
    RequestDeleteUserData,
    RequestHoldCall,
    RequestQueryCall,
    RequestRegisterAddress,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import (
    EMPTY_KVLIST,
    AttributeId,
    CallType,
    ConnId,
    Dn,
    DnRole,
    KVList,
    ReferenceId,
    RegisterMode,
    WideText,
)
from tlibsim.switch.commands import ArriveInbound, Because, ChangeUserData, DataChange

TYPED = KVList(
    (
        ("text", "élan"),
        ("number", -7),
        ("bytes", b"\x00\xff"),
        ("wide", WideText("中")),
        ("list", KVList((("inner", KVList((("n", 1),))), ("inner", 2)))),
        ("empty", ""),
        ("nothing", EMPTY_KVLIST),
    )
)


class Talking:
    """A call from 7001 to 7002; ``watch`` has both, ``rec`` 7001 to monitor it only."""

    def __init__(self, **options: object) -> None:
        self.exchange = Exchange(**options)
        self.a, self.b = self.exchange.open("7001"), self.exchange.open("7002")
        self.watch = self.exchange.open("7001", "7002")
        self.conn_id = self.exchange.talk(self.a, self.b)

    def attach(self, line: Line, dn: str, **pairs: object) -> EventAttachedDataChanged:
        answer = line.ask(
            RequestAttachUserData(
                this_dn=dn, conn_id=self.conn_id, user_data=KVList(pairs.items())
            )
        )
        assert type(answer) is EventAttachedDataChanged
        return answer


def test_every_party_is_told_with_its_own_dn_and_who_changed_the_data() -> None:
    talking = Talking()

    answer = talking.attach(talking.a, "7001", k="v")

    (at_b,) = talking.b.take()
    assert (answer.this_dn, answer.this_dn_role) == ("7001", DnRole.RoleOrigination)
    assert (at_b.this_dn, at_b.this_dn_role) == ("7002", DnRole.RoleDestination)
    for event in (answer, at_b):
        assert event.third_party_dn == "7001"
        assert event.user_data == KVList((("k", "v"),))
        assert event.conn_id == talking.conn_id
        assert event.call_type is CallType.Internal
    assert at_b.reference_id is None


def test_every_client_of_every_party_gets_a_copy() -> None:
    talking = Talking()

    talking.attach(talking.b, "7002", k="v")

    assert [m.this_dn for m in talking.watch.inbox] == ["7001", "7002"]
    assert {m.reference_id for m in talking.watch.take()} == {None}


def test_the_list_is_complete_after_every_change() -> None:
    talking = Talking()
    talking.attach(talking.a, "7001", a=1)

    answer = talking.attach(talking.a, "7001", b=2)

    assert answer.user_data == KVList((("a", 1), ("b", 2)))


def test_typed_values_stay_typed_on_the_wire() -> None:
    talking = Talking()

    talking.a.ask(
        RequestAttachUserData(this_dn="7001", conn_id=talking.conn_id, user_data=TYPED)
    )

    (at_b,) = talking.b.take()
    assert at_b.user_data == TYPED
    assert [type(value) for _, value in at_b.user_data] == [type(v) for _, v in TYPED]


def test_an_emptied_list_is_sent_as_an_empty_list() -> None:
    talking = Talking()
    talking.attach(talking.a, "7001", k="v")

    talking.a.ask(RequestDeleteUserData(this_dn="7001", conn_id=talking.conn_id))

    last = talking.b.take()[-1]
    assert "user_data" in dict(last.present())
    assert last.user_data == EMPTY_KVLIST


def test_update_replaces_and_delete_pair_removes() -> None:
    talking = Talking()
    talking.attach(talking.a, "7001", a=1, b=2)

    talking.a.ask(
        RequestUpdateUserData(
            this_dn="7001", conn_id=talking.conn_id, user_data=KVList((("a", 9), ("c", 3)))
        )
    )
    talking.a.ask(RequestDeletePair(this_dn="7001", conn_id=talking.conn_id, data_key="b"))

    first, second = talking.b.take()[-2:]
    assert first.user_data == KVList((("a", 9), ("b", 2), ("c", 3)))
    assert second.user_data == KVList((("a", 9), ("c", 3)))


def test_deleting_an_unknown_key_is_told_all_the_same() -> None:
    talking = Talking()

    talking.a.ask(RequestDeletePair(this_dn="7001", conn_id=talking.conn_id, data_key="b"))

    assert talking.b.names() == ["EventAttachedDataChanged"]


def test_a_change_by_the_server_names_no_third_party() -> None:
    talking = Talking()

    talking.exchange.perform(
        ChangeUserData(
            conn_id=talking.conn_id, change=DataChange.UPDATE, pairs=KVList((("k", 1),))
        )
    )

    for line in (talking.a, talking.b):
        (event,) = line.take()
        assert "third_party_dn" not in dict(event.present())


def test_reasons_and_extensions_of_a_change_are_told_to_everybody() -> None:
    talking = Talking()
    because = Because(reasons=KVList((("r", 1),)), extensions=KVList((("e", 2),)))

    talking.exchange.perform(
        ChangeUserData(conn_id=talking.conn_id, change=DataChange.DELETE_ALL, because=because)
    )

    for line in (talking.a, talking.b):
        (event,) = line.take()
        assert (event.reasons, event.extensions) == (because.reasons, because.extensions)


def test_an_inbound_caller_is_not_told_even_if_a_dn_has_its_number() -> None:
    exchange = Exchange()
    called, other = exchange.open("7001"), exchange.open("7002")
    exchange.perform(ArriveInbound(caller="7002", to=Dn("7001")))
    conn_id = called.take()[0].conn_id

    answer = called.ask(RequestAttachUserData(this_dn="7001", conn_id=conn_id, user_data=TYPED))

    assert answer.this_dn_role is DnRole.RoleDestination
    assert other.take() == []


def test_a_call_from_a_number_that_is_also_the_dn_has_the_role_of_the_dn() -> None:
    exchange = Exchange()
    called = exchange.open("7001")
    exchange.perform(ArriveInbound(caller="7001", to=Dn("7001")))
    conn_id = called.take()[0].conn_id

    answer = called.ask(RequestAttachUserData(this_dn="7001", conn_id=conn_id, user_data=TYPED))

    assert answer.this_dn_role is DnRole.RoleDestination
    assert called.names() == ["EventAttachedDataChanged"]


def test_the_data_is_in_the_answer_to_a_query() -> None:
    talking = Talking()
    talking.attach(talking.a, "7001", k="v")

    answer = talking.b.ask(RequestQueryCall(conn_id=talking.conn_id))

    assert answer.user_data == KVList((("k", "v"),))


PAIRS = KVList((("k", "v"),))
OURS = ConnId(0)
"""Stands for the call of the test."""


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (RequestAttachUserData(this_dn="7003", conn_id=OURS, user_data=PAIRS), 41),
        (RequestAttachUserData(this_dn="7004", conn_id=OURS, user_data=PAIRS), 1162),
        (RequestAttachUserData(this_dn="7001", conn_id=ConnId(99), user_data=PAIRS), 56),
        (RequestAttachUserData(this_dn="7001", user_data=PAIRS), 56),
        (RequestAttachUserData(this_dn="7001", conn_id=OURS), 53),
        (RequestUpdateUserData(this_dn="7001", conn_id=OURS), 53),
        (RequestUpdateUserData(conn_id=OURS, user_data=PAIRS), 53),
        (RequestDeletePair(this_dn="7003", conn_id=OURS, data_key="k"), 41),
        (RequestDeletePair(this_dn="7001", conn_id=ConnId(99), data_key="k"), 56),
        (RequestDeleteUserData(this_dn="7001"), 56),
        (RequestDeleteUserData(this_dn="7004", conn_id=OURS), 1162),
    ],
)
def test_a_change_that_may_not_be_gets_its_code_and_changes_nothing(
    request_: Request, code: int
) -> None:
    talking = Talking()
    line = talking.exchange.open("7001", "7004")
    values = dict(request_.present())
    if values.get("conn_id") == OURS:
        values["conn_id"] = talking.conn_id

    assert line.refused(type(request_)(**values)) == code

    view = talking.exchange.switch.call(talking.conn_id)
    assert view is not None
    assert view.user_data == EMPTY_KVLIST
    assert talking.b.take() == []


def test_data_over_the_limit_is_error_53_and_changes_nothing() -> None:
    talking = Talking(user_data_limit=1000)
    talking.attach(talking.a, "7001", k="x" * 900)
    talking.b.take()
    big = RequestAttachUserData(
        this_dn="7001", conn_id=talking.conn_id, user_data=KVList((("k", "x" * 900),))
    )

    assert talking.a.refused(big) == 53
    assert talking.b.take() == []


def test_more_pairs_than_a_client_can_count_are_error_53_and_the_call_goes_on() -> None:
    talking = Talking(user_data_limit=0)
    many = KVList(tuple((f"k{number}", number) for number in range(65535)))

    def update(pairs: KVList) -> RequestUpdateUserData:
        return RequestUpdateUserData(this_dn="7001", conn_id=talking.conn_id, user_data=pairs)

    assert len(talking.a.ask(update(many)).user_data) == 65535
    assert talking.a.refused(update(KVList((("more", 1),)))) == 53
    assert talking.a.ask(update(KVList((("k0", 7),)))).user_data.first("k0") == 7


def test_a_list_that_cannot_be_sent_back_is_left_out_of_the_error() -> None:
    talking = Talking()
    count = 65536
    body = (
        struct.pack(">I", count) + bytes(5) * count
    )  # pairs of an empty key and an empty text
    reasons = struct.pack(">IcI", AttributeId.Reasons, b"B", len(body)) + body
    asked = RequestHoldCall(
        this_dn="7001", conn_id=talking.conn_id, reference_id=ReferenceId(9)
    )
    payload = encode(asked)

    talking.a.take()
    talking.a.feed(encode_frame(bytes((payload[0] + 1,)) + payload[1:] + reasons))

    (error,) = talking.a.take()
    assert (type(error), error.error_code, error.reference_id) == (EventError, 52, 9)
    assert (error.this_dn, error.conn_id) == ("7001", talking.conn_id)
    assert error.reasons is None


def test_a_monitoring_client_may_not_change_data() -> None:
    talking = Talking()
    line = talking.exchange.open()
    line.ask(RequestRegisterAddress(this_dn="7001", register_mode=RegisterMode.ModeMonitor))

    request = RequestDeleteUserData(this_dn="7001", conn_id=talking.conn_id)
    assert line.refused(request) == 41


def test_with_userdata_any_dn_a_stranger_is_answered_though_it_sees_no_event() -> None:
    talking = Talking(userdata_any_dn=True)
    line = talking.exchange.open("7004")

    answer = line.ask(
        RequestAttachUserData(this_dn="7004", conn_id=talking.conn_id, user_data=PAIRS)
    )

    assert type(answer).__name__ == "EventACK"
    (event,) = talking.b.take()
    assert event.third_party_dn == "7004"


def test_large_data_goes_out_in_an_extension_packet() -> None:
    talking = Talking()

    talking.attach(talking.a, "7001", k="x" * 100_000)

    assert b"$PACKET EXTENSION V1.00$" in talking.b.raw
    assert len(talking.b.take()[0].user_data.first("k")) == 100_000
