"""The media side fails as a script wants it, and in no other way (RECORDING.md 6)."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.fakes.media import FakeBackend
from tests.media.bench import START, Turns, after, order
from tlibsim.media.scripted import ScriptedBackend
from tlibsim.ports.media import (
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CaptureReport,
    CaptureStarted,
    LegChanged,
    LegLost,
    LegPlan,
    LegStatus,
    RecordingOrder,
    Revision,
    SessionId,
    StreamPlan,
)
from tlibsim.ports.scripts import (
    FailMediaServer,
    FailMediaService,
    FailRecorder,
    LoseRecorder,
    MediaScript,
    MendMediaService,
    MendRecorder,
    host_of,
)

S1 = SessionId("s1")
FIRST, SECOND = "sip:10.0.0.101", "sips:rec@10.0.0.102:5061;transport=tls"


def leg(key: str, destination: int = 0) -> LegPlan:
    return LegPlan(
        key=key,
        dn="7001",
        other_dn="",
        destination=destination,
        record_id="rec-1",
        user="record=rec-1",
        parameters=";dn=7001",
        streams=(StreamPlan(dn="7001", speakers=("7001",)),),
    )


class Bed:
    """A scripted backend in front of one that answers when it is told to."""

    def __init__(self) -> None:
        self.reports: list[CaptureReport] = []
        self.turns = Turns()
        self.behind: FakeBackend | None = None

        def make(deliver: Any) -> FakeBackend:
            self.behind = FakeBackend(deliver)
            return self.behind

        self.backend = ScriptedBackend(
            make, deliver=self.reports.append, later=self.turns.later
        )

    def script(self, script: MediaScript) -> None:
        self.backend.perform(script, after(1))

    def start(
        self, *legs: LegPlan, session: str = "s1", destinations: tuple[str, ...] = (FIRST,)
    ) -> None:
        self.backend.start(order(session, destinations=destinations, legs=legs))
        self.settle()

    def settle(self) -> None:
        assert self.behind is not None
        self.behind.answer_all()
        self.turns.run_present()
        self.behind.answer_all()

    def take(self) -> Sequence[CaptureReport]:
        taken, self.reports[:] = list(self.reports), []
        return taken

    def ordered(self) -> Sequence[RecordingOrder]:
        assert self.behind is not None
        return self.behind.of_kind(RecordingOrder)


def kinds(reports: Sequence[CaptureReport]) -> list[str]:
    return [type(one).__name__ for one in reports]


def statuses(reports: Sequence[CaptureReport]) -> dict[str, LegStatus]:
    return {one.leg.key: one.leg.status for one in reports if isinstance(one, LegChanged)}


BOTH = (leg("1.record"), leg("1.other"))
TWICE = (leg("1.record"), leg("2.record", 1))


def test_without_a_script_orders_and_reports_pass_as_they_are() -> None:
    bed = Bed()

    bed.start(*BOTH)
    bed.backend.stop(S1, after(1), "over")
    bed.settle()

    assert bed.take() == [
        CaptureAccepted(session=S1, file_name="call-s1"),
        CaptureStarted(session=S1),
        CaptureEnded(session=S1),
    ]


def test_a_recorder_that_refuses_is_told_leg_by_leg_and_then_the_capture_fails() -> None:
    bed = Bed()
    bed.script(FailRecorder(code=486))

    bed.start(*BOTH)

    reports = bed.take()
    assert kinds(reports) == [
        "CaptureAccepted",
        "LegChanged",
        "LegChanged",
        "CaptureFailed",
        "CaptureEnded",
    ]
    view = reports[1].leg
    assert (view.status, view.code) == (LegStatus.FAILED, 486)
    assert view.uri == "sip:record=rec-1@10.0.0.101;dn=7001"
    assert reports[3].cause == "sip:10.0.0.101 answered the INVITE with 486 Busy Here"
    assert bed.ordered() == []


def test_no_report_comes_from_inside_the_order() -> None:
    bed = Bed()
    bed.script(FailRecorder())

    bed.backend.start(order(destinations=(FIRST,), legs=BOTH))

    assert bed.reports == []
    assert not bed.backend.settled()
    bed.settle()
    assert bed.backend.settled()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (408, "did not answer the INVITE (408 Request Timeout)"),
        (503, "answered the INVITE with 503 Service Unavailable"),
        (603, "answered the INVITE with 603 Decline"),
        (699, "answered the INVITE with 699 Refused"),
    ],
)
def test_the_cause_is_a_sentence(code: int, words: str) -> None:
    bed = Bed()
    bed.script(FailRecorder(code=code))

    bed.start(*BOTH)

    assert f"{FIRST} {words}" in [
        one.cause for one in bed.take() if isinstance(one, CaptureFailed)
    ]


def test_with_keep_only_the_legs_fail_and_the_capture_goes_on() -> None:
    bed = Bed()
    bed.script(FailRecorder(code=408, keep=True))

    bed.start(*BOTH)

    reports = bed.take()
    assert kinds(reports) == ["CaptureAccepted", "CaptureStarted", "LegChanged", "LegChanged"]
    assert set(statuses(reports).values()) == {LegStatus.FAILED}
    assert bed.ordered()[0].legs == ()


def test_one_of_two_destinations_fails_and_the_other_is_ordered_alone() -> None:
    bed = Bed()
    bed.script(FailRecorder(address="sips:10.0.0.102:5061"))

    bed.start(*TWICE, destinations=(FIRST, SECOND))

    reports = bed.take()
    assert statuses(reports) == {"2.record": LegStatus.FAILED}
    assert "CaptureFailed" not in kinds(reports)
    assert [one.key for one in bed.ordered()[0].legs] == ["1.record"]


def test_a_revision_leaves_the_failed_legs_out() -> None:
    bed = Bed()
    bed.script(FailRecorder(address=SECOND))
    bed.start(*TWICE, destinations=(FIRST, SECOND))

    bed.backend.revise(Revision(session=S1, at=after(2), parties=(), legs=TWICE))

    assert bed.behind is not None
    (revision,) = bed.behind.of_kind(Revision)
    assert [one.key for one in revision.legs] == ["1.record"]


def test_a_fault_for_some_sessions_is_over_after_them() -> None:
    bed = Bed()
    bed.script(FailRecorder(times=2))

    for number in range(4):
        bed.start(*BOTH, session=f"s{number}")

    failed = [one.session for one in bed.take() if isinstance(one, CaptureFailed)]
    assert failed == ["s0", "s1"]


@pytest.mark.parametrize("address", ["", FIRST, "SIP:10.0.0.101"])
def test_a_mended_recorder_takes_invites_again(address: str) -> None:
    bed = Bed()
    bed.script(FailRecorder(address=FIRST))
    bed.script(MendRecorder(address=address))

    bed.start(*BOTH)

    assert kinds(bed.take()) == ["CaptureAccepted", "CaptureStarted"]


def test_a_lost_recorder_ends_its_legs_and_the_session_that_has_no_other() -> None:
    bed = Bed()
    bed.start(*BOTH)
    bed.take()

    bed.script(LoseRecorder())
    bed.settle()

    reports = bed.take()
    assert kinds(reports) == [
        *("LegChanged", "LegLost", "LegChanged", "LegLost"),
        *("CaptureFailed", "CaptureEnded"),
    ]
    assert all(one.session == S1 for one in reports)


def test_the_other_recorder_keeps_the_session_when_one_is_lost() -> None:
    bed = Bed()
    bed.start(*TWICE, destinations=(FIRST, SECOND))
    bed.take()

    bed.script(LoseRecorder(address=FIRST))
    bed.settle()

    lost = bed.take()
    assert kinds(lost) == ["LegChanged", "LegLost"]
    assert isinstance(lost[1], LegLost)
    assert lost[1].key == "1.record"


def test_a_media_server_that_breaks_fails_every_running_session_and_may_be_tried_again() -> (
    None
):
    bed = Bed()
    bed.start(*BOTH)
    bed.start(*BOTH, session="s2")
    bed.take()

    bed.script(FailMediaServer())
    bed.settle()

    failed = [one for one in bed.take() if isinstance(one, CaptureFailed)]
    assert [(one.session, one.retryable) for one in failed] == [("s1", True), ("s2", True)]


def test_a_session_that_failed_ends_once_and_says_nothing_between() -> None:
    bed = Bed()
    bed.start(*BOTH)
    bed.take()
    bed.script(LoseRecorder())
    bed.script(LoseRecorder())
    bed.backend.pause(S1, after(2))

    bed.settle()
    bed.backend.stop(S1, after(3), "over")
    bed.settle()

    assert kinds(bed.take())[-2:] == ["CaptureFailed", "CaptureEnded"]


def test_without_a_media_service_nothing_starts_until_it_is_mended() -> None:
    bed = Bed()
    bed.script(FailMediaService())
    bed.start(*BOTH)
    refused = kinds(bed.take())

    bed.script(MendMediaService())
    bed.start(*BOTH, session="s2")

    assert refused == ["CaptureFailed", "CaptureEnded"]
    assert kinds(bed.take()) == ["CaptureAccepted", "CaptureStarted"]


def test_a_session_name_is_used_once() -> None:
    bed = Bed()
    bed.start(*BOTH)

    with pytest.raises(ValueError, match="started before"):
        bed.backend.start(order(at=START))


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("sip:10.0.0.1", "10.0.0.1"),
        ("sips:user@Rec.Example:5061;transport=tls?x=y", "rec.example:5061"),
        ("10.0.0.1:5060", "10.0.0.1:5060"),
        ("sip:[::1]:5060", "[::1]:5060"),
        ("", ""),
    ],
)
def test_recorders_are_told_apart_by_host_and_port(address: str, host: str) -> None:
    assert host_of(address) == host
