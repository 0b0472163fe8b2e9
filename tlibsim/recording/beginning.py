"""Recordings that nobody asks for at the time: full-time, by route, before it is asked for.

Sources: RECORDING.md 3.1, 3.2, 3.4, 3.7.  The order at one establishment: ``disabled``, full
time, the route's ``record``; a pre-recording begins when none of them does.
"""

from tlibsim.recording.facts import Alarm, RecordingRemark, Trigger
from tlibsim.recording.ledger import Ledger
from tlibsim.recording.notes import (
    Note,
    Notebook,
    caller_party,
    parties_meant,
    routed_party,
)
from tlibsim.recording.opening import Wish
from tlibsim.recording.policy import Target, first_of, key_of, opposite, talking
from tlibsim.recording.profiles import Profile
from tlibsim.recording.routewish import RouteParty, RouteWish
from tlibsim.recording.rules import CallsView, RecordingRules, RulesInForce
from tlibsim.recording.states import SessionInput
from tlibsim.recording.turn import Turn
from tlibsim.switch.facts import CallView, PartyChanged, PartyEstablished, PartyView
from tlibsim.switch.refusals import Reason, RequestRefused

_PEOPLE = {RouteParty.CALLER: "customer", RouteParty.ROUTED: "agent"}


class Beginner:
    """Starts what the configuration or a strategy wants recorded."""

    def __init__(
        self,
        rules: RulesInForce,
        *,
        calls: CallsView,
        ledger: Ledger,
        profile: Profile,
        notebook: Notebook,
    ) -> None:
        self._rules = rules
        self._calls = calls
        self._ledger = ledger
        self._profile = profile
        self._notebook = notebook

    # -- a strategy speaks -------------------------------------------------------------------

    def routed(self, turn: Turn, call: CallView, point: str, wish: RouteWish) -> None:
        """RequestRouteCall was carried out; some of what it says counts at once."""
        for remark in wish.remarks:
            turn.facts.append(
                RecordingRemark(conn_id=call.conn_id, text=f"RouteCall: {remark}")
            )
        self._notebook.routed(call, point, wish)  # type: ignore[arg-type]
        note = self._notebook.of(call.conn_id)
        if note is not None and wish.at_once:
            self._switch_off(turn, call, note, wish)

    def _switch_off(self, turn: Turn, call: CallView, note: Note, wish: RouteWish) -> None:
        """``disable_destination`` and ``disable_source`` end what runs for that side."""
        meant = parties_meant(wish.off, call, note)
        for session in self._ledger.running(call.conn_id):
            outside = session.record[1] is not None
            side = RouteParty.CALLER if outside else RouteParty.ROUTED
            if session.record in meant or side in wish.off:
                self._ledger.keep_quiet(session)
                self._ledger.end(
                    turn, session, _stopping(session.started_at), "switched off by RouteCall"
                )

    # -- somebody is connected -----------------------------------------------------------------

    def connected(self, turn: Turn, fact: PartyEstablished) -> None:
        """Begin what is to begin now that this party, and maybe another, is connected."""
        call = fact.call
        note = self._notebook.of(call.conn_id)
        wish = self._ripe(call, note)
        if wish is not None and note is not None and wish.off:
            quiet = self._ledger.recording_of(call).quiet
            quiet |= parties_meant(wish.off, call, note)
        if self._ledger.running(call.conn_id):
            self._too_late(turn, call, wish)
            return
        entered = frozenset() if note is None else frozenset(note.entered)
        target = self._profile.full_time(call, fact.side, entered, self._quiet(call))
        if target is not None:
            self.full_time(turn, call, target)
        elif wish is not None and note is not None and wish.record is not None:
            self._by_route(turn, call, note, wish)
        else:
            self._before(turn, call)

    def moved(self, turn: Turn, fact: PartyChanged) -> None:
        """A party has come over from another call: its own full-time recording begins."""
        call = fact.call
        party = call.party(fact.side.dn)
        note = self._notebook.of(call.conn_id)
        entered = frozenset() if note is None else frozenset(note.entered)
        if party is None or party not in talking(call) or self._ledger.running(call.conn_id):
            return
        if key_of(party) in self._quiet(call) or self._profile.consults(call):
            return
        if self._profile.is_set(party, entered):
            target = first_of([party], call)
            if target is not None:
                self.full_time(turn, call, target)

    def _quiet(self, call: CallView) -> frozenset[tuple[str, str | None]]:
        recording = self._ledger.recording(call.conn_id)
        return frozenset() if recording is None else frozenset(recording.quiet)

    @staticmethod
    def _ripe(call: CallView, note: Note | None) -> RouteWish | None:
        """What the strategy said, once, when the routed party is there."""
        if note is None or note.wish is None or routed_party(call, note) is None:
            return None
        wish, note.wish = note.wish, None
        return wish

    def _too_late(self, turn: Turn, call: CallView, wish: RouteWish | None) -> None:
        """Only one recording at a time, and the first one stays (RECORDING.md 3.4)."""
        if wish is not None and wish.record is not None:
            text = "RouteCall: record ignored, the call is being recorded"
            turn.facts.append(RecordingRemark(conn_id=call.conn_id, text=text))

    # -- the kinds -----------------------------------------------------------------------------

    def full_time(self, turn: Turn, call: CallView, target: Target) -> None:
        """Record a party that is configured to be recorded."""
        rule = self._reason(call, target)
        self._begin(turn, call, target, Wish(trigger=Trigger.FULL_TIME, rule=rule))

    def _reason(self, call: CallView, target: Target) -> str:
        """Which setting wants the party recorded, in words."""
        record, dn = target.record, target.record_dn
        options = self._calls.place(dn)
        note = self._notebook.of(call.conn_id)
        if options is not None and options.record:
            return f"record=true on {'trunk' if record.outside else 'DN'} {dn}"
        if note is not None and key_of(record) in note.entered:
            return f"record=true on routing point {note.routing_point}"
        return f"record=true of agent {record.agent_id} at {dn}"

    def _by_route(self, turn: Turn, call: CallView, note: Note, wish: RouteWish) -> None:
        """Record the agent or the customer, as the strategy wants (RECORDING.md 3.2)."""
        record = _meant(call, note, wish)
        if record is None or wish.record is None or self._profile.consults(call):
            return
        record_id = wish.record_id
        if self._ledger.in_use(record_id):
            text = f"RouteCall: id {record_id!r} is in use, another is made"
            turn.facts.append(RecordingRemark(conn_id=call.conn_id, text=text))
            record_id = None
        asked = "" if wish.asked is None else wish.asked.value
        rule = self._rules.value.routecall_record_rule
        target = Target(record=record, other=opposite(record, talking(call)))
        self._begin(
            turn,
            call,
            target,
            Wish(
                trigger=Trigger.ROUTE,
                rule=f"RouteCall record={asked} ({rule}): {_PEOPLE[wish.record]}",
                side=wish.asked,
                record_id=record_id,
                dest=wish.dest,
                dest2=wish.dest2,
                params=wish.params,
                side_of=target.record_dn,
            ),
        )

    def _before(self, turn: Turn, call: CallView) -> None:
        """Option ``prerecord``: keep the sound in case somebody asks for it."""
        recording = self._ledger.recording(call.conn_id)
        if not self._rules.value.prerecord or self._profile.consults(call):
            return
        if recording is not None and recording.hidden is not None:
            return
        target = first_of([one for one in talking(call) if not one.outside], call)
        if target is not None and self._refusal() is None:
            rule = "prerecord=true"
            wish = Wish(trigger=Trigger.PRERECORD, rule=rule, hidden=True)
            self._begin(turn, call, target, wish)

    def _begin(self, turn: Turn, call: CallView, target: Target, wish: Wish) -> None:
        recording = self._ledger.recording(call.conn_id)
        hidden = None if recording is None else recording.hidden
        if hidden is not None and not wish.hidden:
            self._ledger.reveal(turn, hidden, wish)
            if hidden.record != key_of(target.record):
                self._ledger.hand_over(turn, hidden, call, target)
            return
        try:
            refusal = self._refusal()
            if refusal is not None:
                raise refusal
            self._ledger.open(turn, call, target, wish)
        except RequestRefused as refused:
            detail = f"{target.record_dn} is not recorded: {refused.detail}"
            self._ledger.alarms.put_up(turn, Alarm.RECORDING_FAILED, call.conn_id, detail)

    def _refusal(self) -> RequestRefused | None:
        return refusal_of(self._rules.value, self._calls, self._ledger)


def refusal_of(
    rules: RecordingRules, calls: CallsView, ledger: Ledger
) -> RequestRefused | None:
    """Why nothing can be recorded now, whatever is asked; None when it can."""
    if not rules.msml_record_support:
        return RequestRefused(Reason.SERVICE_UNAVAILABLE, "this switch does not record")
    if not ledger.service_up or not calls.media_services():
        return RequestRefused(Reason.SERVICE_UNAVAILABLE, "no media service can be reached")
    if rules.max_recordings and ledger.live() >= rules.max_recordings:
        detail = f"{rules.max_recordings} recordings are running"
        return RequestRefused(Reason.RESOURCE_UNAVAILABLE, detail)
    return None


def _meant(call: CallView, note: Note, wish: RouteWish) -> PartyView | None:
    if wish.record is RouteParty.ROUTED:
        return routed_party(call, note)
    return caller_party(call, note)


def _stopping(started_at: object) -> SessionInput:
    return SessionInput.CALL_ENDED if started_at is None else SessionInput.STOP
