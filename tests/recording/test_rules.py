"""The options of recording, and what the configuration says of DNs (RECORDING.md 3.1, 12.2)."""

from dataclasses import fields, replace

from tests.recording.studio import Studio, bed, party
from tlibproto.vocabulary import ConnId
from tlibsim.config import AgentSettings, DnOptions, DnSettings, DnType, Options
from tlibsim.recording.rules import OPTION_NAMES, ConfiguredCalls, RecordingRules

RECORD = DnOptions(record=True)


def configured(*dns: DnSettings, agents: tuple[AgentSettings, ...] = ()) -> ConfiguredCalls:
    return ConfiguredCalls(
        Studio().switch,
        dns={one.dn: one for one in dns},
        agents={one.login: one for one in agents},
    )


def test_the_rules_are_the_options_of_the_same_name() -> None:
    options = Options(record_moh=False, max_recordings=7, recording_filename="$UUID$")

    rules = RecordingRules.from_options(options, switch="S", customer_id="C", history=3)

    assert (rules.record_moh, rules.max_recordings, rules.recording_filename) == (
        False,
        7,
        "$UUID$",
    )
    assert (rules.switch, rules.customer_id, rules.history) == ("S", "C", 3)


def test_rules_without_options_are_those_of_the_default_options() -> None:
    assert RecordingRules.from_options(Options()) == RecordingRules()
    assert {one.name for one in fields(Options)} >= set(OPTION_NAMES)


def test_the_record_option_of_the_dn_counts() -> None:
    calls = configured(DnSettings(dn="7001", options=RECORD), DnSettings(dn="7002"))

    assert calls.records(party("7001"))
    assert not calls.records(party("7002"))
    assert not calls.records(party("7003"))


def test_outside_the_record_option_of_the_trunk_counts_and_not_that_of_a_dn() -> None:
    calls = configured(
        DnSettings(dn="trunk-in", type=DnType.TRUNK, options=RECORD),
        DnSettings(dn="trunk-out", type=DnType.TRUNK),
        DnSettings(dn="7001", options=RECORD),
    )

    assert calls.records(party("15550001", trunk="trunk-in"))
    assert not calls.records(party("7001", trunk="trunk-out"))


def test_an_agent_set_for_recording_is_recorded_at_any_dn() -> None:
    calls = configured(
        DnSettings(dn="7001"),
        agents=(AgentSettings(login="1001", record=True), AgentSettings(login="1002")),
    )

    assert calls.records(party("7001", agent_id="1001"))
    assert not calls.records(party("7001", agent_id="1002"))
    assert not calls.records(party("7001", agent_id="1003"))


def test_a_service_cannot_ask_for_a_recording() -> None:
    calls = configured(
        DnSettings(dn="msml1", type=DnType.VOIP_SERVICE),
        DnSettings(dn="9100", type=DnType.TRUNK_GROUP),
    )

    assert not calls.recordable("msml1")
    assert calls.recordable("9100")
    assert calls.recordable("unknown")


def test_the_media_service_is_an_enabled_voip_service_for_msml() -> None:
    msml = DnSettings(dn="m", type=DnType.VOIP_SERVICE, options=DnOptions(service_type="msml"))

    assert configured(msml).has_media_service()
    assert not configured(replace(msml, enabled=False)).has_media_service()
    assert not configured(replace(msml, type=DnType.DN)).has_media_service()
    assert not configured(DnSettings(dn="m", type=DnType.VOIP_SERVICE)).has_media_service()


def test_calls_are_those_of_the_switch() -> None:
    studio = Studio()
    conn_id = studio.inbound()

    assert studio.calls.call(conn_id) == studio.switch.call(conn_id)
    assert studio.calls.call(ConnId(1)) is None


def test_the_bed_of_the_scenarios_can_record() -> None:
    assert Studio().calls.has_media_service()
    assert RecordingRules.from_options(bed().options).msml_record_support
