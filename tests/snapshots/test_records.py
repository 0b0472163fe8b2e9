"""What is told of restored calls beside the switch: call detail records, the journal, the log."""

from tests.snapshots.bench import Bench
from tests.snapshots.situations import RECORDED, mid_transfer
from tlibproto.vocabulary import Dn
from tlibsim.cdr.records import Outcome
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


def test_the_journal_and_the_log_say_that_a_snapshot_was_loaded() -> None:
    bench = Bench()
    bench.load(bench.save())
    lines = list(to_log(records(bench.server.journal, 0)))
    assert any(line.endswith(" -- snapshot test is loaded") for line in lines)
