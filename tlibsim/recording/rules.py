"""The options that recording obeys, by their product names, and what it may ask about DNs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Protocol

from tlibproto.vocabulary import ConnId
from tlibsim.config import (
    AgentSettings,
    DnOptions,
    DnSettings,
    DnType,
    Options,
    RemoteRecording,
)
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import CallView, PartyView

HISTORY = 1000
"""How many sessions that are over can still be inspected."""

_REMOTE = RemoteRecording()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRules:
    """Fields are options of the same name, but for those of ``_OF_THE_SERVER``."""

    msml_record_support: bool = False
    routecall_record_rule: Literal["source-is-customer", "source-is-agent"] = (
        "source-is-customer"
    )
    nonparty_target: Literal["internal", "error"] = "internal"
    integer_extension: Literal["reject", "coerce", "drop-clients"] = "reject"
    params_split: bool = False
    allow_multiple_sessions: bool = False
    fulltime_after_stop: Literal["off", "restart"] = "off"
    max_recordings: int = 0
    record_consult_calls: bool = False
    prerecord: bool = False
    prerecord_grace: int = 30
    recording_filename: str = ""
    emergency_recording_filename: str = ""
    emergency_fn_key: str = "GSIP_REC_FN"
    filename_date_format: str = "%Y-%m-%d"
    filename_time_format: str = "%H-%M-%S"
    gsip_record: bool = True
    gsip_record_case: Literal["title", "upper"] = "title"
    rec_keys_together: bool = True
    record_on_confirm: Literal["media-server", "recorder"] = "media-server"
    off_on_release: bool = False
    recording_private_info: Literal["off", "requestor", "dn"] = "off"
    video_indication: bool = False
    idempotent_control: bool = False
    record_moh: bool = True
    record_after_merge: bool = True
    on_recorddn_leave: Literal["continue", "restart"] = "continue"
    termination_side_transfer: Literal["end", "keep"] = "end"
    oosp_transfer_enabled: bool = False
    clamp_dtmf_allowed: bool = False
    dr_forward: Literal["off", "no-agent", "oos"] = "off"
    dup_fail: Literal["all", "any"] = "all"
    dup_id_suffix: str = "-2"
    mcp_failover_report: bool = False
    resource_management_by_rm: bool = True
    reject_recording_request_on_geo_location_nomatch: bool = True
    overflow_location_map: str = ""
    strict_location: bool = False
    tone_missing: Literal["default", "none"] = "default"
    record_recorddnhearstone: bool = True
    record_otherdnhearstone: bool = True
    record_chan1source: Literal["recorddnsays", "otherdnhears"] = "recorddnsays"
    record_chan2source: Literal[
        "otherdnsays", "recorddnhears", "recorddnsays", "otherdnhears"
    ] = "recorddnhears"
    recordingclient_recmediactl: Literal["1", "2"] = "2"
    recordingclient_recdest: str = ""
    recordingclient_recdest2: str = ""
    recordingclient_audiosrc: str = ""
    recordingclient_tonesilenceduration: str = ""
    switch: str = ""
    customer_id: str = ""
    profile: Literal["sip-server", "sfb"] = "sip-server"
    remote: RemoteRecording = _REMOTE
    history: int = HISTORY

    @classmethod
    def from_options(
        cls,
        options: Options,
        *,
        switch: str = "",
        customer_id: str = "",
        profile: Literal["sip-server", "sfb"] = "sip-server",
        remote: RemoteRecording = _REMOTE,
        history: int = HISTORY,
    ) -> "RecordingRules":
        """The rules that the application options ask for.

        ``switch`` and ``customer_id`` are for file names, ``history`` is a number of sessions,
        ``remote`` the section of the profile sfb.
        """
        given = {name: getattr(options, name) for name in OPTION_NAMES}
        return cls(
            switch=switch,
            customer_id=customer_id,
            profile=profile,
            remote=remote,
            history=history,
            **given,
        )


@dataclass(slots=True)
class RulesInForce:
    """The rules that count now.  Whoever keeps this goes by a new configuration as well."""

    value: RecordingRules


_OF_THE_SERVER = frozenset({"switch", "customer_id", "profile", "remote", "history"})

OPTION_NAMES = tuple(f.name for f in fields(RecordingRules) if f.name not in _OF_THE_SERVER)
"""The application options that are read here."""


class CallsView(Protocol):
    """What the desk may look at: the calls, and what the configuration says of a DN.

    ``afterwards`` are calls that are over and may be asked to be recorded all the same: the
    desk fills it (RECORDING.md 3.7).
    """

    afterwards: set[ConnId]

    def call(self, conn_id: ConnId) -> CallView | None:
        """The call as it is now, or None."""

    def place(self, dn: str) -> DnOptions | None:
        """The options of a configured DN or trunk, or None."""

    def records(self, party: PartyView) -> bool:
        """Whether ``record=true`` is set for the DN, the agent or the trunk of this party."""

    def will_record(self, dn: str) -> bool:
        """Whether ``record=true`` is set for a DN or for the agent who is logged in there."""

    def has_video(self, party: PartyView) -> bool:
        """Whether the party sends pictures (option ``video`` of its DN or trunk)."""

    def recordable(self, dn: str) -> bool:
        """Whether a recording may be asked for with this ThisDN (RECORDING.md 12.2)."""

    def link_up(self) -> bool:
        """Whether the switch can be asked to do anything."""

    def media_services(self) -> tuple[str, ...]:
        """VoIP services with ``service-type=msml`` that are enabled and in service."""

    def recorded_trunks(self) -> tuple[str, ...]:
        """Trunks with ``record=true``."""

    def locations(self) -> frozenset[str]:
        """The places of media services and recorders; those without one do not count."""


class CallSource(Protocol):
    """Whoever knows the calls; the switch does."""

    link_up: bool

    def call(self, conn_id: ConnId) -> CallView | None: ...

    def device(self, dn: str) -> Device | None: ...


_TRUNK_SIDE = frozenset({DnType.TRUNK})


class ConfiguredCalls:
    """CallsView over the switch and the configuration.  Full-time rule: RECORDING.md 3.1."""

    __slots__ = (
        "_agents",
        "_calls",
        "_dns",
        "_elsewhere",
        "_locations",
        "_media_services",
        "afterwards",
    )

    def __init__(
        self,
        calls: CallSource,
        *,
        dns: Mapping[str, DnSettings],
        agents: Mapping[str, AgentSettings],
        locations: frozenset[str] = frozenset(),
    ) -> None:
        """``locations`` are places of recorders that are configured elsewhere."""
        self.afterwards: set[ConnId] = set()
        self._calls = calls
        self._elsewhere = locations
        self.reconfigure(dns=dns, agents=agents)

    def reconfigure(
        self, *, dns: Mapping[str, DnSettings], agents: Mapping[str, AgentSettings]
    ) -> None:
        """Other DNs and agents from now on."""
        self._dns = dns
        self._agents = agents
        services = [dn for dn in dns.values() if dn.type is DnType.VOIP_SERVICE]
        self._media_services = tuple(
            dn.dn for dn in services if dn.enabled and dn.options.service_type == "msml"
        )
        here = (
            dn.options.geo_location
            for dn in services
            if dn.enabled and dn.options.service_type in {"msml", "recorder"}
        )
        self._locations = frozenset(place for place in here if place) | self._elsewhere

    def call(self, conn_id: ConnId) -> CallView | None:
        return self._calls.call(conn_id)

    def place(self, dn: str) -> DnOptions | None:
        found = self._dns.get(dn)
        return None if found is None else found.options

    def records(self, party: PartyView) -> bool:
        """Any ``record=true`` wins: of the trunk outside, of the DN or the agent inside.

        A trunk that leads to an IVR is not recorded (RECORDING.md 12.2).
        """
        options = self.place(party.trunk or party.dn)
        if options is not None and options.record:
            return not (party.outside and options.ivr)
        return self._login_records(party.agent_id)

    def will_record(self, dn: str) -> bool:
        place = self._dns.get(dn)
        if place is None or place.type in _TRUNK_SIDE:
            return False
        device = self._calls.device(dn)
        agent = None if device is None else device.agent
        login = None if agent is None else agent.agent_id
        return place.options.record or self._login_records(login)

    def _login_records(self, login: str | None) -> bool:
        agent = None if login is None else self._agents.get(login)
        return agent is not None and agent.record

    def has_video(self, party: PartyView) -> bool:
        options = self.place(party.trunk or party.dn)
        return options is not None and options.video

    def recordable(self, dn: str) -> bool:
        place = self._dns.get(dn)
        return place is None or place.type is not DnType.VOIP_SERVICE

    def link_up(self) -> bool:
        return self._calls.link_up

    def media_services(self) -> tuple[str, ...]:
        return tuple(dn for dn in self._media_services if self._in_service(dn))

    def _in_service(self, dn: str) -> bool:
        device = self._calls.device(dn)
        return device is None or device.telephone.in_service

    def recorded_trunks(self) -> tuple[str, ...]:
        trunks = (dn for dn in self._dns.values() if dn.type is DnType.TRUNK)
        return tuple(dn.dn for dn in trunks if dn.options.record)

    def has_media_service(self) -> bool:
        """Whether there is any such service."""
        return bool(self.media_services())

    def locations(self) -> frozenset[str]:
        return self._locations
