"""Events of telephones and of the link (BEHAVIOUR.md 1.2, 1.12, 1.17, 1.20)."""

from collections.abc import Callable, Iterable, Mapping

from tlibproto import messages
from tlibproto.messages import Event
from tlibproto.vocabulary import CallState, Dn
from tlibsim.session.projections.fields import (
    Fields,
    Projection,
    Stamp,
    all_parties,
    call_fields,
)
from tlibsim.switch import facts
from tlibsim.switch.facts import DeviceFact


def device_fields(fact: DeviceFact, dn: Dn, stamp: Stamp) -> Fields:
    """Attributes of an event about a DN and none of its calls."""
    fields: Fields = {
        "this_dn": dn,
        "customer_id": stamp.customer_id,
        "timein_secs": stamp.timein_secs,
        "timein_usecs": stamp.timein_usecs,
        "event_sequence_number": stamp.event_sequence_number,
    }
    if fact.because is not None:
        fields["reasons"] = fact.because.reasons
        fields["extensions"] = fact.because.extensions
    return fields


def the_device(fact: DeviceFact) -> Iterable[Dn]:
    return (fact.dn,)


def device_projection(event: type[Event]) -> Projection:
    """A row for a fact that becomes one event at its DN."""

    def make(fact: DeviceFact, dn: Dn, stamp: Stamp) -> Event:
        return event(**device_fields(fact, dn, stamp))

    return Projection(event, the_device, make)


def _forward_set(fact: facts.ForwardSet, dn: Dn, stamp: Stamp) -> Event:
    return messages.EventForwardSet(
        other_dn=fact.to, forward_mode=fact.mode, **device_fields(fact, dn, stamp)
    )


def _forward_canceled(fact: facts.ForwardCanceled, dn: Dn, stamp: Stamp) -> Event:
    return messages.EventForwardCancel(forward_mode=fact.mode, **device_fields(fact, dn, stamp))


def _call_info_changed(fact: facts.CallInfoChanged, dn: Dn, stamp: Stamp) -> Event:
    fields = call_fields(fact.call, dn, stamp)
    fields["call_state"] = int(CallState.Ok)
    party = fact.call.party(dn)
    if party is not None:
        fields["this_dn_role"] = party.role
    if fact.other is not None:
        fields["other_dn"] = fact.other
    return messages.EventCallInfoChanged(
        set_operation=fact.operation, third_party_dn=fact.changed_by, **fields
    )


ROWS: Mapping[type[object], Projection] = {
    facts.CallInfoChanged: Projection(
        messages.EventCallInfoChanged, all_parties, _call_info_changed
    ),
    facts.CameBackInService: device_projection(messages.EventDNBackInService),
    facts.DndOff: device_projection(messages.EventDNDOff),
    facts.DndOn: device_projection(messages.EventDNDOn),
    facts.ForwardCanceled: Projection(
        messages.EventForwardCancel, the_device, _forward_canceled
    ),
    facts.ForwardSet: Projection(messages.EventForwardSet, the_device, _forward_set),
    facts.MessageWaitingOff: device_projection(messages.EventMessageWaitingOff),
    facts.MessageWaitingOn: device_projection(messages.EventMessageWaitingOn),
    facts.WentOffHook: device_projection(messages.EventOffHook),
    facts.WentOnHook: device_projection(messages.EventOnHook),
    facts.WentOutOfService: device_projection(messages.EventDNOutOfService),
}


# -- for every client --------------------------------------------------------------------------


def link_event(event: type[Event]) -> Callable[[Stamp], Event]:
    def make(stamp: Stamp) -> Event:
        return event(
            timein_secs=stamp.timein_secs,
            timein_usecs=stamp.timein_usecs,
            event_sequence_number=stamp.event_sequence_number,
        )

    return make


BROADCASTS: Mapping[type[object], Callable[[Stamp], Event]] = {
    facts.LinkLost: link_event(messages.EventLinkDisconnected),
    facts.LinkRestored: link_event(messages.EventLinkConnected),
}
"""Facts that concern every client, whatever it has registered."""
