"""The lines of one leg: which stream each carries, what is offered on it, when it sounds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tlibsim.media.recorder.lines import Line, Sounding, sends
from tlibsim.media.recorder.offer import LineOffer
from tlibsim.media.recorder.settings import ClientSettings
from tlibsim.media.rtp.values import AudioPlan, RtpError, plan_of
from tlibsim.media.sip.negotiation import AgreedStream
from tlibsim.media.sip.sdp import Direction
from tlibsim.ports.media import (
    Instant,
    LegPlan,
    MediaParty,
    RecordingOrder,
    StreamKind,
    StreamPlan,
)

Paired = Sequence[tuple[Line, StreamPlan | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who is there and whether the recording is paused: what all legs of a session share."""

    parties: tuple[MediaParty, ...]
    paused: bool = False


class Deck:
    """Lines in the order of the m-lines.  They are never taken away, only turned off."""

    def __init__(
        self, plan: LegPlan, scene: Scene, order: RecordingOrder, settings: ClientSettings
    ) -> None:
        self.plan = plan
        self.scene = scene
        self.lines: list[Line] = []
        self._order = order
        self._settings = settings
        self._agreed: tuple[AgreedStream, ...] = ()

    def paired(self) -> Paired:
        """Each line with the stream that it carries now, if any: by kind, in order."""
        waiting = _by_kind(self.plan)
        return [
            (line, waiting[line.kind].pop(0) if waiting[line.kind] else None)
            for line in self.lines
        ]

    def missing(self) -> list[StreamKind]:
        """The kinds of the lines that the plan needs besides those that are there."""
        wanted = [stream.kind for stream in self.plan.streams]
        for line in self.lines:
            if line.kind in wanted:
                wanted.remove(line.kind)
        return wanted

    def offers(self, *, secured: bool, labels: bool) -> tuple[LineOffer, ...]:
        """What is to be offered now."""
        paired = self.paired()
        quiet = self._quiet(paired)
        initial = self._settings.initial_direction or Direction.SENDRECV
        labels = labels or len(paired) > 1
        return tuple(
            LineOffer(
                kind=line.kind,
                port=line.port if stream is not None else 0,
                direction=Direction.INACTIVE
                if self.scene.paused or stream is None or id(line) in quiet
                else initial,
                label=str(number) if labels else "",
                crypto=line.suite if secured else "",
            )
            for number, (line, stream) in enumerate(paired, 1)
        )

    def direction(self) -> str:
        """The direction offered, in one word: inactive only when every line is."""
        directions = [one.direction for one in self.offers(secured=False, labels=False)]
        active = [one for one in directions if one is not Direction.INACTIVE]
        return str(active[0].value) if active else Direction.INACTIVE.value

    def agree(self, agreed: Sequence[AgreedStream], at: Instant) -> list[str]:
        """Connect the lines as an answer says; what went wrong, line by line.

        A line that a recorder turns off for a pause is kept for the resume.
        """
        self._agreed = tuple(agreed)
        problems: list[str] = []
        for index, (line, stream) in enumerate(self.paired()):
            try:
                self._connect(index, line, stream, at)
            except RtpError as error:
                self._turn_off(index)
                problems.append(f"line {index + 1} sends nothing: {error}")
        return problems

    def forget(self) -> None:
        """Nothing is agreed any more: be silent."""
        self._agreed = ()
        self.sound()

    def sound(self) -> None:
        """Send on the lines on which sound is wanted and agreed, and on no other."""
        paired = self.paired()
        quiet = self._quiet(paired)
        for index, (line, stream) in enumerate(paired):
            agreed = self._line(index)
            wanted = stream is not None and not self.scene.paused and id(line) not in quiet
            line.sound(on=wanted and sends(agreed))

    def voice(self, before: LegPlan) -> None:
        """Let the right parties be heard; a line whose party changed becomes a new source."""
        old = _by_kind(before)
        for line, stream in self.paired():
            earlier = old[line.kind].pop(0) if old[line.kind] else None
            if stream is not None:
                changed = earlier is not None and earlier.dn != stream.dn
                line.carry(self._audio(stream), new_source=changed)

    def _connect(self, index: int, line: Line, stream: StreamPlan | None, at: Instant) -> None:
        agreed = self._line(index)
        if stream is None or not agreed.on:
            if stream is None or not self.scene.paused:
                line.stop()
            return
        sounding = Sounding(
            audio=self._audio(stream), zero=self._order.at, group=self._order.session
        )
        line.connect(agreed, sounding, at)

    def _line(self, index: int) -> AgreedStream:
        if index < len(self._agreed):
            return self._agreed[index]
        return AgreedStream(index=index)

    def _turn_off(self, index: int) -> None:
        self._agreed = tuple(
            replace(one, direction=Direction.INACTIVE) if number == index else one
            for number, one in enumerate(self._agreed)
        )

    def _audio(self, stream: StreamPlan) -> AudioPlan:
        return plan_of(
            stream,
            self.scene.parties,
            tone=self._order.tone,
            record_dn=self._order.record_dn,
            tone_from=self._order.at,
        )

    def _quiet(self, paired: Paired) -> frozenset[int]:
        """The lines that a mute makes inactive: all of the leg, or only the party's own."""
        silent = {party.dn for party in self.scene.parties if party.muted}
        hit = [id(line) for line, one in paired if one is not None and _mutes(one, silent)]
        if hit and not self._settings.mute_per_stream:
            hit = [id(line) for line, _ in paired]
        return frozenset(hit)


def _by_kind(plan: LegPlan) -> dict[StreamKind, list[StreamPlan]]:
    return {kind: [one for one in plan.streams if one.kind is kind] for kind in StreamKind}


def _mutes(stream: StreamPlan, silent: set[str]) -> bool:
    """Whether nobody of a stream may be heard."""
    heard = stream.speakers or (stream.dn,)
    return all(dn in silent for dn in heard)
