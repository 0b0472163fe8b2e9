"""Who watches which DN: registrations of clients, their modes, and the index by DN.

Looking up the watchers of a DN costs the same with one DN and with 100,000 (BEHAVIOUR.md 3.1).
"""

from collections.abc import Mapping, Sequence

from tlibproto.vocabulary import Dn, RegisterMode
from tlibsim.session.client import Client
from tlibsim.switch.refusals import Reason, RequestRefused


class Registry:
    """Registrations by DN, in the order in which they were made."""

    __slots__ = ("_modes", "_watchers")

    def __init__(self) -> None:
        self._watchers: dict[Dn, tuple[Client, ...]] = {}
        self._modes: dict[Client, dict[Dn, int]] = {}

    def watchers(self, dn: Dn) -> Sequence[Client]:
        """Clients registered on the DN, first come first."""
        return self._watchers.get(dn, ())

    def registrations(self, client: Client) -> Mapping[Dn, int]:
        """The DNs of a client with their register modes."""
        return self._modes.get(client, {})

    def register(self, client: Client, dn: Dn, mode: int) -> None:
        """Add or renew a registration; raises RequestRefused(SEIZED) against a private one."""
        others = [other for other in self.watchers(dn) if other is not client]
        if others and self._excludes(others, dn, mode):
            raise RequestRefused(Reason.SEIZED, f"{dn} is registered by another client")
        if client not in self.watchers(dn):
            self._watchers[dn] = (*self.watchers(dn), client)
        self._modes.setdefault(client, {})[dn] = mode

    def _excludes(self, others: Sequence[Client], dn: Dn, mode: int) -> bool:
        private = RegisterMode.ModePrivate
        return mode == private or any(self._modes[other][dn] == private for other in others)

    def unregister(self, client: Client, dn: Dn) -> None:
        """End a registration; raises RequestRefused(NOT_REGISTERED) when there is none."""
        modes = self._modes.get(client, {})
        if dn not in modes:
            raise RequestRefused(
                Reason.NOT_REGISTERED, f"{dn} is not registered by this client"
            )
        del modes[dn]
        self._forget(client, dn)

    def leave(self, client: Client) -> None:
        """All registrations of a client end."""
        for dn in self._modes.pop(client, {}):
            self._forget(client, dn)

    def vacate(self, dn: Dn) -> Sequence[Client]:
        """All registrations on the DN end; the clients that had one, first come first."""
        clients = self._watchers.pop(dn, ())
        for client in clients:
            del self._modes[client][dn]
        return clients

    def _forget(self, client: Client, dn: Dn) -> None:
        left = tuple(other for other in self._watchers[dn] if other is not client)
        if left:
            self._watchers[dn] = left
        else:
            del self._watchers[dn]

    def controlled(self, dn: Dn) -> bool:
        """Whether some client may make requests on the DN."""
        return any(self.controls(client, dn) for client in self.watchers(dn))

    def controls(self, client: Client, dn: Dn) -> bool:
        """Whether the client may make requests on the DN: registered, and not only to monitor."""
        mode = self._modes.get(client, {}).get(dn)
        return mode is not None and mode != RegisterMode.ModeMonitor
