"""Card numbers, telephone numbers and what rules name get pseudonyms, everywhere the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibproto.vocabulary import KVList
from tlibsim.logs.message import LogMessage, Role
from tlibsim.logs.redaction import RedactionRules, Redactor, RulesError, pseudonym, rules_of

CARD = "4111111111111111"


def message(**values: object) -> LogMessage:
    return LogMessage(source="a", line=1, role=Role.EVENT, name="EventRinging", values=values)  # type: ignore[arg-type]


def test_a_card_number_is_hidden_in_texts_numbers_and_nested_lists() -> None:
    redactor = Redactor()
    inner = KVList([("n", int(CARD)), ("t", f"card {CARD}!"), ("d", "4111-1111-1111-1111")])

    shown = repr(redactor.message(message(UserData=KVList([("inner", inner)]))).values)

    assert "1111111" not in shown
    assert "1111-1111" not in shown
    assert redactor.told().startswith("2 values that look like card numbers")


def test_one_card_number_is_told_as_one() -> None:
    redactor = Redactor()
    redactor.value("UserData", KVList([("n", int(CARD))]))
    assert redactor.told().startswith("1 value that looks like a card number")


def test_a_number_that_is_no_card_stays_a_number() -> None:
    value = Redactor().value("UserData", KVList([("n", 4111111111111112)]))

    assert value == KVList([("n", 4111111111111112)])


def test_the_same_telephone_number_has_the_same_pseudonym_in_every_file() -> None:
    one, other = Redactor(), Redactor()

    first = one.value("ANI", "4155550199")
    assert first == other.value("OtherDN", "4155550199")
    assert first != "4155550199"
    assert len(str(first)) == 10
    assert first in str(one.value("UserData", KVList([("fn", "x_4155550199_7001")])))


def test_another_key_gives_other_pseudonyms() -> None:
    assert pseudonym("4155550199", "a") != pseudonym("4155550199", "b")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ConnID", "4111111111111111"),
        ("CallUuid", "41111111111111114111111111111111"),
        ("ThisDN", "7001"),
        ("TimeinSecs", 1420644031),
    ],
)
def test_identifiers_short_numbers_and_times_stay(name: str, value: str | int) -> None:
    assert Redactor().value(name, value) == value


def test_passwords_are_always_hidden() -> None:
    assert Redactor(RedactionRules(cards=False)).value("Password", "x") == "***"


def test_rules_name_keys_and_patterns() -> None:
    redactor = Redactor(rules_of({"keys": ["acc*"], "patterns": ["A-[0-9]+"]}))

    pairs = redactor.value("UserData", KVList([("account", "smith"), ("note", "see A-77.")]))

    assert "smith" not in repr(pairs)
    assert "A-77" not in repr(pairs)
    assert "see " in repr(pairs)
    assert redactor.told().startswith("2 values that the rules name")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ([], "must be a mapping"),
        ({"key": "k", "kets": []}, "kets is not a key here"),
        ({"keys": "account"}, "keys must be a list"),
        ({"cards": "no"}, "cards must be true or false"),
        ({"patterns": ["("]}, "patterns:"),
    ],
)
def test_wrong_rules_are_refused(words: object, wrong: str) -> None:
    with pytest.raises(RulesError, match=wrong):
        rules_of(words)


@given(st.text())
def test_a_pseudonym_has_the_length_of_what_it_stands_for(text: str) -> None:
    assert len(pseudonym(text)) >= len(text)
    assert pseudonym(text) == pseudonym(text)


def test_numbers_of_the_protocol_are_no_cards_and_hidden_ones_still_fit() -> None:
    redaction = Redactor(RedactionRules(keys=("priority",)))
    assert redaction.value("EventSequenceNumber", 4111111111111111) == 4111111111111111
    assert redaction.value("ServerStartTime", 4111111111111111) == 4111111111111111
    hidden = redaction.value("UserData", KVList((("priority", 2**31 - 1),)))
    assert isinstance(hidden, KVList)
    number = hidden.first("priority")
    assert isinstance(number, int)
    assert 0 <= number < 2**31
