"""The application options, with the product's names: one row each, from which all else is made.

A row is ``field: type = option(default, help, source)``.  The file says ``user-data-limit``, the
code says ``options.user_data_limit``.  ``later`` names the work that will act on an option that is
only read, checked and shown today.  BEHAVIOUR.md and RECORDING.md are the source of each row.
"""

from dataclasses import dataclass
from typing import Literal

from tlibsim.config.rows import ASSUMED, DISPUTED, option

TRANSFERS = "transfers and conferences"
SITES = "several sites"
SFB = "remote recording"
HOOKS = "hook events"
KEPT = "nothing: kept and shown as data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the switch does, option by option; the defaults are those of the specification."""

    # Events
    refid_in_copies: bool = option(
        False, "Put the ReferenceID on every client's copy of an answer.", "BEHAVIOUR.md 0.2"
    )
    emit_cause: bool = option(
        False,
        "Send Cause in EventRinging, EventPartyChanged, EventReleased.",
        "BEHAVIOUR.md 0.3",
        basis=ASSUMED,
    )
    emit_hook_events: bool = option(
        False,
        "Send EventOffHook and EventOnHook around the calls of a DN.",
        "BEHAVIOUR.md 1.2",
        basis=ASSUMED,
    )
    emit_network_reached: bool = option(
        True,
        "Send EventNetworkReached when a trunk reports progress.",
        "BEHAVIOUR.md 1.4",
        basis=ASSUMED,
    )
    releasing_party_report: bool = option(
        False,
        "Name the releasing party in the Extensions of EventReleased.",
        "BEHAVIOUR.md 1.2",
    )
    remote_release_state: bool = option(
        False,
        "CallState RemoteRelease when the outside party hangs up.",
        "BEHAVIOUR.md 1.3",
        basis=ASSUMED,
    )
    late_calltype: bool = option(
        False,
        "CallType Unknown in EventDialing, Outbound afterwards.",
        "BEHAVIOUR.md 1.4",
        basis=ASSUMED,
    )
    clear_callstate: Literal["ok", "cleared"] = option(
        "ok",
        "CallState at the other parties after RequestClearCall.",
        "BEHAVIOUR.md 1.12",
        basis=ASSUMED,
    )
    delay_ms: int = option(
        0,
        "Delay of every event, in milliseconds; not of EventACK, EventError and the like.",
        "BEHAVIOUR.md 8",
    )

    # Calls
    busy_release_delay: float = option(
        0,
        "Seconds between EventDestinationBusy and EventReleased.",
        "BEHAVIOUR.md 1.5",
        basis=ASSUMED,
    )
    invalid_dest: Literal["destbusy", "error"] = option(
        "destbusy", "Answer to a number that leads nowhere.", "BEHAVIOUR.md 1.5", basis=DISPUTED
    )
    no_answer_timeout: float = option(
        0, "Seconds that a DN rings before no-answer applies; 0: for ever.", "BEHAVIOUR.md 1.5"
    )
    no_answer_overflow: str = option(
        "", "Where a call goes that nobody answered; empty: nowhere.", "BEHAVIOUR.md 1.5"
    )
    no_answer_action: Literal["none", "notready", "logout"] = option(
        "none",
        "What happens to an agent who did not answer.",
        "BEHAVIOUR.md 1.13",
    )
    network: bool = option(
        False,
        "Take the RequestNetwork family of requests.",
        "BEHAVIOUR.md 1.20",
    )

    # Transfers and conferences
    transfer_release_order: Literal["consult-first", "main-first"] = option(
        "consult-first",
        "Order of the two EventReleased of a transfer.",
        "BEHAVIOUR.md 1.7",
        basis=ASSUMED,
    )
    release_completes_transfer: bool = option(
        False, "Releasing a call completes a transfer.", "BEHAVIOUR.md 1.7", basis=ASSUMED
    )
    blind_transfer: Literal["allow", "reject"] = option(
        "allow",
        "Completing a transfer while the target rings.",
        "BEHAVIOUR.md 1.7",
    )
    blind_established_to_held: bool = option(
        False,
        "EventEstablished to the held party when a blind transfer is answered.",
        "BEHAVIOUR.md 1.7",
    )
    mute_transfer_as_single_step: bool = option(
        False, "RequestMuteTransfer looks like a single-step transfer.", "BEHAVIOUR.md 1.7"
    )
    sst_partychanged: Literal["alerting", "answer"] = option(
        "alerting",
        "When the other party is told of a single-step transfer.",
        "BEHAVIOUR.md 1.8",
        basis=ASSUMED,
    )
    sst_failure: Literal["restore"] = option(
        "restore",
        "What a failed single-step transfer leaves behind.",
        "BEHAVIOUR.md 1.8",
        later=KEPT,
        basis=ASSUMED,
    )
    conf_requestor_partychanged: bool = option(
        False,
        "EventPartyChanged to the requestor of a conference.",
        "BEHAVIOUR.md 1.9",
        basis=DISPUTED,
    )
    ssc_partyadded: Literal["answer", "alerting"] = option(
        "answer",
        "When EventPartyAdded of a single-step conference is sent.",
        "BEHAVIOUR.md 1.10",
    )
    ssc_report_failure: bool = option(
        True,
        "EventError 232 when the new party does not answer.",
        "BEHAVIOUR.md 1.10",
        basis=ASSUMED,
    )
    drop_external_only: bool = option(
        True, "Drop a call of outside parties only.", "BEHAVIOUR.md 1.11", basis=ASSUMED
    )

    # Queues, routing
    queue_select: Literal["longest-idle", "linear", "scripted"] = option(
        "longest-idle", "How a queue chooses an agent.", "BEHAVIOUR.md 1.13", basis=ASSUMED
    )
    acd_ring_timeout: float = option(
        0,
        "Seconds that a call of a queue rings at an agent; 0: for ever.",
        "BEHAVIOUR.md 1.13",
        basis=ASSUMED,
    )
    rp_queue_events: bool = option(
        True,
        "EventQueued and EventDiverted at a routing point.",
        "BEHAVIOUR.md 1.14",
        basis=DISPUTED,
    )
    divert_on_ringing: bool = option(
        True,
        "EventRouteUsed when the target rings; false: when it answers.",
        "BEHAVIOUR.md 1.14",
    )
    after_routing_timeout: float = option(
        0,
        "Seconds that a routed call may ring unanswered; 0: off.",
        "BEHAVIOUR.md 1.14",
    )
    after_routing_timeout_action: Literal["none", "notready", "logout"] = option(
        "none",
        "What happens to the agent after after-routing-timeout.",
        "BEHAVIOUR.md 1.14",
    )
    router_timeout: float = option(
        10, "Seconds that a call waits for a router.", "BEHAVIOUR.md 1.14"
    )
    default_dn: str = option("", "Where a call goes that no router took.", "BEHAVIOUR.md 1.14")

    # Forwarding, do-not-disturb
    forwarded_callstate: bool = option(
        False,
        "CallState Forwarded in EventRinging of a forwarded call.",
        "BEHAVIOUR.md 1.17",
        basis=ASSUMED,
    )
    same_state: Literal["ok", "error"] = option(
        "ok", "Setting what is set already.", "BEHAVIOUR.md 1.17", basis=ASSUMED
    )

    # Supervision
    default_monitor_mode: Literal["mute", "normal", "connect", "coach"] = option(
        "mute", "How a supervisor joins.", "BEHAVIOUR.md 1.18"
    )
    default_monitor_scope: Literal["call", "agent"] = option(
        "call", "How long a supervisor stays.", "BEHAVIOUR.md 1.18"
    )
    intrusion_enabled: bool = option(
        True,
        "A supervisor joins a running call at once.",
        "BEHAVIOUR.md 1.18",
    )
    monitor_internal_calls: bool = option(
        True, "Internal calls are supervised too.", "BEHAVIOUR.md 1.18"
    )
    monitor_consult_calls: Literal["none", "dest", "orig", "all"] = option(
        "none",
        "Which consultation calls are supervised.",
        "BEHAVIOUR.md 1.18",
    )
    sip_enable_call_info: bool = option(
        False,
        "Report the participants of a supervised call.",
        "BEHAVIOUR.md 1.18",
    )
    sip_enable_two_party_mute: bool = option(
        False, "Mute works without a conference.", "BEHAVIOUR.md 1.19"
    )

    # Agents
    wrap_up_time: int | Literal["untimed"] = option(
        0,
        "Seconds of after-call work; 0: none.",
        "BEHAVIOUR.md 2.2",
    )
    untimed_wrap_up_value: int = option(
        1000,
        "The wrap-up time that means untimed.",
        "BEHAVIOUR.md 2.2",
    )
    acw_order: Literal["before-release", "after-release"] = option(
        "before-release",
        "After-call work is told before or after EventReleased.",
        "BEHAVIOUR.md 2.2",
        basis=DISPUTED,
    )
    timed_acw_in_idle: bool = option(
        False,
        "Asking for after-call work when idle starts the timer.",
        "BEHAVIOUR.md 2.2",
    )
    acw_in_idle_force_ready: bool = option(
        False,
        "Ready after such after-call work.",
        "BEHAVIOUR.md 2.2",
    )
    business_call_types: tuple[str, ...] = option(
        ("inbound-queue", "predictive"),
        "Calls that are followed by after-call work.",
        "BEHAVIOUR.md 2.2",
        basis=ASSUMED,
    )
    legal_guard_time: int = option(
        0,
        "Seconds of rest after a call.",
        "BEHAVIOUR.md 2.2",
    )
    agent_logout_on_unreg: Literal["false", "true", "emu-only"] = option(
        "false",
        "Log an agent out with the client that logged it in.",
        "BEHAVIOUR.md 2.3",
    )
    auto_logout_timeout: int = option(
        0,
        "Minutes until an idle agent is logged out; 0: never.",
        "BEHAVIOUR.md 2.3",
    )
    auto_logout_ready: bool = option(
        False,
        "The time of auto-logout-timeout runs for ready agents too.",
        "BEHAVIOUR.md 2.3",
    )
    logout_on_out_of_service: bool = option(
        False,
        "Log an agent out when the DN goes out of service.",
        "BEHAVIOUR.md 2.3",
    )
    agent_strict_id: Literal["false", "true", "passwd"] = option(
        "false",
        "Which agent logins are checked.",
        "BEHAVIOUR.md 2.4",
    )
    agent_emu_login_on_call: bool = option(
        False,
        "Login and logout are possible during a call.",
        "BEHAVIOUR.md 2.4",
    )
    relogin: Literal["error", "replace"] = option(
        "error", "A login at a DN that has another agent.", "BEHAVIOUR.md 2.4", basis=DISPUTED
    )
    max_agents: int = option(
        0,
        "Agents that may be logged in; 0: any number.",
        "BEHAVIOUR.md 6",
    )

    # Clients and registration
    max_clients: int = option(
        0, "Clients that may be connected; 0: any number.", "BEHAVIOUR.md 6"
    )
    accept_unknown_dn: bool = option(
        False, "A DN that is not configured may be registered.", "BEHAVIOUR.md 3.1"
    )
    query_needs_registration: bool = option(
        False,
        "A query is answered only for a registered DN.",
        "BEHAVIOUR.md 3.5",
        basis=ASSUMED,
    )
    isl_keep_calluuid: bool = option(
        False, "A call keeps its CallUUID across sites.", "BEHAVIOUR.md 3.7", basis=DISPUTED
    )
    isl_connid: Literal["propagate", "new"] = option(
        "propagate",
        "The ConnID of a call at the next site.",
        "BEHAVIOUR.md 3.7",
        basis=DISPUTED,
    )
    isl_leg_timeout: float = option(
        30,
        "Seconds that calls to another switch outlive the link to it; 0: for ever.",
        "BEHAVIOUR.md 3.7",
        basis=ASSUMED,
    )

    # User data
    user_data_limit: int = option(
        16000, "Packed bytes of user data per call; 0: no limit.", "BEHAVIOUR.md 4.1"
    )
    attach_existing: Literal["append", "replace"] = option(
        "append", "Attaching a key that exists.", "BEHAVIOUR.md 4.2"
    )
    delete_missing: Literal["event", "error"] = option(
        "event", "Deleting a key that does not exist.", "BEHAVIOUR.md 4.2", basis=ASSUMED
    )
    userdata_any_dn: bool = option(
        False,
        "Any registered DN may change the data of any call.",
        "BEHAVIOUR.md 4.3",
        basis=ASSUMED,
    )
    consult_user_data: Literal["separate", "inherited", "joint"] = option(
        "separate", "User data of a consultation call.", "BEHAVIOUR.md 4.5"
    )
    merged_user_data: Literal[
        "main-only", "consult-only", "merged-over-main", "merged-over-consult"
    ] = option(
        "main-only",
        "User data of two calls that become one.",
        "BEHAVIOUR.md 4.5",
    )
    merge_adc: bool = option(
        False,
        "EventAttachedDataChanged besides EventPartyChanged.",
        "BEHAVIOUR.md 4.6",
        later=TRANSFERS,
        basis=ASSUMED,
    )

    # Logs
    log_version: str = option(
        "8.1.102.65", "The version in the lines of the log.", "BEHAVIOUR.md 7"
    )
    diff_ignore: tuple[str, ...] = option(
        (
            "EventSequenceNumber",
            "TimeStamp",
            "TimeinSecs",
            "TimeinuSecs",
            "Server",
            "NetworkNodeID",
            "CustomerID",
        ),
        "Attributes that a comparison of logs skips.",
        "BEHAVIOUR.md 7",
    )

    # Recording, what starts it
    msml_support: bool = option(
        False, "The switch has media services.", "RECORDING.md 12.5", later=KEPT
    )
    msml_record_support: bool = option(
        False, "The switch records; false: a start is refused with 118.", "RECORDING.md 3.3"
    )
    routecall_record_rule: Literal["source-is-customer", "source-is-agent"] = option(
        "source-is-customer",
        "Whom record=source in RequestRouteCall means.",
        "RECORDING.md 3.2",
        basis=DISPUTED,
    )
    nonparty_target: Literal["internal", "error"] = option(
        "internal",
        "A start by a DN that is not on the call.",
        "RECORDING.md 3.3",
        basis=ASSUMED,
    )
    integer_extension: Literal["reject", "coerce", "drop-clients"] = option(
        "reject", "A start with an integer in its Extensions.", "RECORDING.md 3.3"
    )
    params_split: bool = option(
        False, "Split params=a=b;c=d into parameters.", "RECORDING.md 3.3", basis=ASSUMED
    )
    busy_code: int = option(
        42,
        "The error code of a start while a recording runs.",
        "RECORDING.md 3.3",
        basis=ASSUMED,
    )
    allow_multiple_sessions: bool = option(
        False,
        "A call may have several recordings at a time.",
        "RECORDING.md 3.4",
        basis=DISPUTED,
    )
    fulltime_after_stop: Literal["off", "restart"] = option(
        "off",
        "What follows a STOP of a full-time recording.",
        "RECORDING.md 3.4",
        basis=ASSUMED,
    )
    max_recordings: int = option(0, "Recordings at a time; 0: any number.", "RECORDING.md 3.3")
    record_consult_calls: bool = option(
        False, "Consultation calls are recorded.", "RECORDING.md 3.5", basis=ASSUMED
    )
    prerecord: bool = option(
        False,
        "Recording runs before it is asked for.",
        "RECORDING.md 3.7",
    )
    prerecord_grace: int = option(
        30,
        "Seconds after the call in which a start is accepted.",
        "RECORDING.md 3.7",
        basis=ASSUMED,
    )
    emergency_recording_filename: str = option(
        "",
        "Name pattern of an emergency recording.",
        "RECORDING.md 3.6",
    )
    emergency_fn_key: str = option(
        "GSIP_REC_FN",
        "User-data key for the name of an emergency recording.",
        "RECORDING.md 3.6",
        basis=ASSUMED,
    )

    # Recording, what is told
    recording_filename: str = option(
        "", "Name pattern; empty: no GSIP_REC_FN.", "RECORDING.md 8.1"
    )
    filename_date_format: str = option(
        "%Y-%m-%d", "How $DATE$ is written (strftime).", "RECORDING.md 8.1", basis=ASSUMED
    )
    filename_time_format: str = option(
        "%H-%M-%S", "How $TIME$ is written (strftime).", "RECORDING.md 8.1", basis=ASSUMED
    )
    clamp_dtmf_allowed: bool = option(
        False, "Keys are not heard in a recorded conference; shown only.", "RECORDING.md 7"
    )
    dr_forward: Literal["off", "no-agent", "oos"] = option(
        "off", "Business Continuity; accepted, without effect.", "RECORDING.md 12.1"
    )
    gsip_record: bool = option(
        True, "GSIP_RECORD and GSIP_REC_FN are told at all.", "RECORDING.md 12.4"
    )
    gsip_record_case: Literal["title", "upper"] = option(
        "title", "GSIP_RECORD is On or ON.", "RECORDING.md 4", basis=DISPUTED
    )
    rec_keys_together: bool = option(
        True, "GSIP_RECORD and GSIP_REC_FN come in one change.", "RECORDING.md 4", basis=ASSUMED
    )
    record_on_confirm: Literal["media-server", "recorder"] = option(
        "media-server", "Whose word turns GSIP_RECORD On.", "RECORDING.md 4", basis=ASSUMED
    )
    off_on_release: bool = option(
        False,
        "GSIP_RECORD becomes Off also when the call ends.",
        "RECORDING.md 4",
        basis=ASSUMED,
    )
    recording_private_info: Literal["off", "requestor", "dn"] = option(
        "off", "EventPrivateInfo after a recording request.", "RECORDING.md 3.3", basis=ASSUMED
    )
    video_indication: bool = option(
        False, "Tell the state of video recording too.", "RECORDING.md 6", basis=ASSUMED
    )

    # Recording, control and course
    idempotent_control: bool = option(
        False, "Pausing what is paused is acknowledged.", "RECORDING.md 5", basis=ASSUMED
    )
    pause_gap: Literal["silence", "cut"] = option(
        "silence", "What a pause leaves in the file.", "RECORDING.md 5"
    )
    record_moh: bool = option(
        True, "Recording goes on while the call is held.", "RECORDING.md 5"
    )
    record_after_merge: bool = option(
        True, "Recording goes on after a merge.", "RECORDING.md 5", basis=ASSUMED
    )
    on_recorddn_leave: Literal["continue", "restart"] = option(
        "continue",
        "The recorded party leaves, another one to be recorded stays.",
        "RECORDING.md 7",
        basis=ASSUMED,
    )
    termination_side_transfer: Literal["end", "keep"] = option(
        "end",
        "A transfer of a call recorded at its terminating side.",
        "RECORDING.md 7",
        basis=DISPUTED,
    )
    oosp_transfer_enabled: bool = option(
        False,
        "A transfer out of the site takes the switch out of the path.",
        "RECORDING.md 7",
    )
    local_file: bool = option(True, "The built-in recorder writes a file.", "RECORDING.md 8")

    # Recording, recorders
    recorder_mode: Literal["internal", "sip", "both"] = option(
        "internal",
        "Who records: the built-in recorder, SIP recorders, both.",
        "RECORDING.md 1.2",
    )
    recorder_lb: Literal["round-robin", "least-used", "parallel-fork"] = option(
        "round-robin", "How a recorder is chosen.", "RECORDING.md 12.3"
    )
    max_ports: int = option(
        0,
        "Media ports of the recorder side, two a call; 0: any number.",
        "MEDIA.md 2",
    )
    dup_fail: Literal["all", "any"] = option(
        "all",
        "How many of two destinations must fail before GSIP_RECORD is Off.",
        "RECORDING.md 6",
        basis=ASSUMED,
    )
    dup_id_suffix: str = option(
        "-2",
        "What the identifier at the second destination ends with.",
        "RECORDING.md 8",
        basis=ASSUMED,
    )
    mcp_failover_report: bool = option(
        False, "Off and On when a media server is replaced.", "RECORDING.md 6"
    )
    msml_content_type: str = option(
        "application/vnd.radisys.msml+xml",
        "Content type of MSML in the trace; which one the product sends is not public.",
        "MEDIA.md 6",
        basis=ASSUMED,
    )
    resource_management_by_rm: bool = option(
        True, "The resource manager chooses the recorder.", "RECORDING.md 12.5"
    )
    reject_recording_request_on_geo_location_nomatch: bool = option(
        True, "Refuse a recording whose location nobody serves.", "RECORDING.md 6"
    )
    overflow_location_map: str = option("", "Locations to use instead.", "RECORDING.md 8.2")
    strict_location: bool = option(
        False,
        "No other location than the one asked for, but for overflow.",
        "RECORDING.md 8.2",
    )
    tone_missing: Literal["default", "none"] = option(
        "default",
        "What audiosrc without tonesilenceduration is: 30000 ms or no tone.",
        "RECORDING.md 8.3",
        basis=DISPUTED,
    )
    record_recorddnhearstone: bool = option(
        True,
        "The recorded party hears the tone.",
        "RECORDING.md 8.3",
        name="record_recorddnhearstone",
    )
    record_otherdnhearstone: bool = option(
        True,
        "The other party hears the tone.",
        "RECORDING.md 8.3",
        name="record_otherdnhearstone",
    )
    record_chan1source: Literal["recorddnsays", "otherdnhears"] = option(
        "recorddnsays",
        "What channel 1 of the recording holds.",
        "RECORDING.md 8.3",
        name="record_chan1source",
    )
    record_chan2source: Literal[
        "otherdnsays", "recorddnhears", "recorddnsays", "otherdnhears"
    ] = option(
        "recorddnhears",
        "What channel 2 of the recording holds.",
        "RECORDING.md 8.3",
        name="record_chan2source",
    )
    screen_indication_key: str = option(
        "screen-capture",
        "The key in which a recorder tells of screen capture.",
        "RECORDING.md 10",
        basis=DISPUTED,
    )
    userevent_echo: bool = option(
        True, "The sender gets its own user event.", "RECORDING.md 10", basis=ASSUMED
    )

    # Of other products, known by name
    recordingclient_recmediactl: Literal["1", "2"] = option(
        "2",
        "Recording sessions per call: 1 for both parties, 2 one each.",
        "RECORDING.md 8",
        name="recordingclient.recmediactl",
    )
    recordingclient_recdest: str = option(
        "",
        "The recorder of the profile.",
        "RECORDING.md 12.5",
        name="recordingclient.recdest",
    )
    recordingclient_recdest2: str = option(
        "",
        "The second recorder of the profile.",
        "RECORDING.md 8",
        name="recordingclient.recdest2",
    )
    recordingclient_audiosrc: str = option(
        "",
        "The audio tone of the profile.",
        "RECORDING.md 8.3",
        name="recordingclient.audiosrc",
    )
    recordingclient_tonesilenceduration: str = option(
        "",
        "Milliseconds between two tones of the profile.",
        "RECORDING.md 8.3",
        name="recordingclient.tonesilenceduration",
    )
    port_capacity: int = option(
        0, "Ports of a recorder that names none; 0: any number.", "RECORDING.md 12.3"
    )
    recording_server: str = option(
        "", "The address of a recorder, one of the pool like others.", "RECORDING.md 12.5"
    )
    redundancy_type: str = option(
        "", "How recorders stand in.", "RECORDING.md 12.5", later=KEPT
    )
    mpc_copyheaders: str = option(
        "",
        "SIP headers that are copied.",
        "RECORDING.md 12.5",
        name="mpc.copyheaders",
        later=KEPT,
    )
    sip_routeset: str = option(
        "",
        "Routes towards recorders with sip: addresses, with commas between them.",
        "RECORDING.md 12.5",
        name="sip.routeset",
    )
    sip_securerouteset: str = option(
        "",
        "Routes towards recorders with sips: addresses, with commas between them.",
        "RECORDING.md 12.5",
        name="sip.securerouteset",
    )
    rtp_multichantimeout: int = option(
        0,
        "Milliseconds without RTCP after which a recording is split in segments; 0: never.",
        "RECORDING.md 6",
        name="rtp.multichantimeout",
    )
    vrrecorder_enable: bool = option(
        False,
        "Voice recorder of the media server.",
        "RECORDING.md 12.5",
        name="vrrecorder.enable",
        later=KEPT,
    )
