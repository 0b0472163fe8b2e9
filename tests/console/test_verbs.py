"""The tables of verbs and the names that the shell shows."""

from tlibsim.console import verb_names, verbs


def test_the_names_are_those_of_the_tables():
    assert tuple(verbs.CALL_VERBS) == verb_names.CALL_VERBS
    assert tuple(verbs.DN_VERBS) == verb_names.DN_VERBS
    assert tuple(verbs.AGENT_VERBS) == verb_names.AGENT_VERBS
    assert tuple(verbs.RECORDING_VERBS) == verb_names.RECORDING_VERBS


def test_every_verb_is_explained():
    tables = (verbs.CALL_VERBS, verbs.DN_VERBS, verbs.AGENT_VERBS, verbs.RECORDING_VERBS)
    assert all(verb.help for table in tables for verb in table.values())
