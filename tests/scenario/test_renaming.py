"""Copies of a scenario for parties of their own: what is renamed, what stays, what is shared."""

from tlibsim.config import DnType, load_bed
from tlibsim.scenario.nodes import plain_value, read
from tlibsim.scenario.renaming import (
    Renaming,
    merged,
    numbered,
    parties_of,
    shared_out,
    words,
)

TEXT = """\
id: "7001"
steps:
- do: inbound
  from: "4155557001"
  to: 7001
- expect: {event: EventRinging, dn: 7001, within: 7001}
- expect: "client:desk1 request:MakeCall ThisDN=7001"
- check: dns["7001"].agent.login == "1001"
- wait: 7001ms
"""
NEW = Renaming({"7001": "20", "1001": "21"})


def test_a_number_is_renamed_where_it_stands_by_itself() -> None:
    found = plain_value(NEW.node(read(TEXT, "t.yml")))

    assert isinstance(found, dict)
    steps = found["steps"]
    assert steps[0] == {"do": "inbound", "from": "4155557001", "to": 20}
    assert steps[1]["expect"] == {"event": "EventRinging", "dn": 20, "within": 7001}
    assert steps[2]["expect"] == "client:desk1 request:MakeCall ThisDN=20"
    assert steps[3]["check"] == 'dns["20"].agent.login == "21"'
    assert steps[4] == {"wait": "7001ms"}
    assert found["id"] == "7001"


def test_what_is_told_goes_back_to_the_numbers_of_the_file() -> None:
    assert NEW.back.text("EventRinging ThisDN='20' did not come") == (
        "EventRinging ThisDN='7001' did not come"
    )


def test_those_take_part_who_are_named_with_one_client_for_each_dn() -> None:
    said = set(words(read(TEXT, "t.yml")))
    found = parties_of(said, load_bed())

    assert (found.dns, found.agents) == (("7001",), ("1001",))
    assert found.clients == {"desk1": ("7001",)}


def test_whatever_a_dn_leads_to_takes_part_as_well() -> None:
    bed = load_bed(
        "bed:\n"
        "  dns: {'7001': {type: DN, no-answer-overflow: '7002'}, '7002': {type: DN},"
        " '7003': {type: DN}}\n"
        "  clients: {a: ['7001', '7002', '7003']}\n"
        "scenarios: []\n"
    )

    found = parties_of({"7001"}, bed)
    assert found.dns == ("7001", "7002")
    assert found.clients == {"a": ("7001", "7002")}


def test_the_copies_share_trunks_and_services_and_nobody_has_a_number_twice() -> None:
    bed = load_bed()
    parties = parties_of({"7001", "8000", "1001"}, bed)
    copies = tuple(numbered(parties, 30, bed))
    switch = merged(bed, parties, copies)

    shared = {
        dn
        for dn, one in switch.dns.items()
        if one.type in (DnType.TRUNK, DnType.TRUNK_GROUP, DnType.VOIP_SERVICE)
    }
    new = [name for one in copies for name in one.names.values()]
    assert shared == {"9100", "trunk-in", "trunk-out", "msml1"}
    assert len(set(new)) == len(new) == 90
    assert not any(name.startswith("9") for name in new)
    assert set(switch.dns) == shared | {
        one.names[dn] for one in copies for dn in ("7001", "8000")
    }
    assert all(dn == one.dn for dn, one in switch.dns.items())
    assert all(login == one.login for login, one in switch.agents.items())


def test_the_dns_of_a_target_are_shared_out_in_order() -> None:
    parties = parties_of({"7001", "7002", "1001"}, load_bed())
    found = tuple(shared_out(parties, ["1", "2", "3", "4", "5"], ["90", "91"]))

    assert [one.names for one in found] == [
        {"7001": "1", "7002": "2", "1001": "90"},
        {"7001": "3", "7002": "4", "1001": "91"},
    ]
    assert tuple(shared_out(parties, ["1", "2"], [])) == ()
