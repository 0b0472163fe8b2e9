"""Files and recorders for one session: whose word counts (MEDIA.md 1)."""

import pytest

from tests.fakes.media import FakeBackend, Stopped
from tests.media.bench import START, after, order
from tlibsim.media.fan import Fan, Member
from tlibsim.ports.media import (
    Artefact,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureStarted,
    LegChanged,
    LegStatus,
    LegView,
    MediaProblem,
    OrderRefused,
    SessionId,
)

S1 = SessionId("s1")


class Bed:
    """A fan of two: ``file`` names files, ``sip`` does not."""

    def __init__(self, *, file: bool = True, sip: bool = True) -> None:
        self.reports = []
        self.fan = Fan(
            (
                Member(name="file", make=FakeBackend, required=file, names_files=True),
                Member(name="sip", make=FakeBackend, required=sip),
            ),
            deliver=self.reports.append,
            now=lambda: START,
        )
        self.file = self.fan.member("file")
        self.sip = self.fan.member("sip")

    def settle(self) -> None:
        self.file.answer_all()
        self.sip.answer_all()

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.reports]


def test_accepted_and_started_come_once_when_everybody_has_said_so():
    bed = Bed()
    bed.fan.start(order())
    bed.sip.answer_all()
    assert bed.reports == []
    bed.file.answer_all()
    assert bed.kinds() == ["CaptureAccepted", "CaptureStarted"]


def test_the_name_is_that_of_the_file():
    bed = Bed(file=False)
    bed.fan.start(order())
    bed.sip.send(CaptureAccepted(session=S1, file_name="from-sip"))
    bed.file.send(CaptureAccepted(session=S1, file_name="from-file"))
    assert bed.reports == [CaptureAccepted(session=S1, file_name="from-file")]


def test_a_required_member_that_fails_ends_the_session_and_the_other_is_stopped():
    bed = Bed(file=False)
    bed.sip.refuse_next("start", "nobody answers")
    bed.fan.start(order())
    bed.sip.answer_all()
    bed.settle()
    assert bed.kinds()[-2:] == ["CaptureFailed", "CaptureEnded"]
    (stopped,) = bed.file.of_kind(Stopped)
    assert stopped.at == START


def test_another_member_that_fails_is_a_problem_and_the_session_goes_on():
    bed = Bed(file=False)
    bed.file.refuse_next("start", "the disk is full")
    bed.fan.start(order())
    bed.settle()
    problems = [one for one in bed.reports if isinstance(one, MediaProblem)]
    assert [one.cause for one in problems] == ["file: the disk is full"]
    assert bed.kinds()[-2:] == ["CaptureAccepted", "CaptureStarted"]


def test_a_member_that_fails_later_does_not_hold_up_orders():
    bed = Bed(file=False)
    bed.fan.start(order())
    bed.settle()
    bed.fan.pause(S1, after(1))
    bed.file.send(CaptureFailed(session=S1, cause="the disk is full"))
    bed.file.send(CaptureEnded(session=S1))
    bed.sip.answer_all()
    assert bed.kinds()[2:] == ["MediaProblem", "CapturePaused"]


def test_the_last_member_that_fails_ends_the_session_though_none_is_required():
    bed = Bed(file=False, sip=False)
    bed.fan.start(order())
    bed.settle()
    bed.file.send(CaptureFailed(session=S1, cause="disk"))
    assert bed.kinds()[-1] == "MediaProblem"
    bed.sip.send(CaptureFailed(session=S1, cause="BYE"))
    assert bed.kinds()[-1] == "CaptureFailed"


@pytest.mark.parametrize("required", [True, False])
def test_a_refusal_counts_when_it_is_of_a_required_member(required):
    bed = Bed(file=required)
    bed.fan.start(order())
    bed.settle()
    bed.file.refuse_next("pause", "no")
    bed.fan.pause(S1, after(1))
    bed.settle()
    kinds = [type(one) for one in bed.reports[2:]]
    assert kinds == ([OrderRefused] if required else [MediaProblem, CapturePaused])


def test_orders_are_answered_in_their_order():
    bed = Bed()
    bed.fan.start(order())
    bed.settle()
    bed.fan.pause(S1, after(1))
    bed.fan.resume(S1, after(2))
    bed.sip.answer_all()
    assert bed.kinds()[2:] == []
    bed.file.answer_all()
    assert bed.kinds()[2:] == ["CapturePaused", "CaptureResumed"]


def test_the_end_has_the_files_and_the_counters_of_all():
    bed = Bed()
    bed.fan.start(order())
    bed.settle()
    wav = Artefact(path="a.wav", duration_ms=1, size_bytes=2, sha256="x")
    bed.fan.stop(S1, after(1), "stopped")
    bed.file.send(CaptureEnded(session=S1, artefacts=(wav,)))
    assert "CaptureEnded" not in bed.kinds()
    bed.sip.send(CaptureEnded(session=S1, counters={"packets": 5}))
    assert bed.reports[-1] == CaptureEnded(
        session=S1, artefacts=(wav,), counters={"packets": 5}
    )


def test_legs_are_shown_and_after_a_stop_only_the_end():
    bed = Bed()
    bed.fan.start(order())
    leg = LegChanged(session=S1, leg=LegView(key="1", status=LegStatus.INVITING))
    bed.sip.send(leg)
    assert bed.reports == [leg]
    bed.fan.stop(S1, after(1), "stopped")
    bed.sip.send(CaptureStarted(session=S1))
    bed.settle()
    assert bed.kinds()[1:] == ["CaptureEnded"]


def test_a_member_that_cannot_open_closes_the_others():
    bed = Bed()
    calls = []
    bed.file.close = lambda: calls.append("file closed")

    def busy():
        raise OSError("port in use")

    bed.sip.open = busy
    with pytest.raises(OSError, match="port in use"):
        bed.fan.open()
    assert calls == ["file closed"]
