"""Registration: modes, errors, state of the DN, and clients that vanish (BEHAVIOUR.md 3)."""

from dataclasses import replace

import pytest

from tests.session.exchange import Exchange
from tests.switch.bed import SECOND, START, scenario_bed
from tlibproto.messages import (
    EventError,
    EventRegistered,
    EventUnregistered,
    RequestHoldCall,
    RequestMakeCall,
    RequestRegisterAddress,
    RequestReleaseCall,
    RequestUnregisterAddress,
    evolve,
)
from tlibproto.vocabulary import (
    AddressType,
    Dn,
    KVList,
    ReferenceId,
    RegisterMode,
    connid_text,
)
from tlibsim.config import DnSettings
from tlibsim.switch.commands import AnswerCall, ArriveInbound, MakeCall

REGISTER = RequestRegisterAddress(this_dn="7001", register_mode=0, control_mode=0)
IDLE = KVList((("AgentStatus", 0), ("status", 0), ("fwd", "off"), ("dnd", 0), ("mwl", 0)))
TWICE = ReferenceId(2147483647)


def test_the_answer_has_what_the_specification_demands() -> None:
    exchange = Exchange()
    line = exchange.open()
    exchange.now = type(exchange.now)(START + 5 * SECOND + 7)

    answer = line.ask(REGISTER)

    assert answer == EventRegistered(
        reference_id=ReferenceId(1),
        this_dn="7001",
        address_type=AddressType.DN,
        address_info_type=8,
        address_info_status=1,
        extensions=IDLE,
        customer_id="Environment",
        timein_secs=START // SECOND + 5,
        timein_usecs=7,
    )


def test_only_who_asked_is_told_of_a_registration() -> None:
    exchange = Exchange()
    other = exchange.open("7001")

    exchange.open().ask(REGISTER)

    assert other.take() == []


@pytest.mark.parametrize("absent", ["register_mode", "control_mode", "address_type"])
def test_modes_and_type_may_be_absent(absent: str) -> None:
    request = evolve(evolve(REGISTER, address_type=AddressType.DN), **{absent: None})

    assert type(Exchange().open().ask(request)) is EventRegistered


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_the_control_mode_makes_no_visible_difference(mode: int) -> None:
    answer = Exchange().open().ask(evolve(REGISTER, control_mode=mode))

    assert type(answer) is EventRegistered


def test_the_address_type_unknown_stands_for_that_of_the_object() -> None:
    request = evolve(REGISTER, address_type=AddressType.Unknown)

    assert Exchange().open().ask(request).address_type is AddressType.DN


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("7001", AddressType.DN),
        ("8000", AddressType.Queue),
        ("5000", AddressType.RouteDN),
        ("9100", AddressType.DN),
        ("trunk-in", AddressType.Trunk),
    ],
)
def test_each_object_has_its_address_type(number: str, kind: AddressType) -> None:
    line = Exchange().open()

    answer = line.ask(evolve(REGISTER, this_dn=number, address_type=kind))

    assert (answer.address_type, answer.address_info_status) == (kind, int(kind))


def test_a_queue_tells_its_counters() -> None:
    answer = Exchange().open().ask(evolve(REGISTER, this_dn="8000"))

    assert answer.extensions == KVList(
        (("AgentsInQueue", 0), ("AvailableAgents", 0), ("CallsInQueue", 0))
    )


def test_a_dn_may_be_alphanumeric() -> None:
    exchange = Exchange(extra=[DnSettings(dn="alice.smith@sales")])

    answer = exchange.open().ask(evolve(REGISTER, this_dn="alice.smith@sales"))

    assert answer.this_dn == "alice.smith@sales"


# Refusals.


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (evolve(REGISTER, this_dn="7999"), 59),
        (evolve(REGISTER, this_dn=None), 53),
        (evolve(REGISTER, this_dn=""), 53),
        (evolve(REGISTER, register_mode=9), 53),
        (evolve(REGISTER, address_type=AddressType.Queue), 128),
        (evolve(REGISTER, address_type=77), 128),
        (evolve(REGISTER, this_dn="8000", address_type=AddressType.DN), 128),
        (RequestUnregisterAddress(this_dn="7001"), 41),
        (RequestUnregisterAddress(this_dn="7999"), 41),
        (RequestUnregisterAddress(), 53),
        (RequestMakeCall(this_dn="7001", other_dn="7002"), 41),
    ],
)
def test_a_bad_registration_gets_its_code(request_: RequestRegisterAddress, code: int) -> None:
    exchange = Exchange()
    line = exchange.open()

    assert line.refused(request_) == code
    assert not exchange.hub.registry.registrations(exchange.hub.clients[line.id])


def test_a_disabled_dn_is_not_configured() -> None:
    exchange = Exchange(extra=[replace(scenario_bed().dns["7003"], enabled=False)])

    assert exchange.open().refused(evolve(REGISTER, this_dn="7003")) == 59


def test_a_refusal_repeats_what_the_request_named() -> None:
    extensions = KVList((("k", 1),))

    error = Exchange().open().ask(evolve(REGISTER, this_dn="7999", extensions=extensions))

    assert type(error) is EventError
    assert (error.this_dn, error.extensions) == ("7999", extensions)
    assert error.error_message == "DN is not configured in CME"


# DNs that nobody configured.


def test_accept_unknown_dn_takes_a_dn_in_with_the_address_type_of_the_request() -> None:
    line = Exchange(accept_unknown_dn=True).open()

    plain = line.ask(evolve(REGISTER, this_dn="7999"))
    queue = line.ask(evolve(REGISTER, this_dn="8999", address_type=AddressType.Queue))

    assert (plain.address_type, queue.address_type) == (AddressType.DN, AddressType.Queue)


def test_a_dn_that_was_taken_in_makes_and_takes_calls() -> None:
    exchange = Exchange(accept_unknown_dn=True)
    line = exchange.open("7998", "7999")
    line.ask(RequestMakeCall(this_dn="7998", other_dn="7999"))

    assert line.names() == ["EventDialing", "EventRinging"]


def test_accept_unknown_dn_still_wants_a_dn() -> None:
    assert Exchange(accept_unknown_dn=True).open().refused(evolve(REGISTER, this_dn="")) == 53


# Twice.


def test_registering_twice_is_answered_twice_and_counts_once() -> None:
    exchange = Exchange()
    line = exchange.open()
    line.ask(REGISTER)
    line.ask(REGISTER)
    line.take()

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert line.names() == ["EventDialing"]


def test_the_copy_that_the_client_drops_is_served_and_not_answered() -> None:
    exchange = Exchange()
    line = exchange.open()

    line.send(
        evolve(REGISTER, reference_id=TWICE), evolve(REGISTER, reference_id=ReferenceId(2))
    )

    (answer,) = line.take()
    assert (type(answer), answer.reference_id) == (EventRegistered, 2)
    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))
    assert line.names() == ["EventDialing"]


def test_no_refusal_carries_the_number_that_the_client_drops() -> None:
    line = Exchange().open()

    line.send(evolve(REGISTER, this_dn="7999", reference_id=TWICE))

    assert line.take() == []


def test_no_event_carries_the_number_that_the_client_drops() -> None:
    exchange = Exchange()
    line = exchange.open("7001")

    line.send(RequestMakeCall(this_dn="7001", other_dn="7002", reference_id=TWICE))

    (dialing,) = line.take()
    assert type(dialing).__name__ == "EventDialing"
    assert dialing.reference_id is None


def test_registering_again_in_another_mode_changes_the_mode() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    line.ask(evolve(REGISTER, register_mode=RegisterMode.ModeMonitor))

    assert line.refused(RequestMakeCall(this_dn="7001", other_dn="7002")) == 41


# Modes.


def test_a_shared_dn_is_for_any_number_of_clients() -> None:
    exchange = Exchange()
    lines = [exchange.open("7001") for _ in range(20)]

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert [line.names() for line in lines] == [["EventDialing"]] * 20


def test_a_private_dn_is_for_nobody_else() -> None:
    exchange = Exchange()
    owner, other = exchange.open(), exchange.open()
    owner.ask(evolve(REGISTER, register_mode=RegisterMode.ModePrivate))

    for mode in RegisterMode:
        assert other.refused(evolve(REGISTER, register_mode=mode)) == 42
    owner.take()
    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert owner.names() == ["EventDialing"]
    assert "EventDialing" not in other.names()


def test_a_dn_that_others_share_cannot_become_private() -> None:
    exchange = Exchange()
    exchange.open("7001")

    private = evolve(REGISTER, register_mode=RegisterMode.ModePrivate)
    assert exchange.open().refused(private) == 42


def test_who_is_alone_may_make_its_registration_private_and_shared_again() -> None:
    exchange = Exchange()
    line, other = exchange.open("7001"), exchange.open()
    line.ask(evolve(REGISTER, register_mode=RegisterMode.ModePrivate))
    assert other.refused(REGISTER) == 42

    line.ask(REGISTER)

    assert type(other.ask(REGISTER)) is EventRegistered


def test_a_monitoring_client_gets_events_and_may_not_act() -> None:
    exchange = Exchange()
    line = exchange.open()
    line.ask(evolve(REGISTER, register_mode=RegisterMode.ModeMonitor))
    line.take()
    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    (dialing,) = line.take()
    release = RequestReleaseCall(this_dn="7001", conn_id=dialing.conn_id)
    assert line.refused(release) == 41
    assert exchange.switch.call(dialing.conn_id) is not None


# The state of the DN.


def test_registering_during_a_call_tells_the_call_in_the_extensions_and_not_in_events() -> None:
    exchange = Exchange()
    exchange.perform(MakeCall(dn=Dn("7002"), to="7001"))
    (call,) = exchange.switch.views()
    line = exchange.open()

    answer = line.ask(REGISTER)

    assert line.names() == ["EventRegistered"]
    assert answer.extensions == KVList(
        (
            ("AgentStatus", 0),
            ("status", 1),
            ("fwd", "off"),
            ("dnd", 0),
            ("mwl", 0),
            ("conn-1", connid_text(call.conn_id)),
            ("call-uuid-1", call.call_uuid),
            ("ct-1", 1),
            ("mt-1", 0),
            ("ps-1", 10),
        )
    )


def test_every_call_of_the_dn_has_its_numbered_keys() -> None:
    exchange = Exchange()
    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))
    first = exchange.switch.views()[0].conn_id
    exchange.perform(AnswerCall(dn=Dn("7002"), conn_id=first))
    holder = exchange.open("7001")
    holder.ask(RequestHoldCall(this_dn="7001", conn_id=first))
    exchange.perform(ArriveInbound(caller="15550001", to=Dn("7001")))

    extensions = exchange.open().ask(REGISTER).extensions

    assert [key for key, _ in extensions][5:] == [
        f"{key}-{n}" for n in (1, 2) for key in ("conn", "call-uuid", "ct", "mt", "ps")
    ]
    values = dict(extensions)
    assert values["status"] == 2
    assert (values["ps-1"], values["ct-1"]) == (14, 1)
    assert (values["ps-2"], values["ct-2"]) == (10, 2)


def test_a_dn_is_idle_again_after_its_calls() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    dialing = line.ask(RequestMakeCall(this_dn="7001", other_dn="7002"))
    line.ask(RequestReleaseCall(this_dn="7001", conn_id=dialing.conn_id))

    assert line.ask(REGISTER).extensions == IDLE


# The end of a registration.


def test_unregistering_ends_the_events_and_the_right_to_act() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")

    answer = line.ask(RequestUnregisterAddress(this_dn="7001", control_mode=0))

    assert answer == EventUnregistered(
        reference_id=answer.reference_id,
        this_dn="7001",
        customer_id="Environment",
        timein_secs=START // SECOND,
        timein_usecs=0,
    )
    line.take()
    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))
    assert line.names() == ["EventRinging"]
    assert line.refused(RequestMakeCall(this_dn="7001", other_dn="7003")) == 41


def test_unregistering_twice_is_refused() -> None:
    line = Exchange().open("7001")
    line.ask(RequestUnregisterAddress(this_dn="7001"))

    assert line.refused(RequestUnregisterAddress(this_dn="7001")) == 41


def test_unregistering_leaves_the_other_clients_registered() -> None:
    exchange = Exchange()
    first, second = exchange.open("7001"), exchange.open("7001")
    first.ask(RequestUnregisterAddress(this_dn="7001"))
    first.take()

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert (first.names(), second.names()) == ([], ["EventDialing"])


def test_a_client_that_vanishes_frees_its_private_dn() -> None:
    exchange = Exchange()
    owner, other = exchange.open(), exchange.open()
    owner.ask(evolve(REGISTER, register_mode=RegisterMode.ModePrivate))

    owner.disconnect()

    assert type(other.ask(REGISTER)) is EventRegistered


def test_a_client_that_vanishes_leaves_its_calls_and_its_neighbours_alone() -> None:
    exchange = Exchange()
    caller, called = exchange.open("7001"), exchange.open("7002", "7001")
    conn_id = exchange.talk(caller, called)

    caller.disconnect()

    assert called.take() == []
    assert exchange.switch.call(conn_id) is not None
    called.ask(RequestReleaseCall(this_dn="7001", conn_id=conn_id))
    assert called.names() == ["EventReleased", "EventReleased"]


def test_two_clients_may_have_the_same_name() -> None:
    exchange = Exchange()
    first, second = exchange.open("7001", name="twin"), exchange.open("7001", name="twin")
    first.disconnect()

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert second.names() == ["EventDialing"]


def test_bytes_of_a_connection_that_ended_are_nothing() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    line.disconnect()

    assert exchange.hub.receive(line.id, b"\xff" * 8, exchange.now) == ()
    assert list(exchange.hub.disconnect(line.id, exchange.now, "again")) == []
