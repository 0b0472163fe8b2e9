"""Time as events carry it."""

from tlibsim.ports.media import Instant


def packed_time(now: Instant) -> int:
    """Seconds since 1970 in the upper, microseconds in the lower 32 bits (BEHAVIOUR.md 3.6)."""
    seconds, microseconds = divmod(now, 1_000_000)
    return seconds << 32 | microseconds
