"""What can be wrong with the bytes.  That a request is refused is no matter of this module.

Two grades (WIRE.md 7): a *fatal* error puts the stream out of step, or breaks a limit, and
costs the client its connection; any other one spoils one message of a stream still in step.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class ProtocolError(Exception):
    """Bytes that cannot be read.

    ``offset`` is the byte that cannot be right: within the payload for a message, within the
    connection's stream for a packet.  ``path`` names the attribute and the place in its list
    (``UserData[3].value``), and is empty where there is none.  ``excerpt`` is the hex of the
    bytes around the offset.  ``message_id`` and ``reference_id`` are those of the message, if
    it was in step so far that they could be found, and ``read`` what else of it could be read,
    by the names of fields.
    """

    kind: ClassVar[str] = "ProtocolError"

    def __init__(
        self,
        message: str,
        *,
        offset: int,
        path: str = "",
        fatal: bool,
        excerpt: str = "",
        message_id: int | None = None,
        reference_id: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.path = path
        self.fatal = fatal
        self.excerpt = excerpt
        self.message_id = message_id
        self.reference_id = reference_id
        self.read: Mapping[str, Any] = {}

    def __str__(self) -> str:
        """Return the whole report in one line, for a journal or a log."""
        where = f"{self.path} at byte {self.offset}" if self.path else f"byte {self.offset}"
        near = f" (near {self.excerpt})" if self.excerpt else ""
        return f"{self.kind}: {self.message}, {where}{near}"


class FrameTooLarge(ProtocolError):  # noqa: N818
    """A packet or an announced message is larger than the protocol or the limits allow."""

    kind = "FrameTooLarge"


class MalformedFrame(ProtocolError):  # noqa: N818
    """Packets that do not add up, or a payload whose head cannot be read."""

    kind = "MalformedFrame"


class MalformedAttribute(ProtocolError):  # noqa: N818
    """An attribute, or something in its list, that cannot be read."""

    kind = "MalformedAttribute"


class MissingAttribute(ProtocolError):  # noqa: N818
    """A request without an attribute it cannot do without; ``attribute`` is its number."""

    kind = "MissingAttribute"

    def __init__(
        self,
        message: str,
        *,
        attribute: int,
        path: str,
        message_id: int,
        reference_id: int | None,
    ) -> None:
        super().__init__(
            message,
            offset=0,
            path=path,
            fatal=False,
            message_id=message_id,
            reference_id=reference_id,
        )
        self.attribute = attribute


class Unencodable(ValueError):  # noqa: N818
    """A value that the wire has no place for; raised by encoding, never by decoding."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.message = message
        self.path = path
