"""RECORDING.md 8, MEDIA.md 5.1 and 5.2: what a recorder would be invited with."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibsim.ports.media import LegPlan, StreamKind, StreamPlan
from tlibsim.recording.legs import Cast, LegSubject, parameters, plan_legs, request_uri
from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.session import Leg, leg_of


def plan(
    *destinations: str,
    other_dn: str = "7002",
    cast: Cast | None = None,
    params: tuple[tuple[str, str], ...] = (("name1", "value1"),),
    mixed: bool = False,
    **rules: Any,
) -> tuple[LegPlan, ...]:
    subject = LegSubject(
        record_id="rec-5f02",
        call_uuid="00TLIBSIM0000000000000000000001A",
        record_dn="7001",
        other_dn=other_dn,
        destinations=destinations,
        params=params,
        mixed=mixed,
    )
    both = Cast(record="7001", others=("7002",))
    return plan_legs(subject, cast or both, RecordingRules(**rules))


def legs(*destinations: str, **more: Any) -> tuple[Leg, ...]:
    return tuple(leg_of(one, destinations) for one in plan(*destinations, **more))


def uri(
    dest: str = "sip:192.0.2.20:5060",
    record_id: str = "x",
    params: tuple[tuple[str, str], ...] = (),
) -> str:
    subject = LegSubject(
        record_id=record_id,
        call_uuid="U",
        record_dn="1",
        other_dn="",
        destinations=(dest,),
        params=params,
    )
    (one,) = plan_legs(subject, Cast(record="1"), RecordingRules())
    return request_uri(dest, one)


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
    made = uri(dest, record_id, params=tuple(params))

    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert set(made) <= allowed | set("-_.!~*'()%&=+$,;?/:@[]")
    assert made.count("@") == 1


# -- keys and streams --------------------------------------------------------------------------


def test_a_leg_is_named_by_its_destination_and_its_side() -> None:
    two = plan("sip:a", "")
    one = plan("", recordingclient_recmediactl="1")
    mix = plan("", mixed=True)

    assert [leg.key for leg in two] == ["1.record", "1.other", "2.record", "2.other"]
    assert [leg.destination for leg in two] == [0, 0, 1, 1]
    assert [leg.key for leg in (*one, *mix)] == ["1.both", "1.mix"]


def test_user_and_parameters_are_the_request_uri_without_scheme_and_host() -> None:
    leg = plan("")[1]

    assert leg.user == "record=rec-5f02"
    assert leg.parameters == (
        ";calluuid=00TLIBSIM0000000000000000000001A;dn=7002;recordDN=7001;name1=value1"
    )
    assert request_uri("", leg) == f"sip:{leg.user}@recorder.tlibsim{leg.parameters}"


def test_in_a_conference_all_others_are_mixed_into_the_second_stream() -> None:
    cast = Cast(record="7001", others=("15550001", "7002"))

    streams = [leg.streams for leg in plan("", cast=cast)]

    assert streams == [
        (StreamPlan(dn="7001", speakers=("7001",)),),
        (StreamPlan(dn="7002", speakers=("15550001", "7002")),),
    ]


def test_with_a_supervisor_there_is_a_mixed_stream_and_the_supervisors() -> None:
    cast = Cast(record="7001", others=("15550001",), watchers=("7004",))

    (leg,) = plan("", cast=cast, recordingclient_recmediactl="1")

    assert leg.streams == (
        StreamPlan(dn="7001", speakers=("7001", "15550001")),
        StreamPlan(dn="7004", speakers=("7004",)),
    )


def test_one_session_with_video_has_four_lines_sound_before_pictures() -> None:
    cast = Cast(record="7001", others=("7002",), video=frozenset({"7001", "7002"}))

    (leg,) = plan("", cast=cast, recordingclient_recmediactl="1")

    assert [(line.dn, line.kind) for line in leg.streams] == [
        ("7001", StreamKind.AUDIO),
        ("7002", StreamKind.AUDIO),
        ("7001", StreamKind.VIDEO),
        ("7002", StreamKind.VIDEO),
    ]


def test_each_leg_has_the_pictures_of_its_own_party() -> None:
    cast = Cast(record="7001", others=("7002",), video=frozenset({"7002"}))

    assert [[line.kind.value for line in leg.streams] for leg in plan("", cast=cast)] == [
        ["audio"],
        ["audio", "video"],
    ]


@pytest.mark.parametrize("value", ["", "true", "1", " Yes "])
def test_a_client_may_ask_for_audio_only(value: str) -> None:
    cast = Cast(record="7001", others=("7002",), video=frozenset({"7001", "7002"}))

    made = plan("", cast=cast, params=((" Audio-Only", value),))

    assert [[line.kind.value for line in leg.streams] for leg in made] == [["audio"], ["audio"]]


def test_a_mixed_leg_has_one_stream_with_everybody() -> None:
    cast = Cast(record="7001", others=("7002", "7003"), watchers=("7004",))

    (leg,) = plan("", cast=cast, mixed=True)

    assert leg.streams == (StreamPlan(dn="7001", speakers=("7001", "7002", "7003", "7004")),)


def test_parameters_escape_what_would_end_them() -> None:
    made = parameters(
        call_uuid="U", dn="1", other_dn="", record_dn="1", params=(("a;b", "c;d"),)
    )

    assert made == ";calluuid=U;dn=1;recordDN=1;a%3Bb=c%3Bd"
