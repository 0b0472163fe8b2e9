"""Questions to the journal in the words of Python: keywords become a query.

event="EventEstablished", dn="7001", userdata={"GSIP_RECORD": "On"}, conn_id=call.conn_id

A term is an attribute in the words of Python or a key of the query language.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_LISTS = {"userdata": "userdata", "user_data": "userdata", "extensions": "extensions"}
_OWN = frozenset({"event", "request", "message", "dn", "client", "call", "kind", "ref"})


def query_text(subject: object = None, query: str = "", **terms: Any) -> str:
    """The text of a query; ``subject`` is a message class or name, ``query`` more of its words.

    Raises TypeError for a value that no query can ask for.
    """
    words = [query] if query else []
    if subject is not None:
        words.append(_subject(subject))
    for key, value in terms.items():
        if value is not None:
            words += _words(key, value)
    return " ".join(words)


def _subject(subject: object) -> str:
    name = subject if isinstance(subject, str) else getattr(subject, "__name__", str(subject))
    return f"{'request' if name.startswith('Request') else 'event'}:{name}"


def _words(key: str, value: Any) -> Iterator[str]:
    if key in _LISTS or isinstance(value, Mapping):
        name = _LISTS.get(key, _attribute_name(key))
        if not isinstance(value, Mapping):
            raise TypeError(f"{key} must be a mapping of keys to values, not {value!r}")
        for inner, wanted in value.items():
            yield f"{name}.{_quoted(str(inner))}:{_value(wanted)}"
        return
    name = key if key in _OWN else _attribute_name(key)
    yield f"{name}:{_value(value)}"


def _attribute_name(key: str) -> str:
    """The protocol's name of an attribute: ``private_msg_id`` is PrivateMsgID."""
    from tlibsim.journal.names import attributes

    for attribute in attributes().values():
        if key in (attribute.field, attribute.name):
            return attribute.name
    return key


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        raise TypeError(f"{value!r} is no value of the protocol; ask for text or an integer")
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str):
        return _quoted(value) if not _is_plain(value) else value
    raise TypeError(f"{value!r} is no value of the protocol; ask for text or an integer")


def _is_plain(text: str) -> bool:
    return text.replace("*", "a").replace("_", "a").isalnum() and text.isascii()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
