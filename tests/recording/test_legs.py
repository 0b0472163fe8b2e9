"""RECORDING.md 8, MEDIA.md 5.1 and 5.2: what a recorder would be invited with."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibsim.recording.legs import build_legs, request_uri
from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.session import Leg


def legs(*destinations: str, other_dn: str = "7002", **rules: Any) -> tuple[Leg, ...]:
    return build_legs(
        record_id="rec-5f02",
        call_uuid="00TLIBSIM0000000000000000000001A",
        record_dn="7001",
        other_dn=other_dn,
        destinations=destinations,
        params=(("name1", "value1"),),
        rules=RecordingRules(**rules),
    )


def uri(dest: str = "sip:192.0.2.20:5060", record_id: str = "x", **values: Any) -> str:
    given_values: dict[str, Any] = {
        "call_uuid": "U",
        "dn": "1",
        "other_dn": "",
        "record_dn": "1",
        "params": (),
    }
    return request_uri(dest=dest, record_id=record_id, **(given_values | values))


def test_each_party_has_a_leg_of_its_own() -> None:
    begin = "sip:record=rec-5f02@192.0.2.20:5060;calluuid=00TLIBSIM0000000000000000000001A"

    assert [leg.uri for leg in legs("sip:192.0.2.20:5060")] == [
        f"{begin};dn=7001;recordDN=7001;name1=value1",
        f"{begin};dn=7002;recordDN=7001;name1=value1",
    ]


def test_one_leg_may_carry_both_parties() -> None:
    (leg,) = legs("sip:192.0.2.20:5060", recordingclient_recmediactl="1")

    assert (leg.dn, leg.other_dn) == ("7001", "7002")
    assert leg.uri == (
        "sip:record=rec-5f02@192.0.2.20:5060;calluuid=00TLIBSIM0000000000000000000001A"
        ";dn=7001;otherDN=7002;recordDN=7001;name1=value1"
    )


def test_the_second_destination_has_an_identifier_of_its_own() -> None:
    made = legs("sip:10.0.0.101", "sip:10.0.0.102", dup_id_suffix="-copy")

    assert [(leg.dn, leg.dest, leg.uri.split(";")[0]) for leg in made] == [
        ("7001", "sip:10.0.0.101", "sip:record=rec-5f02@10.0.0.101"),
        ("7002", "sip:10.0.0.101", "sip:record=rec-5f02@10.0.0.101"),
        ("7001", "sip:10.0.0.102", "sip:record=rec-5f02-copy@10.0.0.102"),
        ("7002", "sip:10.0.0.102", "sip:record=rec-5f02-copy@10.0.0.102"),
    ]


def test_somebody_alone_has_one_leg() -> None:
    assert [leg.dn for leg in legs("sip:a", other_dn="")] == ["7001"]


@pytest.mark.parametrize(
    ("dest", "begins"),
    [
        ("sip:10.0.0.101", "sip:record=x@10.0.0.101;"),
        ("sips:rec.example", "sips:record=x@rec.example;"),
        ("SIP:rec@10.0.0.1:5080;transport=tcp?h=v", "sip:record=x@10.0.0.1:5080;"),
        ("10.0.0.7:5060", "sip:record=x@10.0.0.7:5060;"),
        ("rec.example", "sip:record=x@rec.example;"),
        ("sip:[2001:db8::1]:5060", "sip:record=x@[2001:db8::1]:5060;"),
        ("sip:a b\r\nVia: c", "sip:record=x@a%20b%0D%0AVia:%20c;"),
    ],
)
def test_the_host_is_that_of_the_destination(dest: str, begins: str) -> None:
    assert uri(dest).startswith(begins)


def test_what_a_uri_cannot_hold_is_escaped() -> None:
    made = uri(record_id="a b@c#ü", params=(("na me", "1;2=3@4"), ("flag", "")))

    assert made == (
        "sip:record=a%20b%40c%23%C3%BC@192.0.2.20:5060;calluuid=U;dn=1;recordDN=1"
        ";na%20me=1%3B2%3D3%404;flag"
    )


def test_bytes_that_were_no_text_are_escaped_as_they_came() -> None:
    assert uri(record_id="\udcff").startswith("sip:record=%FF@")
    assert uri(record_id="\ud800").startswith("sip:record=%ED%A0%80@")


def test_a_parameter_cannot_take_the_place_of_a_reserved_one() -> None:
    names = ("recordDN", "DN", "CallUUID", "otherdn", "")

    assert uri(params=tuple((name, "9") for name in names)) == uri()


@given(
    record_id=st.text(min_size=1),
    params=st.lists(st.tuples(st.text(), st.text())),
    dest=st.text(),
)
def test_whatever_goes_in_the_uri_has_only_what_rfc_3261_allows(
    record_id: str, params: list[tuple[str, str]], dest: str
) -> None:
    made = uri(dest, record_id, params=params)

    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert set(made) <= allowed | set("-_.!~*'()%&=+$,;?/:@[]")
    assert made.count("@") == 1
