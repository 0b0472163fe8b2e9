"""Who is told what becomes of access numbers, and of the calls that use them (BEHAVIOUR.md 3.7).

The client that asked for a number learns whether the call arrived; clients with a subscription
learn of every step of everybody's.
"""

from collections.abc import Callable, Iterator, Mapping

from tlibproto.messages import Event, EventTransactionStatus
from tlibproto.vocabulary import KVList
from tlibsim.session.client import Client
from tlibsim.session.projections.fields import Stamp
from tlibsim.session.projections.remote import remote_connection
from tlibsim.switch.facts import AccessCanceled, AccessGiven, CrossingFact, RemoteConnection

STATUS = "Status"
"""The key in Extensions of EventTransactionStatus that says which step it was."""

STEPS: Mapping[type[CrossingFact], Callable[[CrossingFact], str]] = {
    AccessGiven: lambda _: "given",
    AccessCanceled: lambda _: "canceled",
    RemoteConnection: lambda fact: "succeeded" if fact.succeeded else "failed",  # type: ignore[attr-defined]
}


class Crossings:
    """Travellers by XReferenceID, and subscriptions by client."""

    def __init__(self) -> None:
        self.travellers: dict[int, Client] = {}
        self._subscriptions: dict[Client, dict[str, None]] = {}
        self._made = 0

    def subscribe(self, client: Client, name: str) -> str:
        """Begin a subscription; one without a name gets one.  Returns the name."""
        self._made += 1
        name = name or str(self._made)
        self._subscriptions.setdefault(client, {})[name] = None
        return name

    def is_subscribed(self, client: Client, name: str) -> bool:
        return name in self._subscriptions.get(client, ())

    def unsubscribe(self, client: Client, name: str) -> None:
        """End a subscription, which must be there."""
        del self._subscriptions[client][name]

    def forget(self, client: Client) -> None:
        """Nobody waits any more for what this client asked."""
        self._subscriptions.pop(client, None)
        self.travellers = {n: one for n, one in self.travellers.items() if one is not client}

    def news(
        self, fact: CrossingFact, stamp: Callable[[], Stamp]
    ) -> Iterator[tuple[Event, Client]]:
        """The events that the fact becomes, each for one client."""
        if isinstance(fact, RemoteConnection):
            client = self.travellers.pop(fact.reference, None)
            if client is not None:
                yield remote_connection(fact, stamp()), client
        for subscriber, names in self._subscriptions.items():
            for name in names:
                yield _status(fact, name, stamp()), subscriber


def _status(fact: CrossingFact, name: str, stamp: Stamp) -> Event:
    return EventTransactionStatus(
        subscription_id=name,
        this_dn=fact.dn,
        other_dn=fact.other_dn,
        location=fact.location,
        conn_id=fact.conn_id,
        access_number=fact.number,
        x_reference_id=fact.reference,
        extensions=KVList(((STATUS, STEPS[type(fact)](fact)),)),
        customer_id=stamp.customer_id,
        timein_secs=stamp.timein_secs,
        timein_usecs=stamp.timein_usecs,
        event_sequence_number=stamp.event_sequence_number,
    )
