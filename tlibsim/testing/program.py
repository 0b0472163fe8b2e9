"""A program that stays connected to a T-Server: what the reference recorder and desktop share.

One thread reads and acts, with a blocking client.  The mistakes that any T-Library client can
make are made here; ``bugs`` names them (:mod:`tlibsim.testing.recorder.bugs`,
:mod:`tlibsim.testing.desktop.bugs`).
"""

import threading
from typing import NoReturn

from tlibproto.messages import Message, Request, RequestRegisterAddress
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import AddressType, ControlMode, Dn, ReferenceId, RegisterMode
from tlibsim.testing.client import ClientError, TLibraryClient

ADDP_S = 10.0
IMPATIENT_S = 0.5
AGAIN_S = 0.1

_TURN_S = 0.02
_RECONNECT_S = 0.3
_LATE_S = 60.0


class Program:
    """Connects to ``address`` (host, port) as ``name``, again after each loss, until closed."""

    client_kind: type[TLibraryClient] = TLibraryClient

    def __init__(
        self,
        address: tuple[str, int],
        name: str,
        *,
        bugs: frozenset[str] = frozenset(),
        password: str | None = None,
    ) -> None:
        self.address = address
        self.bugs = bugs
        self._name = name
        self._password = password
        self._client: TLibraryClient | None = None
        self._was_connected = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def open(self) -> None:
        """Connect, and stay connected."""
        self._thread.start()

    def close(self) -> None:
        """Stop; the connection is closed."""
        self._closing.set()
        self._thread.join(timeout=5)

    # -- for the program that it is ------------------------------------------------------------

    def connected(self, again: bool) -> None:
        """The connection is open, ``again`` after a loss: ask for what is needed."""

    def take(self, message: Message) -> None:
        """Act on a message."""

    def turned(self) -> None:
        """All messages are taken for now: act on what else there is."""

    def send(self, request: Request) -> int | None:
        """Send it; its ReferenceID, None when there is no connection or the mistake is made."""
        client = self._client
        if client is None:
            return None
        if "no-reference" in self.bugs:
            client.send_as_it_is(request)
            return None
        if "one-reference" in self.bugs:
            request = evolve(request, reference_id=ReferenceId(1))
        return client.send(request)

    def leave(self, words: str) -> NoReturn:
        """End for good: what some mistakes do."""
        self._closing.set()
        raise ClientError(words)

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until it is closed."""
        self._closing.wait(seconds)

    # -- the connection ------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._connect()
                while not self._closing.is_set():
                    self._turn()
            except (ClientError, OSError):
                self._drop()
                if self._was_connected and "never-reconnects" in self.bugs:
                    return
                late = self._was_connected and "late-reconnect" in self.bugs
                self._closing.wait(_LATE_S if late else _RECONNECT_S)
        self._drop()

    def _connect(self) -> None:
        host, port = self.address
        self._client = self.client_kind(
            host,
            port,
            name="" if "no-name" in self.bugs else self._name,
            password=self._password,
            addp_seconds=0.0 if "no-addp" in self.bugs else ADDP_S,
            answers_polls="deaf-addp" not in self.bugs,
        )
        again, self._was_connected = self._was_connected, True
        self.connected(again)

    def _turn(self) -> None:
        client = self._client
        if client is None:
            raise ClientError("not connected")
        for message in client.take(_TURN_S):
            self.take(message)
        self.turned()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def registration(dn: str, *, private: bool = False) -> RequestRegisterAddress:
    """Ask for the events of a DN, shared with other clients or not."""
    return RequestRegisterAddress(
        this_dn=Dn(dn),
        register_mode=RegisterMode.ModePrivate if private else RegisterMode.ModeShare,
        control_mode=ControlMode.RegisterDefault,
        address_type=AddressType.DN,
    )
