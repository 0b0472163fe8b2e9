"""ConnID, CallID and CallUUID (BEHAVIOUR.md 0.3)."""

import re

from tests.switch.bed import Bed
from tlibproto.vocabulary import connid_text
from tlibsim.switch.connid import Identifiers
from tlibsim.switch.facts import Fact

MANY = 50_000


def test_a_conn_id_is_64_bits_and_prints_as_16_hex_digits() -> None:
    conn_id, _ = Identifiers(1).next_call()

    assert 0 < conn_id < 1 << 64
    assert re.fullmatch("[0-9a-f]{16}", connid_text(conn_id))


def test_a_call_uuid_is_32_characters_out_of_0_to_9_and_a_to_v() -> None:
    identifiers = Identifiers(12345)

    assert all(re.fullmatch("[0-9A-V]{32}", identifiers.next_call_uuid()) for _ in range(1000))


def test_identifiers_never_repeat() -> None:
    identifiers = Identifiers(1)
    calls = [identifiers.next_call() for _ in range(MANY)]

    assert len({conn_id for conn_id, _ in calls}) == MANY
    assert len({call_id for _, call_id in calls}) == MANY
    assert len({identifiers.next_call_uuid() for _ in range(MANY)}) == MANY


def test_a_call_id_fits_in_a_signed_integer_of_the_wire() -> None:
    identifiers = Identifiers(1)

    assert all(0 <= identifiers.next_call()[1] < 1 << 31 for _ in range(100))


def test_the_same_seed_gives_the_same_sequence() -> None:
    first, second = Identifiers(7), Identifiers(7)

    assert [first.next_call() for _ in range(9)] == [second.next_call() for _ in range(9)]
    assert [first.next_call_uuid() for _ in range(9)] == [
        second.next_call_uuid() for _ in range(9)
    ]


def test_another_seed_gives_other_identifiers() -> None:
    first, second = Identifiers(7), Identifiers(8)

    assert first.next_call()[0] != second.next_call()[0]
    assert first.next_call_uuid() != second.next_call_uuid()


def test_the_largest_seed_still_gives_64_bits() -> None:
    assert Identifiers(0xFF00).next_call()[0] < 1 << 64


def _play(seed: int) -> list[Fact]:
    bed = Bed(seed=seed)
    bed.talk()
    bed.ring("7001", "7003")
    bed.inbound("7004")
    return bed.facts


def test_two_runs_with_the_same_seed_tell_the_same_facts() -> None:
    assert _play(3) == _play(3)
    assert _play(3) != _play(4)


def test_identifiers_stay_with_the_call_to_its_end() -> None:
    bed = Bed()
    conn_id = bed.ring()
    first = bed.view(conn_id)
    bed.talk("7003", "7004")

    later = bed.view(conn_id)

    assert (later.call_id, later.call_uuid) == (first.call_id, first.call_uuid)
