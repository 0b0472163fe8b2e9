"""The list of scenarios that need later work: ids, and what each waits for."""

from collections.abc import Mapping

from tlibsim.scenario.nodes import Faults, MapNode, Node, Scalar, joined, read

_KEYS = ("format", "pending")
_FORMAT = 1


def load_pending(
    text: str, source: str = "pending.yml", known: tuple[str, ...] | None = None
) -> Mapping[str, str]:
    """The ids of a pending list and their reasons; raises ScenarioError.

    ``known`` are the ids that exist; one that does not is a fault, so that the list cannot rot.
    """
    faults = Faults(source)
    top = faults.fields(read(text, source), "", _KEYS, required=_KEYS)
    version = top.get("format")
    if isinstance(version, Scalar) and version.integer != _FORMAT:
        faults.add(version.place, "format", f"must be {_FORMAT}")
    found: dict[str, str] = {}
    for word, reason in _entries(top.get("pending"), faults):
        if known is not None and word.text not in known:
            key = joined("pending", word.text)
            faults.unknown(word, key, "is the id of no scenario", known)
        found[word.text] = reason
    faults.stop()
    return found


def _entries(node: Node | None, faults: Faults) -> list[tuple[Scalar, str]]:
    """Ids with reasons, or a plain list of ids."""
    if isinstance(node, MapNode):
        return [
            (word, faults.text(value, joined("pending", word.text)))
            for word, value in node.entries
        ]
    items = faults.sequence(node, "pending") if node is not None else ()
    return [(item, "") for item in items if isinstance(item, Scalar)]
