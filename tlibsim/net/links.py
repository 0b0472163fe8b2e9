"""Links to the switches of other processes: who connects to whom, and what becomes of a lost link.

A link is one TCP connection with frames of four bytes of length and a JSON object (``linkwords``).
Both ends say hello, prove that they know the common secret, and from then on carry what the
switches have to say.  Silence is followed by polls; a link on which nothing comes is ended.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from twisted.internet.protocol import ClientFactory, Factory, connectionDone
from twisted.protocols.basic import Int32StringReceiver
from twisted.python.failure import Failure

from tlibproto.vocabulary import CallState
from tlibsim.config import Settings
from tlibsim.config.links import LinkedSite, LinkSettings
from tlibsim.net.front import Front
from tlibsim.net.linkwords import LinkError, from_bytes, read, to_bytes, written
from tlibsim.net.reactor import DelayedCall, ListeningPort, Reactor, ReactorTime, Transport
from tlibsim.ports.site import LegEnded, Site, SiteLost, SiteMessage, SiteReached
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.switch import Switch

VERSION = 1
HANDSHAKE_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds between two attempts to connect: twice as many each time, up to the longest."""
MAX_FRAME = 32 * 1024 * 1024
_MAX_HELLO = 4096
_STRANGERS = 16
_MISSED_POLLS = 3
_PROOF = b"tlibsim-link"


class Listens(Protocol):
    """What a link needs of a switch."""

    def perform(self, command: object) -> None: ...


Tell = Callable[[str, object], None]
"""Brings a message to the switch of that name."""


class SiteLinks:
    """All links of one switch.  ``beside`` brings messages to switches of this process."""

    def __init__(
        self,
        here: Site,
        settings: LinkSettings,
        *,
        reactor: Reactor,
        switch: Listens,
        beside: Tell | None = None,
    ) -> None:
        self.here = here
        self.settings = settings
        self.reactor = reactor
        self.sites: Mapping[str, LinkedSite] = {one.switch: one for one in settings.sites}
        self._switch = switch
        self._beside = beside
        self._standing: dict[str, Link] = {}
        self._all: set[Link] = set()
        self._dialers = [_Dialer(self, one) for one in settings.sites if one.port is not None]
        self._port: ListeningPort | None = None
        self._stopped = False

    def start(self) -> None:
        """Listen, if there is a port, and connect; raises CannotListenError."""
        if self.settings.port is not None:
            self._port = self.reactor.listenTCP(
                self.settings.port, _Accepting(self), interface=self.settings.host
            )
        for dialer in self._dialers:
            dialer.dial()

    @property
    def address(self) -> tuple[str, int] | None:
        """Where other processes reach this one."""
        return None if self._port is None else (self.settings.host, self._port.getHost().port)

    def stop(self) -> Any:
        """End all links; fires when nothing listens any more."""
        self._stopped = True
        for dialer in self._dialers:
            dialer.stop()
        for link in tuple(self._all):
            link.transport.abortConnection()
        port, self._port = self._port, None
        return None if port is None else port.stopListening()

    def tell(self, to: str, message: object) -> None:
        """Bring a message to the switch of that name; over a lost link it goes nowhere."""
        link = self._standing.get(to)
        if link is not None:
            self._tell(link, message)
        elif self._beside is not None and to not in self.sites:
            self._beside(to, message)

    def _tell(self, link: "Link", message: object) -> None:
        form = written(message)
        if len(to_bytes(form)) <= MAX_FRAME:
            link.say(form)
        elif isinstance(message, SiteMessage):
            too_long = CallState.GeneralError
            self.perform(LegEnded(origin=link.there, link=message.link, why=too_long))

    # -- what links tell -----------------------------------------------------------------------

    @property
    def crowded(self) -> bool:
        """Whether more connections wait for their hello than there can be sites."""
        return len(self._all) >= 2 * len(self.sites) + _STRANGERS

    def begun(self, link: "Link") -> None:
        self._all.add(link)

    def stands(self, link: "Link") -> bool:
        """Whether this link is taken; of two between the same switches one is ended."""
        name = link.there
        other = self._standing.get(name)
        if other is not None:
            if other.dialed_by != link.dialed_by and other.dialed_by == min(
                name, self.here.switch
            ):
                return False
            self._lost(other, "the other side connected anew")
            other.transport.abortConnection()
        self._standing[name] = link
        for dialer in self._dialers:
            dialer.rest(name)
        self.perform(SiteReached(origin=name))
        return True

    def ended(self, link: "Link", reason: str) -> None:
        self._all.discard(link)
        self._lost(link, reason)

    def _lost(self, link: "Link", reason: str) -> None:
        if self._standing.get(link.there) is not link:
            return
        del self._standing[link.there]
        if self._stopped:
            return
        self.perform(SiteLost(origin=link.there, reason=reason))
        for dialer in self._dialers:
            if dialer.site.switch == link.there:
                dialer.again()

    def is_linked(self, switch: str) -> bool:
        return switch in self._standing

    def perform(self, command: object) -> None:
        """What the switch cannot use came too late, and is dropped there."""
        with suppress(RequestRefused):
            self._switch.perform(command)


class Link(Int32StringReceiver):
    """One connection; ``there`` is the switch at its other end, once that is known."""

    transport: Transport  # type: ignore[assignment]  # Twisted's own says less
    MAX_LENGTH = _MAX_HELLO

    def __init__(self, links: SiteLinks, expected: str | None) -> None:
        self.there = ""
        self._links = links
        self._expected = expected
        self._nonce = secrets.token_hex(16)
        self._their_nonce = ""
        self._standing = False
        self._closing = False
        self._reason = ""
        self._unread = 0
        self._behind = False
        self._patience = _Patience(links.reactor, self._silent)

    @property
    def dialed_by(self) -> str:
        """The switch whose process connected."""
        return self.there if self._expected is None else self._links.here.switch

    # -- the connection ------------------------------------------------------------------------

    def connectionMade(self) -> None:
        self._links.begun(self)
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(_Producer(self), True)
        self._patience.start(HANDSHAKE_SECONDS)
        here = self._links.here
        self.say(
            {
                "say": "hello",
                "version": VERSION,
                "server": here.server,
                "switch": here.switch,
                "nonce": self._nonce,
            }
        )

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closing = True
        self._patience.stop()
        self._links.ended(self, self._reason or reason.getErrorMessage())

    def lengthLimitExceeded(self, length: int) -> None:  # noqa: N802  Twisted's name
        self._give_up(f"a frame of {length} bytes")

    def say(self, form: Mapping[str, Any]) -> None:
        """Send; a link whose other end does not read is ended when too much waits for it."""
        if self._closing:
            return
        data = to_bytes(form)
        self.sendString(data)  # type: ignore[no-untyped-call]
        if self._behind:
            self._unread += len(data)
            if self._unread > MAX_FRAME:
                self._give_up("the other side does not read")

    def behind(self, behind: bool) -> None:
        """The transport has more than it likes, or no longer."""
        self._behind = behind
        self._unread = 0

    def _give_up(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._closing = True
        self.transport.abortConnection()

    # -- what comes ----------------------------------------------------------------------------

    def stringReceived(self, string: bytes) -> None:  # noqa: N802  Twisted's name
        if self._closing:
            return
        try:
            form = from_bytes(string)
            word = WORDS.get(str(form.get("say")))
            if word is not None:
                word(self, form)
            elif self._standing:
                self._links.perform(read(form, self.there))
            else:
                raise LinkError("a message before the proof")
        except LinkError as error:
            self._give_up(str(error))
        else:
            self._heard()

    def _heard(self) -> None:
        if self._standing and not self._closing:
            self._patience.start(self._links.settings.poll_seconds, _MISSED_POLLS)

    def _silent(self, polls_left: int) -> None:
        if self._standing and polls_left > 0:
            self.say({"say": "poll"})
            self._patience.start(self._links.settings.poll_seconds, polls_left)
        else:
            self._give_up("nothing was heard")

    def hello(self, form: Mapping[str, Any]) -> None:
        """The other end names itself; it must be a switch that is configured here."""
        there = form.get("switch")
        if form.get("version") != VERSION or self.there:
            raise LinkError(f"hello of version {form.get('version')!r}")
        if not isinstance(there, str) or there not in self._links.sites:
            raise LinkError(f"switch {there!r:.100} is not one of links.sites")
        if self._expected not in (None, there):
            raise LinkError(f"switch {there!r:.100} in place of {self._expected}")
        self.there = there
        self._their_nonce = str(form.get("nonce"))[:64]
        own = self._proof(self._their_nonce, self._links.here.switch)
        self.say({"say": "proof", "proof": own})

    def proof(self, form: Mapping[str, Any]) -> None:
        """The other end shows that it knows the secret."""
        if not self.there or self._standing:
            raise LinkError("a proof without a hello")
        given, wanted = str(form.get("proof")), self._proof(self._nonce, self.there)
        if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("ascii")):
            raise LinkError("the secret of the link is another one")
        self._standing = True
        self.MAX_LENGTH = MAX_FRAME
        if not self._links.stands(self):
            self._give_up("there is a link already")

    def _proof(self, nonce: str, switch: str) -> str:
        key = (self._links.settings.secret or "").encode("utf-8") + _PROOF
        text = f"{nonce} {switch}".encode("utf-8", "surrogatepass")
        return hmac.new(key, text, "sha256").hexdigest()

    def poll(self, form: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Answered at once, so that the other end hears something."""
        self.say({"say": "here"})

    def present(self, form: Mapping[str, Any]) -> None:
        """That it came is all that it says."""


WORDS: Mapping[str, Callable[[Link, Mapping[str, Any]], None]] = {
    "hello": Link.hello,
    "proof": Link.proof,
    "poll": Link.poll,
    "here": Link.present,
}
"""What the ends of a link say to each other; all else is what switches say."""


class _Producer:
    """The transport's view of a link: it is told when much waits to be sent."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def pauseProducing(self) -> None:
        self._link.behind(True)

    def resumeProducing(self) -> None:
        self._link.behind(False)

    def stopProducing(self) -> None:
        self._link.behind(False)


class _Patience:
    """Calls a function with the number of polls that are left after so long a silence."""

    def __init__(self, clock: ReactorTime, over: Callable[[int], None]) -> None:
        self._clock = clock
        self._over = over
        self._timer: DelayedCall | None = None

    def start(self, seconds: float, polls: int = 0) -> None:
        self.stop()
        self._timer = self._clock.callLater(seconds, self._over, polls - 1)

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


class _Accepting(Factory):
    """Makes the links that others connect."""

    noisy = False

    def __init__(self, links: SiteLinks) -> None:
        self._links = links

    def buildProtocol(self, addr: object) -> Link | None:  # noqa: ARG002
        return None if self._links.crowded else Link(self._links, None)


class _Dialer(ClientFactory):
    """Connects to one site, again and again until there is a link to it."""

    noisy = False

    def __init__(self, links: SiteLinks, site: LinkedSite) -> None:
        self.site = site
        self._links = links
        self._pause = FIRST_PAUSE
        self._timer: DelayedCall | None = None
        self._connector: Any = None
        self._stopped = False

    def dial(self) -> None:
        self._timer = None
        if self._links.is_linked(self.site.switch):
            return
        self._connector = self._links.reactor.connectTCP(
            self.site.host, self.site.port or 0, self, timeout=HANDSHAKE_SECONDS
        )

    def rest(self, switch: str) -> None:
        """There is a link to that switch."""
        if switch == self.site.switch:
            self._pause = FIRST_PAUSE

    def again(self) -> None:
        """Try once more, a little later."""
        if self._timer is None:
            self._timer = self._links.reactor.callLater(self._pause, self.dial)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._connector is not None:
            self._connector.disconnect()

    def buildProtocol(self, addr: object) -> Link:  # noqa: ARG002
        return Link(self._links, self.site.switch)

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:  # noqa: ARG002
        self._next()

    def clientConnectionLost(self, *_: object) -> None:  # noqa: N802  Twisted's name
        self._next()

    def _next(self) -> None:
        if not self._stopped:
            self.again()


class _Barrier:
    """A bug that a message of another switch brings out is noted, and ends no link."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def perform(self, command: object) -> None:
        try:
            self._front.perform(command)
        except RequestRefused:
            raise
        except Exception as error:  # noqa: BLE001  one bad message must not stop the next
            self._front.hub.journal.bug(self._front.clock.now(), 0, error)


def make_links(
    settings: Settings, switch: Switch, front: Front, reactor: Reactor
) -> SiteLinks | None:
    """The links that are configured, beside those within this process; None when there are none."""
    if not settings.links.sites:
        return None
    here = Site(server=settings.server, switch=settings.switch)
    for one in settings.links.sites:
        other = Site(server=one.server, switch=one.switch)
        switch.link_site(here, other, reached=False)
    links = SiteLinks(
        here,
        settings.links,
        reactor=reactor,
        switch=_Barrier(front),
        beside=front.tell_site,
    )
    front.tell_site = links.tell
    return links
