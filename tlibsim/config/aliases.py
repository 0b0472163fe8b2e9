"""Other names of options, as FEATURES.md ("Seed details") writes them: read on the command line."""

from collections.abc import Mapping

_ALIASES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "quirks.crash-on-int-extension": (
        "integer-extension",
        {"true": "drop-clients", "false": "reject"},
    ),
    "recording.route-side": (
        "routecall-record-rule",
        {"swapped": "source-is-agent", "usual": "source-is-customer"},
    ),
    "recording.indicator-case": ("gsip-record-case", {}),
}
"""Option by its other name, and what the values of that name mean."""


def translated(key: str, text: str) -> tuple[str, str]:
    """The option and the value that are meant; the same again for a key that is no other name."""
    option, values = _ALIASES.get(key.lower().replace("_", "-"), (key, {}))
    return option, values.get(text.strip().lower(), text)
