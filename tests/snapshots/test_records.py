"""What is told of restored calls beside the switch: call detail records, the journal, the log."""

from tests.snapshots.bench import Bench
from tests.snapshots.situations import RECORDED, mid_transfer
from tlibproto.vocabulary import Dn
from tlibsim.cdr.records import Outcome
from tlibsim.console.history import history
from tlibsim.journal.records import records
from tlibsim.journal.tserverlog import to_log
from tlibsim.switch.commands import CompleteTransfer, FarRelease


def test_a_restored_call_has_a_record_of_another_run_with_its_people_and_its_recording() -> (
    None
):
    bench = Bench(RECORDED)
    mid_transfer(bench)
    document = bench.save()
    main = bench.server.calls()[0].conn_id
    for _ in range(2):
        bench.do(CompleteTransfer(dn=Dn("7001"), conn_id=main))
        bench.advance(4)
        bench.do(FarRelease(conn_id=main))
        bench.load(document)
    bench.do(FarRelease(conn_id=main))
    found = [one for one in bench.server.details.gatherer.calls() if one.call.conn_id == main]
    assert len({one.key for one in found}) == 3
    for record in found:
        assert record.outcome is Outcome.ANSWERED
        assert {"4155550100", "7001"} <= {party.dn for party in record.parties}
        assert record.recordings == ["recording-1"]
        assert record.ended_at is not None


def _steps(bench: Bench, name: str) -> list[tuple[str, str]]:
    return [(one["dn"], one["event"]) for one in history(bench.server, name)["steps"]]


def test_the_history_of_a_call_is_that_of_the_state_that_is_there() -> None:
    bench = Bench()
    mid_transfer(bench)
    first = bench.save()
    before = _steps(bench, "1")
    assert ("7001", "EventHeld") in before
    bench.do(CompleteTransfer(dn=Dn("7001"), conn_id=bench.server.calls()[0].conn_id))
    bench.inbound("7003")
    assert history(bench.server, "1")["transferred"] is not None
    bench.load(first)
    found = history(bench.server, "1")
    assert (found["transferred"], found["over"], _steps(bench, "1")) == (None, False, before)
    bench.inbound("7004")
    second = bench.save()
    bench.load(first)
    bench.load(second)
    assert _steps(bench, "1") == before
    assert ("7004", "EventRinging") in _steps(bench, "3")
    assert ("7003", "EventRinging") not in _steps(bench, "3")


def test_a_call_that_is_only_in_the_past_is_still_found() -> None:
    bench = Bench()
    document = bench.save()
    bench.inbound("7003")
    bench.load(document)
    found = history(bench.server, "1")
    assert (found["over"], _steps(bench, "1")[0]) == (True, ("7003", "EventRinging"))


def test_a_call_of_another_server_has_the_history_that_is_known_here() -> None:
    bench = Bench()
    mid_transfer(bench)
    fresh = Bench()
    fresh.inbound("7003")
    fresh.load(bench.save())
    assert _steps(fresh, "1") == []
    assert set(history(fresh.server, "1")["path"][0]) == {"dn", "agent", "name"}
    assert [party["dn"] for party in history(fresh.server, "1")["parties"]] == [
        "4155550100",
        "7001",
    ]


def test_the_journal_and_the_log_say_that_a_snapshot_was_loaded() -> None:
    bench = Bench()
    bench.load(bench.save())
    lines = list(to_log(records(bench.server.journal, 0)))
    assert any(line.endswith(" -- snapshot test is loaded") for line in lines)
