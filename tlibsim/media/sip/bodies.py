"""Finds the SDP in a body: the body itself, or one part of a multipart (RFC 2046, RFC 5621)."""

import re

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import parse_parameters
from tlibsim.media.sip.message import encoded, first
from tlibsim.media.sip.values import SDP_TYPE, Headers

MAX_PARTS = 16
_HEAD_END = re.compile(rb"\r?\n\r?\n")


def media_type(content_type: str) -> str:
    """The type without parameters, in small letters."""
    return content_type.partition(";")[0].strip().lower()


def sdp_of(headers: Headers, body: bytes) -> bytes:
    """The SDP body of a message, b"" when it has no body.

    A body without a Content-Type that begins like SDP is taken as SDP.  Raises SipError (415)
    when there is a body and no SDP in it.
    """
    if not body.strip():
        return b""
    return sdp_in(first(headers, "Content-Type") or "", body)


def sdp_in(content_type: str, body: bytes) -> bytes:
    """The SDP in a body of that type; raises SipError (415) when there is none."""
    kind = media_type(content_type)
    if kind == SDP_TYPE or (not kind and body.lstrip().startswith(b"v=")):
        return body
    if kind.startswith("multipart/"):
        for part_type, part in _parts(content_type, body):
            if media_type(part_type) == SDP_TYPE:
                return part
    raise SipError(f"no SDP in a body of type {kind[:40] or 'unknown'}", 415)


def _parts(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    parameters = parse_parameters(content_type.partition(";")[2])
    boundary = parameters.get("boundary") or ""
    if not boundary or len(boundary) > 200:
        raise SipError("a multipart without a boundary", 400)
    found = []
    for chunk in body.split(b"--" + encoded(boundary))[1 : MAX_PARTS + 1]:
        if chunk.startswith(b"--"):
            break
        head, content = _part(chunk.removeprefix(b"\r").removeprefix(b"\n"))
        found.append((head, content.removesuffix(b"\n").removesuffix(b"\r")))
    return found


def _part(chunk: bytes) -> tuple[str, bytes]:
    """The Content-Type and the content of one part."""
    end = _HEAD_END.search(chunk)
    if end is None:
        return "", chunk
    for line in chunk[: end.start()].decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in {"content-type", "c"}:
            return value.strip(), chunk[end.end() :]
    return "", chunk[end.end() :]
