"""XML from outside as a tree: bounded, and without document types, so no entity is expanded."""

from xml.etree import ElementTree
from xml.parsers import expat

MOST_BYTES = 1_000_000
MOST_DEPTH = 20


class TreeError(ValueError):
    """The text is no XML that is taken; the message is for people."""


def read_tree(data: bytes) -> ElementTree.Element:
    """The root of a document; raises TreeError."""
    if len(data) > MOST_BYTES:
        raise TreeError(f"the document has {len(data)} bytes, more than {MOST_BYTES}")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, TreeError):
            raise
        raise TreeError(f"the document is not XML: {error}") from error
    return builder.finished()


class _Builder:
    """Takes the events of the parser; raises TreeError, which ends the parsing."""

    def __init__(self) -> None:
        self._tree = ElementTree.TreeBuilder()
        self._depth = 0

    def doctype(self, name: str, *_: object) -> None:
        raise TreeError(f"the document declares a type ({name}), which is not taken")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise TreeError("the document is nested too deep")
        named = {_name(key): value for key, value in attributes.items()}
        self._tree.start(_name(tag), named)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._tree.end(_name(tag))

    def text(self, data: str) -> None:
        self._tree.data(data)

    def finished(self) -> ElementTree.Element:
        return self._tree.close()


def _name(expanded: str) -> str:
    return f"{{{expanded}" if "}" in expanded else expanded
