"""The attributes that every event can carry (messages.yml, event_common), and their base."""

from tlibproto.messages import fields
from tlibproto.messages.base import Message, wire_message


@wire_message
class EventAttributes(Message):
    """The attributes of an event: of one that is sent, or of one that a request encloses."""

    error_message: fields.ErrorMessage = None
    call_id: fields.CallID = None
    network_call_id: fields.NetworkCallID = None
    network_node_id: fields.NetworkNodeID = None
    transferred_network_call_id: fields.TransferredNetworkCallID = None
    transferred_network_node_id: fields.TransferredNetworkNodeID = None
    conn_id: fields.ConnID = None
    previous_conn_id: fields.PreviousConnID = None
    transfer_conn_id: fields.TransferConnID = None
    call_state: fields.CallState = None
    agent_id: fields.AgentID = None
    agent_work_mode: fields.AgentWorkMode = None
    reasons: fields.Reasons = None
    dnis: fields.DNIS = None
    ani: fields.ANI = None
    this_dn: fields.ThisDN = None
    this_queue: fields.ThisQueue = None
    this_trunk: fields.ThisTrunk = None
    this_dn_role: fields.ThisDNRole = None
    other_dn: fields.OtherDN = None
    other_queue: fields.OtherQueue = None
    other_trunk: fields.OtherTrunk = None
    other_dn_role: fields.OtherDNRole = None
    third_party_dn: fields.ThirdPartyDN = None
    third_party_queue: fields.ThirdPartyQueue = None
    third_party_trunk: fields.ThirdPartyTrunk = None
    third_party_dn_role: fields.ThirdPartyDNRole = None
    file_handle: fields.FileHandle = None
    timeout: fields.Timeout = None
    collected_digits: fields.CollectedDigits = None
    last_collected_digit: fields.LastCollectedDigit = None
    error_code: fields.ErrorCode = None
    address_type: fields.AddressType = None
    user_data: fields.UserData = None
    extensions: fields.Extensions = None
    call_type: fields.CallType = None
    address_info_type: fields.AddressInfoType = None
    address_info_status: fields.AddressInfoStatus = None
    user_event: fields.UserEvent = None
    route_type: fields.RouteType = None
    server_version: fields.ServerVersion = None
    server_role: fields.ServerRole = None
    capabilities: fields.Capabilities = None
    application_name: fields.ApplicationName = None
    forward_mode: fields.ForwardMode = None
    location: fields.Location = None
    remote_dn: fields.RemoteDN = None
    make_call_type: fields.MakeCallType = None
    call_info_type: fields.CallInfoType = None
    home_location: fields.HomeLocation = None
    customer_id: fields.CustomerID = None
    first_transfer_home_location: fields.FirstTransferHomeLocation = None
    first_transfer_orig_dn: fields.FirstTransferOrigDN = None
    last_transfer_home_location: fields.LastTransferHomeLocation = None
    last_transfer_orig_dn: fields.LastTransferOrigDN = None
    treatment_type: fields.TreatmentType = None
    treatment_parameters: fields.TreatmentParameters = None
    timein_secs: fields.TimeinSecs = None
    timein_usecs: fields.TimeinuSecs = None
    access_number: fields.AccessNumber = None
    x_reference_id: fields.XReferenceID = None
    place: fields.Place = None
    registration_code: fields.RegistrationCode = None
    media_type: fields.MediaType = None
    location_info_type: fields.LocationInfoType = None
    monitor_next_call_type: fields.MonitorNextCallType = None
    client_id: fields.ClientID = None
    private_msg_id: fields.PrivateMsgID = None
    first_transfer_conn_id: fields.FirstTransferConnID = None
    last_transfer_conn_id: fields.LastTransferConnID = None
    session_id: fields.SessionID = None
    cause: fields.Cause = None
    reliability: fields.Reliability = None
    server_x_capabilities: fields.ServerXCapabilities = None
    network_call_state: fields.NetworkCallState = None
    network_dest_state: fields.NetworkDestState = None
    network_party_role: fields.NetworkPartyRole = None
    network_orig_dn: fields.NetworkOrigDN = None
    network_dest_dn: fields.NetworkDestDN = None
    call_uuid: fields.CallUuid = None
    new_call_uuid: fields.NewCallUuid = None
    original_call_uuid: fields.OriginalCallUuid = None
    ref_call_uuid: fields.RefCallUuid = None
    party_uuid: fields.PartyUuid = None
    server_start_time: fields.ServerStartTime = None
    event_sequence_number: fields.EventSequenceNumber = None
    subscription_id: fields.SubscriptionID = None
    local_call_type: fields.LocalCallType = None
    propagated_call_type: fields.PropagatedCallType = None


class Event(EventAttributes):
    """A message that the server sends.  A decoded event may lack anything."""
