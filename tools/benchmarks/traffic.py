"""Calls at a steady rate beside something else that is measured."""

import contextlib
import threading
import time
from collections.abc import Iterator

from tools.benchmarks.calls import CLIENTS, Party, pairs_of
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address


class Traffic:
    """Whole calls, one each ``1 / rate`` seconds, until it is stopped."""

    def __init__(self, address: Address, first_dn: int, rate: float) -> None:
        self._address = address
        self._first_dn = first_dn
        self._rate = rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic")
        self._begun_s = 0.0
        self.calls = 0
        self.error: Exception | None = None

    @property
    def per_second(self) -> float:
        """The calls in a second so far."""
        elapsed = time.monotonic() - self._begun_s
        return self.calls / elapsed if self._begun_s else 0.0

    def _run(self) -> None:
        try:
            with contextlib.ExitStack() as stack:
                links = [stack.enter_context(Link(self._address)) for _ in range(CLIENTS)]
                party = Party(links, pairs_of(self._first_dn, 1))
                party.register()
                self._begun_s = time.monotonic()
                while not self._stop.wait(self._left_s()):
                    party.calls()
                    self.calls += 1
        except Exception as error:  # noqa: BLE001, told by who waits for the thread
            self.error = error

    def _left_s(self) -> float:
        due = self._begun_s + (self.calls + 1) / self._rate
        return max(0.0, due - time.monotonic())


@contextlib.contextmanager
def traffic(address: Address, first_dn: int, rate: float) -> Iterator[Traffic]:
    """Have calls between two DNs while the block runs; its failure is raised at the end."""
    running = Traffic(address, first_dn, rate)
    running._thread.start()
    try:
        yield running
    finally:
        running._stop.set()
        running._thread.join()
    if running.error is not None:
        raise running.error
