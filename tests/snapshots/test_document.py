"""Documents of snapshots: what cannot be kept, and what is wrong with a file, is told by its place."""

import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from tests.snapshots.bench import Bench
from tests.snapshots.situations import mid_transfer
from tlibproto.vocabulary import CallState, Dn, KVList, WideText
from tlibsim.config import DnOptions
from tlibsim.console import restoring
from tlibsim.ports.media import Instant
from tlibsim.ports.site import Site
from tlibsim.snapshots.codec import Decoder, Encoder
from tlibsim.snapshots.document import sealed
from tlibsim.snapshots.errors import SnapshotError
from tlibsim.snapshots.shapes import INSTANT, shape_of
from tlibsim.switch.agent import Floor
from tlibsim.switch.commands import Because, CompleteTransfer, MakeCall
from tlibsim.switch.facts import ThirdParty
from tlibsim.switch.joining import established_too

NOW = Instant(1_000_000)


def there_and_back(value: Any, shape: Any = None) -> Any:
    """The value after a way through JSON."""
    to = Encoder(NOW)
    written = json.loads(json.dumps(to.value(value, "value", shape)))
    objects = json.loads(json.dumps(to.objects()))
    return decoder(objects).value(written, "value")


def decoder(objects: list[Any], now: Instant = NOW) -> Decoder:
    return Decoder(
        objects, now=now, device=lambda _: None, site=lambda _: None, floor=Floor({})
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "text \ud7ff ü",
        2**63,
        -1.5,
        [1, [2]],
        (1, ("a",)),
        {1, 2},
        frozenset({"a"}),
        deque([1, 2]),
        {("a", None): {1: 2}},
        Counter({"a": 2}),
        b"\x00\xff",
        CallState.Transferred,
        KVList([("a", 1), ("a", "2"), ("b", b"\x01"), ("c", KVList([("d", WideText("Ω"))]))]),
        Because(reasons=KVList([("a", 1)])),
    ],
)
def test_a_value_comes_back_with_its_type(value: Any) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


def test_a_mapping_that_cannot_be_changed_comes_back_as_one_that_can() -> None:
    assert there_and_back(MappingProxyType({"a": 1})) == {"a": 1}


def test_what_is_one_object_in_two_places_is_one_object_again() -> None:
    one = ThirdParty(dn="7001", role=7)  # type: ignore[arg-type]
    first, second, other = there_and_back([one, one, ThirdParty(dn="7001", role=7)])  # type: ignore[arg-type]
    assert first is second
    assert first is not other


def test_a_generator_of_random_numbers_goes_on_with_the_same_numbers() -> None:
    rng = Random(5)
    rng.gauss(0, 1)
    back = there_and_back(rng)
    assert [back.random(), back.gauss(0, 1)] == [rng.random(), rng.gauss(0, 1)]


def test_a_function_comes_back_by_its_name() -> None:
    assert there_and_back(established_too) is established_too


def test_an_instant_stays_as_far_from_the_time_of_the_snapshot() -> None:
    to = Encoder(NOW)
    written = to.value(Instant(400_000), "value", INSTANT)
    assert written == {"at": -600_000}
    assert decoder([], Instant(9_000_000)).value(written, "value") == 8_400_000


@pytest.mark.parametrize(
    ("hint", "value", "written"),
    [
        (Instant, 5, {"at": 4}),
        (Instant | None, None, None),
        (list[tuple[Instant, int]], [(5, 5)], [{"tuple": [{"at": 4}, 5]}]),
        (tuple[Instant, ...], (5,), {"tuple": [{"at": 4}]}),
        (dict[int, Instant], {5: 5}, {"dict": [[5, {"at": 4}]]}),
        (tuple[int, Instant | None], (5, 5), {"tuple": [5, {"at": 4}]}),
    ],
)
def test_instants_are_found_by_annotations(hint: Any, value: Any, written: Any) -> None:
    assert Encoder(Instant(1)).value(value, "value", shape_of(hint)) == written


def test_an_annotation_in_quotes_that_speaks_of_instants_is_refused() -> None:
    with pytest.raises(TypeError, match="without quotes"):
        shape_of("Instant | None")


@pytest.mark.parametrize("value", [object(), len, lambda: None, Bench])
def test_what_is_in_no_table_is_refused_with_its_place(value: Any) -> None:
    to = Encoder(NOW)
    to.value(Because(reasons=value), "value")
    with pytest.raises(SnapshotError, match=r"^Because\.reasons: a snapshot cannot keep a"):
        to.objects()


@pytest.mark.parametrize(
    ("objects", "place"),
    [
        ([{"is": "Popen"}], r"objects\.0\.is: 'Popen' is no kind"),
        ([{"is": ["Call"]}], r"objects\.0\.is"),
        ([7], r"objects\.0\.is"),
        ([{"is": "ThirdParty", "dn": "1"}], r"objects\.0\.role: is missing"),
        (
            [{"is": "ThirdParty", "dn": "1", "role": 1, "x": 2}],
            r"objects\.0\.x: a ThirdParty has no such field",
        ),
        (
            [{"is": "ThirdParty", "dn": {"eval": "1"}, "role": 1}],
            r"objects\.0\.dn: 'eval' is no word of a snapshot",
        ),
        (
            [{"is": "ThirdParty", "dn": {"ref": 7}, "role": 1}],
            r"objects\.0\.dn\.ref: there is no",
        ),
        ([{"is": "ThirdParty", "dn": {"ref": "x"}, "role": 1}], r"objects\.0\.dn\.ref"),
        (
            [{"is": "ThirdParty", "dn": {"enum": ["CallState", "No"]}, "role": 1}],
            r"objects\.0\.dn\.enum: there is no CallState\.No",
        ),
        (
            [{"is": "ThirdParty", "dn": {"call": "system"}, "role": 1}],
            r"objects\.0\.dn\.call: there is no function 'system'",
        ),
        ([{"is": "ThirdParty", "dn": {}, "role": 1}], r"objects\.0\.dn: 0 words"),
        (
            [{"is": "ThirdParty", "dn": {"tuple": [{"dn": "7"}]}, "role": 1}],
            r"objects\.0\.dn\.tuple\.0\.dn: the configuration has no DN '7'",
        ),
        ([{"is": "ThirdParty", "dn": {"site": "x"}, "role": 1}], r"no other switch 'x'"),
        (
            [{"is": "ThirdParty", "dn": {"dict": [1]}, "role": 1}],
            r"objects\.0\.dn\.dict: cannot",
        ),
    ],
)
def test_what_is_wrong_with_a_document_is_told_with_its_place(
    objects: list[Any], place: str
) -> None:
    with pytest.raises(SnapshotError, match=place):
        decoder(objects)


# -- whole documents ----------------------------------------------------------------------------


def _without_digest(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "digest"}


def _lost_part(document: dict[str, Any]) -> None:
    del document["states"][0]["parts"]["ledger"]


def _lost_attribute(document: dict[str, Any]) -> None:
    del document["states"][0]["parts"]["floor"]["agents"]


def _unknown_attribute(document: dict[str, Any]) -> None:
    document["states"][0]["parts"]["floor"]["more"] = 1


def _unknown_of_a_dn(document: dict[str, Any]) -> None:
    document["states"][0]["dns"]["7001"]["more"] = 1


def _no_calls(document: dict[str, Any]) -> None:
    document["states"][0]["parts"]["switch"]["calls"] = {"dict": [[1, "a call"]]}


def _broken_call(document: dict[str, Any]) -> None:
    call = next(one for one in document["states"][0]["objects"] if one["is"] == "Call")
    call["parties"] = ["nobody"]


def _no_clock(document: dict[str, Any]) -> None:
    del document["clock"]


def _no_states(document: dict[str, Any]) -> None:
    document["states"] = [7]


def _too_deep(document: dict[str, Any]) -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    document["states"][0]["parts"]["switch"]["calls"] = deep


def _other_profile(document: dict[str, Any]) -> None:
    document["profile"] = "sfb"


def _two_switches(document: dict[str, Any]) -> None:
    document["states"] *= 2


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (_lost_part, r"^parts\.ledger: is missing"),
        (_lost_attribute, r"^parts\.floor\.agents: is missing"),
        (_unknown_attribute, r"^parts\.floor\.more: is not known here"),
        (_unknown_of_a_dn, r"^dns\.7001\.more: is not known here"),
        (_no_calls, r"^parts\.switch\.calls: 'a call' is no call"),
        (_broken_call, r"^parts\.switch\.calls: "),
        (_no_clock, r"^this is no document of tlibsim: KeyError\('clock'\)"),
        (_no_states, r"^this is no document of tlibsim: TypeError"),
        (
            _too_deep,
            r"^(parts\.switch\.calls: |this is no document of tlibsim: RecursionError)",
        ),
        (_other_profile, r"^profile: it was saved with profile sfb, this is sip-server"),
        (_two_switches, r"^states: it was saved with 2 switches, here are 1"),
    ],
)
def test_a_document_that_is_wrong_changes_nothing(
    spoil: Callable[[dict[str, Any]], None], text: str
) -> None:
    bench = Bench()
    mid_transfer(bench)
    document = _without_digest(bench.save())
    spoil(document)
    before, facts = bench.state(), len(bench.facts())
    with pytest.raises(SnapshotError, match=text):
        bench.load(sealed(document))
    assert bench.state() == before
    assert len(bench.facts()) == facts


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "this is no snapshot"),
        ({"calls": []}, "this is no snapshot"),
        ({"tlibsim-snapshot": 99}, "version 99 is not known here; this is 1"),
        ({"tlibsim-snapshot": 1}, "digest: the file was changed, or is not complete"),
    ],
)
def test_what_is_no_snapshot_is_told_to_be_none(document: Any, text: str) -> None:
    with pytest.raises(SnapshotError, match=text):
        Bench().load(document)


def test_clients_get_the_link_back_when_it_cannot_be_done_after_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise SnapshotError("not now")

    bench = Bench()
    document = bench.save()
    bench.talking("7001")
    monkeypatch.setattr(restoring, "_swap", fail)
    with pytest.raises(SnapshotError, match="not now"):
        bench.load(document)
    assert bench.state()["link"] == "up"
    assert bench.facts()[-1] == "LinkRestored()"
    bench.talking("7001")


def test_a_file_that_somebody_changed_is_refused() -> None:
    bench = Bench()
    document = bench.save()
    document["seed"] = 7
    with pytest.raises(SnapshotError, match="digest"):
        bench.load(document)


def test_a_snapshot_of_another_configuration_is_refused_with_what_is_missing() -> None:
    bench = Bench(more_dns=("7301", "7302"))
    bench.talking("7301")
    bench.talking("7302")
    bench.talking("7001")
    document = bench.save()
    other = Bench()
    with pytest.raises(SnapshotError, match="this one has no DN 7301, DN 7302$"):
        other.load(document)
    assert other.facts() == []


def test_a_dn_that_is_about_to_leave_the_configuration_is_missing() -> None:
    bench = Bench(more_dns=("7301",))
    bench.talking("7301")
    settings = bench.server.settings
    dns = {dn: one for dn, one in settings.dns.items() if dn != "7301"}
    bench.server.reload(replace(settings, dns=dns))
    assert "7301" in bench.server.switch.devices
    document, before = bench.save(), bench.state()
    with pytest.raises(SnapshotError, match="this one has no DN 7301$"):
        bench.load(document)
    assert bench.state() == before


def test_what_a_new_configuration_says_of_a_dn_counts_after_loading() -> None:
    bench = Bench()
    bench.talking("7001")
    document = bench.save()
    settings = bench.server.settings
    place = replace(settings.dns["7002"], options=DnOptions(answer_after=4))
    bench.server.reload(replace(settings, dns={**settings.dns, "7002": place}))
    bench.load(document)
    assert bench.state()["dns"][1]["behavior"] == {"answer_after": 4}
    assert bench.state()["calls"]


def test_dns_to_which_nothing_happened_may_be_missing() -> None:
    bench = Bench(more_dns=("7301",))
    bench.talking("7001")
    document = bench.save()
    other = Bench()
    other.load(document)
    assert other.state()["calls"] == bench.state()["calls"]


def test_a_server_that_was_just_started_takes_the_state_of_another_run() -> None:
    bench = Bench({"seed": 77})
    made = bench.mid_transfer()
    document = bench.save()
    fresh = Bench({"seed": 5})
    fresh.load(document)
    assert fresh.state() == bench.state()
    assert fresh.inbound("7003") == bench.inbound("7003")
    fresh.do(CompleteTransfer(dn=Dn("7001"), conn_id=made))
    assert {party["dn"] for party in fresh.state()["calls"][0]["parties"]} == {
        "4155550100",
        "7002",
    }


def test_a_call_to_a_switch_in_another_process_cannot_be_kept() -> None:
    bench = Bench()
    switch = bench.server.switch
    switch.link_site(Site(server="s", switch="here"), Site(server="s", switch="elsewhere"))
    assert bench.save()
    bench.do(MakeCall(dn=Dn("7001"), to="8801", location="elsewhere"))
    with pytest.raises(SnapshotError, match="a call leads to the switch elsewhere"):
        bench.save()


def test_a_snapshot_is_written_the_same_way_each_time() -> None:
    bench = Bench()
    mid_transfer(bench)
    assert bench.save() == bench.save()


def test_nothing_is_saved_or_loaded_while_the_clock_is_turned() -> None:
    bench = Bench()
    document = bench.save()
    end = bench.server.clock.begin_jump(10)
    try:
        with pytest.raises(SnapshotError, match="clock is being turned"):
            bench.save()
        with pytest.raises(SnapshotError, match="clock is being turned"):
            bench.load(document)
    finally:
        bench.server.clock.end_jump(end)
