"""Spans of time as people write them: 250ms, 5s, 30m, 8h, 2d."""

import re

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(span: float | str) -> float:
    """Seconds of a number, or of text such as ``30s``, ``250ms``, ``1h``; raises ValueError."""
    if isinstance(span, int | float):
        return float(span)
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError(f"{span!r} is no span of time; write 250ms, 30s, 5m, 8h")
    return float(found[1]) * _UNITS[found[2]]
