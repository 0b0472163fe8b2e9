"""The options that recording obeys, by their product names, and what it may ask about DNs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Protocol

from tlibproto.vocabulary import ConnId
from tlibsim.config import AgentSettings, DnSettings, DnType, Options
from tlibsim.switch.facts import CallView, PartyView

HISTORY = 1000
"""How many sessions that are over can still be inspected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRules:
    """Fields are options of the same name, but for those of ``_OF_THE_SERVER``."""

    msml_record_support: bool = False
    nonparty_target: Literal["internal", "error"] = "internal"
    integer_extension: Literal["reject", "coerce", "drop-clients"] = "reject"
    params_split: bool = False
    allow_multiple_sessions: bool = False
    fulltime_after_stop: Literal["off", "restart"] = "off"
    max_recordings: int = 0
    record_consult_calls: bool = False
    recording_filename: str = ""
    filename_date_format: str = "%Y-%m-%d"
    filename_time_format: str = "%H-%M-%S"
    gsip_record_case: Literal["title", "upper"] = "title"
    rec_keys_together: bool = True
    record_on_confirm: Literal["media-server", "recorder"] = "media-server"
    off_on_release: bool = False
    idempotent_control: bool = False
    record_moh: bool = True
    on_recorddn_leave: Literal["continue", "restart"] = "continue"
    video_indication: bool = False
    dup_fail: Literal["all", "any"] = "all"
    dup_id_suffix: str = "-2"
    recordingclient_recmediactl: Literal["1", "2"] = "2"
    recordingclient_recdest: str = ""
    recordingclient_recdest2: str = ""
    switch: str = ""
    customer_id: str = ""
    history: int = HISTORY

    @classmethod
    def from_options(
        cls,
        options: Options,
        *,
        switch: str = "",
        customer_id: str = "",
        history: int = HISTORY,
    ) -> "RecordingRules":
        """The rules that the application options ask for.

        ``switch`` and ``customer_id`` are for file names, ``history`` is a number of sessions.
        """
        given = {name: getattr(options, name) for name in OPTION_NAMES}
        return cls(switch=switch, customer_id=customer_id, history=history, **given)


_OF_THE_SERVER = frozenset({"switch", "customer_id", "history"})

OPTION_NAMES = tuple(f.name for f in fields(RecordingRules) if f.name not in _OF_THE_SERVER)
"""The application options that are read here."""


class CallsView(Protocol):
    """What the desk may look at: the calls, and what the configuration says of a DN."""

    def call(self, conn_id: ConnId) -> CallView | None:
        """The call as it is now, or None."""

    def records(self, party: PartyView) -> bool:
        """Whether ``record=true`` is set for the DN, the agent or the trunk of this party."""

    def has_video(self, party: PartyView) -> bool:
        """Whether the party sends pictures (option ``video`` of its DN or trunk)."""

    def recordable(self, dn: str) -> bool:
        """Whether a recording may be asked for with this ThisDN (RECORDING.md 12.2)."""

    def has_media_service(self) -> bool:
        """Whether an enabled VoIP service with ``service-type=msml`` is configured."""


class CallSource(Protocol):
    """Whoever knows the calls; the switch does."""

    def call(self, conn_id: ConnId) -> CallView | None: ...


class ConfiguredCalls:
    """CallsView over the switch and the configuration.  Full-time rule: RECORDING.md 3.1."""

    __slots__ = ("_agents", "_calls", "_dns", "_media_service")

    def __init__(
        self,
        calls: CallSource,
        *,
        dns: Mapping[str, DnSettings],
        agents: Mapping[str, AgentSettings],
    ) -> None:
        self._calls = calls
        self._dns = dns
        self._agents = agents
        self._media_service = any(
            dn.type is DnType.VOIP_SERVICE and dn.enabled and dn.options.service_type == "msml"
            for dn in dns.values()
        )

    def call(self, conn_id: ConnId) -> CallView | None:
        return self._calls.call(conn_id)

    def records(self, party: PartyView) -> bool:
        """Any ``record=true`` wins: of the trunk outside, of the DN or the agent inside."""
        place = self._dns.get(party.trunk or party.dn)
        if place is not None and place.options.record:
            return True
        agent = None if party.agent_id is None else self._agents.get(party.agent_id)
        return agent is not None and agent.record

    def has_video(self, party: PartyView) -> bool:
        place = self._dns.get(party.trunk or party.dn)
        return place is not None and place.options.video

    def recordable(self, dn: str) -> bool:
        place = self._dns.get(dn)
        return place is None or place.type is not DnType.VOIP_SERVICE

    def has_media_service(self) -> bool:
        return self._media_service
