"""One SIP session with one recorder, from its INVITE to the last word on it.

Joins the parts: calling (first INVITE), offering (our re-INVITEs), answering (requests of the
recorder), the session timer and BYE.  Source: MEDIA.md 3.2 and 5.
"""

from collections.abc import Callable
from functools import partial

from tlibsim.media.sip.answering import Answering, LocalMedia, refuse
from tlibsim.media.sip.bodies import sdp_in
from tlibsim.media.sip.calling import Acknowledged, Calling
from tlibsim.media.sip.dialog import Dialog, tag_of
from tlibsim.media.sip.headers import parse_interval
from tlibsim.media.sip.layer import Outcome, Server
from tlibsim.media.sip.message import Request, Response, first
from tlibsim.media.sip.offering import GONE, Offering, Wish, refresh_of
from tlibsim.media.sip.sdp import SessionDescription, parse, render
from tlibsim.media.sip.sessiontimer import SessionTimer
from tlibsim.media.sip.stack import Stack
from tlibsim.media.sip.values import (
    SDP_TYPE,
    Answer,
    End,
    Failure,
    Headers,
    InviteRequest,
    LegListener,
    LegState,
    Side,
)


class _Conversation:
    """What a leg has once its recorder answered."""

    def __init__(
        self, leg: "Leg", stack: Stack, dialog: Dialog, answer: Answer, ours: SessionDescription
    ) -> None:
        calling, acknowledged = leg.calling, leg.acknowledgements
        self.dialog = dialog
        self.timer = SessionTimer(stack.clock, leg.refresh, leg.not_refreshed)
        self.local = LocalMedia(ours, ours, render(ours))
        self.remote = answer.session
        self.offering = Offering(
            stack, dialog, calling.authenticator, self.timer, acknowledged, leg
        )
        self.offering.last_session = answer.session
        self.answering = Answering(stack, dialog, self.timer, self.offering, self.local, leg)
        self.timer.begin(parse_interval(first(answer.headers, "Session-Expires")))

    def stop(self) -> None:
        self.timer.stop()
        self.offering.stop()


class Leg:
    """The handle that a backend holds; ``over`` is called once, when the leg has ended."""

    def __init__(
        self,
        stack: Stack,
        request: InviteRequest,
        call_id: str,
        listener: LegListener,
        over: Callable[["Leg"], None],
    ) -> None:
        self.acknowledgements = Acknowledged(stack)
        self.calling = Calling(stack, request, call_id, self, self.acknowledgements)
        self._stack = stack
        self._request = request
        self._call_id = call_id
        self._listener: LegListener | None = listener
        self._over = over
        self._state = LegState.INVITING
        self._talk: _Conversation | None = None
        self._number = 0
        self._early: Wish | None = None
        self._bye_tries = 0

    # Of the handle.

    @property
    def call_id(self) -> str:
        return self._call_id

    @property
    def state(self) -> LegState:
        return self._state

    @property
    def request_uri(self) -> str:
        return self._request.request_uri

    def reinvite(
        self, offer: bytes, *, content_type: str = SDP_TYPE, headers: Headers = ()
    ) -> int:
        """Make a new offer; one made before the recorder answered waits for that."""
        self._number += 1
        wish = Wish(
            number=self._number,
            offer=offer,
            content_type=content_type,
            headers=(*self._request.dialog_headers, *headers),
        )
        if self._state is LegState.INVITING:
            self._early = wish
        elif self._state is LegState.UP and self._talk is not None:
            self._talk.offering.want(wish)
        return self._number

    def info(self, body: bytes, content_type: str) -> int:
        """Send an INFO; without a dialog it fails with code 0."""
        self._number += 1
        number = self._number
        self._stack.later(lambda: self._inform(number, body, content_type, tries=0))
        return number

    def bye(self) -> None:
        """End the leg; an INVITE that is still open is cancelled."""
        if self._state is LegState.INVITING:
            self._state = LegState.ENDING
            self.calling.cancel()
        elif self._state is LegState.UP and self._talk is not None:
            self._state = LegState.ENDING
            self._talk.stop()
            self._stack.pacer.run(partial(self._send_bye, self._talk.dialog))

    cancel = bye

    # Of the agent.

    def start(self) -> None:
        """Send the INVITE; nothing is sent for a leg that was given up before its turn."""
        if self._state is LegState.INVITING:
            self.calling.start()
        else:
            self.cancelled()

    def mute(self) -> None:
        """Tell nothing any more."""
        self._listener = None

    def close(self) -> None:
        """No timer runs any more."""
        self.calling.close()
        if self._talk is not None:
            self._talk.stop()

    def fits(self, request: Request) -> bool:
        """Whether a request has the tags of this leg's dialog."""
        if tag_of(first(request.headers, "To")) != self.calling.identity.tag:
            return False
        theirs = tag_of(first(request.headers, "From"))
        return self._talk is None or self._talk.dialog.remote_tag in {"", theirs}

    def requested(self, server: Server) -> None:
        """A request of the recorder in this dialog."""
        method = server.request.method
        if self._talk is not None and self._state is LegState.UP:
            self._talk.answering.requested(server)
        elif method == "BYE" and self._state is LegState.INVITING:
            server.respond(200, "OK")
            failure = Failure(code=487, cause="BYE of the recorder before its answer")
            self.calling.abandon(failure)
        elif method == "BYE" and self._state is LegState.ENDING and self._talk is not None:
            server.respond(200, "OK")
            self._end(End(by=Side.US, cause="BYE", lost=False))
        else:
            refuse(server, 481)

    def acknowledged(self, request: Request) -> None:
        if self._talk is not None and self._state is LegState.UP:
            self._talk.answering.acknowledged(request)

    def stray(self, response: Response) -> None:
        """A 2xx to an INVITE of this leg that no transaction waits for."""
        if self.acknowledgements.repeat(response):
            return
        talk = self._talk
        if talk is not None and tag_of(first(response.headers, "To")) == talk.dialog.remote_tag:
            talk.offering.late(response)
        elif self._state is not LegState.INVITING:
            self.calling.late(response)

    # Of calling.

    def ringing(self, code: int, reason: str) -> None:
        if self._listener is not None:
            self._listener.provisional(self, code, reason)

    def accepted(self, dialog: Dialog, answer: Answer) -> None:
        ours = parse(sdp_in(self._request.content_type, self._request.offer))
        self._talk = _Conversation(self, self._stack, dialog, answer, ours)
        self._state = LegState.UP
        early, self._early = self._early, None
        if early is not None:
            self._talk.offering.want(early)
        if self._listener is not None:
            self._listener.answered(self, answer)

    def refused(self, failure: Failure) -> None:
        self._state = LegState.ENDED
        listener, self._listener = self._listener, None
        self._over(self)
        if listener is not None:
            listener.failed(self, failure)

    def cancelled(self) -> None:
        self._end(End(by=Side.US, cause="cancelled", lost=False))

    # Of offering and answering.

    def contact_headers(self) -> Headers:
        if self._talk is None:
            return ()
        request = self._request
        secure = self.calling.identity.address.startswith("sips:")
        user = request.from_user or self._stack.settings.user
        hop = self._talk.dialog.hop()
        contact = self._stack.contact(hop, user, request.contact_parameters, secure=secure)
        return (("Contact", contact),)

    def peer_is_asking(self) -> bool:
        return self._talk is not None and self._talk.answering.peer_is_asking

    def offer_taken(self, wish: Wish, answer: Answer, ours: SessionDescription) -> None:
        if self._talk is None or self._listener is None:
            return
        self._talk.remote = answer.session
        if wish.refresh:
            self._listener.refreshed(self, Side.US)
            return
        self._talk.local.taken(ours)
        self._listener.reinvite_done(self, wish.number, answer)

    def offer_failed(self, wish: Wish, failure: Failure, *, gone: bool) -> None:
        if self._listener is not None and not wish.refresh:
            self._listener.reinvite_failed(self, wish.number, failure)
        if gone:
            what = "refresh" if wish.refresh else "re-INVITE"
            self._lose(f"{what}: {failure.cause}", Side.RECORDER, failure.code)

    def ended_by_recorder(self, cause: str) -> None:
        if self._talk is not None:
            self._talk.stop()
        self._end(End(by=Side.RECORDER, cause=cause, lost=True))

    def lost(self, cause: str) -> None:
        self._lose(cause, Side.RECORDER, 0)

    def informed(self, content_type: str, body: bytes) -> None:
        if self._listener is not None:
            self._listener.informed(self, content_type, body)

    def reoffered(
        self, theirs: SessionDescription | None, ours: SessionDescription | None
    ) -> None:
        if self._talk is None or self._listener is None:
            return
        if theirs is None or ours is None or theirs == self._talk.remote:
            self._listener.refreshed(self, Side.RECORDER)
        else:
            self._talk.remote = self._talk.offering.last_session = theirs
            self._listener.reoffered(self, theirs, ours)

    # Of the session timer.

    def refresh(self) -> None:
        if self._talk is not None:
            offer = self._talk.local.body
            self._talk.offering.want(refresh_of(offer, self._request.dialog_headers))

    def not_refreshed(self) -> None:
        self._lose("no refresh of the session in time", Side.RECORDER, 0)

    # Ends.

    def _inform(self, number: int, body: bytes, content_type: str, *, tries: int) -> None:
        talk = self._talk
        if talk is None or self._state is not LegState.UP:
            self._informed_done(number, 0)
            return
        authenticator = self.calling.authenticator
        if not tries:
            authenticator.begin()
        authorization = authenticator.headers_for("INFO", talk.dialog.target, body)
        info = talk.dialog.request("INFO", authorization, content_type, body)

        def outcome(outcome: Outcome) -> None:
            if isinstance(outcome, Response):
                if not outcome.final:
                    return
                if tries == 0 and authenticator.challenged(outcome):
                    self._inform(number, body, content_type, tries=1)
                    return
            code = outcome.code if isinstance(outcome, Response) else 0
            self._informed_done(number, code)
            if code in GONE or code == 0:
                self._lose(f"INFO: {code or 'no answer'}", Side.RECORDER, code)

        self._stack.layer.request(info, talk.dialog.hop(), outcome)

    def _informed_done(self, number: int, code: int) -> None:
        if self._listener is not None:
            self._listener.info_done(self, number, code)

    def _send_bye(self, dialog: Dialog) -> None:
        if self._state is not LegState.ENDING:
            return
        self._bye_tries += 1
        if self._bye_tries == 1:
            self.calling.authenticator.begin()
        authorization = self.calling.authenticator.headers_for("BYE", dialog.target, b"")
        bye = dialog.request("BYE", authorization)
        wait = self._stack.settings.bye_timeout
        self._stack.layer.request(bye, dialog.hop(), self._bye_outcome, wait)

    def _bye_outcome(self, outcome: Outcome) -> None:
        code = 0
        if isinstance(outcome, Response):
            if not outcome.final:
                return
            code = outcome.code
            again = self._bye_tries == 1 and self.calling.authenticator.challenged(outcome)
            if again and self._talk is not None and self._state is LegState.ENDING:
                self._send_bye(self._talk.dialog)
                return
        self._end(End(by=Side.US, cause="BYE", lost=False, code=code))

    def _lose(self, cause: str, by: Side, code: int) -> None:
        """Nobody here wanted this end: a BYE for good order, and the listener is told now."""
        if self._state is LegState.UP and self._talk is not None:
            self._talk.stop()
            self.calling.hang_up(self._talk.dialog)
            self._end(End(by=by, cause=cause, lost=True, code=code))

    def _end(self, end: End) -> None:
        if self._state is LegState.ENDED:
            return
        self._state = LegState.ENDED
        listener, self._listener = self._listener, None
        self._over(self)
        if listener is not None:
            listener.ended(self, end)
