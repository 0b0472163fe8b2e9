"""Does a text that leaves the house have something in it that must not?  Passwords, keys, cards.

Looked for where a bundle is written: what is hidden elsewhere is looked for once more, because a
scenario or a configuration may have been edited by hand.
"""

import re
from collections.abc import Iterator, Mapping

from tlibsim.logs.redaction import is_card

_CARD = re.compile(r"(?<![0-9A-Za-z])[2-6]\d(?:[ -]?\d){11,17}(?![0-9A-Za-z])")
"""Pseudonyms begin with 9, identifiers of calls with 0; cards begin with neither."""

_WORD = r"[\w-]*(?:password|passwd|passphrase|secret|api-?key|auth-?token)"
_HIDDEN = r"(?:\(not shown\)|\*+|null|~|''|\"\"|\{\}|\[\])"
_PASSWORD = re.compile(
    rf"(?im)(?:^|[{{,])[\s\-]*['\"]?{_WORD}['\"]?\s*:\s*(?!['\"]?{_HIDDEN})\S"
)
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_IN_JOURNAL = re.compile(
    r'"name": "(?:Application)?Password", [^{}]*"value": "(?!\*+"|")', re.IGNORECASE
)


def found_in(contents: Mapping[str, str]) -> Iterator[str]:
    """What was found: ``scenario/a.yml: 1 value that looks like a card number``."""
    for name, text in sorted(contents.items()):
        cards = {one[0] for one in _CARD.finditer(text) if is_card(one[0])}
        if cards:
            what = "value that looks like a card number"
            more = "values that look like card numbers"
            yield f"{name}: {len(cards)} {what if len(cards) == 1 else more}"
        if _PASSWORD.search(text) or _IN_JOURNAL.search(text):
            yield f"{name}: a password"
        if _KEY.search(text):
            yield f"{name}: a private key"
