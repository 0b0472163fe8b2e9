"""Latencies in bounded memory: counts in buckets whose width grows with the value.

As HdrHistogram does it: each value is kept to one part in a thousand, from a microsecond to an
hour, so that a percentile of a million values costs some thousand counters.  (The library of that
name on PyPI brings a C extension and needs compiling where there is no wheel; this is all that is
needed of it.)
"""

from collections.abc import Iterator, Mapping

PERCENTS = (50.0, 90.0, 99.0, 99.9)
_EXACT = 2048
_HALF = _EXACT // 2
_BITS = _EXACT.bit_length() - 1
_US = 1_000_000
_MOST_US = 3600 * _US


class Histogram:
    """Counts of values in seconds; negative ones count as 0, longer ones as an hour."""

    __slots__ = ("_buckets", "_longest", "_total", "count")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self._longest = 0
        self._total = 0

    def add(self, seconds: float) -> None:
        """Count one value."""
        value = min(_MOST_US, max(0, round(seconds * _US)))
        bucket = _bucket(value)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        self._total += value
        self._longest = max(self._longest, value)

    def percentile(self, percent: float) -> float:
        """The smallest value in seconds that so many percent do not exceed; 0.0 when it is empty."""
        return self._rank(percent) / _US

    def _rank(self, percent: float) -> int:
        wanted = -(-self.count * percent // 100)
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return min(_highest(bucket), self._longest)
        return 0

    def milliseconds(self) -> Mapping[str, float]:
        """``p50``, ``p90``, ``p99``, ``p99.9`` and ``max``."""
        return dict(self._labelled())

    def _labelled(self) -> Iterator[tuple[str, float]]:
        for percent in PERCENTS:
            yield f"p{percent:g}", self._rank(percent) / 1000
        yield "max", self._longest / 1000

    @property
    def mean(self) -> float:
        """Seconds; 0.0 when it is empty."""
        return self._total / self.count / _US if self.count else 0.0


def _bucket(value: int) -> int:
    if value < _EXACT:
        return value
    shift = value.bit_length() - _BITS
    return shift * _HALF + (value >> shift)


def _highest(bucket: int) -> int:
    """The greatest value that falls into the bucket."""
    if bucket < _EXACT:
        return bucket
    shift = bucket // _HALF - 1
    return ((bucket - shift * _HALF + 1) << shift) - 1
