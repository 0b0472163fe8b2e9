"""Digest authentication (RFC 3261 22, RFC 7616, RFC 8760): MD5 and SHA-256, once per realm.

The password is used here and goes nowhere else; neither values nor errors show it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tlibsim.media.sip.headers import Challenge, parse_challenge
from tlibsim.media.sip.message import Response, encoded, every
from tlibsim.media.sip.values import Credentials, Headers, Randomness

_HASHES: Mapping[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_SESSION = "-SESS"
_ASKED = {401: ("WWW-Authenticate", False), 407: ("Proxy-Authenticate", True)}
MAX_REALMS = 8


@dataclass(slots=True)
class _Known:
    """A challenge that we can answer, and how often its nonce was used."""

    challenge: Challenge
    credentials: Credentials
    used: int = 0


class Authenticator:
    """The challenges of one dialog and our answers to them.

    ``begin`` starts a request of its own; within it each realm is answered once, and once
    more only when the server says that the nonce was merely stale.
    """

    def __init__(self, credentials: tuple[Credentials, ...], rng: Randomness) -> None:
        self._credentials = credentials
        self._rng = rng
        self._known: dict[tuple[bool, str], _Known] = {}
        self._tried: dict[tuple[bool, str], int] = {}

    def begin(self) -> None:
        """A new request: every realm may be answered again."""
        self._tried = {}

    def challenged(self, response: Response) -> bool:
        """Take the challenges of a 401 or 407; whether it is worth to ask again."""
        if response.code not in _ASKED:
            return False
        name, proxy = _ASKED[response.code]
        taken: set[str] = set()
        for value in every(response.headers, name):
            challenge = parse_challenge(value, proxy=proxy)
            if challenge is not None and challenge.realm not in taken and self._take(challenge):
                taken.add(challenge.realm)
        return bool(taken)

    def headers_for(self, method: str, uri: str, body: bytes) -> Headers:
        """Authorization and Proxy-Authorization for the next copy of a request."""
        return tuple(
            (
                "Proxy-Authorization" if one.challenge.proxy else "Authorization",
                self._answer(one, method, uri, body),
            )
            for one in self._known.values()
        )

    def _take(self, challenge: Challenge) -> bool:
        key = (challenge.proxy, challenge.realm)
        tried = self._tried.get(key, 0)
        credentials = next(
            (one for one in self._credentials if one.realm in {"", challenge.realm}), None
        )
        again = tried == 0 or (challenge.stale and tried == 1)
        room = key in self._known or len(self._known) < MAX_REALMS
        if credentials is None or not again or not room or not _usable(challenge):
            return False
        self._tried[key] = tried + 1
        self._known[key] = _Known(challenge, credentials)
        return True

    def _answer(self, known: _Known, method: str, uri: str, body: bytes) -> str:
        known.used += 1
        return authorization(
            known.challenge,
            known.credentials,
            method=method,
            uri=uri,
            body=body,
            count=known.used,
            client_nonce=f"{self._rng.getrandbits(64):016x}",
        )


def authorization(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    body: bytes,
    count: int,
    client_nonce: str,
) -> str:
    """The value of an Authorization header; ``count`` is the use number of the nonce."""
    algorithm = challenge.algorithm.upper()
    hashed = _HASHES[algorithm.removesuffix(_SESSION)]

    def joined(*parts: str) -> str:
        return hashed(encoded(":".join(parts)))

    quality = _quality(challenge)
    secret = joined(credentials.username, challenge.realm, credentials.password)
    if algorithm.endswith(_SESSION):
        secret = joined(secret, challenge.nonce, client_nonce)
    asked = joined(method, uri, *([hashed(body)] if quality == "auth-int" else []))
    middle = [f"{count:08x}", client_nonce, quality] if quality else []
    fields = [
        f'username="{_quoted(credentials.username)}"',
        f'realm="{_quoted(challenge.realm)}"',
        f'nonce="{_quoted(challenge.nonce)}"',
        f'uri="{_quoted(uri)}"',
        f'response="{joined(secret, challenge.nonce, *middle, asked)}"',
        f"algorithm={challenge.algorithm}",
    ]
    if quality:
        fields.append(f"qop={quality}, nc={count:08x}")
    if quality or algorithm.endswith(_SESSION):
        fields.append(f'cnonce="{client_nonce}"')
    if challenge.opaque is not None:
        fields.append(f'opaque="{_quoted(challenge.opaque)}"')
    return "Digest " + ", ".join(fields)


def _usable(challenge: Challenge) -> bool:
    known = challenge.algorithm.upper().removesuffix(_SESSION) in _HASHES
    return known and (not challenge.qop or bool(_quality(challenge)))


def _quality(challenge: Challenge) -> str:
    """The best quality of protection that is offered and known; "" for the old form."""
    return next((one for one in ("auth", "auth-int") if one in challenge.qop), "")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
