"""Recording ports of the profile sfb: numbers made from ``uri-pattern`` (RECORDING.md 9, 3)."""

import heapq
import re

_PATTERN = re.compile(
    r"""\[?(?P<scheme>sips?)\]?:
        \{(?P<prefix>[^{}@]*)\{(?P<digits>D+)\}\}
        (?:\{@(?P<suffix>[^{}]*)\}|@(?P<plain>[^{}\s]*))?""",
    re.VERBOSE | re.IGNORECASE,
)
_MOST_DIGITS = 9


class PortPool:
    """Hands out the lowest free number of a pattern; a number is free again when given back.

    A pattern that cannot be read has no numbers.  Cost: logarithmic, whatever the range.
    """

    def __init__(self, pattern: str) -> None:
        match = _PATTERN.fullmatch("".join(pattern.split()))
        digits = 0 if match is None else len(match["digits"])
        self.problem = ""
        if match is None or digits > _MOST_DIGITS:
            self.problem = f"uri-pattern {pattern!r} is not [sip]:{{prefix{{DDD}}}}{{@suffix}}"
        self._prefix = "" if match is None else match["prefix"]
        self._suffix = "" if match is None else match["suffix"] or match["plain"] or ""
        self._scheme = "sip" if match is None else match["scheme"].lower()
        self._digits = digits
        self._size = 0 if self.problem else 10**digits
        self._fresh = 0
        self._given_back: list[int] = []
        self._taken: set[int] = set()

    def take(self) -> str:
        """A free number with its prefix, or empty when there is none."""
        if self._given_back:
            number = heapq.heappop(self._given_back)
        elif self._fresh < self._size:
            number, self._fresh = self._fresh, self._fresh + 1
        else:
            return ""
        self._taken.add(number)
        return f"{self._prefix}{number:0{self._digits}d}"

    def give_back(self, port: str) -> None:
        """The leg with this number was released."""
        number = self._number(port)
        if number in self._taken:
            self._taken.remove(number)
            heapq.heappush(self._given_back, number)

    def is_free(self, port: str) -> bool:
        """Whether the number belongs to the pattern and nobody has it."""
        number = self._number(port)
        return 0 <= number < self._size and number not in self._taken

    def address(self) -> str:
        """Where the ports are, without a number; empty: the pattern has no suffix."""
        return f"{self._scheme}:{self._suffix}" if self._suffix else ""

    def _number(self, port: str) -> int:
        digits = port.removeprefix(self._prefix)
        fits = port.startswith(self._prefix) and len(digits) == self._digits
        return int(digits) if fits and digits.isascii() and digits.isdigit() else -1
