"""Events of supervision, and reports of who is on a call (BEHAVIOUR.md 1.18, 1.19)."""

from collections.abc import Iterable, Mapping

from tlibproto import messages
from tlibproto.messages import Event
from tlibproto.vocabulary import Dn, KVList, MonitorNextCallType
from tlibsim.session.projections.fields import Projection, Stamp, call_fields
from tlibsim.session.projections.telephone import device_fields, the_device
from tlibsim.switch import facts
from tlibsim.switch.facts import MonitoringFact, ParticipantsReported

MONITOR_MODE_CHANGED = 4024
"""PrivateMsgID of the event that tells what a supervisor may do."""

Pairs = list[tuple[str, str | int]]


def _monitoring(event: type[Event]) -> Projection:
    def make(fact: MonitoringFact, dn: Dn, stamp: Stamp) -> Event:
        kind = MonitorNextCallType.OneCall if fact.once else MonitorNextCallType.AllCalls
        return event(
            other_dn=fact.other,
            monitor_next_call_type=kind,
            **device_fields(fact, dn, stamp),
        )

    return Projection(event, the_device, make)


def _mode_changed(fact: facts.MonitorModeChanged, dn: Dn, stamp: Stamp) -> Event:
    return messages.EventPrivateInfo(
        private_msg_id=MONITOR_MODE_CHANGED,
        extensions=KVList((("MonitorMode", fact.mode.value),)),
        **call_fields(fact.call, dn, stamp),
    )


def _both(fact: facts.MonitorModeChanged) -> Iterable[Dn]:
    there = {party.dn for party in fact.call.parties if not party.outside}
    return [dn for dn in (fact.supervisor, fact.agent) if dn in there]


def _participants(fact: ParticipantsReported, dn: Dn, stamp: Stamp) -> Event:
    pairs: Pairs = []
    for number, participant in enumerate(fact.participants):
        pairs += _participant(f"LCTParty{number}", participant, stamp)
    pairs.append(("LCTPartiesLength", len(fact.participants)))
    for number, supervisor in enumerate(fact.supervisors):
        pairs += _supervisor(f"LCTSupervisor{number}", supervisor, stamp)
    if fact.supervisors:
        pairs.append(("LCTSupervisorLength", len(fact.supervisors)))
    fields = call_fields(fact.call, dn, stamp)
    return messages.EventUserEvent(extensions=KVList(tuple(pairs)), **fields)


def _participant(key: str, participant: facts.Participant, stamp: Stamp) -> Pairs:
    party = participant.party
    pairs: Pairs = [(key, party.dn)]
    if not party.outside:
        pairs.append((f"{key}_location", stamp.location))
    if participant.deaf:
        pairs.append((f"{key}_state", "ListenDisconnectedHeld"))
    if participant.muted:
        pairs.append((f"{key}_mute", "on"))
    return pairs


def _supervisor(key: str, supervisor: facts.Supervisor, stamp: Stamp) -> Pairs:
    pairs: Pairs = [(key, supervisor.party.dn), (f"{key}_location", stamp.location)]
    if supervisor.mode is not None:
        pairs.append((f"{key}_mode", supervisor.mode.value))
    pairs.append((f"{key}_monitoredDN", supervisor.agent))
    return pairs


def _connected(fact: ParticipantsReported) -> Iterable[Dn]:
    """Everybody inside who takes part."""
    members = [one.party for one in fact.participants]
    members += [one.party for one in fact.supervisors]
    return [party.dn for party in members if not party.outside]


ROWS: Mapping[type[object], Projection] = {
    facts.MonitoringBegun: _monitoring(messages.EventMonitoringNextCall),
    facts.MonitoringCanceled: _monitoring(messages.EventMonitoringCancelled),
    facts.MonitorModeChanged: Projection(messages.EventPrivateInfo, _both, _mode_changed),
    facts.ParticipantsReported: Projection(messages.EventUserEvent, _connected, _participants),
}
