"""Queries: what a client may ask without changing anything (BEHAVIOUR.md 3.5)."""

from collections.abc import Callable, Mapping
from typing import Any

from tlibproto.messages import (
    EventAddressInfo,
    EventPartyInfo,
    EventSwitchInfo,
    Request,
    RequestQueryAddress,
    RequestQueryCall,
    RequestQuerySwitch,
    assemble,
)
from tlibproto.vocabulary import (
    AddressInfoType,
    CallInfoType,
    CallState,
    KVList,
    PartyState,
    SwitchInfoType,
)
from tlibsim.session import dnstatus
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
from tlibsim.session.requests.calls import given
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import Reason, RequestRefused

Info = dict[str, Any]
"""Attributes of EventAddressInfo beside those that it always has."""


def _dn_status(device: Device) -> Info:
    return {"extensions": dnstatus.status(device)}


def _queue_status(device: Device) -> Info:
    return {"extensions": KVList(dnstatus.queue_pairs(device))}


def _address_status(device: Device) -> Info:
    return {"address_info_status": dnstatus.address_status(device)}


def _agent_status(device: Device) -> Info:
    agent = device.agent
    return {
        "address_info_status": int(dnstatus.agent_status(device)),
        "agent_id": None if agent is None else agent.agent_id,
        "agent_work_mode": None if agent is None else agent.duty.work_mode,
    }


def _forwarding(device: Device) -> Info:
    forward = device.telephone.forward
    text = dnstatus.forward_text(device.telephone)
    return {
        "address_info_status": 0 if forward is None else int(forward.mode),
        "extensions": KVList((("fwd", text),)),
    }


def _message_waiting(device: Device) -> Info:
    lamp = int(device.telephone.message_waiting)
    return {"address_info_status": lamp, "extensions": KVList((("mwl", lamp),))}


def _address_type(device: Device) -> Info:
    return {"address_info_status": int(dnstatus.address_type(device))}


def _calls(device: Device) -> Info:
    """ConnID is the active call, PreviousConnID the held one."""
    held = [p.call.conn_id for p in device.parties if p.state is PartyState.Held]
    active = [p.call.conn_id for p in device.parties if p.state is not PartyState.Held]
    return {
        "address_info_status": len(device.parties),
        "conn_id": active[0] if active else None,
        "previous_conn_id": held[0] if held else None,
        "extensions": dnstatus.status(device),
    }


def _agents_in_queue(device: Device) -> Info:
    return {"address_info_status": dnstatus.agents_in(device)}


def _available_in_queue(device: Device) -> Info:
    return {"address_info_status": dnstatus.available_in(device)}


def _calls_in_queue(device: Device) -> Info:
    return {"address_info_status": dnstatus.calls_in(device)}


def _queue_logins(device: Device) -> Info:
    """Who is logged in to a queue: agent, DN and state of each; the names of the keys are ours."""
    members = () if device.acd is None else tuple(device.acd.members)
    pairs: list[tuple[str, str | int]] = [("AgentsInQueue", len(members))]
    for number, agent in enumerate(members, start=1):
        pairs.append((f"agent-{number}", agent.agent_id))
        pairs.append((f"dn-{number}", agent.device.dn))
        pairs.append((f"AgentStatus-{number}", int(agent.status)))
    return {"address_info_status": len(members), "extensions": KVList(tuple(pairs))}


ADDRESS_INFO: Mapping[int, Callable[[Device], Info]] = {
    AddressInfoType.AddressStatus: _address_status,
    AddressInfoType.MsgWaitingStatus: _message_waiting,
    AddressInfoType.CallForwardingStatus: _forwarding,
    AddressInfoType.AgentStatus: _agent_status,
    AddressInfoType.NumberOfAgentsInQueue: _agents_in_queue,
    AddressInfoType.NumberOfAvailableAgentsInQueue: _available_in_queue,
    AddressInfoType.NumberOfCallsInQueue: _calls_in_queue,
    AddressInfoType.QueueLoginAudit: _queue_logins,
    AddressInfoType.AddressType: _address_type,
    AddressInfoType.CallsQuery: _calls,
    AddressInfoType.DNStatus: _dn_status,
    AddressInfoType.QueueStatus: _queue_status,
}


def query_address(request: RequestQueryAddress, asker: Asker) -> Outcome:
    """The state of a DN or queue; the client need not have it registered."""
    device = asker.configured(request.this_dn or request.this_queue)
    kind = request.address_info_type
    if kind is None:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "AddressInfoType is missing")
    info = ADDRESS_INFO.get(kind)
    if info is None:
        raise RequestRefused(Reason.UNSUPPORTED, f"AddressInfoType {int(kind)}")
    if asker.settings.options.query_needs_registration:
        asker.registered(device.dn)
    address_type = dnstatus.address_type(device)
    fields: Info = {
        "this_dn": device.dn,
        "address_type": address_type,
        "address_info_type": kind,
        "address_info_status": int(address_type),
        "customer_id": asker.settings.customer_id,
        "reasons": None if device.agent is None else device.agent.duty.reasons,
        **info(device),
        **times(asker.now),
    }
    if request.this_queue is not None:
        fields["this_queue"] = request.this_queue
    return Outcome(answer=assemble(EventAddressInfo, fields))


def query_call(request: RequestQueryCall, asker: Asker) -> Outcome:
    """A call by its ConnID: its data, or its parties."""
    call = asker.switch.call(given(request.conn_id))
    if call is None:
        raise RequestRefused(
            Reason.INVALID_CONN_ID, f"no call has ConnID {request.conn_id:016x}"
        )
    kind = (
        CallInfoType.StatusQuery if request.call_info_type is None else request.call_info_type
    )
    extensions = CALL_INFO.get(kind)
    if extensions is None:
        raise RequestRefused(Reason.UNSUPPORTED, f"CallInfoType {int(kind)}")
    return Outcome(
        answer=EventPartyInfo(
            conn_id=call.conn_id,
            call_id=call.call_id,
            call_uuid=call.call_uuid,
            call_type=call.call_type,
            call_state=CallState.Ok,
            call_info_type=kind,
            this_dn=request.this_dn or None,
            ani=call.ani,
            dnis=call.dnis,
            user_data=call.user_data,
            extensions=extensions(call),
            customer_id=asker.settings.customer_id,
            **times(asker.now),
        )
    )


def _party_list(call: CallView) -> KVList:
    pairs: list[tuple[str, str | int]] = [("parties", len(call.parties))]
    for number, party in enumerate(call.parties, start=1):
        pairs.append((f"party-{number}", party.dn))
        pairs.append((f"role-{number}", int(party.role)))
        pairs.append((f"ps-{number}", int(party.state)))
    return KVList(tuple(pairs))


def _call_status(call: CallView) -> KVList:
    return KVList((("status", len(call.parties)),))


CALL_INFO: Mapping[int, Callable[[CallView], KVList]] = {
    CallInfoType.PartiesQuery: _party_list,
    CallInfoType.StatusQuery: _call_status,
}


def query_switch(request: RequestQuerySwitch, asker: Asker) -> Outcome:
    """Date and time of the switch (the time attributes), or its classifiers, of which it has none."""
    kind = request.switch_info_type
    extensions = None if kind is None else SWITCH_INFO.get(kind)
    if extensions is None:
        raise RequestRefused(Reason.UNSUPPORTED, f"SwitchInfoType {kind}")
    return Outcome(
        answer=EventSwitchInfo(
            location=asker.settings.switch,
            extensions=extensions or None,
            **times(asker.now),
        )
    )


SWITCH_INFO: Mapping[int, KVList] = {
    SwitchInfoType.DateTime: KVList(()),
    SwitchInfoType.ClassifierStat: KVList((("idle", 0), ("in-use", 0))),
}


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestQueryAddress: query_address,
    RequestQueryCall: query_call,
    RequestQuerySwitch: query_switch,
}
