"""User data of every kind for the desktop contract, and how a value looks that was spoiled.

A desktop may change what it was sent: a number counted up is right.  A value is spoiled when it
is what came, put through something that cannot hold it (BEHAVIOUR.md 4.1, WIRE.md 3).
"""

from tlibproto.vocabulary import KVList, Value, WideText

DATA = KVList(
    (
        ("VISITS", 3),
        ("BALANCE", -250),
        ("TOKEN", b"\x00\x01\xfe"),
        ("NAME", "Ann"),
        ("ACCOUNT", "0042"),
        ("STREET", "Königsallee"),
        ("CITY", WideText("Zürich")),
        ("ORDER", KVList((("ITEMS", 2), ("NOTE", "")))),
    )
)
"""A value of every kind, as they come with a call."""

_OTHERS = ("latin-1", "cp1252", "ascii")


def spoiled(was: Value | None, got: Value) -> str:
    """How a value of the same type was spoiled; empty when it was not, or was changed rightly."""
    if was == got:
        return ""
    if isinstance(was, int):
        return "without its sign" if was < 0 and got == -was else ""
    if isinstance(was, bytes):
        return "cut off" if isinstance(got, bytes) and was.startswith(got) else ""
    if isinstance(was, KVList):
        return _list_spoiled(was, got)
    return "in another character set" if str(got) in _garbled(str(was)) else ""


def _list_spoiled(was: KVList, got: Value) -> str:
    """A list is spoiled when one of its pairs is, or lost its type."""
    if not isinstance(got, KVList):
        return ""
    for key, value in was:
        now = got.first(key)
        if now is None:
            return f"without {key}"
        if type(now) is not type(value):
            return f"with another type of {key}"
        why = spoiled(value, now)
        if why:
            return f"with {key} {why}"
    return ""


def _garbled(text: str) -> set[str]:
    """What becomes of a text on the way through another character set, written or read."""
    found = {text.encode(charset, "replace").decode(charset) for charset in _OTHERS}
    found |= {text.encode("utf-8").decode(charset, "replace") for charset in _OTHERS}
    found |= {text.encode(charset, "replace").decode("utf-8", "replace") for charset in _OTHERS}
    found.add(text.encode("ascii", "ignore").decode("ascii"))
    return found - {text}
