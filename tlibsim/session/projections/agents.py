"""Events of agents (BEHAVIOUR.md 2).

Clients registered on the queue get a copy, which has ThisDN of the agent's telephone.
"""

from collections.abc import Iterable, Mapping

from tlibproto import messages
from tlibproto.messages import Event
from tlibproto.vocabulary import Dn
from tlibsim.session.projections.fields import Fields, Projection, Stamp
from tlibsim.session.projections.telephone import device_fields, the_device
from tlibsim.switch import facts
from tlibsim.switch.facts import AgentFact


def _agent_fields(fact: AgentFact, dn: Dn, stamp: Stamp) -> Fields:
    fields = device_fields(fact, dn, stamp)
    fields["agent_id"] = fact.agent_id
    if fact.queue is not None:
        fields["this_queue"] = fact.queue
    return fields


def _the_queue(fact: AgentFact) -> Iterable[Dn]:
    return () if fact.queue is None else (fact.queue,)


def _with_work_mode(event: type[Event]) -> Projection:
    def make(
        fact: facts.AgentLoggedIn | facts.AgentBecameReady | facts.AgentBecameNotReady,
        dn: Dn,
        stamp: Stamp,
    ) -> Event:
        return event(agent_work_mode=fact.work_mode, **_agent_fields(fact, dn, stamp))

    return Projection(event, the_device, make, copies=_the_queue)


def _plain(event: type[Event]) -> Projection:
    def make(fact: AgentFact, dn: Dn, stamp: Stamp) -> Event:
        return event(**_agent_fields(fact, dn, stamp))

    return Projection(event, the_device, make, copies=_the_queue)


def _reserved(fact: facts.AgentWasReserved, dn: Dn, stamp: Stamp) -> Event:
    fields = _agent_fields(fact, dn, stamp)
    return messages.EventAgentReserved(timeout=round(fact.seconds), **fields)


ROWS: Mapping[type[object], Projection] = {
    facts.AgentBecameNotReady: _with_work_mode(messages.EventAgentNotReady),
    facts.AgentBecameReady: _with_work_mode(messages.EventAgentReady),
    facts.AgentLeftQueue: _plain(messages.EventQueueLogout),
    facts.AgentLoggedIn: _with_work_mode(messages.EventAgentLogin),
    facts.AgentLoggedOut: _plain(messages.EventAgentLogout),
    facts.AgentWasReserved: Projection(
        messages.EventAgentReserved, the_device, _reserved, to_asker=True
    ),
}
