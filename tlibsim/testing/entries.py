"""What was said, as a test sees it: entries of the journal, and questions to all of them."""

from collections.abc import Mapping
from typing import Any, Protocol

from tlibsim.testing.asking import query_text
from tlibsim.testing.sipview import ExpectationError


class Asked(Protocol):
    """Whoever can be asked: the switch of a test."""

    def ask(self, op: str, seconds: float = ..., **arguments: Any) -> Any: ...


class Entry:
    """One message or fact of the journal: ``entry["ThisDN"]``, ``entry.user_data``."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.number: int = document["n"]
        self.name: str = document.get("message") or document.get("name") or ""
        self.kind: str = document["kind"]
        self.dn: str = document.get("dn", "")
        self.clients: tuple[str, ...] = tuple(
            one["name"] for one in document.get("clients", ())
        )

    def __getitem__(self, attribute: str) -> Any:
        for one in self.document.get("attributes", ()):
            if one["name"] == attribute:
                return one["value"]
        raise KeyError(f"{self.name} has no {attribute}")

    def __contains__(self, attribute: str) -> bool:
        return any(one["name"] == attribute for one in self.document.get("attributes", ()))

    def pairs(self, attribute: str) -> dict[str, Any]:
        """A list attribute as a dictionary; the last of equal keys counts."""
        try:
            found = self[attribute]
        except KeyError:
            return {}
        return {key: _plain(value) for key, _, value in found}

    @property
    def user_data(self) -> dict[str, Any]:
        return self.pairs("UserData")

    @property
    def extensions(self) -> dict[str, Any]:
        return self.pairs("Extensions")

    def __repr__(self) -> str:
        return f"<{self.document.get('text', self.name)}>"


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return {key: _plain(inner) for key, _, inner in value}
    return value


class JournalView:
    """What was said and what happened since the test began."""

    def __init__(self, switch: Asked) -> None:
        self._switch = switch

    def find(self, subject: object = None, *, query: str = "", **terms: Any) -> list[Entry]:
        """All entries that fit, oldest first."""
        text = query_text(subject, query=query, **terms)
        return [Entry(one) for one in self._switch.ask("journal", query=text)]

    def assert_none(self, subject: object = None, *, query: str = "", **terms: Any) -> None:
        """Nothing of that kind may have come; raises ExpectationError."""
        __tracebackhide__ = True
        found = self.find(subject, query=query, **terms)
        if found:
            text = query_text(subject, query=query, **terms)
            raise ExpectationError(f"{text}: expected none, {len(found)} came: {found[0]!r}")

    def text(self, most: int = 200) -> str:
        """The last messages, a line each."""
        found = self._switch.ask("journal", query="kind:request,answer,event")
        return "\n".join(
            f"#{one['n']}  {one['t'][11:23]}  {one['text']}" for one in found[-most:]
        )
