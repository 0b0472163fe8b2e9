"""The fake backend does what tests rely on; that it keeps the port is tested elsewhere."""

from tests.fakes.media import FakeBackend, Paused, Stopped
from tests.media.bench import after, order
from tlibsim.ports.media import (
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    OrderRefused,
    RecordingOrder,
    SessionId,
)

S1 = SessionId("s1")


def test_the_fake_keeps_every_order_as_it_came():
    fake = FakeBackend([].append)
    fake.start(order())
    fake.pause(S1, after(1))
    fake.stop(S1, after(2), "gone")
    assert fake.orders == [
        order(),
        Paused(session=S1, at=after(1)),
        Stopped(session=S1, at=after(2), cause="gone"),
    ]
    assert fake.of_kind(RecordingOrder) == [order()]


def test_the_fake_answers_one_order_at_a_time_and_sends_what_it_is_told():
    reports = []
    fake = FakeBackend(reports.append)
    fake.start(order())
    fake.pause(S1, after(1))
    fake.answer()
    assert len(reports) == 2
    fake.send(CaptureFailed(session=S1, cause="broken"))
    fake.answer()
    assert reports[2:] == [
        CaptureFailed(session=S1, cause="broken"),
        CapturePaused(session=S1),
    ]


def test_the_fake_refuses_what_it_is_told_to_refuse_once():
    reports = []
    fake = FakeBackend(reports.append)
    fake.refuse_next("start", "no room")
    fake.start(order())
    fake.answer_all()
    assert reports == [CaptureFailed(session=S1, cause="no room"), CaptureEnded(session=S1)]
    fake.start(order("s2"))
    fake.refuse_next("pause", "not now")
    fake.pause(SessionId("s2"), after(1))
    fake.pause(SessionId("s2"), after(1))
    fake.answer_all()
    assert reports[-2:] == [
        OrderRefused(session=SessionId("s2"), order="pause", cause="not now"),
        CapturePaused(session=SessionId("s2")),
    ]
