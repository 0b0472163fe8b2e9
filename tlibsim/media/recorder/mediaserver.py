"""One recording session at a real media server, driven by MSML (MEDIA.md 6).

Two connections are made, one for the recorded party and one for the others; then an INFO makes
the conference with its recorder.  Which recorder that is, is the media server's business.
"""

from collections.abc import Callable
from dataclasses import replace

from tlibsim.media.recorder.destination import Destination
from tlibsim.media.recorder.leg import Leg
from tlibsim.media.recorder.msml import Conversation
from tlibsim.media.recorder.session import Pending, RecorderSession, State
from tlibsim.media.recorder.shapes import conference_of
from tlibsim.media.recorder.wire import Wire
from tlibsim.ports import msml
from tlibsim.ports.media import (
    CapturePaused,
    CaptureReport,
    CaptureResumed,
    LegPlan,
    MediaParty,
    OrderRefused,
    RecordingOrder,
    Revision,
    SessionId,
    StreamPlan,
)


def connections(order: RecordingOrder, parties: tuple[MediaParty, ...]) -> tuple[LegPlan, ...]:
    """The recorded party, and everybody else together."""
    groups = [group for group in (parties[:1], parties[1:]) if group]
    return tuple(
        LegPlan(
            key=f"media.{number}",
            dn=group[0].dn,
            other_dn="",
            destination=0,
            record_id=order.record_id,
            user="",
            parameters="",
            streams=(StreamPlan(dn=group[0].dn, speakers=tuple(party.dn for party in group)),),
        )
        for number, group in enumerate(groups, 1)
    )


def parameters(order: RecordingOrder) -> tuple[tuple[str, str], ...]:
    """What the recorder of the conference is told, each name once (RECORDING.md 8)."""
    named = {
        "record": order.details.get("side", "source"),
        "id": order.record_id,
        "recordDN": order.record_dn,
    }
    asked = (one for one in order.destinations if one)
    named |= dict(zip(("dest", "dest2"), asked, strict=False))
    if order.tone is not None:
        named["audiosrc"] = order.tone.source
        named["tonesilenceduration"] = str(order.tone.silence_ms)
    taken = {name.lower() for name in named}
    free = ((key, value) for key, value in order.params if key and key.lower() not in taken)
    return (*named.items(), *free)


class MediaServerSession(RecorderSession):
    """The session of a media server; its legs are connections, its pause is an INFO."""

    replaceable = True

    def __init__(
        self,
        order: RecordingOrder,
        *,
        wire: Wire,
        tell: Callable[[CaptureReport], None],
        ended: Callable[[SessionId], None],
    ) -> None:
        changed = replace(order, legs=connections(order, order.parties), destinations=("",))
        super().__init__(changed, wire=wire, tell=tell, ended=ended)
        self._asked = order
        self._conference = conference_of(order)
        self._paused = False
        self._joined: dict[str, str] = {}
        self._stopping = False
        self._talk = Conversation(self._send, wire.clock, wire.settings.invite_timeout_s)

    @property
    def takes_orders(self) -> bool:
        return not self._stopping and super().takes_orders

    # -- orders ------------------------------------------------------------------------------

    def pause(self) -> None:
        self._switch("pause", CapturePaused(session=self.id), paused=True)

    def resume(self) -> None:
        self._switch("resume", CaptureResumed(session=self.id), paused=False)

    def _switch(self, order: str, done: CaptureReport, *, paused: bool) -> None:
        if self._paused is paused:
            self._refuse(order, "it is paused already" if paused else "it is not paused")
            return
        self._paused = paused
        pending = self._await(order, done)

        def finished(cause: str) -> None:
            if cause:
                self._paused = not paused
                pending.causes.append(cause)
            self._wire.pacer.do(self._look)

        self._talk.say(msml.set_state(self._conference, order), finished)

    def revise(self, revision: Revision) -> None:
        legs = connections(self._asked, revision.parties)
        gone = [key for key in self._joined if key not in {plan.key for plan in legs}]
        self._rejoin([], [self._joined.pop(key) for key in gone])
        super().revise(replace(revision, legs=legs))

    def stop(self, cause: str) -> None:
        """Destroy the conference, and then end the connections."""
        if not self.takes_orders:
            return
        if self.state is State.STARTING:
            super().stop(cause)
            return
        self._stopping = True
        self._pending.clear()
        self._talk.say(
            msml.destroy(self._conference), lambda _: self._end(State.STOPPING, cause)
        )

    def _end(self, state: State, cause: str) -> None:
        self._talk.stop()
        super()._end(state, cause)

    # -- what comes back ---------------------------------------------------------------------

    def destination_up(self, destination: Destination) -> None:
        """Both connections stand: make the conference."""
        if self.state is not State.STARTING:
            return
        self._joined = {key: leg.far_tag for key, leg in self._legs.items() if leg.up}
        body = msml.create(
            self._conference, parameters(self._asked), tuple(self._joined.values())
        )

        def created(cause: str) -> None:
            if cause:
                self._fail(f"createconference: {cause}")
            else:
                RecorderSession.destination_up(self, destination)

        self._talk.begin(body, created)

    def leg_news(self, leg: Leg) -> None:
        super().leg_news(leg)
        if self.state is State.UP and leg.up and leg.key not in self._joined:
            self._joined[leg.key] = leg.far_tag
            self._rejoin([leg.far_tag], [])

    def leg_informed(self, leg: Leg, content_type: str, body: bytes) -> None:  # noqa: ARG002
        self._talk.informed(body)

    def leg_info_done(self, leg: Leg, code: int) -> None:  # noqa: ARG002
        self._talk.answered(code)

    def _rejoin(self, joined: list[str], left: list[str]) -> None:
        if joined or left:
            body = msml.change(self._conference, joined, left)
            self._talk.say(body, self._rejoined)

    def _rejoined(self, cause: str) -> None:
        if cause:
            self._problem("order", f"join: {cause}")
        self._wire.pacer.do(self._look)

    def _look(self) -> None:
        if self.takes_orders and not self._talk.idle:
            return
        super()._look()

    def _answer(self, pending: Pending) -> CaptureReport:
        """What the media server refused was not done."""
        if not pending.causes:
            return pending.done
        cause = "; ".join(dict.fromkeys(pending.causes))
        return OrderRefused(session=self.id, order=pending.order, cause=cause)

    def _send(self, body: bytes) -> None:
        control = next((leg for leg in self._legs.values() if leg.up), None)
        if control is not None:
            control.info(body, msml.ASSUMED_CONTENT_TYPE)
