"""Values, lists and events against what a scenario says."""

import pytest

from tests.scenario.files import event_of
from tlibproto.codec import encode
from tlibproto.messages import (
    EventCallDataChanged,
    EventCallPartyState,
    EventRinging,
    Message,
    RawAttribute,
)
from tlibproto.vocabulary import AttributeId, CallState, CallType, ConnId, Dn, KVList, WideText
from tlibsim.scenario.matching import Mismatch, match_event, mismatch
from tlibsim.scenario.terms import NO_BINDINGS, Bindings

CONN = ConnId(0x00A1B2C3D4E5F601)
RINGING = EventRinging(
    conn_id=CONN,
    call_type=CallType.Inbound,
    this_dn=Dn("7001"),
    ani="15550001",
    call_state=CallState.Ok,
    user_data=KVList((("k", "1"), ("k", "2"), ("n", 7), ("b", b"\1"), ("w", WideText("x")))),
    extensions=KVList.of(**{"conn-1": "00A1B2C3D4E5F601", "sub": KVList.of(x="y")}),
)


def bound(event: str, message: Message = RINGING, known: Bindings = NO_BINDINGS) -> Bindings:
    """The bindings of the first match; fails when there is none."""
    found = next(match_event(event_of(event), message, known), None)
    assert found is not None, (
        f"{event} does not fit: {mismatch(event_of(event), message, known)}"
    )
    return found


def differs(event: str, message: Message = RINGING, known: Bindings = NO_BINDINGS) -> Mismatch:
    """The first attribute that does not fit; fails when all fit."""
    assert next(match_event(event_of(event), message, known), None) is None
    found = mismatch(event_of(event), message, known)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "attributes",
    [
        "CallType: Inbound, ThisDN: '7001', CallState: Ok, ANI: '15550001'",
        "CallType: 2",
        "ConnID: 00a1b2c3d4e5f601",
        "ANI: '*', UserData: '*'",
        "DNIS: '~', Reasons: '~', ConferenceConnID: '~'",
        "UserData: {n: 7}",
        "UserData: {k: '2', n: 7}",
        "UserData: {}",
        "UserData: {b: !!binary AQ==}",
        "UserData: {n: '*', other: '~'}",
        "ud+: {k: '1'}, ud-: [other]",
        "ext+: {sub: {x: y}}",
        "ext+: {sub: [[x, y]]}",
        "ext+: {sub: {}}",
        "ext+: {conn-1: 00a1b2c3d4e5f601}",
    ],
)
def test_what_is_said_of_an_event_fits(attributes: str) -> None:
    assert bound(f"EventRinging: {{{attributes}}}") == NO_BINDINGS


@pytest.mark.parametrize(
    ("attributes", "name", "wanted", "got"),
    [
        ("CallType: Internal", "CallType", "Internal (1)", "Inbound (2)"),
        ("ThisDN: '7001', ANI: '1'", "ANI", "'1'", "'15550001'"),
        ("DNIS: '*'", "DNIS", "any value", "absent"),
        ("ANI: '~'", "ANI", "absent", "'15550001'"),
        ("ConnID: 0000000000000001", "ConnID", "0000000000000001", "00a1b2c3d4e5f601"),
        ("UserData: {n: '7'}", "UserData.n", "'7'", "7"),
        ("UserData: {k: '3'}", "UserData.k", "'3'", "'1', '2'"),
        ("UserData: {w: x}", "UserData.w", "'x'", "wide 'x'"),
        ("UserData: {m: 1}", "UserData.m", "1", "absent"),
        ("UserData: {n: '~'}", "UserData.n", "absent", "7"),
        ("ud-: [x, n]", "UserData.n", "absent", "7"),
        ("ext+: {sub: {x: z}}", "Extensions.sub.x", "'z'", "'y'"),
        ("UserData: []", "UserData", "exactly {}", "{k='1', k='2', n=7, b=bin 01, w=wide 'x'}"),
        ("Reasons: {}", "Reasons", "with {}", "absent"),
    ],
)
def test_the_first_attribute_that_differs_is_shown_with_both_values(
    attributes: str, name: str, wanted: str, got: str
) -> None:
    found = differs(f"EventRinging: {{{attributes}}}")

    assert (found.attribute, found.wanted, found.got) == (name, wanted, got)


@pytest.mark.parametrize(
    ("expected", "fits"),
    [
        ("[[k, '1'], [m, 7]]", True),
        ("[[m, 7], [k, '1']]", False),
        ("[[k, '1']]", False),
        ("[[k, '1'], [m, 7], [n, '1']]", False),
        ("[[k, 1], [m, 7]]", False),
        ("[[k, '1'], [m, '7']]", False),
        ("[[k, '1'], [$key, 7]]", True),
        ("[[k, '*'], [m, $value]]", True),
        ("{m: 7, k: '1'}", True),
    ],
)
def test_a_list_of_pairs_is_compared_whole_in_order_and_with_types(
    expected: str, fits: bool
) -> None:
    message = EventRinging(user_data=KVList((("k", "1"), ("m", 7))))
    event = event_of(f"EventRinging: {{UserData: {expected}}}")

    assert (next(match_event(event, message, NO_BINDINGS), None) is not None) is fits


def test_a_name_is_bound_at_first_and_equal_afterwards() -> None:
    first = bound("EventRinging: {ConnID: $c1, ANI: $who}")

    assert first.get("c1") == "00a1b2c3d4e5f601"
    assert bound("EventRinging: {ConnID: $c1}", RINGING, first) == first
    other = EventRinging(conn_id=ConnId(1), ani="15550001")
    found = differs("EventRinging: {ANI: $who, ConnID: $c1}", other, first)
    assert (found.attribute, found.wanted, found.got) == (
        "ConnID",
        "$c1 = 00a1b2c3d4e5f601",
        "0000000000000001",
    )


def test_a_name_used_twice_in_one_event_must_be_the_same_both_times() -> None:
    twice = EventRinging(conn_id=CONN, previous_conn_id=CONN)

    bound("EventRinging: {ConnID: $c, PreviousConnID: $c}", twice)
    differs(
        "EventRinging: {ConnID: $c, PreviousConnID: $c}",
        EventRinging(conn_id=CONN, previous_conn_id=ConnId(1)),
    )


def test_a_number_and_its_text_are_not_the_same_name() -> None:
    number = bound("EventRinging: {UserData: {n: $x}}")

    differs(
        "EventRinging: {UserData: {n: $x}}",
        EventRinging(user_data=KVList.of(n="7")),
        number,
    )


def test_a_conn_id_is_the_same_name_in_an_attribute_and_in_a_conn_text() -> None:
    assert bound("EventRinging: {ConnID: $c, ext+: {conn-1: $c}}").get("c") is not None


def test_a_wrong_guess_among_equal_keys_is_taken_back() -> None:
    message = EventRinging(user_data=KVList((("a", "1"), ("a", "2"), ("b", "2"))))

    assert bound("EventRinging: {UserData: {a: $x, b: $x}}", message).get("x") == "2"


def test_the_low_bits_of_a_party_state_are_compared() -> None:
    held_and_muted = EventCallPartyState(party_state=14 + 32)

    bound("EventCallPartyState: {PartyState: Held}", held_and_muted)
    differs("EventCallPartyState: {PartyState: Connected}", held_and_muted)


def links(*entries: tuple[str, str]) -> EventCallDataChanged:
    """An event whose ISLinkList is a list body (WIRE.md 8)."""
    pairs = KVList((name, KVList.of(**{"direction-role": role})) for name, role in entries)
    payload = encode(EventRinging(user_data=pairs))
    return EventCallDataChanged(is_link_list=payload[12:])


def test_a_link_list_is_compared_as_the_list_that_its_bytes_are() -> None:
    message = links(("L1", "target"), ("L2", "source"))
    found = bound(
        "EventCallDataChanged: {ISLinkList: {$link: {direction-role: source}}}", message
    )

    assert found.get("link") == "L2"
    shown = differs(
        "EventCallDataChanged: {ISLinkList: {$link: {direction-role: none}}}", message
    )
    assert "L1={direction-role='target'}" in shown.got


def test_bytes_that_are_no_link_list_are_shown_as_they_are() -> None:
    shown = differs(
        "EventCallDataChanged: {ISLinkList: {$l: {}}}",
        EventCallDataChanged(is_link_list=b"\xff"),
    )

    assert shown.got == "bin ff"


def test_an_attribute_that_the_event_does_not_name_is_found_in_what_was_kept() -> None:
    kept = EventRinging(
        extra=(RawAttribute(AttributeId.ConferenceConnID, "l", bytes(7) + b"\5"),)
    )

    assert bound("EventRinging: {ConferenceConnID: $c}", kept).get("c") == "0000000000000005"
    differs("EventRinging: {ConferenceConnID: '~'}", kept)
