"""Values from outside the file: --set and variables."""

import pytest

from tlibsim.config import ConfigError, load

BED = "dns: {7001: {type: DN}, 7002-7005: {}, a.b: {}}\noptions: {Emit-Cause: true}\n"


def test_an_override_names_the_whole_way() -> None:
    settings = load(
        BED,
        overrides=(
            "options.user-data-limit=0",
            "dns.7001.record=true",
            "dns.7003.place=Desk 3",
            'dns."a.b".max-calls=2',
            "listen.0.port=0",
            "clients.desk=[7001, 7002]",
            "errors.RequestMakeCall.invalid-called-dn=177",
            "recordings.directory=/tmp/x",
        ),
    )

    assert settings.options.user_data_limit == 0
    assert settings.dns["7001"].options.record
    assert settings.dns["7003"].place == "Desk 3"
    assert settings.dns["a.b"].options.max_calls == 2
    assert settings.listeners[0].port == 0
    assert settings.clients["desk"] == ("7001", "7002")
    assert settings.errors == {"RequestMakeCall/invalid-called-dn": 177}
    assert settings.recordings.directory == "/tmp/x"


def test_a_bare_name_is_an_option_of_the_application() -> None:
    settings = load(BED, overrides=("user-data-limit=5", "recordingclient.recmediactl=1"))

    assert settings.options.user_data_limit == 5
    assert settings.options.recordingclient_recmediactl == "1"


def test_an_override_replaces_the_key_in_its_other_spelling() -> None:
    assert load(BED, overrides=("emit-cause=false",)).options.emit_cause is False


def test_two_underscores_in_a_variable_are_a_dot() -> None:
    settings = load(
        BED,
        environ={
            "TLIBSIM_SEED": "7",
            "TLIBSIM_OPTIONS__USER_DATA_LIMIT": "1",
            "TLIBSIM_RECORD_MOH": "false",
            "TLIBSIM_DNS__7001__RECORD": "yes",
            "TLIBSIM_LISTEN__0__HOST": "0.0.0.0",
            "PATH": "/bin",
        },
    )

    assert settings.seed == 7
    assert settings.options.user_data_limit == 1
    assert settings.options.record_moh is False
    assert settings.dns["7001"].options.record
    assert settings.listeners[0].host == "0.0.0.0"
    assert settings.unknown_options == ()


def test_set_is_stronger_than_a_variable_and_both_than_the_file() -> None:
    environ = {"TLIBSIM_SEED": "2", "TLIBSIM_SERVER": "env"}
    settings = load("seed: 1\nserver: file", overrides=("seed=3",), environ=environ)

    assert (settings.seed, settings.server) == (3, "env")


def test_the_later_of_two_overrides_wins() -> None:
    assert load("", overrides=("seed=3", "seed=4")).seed == 4


def test_a_variable_of_somebody_else_is_told_and_left_alone() -> None:
    settings = load("", environ={"TLIBSIM_SERVICE_HOST": "10.0.0.1", "TLIBSIM_CONFIG": "x"})

    assert [one.name for one in settings.unknown_options] == ["TLIBSIM_SERVICE_HOST"]


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("seed=x", "--set seed  error  seed must be a whole number, not 'x'"),
        (
            "usr-data-limit=4",
            (
                "--set usr-data-limit  error  usr-data-limit is not a key here. "
                "Did you mean user-data-limit?"
            ),
        ),
        (
            "dns.7001.record=maybe",
            "--set dns.7001.record  error  dns.7001.record must be true or false, not 'maybe'",
        ),
        ("seed", "--set seed  error  is not key=value"),
        ("clients.a=[1", "--set clients.a  error  clients.a is not YAML"),
        (
            "limits.max-dept=4",
            (
                "--set limits.max-dept  error  limits.max-dept is not a key here. "
                "Did you mean max-depth?"
            ),
        ),
    ],
)
def test_a_wrong_override_is_told_by_its_name(override: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(BED, overrides=(override,))

    (problem,) = caught.value.problems
    assert str(problem).startswith(told)


def test_a_wrong_variable_is_told_by_its_name() -> None:
    with pytest.raises(ConfigError) as caught:
        load(BED, environ={"TLIBSIM_SEED": "x", "TLIBSIM_OPTIONS__BUSY_CODE": "no"})

    assert [one.source for one in caught.value.problems] == [
        "TLIBSIM_OPTIONS__BUSY_CODE",
        "TLIBSIM_SEED",
    ]


@pytest.mark.parametrize(
    ("word", "option", "value"),
    [
        ("quirks.crash-on-int-extension=true", "integer_extension", "drop-clients"),
        ("quirks.crash_on_int_extension=false", "integer_extension", "reject"),
        ("recording.route-side=swapped", "routecall_record_rule", "source-is-agent"),
        ("recording.indicator-case=upper", "gsip_record_case", "upper"),
    ],
)
def test_an_option_has_the_other_name_that_people_know(
    word: str, option: str, value: str
) -> None:
    settings = load(BED, overrides=(word,))

    assert getattr(settings.options, option) == value
