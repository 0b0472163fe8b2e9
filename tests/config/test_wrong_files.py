"""What is said of a wrong file: place, key, fault, nearest valid word; everything at once."""

import pytest

from tlibsim.config import ConfigError, Problem, load


def problems_of(text: str, overrides: tuple[str, ...] = (), **environ: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(text, "lab.yaml", overrides, environ)
    return list(caught.value.problems)


ONE_FAULT = [
    (
        "recorder:\n  sip_url: sip:127.0.0.1",
        "lab.yaml:2:3  error  recorder.sip_url is not a key here. Did you mean sip_uri?",
    ),
    (
        "recorder:\n  sip-url: sip:127.0.0.1",
        "lab.yaml:2:3  error  recorder.sip-url is not a key here. Did you mean sip-uri?",
    ),
    (
        "recorder:\n  sipurl: sip:127.0.0.1\n  starts_on: ['7001']",
        "lab.yaml:2:3  error  recorder.sipurl is not a key here. Did you mean sip_uri?",
    ),
    (
        "port: 7020",
        "lab.yaml:1:1  error  port is not a key here. Did you mean listen: [{port: 7020}]?",
    ),
    (
        "quirks: {crash-on-int-extension: true}",
        (
            "lab.yaml:1:1  error  quirks is not a key here. Did you mean options: "
            "{integer-extension: drop-clients}?"
        ),
    ),
    ("sevrer: x", "lab.yaml:1:1  error  sevrer is not a key here. Did you mean server?"),
    (
        "dns:\n  7001: {tpye: DN}",
        "lab.yaml:2:10  error  dns.7001.tpye is not a key here. Did you mean type?",
    ),
    (
        "options:\n  integer-extension: rejekt",
        (
            "lab.yaml:2:22  error  options.integer-extension must be 'reject', 'coerce' or "
            "'drop-clients', not 'rejekt'. Did you mean reject?"
        ),
    ),
    (
        "options:\n  Wrap-Up-Time: soon",
        "lab.yaml:2:17  error  options.Wrap-Up-Time must be a whole number or 'untimed', not 'soon'",
    ),
    ("seed: a", "lab.yaml:1:7  error  seed must be a whole number, not 'a'"),
    ("seed: -1", "lab.yaml:1:7  error  seed must be at least 0, not '-1'"),
    ("seed: 1\nseed: 2", "lab.yaml:2:1  error  seed is given twice (first in line 1)"),
    (
        "user-data-limit: 0",
        (
            "lab.yaml:1:1  error  user-data-limit is an option and belongs below options. "
            "Did you mean options.user-data-limit?"
        ),
    ),
    (
        "dns: {0700: {}}",
        (
            "lab.yaml:1:7  error  dns.0700 begins with zero, which YAML takes for an octal number; "
            "write '0700'"
        ),
    ),
    (
        "clients: {desk: [0700]}",
        (
            "lab.yaml:1:18  error  clients.desk[0] begins with zero, which YAML takes for an octal "
            "number; write '0700'"
        ),
    ),
    (
        "listen:\n  - {port: 70000}",
        "lab.yaml:2:12  error  listen[0].port must be at most 65535, not '70000'",
    ),
    (
        "listen: [{name: a}, {name: a}]",
        "lab.yaml:1:28  error  listen[1].name repeats the name a",
    ),
    (
        "listen: [{charset: klingon}]",
        "lab.yaml:1:20  error  listen[0].charset is no character set: klingon",
    ),
    (
        "errors: {not-registred: 5}",
        (
            "lab.yaml:1:10  error  errors.not-registred is no condition known here. "
            "Did you mean not-registered?"
        ),
    ),
    (
        "errors: {seized: much}",
        "lab.yaml:1:18  error  errors.seized must be an error code, not 'much'",
    ),
    ("dns: [1, 2]", "lab.yaml:1:6  error  dns must be a mapping, not a list"),
    ("dns: {1: Queue}", "lab.yaml:1:10  error  dns.1 must be a mapping, not 'Queue'"),
    (
        "dns: {30-20: {}}",
        (
            "lab.yaml:1:7  error  dns.30-20 is no range: both ends need the same number of digits, "
            "the lower one first"
        ),
    ),
    (
        "dns: {10-30: {}, 20-40: {}}",
        "lab.yaml:1:18  error  dns.20-40 overlaps the range 10-30",
    ),
    (
        "dns: {0000000-9999999: {}}",
        "lab.yaml:1:7  error  dns.0000000-9999999 is a range of 10,000,000 DNs, more than 1,000,000",
    ),
    ("passwords: {a: [1]}", "lab.yaml:1:16  error  passwords.a must be text, not a list"),
    ("persona: {rules: []}", "lab.yaml:1:10  error  persona.name is missing"),
    ("- a", "lab.yaml:1:1  error  must be a mapping of sections"),
    (
        "limits: {max-clients: 4}",
        "lab.yaml:1:10  error  limits.max-clients is not a key here. Did you mean max-pairs?",
    ),
]


@pytest.mark.parametrize(("text", "told"), ONE_FAULT, ids=[text[:24] for text, _ in ONE_FAULT])
def test_a_fault_is_told_with_its_place_and_the_nearest_word(text: str, told: str) -> None:
    assert [str(one) for one in problems_of(text)] == [told]


def test_text_that_is_no_yaml_is_told_with_its_place() -> None:
    (problem,) = problems_of("dns: {7001: {}\nseed: [1\n")

    assert (problem.source, problem.line) == ("lab.yaml", 2)
    assert problem.message.startswith("is not YAML: ")


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        "sevrer: x\ndns: {1: {type: Qeue, max-calls: few}}\nseed: s\nrecordings: {codec: mp3}\n"
    )

    assert [(one.line, one.key) for one in problems_of(text)] == [
        (1, "sevrer"),
        (2, "dns.1.type"),
        (2, "dns.1.max-calls"),
        (3, "seed"),
        (4, "recordings.codec"),
    ]


def test_the_error_ends_with_the_number_of_faults() -> None:
    with pytest.raises(ConfigError, match=r"\n2 errors$"):
        load("a: 1\nb: 2")
    with pytest.raises(ConfigError, match=r"\n1 error$"):
        load("a: 1")


def test_secrets_are_not_repeated_in_a_fault() -> None:
    problems = problems_of("password: {really: geheim}\nseed: x", ("passwords.a={b: geheim}",))

    assert [one.key for one in problems] == ["passwords.a", "password", "seed"]
    assert "geheim" not in "".join(map(str, problems))


@pytest.mark.parametrize(
    ("deep", "told"),
    [
        ("[" * 3000, "this is nested too deep"),
        ("- " * 3000, "this is nested too deep"),
        ("[" * 200_000 + "]" * 200_000, "this is nested too deep"),
        ("a: &a [*a]", "nothing complete is called &a so far"),
        ("a: *b", "nothing complete is called &b so far"),
        ("{a: {<<: 5}}", "only mappings can be merged with <<"),
        ("[1]: 2", "a key must be a word"),
    ],
)
def test_yaml_that_is_no_configuration_is_refused(deep: str, told: str) -> None:
    (problem,) = problems_of(deep)

    assert problem.message == f"is not YAML: {told}"
    assert (problem.source, problem.line) == ("lab.yaml", 1)


def test_anchors_that_unfold_without_end_are_refused_in_time() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for one, below in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"{one}: &{one} [{', '.join([f'*{below}'] * 10)}]")
    (problem,) = problems_of("\n".join(lines))

    assert problem.message == "is not YAML: anchors repeat too much"


def test_a_file_is_one_document() -> None:
    assert [str(one) for one in problems_of("seed: 1\n---\nseed: 2\n")] == [
        "lab.yaml:2:1  error  is not YAML: there is more than one document"
    ]
