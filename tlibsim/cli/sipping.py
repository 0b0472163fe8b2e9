"""One OPTIONS to a SIP address: does somebody answer there?"""

import secrets
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

WAIT_S = 1.5
_SIP_PORT = 5060
_MOST = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class SipAnswer:
    """The code that came (0: none did, ``why`` says more) and after how long."""

    code: int
    ms: float = 0.0
    why: str = ""


def place_of(uri: str) -> tuple[str, int]:
    """Host and port of ``sip:host:port``, a user and parameters aside; raises ValueError."""
    scheme, _, rest = uri.partition(":")
    if scheme.lower() != "sip":
        raise ValueError(f"{uri!r} is no sip: address")
    place = urlsplit("//" + rest.partition(";")[0].partition("?")[0])
    if not place.hostname:
        raise ValueError(f"{uri!r} names no host")
    return place.hostname, place.port or _SIP_PORT


def ask_options(uri: str, wait_s: float = WAIT_S) -> SipAnswer:
    """Send OPTIONS over UDP, twice if need be, and wait for a final answer."""
    try:
        host, port = place_of(uri)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (ValueError, OSError) as error:
        return SipAnswer(code=0, why=str(error))
    family, kind, _, _, address = found[0]
    with socket.socket(family, kind) as line:
        try:
            line.connect(address)
            return _asked(line, uri, wait_s)
        except OSError as error:
            return SipAnswer(code=0, why=(error.strerror or str(error)).lower())


def _asked(line: socket.socket, uri: str, wait_s: float) -> SipAnswer:
    from tlibsim.media.sip.message import Request, render_message

    host, port = line.getsockname()[:2]
    own = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    call_id = f"{secrets.token_hex(8)}@tlibsim"
    headers = (
        ("Via", f"SIP/2.0/UDP {own};branch=z9hG4bK{secrets.token_hex(8)};rport"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:tlibsim@{own}>;tag={secrets.token_hex(4)}"),
        ("To", f"<{uri}>"),
        ("Call-ID", call_id),
        ("CSeq", "1 OPTIONS"),
        ("Contact", f"<sip:tlibsim@{own}>"),
        ("Accept", "application/sdp"),
    )
    data = render_message(Request(method="OPTIONS", uri=uri, headers=headers))
    begun = time.monotonic()
    for round_s in (wait_s / 3, wait_s):
        line.send(data)
        code = _code_of(line, call_id, begun + round_s)
        if code:
            return SipAnswer(code=code, ms=(time.monotonic() - begun) * 1000)
    return SipAnswer(code=0, why=f"nothing came within {wait_s:g} s")


def _code_of(line: socket.socket, call_id: str, until: float) -> int:
    """The code of the final answer to our request; 0 when none comes in time."""
    from tlibsim.media.sip.errors import SipError
    from tlibsim.media.sip.message import Response, first, parse_message

    while (left := until - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            message = parse_message(line.recv(_MOST))
        except TimeoutError:
            break
        except SipError:
            continue
        ours = first(message.headers, "Call-ID") == call_id
        if ours and isinstance(message, Response) and message.final:
            return message.code
    return 0
