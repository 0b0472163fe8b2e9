"""SIPREC: the metadata, and how they follow the call (RFC 7865, RFC 7866; MEDIA.md 7)."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.bench import AGENT, CUSTOMER, START, after
from tests.recorder.bench import Bed, leg_plan, recorders, settings
from tlibsim.media.recorder.metadata import (
    MetadataError,
    MetadataStream,
    Participant,
    RecordingMetadata,
    read,
    write,
)
from tlibsim.media.recorder.settings import ShapeKind
from tlibsim.ports.media import MediaParty

BOTH = leg_plan("7001", "4155550100")
THIRD = MediaParty(dn="7003", source=AGENT.source, started_at=START)


def siprec(**changes) -> Bed:
    given = recorders("rec1", shape=ShapeKind.SIPREC, **changes)
    return Bed(settings(pool={"recorders": given}))


def parts(body: bytes) -> list[tuple[bytes, bytes]]:
    boundary = body.split(b"\r\n", 1)[0]
    found = [one.partition(b"\r\n\r\n") for one in body.split(boundary)[1:-1]]
    return [(head.strip(), content[:-2]) for head, _, content in found]


def metadata(body: bytes):
    return read(parts(body)[1][1])


def test_the_invite_says_siprec_in_every_place():
    bed = siprec()
    bed.start(BOTH)
    request = bed.agent.legs[0].request
    assert request.request_uri == "sip:rec1:5060"
    assert ("Require", "siprec") in request.headers
    assert request.contact_parameters == ";+sip.src"
    assert request.content_type.startswith("multipart/mixed;boundary=")
    (sdp_head, sdp), (head, _) = parts(request.offer)
    assert sdp_head == b"Content-Type: application/sdp"
    assert b"a=label:1\r\n" in sdp
    assert b"a=label:2\r\n" in sdp
    assert b"Content-Type: application/rs-metadata+xml" in head
    assert b"Content-Disposition: recording-session" in head


def test_the_first_metadata_are_complete_and_fit_the_lines():
    bed = siprec()
    bed.start(BOTH)
    found = metadata(bed.agent.legs[0].offers[0])
    assert found.complete
    assert [one.aor for one in found.participants] == [
        "sip:7001@tlibsim",
        "sip:4155550100@tlibsim",
    ]
    by_label = {label: stream for stream, label in found.labels}
    first, second = found.participants
    assert (first.sends, first.hears) == ((by_label["1"],), (by_label["2"],))
    assert (second.sends, second.hears) == ((by_label["2"],), (by_label["1"],))
    assert dict(found.extension) == {
        "call-uuid": "00TLIBSIM0000000000000000000001A",
        "conn-id": "0071000000000001",
        "record-dn": "7001",
        "record-id": "rec-s1",
    }


def test_ids_are_uuids_in_base64_and_the_session_id_is_that_of_rfc_7989():
    bed = siprec()
    bed.start(BOTH)
    found = metadata(bed.agent.legs[0].offers[0])
    ids = [found.session, *(one.id for one in found.participants), found.labels[0][0]]
    assert {len(base64.b64decode(one)) for one in ids} == {16}
    assert len(set(ids)) == len(ids)
    local, _, remote = found.sip_session.partition(";remote=")
    assert len(local) == len(remote) == 32
    int(local, 16)


def test_a_pause_and_a_resume_carry_no_metadata():
    bed = siprec()
    bed.start(BOTH)
    for give in (bed.pause, bed.resume):
        give()
        bed.settle()
    assert all(body.startswith(b"v=0") for body in bed.agent.legs[0].offers[1:])


def test_a_transfer_tells_who_left_and_who_came_under_the_same_ids():
    bed = siprec()
    bed.start(BOTH)
    bed.wall.advance(5)
    changed = replace(BOTH, other_dn="7003", streams=leg_plan("7001", "7003").streams)
    bed.revise(changed, parties=(AGENT, THIRD))
    bed.settle()
    leg = bed.agent.legs[0]
    before, found = metadata(leg.offers[0]), metadata(leg.offers[1])
    assert not found.complete
    assert found.session == before.session
    assert found.labels == before.labels
    by_aor = {one.aor: one for one in found.participants}
    gone, came = by_aor["sip:4155550100@tlibsim"], by_aor["sip:7003@tlibsim"]
    assert gone.id == before.participants[1].id
    assert gone.until.startswith("2023-11-14T22:13:25")
    assert not gone.sends
    assert came.since == gone.until
    assert came.sends == (before.labels[1][0],)


def test_two_sessions_of_one_call_have_ids_of_their_own():
    bed = siprec()
    bed.start(leg_plan("7001", name="a"), leg_plan("4155550100", name="b"))
    first, second = (metadata(leg.offers[0]) for leg in bed.agent.legs)
    assert first.session != second.session
    assert first.extension == second.extension


def test_a_recorder_that_answers_420_fails_or_is_invited_without_siprec():
    for fallback in (False, True):
        bed = siprec(siprec_fallback=fallback)
        bed.agent.by_hand.add("invite")
        bed.start(BOTH)
        bed.agent.legs[0].refuse(420, "Bad Extension")
        bed.run()
        if fallback:
            again = bed.agent.legs[1].request
            assert again.request_uri.startswith("sip:record=rec-s1@rec1:5060;")
            assert again.offer.startswith(b"v=0")
            bed.agent.legs[1].accept()
        bed.settle()
        assert ("CaptureStarted" in bed.kinds()) is fallback


# -- the documents themselves ------------------------------------------------------------------

DOCUMENT = RecordingMetadata(
    key="k",
    call_uuid="u",
    started_at=START,
    participants=(
        Participant(dn="7001", since=START),
        Participant(dn="7002", since=START, until=after(3)),
    ),
    streams=(MetadataStream(label="1", senders=("7001",), receivers=("7002",)),),
    extension=(("record-id", "<&>\"'"),),
)


def test_what_was_written_is_read():
    found = read(write(DOCUMENT))
    assert found.complete
    assert [one.until for one in found.participants] == ["", "2023-11-14T22:13:23.000Z"]
    assert found.extension == (("record-id", "<&>\"'"),)
    assert found.started_at == "2023-11-14T22:13:20.000Z"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_makes_a_document_that_can_be_read(dn, value):
    participants = (Participant(dn=dn, since=START),)
    data = write(replace(DOCUMENT, participants=participants, extension=(("x", value),)))
    assert len(read(data).participants) == 1


@given(st.binary(max_size=200))
def test_nothing_that_comes_in_breaks_the_reader(data):
    with pytest.raises(MetadataError):
        read(data)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE r [<!ENTITY a "x">]><recording>&a;</recording>',
        '<!DOCTYPE r SYSTEM "file:///etc/passwd"><recording/>',
        "<recording/>",
        "<a>" * 1000,
        "",
    ],
)
def test_types_entities_and_other_documents_are_not_taken(text):
    with pytest.raises(MetadataError):
        read(text.encode())


def test_a_document_that_is_too_large_is_not_looked_at():
    with pytest.raises(MetadataError, match="more than"):
        read(b"<" * 1_000_001)


def test_the_parties_of_the_bench_are_what_the_plan_says():
    assert (AGENT.dn, CUSTOMER.dn) == (BOTH.dn, BOTH.other_dn)
