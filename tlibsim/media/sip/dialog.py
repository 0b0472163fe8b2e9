"""A dialog in which we were the caller (RFC 3261 section 12): identity, route set, sequence.

Pure: it makes requests and ACKs, and judges the order of the peer's requests.
MEDIA.md 3.2 point 3.
"""

from dataclasses import dataclass, field, replace

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import NameAddress, listed, parse_address
from tlibsim.media.sip.message import Request, Response, first
from tlibsim.media.sip.uri import hop_to, parse_uri
from tlibsim.media.sip.values import Headers, Hop

MAX_ROUTES = 32
MAX_FORWARDS = ("Max-Forwards", "70")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Our side of a dialog: Call-ID, tag, and the address of our From header."""

    call_id: str
    tag: str
    address: str

    @property
    def from_header(self) -> tuple[str, str]:
        return ("From", f"<{self.address}>;tag={self.tag}")


@dataclass(slots=True, kw_only=True)
class Dialog:
    """One dialog; ``first_hop`` is where its INVITE went, the fallback for a bad Contact.

    ``remote`` is the To header as the peer wrote it, ``sequence`` our last CSeq number,
    ``remote_sequence`` the peer's (-1: none yet).
    """

    identity: Identity
    remote: str
    remote_tag: str
    target: str
    first_hop: Hop
    routes: tuple[str, ...] = ()
    sequence: int = 0
    remote_sequence: int = -1
    warnings: list[str] = field(default_factory=list)

    def request(
        self, method: str, headers: Headers = (), content_type: str = "", body: bytes = b""
    ) -> Request:
        """The next request in this dialog, without a Via."""
        self.sequence += 1
        return self._made(method, self.sequence, headers, content_type, body)

    def acknowledgement(self, number: int, headers: Headers = ()) -> Request:
        """The ACK for the 2xx to our INVITE of that CSeq number, without a Via."""
        return self._made("ACK", number, headers)

    def hop(self) -> Hop:
        """Where requests of this dialog go: the first route, else the remote target."""
        try:
            return hop_to(
                parse_uri(self.routes[0] if self.routes else self.target),
                self.first_hop.transport,
            )
        except SipError:
            return self.first_hop

    def retarget(self, headers: Headers) -> None:
        """Take the Contact of a 2xx to an INVITE, or of the peer's re-INVITE or UPDATE."""
        contact = contact_of(headers)
        if contact:
            self.target = contact

    def in_order(self, number: int) -> bool:
        """Whether a request of the peer with that CSeq number is new; then it is noted."""
        if number < self.remote_sequence:
            return False
        self.remote_sequence = number
        return True

    def _made(
        self,
        method: str,
        number: int,
        headers: Headers,
        content_type: str = "",
        body: bytes = b"",
    ) -> Request:
        uri, routes = routed(self.target, self.routes)
        kind = (("Content-Type", content_type),) if body else ()
        return Request(
            method=method,
            uri=uri,
            headers=(
                *(("Route", f"<{one}>") for one in routes),
                MAX_FORWARDS,
                self.identity.from_header,
                ("To", self.remote),
                ("Call-ID", self.identity.call_id),
                ("CSeq", f"{number} {method}"),
                *headers,
                *kind,
            ),
            body=body,
        )


def dialog_of(
    identity: Identity, invite: Request, hop: Hop, number: int, accepted: Response
) -> Dialog:
    """The dialog that a 2xx to our INVITE makes; ``number`` is the CSeq of that INVITE.

    A 2xx without a tag or a usable Contact is forgiven and warned of: the Request-URI stays
    the remote target then.
    """
    to = first(accepted.headers, "To") or first(invite.headers, "To") or ""
    dialog = Dialog(
        identity=identity,
        remote=to,
        remote_tag=tag_of(to),
        target=contact_of(accepted.headers),
        first_hop=replace(hop, connection=0),
        routes=record_routes(accepted.headers),
        sequence=number,
    )
    if not dialog.remote_tag:
        dialog.warnings.append("no tag in the To of the answer")
    if not dialog.target:
        dialog.target = invite.uri
        dialog.warnings.append("no usable Contact in the answer")
    return dialog


def routed(target: str, routes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The Request-URI and the Route set to write (RFC 3261 12.2.1.1).

    When the first route is a strict router (no lr), it becomes the Request-URI and the target
    goes to the end of the route.
    """
    if not routes or _loose(routes[0]):
        return target, routes
    return routes[0], (*routes[1:], target)


def record_routes(headers: Headers) -> tuple[str, ...]:
    """The route set of the caller: Record-Route of the 2xx, last one first."""
    found = [_address(value) for value in listed(headers, "Record-Route")]
    return tuple(one.uri for one in reversed(found[:MAX_ROUTES]) if one is not None)


def contact_of(headers: Headers) -> str:
    """The first Contact that is a SIP address; "" when there is none."""
    for value in listed(headers, "Contact"):
        found = _address(value)
        if found is not None and _is_sip(found.uri):
            return found.uri
    return ""


def tag_of(value: str | None) -> str:
    """The tag of a From or To header; "" when it has none."""
    found = _address(value or "")
    return found.tag if found is not None else ""


def _address(value: str) -> NameAddress | None:
    try:
        return parse_address(value)
    except SipError:
        return None


def _is_sip(uri: str) -> bool:
    try:
        parse_uri(uri)
    except SipError:
        return False
    return True


def _loose(route: str) -> bool:
    try:
        return parse_uri(route).parameter("lr") is not None
    except SipError:
        return True
