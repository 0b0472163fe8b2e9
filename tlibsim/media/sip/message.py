"""SIP messages to and from bytes (RFC 3261 section 7 and 25): lenient in, exact out.

Compact and folded headers are read, sizes and counts have limits, bodies stay bytes, and
Content-Length is never believed beyond what has come (MEDIA.md 3.1).  Text is UTF-8; a byte
that is not survives as a lone surrogate, so what is echoed is what came.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.values import Headers

MAX_HEAD = 65_536
MAX_BODY = 262_144
MAX_HEADERS = 256
VERSION = "SIP/2.0"

COMPACT: Mapping[str, str] = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
}
_TOKEN = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+")
_STATUS = re.compile(r"[1-6][0-9]{2}")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_SDP_LINES = re.compile(rb"(?:[a-z]=[^\r\n]*\r?\n)+")
_LINE_END = re.compile(r"\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    uri: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    code: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""

    @property
    def final(self) -> bool:
        return self.code >= 200

    @property
    def success(self) -> bool:
        return 200 <= self.code < 300


Message = Request | Response


def first(headers: Headers, name: str) -> str | None:
    """The value of the first header of that (long) name; None when there is none."""
    wanted = name.lower()
    for found, value in headers:
        if found.lower() == wanted:
            return value
    return None


def every(headers: Headers, name: str) -> tuple[str, ...]:
    """The values of all header lines of that (long) name, in order."""
    wanted = name.lower()
    return tuple(value for found, value in headers if found.lower() == wanted)


def without(headers: Headers, *names: str) -> Headers:
    """The headers but those of these names."""
    unwanted = {name.lower() for name in names}
    return tuple(one for one in headers if one[0].lower() not in unwanted)


def prepended(request: Request, name: str, value: str) -> Request:
    """The request with one more header before all others (a Via)."""
    return replace(request, headers=((name, value), *request.headers))


def parse_message(data: bytes) -> Message:
    """Read one whole message (a datagram, or what a framer cut); raises SipError.

    A line that is no header is passed over.  Bytes after Content-Length are dropped; when
    fewer came than it says, those that came are the body.
    """
    head, body = _split(data.lstrip(b"\r\n"))
    if len(head) > MAX_HEAD or len(body) > MAX_BODY:
        raise SipError("a message that is too long", 513)
    start, *lines = _LINE_END.split(head.decode("utf-8", "surrogateescape"))
    headers = _headers(lines)
    length = content_length(headers)
    if length is not None:
        body = body[:length]
    words = start.split()
    if words and words[0].upper().startswith("SIP/"):
        return _response(start, headers, body)
    return _request(words, headers, body)


def render_message(message: Message) -> bytes:
    """Write a message; Content-Length is always the last header, and always right.

    Raises SipError when a line end hides in a value.
    """
    if isinstance(message, Request):
        lines = [f"{message.method} {message.uri} {VERSION}"]
    else:
        lines = [f"{VERSION} {message.code} {message.reason}"]
    lines += [
        f"{name}: {value}"
        for name, value in message.headers
        if name.lower() != "content-length"
    ]
    if any("\r" in line or "\n" in line for line in lines):
        raise SipError("a line end inside a header", 500)
    lines.append(f"Content-Length: {len(message.body)}\r\n\r\n")
    return encoded("\r\n".join(lines)) + message.body


def encoded(text: str) -> bytes:
    """Text to bytes, undoing what reading did; other lone surrogates become question marks."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def shown(text: str) -> str:
    """Text from the wire that can be printed and stored anywhere."""
    return encoded(text).decode("utf-8", "replace")


def content_length(headers: Headers) -> int | None:
    """The first Content-Length that is a number of at most nine digits, else None."""
    for value in every(headers, "Content-Length"):
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
    return None


class StreamFramer:
    """Cuts a byte stream into messages; keeps at most one message's worth of bytes.

    Empty lines between messages (keep-alives) are dropped.  Without the Content-Length that
    RFC 3261 18.3 demands there is no body, but for SDP that came together with its head.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._needed = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes, get the messages that are whole now; SipError: the stream is lost."""
        self._buffer += data
        found = []
        while (message := self._next()) is not None:
            found.append(message)
        return found

    def _next(self) -> bytes | None:
        if not self._needed:
            self._measure()
        if not self._needed or len(self._buffer) < self._needed:
            return None
        message = self._buffer[: self._needed]
        self._buffer = self._buffer[self._needed :]
        self._needed = 0
        return message

    def _measure(self) -> None:
        """Learn how long the message at the front of the buffer is, if its head is whole."""
        self._buffer = self._buffer.lstrip(b"\r\n")
        end = _HEAD_END.search(self._buffer)
        if (end.start() if end else len(self._buffer)) > MAX_HEAD:
            raise SipError("a message head that is too long", 513)
        if end is None:
            return
        head = self._buffer[: end.start()].decode("utf-8", "surrogateescape")
        headers = _headers(_LINE_END.split(head)[1:])
        length = content_length(headers)
        if length is None and first(headers, "Content-Length") is not None:
            raise SipError("a Content-Length that is no number")
        if length is None and self._buffer[end.end() : end.end() + 2] == b"v=":
            length = _sdp_length(self._buffer[end.end() :])
        if (length or 0) > MAX_BODY:
            raise SipError("a message body that is too long", 513)
        self._needed = end.end() + (length or 0)


def _sdp_length(data: bytes) -> int:
    """How many bytes of whole lines look like SDP."""
    found = _SDP_LINES.match(data)
    return found.end() if found else 0


def _split(data: bytes) -> tuple[bytes, bytes]:
    end = _HEAD_END.search(data)
    if end is None:
        return data.rstrip(b"\r\n"), b""
    return data[: end.start()], data[end.end() :]


def _headers(lines: list[str]) -> Headers:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and unfolded:
            unfolded[-1] += " " + line.strip()
        else:
            unfolded.append(line)
    if len(unfolded) > MAX_HEADERS:
        raise SipError("too many headers", 513)
    found = []
    for line in unfolded:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t")
        if colon and _TOKEN.fullmatch(name):
            clean = value.replace("\r", " ").strip()
            found.append((COMPACT.get(name.lower(), name), clean))
    return tuple(found)


def _response(start: str, headers: Headers, body: bytes) -> Response:
    version, _, rest = start.partition(" ")
    code, _, reason = rest.strip().partition(" ")
    if version.upper() != VERSION or not _STATUS.fullmatch(code):
        raise SipError("a status line that cannot be read")
    clean = reason.replace("\r", " ").strip()
    return Response(code=int(code), reason=clean, headers=headers, body=body)


def _request(words: list[str], headers: Headers, body: bytes) -> Request:
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]):
        raise SipError("a request line that cannot be read")
    if words[2].upper() != VERSION:
        raise SipError("another version of SIP", 505)
    return Request(method=words[0], uri=words[1], headers=headers, body=body)
