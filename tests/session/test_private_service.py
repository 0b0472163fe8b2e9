"""RequestPrivateService on its way through the session (HOUSE.md 9, RECORDING.md 3.3)."""

import pytest

from tests.fakes.media import RecordingOrder
from tests.session.exchange import Exchange, Line
from tlibproto.messages import EventACK, RequestPrivateService, RequestRegisterAddress
from tlibproto.vocabulary import ConnId, KVList, RegisterMode


class Talking:
    """A call from 7001 to 7002 with a client on each DN and a recorder on 7001."""

    def __init__(self, **options: object) -> None:
        self.exchange = Exchange(**options)
        self.a, self.b = self.exchange.open("7001"), self.exchange.open("7002")
        self.recorder = self.exchange.open("7001")
        self.conn_id = self.exchange.talk(self.a, self.b)

    def ask(self, service: int, line: Line | None = None, **rest: object) -> object:
        request = RequestPrivateService(
            this_dn="7001", conn_id=self.conn_id, private_msg_id=service, **rest
        )
        return (line or self.recorder).ask(request)


def start(**rest: object) -> Talking:
    talking = Talking(**rest)
    talking.ask(3013)
    talking.exchange.backend.answer_all()
    return talking


def test_a_start_is_acknowledged_to_who_asked_and_ordered_from_the_backend() -> None:
    talking = Talking()

    answer = talking.ask(3013)

    assert type(answer) is EventACK
    assert talking.recorder.names()[0] == "EventACK"
    assert "EventACK" not in talking.a.names() + talking.b.names()
    (order,) = talking.exchange.backend.of_kind(RecordingOrder)
    assert {party.dn for party in order.parties} == {"7001", "7002"}


def test_when_the_backend_has_started_every_party_learns_it_from_the_user_data() -> None:
    talking = start()

    for line, dn in ((talking.a, "7001"), (talking.b, "7002")):
        event = line.take()[-1]
        assert type(event).__name__ == "EventAttachedDataChanged"
        assert event.this_dn == dn
        assert event.user_data.first("GSIP_RECORD") == "On"
        assert event.reference_id is None
        assert "third_party_dn" not in dict(event.present())


@pytest.mark.parametrize("service", [3014, 3015])
def test_a_running_recording_is_stopped_or_paused(service: int) -> None:
    talking = start()

    assert type(talking.ask(service)) is EventACK


def test_a_paused_recording_is_resumed() -> None:
    talking = start()
    talking.ask(3015)
    talking.exchange.backend.answer_all()

    assert type(talking.ask(3016)) is EventACK


@pytest.mark.parametrize("service", [0, -1, 1, 3012, 3017, 2**31 - 1])
def test_any_other_service_is_unsupported(service: int) -> None:
    answer = Talking().ask(service)

    assert getattr(answer, "error_code", None) == 51


@pytest.mark.parametrize("service", [3013, 3014, 3015, 3016])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"this_dn": "7003"}, 41),
        ({"this_dn": None}, 53),
        ({"conn_id": ConnId(99)}, 56),
        ({"conn_id": None}, 56),
    ],
)
def test_a_service_for_the_wrong_dn_or_call_gets_its_code(
    service: int, changes: dict[str, object], code: int
) -> None:
    talking = Talking()
    values = {"this_dn": "7001", "conn_id": talking.conn_id, "private_msg_id": service}

    assert talking.recorder.refused(RequestPrivateService(**(values | changes))) == code
    assert talking.exchange.backend.orders == []


def test_a_client_that_only_monitors_may_not_record() -> None:
    talking = Talking()
    line = talking.exchange.open()
    line.ask(RequestRegisterAddress(this_dn="7001", register_mode=RegisterMode.ModeMonitor))

    assert getattr(talking.ask(3013, line), "error_code", None) == 41


def test_an_integer_in_the_extensions_is_refused_and_everybody_lives() -> None:
    talking = Talking()

    answer = talking.ask(3013, extensions=KVList((("record", 1),)))

    assert getattr(answer, "error_code", None) == 53
    assert not any(line.closed for line in talking.exchange.lines.values())


def test_an_integer_in_the_extensions_can_imitate_the_failure_of_the_real_server() -> None:
    talking = Talking(integer_extension="drop-clients")

    talking.recorder.send(
        RequestPrivateService(
            this_dn="7001",
            conn_id=talking.conn_id,
            private_msg_id=3013,
            extensions=KVList((("record", 1),)),
        )
    )

    assert all(line.closed for line in talking.exchange.lines.values())


def test_the_recording_goes_on_when_the_client_that_asked_for_it_vanishes() -> None:
    talking = start()

    talking.recorder.disconnect()

    assert [type(order).__name__ for order in talking.exchange.backend.orders] == [
        "RecordingOrder"
    ]
