"""The `config` of a scenario on top of a bed."""

import pytest

from tlibsim.config import ConfigError, PersonaRule, apply_config, load_bed

BED = load_bed()


def test_a_key_of_its_own_is_an_option_of_the_application() -> None:
    settings = apply_config(BED, {"record-moh": False, "default-dn": 7003, "Wrap-up-time": 3})

    assert settings.options.record_moh is False
    assert settings.options.default_dn == "7003"
    assert settings.options.wrap_up_time == 3
    assert settings.options.user_data_limit == BED.options.user_data_limit


def test_dn_adds_options_to_dns_of_the_bed() -> None:
    settings = apply_config(BED, {"dn": {"7001": {"record": True}, 7002: {"max-calls": 1}}})

    assert settings.dns["7001"].options.record
    assert settings.dns["7001"].place == "P1"
    assert settings.dns["7002"].options.max_calls == 1
    assert settings.dns["7003"] is BED.dns["7003"]


def test_the_bed_stays_as_it_was() -> None:
    apply_config(BED, {"dn": {"7001": {"record": True}}, "profile": "sfb", "seed": 9})

    assert (BED.dns["7001"].options.record, BED.profile, BED.seed) == (
        False,
        "sip-server",
        None,
    )


def test_sections_of_the_file_are_taken_as_such() -> None:
    settings = apply_config(
        BED,
        {
            "profile": "sfb",
            "remote-recording": {"uri-pattern": "[sip]:{99{DDD}}{@rec}", "record-moh": False},
            "second-site": {"server": "Tserver2", "dns": {"7801": {"type": "DN"}}},
            "persona": {"name": "rec", "rules": [{"dn": "7001", "delay-ms": 5}]},
            "errors": {"seized": 51},
        },
    )

    assert settings.profile == "sfb"
    assert settings.remote_recording.uri_pattern == "[sip]:{99{DDD}}{@rec}"
    assert settings.remote_recording.record_moh is False
    assert settings.second_site["dns"] == {"7801": {"type": "DN"}}
    assert settings.persona is not None
    assert settings.persona.rules == (PersonaRule(dn="7001", delay_ms=5),)
    assert settings.errors == {"seized": 51}


def test_the_bed_may_be_the_text_of_the_file() -> None:
    settings = apply_config("bed: {dns: {1: {}}}", {"dn": {"1": {"record": True}}})

    assert settings.dns["1"].options.record


def test_a_dn_that_the_bed_does_not_have_is_a_fault() -> None:
    with pytest.raises(
        ConfigError, match=r"dn\.trunk-on is no DN of the bed\. Did you mean trunk-in"
    ):
        apply_config(BED, {"dn": {"trunk-on": {"record": True}}}, "scenario R01")


def test_a_wrong_value_is_told_with_the_name_of_the_scenario() -> None:
    with pytest.raises(ConfigError) as caught:
        apply_config(BED, {"integer-extension": "perhaps"}, "scenario R01")

    (problem,) = caught.value.problems
    assert (problem.source, problem.line, problem.key) == (
        "scenario R01",
        None,
        "integer-extension",
    )
