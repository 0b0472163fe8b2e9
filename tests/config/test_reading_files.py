"""What a file comes to: sections, DNs, ranges, options, unquoted words."""

import pytest

from tlibsim.config import (
    AudioKind,
    ConfigError,
    DnType,
    Settings,
    demo_settings,
    load,
    load_bed,
)


def test_an_empty_file_gives_one_listener_on_loopback() -> None:
    settings = load("")

    (listener,) = settings.listeners
    assert (listener.host, listener.port, listener.charset) == ("127.0.0.1", 7020, "utf-8")
    assert settings == Settings()


def test_numbers_of_dns_need_no_quotes() -> None:
    settings = load("dns: {7001: {type: DN}}\nclients: {desk: [7001, 7_002x]}")

    assert settings.dns["7001"].type is DnType.DN
    assert settings.clients["desk"] == ("7001", "7_002x")


def test_a_quoted_number_keeps_its_leading_zero() -> None:
    assert "0700" in load('dns: {"0700": {}}').dns


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("DN", DnType.DN),
        ("extension", DnType.DN),
        ("routing-point", DnType.ROUTE_DN),
        ("RouteDN", DnType.ROUTE_DN),
        ("trunk-group", DnType.TRUNK_GROUP),
        ("TrunkGroup", DnType.TRUNK_GROUP),
        ("VOIP-Service", DnType.VOIP_SERVICE),
    ],
)
def test_the_type_of_a_dn_is_read_in_any_spelling(word: str, kind: DnType) -> None:
    assert load(f"dns: {{x: {{type: {word}}}}}").dns["x"].type is kind


@pytest.mark.parametrize(
    "spelling", ["recording-filename", "Recording-filename", "RECORDING-FILENAME"]
)
def test_option_names_are_read_in_any_case(spelling: str) -> None:
    assert load(f"options: {{{spelling}: $UUID$}}").options.recording_filename == "$UUID$"


def test_words_that_yaml_takes_for_booleans_are_choices_where_a_choice_is_wanted() -> None:
    options = load("options: {recording-private-info: off, agent-strict-id: true}").options

    assert options.recording_private_info == "off"
    assert options.agent_strict_id == "true"


@pytest.mark.parametrize("word", ["true", "yes", "on", "'true'"])
def test_a_switch_is_turned_on_by_the_usual_words(word: str) -> None:
    assert load(f"options: {{emit-cause: {word}}}").options.emit_cause is True


def test_a_key_without_a_value_is_as_if_left_out() -> None:
    settings = load("dns:\n  7001:\noptions:\n  emit-cause:\nagents:\nseed:\n")

    assert settings.dns["7001"].type is DnType.DN
    assert settings.options.emit_cause is False
    assert settings.seed is None


def test_a_range_stands_for_each_of_its_dns() -> None:
    settings = load('dns: {"0098-0103": {place: hall, record: true}}')

    assert list(settings.dns) == ["0098", "0099", "0100", "0101", "0102", "0103"]
    assert all(dn.place == "hall" and dn.options.record for dn in settings.dns.values())


def test_a_dn_named_besides_refines_the_range_that_holds_it() -> None:
    text = "dns: {7002: {place: desk, max-calls: 1}, 7001-7003: {type: Position, record: true}}"
    dn = load(text).dns["7002"]

    assert (dn.type, dn.place, dn.options.record, dn.options.max_calls) == (
        DnType.POSITION,
        "desk",
        True,
        1,
    )


def test_dns_with_the_same_options_share_them() -> None:
    dns = load("dns: {1: {record: true}, 2: {record: true, place: x}, 3: {}, 4: {}}").dns

    assert dns["1"].options is dns["2"].options
    assert dns["3"].options is dns["4"].options


def test_the_sound_of_a_dn_is_a_word_or_a_mapping() -> None:
    dns = load(
        "dns:\n"
        "  1: {audio: silence}\n"
        "  2: {audio: {kind: script, timeline: [{at-ms: 500, kind: noise, seed: 3}, {kind: tone}]}}\n"
    ).dns

    assert dns["1"].audio is not None
    assert dns["1"].audio.kind is AudioKind.SILENCE
    assert dns["2"].audio is not None
    assert [(at, one.kind, one.seed) for at, one in dns["2"].audio.timeline] == [
        (0, AudioKind.TONE, 0),
        (500, AudioKind.NOISE, 3),
    ]


def test_an_unknown_option_is_kept_and_told_with_the_nearest_name() -> None:
    settings = load("dns: {1: {sip-foo: 5}}\noptions:\n  user-data-limt: 9\n", "lab.yaml")

    assert settings.dns["1"].extra == {"sip-foo": 5}
    told = {one.name: one for one in settings.unknown_options}
    assert told["user-data-limt"].value == 9
    assert str(told["user-data-limt"]) == (
        "lab.yaml:3:3  warning  options.user-data-limt is not an option known here. "
        "Did you mean user-data-limit?"
    )
    assert settings.options.user_data_limit == 16000


def test_several_listeners_have_names_of_their_own() -> None:
    settings = load("listen: [{port: 7020}, {port: 0, charset: windows-1252}]")

    assert [(one.name, one.port, one.charset) for one in settings.listeners] == [
        ("tlib", 7020, "utf-8"),
        ("tlib-2", 0, "windows-1252"),
    ]


def test_error_codes_are_by_condition_or_by_request_and_condition() -> None:
    settings = load(
        "errors: {seized: 51, RequestMakeCall: {invalid-called-dn: 177}}\n"
        "error-texts: {51: no}\noptions: {error-text-177: nobody there}\n"
    )

    assert settings.errors == {"seized": 51, "RequestMakeCall/invalid-called-dn": 177}
    assert settings.error_texts == {51: "no", 177: "nobody there"}


def test_the_option_max_clients_is_a_limit_of_clients() -> None:
    assert load("options: {max-clients: 3}").limits.max_clients == 3


def test_merge_keys_of_yaml_fill_in_what_is_not_said() -> None:
    text = "dns:\n  1: &one {type: Queue, place: hall}\n  2:\n    <<: *one\n    place: desk\n"
    dn = load(text).dns["2"]

    assert (dn.type, dn.place) == (DnType.QUEUE, "desk")


def test_a_scenario_file_without_a_bed_has_the_default_one() -> None:
    settings = load_bed("format: 1\nscenarios: []\n")

    assert settings.server == "SIPServer1"
    assert settings.dns["trunk-out"].prefix == "9"
    assert settings.clients["super"] == ("7004", "7001")
    assert settings.options.user_data_limit == 0


def test_the_bed_of_a_scenario_file_is_read_where_it_stands() -> None:
    with pytest.raises(ConfigError) as caught:
        load_bed("format: 1\nbed:\n  dns:\n    1: {type: Quue}\n", "s.yml")

    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.key) == (4, 15, "dns.1.type")


def test_the_demo_switch_is_called_acme() -> None:
    settings = demo_settings()

    assert settings.server == "Acme"
    assert [dn.dn for dn in settings.dns_of(DnType.DN)] == ["7001", "7002", "7003"]
    assert not settings.unknown_options


def test_passwords_are_not_in_the_representation() -> None:
    settings = load("password: geheim\npasswords: {desk: auch}\nagents: {1: {password: so}}")

    assert settings.password == "geheim"
    assert settings.passwords == {"desk": "auch"}
    text = repr(settings) + repr(settings.agents["1"])
    assert not any(secret in text for secret in ("geheim", "auch", "'so'"))
