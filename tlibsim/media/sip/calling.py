"""The first INVITE of a leg, until its final answer, and whatever still comes after that.

Redirection, authentication, 422 and CANCEL are here; so are forks and late answers: a 2xx that
nobody wants any more gets its ACK and a BYE (MEDIA.md 3.2 points 1 to 4, 6 and 7).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from tlibsim.media.sip.bodies import sdp_in, sdp_of
from tlibsim.media.sip.dialog import (
    MAX_FORWARDS,
    Dialog,
    Identity,
    contact_of,
    dialog_of,
    routed,
    tag_of,
)
from tlibsim.media.sip.digest import Authenticator
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import parse_interval, parse_sequence
from tlibsim.media.sip.layer import Client, Outcome, Unanswered
from tlibsim.media.sip.message import Request, Response, first, shown
from tlibsim.media.sip.negotiation import agree
from tlibsim.media.sip.sdp import SessionDescription, parse
from tlibsim.media.sip.stack import Stack, failure_of, shown_headers
from tlibsim.media.sip.transactions import ROUNDS
from tlibsim.media.sip.uri import SipUri, hop_to, parse_uri, plain
from tlibsim.media.sip.values import Answer, Failure, Hop, InviteRequest, Timer

MAX_FORKS = 16
_CREDENTIALS = frozenset({"Authorization", "Proxy-Authorization"})
_REDIRECTIONS = frozenset({300, 301, 302, 305})


class Caller(Protocol):
    """Whoever wants the leg; each method but the first is called once at most."""

    def ringing(self, code: int, reason: str) -> None: ...
    def accepted(self, dialog: Dialog, answer: Answer) -> None: ...
    def refused(self, failure: Failure) -> None: ...
    def cancelled(self) -> None: ...


class Acknowledged:
    """The ACKs that were sent for 2xx answers, to send them again for repeated ones."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._sent: dict[tuple[str, int], tuple[bytes, Hop]] = {}

    def send(self, dialog: Dialog, number: int, invite: Request, accepted: Response) -> None:
        """Acknowledge a 2xx to that INVITE, with its credentials (RFC 3261 22.1).

        ``number`` is the CSeq of the INVITE; what the 2xx says there may be wrong.
        """
        hop = dialog.hop()
        same = tuple(one for one in invite.headers if one[0] in _CREDENTIALS)
        data = self._stack.layer.send(dialog.acknowledgement(number, same), hop)
        self._sent[_mark(accepted)] = (data, hop)
        while len(self._sent) > MAX_FORKS:
            del self._sent[next(iter(self._sent))]

    def repeat(self, response: Response) -> bool:
        """Send the ACK of this 2xx once more, if there was one; whether there was."""
        found = self._sent.get(_mark(response))
        if found is not None:
            self._stack.layer.transmit(*found, lambda _: None)
        return found is not None


def _mark(response: Response) -> tuple[str, int]:
    """What a repeated 2xx has in common with the first one."""
    number = parse_sequence(first(response.headers, "CSeq")).number
    return tag_of(first(response.headers, "To")), number


class Calling:
    """One leg's way from an INVITE to a dialog, or to the reason why there is none."""

    def __init__(
        self,
        stack: Stack,
        request: InviteRequest,
        call_id: str,
        caller: Caller,
        acknowledged: Acknowledged,
    ) -> None:
        self.stack = stack
        self.request = request
        self.sequence = 0
        self.invite: Request | None = None
        self.hop: Hop | None = None
        self.identity = Identity(call_id=call_id, tag=stack.token(), address="")
        self.authenticator = Authenticator(request.credentials, stack.rng)
        self.session_expires = (
            stack.settings.session_expires
            if request.session_expires is None
            else request.session_expires
        )
        self._caller = caller
        self._acknowledged = acknowledged
        self._target = request.request_uri
        self._next_hop = request.next_hop
        self._client: Client | None = None
        self._offer: SessionDescription | None = None
        self._timer: Timer | None = None
        self._settled = False
        self._cancelling = False
        self._cancel_sent = False
        self._redirected = False
        self._interval_raised = False
        self._min_se = 0
        self._early_body = b""
        self._forks = 0
        self._retries: Mapping[int, Callable[[Response], bool]] = {
            401: self.authenticator.challenged,
            407: self.authenticator.challenged,
            422: self._raise_interval,
            **dict.fromkeys(_REDIRECTIONS, self._redirect),
        }

    # Orders.

    def start(self) -> None:
        """Send the INVITE; what cannot be sent is refused on a later turn."""
        try:
            self._offer = parse(sdp_in(self.request.content_type, self.request.offer))
            self._attempt()
        except SipError as error:
            failure = Failure(code=error.code, cause=error.cause, answered=False)
            self.stack.later(lambda: self._refuse(failure))

    def cancel(self) -> None:
        """Give up; the caller hears ``cancelled`` once it is known how this went."""
        if not self._settled and not self._cancelling:
            self._cancelling = True
            if self._client is None or self._client.response is not None:
                self._send_cancel()

    def abandon(self, failure: Failure) -> None:
        """The peer spoiled it: refused now, and whatever still comes is turned away."""
        if not self._settled:
            self._send_cancel()
            self._refuse(failure, keep=True)

    def close(self) -> None:
        """No timer runs any more."""
        self._settle()

    # Sending.

    def _attempt(self) -> None:
        target = parse_uri(self._target)
        uri, routes = routed(self._target, self.request.route_set)
        hop = self._next_hop or hop_to(
            parse_uri(self.request.route_set[0]) if self.request.route_set else target,
            self.request.transport,
        )
        self.sequence += 1
        self.hop = hop
        self.invite = self._made(uri, routes, target, hop)
        tell = partial(self._outcome, self.sequence)
        self._client = self.stack.layer.request(self.invite, hop, tell)
        self._arm(self.stack.settings.answer_timeout, self._rang_too_long)

    def _made(self, uri: str, routes: tuple[str, ...], target: SipUri, hop: Hop) -> Request:
        request, stack = self.request, self.stack
        user = request.from_user or stack.settings.user
        scheme = "sips" if target.secure else "sip"
        if not self.identity.address:
            address = f"{scheme}:{user}@{stack.place(hop)}"
            self.identity = replace(self.identity, address=address)
        to = request.to or str(plain(parse_uri(request.request_uri)))
        contact = stack.contact(hop, user, request.contact_parameters, secure=target.secure)
        return Request(
            method="INVITE",
            uri=uri,
            headers=(
                *(("Route", f"<{one}>") for one in routes),
                MAX_FORWARDS,
                self.identity.from_header,
                ("To", f"<{to}>"),
                ("Call-ID", self.identity.call_id),
                ("CSeq", f"{self.sequence} INVITE"),
                ("Contact", contact),
                *stack.own_headers,
                *self._interval_headers(),
                *self.authenticator.headers_for("INVITE", uri, request.offer),
                *request.headers,
                ("Content-Type", request.content_type),
            ),
            body=request.offer,
        )

    def _interval_headers(self) -> tuple[tuple[str, str], ...]:
        if not self.session_expires:
            return ()
        asked = ("Session-Expires", f"{self.session_expires};refresher=uac")
        return (asked, ("Min-SE", str(self._min_se))) if self._min_se else (asked,)

    def _send_cancel(self) -> None:
        if self._client is not None and not self._cancel_sent:
            self._cancel_sent = True
            self._client.cancel()
            wait = min(self.stack.settings.t1 * ROUNDS, self.stack.settings.request_timeout)
            self._arm(wait, self._cancel_ignored)

    # Outcomes.

    def _outcome(self, attempt: int, outcome: Outcome) -> None:
        if attempt != self.sequence:
            self._outdated(outcome)
        elif isinstance(outcome, Unanswered):
            self._refuse(failure_of(outcome))
        elif outcome.success:
            self._accept(outcome)
        elif self._settled:
            return
        elif not outcome.final:
            self._provisional(outcome)
        elif self._cancelling or not self._again(outcome):
            self._refuse(failure_of(outcome))

    def _outdated(self, outcome: Outcome) -> None:
        """Something for an INVITE that was repeated in another form since."""
        if isinstance(outcome, Response) and outcome.success:
            self.late(outcome)

    def _provisional(self, response: Response) -> None:
        if self._cancelling:
            self._send_cancel()
            return
        if response.body and tag_of(first(response.headers, "To")):
            self._early_body = _sdp_or_nothing(response)
        self._caller.ringing(response.code, shown(response.reason))

    def _again(self, response: Response) -> bool:
        """Try once more if the answer asks for that; whether we do."""
        retry = self._retries.get(response.code)
        if retry is None or not retry(response):
            return False
        try:
            self._attempt()
        except SipError:
            return False
        return True

    def _raise_interval(self, response: Response) -> bool:
        least = parse_interval(first(response.headers, "Min-SE"))
        if self._interval_raised or least is None or not self.session_expires:
            return False
        self._interval_raised = True
        self._min_se = least.seconds
        self.session_expires = max(self.session_expires, least.seconds)
        return True

    def _redirect(self, response: Response) -> bool:
        contact = contact_of(response.headers)
        allowed = self.request.may_follow is None or self.request.may_follow(contact)
        if self._redirected or not contact or not allowed:
            return False
        self._redirected = True
        self._target = contact
        self._next_hop = None
        return True

    def _accept(self, response: Response) -> None:
        if self._acknowledged.repeat(response):
            return
        if self._settled or self._cancelling:
            self.late(response)
            if not self._settled:
                self._settle()
                self._caller.cancelled()
            return
        dialog = self._acknowledge(response)
        try:
            session, body, warnings = self._read(response)
        except SipError as error:
            self.hang_up(dialog)
            self._refuse(Failure(code=488, cause=error.cause))
            return
        self._settle()
        interval = parse_interval(first(response.headers, "Session-Expires"))
        answer = Answer(
            code=response.code,
            body=body,
            session=session,
            contact=shown(dialog.target),
            headers=shown_headers(response.headers),
            session_expires=interval.seconds if interval else 0,
            warnings=(*dialog.warnings, *warnings),
        )
        self._caller.accepted(dialog, answer)

    def _read(self, response: Response) -> tuple[SessionDescription, bytes, tuple[str, ...]]:
        """The SDP of a 2xx and what was forgiven; raises SipError when it is of no use."""
        body = sdp_of(response.headers, response.body) or self._early_body
        if not body:
            raise SipError("no SDP in the answer", 488)
        session = parse(body)
        if self._offer is None:
            raise SipError("nothing was offered", 500)
        return session, body, agree(self._offer, session)[1]

    def late(self, response: Response) -> None:
        """A 2xx too late or from one fork too many: ACK and BYE, or a repeated ACK."""
        if self._acknowledged.repeat(response) or self._forks >= MAX_FORKS:
            return
        self._forks += 1
        self.hang_up(self._acknowledge(response))

    def hang_up(self, dialog: Dialog) -> None:
        """Send a BYE and care for nothing that comes back."""
        bye = dialog.request("BYE", self.authenticator.headers_for("BYE", dialog.target, b""))
        wait = self.stack.settings.bye_timeout
        self.stack.layer.request(bye, dialog.hop(), lambda _: None, wait)

    def _acknowledge(self, response: Response) -> Dialog:
        if self.invite is None or self.hop is None:
            raise SipError("an answer to nothing", 481)
        number = parse_sequence(first(response.headers, "CSeq")).number
        if not 0 < number <= self.sequence:
            number = self.sequence
        dialog = dialog_of(self.identity, self.invite, self.hop, number, response)
        self._acknowledged.send(dialog, number, self.invite, response)
        return dialog

    # Ends.

    def _rang_too_long(self) -> None:
        seconds = self.stack.settings.answer_timeout
        cause = (
            f"no answer in {seconds:g} s"
            if self._client is None
            else self._client.silence(seconds)
        )
        self._send_cancel()
        failure = Failure(code=408, cause=cause, answered=False)
        self._refuse(failure, keep=True)

    def _cancel_ignored(self) -> None:
        """The INVITE is taken for cancelled (RFC 3261 9.1); a late 2xx is a stray one."""
        if self._client is not None:
            self._client.abandon()
        if not self._settled:
            self._settle()
            self._caller.cancelled()

    def _refuse(self, failure: Failure, *, keep: bool = False) -> None:
        """Tell of the end; ``keep``: the CANCEL still has its timer."""
        if self._settled:
            return
        if keep:
            self._settled = True
        else:
            self._settle()
        if self._cancelling:
            self._caller.cancelled()
        else:
            self._caller.refused(failure)

    def _settle(self) -> None:
        self._settled = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, delay: float, function: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.stack.clock.call_later(delay, function)


def _sdp_or_nothing(response: Response) -> bytes:
    try:
        return sdp_of(response.headers, response.body)
    except SipError:
        return b""
