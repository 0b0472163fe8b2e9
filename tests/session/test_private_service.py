"""RequestPrivateService on its way through the session (HOUSE.md 9, RECORDING.md 3.3)."""

import pytest

from tests.fakes.media import RecordingOrder
from tests.session.exchange import Exchange, Line
from tlibproto.messages import (
    EventACK,
    EventPrivateInfo,
    RequestPrivateService,
    RequestRegisterAddress,
    RequestSingleStepConference,
)
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


# -- EventPrivateInfo ----------------------------------------------------------------------------


def infos(line: Line) -> list[tuple[int | None, str | None]]:
    """The private events that a client got: service and ThisDN."""
    return [
        (event.private_msg_id, event.this_dn)
        for event in line.take()
        if isinstance(event, EventPrivateInfo)
    ]


def test_by_default_nobody_is_told_of_recording_beside_the_user_data() -> None:
    talking = start()

    assert [infos(line) for line in (talking.a, talking.b, talking.recorder)] == [[], [], []]


def test_the_requestor_alone_may_be_told_after_the_state_has_changed() -> None:
    talking = Talking(recording_private_info="requestor")
    for line in (talking.a, talking.b, talking.recorder):
        line.take()
    talking.ask(3013)
    talking.exchange.backend.answer_all()

    *_, changed, told = talking.recorder.take()
    assert changed.user_data.first("GSIP_RECORD") == "On"
    assert isinstance(told, EventPrivateInfo)
    assert (told.private_msg_id, told.this_dn, told.conn_id) == (4013, "7001", talking.conn_id)
    assert infos(talking.a) == []


def test_everybody_on_the_dn_may_be_told_of_each_service() -> None:
    talking = Talking(recording_private_info="dn")
    talking.ask(3013)
    for service in (3015, 3016, 3014):
        talking.exchange.backend.answer_all()
        talking.ask(service)

    told = [(4013, "7001"), (4015, "7001"), (4016, "7001"), (4014, "7001")]
    assert infos(talking.recorder) == told
    assert infos(talking.a) == told
    assert infos(talking.b) == []


# -- emergency -----------------------------------------------------------------------------------


def test_a_conference_with_the_reserved_number_records_in_an_emergency() -> None:
    talking = Talking(emergency_recording_filename="help_$AGENTDN$")
    request = RequestSingleStepConference(
        this_dn="7001", conn_id=talking.conn_id, other_dn="gcti::record"
    )

    answer = talking.a.ask(request)
    talking.exchange.backend.answer_all()

    assert type(answer) is EventACK
    (trace,) = talking.exchange.desk.traces()
    assert (trace.trigger.value, trace.record_dn) == ("emergency", "7001")
    event = talking.b.take()[-1]
    assert event.user_data.first("GSIP_REC_FN") == "help_7001"
    (call,) = talking.exchange.switch.views()
    assert [party.dn for party in call.parties] == ["7001", "7002"]


def test_an_emergency_needs_a_party_of_the_call_and_a_registered_dn() -> None:
    talking = Talking()
    request = RequestSingleStepConference(
        this_dn="7001", conn_id=ConnId(99), other_dn="gcti::record"
    )

    assert talking.a.refused(request) == 56
    other = RequestSingleStepConference(
        this_dn="7003", conn_id=talking.conn_id, other_dn="gcti::record"
    )
    assert talking.a.refused(other) == 41
