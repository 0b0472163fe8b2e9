"""One SIP session with one recorder for one leg: its offers, one at a time, and its answers.

A wish is what the offer is to be; while a re-INVITE is open the newest wish is kept, and sent
when the answer is there and still differs (MEDIA.md 1.1).  The version of the o= line rises by
one with each offer of ours; refreshes repeat the last one and are the user agent's business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tlibsim.media.recorder.offer import LineOffer, body, describe, shown
from tlibsim.media.recorder.pool import Choice, Recorder
from tlibsim.media.recorder.settings import ClientSettings
from tlibsim.media.recorder.shapes import Shape
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.negotiation import AgreedStream, agree
from tlibsim.media.sip.sdp import SessionDescription
from tlibsim.media.sip.values import (
    Agent,
    Answer,
    Credentials,
    End,
    Failure,
    Headers,
    Hop,
    InviteRequest,
    LegHandle,
    Side,
)
from tlibsim.ports.media import Instant, LegPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An offer to be made: its lines, and the plan that they are of."""

    lines: tuple[LineOffer, ...]
    plan: LegPlan


class DialogOwner(Protocol):
    """Who is told; never from inside an order."""

    def dialog_answered(
        self, dialog: "Dialog", lines: Sequence[AgreedStream], warnings: Sequence[str]
    ) -> None: ...
    def dialog_refused(self, dialog: "Dialog", failure: Failure) -> None: ...
    def dialog_failed(self, dialog: "Dialog", failure: Failure) -> None: ...
    def dialog_over(self, dialog: "Dialog", end: End) -> None: ...
    def dialog_news(self, dialog: "Dialog") -> None: ...
    def dialog_informed(self, dialog: "Dialog", content_type: str, body: bytes) -> None: ...
    def dialog_info_done(self, dialog: "Dialog", code: int) -> None: ...


class Dialog:
    """Implements the listener of the user agent.

    ``secured`` says whether its offers encrypt the sound, ``host`` where our streams come
    from, ``session`` is the number of its o= lines.
    """

    def __init__(
        self,
        *,
        owner: DialogOwner,
        choice: Choice,
        shape: Shape,
        settings: ClientSettings,
        host: str,
        session: int,
        secured: bool,
    ) -> None:
        self.owner = owner
        self.choice = choice
        self.shape = shape
        self.secured = secured
        self.up = False
        self.over = False
        self.abandoned = False
        self.request_uri = ""
        self.offer = ""
        self.answer = ""
        self.code = 0
        self.reinvites = 0
        self.ports = 0
        self.far_tag = ""
        self._settings = settings
        self._host = host
        self._session = session
        self._version = 0
        self._handle: LegHandle | None = None
        self._offered: SessionDescription | None = None
        self._wanted: Wish | None = None
        self._sent: Wish | None = None
        self._in_force: Wish | None = None
        self._refused: Wish | None = None
        self._open = 0

    @property
    def recorder(self) -> Recorder:
        return self.choice.recorder

    @property
    def call_id(self) -> str:
        return "" if self._handle is None else self._handle.call_id

    @property
    def settled(self) -> bool:
        """Whether no answer is awaited and nothing waits to be sent."""
        if self.over:
            return True
        return self.up and not self._open and self._wanted in (self._in_force, self._refused)

    # -- orders ------------------------------------------------------------------------------

    def invite(
        self, agent: Agent, wish: Wish, follow: Callable[[str], bool] | None = None
    ) -> None:
        """Send the first INVITE."""
        recorder = self.recorder
        invitation = self.shape.invitation(wish.plan, recorder.address, recorder.settings)
        self.request_uri = invitation.request_uri
        self._wanted = self._sent = wish
        first = self.shape.first(self._described(wish), wish.plan)
        settings = recorder.settings
        credentials = Credentials(username=settings.username, password=settings.password)
        self._handle = agent.invite(
            InviteRequest(
                request_uri=invitation.request_uri,
                to=invitation.to,
                offer=first.data,
                content_type=first.content_type,
                headers=invitation.headers,
                contact_parameters=invitation.contact_parameters,
                route_set=self._routes(),
                next_hop=_next_hop(recorder),
                transport=recorder.address.way,
                credentials=(credentials,) if settings.username else (),
                session_expires=self._settings.session_expires,
                may_follow=follow,
            ),
            self,
        )

    def want(self, wish: Wish, at: Instant) -> None:
        """Make this the offer that counts, now or when the open request is answered."""
        self._wanted = wish
        self._step(at)

    def info(self, body: bytes, content_type: str) -> None:
        """Send an INFO; its answer is told to the owner."""
        if self._handle is not None and self.up:
            self._handle.info(body, content_type)

    def bye(self) -> None:
        """End it, in whatever state it is."""
        if self._handle is not None and not self.over:
            self._handle.bye()

    def _routes(self) -> tuple[str, ...]:
        secure = self.recorder.address.scheme == "sips"
        return self._settings.secure_route_set if secure else self._settings.route_set

    def _described(self, wish: Wish) -> bytes:
        self._version += 1
        self._offered = describe(
            wish.lines,
            self._settings.codecs,
            host=self._host,
            session=self._session,
            version=self._version,
        )
        data = body(self._offered)
        self.offer = shown(data)
        return data

    def _step(self, at: Instant) -> None:
        wish = self._wanted
        if wish is None or self._handle is None or not self.up or self.over or self._open:
            return
        if wish in (self._in_force, self._refused):
            return
        self._sent = wish
        self._refused = None
        self.reinvites += 1
        following = self.shape.next(self._described(wish), wish.plan, at)
        self._open = self._handle.reinvite(following.data, content_type=following.content_type)

    # -- what the user agent tells -----------------------------------------------------------

    def provisional(self, leg: LegHandle, code: int, reason: str) -> None:  # noqa: ARG002
        if code > 100:
            self.code = code
            self.owner.dialog_news(self)

    def answered(self, leg: LegHandle, answer: Answer) -> None:  # noqa: ARG002
        self.up = True
        self.far_tag = _tag(answer.headers)
        self._take(answer)

    def reinvite_done(self, leg: LegHandle, number: int, answer: Answer) -> None:  # noqa: ARG002
        if number == self._open:
            self._open = 0
            self._take(answer)

    def reinvite_failed(self, leg: LegHandle, number: int, failure: Failure) -> None:  # noqa: ARG002
        if number == self._open:
            self._open = 0
            self._refused = self._sent
            self.code = failure.code
            self.owner.dialog_refused(self, failure)

    def failed(self, leg: LegHandle, failure: Failure) -> None:  # noqa: ARG002
        self.over = True
        self.code = failure.code if failure.answered else 0
        self.owner.dialog_failed(self, failure)

    def ended(self, leg: LegHandle, end: End) -> None:  # noqa: ARG002
        self.over = True
        self.up = False
        self.owner.dialog_over(self, end)

    def refreshed(self, leg: LegHandle, by: Side) -> None:
        """A session timer did its work: nothing changed."""

    def reoffered(
        self,
        leg: LegHandle,  # noqa: ARG002
        offer: SessionDescription,
        answer: SessionDescription,
    ) -> None:
        """The recorder moved its ports, or put us on hold."""
        lines = tuple(
            _answered_line(index, offer, answer) for index in range(len(answer.media))
        )
        self.owner.dialog_answered(self, lines, ())

    def informed(self, leg: LegHandle, content_type: str, body: bytes) -> None:  # noqa: ARG002
        """An INFO of the other side, answered already."""
        self.owner.dialog_informed(self, content_type, body)

    def info_done(self, leg: LegHandle, number: int, code: int) -> None:  # noqa: ARG002
        """Our INFO was answered, or not (0)."""
        self.owner.dialog_info_done(self, code)

    def _take(self, answer: Answer) -> None:
        self.code = answer.code
        self.answer = shown(answer.body)
        self._in_force = self._sent
        if self._offered is None:
            return
        try:
            lines, _ = agree(self._offered, answer.session)
        except SipError as error:
            self.owner.dialog_answered(self, (), (*answer.warnings, error.cause))
        else:
            self.owner.dialog_answered(self, lines, answer.warnings)

    def go_on(self, at: Instant) -> None:
        """Send what was asked for while a request was open."""
        self._step(at)


def _tag(headers: Headers) -> str:
    """The tag that the other side put into To: the name of the dialog on its side."""
    to = next((value for name, value in headers if name.lower() in {"to", "t"}), "")
    parameters = to.rpartition(">")[2].split(";")[1:]
    found = (one.partition("=") for one in parameters)
    return next(
        (value.strip() for name, _, value in found if name.strip().lower() == "tag"), ""
    )


def _next_hop(recorder: Recorder) -> Hop | None:
    """A fixed Request-URI does not say where the recorder is."""
    if not recorder.settings.request_uri:
        return None
    address = recorder.address
    return Hop(transport=address.way, host=address.host, port=address.real_port)


def _answered_line(
    index: int, offer: SessionDescription, answer: SessionDescription
) -> AgreedStream:
    theirs, ours = offer.media[index], answer.media[index]
    if not ours.active or not ours.codecs:
        return AgreedStream(index=index, cause="off")
    return AgreedStream(
        index=index,
        address=offer.address_of(theirs),
        port=theirs.port,
        codec=ours.codecs[0],
        direction=answer.direction_of(ours),
        protocol=theirs.protocol,
    )
