"""Offers of ours inside a dialog: one re-INVITE at a time, the newest wish waits its turn.

Glare (491), authentication, 422 and refreshes are here (MEDIA.md 1.1, 5.3 and 5.5).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from tlibsim.media.sip.bodies import sdp_in, sdp_of
from tlibsim.media.sip.calling import Acknowledged
from tlibsim.media.sip.dialog import Dialog
from tlibsim.media.sip.digest import Authenticator
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import parse_interval, parse_sequence
from tlibsim.media.sip.layer import Client, Outcome, Unanswered
from tlibsim.media.sip.message import Request, Response, first
from tlibsim.media.sip.negotiation import agree
from tlibsim.media.sip.sdp import SessionDescription, parse
from tlibsim.media.sip.sessiontimer import SessionTimer
from tlibsim.media.sip.stack import Stack, failure_of, shown_headers
from tlibsim.media.sip.values import SDP_TYPE, Answer, Failure, Headers, Timer

MAX_GLARES = 8
GONE = frozenset({408, 481})
"""Answers after which the dialog is no more (RFC 3261 12.2.1.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An offer to be made; ``number`` 0 is a refresh of the session timer."""

    number: int
    offer: bytes
    content_type: str = SDP_TYPE
    headers: Headers = ()

    @property
    def refresh(self) -> bool:
        return self.number == 0


class Bearer(Protocol):
    """The leg, as its re-INVITEs see it."""

    def contact_headers(self) -> Headers: ...
    def peer_is_asking(self) -> bool:
        """Whether an INVITE of the peer has no ACK yet."""

    def offer_taken(self, wish: Wish, answer: Answer, ours: SessionDescription) -> None: ...
    def offer_failed(self, wish: Wish, failure: Failure, *, gone: bool) -> None:
        """``gone``: the dialog cannot go on."""


class Offering:
    """The re-INVITEs of one dialog."""

    def __init__(
        self,
        stack: Stack,
        dialog: Dialog,
        authenticator: Authenticator,
        timer: SessionTimer,
        acknowledged: Acknowledged,
        bearer: Bearer,
    ) -> None:
        self._stack = stack
        self._dialog = dialog
        self._authenticator = authenticator
        self._timer = timer
        self._acknowledged = acknowledged
        self._bearer = bearer
        self._open: Wish | None = None
        self._next: Wish | None = None
        self._invite: Request | None = None
        self._number = 0
        self._client: Client | None = None
        self._pause: Timer | None = None
        self._limit: Timer | None = None
        self._glares = 0
        self._min_se = 0
        self._interval_raised = False
        self._over = False
        self.last_session: SessionDescription | None = None
        self._retries: Mapping[int, Callable[[Response], bool]] = {
            401: authenticator.challenged,
            407: authenticator.challenged,
            422: self._raise_interval,
        }

    @property
    def busy(self) -> bool:
        """Whether a re-INVITE of ours is on the wire."""
        return self._open is not None

    def want(self, wish: Wish) -> None:
        """Send this offer as soon as may be; a refresh never takes the place of a change."""
        if wish.refresh and (self._open is not None or self._next is not None):
            return
        self._next = wish
        if self._open is None and self._pause is None:
            self._pause = self._stack.later(partial(self._stack.pacer.run, self.proceed))

    def proceed(self) -> None:
        """Send the waiting offer, if nothing is in its way."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._over or self._open is not None or self._next is None:
            return
        if self._bearer.peer_is_asking():
            return
        self._open, self._next = self._next, None
        self._interval_raised = False
        self._authenticator.begin()
        self._send()

    def peer_done(self) -> None:
        """The INVITE of the peer is over: ours may go on, unless a 491 makes it wait."""
        if self._pause is None:
            self.proceed()

    def stop(self) -> None:
        """The dialog ends: nothing more is sent but the ACK of an answer that still comes."""
        self._over = True
        self._next = None
        for timer in (self._pause, self._limit):
            if timer is not None:
                timer.cancel()
        self._pause = self._limit = None

    def _send(self) -> None:
        wish = self._open
        if wish is None:
            return
        dialog = self._dialog
        least = (("Min-SE", str(self._min_se)),) if self._min_se else ()
        try:
            self._invite = dialog.request(
                "INVITE",
                (
                    *self._bearer.contact_headers(),
                    *self._timer.header(we_ask=True),
                    *least,
                    *self._authenticator.headers_for("INVITE", dialog.target, wish.offer),
                    *wish.headers,
                ),
                wish.content_type,
                wish.offer,
            )
            self._number = dialog.sequence
            tell = partial(self._outcome, self._number)
            self._client = self._stack.layer.request(self._invite, dialog.hop(), tell)
        except SipError as error:
            failure = Failure(code=error.code, cause=error.cause, answered=False)
            self._stack.later(lambda: self._fail(failure, gone=False))
            return
        self._limit = self._stack.clock.call_later(
            self._stack.settings.answer_timeout, self._too_long
        )

    def _outcome(self, number: int, outcome: Outcome) -> None:
        if isinstance(outcome, Response) and outcome.success:
            self._accepted(outcome, number)
        elif self._over or self._open is None or number != self._number:
            return
        elif isinstance(outcome, Unanswered):
            self._fail(failure_of(outcome), gone=True)
        elif outcome.code == 491 and self._glares < MAX_GLARES:
            self._glare()
        elif outcome.final:
            self._refused(outcome)

    def _refused(self, response: Response) -> None:
        retry = self._retries.get(response.code)
        if retry is not None and retry(response):
            self._close_limit()
            self._send()
            return
        self._fail(failure_of(response), gone=response.code in GONE)

    def _glare(self) -> None:
        """Both asked at once: try again in 2.1 to 4 s, we own the Call-ID (RFC 3261 14.1)."""
        self._glares += 1
        self._close_limit()
        wish, self._open = self._open, None
        if self._next is None:
            self._next = wish
        settings = self._stack.settings
        delay = self._stack.rng.uniform(settings.glare_from, settings.glare_to)
        self._pause = self._stack.clock.call_later(delay, self.proceed)

    def late(self, response: Response) -> None:
        """A 2xx that no transaction waits for any more: it gets its ACK."""
        self._accepted(response, parse_sequence(first(response.headers, "CSeq")).number)

    def _accepted(self, response: Response, number: int) -> None:
        if self._acknowledged.repeat(response) or self._invite is None:
            return
        if not self._over:
            self._dialog.retarget(response.headers)
        self._acknowledge(response, number)
        wish = self._open
        if self._over or wish is None or number != self._number:
            return
        self._timer.answered(parse_interval(first(response.headers, "Session-Expires")))
        try:
            ours = parse(sdp_in(wish.content_type, wish.offer))
            answer = self._read(wish, ours, response)
        except SipError as error:
            self._fail(Failure(code=488, cause=error.cause), gone=True)
            return
        self._finish()
        self._bearer.offer_taken(wish, answer, ours)
        self.peer_done()

    def _acknowledge(self, response: Response, number: int) -> None:
        """The ACK, noted under the tag that this 2xx has, which may be a wrong one."""
        if self._invite is not None:
            self._acknowledged.send(self._dialog, number, self._invite, response)

    def _read(self, wish: Wish, ours: SessionDescription, response: Response) -> Answer:
        """The answer in a 2xx; one without SDP is forgiven where nothing was to change."""
        warnings: tuple[str, ...] = ()
        body = sdp_of(response.headers, response.body)
        sends = any(ours.direction_of(one).sends for one in ours.media if one.active)
        if body:
            session = parse(body)
            if sends:
                warnings = agree(ours, session)[1]
        elif self.last_session is not None and (wish.refresh or not sends):
            session, warnings = self.last_session, ("no SDP in the answer",)
        else:
            raise SipError("no SDP in the answer", 488)
        self.last_session = session
        return Answer(
            code=response.code,
            body=body,
            session=session,
            contact=self._dialog.target,
            headers=shown_headers(response.headers),
            session_expires=self._timer.seconds if self._timer.running else 0,
            warnings=warnings,
        )

    def _raise_interval(self, response: Response) -> bool:
        least = parse_interval(first(response.headers, "Min-SE"))
        if self._interval_raised or least is None or not self._timer.running:
            return False
        self._interval_raised = True
        self._min_se = least.seconds
        self._timer.seconds = max(self._timer.seconds, least.seconds)
        return True

    def _too_long(self) -> None:
        seconds = self._stack.settings.answer_timeout
        cause = f"no answer in {seconds:g} s"
        if self._client is not None:
            cause = self._client.silence(seconds)
            self._client.cancel()
        self._fail(Failure(code=408, cause=cause, answered=False), gone=True)

    def _fail(self, failure: Failure, *, gone: bool) -> None:
        wish = self._open
        self._finish()
        if wish is None or self._over:
            return
        if wish.refresh and not gone:
            self._timer.failed()
        self._bearer.offer_failed(wish, failure, gone=gone)
        self.peer_done()

    def _finish(self) -> None:
        self._open = None
        self._glares = 0
        self._close_limit()

    def _close_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


def refresh_of(offer: bytes, headers: Headers) -> Wish:
    """A refresh: the last offer, not a byte of it changed (MEDIA.md 5.5)."""
    return replace(Wish(number=0, offer=offer), headers=headers)
