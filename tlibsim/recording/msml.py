"""Which parameters the recorder of a conference gets (RECORDING.md 8); templates are in ``ports``."""

from collections.abc import Mapping
from typing import Any


def parameters(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The parameters of the recorder in the order of RECORDING.md 8, each name once.

    ``document`` is the trace of a session.
    """
    tone = document.get("tone") or {}
    named = {
        "record": document.get("side") or "source",
        "id": document.get("record_id") or "",
        "recordDN": document.get("record_dn") or "",
    }
    destinations = list(document.get("destinations") or ())
    named |= dict(zip(("dest", "dest2"), destinations, strict=False))
    if tone.get("src"):
        named["audiosrc"] = str(tone["src"])
        named["tonesilenceduration"] = str(tone.get("interval-ms", ""))
    taken = {name.lower() for name in named}
    free = [(key, value) for key, value in document.get("params") or () if key]
    return (
        *named.items(),
        *((key, value) for key, value in free if key.lower() not in taken),
    )
