"""How much one message may ask of its reader."""

from dataclasses import dataclass

DEEPEST = 200
"""Lists are read and written by recursion; beyond this Python's stack would be the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is accepted; breaking one is fatal.

    ``max_message_bytes`` counts a joined message. ``max_depth`` counts lists within lists, the
    outermost being the first. ``max_pairs`` counts the pairs of all lists of one message.
    """

    max_message_bytes: int = 16 * 1024 * 1024
    max_depth: int = 64
    max_pairs: int = 131072

    def __post_init__(self) -> None:
        if not 1 <= self.max_depth <= DEEPEST:
            raise ValueError(f"max_depth must be between 1 and {DEEPEST}")


DEFAULT_LIMITS = Limits()
