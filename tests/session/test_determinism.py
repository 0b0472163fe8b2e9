"""The same seed and the same inputs give the same bytes (BEHAVIOUR.md 8)."""

from tests.session.exchange import Exchange
from tests.switch.bed import CALLER
from tlibproto.messages import (
    RequestAttachUserData,
    RequestHoldCall,
    RequestMakeCall,
    RequestPrivateService,
    RequestReleaseCall,
    RequestSendEvent,
)
from tlibproto.vocabulary import Dn, KVList
from tlibsim.switch.commands import ArriveInbound, FarRelease


def play(seed: int) -> list[bytes]:
    """A little of everything; what each of four clients got."""
    exchange = Exchange(seed=seed, dn={"7003": {"answer_after": 1.0, "talk_time": 2.0}})
    lines = [
        exchange.open("7001"),
        exchange.open("7002", "7001"),
        exchange.open("7001", charset="iso-8859-1"),
        exchange.open("7003"),
    ]
    a, b = lines[0], lines[1]
    conn_id = exchange.talk(a, b)
    a.ask(RequestHoldCall(this_dn="7001", conn_id=conn_id))
    b.ask(
        RequestAttachUserData(
            this_dn="7002", conn_id=conn_id, user_data=KVList((("k", "é"), ("n", 1)))
        )
    )
    start = RequestPrivateService(this_dn="7001", conn_id=conn_id, private_msg_id=3013)
    a.ask(start)
    exchange.backend.answer_all()
    exchange.wait(1.25)
    a.ask(RequestMakeCall(this_dn="7001", other_dn="7003"))
    exchange.wait(10)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    exchange.perform(FarRelease(conn_id=exchange.switch.views()[-1].conn_id))
    a.ask(RequestSendEvent(this_dn="7001", user_data=KVList((("k", "v"),))))
    a.ask(RequestReleaseCall(this_dn="7001", conn_id=conn_id))
    exchange.backend.answer_all()
    assert not exchange.journal.broken
    return [line.raw for line in lines]


def test_two_runs_with_the_same_seed_are_the_same_to_the_byte() -> None:
    assert play(5) == play(5)


def test_two_runs_with_different_seeds_differ_in_identifiers_only() -> None:
    first, second = play(5), play(6)

    assert first != second
    assert [len(raw) for raw in first] == [len(raw) for raw in second]
