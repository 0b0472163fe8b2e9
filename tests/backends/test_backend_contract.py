"""The rules of the media port, held against every backend."""

from dataclasses import replace

import pytest

from tests.fakes.media import FakeBackend
from tests.media.bench import AGENT, CUSTOMER, START, Recorder, Turns, after, order
from tests.recorder.bench import Bed, one_each, settings, with_legs
from tlibsim.media.fan import Fan, Member
from tlibsim.media.null import NullBackend
from tlibsim.media.settings import FileSettings
from tlibsim.ports.media import (
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    LegChanged,
    OrderRefused,
    Revision,
    SessionId,
)

S1 = SessionId("s1")


class Null:
    def __init__(self, tmp_path, max_ports=0):
        self.reports = []
        self.turns = Turns()
        self.backend = NullBackend(
            deliver=self.reports.append, later=self.turns.later, max_ports=max_ports
        )

    def settle(self):
        self.turns.run_until(self.backend.settled)

    def close(self):
        self.backend.close()
        self.settle()


class Fake:
    def __init__(self, tmp_path, max_ports=0):
        self.reports = []
        self.backend = FakeBackend(self.reports.append)

    def settle(self):
        self.backend.answer_all()

    def close(self):
        self.backend.close()
        self.settle()


class Wav(Recorder):
    def __init__(self, tmp_path, max_ports=0):
        super().__init__(FileSettings(directory=tmp_path, max_ports=max_ports))


class Sip:
    """The recorder backend on a fake wire, with legs planned as the desk plans them."""

    def __init__(self, tmp_path, max_ports=0):
        self.bed = Bed(settings(max_ports=max_ports))
        self.backend = self
        self.settled = self.bed.backend.settled
        self.pause = self.bed.backend.pause
        self.resume = self.bed.backend.resume
        self.stop = self.bed.backend.stop
        self.status = self.bed.backend.status

    @property
    def reports(self):
        return [one for one in self.bed.reports if not isinstance(one, LegChanged)]

    def start(self, given):
        self.bed.backend.start(with_legs(given))

    def revise(self, given):
        self.bed.backend.revise(replace(given, legs=one_each(given.parties)))

    def settle(self):
        self.bed.settle()

    def close(self):
        self.bed.close()


class Both:
    """Files and recorders together."""

    def __init__(self, tmp_path, max_ports=0):
        self.everything = []
        self.sip = Sip(tmp_path, max_ports)
        self.wav = Wav(tmp_path, max_ports)
        members = (
            Member(name="file", make=self._wav, names_files=True),
            Member(name="sip", make=self._sip),
        )
        self.backend = Fan(members, deliver=self.everything.append, now=lambda: START)

    @property
    def reports(self):
        return [one for one in self.everything if not isinstance(one, LegChanged)]

    def _wav(self, deliver):
        self.wav.backend._deliver = deliver
        return self.wav.backend

    def _sip(self, deliver):
        self.sip.bed.backend._deliver = deliver
        return self.sip

    def settle(self):
        self.wav.settle()
        self.sip.settle()
        self.wav.settle()

    def close(self):
        self.backend.close()
        self.wav.close()
        self.sip.settle()


@pytest.fixture(params=[Null, Fake, Wav, Sip, Both], ids=["null", "fake", "wav", "sip", "both"])
def bed(request, tmp_path):
    bed = request.param(tmp_path)
    yield bed
    bed.close()


def test_a_start_is_accepted_and_then_started_and_never_inside_the_order(bed):
    bed.backend.start(order())
    assert bed.reports == []
    assert not bed.backend.settled()
    bed.settle()
    assert bed.reports == [
        CaptureAccepted(session=S1, file_name="call-s1"),
        CaptureStarted(session=S1),
    ]
    assert bed.backend.settled()


def test_no_order_reports_before_it_returns(bed):
    bed.backend.start(order())
    bed.settle()
    orders = [
        lambda: bed.backend.pause(S1, after(1)),
        lambda: bed.backend.resume(S1, after(2)),
        lambda: bed.backend.revise(Revision(session=S1, at=after(3), parties=(AGENT,))),
        lambda: bed.backend.stop(S1, after(4), "stopped"),
    ]
    for give in orders:
        before = list(bed.reports)
        give()
        assert bed.reports == before
        bed.settle()
        assert len(bed.reports) == len(before) + 1


def test_pause_resume_and_revise_are_confirmed_in_order(bed):
    bed.backend.start(order())
    bed.backend.pause(S1, after(1))
    bed.backend.resume(S1, after(2))
    bed.backend.revise(Revision(session=S1, at=after(3), parties=(AGENT, CUSTOMER)))
    bed.settle()
    assert bed.reports[2:] == [
        CapturePaused(session=S1),
        CaptureResumed(session=S1),
        CaptureRevised(session=S1),
    ]


@pytest.mark.parametrize("kind", ["pause", "resume"])
def test_a_pause_when_paused_and_a_resume_when_not_are_refused(bed, kind):
    bed.backend.start(order())
    if kind == "pause":
        bed.backend.pause(S1, after(1))
    getattr(bed.backend, kind)(S1, after(2))
    bed.settle()
    refusal = bed.reports[-1]
    assert isinstance(refusal, OrderRefused)
    assert (refusal.session, refusal.order) == (S1, kind)
    assert refusal.cause


def test_a_stop_ends_the_session_once_and_a_second_is_ignored(bed):
    bed.backend.start(order())
    bed.backend.stop(S1, after(1), "stopped")
    bed.backend.stop(S1, after(2), "stopped")
    bed.settle()
    bed.backend.stop(S1, after(3), "stopped")
    bed.settle()
    ended = [report for report in bed.reports if isinstance(report, CaptureEnded)]
    assert len(ended) == 1
    assert bed.reports[-1] is ended[0]


def test_nothing_follows_the_end(bed):
    bed.backend.start(order())
    bed.backend.stop(S1, after(1), "stopped")
    bed.backend.pause(S1, after(1))
    bed.backend.resume(S1, after(1))
    bed.backend.revise(Revision(session=S1, at=after(1), parties=(AGENT,)))
    bed.settle()
    assert isinstance(bed.reports[-1], CaptureEnded)
    count = len(bed.reports)
    bed.backend.pause(S1, after(2))
    bed.settle()
    assert len(bed.reports) == count


def test_a_stop_before_the_start_is_confirmed_is_legal(bed):
    bed.backend.start(order())
    bed.backend.stop(S1, START, "gone")
    bed.settle()
    assert isinstance(bed.reports[-1], CaptureEnded)


def test_orders_for_an_unknown_session_are_answered_by_nothing(bed):
    nobody = SessionId("nobody")
    bed.backend.stop(nobody, after(1), "stopped")
    bed.backend.pause(nobody, after(1))
    bed.backend.resume(nobody, after(1))
    bed.backend.revise(Revision(session=nobody, at=after(1), parties=()))
    bed.settle()
    assert bed.reports == []


def test_a_live_session_cannot_be_started_again(bed):
    bed.backend.start(order())
    with pytest.raises(ValueError, match="s1"):
        bed.backend.start(order())
    bed.settle()
    assert len(bed.reports) == 2


def test_a_recording_without_parties_is_possible(bed):
    bed.backend.start(order(parties=()))
    bed.backend.revise(Revision(session=S1, at=after(1), parties=(replace(AGENT, muted=True),)))
    bed.backend.stop(S1, after(2), "stopped")
    bed.settle()
    assert isinstance(bed.reports[-1], CaptureEnded)


def test_ports_are_counted_two_for_each_session(bed):
    for session in ("s1", "s2"):
        bed.backend.start(order(session))
    bed.settle()
    assert bed.backend.status().ports_in_use == 4
    bed.backend.stop(S1, after(1), "stopped")
    bed.settle()
    assert bed.backend.status().ports_in_use == 2
    assert bed.backend.status().problems == ()


def test_closing_ends_every_session(bed):
    for session in ("s1", "s2"):
        bed.backend.start(order(session))
    bed.settle()
    bed.close()
    ended = [report.session for report in bed.reports if isinstance(report, CaptureEnded)]
    assert sorted(ended) == ["s1", "s2"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "a/b\0c"])
def test_the_name_reported_never_leads_elsewhere(bed, name):
    bed.backend.start(order(file_name=name))
    bed.settle()
    taken = bed.reports[0].file_name
    assert taken
    assert not set(taken) & set("/\\\0")
    assert not taken.startswith(".")


@pytest.mark.parametrize("make", [Null, Wav, Sip, Both], ids=["null", "wav", "sip", "both"])
def test_when_all_ports_are_taken_a_start_fails_and_ends_until_one_is_free(make, tmp_path):
    bed = make(tmp_path, max_ports=3)
    bed.backend.start(order("s1"))
    bed.backend.start(order("s2"))
    bed.settle()
    failed, ended = [one for one in bed.reports if one.session == "s2"]
    assert isinstance(failed, CaptureFailed)
    assert failed.session == "s2"
    assert failed.retryable
    assert "3 recording ports" in failed.cause
    assert ended == CaptureEnded(session=SessionId("s2"))
    bed.backend.stop(S1, after(1), "stopped")
    bed.backend.start(order("s3"))
    bed.settle()
    assert bed.reports[-1] == CaptureStarted(session=SessionId("s3"))
    bed.close()
