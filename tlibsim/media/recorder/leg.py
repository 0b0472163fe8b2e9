"""A leg: one party, or one pair, of a recording on its way to a recorder.

It lives as long as its key is in the plan, over failures, other recorders and new parties; the
dialogs it has on the way come and go.  Sound stops when a pause is asked for and starts after
the answer to a resume (MEDIA.md 5.3).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from tlibsim.media.recorder.deck import Deck, Scene
from tlibsim.media.recorder.dialog import Dialog, Wish
from tlibsim.media.recorder.lines import Line, encoding_of
from tlibsim.media.recorder.pool import Choice
from tlibsim.media.recorder.settings import Security, ShapeKind
from tlibsim.media.recorder.shapes import shape_for
from tlibsim.media.recorder.wire import Wire
from tlibsim.media.rtp.srtp import available as srtp_available
from tlibsim.media.rtp.values import RtpError
from tlibsim.media.sip.negotiation import AgreedStream
from tlibsim.media.sip.values import End, Failure
from tlibsim.ports.media import (
    PROBLEM_TONE,
    PROBLEM_VIDEO,
    LegPlan,
    LegStatus,
    LegView,
    RecordingOrder,
    StreamKind,
)

PROBLEM_AUDIO = "audio-refused"
PROBLEM_SOUND = "audio"
PROBLEM_LEG = "leg"
PROBLEM_ANSWER = "answer"

_NO_CIPHER = frozenset((415, 488, 606))
_NO_SIPREC = 420


class LegOwner(Protocol):
    """Who is told of a leg; never from inside an order to it."""

    def leg_up(self, leg: "Leg") -> None: ...
    def leg_failed(self, leg: "Leg", failure: Failure) -> None: ...
    def leg_lost(self, leg: "Leg", cause: str) -> None: ...
    def leg_settled(self, leg: "Leg") -> None: ...
    def leg_refused(self, leg: "Leg", failure: Failure) -> None: ...
    def leg_news(self, leg: "Leg") -> None: ...
    def leg_problem(self, leg: "Leg", kind: str, cause: str) -> None: ...
    def leg_informed(self, leg: "Leg", content_type: str, body: bytes) -> None: ...
    def leg_info_done(self, leg: "Leg", code: int) -> None: ...


class Leg:
    """One key of the plan."""

    def __init__(
        self, plan: LegPlan, *, order: RecordingOrder, scene: Scene, wire: Wire, owner: LegOwner
    ) -> None:
        self.status = LegStatus.NEW
        self.cause = ""
        self.attempts: tuple[str, ...] = ()
        self.segments = 1
        self._order = order
        self._wire = wire
        self._owner = owner
        self._deck = Deck(plan, scene, order, wire.settings)
        self._dialogs: list[Dialog] = []
        self._live: Dialog | None = None
        self._shown: Dialog | None = None
        self._planned = False
        self._told: set[str] = set()

    @property
    def key(self) -> str:
        return self._deck.plan.key

    @property
    def plan(self) -> LegPlan:
        """The plan that it follows."""
        return self._deck.plan

    @property
    def streams(self) -> int:
        """How many lines the plan has."""
        return len(self._deck.plan.streams)

    @property
    def up(self) -> bool:
        return self._live is not None and self._live.up

    @property
    def quiet(self) -> bool:
        """Whether no dialog is left."""
        return not self._dialogs

    @property
    def settled(self) -> bool:
        """Whether what was asked for is in force, or cannot be."""
        if self._planned or self.status in {LegStatus.NEW, LegStatus.INVITING}:
            return False
        return self._live is None or self._live.settled

    # -- orders ------------------------------------------------------------------------------

    def reserve(self) -> None:
        """Bind the ports that are missing; raises RtpError, what is bound stays."""
        for kind in self._deck.missing():
            self._deck.lines.append(Line(self._wire.streams, kind))

    def invite(self, choices: Sequence[Choice]) -> None:
        """Invite one recorder, or several of which the first to answer wins."""
        self.cause = ""
        self.status = LegStatus.INVITING
        safe = [one for one in choices if not self._unsafe(one)]
        if not safe:
            failure = Failure(code=488, cause=self._unsafe(choices[0]), answered=False)
            self._wire.pacer.do(partial(self._owner.leg_failed, self, failure))
            return
        for line in self._deck.lines:
            line.secure(on=any(self._wants_secret(one) for one in safe))
        for choice in safe:
            self._begin(choice, secured=self._wants_secret(choice))

    def follow(self, plan: LegPlan, scene: Scene) -> None:
        """Carry another plan, other parties, a pause: what is heard changes at once."""
        deck, before = self._deck, self._deck.plan
        deck.plan, deck.scene = plan, scene
        try:
            self.reserve()
        except RtpError as error:
            self._tell_once(PROBLEM_LEG, str(error))
        for dialog in self._dialogs:
            self._charge(dialog, self.streams)
        deck.voice(before)
        deck.sound()
        self._tell_sound()
        if self._dialogs and not self._planned:
            self._planned = True
            self._wire.pacer.do(self._step)

    @property
    def far_tag(self) -> str:
        """The other side's name for the dialog; empty while there is none."""
        return "" if self._live is None else self._live.far_tag

    def info(self, body: bytes, content_type: str) -> None:
        """Send an INFO in the dialog, if it is up."""
        if self._live is not None:
            self._live.info(body, content_type)

    def split(self) -> None:
        """Count one more segment if the recorder has never sent an RTCP report."""
        lines = [line for line in self._deck.lines if line.on]
        mute = all(line.counters().far_lost < 0 for line in lines)
        if self._live is not None and self._live.up and not self._live.secured and mute:
            self.segments += 1
            self._owner.leg_news(self)

    def hang_up(self, cause: str) -> None:
        """End every dialog of the leg; it may be invited again."""
        self.cause = cause
        self._live = None
        self._deck.forget()
        if self._dialogs:
            self.status = LegStatus.ENDING
        for dialog in self._dialogs:
            self._abandon(dialog)

    def finish(self, status: LegStatus) -> None:
        """The leg is over for good: its ports are given back."""
        self.status = status
        for line in self._deck.lines:
            line.close()

    def counters(self) -> dict[str, int]:
        """What all lines together have sent."""
        sent = [line.counters() for line in self._deck.lines]
        return {
            "packets": sum(one.packets for one in sent),
            "octets": sum(one.octets for one in sent),
            "skipped": sum(one.skipped for one in sent),
            "refused": sum(one.refused for one in sent),
            "dropped": sum(one.dropped for one in sent),
            "reinvites": 0 if self._shown is None else self._shown.reinvites,
        }

    # -- dialogs -----------------------------------------------------------------------------

    def _wants_secret(self, choice: Choice) -> bool:
        settings = self._wire.settings
        if settings.security is Security.OPTIONAL:
            safe = choice.recorder.address.secure or settings.allow_clear_keys
            return safe and srtp_available()
        return settings.security is Security.REQUIRED

    def _unsafe(self, choice: Choice) -> str:
        """Why a recorder cannot get encrypted sound that is required; empty when it can."""
        settings = self._wire.settings
        if settings.security is not Security.REQUIRED:
            return ""
        if not srtp_available():
            return "recording-security=required needs pylibsrtp: pip install 'tlibsim[srtp]'"
        if choice.recorder.address.secure or settings.allow_clear_keys:
            return ""
        return (
            "recording-security=required, but keys would be readable on the way to "
            f"{choice.recorder.name}: use sips, or set allow-clear-keys"
        )

    def _begin(self, choice: Choice, *, secured: bool, kind: ShapeKind | None = None) -> None:
        wire = self._wire
        kind = kind or choice.recorder.settings.shape
        dialog = Dialog(
            owner=self,
            choice=choice,
            shape=shape_for(kind, self._order, self.key),
            settings=wire.settings,
            host=wire.host,
            session=wire.rng.getrandbits(31),
            secured=secured,
        )
        self._dialogs.append(dialog)
        self._shown = dialog
        self._charge(dialog, self.streams)
        try:
            dialog.invite(wire.agent, self._wish(dialog), wire.pool.may_follow)
        except Exception:
            self._drop(dialog)
            raise
        self._owner.leg_news(self)

    def _wish(self, dialog: Dialog) -> Wish:
        lines = self._deck.offers(secured=dialog.secured, labels=dialog.shape.labels)
        return Wish(lines=lines, plan=self._deck.plan)

    def _charge(self, dialog: Dialog, ports: int) -> None:
        pool = self._wire.pool
        pool.take(dialog.recorder, ports)
        pool.give_back(dialog.recorder, dialog.ports)
        dialog.ports = ports

    def _abandon(self, dialog: Dialog) -> None:
        """Nothing that it says counts any more, but it has to end."""
        if not dialog.abandoned:
            dialog.abandoned = True
            self._wire.pacer.do(dialog.bye)

    def _drop(self, dialog: Dialog) -> None:
        if dialog in self._dialogs:
            self._dialogs.remove(dialog)
            self._wire.pool.give_back(dialog.recorder, dialog.ports)
            dialog.ports = 0
        if dialog.abandoned and not self._dialogs:
            self._owner.leg_settled(self)

    def _step(self) -> None:
        """Bring the dialog in line with what is wanted; once for any number of orders."""
        self._planned = False
        dialog = self._live
        if dialog is not None:
            before = dialog.reinvites
            dialog.want(self._wish(dialog), self._wire.now())
            if dialog.reinvites != before:
                self._owner.leg_news(self)
        self._check()

    def _note_state(self) -> None:
        if self.up:
            self.status = LegStatus.ESTABLISHED
            if self._deck.scene.paused and self.settled:
                self.status = LegStatus.PAUSED

    def _check(self) -> None:
        """Note what the state is, and tell when everything asked for is done."""
        self._note_state()
        if self.settled:
            self._owner.leg_settled(self)

    # -- what dialogs tell -------------------------------------------------------------------

    def dialog_news(self, dialog: Dialog) -> None:
        if dialog is self._shown:
            self._owner.leg_news(self)

    def dialog_answered(
        self, dialog: Dialog, lines: Sequence[AgreedStream], warnings: Sequence[str]
    ) -> None:
        """A 2xx, or an offer of the recorder that we took."""
        if dialog.abandoned:
            return
        first = self._live is None
        problems = self._deck.agree(lines, self._wire.now())
        if first and not any(line.on for line in self._deck.lines):
            self._turn_down(dialog, problems or [one.cause for one in lines if one.cause])
            return
        self._live = self._shown = dialog
        if first:
            for other in self._dialogs:
                if other is not dialog:
                    self._abandon(other)
        for problem in problems:
            self._tell_once(PROBLEM_LEG, problem)
        self._deck.sound()
        self._tell_sound()
        self._tell_answer(dialog, lines, warnings)
        dialog.want(self._wish(dialog), self._wire.now())
        self._note_state()
        self._owner.leg_news(self)
        if first:
            self._owner.leg_up(self)
        self._check()

    def _turn_down(self, dialog: Dialog, problems: Sequence[str]) -> None:
        """A 2xx that gives nothing to send to: as good as a refusal (MEDIA.md 3.2.6)."""
        cause = "its answer cannot be used: " + ("; ".join(problems) or "no line is on")
        self._abandon(dialog)
        self._not_here(dialog, Failure(code=488, cause=cause))

    def _tell_answer(
        self, dialog: Dialog, lines: Sequence[AgreedStream], warnings: Sequence[str]
    ) -> None:
        """Tell what a recorder does not take; in a pause it need not take anything."""
        if self._deck.scene.paused:
            return
        for agreed, (line, stream) in zip(lines, self._deck.paired(), strict=False):
            if stream is None or encoding_of(agreed) is not None:
                warnings = (*warnings, *([agreed.cause] if agreed.on and agreed.cause else []))
                continue
            video = line.kind is StreamKind.VIDEO
            kind, what = (PROBLEM_VIDEO, "picture") if video else (PROBLEM_AUDIO, "sound")
            cause = agreed.cause or "no codec that we have"
            who = dialog.recorder.name
            self._tell_once(kind, f"{who} does not take the {what} of {stream.dn}: {cause}")
        said = tuple(f": {agreed.cause}" for agreed in lines if agreed.cause)
        for warning in warnings:
            if not warning.endswith(said):
                self._tell_once(PROBLEM_ANSWER, f"{dialog.recorder.name}: {warning}")

    def _tell_sound(self) -> None:
        for line in self._deck.lines:
            for problem in line.problems():
                kind = PROBLEM_TONE if "tone" in problem else PROBLEM_SOUND
                self._tell_once(kind, problem)

    def _tell_once(self, kind: str, cause: str) -> None:
        if cause not in self._told:
            self._told.add(cause)
            self._owner.leg_problem(self, kind, cause)

    def dialog_informed(self, dialog: Dialog, content_type: str, body: bytes) -> None:
        if dialog is self._live:
            self._owner.leg_informed(self, content_type, body)

    def dialog_info_done(self, dialog: Dialog, code: int) -> None:
        if dialog is self._live:
            self._owner.leg_info_done(self, code)

    def dialog_refused(self, dialog: Dialog, failure: Failure) -> None:
        """A re-INVITE was refused; what was agreed before goes on."""
        if dialog is not self._live:
            return
        self._owner.leg_refused(self, failure)
        dialog.go_on(self._wire.now())
        self._deck.sound()
        self._check()
        self._owner.leg_news(self)

    def dialog_failed(self, dialog: Dialog, failure: Failure) -> None:
        """An INVITE came to nothing."""
        if failure.retry_after:
            now = self._wire.clock.now()
            self._wire.pool.leave_alone(dialog.recorder, failure.retry_after, now)
        self._drop(dialog)
        if dialog.abandoned or self._live is not None or self._again(dialog, failure):
            return
        self._not_here(dialog, failure)

    def _not_here(self, dialog: Dialog, failure: Failure) -> None:
        """Note an attempt that failed; when no other is under way, the leg has failed."""
        self.attempts += (f"{dialog.recorder.name}: {failure.cause}",)
        if all(one.abandoned for one in self._dialogs):
            self.cause = failure.cause
            self._owner.leg_failed(self, failure)

    def _again(self, dialog: Dialog, failure: Failure) -> bool:
        """Invite the same recorder once more, without what it does not know."""
        siprec = dialog.shape.labels
        plain = (
            siprec and failure.code == _NO_SIPREC and dialog.recorder.settings.siprec_fallback
        )
        optional = self._wire.settings.security is Security.OPTIONAL
        clear = dialog.secured and optional and failure.code in _NO_CIPHER
        if not plain and not clear:
            return False
        what = "SIPREC" if plain else "encryption"
        self.attempts += (f"{dialog.recorder.name}: {failure.cause}, again without {what}",)
        kind = ShapeKind.SIPREC if siprec and not plain else ShapeKind.GENESYS
        if clear:
            for line in self._deck.lines:
                line.secure(on=False)
        self._begin(dialog.choice, secured=dialog.secured and not clear, kind=kind)
        return True

    def dialog_over(self, dialog: Dialog, end: End) -> None:
        """A dialog ended, by whomever."""
        was_live = dialog is self._live
        self._drop(dialog)
        if was_live:
            self._live = None
            self._deck.forget()
            self.cause = end.cause
            self._owner.leg_lost(self, end.cause)

    # -- for people --------------------------------------------------------------------------

    def view(self) -> LegView:
        """The leg as it is now."""
        dialog, plan = self._shown, self._deck.plan
        view = LegView(
            key=plan.key,
            status=self.status,
            dn=plan.dn,
            other_dn=plan.other_dn,
            destination=plan.destination,
            cause=self.cause,
            attempts=self.attempts,
        )
        if dialog is None:
            return view
        pictures = [line for line in self._deck.lines if line.kind is StreamKind.VIDEO]
        return replace(
            view,
            recorder=dialog.recorder.name,
            chosen_because=dialog.choice.because,
            uri=dialog.request_uri,
            call_id=dialog.call_id,
            offer=dialog.offer,
            answer=dialog.answer,
            direction=self._deck.direction(),
            reinvites=dialog.reinvites,
            secured=dialog.secured,
            video=any(line.on for line in pictures),
            code=dialog.code,
            segments=self.segments,
        )
