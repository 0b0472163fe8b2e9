"""SRTP with keys from the SDP: SDES, AES_CM_128_HMAC_SHA1_80 (RFC 3711, RFC 4568; MEDIA.md 3.3).

Every stream of every offer has a fresh key of our own.  The ciphers are those of libsrtp, by
way of ``pylibsrtp``; it is in the extra ``srtp`` and is only needed when a stream is secured.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from typing import Protocol

SUITE = "AES_CM_128_HMAC_SHA1_80"
KEY_BYTES = 30
"""16 bytes of master key, 14 of master salt."""

TAG_BYTES = 10
"""What the authentication adds to an RTP packet."""

MISSING = (
    "SRTP needs the package pylibsrtp, which is not installed: pip install 'tlibsim[srtp]'"
)
_METHOD = "inline:"


class SrtpError(Exception):
    """SRTP cannot be had, or a key is not one; the text is for people and holds no key."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """Master key and salt, 30 bytes; never shown."""

    octets: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.octets) != KEY_BYTES:
            raise SrtpError(
                f"a key of {SUITE} has {KEY_BYTES} bytes, this has {len(self.octets)}"
            )

    @property
    def inline(self) -> str:
        """The key as an ``a=crypto`` line carries it: ``inline:`` and 40 characters."""
        return _METHOD + base64.b64encode(self.octets).decode("ascii")


class Protector(Protocol):
    """Turns packets into their secured form: a sender's half of an SRTP session."""

    def protect(self, packet: bytes) -> bytes: ...
    def protect_rtcp(self, packet: bytes) -> bytes: ...


class Opener(Protocol):
    """The receiver's half; raises SrtpError when a packet is not authentic."""

    def unprotect(self, packet: bytes) -> bytes: ...
    def unprotect_rtcp(self, packet: bytes) -> bytes: ...


def fresh_key() -> MasterKey:
    """Make a key that nobody can guess."""
    return MasterKey(secrets.token_bytes(KEY_BYTES))


def read_inline(text: str) -> MasterKey:
    """Read the key parameter of an ``a=crypto`` line, a lifetime and an MKI left aside.

    Raises SrtpError for another method, bad base64 or a wrong length.
    """
    if not text.startswith(_METHOD):
        raise SrtpError("the key parameter of a=crypto does not begin with inline:")
    coded = text.removeprefix(_METHOD).split("|")[0]
    try:
        octets = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SrtpError("the key of a=crypto is no base64") from error
    return MasterKey(octets)


def available() -> bool:
    """Tell whether streams can be secured."""
    try:
        import pylibsrtp  # noqa: F401
    except ImportError:
        return False
    return True


def protector(key: MasterKey) -> Protector:
    """Begin the sender's half of a session; SrtpError when ``pylibsrtp`` is missing."""
    try:
        from pylibsrtp import Policy, Session
    except ImportError as error:
        raise SrtpError(MISSING) from error
    return Session(Policy(key=key.octets, ssrc_type=Policy.SSRC_ANY_OUTBOUND))


def opener(key: MasterKey) -> Opener:
    """Begin the receiver's half of a session; SrtpError when ``pylibsrtp`` is missing."""
    try:
        from pylibsrtp import Error, Policy, Session
    except ImportError as error:
        raise SrtpError(MISSING) from error
    session = Session(Policy(key=key.octets, ssrc_type=Policy.SSRC_ANY_INBOUND))
    return _Opening(session, Error)


class _Opening:
    """Gives the errors of libsrtp our name."""

    def __init__(self, session: Opener, error: type[Exception]) -> None:
        self._session = session
        self._error = error

    def unprotect(self, packet: bytes) -> bytes:
        try:
            return self._session.unprotect(packet)
        except self._error as error:
            raise SrtpError(f"an SRTP packet cannot be opened: {error}") from error

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        try:
            return self._session.unprotect_rtcp(packet)
        except self._error as error:
            raise SrtpError(f"an SRTCP packet cannot be opened: {error}") from error
