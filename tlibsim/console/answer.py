"""A JSON answer that every reader of JSON takes, whatever clients have sent.

Text of a client in another character set than its listener's is kept byte for byte inside, as
lone surrogates (WIRE.md 3.1), which have no place in UTF-8 and which some readers of JSON refuse.
"""

import json
import re
from typing import Any

from starlette.responses import JSONResponse

_LONE = re.compile("[\ud800-\udfff]")
_UNREADABLE = "\ufffd"


def readable(text: str) -> str:
    """The text with U+FFFD for each byte that is not of the character set."""
    return _LONE.sub(_UNREADABLE, text)


class Answer(JSONResponse):
    """``content`` as JSON in UTF-8."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return readable(text).encode("utf-8")
