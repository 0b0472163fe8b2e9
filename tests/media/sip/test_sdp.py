"""Session descriptions, and what offer and answer mean together (MEDIA.md 3.3)."""

from dataclasses import replace

import pytest

from tests.media.sip.wire import answer, offer
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.negotiation import agree, answer_to, versioned
from tlibsim.media.sip.sdp import (
    Direction,
    MediaDescription,
    Origin,
    SessionDescription,
    parse,
    render,
)

VIDEO = (
    b"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=a name\r\ni=about\r\nc=IN IP4 192.0.2.1/127\r\n"
    b"b=AS:64\r\nt=0 0\r\na=tool:x\r\na=inactive\r\n"
    b"m=audio 42000/2 RTP/AVP 8 101\r\nc=IN IP4 192.0.2.9\r\na=rtpmap:101 telephone-event/8000\r\n"
    b"a=fmtp:101 0-15\r\na=label:1\r\na=recvonly\r\na=rtcp:42009 IN IP4 192.0.2.9\r\n"
    b"m=video 42002 RTP/AVP 99\r\nb=AS:256\r\na=rtpmap:99 H264/90000\r\n"
    b"a=fmtp:99 profile-level-id=42e01f\r\na=label:2\r\n"
)


def described(**more: object) -> SessionDescription:
    return replace(parse(offer()), **more)  # type: ignore[arg-type]


# Reading.


def test_a_description_with_audio_and_video_is_read() -> None:
    session = parse(VIDEO)
    audio, video = session.media

    assert session.origin == Origin(session_id=1, version=2, address="192.0.2.1")
    assert (session.name, session.address) == ("a name", "192.0.2.1")
    assert session.other == (("i", "about"), ("b", "AS:64"))
    assert (audio.port, audio.formats, audio.label) == (42000, ("8", "101"), "1")
    assert [one.name for one in audio.codecs] == ["PCMA/8000", "TELEPHONE-EVENT/8000"]
    assert video.codecs[0].fmtp == "profile-level-id=42e01f"
    assert session.address_of(audio) == "192.0.2.9"
    assert session.address_of(video) == "192.0.2.1"
    assert session.direction_of(audio) is Direction.RECVONLY
    assert session.direction_of(video) is Direction.INACTIVE


def test_what_was_read_is_written_in_the_order_of_the_rfc() -> None:
    session = parse(VIDEO)
    again = render(session)

    assert parse(again) == session
    assert [line[:1] for line in again.decode().splitlines()[:9]] == list("vosicbtaa")


def test_sloppy_lines_are_forgiven() -> None:
    session = parse(
        b"v=0\n\ngarbage\no=x y z\n s=- \nc=IN IP4\na=\na=sendonly\nm=AUDIO 4000 rtp/avp 0 x\n"
        b"a=rtpmap\na=rtpmap:\na=crypto:bad\na=label\n"
    )

    assert session.origin.session_id == 0
    assert session.media[0].kind == "audio"
    assert session.media[0].protocol == "RTP/AVP"
    assert [one.payload for one in session.media[0].codecs] == [0]
    assert session.media[0].cryptos == ()
    assert session.media[0].label == ""


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"hello",
            b"\x00\xff",
            b"m=",
            b"v=0\r\nm=audio\r\n",
            b"v=0\r\nm=audio x RTP/AVP 0\r\n",
        ),
        *(b"v=0\r\nm=audio 70000 RTP/AVP 0\r\n", b"v=0\r\n" + b"m=audio 1 RTP/AVP 0\r\n" * 33),
        *(b"v=0\r\n" + b"a=x\r\n" * 3000, b"v=0\r\n" * 20000),
    ],
)
def test_what_is_no_description_has_the_error_of_ours(body: bytes) -> None:
    with pytest.raises(SipError):
        parse(body)


# Writing.


def test_the_offer_is_written_as_the_media_document_has_it() -> None:
    session = SessionDescription(
        origin=Origin(username="tlibsim", session_id=4001, version=1, address="192.0.2.10"),
        address="192.0.2.10",
        media=(
            MediaDescription(
                port=20000,
                formats=("0", "8"),
                attributes=(
                    ("rtpmap", "0 PCMU/8000"),
                    ("rtpmap", "8 PCMA/8000"),
                    ("ptime", "20"),
                ),
                direction=Direction.SENDONLY,
            ),
        ),
    )

    assert render(session) == offer()


def test_ipv6_addresses_are_named_so() -> None:
    assert b"c=IN IP6 2001:db8::1\r\n" in render(described(address="2001:db8::1"))


@pytest.mark.parametrize("bad", ["a\r\nb", "a\nb", "a\rb", "a\0b"])
def test_a_line_end_in_a_value_is_never_written(bad: str) -> None:
    with pytest.raises(SipError):
        render(described(name=bad))


def test_a_key_is_not_in_the_words_for_people() -> None:
    session = parse(offer() + b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRETKEY|2^31\r\n")
    crypto = session.media[0].cryptos[0]

    assert crypto.key == "inline:SECRETKEY|2^31"
    assert "SECRET" not in repr(crypto)


# Answers by position.


def test_an_answer_is_read_by_position() -> None:
    streams, warnings = agree(parse(offer(lines=2)), parse(answer("recvonly", 42000, 42002)))

    assert [(one.port, one.address, one.direction) for one in streams] == [
        (42000, "192.0.2.20", Direction.SENDONLY),
        (42002, "192.0.2.20", Direction.SENDONLY),
    ]
    assert warnings == ()


def test_port_zero_turns_one_line_off_with_a_warning() -> None:
    streams, warnings = agree(
        parse(offer(lines=2)),
        parse(answer("recvonly", 42000, 42002).replace(b"audio 42002", b"audio 0")),
    )

    assert [one.on for one in streams] == [True, False]
    assert warnings == ("line 2: refused with port 0",)


def test_missing_and_superfluous_lines_are_warned_of() -> None:
    streams, warnings = agree(parse(offer(lines=2)), parse(answer()))
    assert [one.on for one in streams] == [True, False]
    assert warnings == ("line 2: missing in the answer",)

    _, warnings = agree(parse(offer()), parse(answer("recvonly", 42000, 42002)))
    assert warnings == ("the answer has lines that were not offered",)


def test_the_first_codec_of_the_answer_that_was_offered_wins() -> None:
    body = (
        answer()
        .replace(b"RTP/AVP 0", b"RTP/AVP 18 101 8 0")
        .replace(b"a=rtpmap:0", b"a=rtpmap:101 telephone-event/8000\r\na=rtpmap:0")
    )
    streams, _ = agree(parse(offer()), parse(body))

    assert streams[0].codec is not None
    assert streams[0].codec.name == "PCMA/8000"


def test_a_dynamic_payload_type_is_matched_by_name_and_keeps_the_number_of_the_answer() -> None:
    ours = parse(
        b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 20000 RTP/AVP 96 97\r\n"
        b"a=rtpmap:96 VP8/90000\r\na=rtpmap:97 H264/90000\r\n"
    )
    theirs = parse(
        b"v=0\r\nc=IN IP4 192.0.2.2\r\nm=video 40000 RTP/AVP 120\r\na=rtpmap:120 h264/90000\r\n"
    )
    streams, _ = agree(ours, theirs)

    assert streams[0].codec is not None
    assert (streams[0].codec.payload, streams[0].codec.name) == (120, "H264/90000")


@pytest.mark.parametrize(
    ("direction", "ours"),
    [
        ("recvonly", Direction.SENDONLY),
        ("sendrecv", Direction.SENDONLY),
        ("inactive", Direction.INACTIVE),
        ("sendonly", Direction.INACTIVE),
    ],
)
def test_we_send_when_both_want_it(direction: str, ours: Direction) -> None:
    streams, warnings = agree(parse(offer()), parse(answer(direction)))

    assert streams[0].direction is ours
    assert bool(warnings) == (not ours.sends)


def test_the_unspecified_address_means_on_hold() -> None:
    streams, warnings = agree(
        parse(offer()), parse(answer().replace(b"c=IN IP4 192.0.2.20", b"c=IN IP4 0.0.0.0"))
    )

    assert streams[0].on
    assert not streams[0].direction.sends
    assert warnings


def test_a_line_that_we_offered_with_port_zero_is_off_without_a_warning() -> None:
    ours = parse(offer(lines=2).replace(b"audio 20002", b"audio 0"))
    streams, warnings = agree(
        ours, parse(answer("recvonly", 42000, 42002).replace(b"audio 42002", b"audio 0"))
    )

    assert [one.on for one in streams] == [True, False]
    assert warnings == ()


def test_the_key_of_the_answer_must_have_the_tag_and_suite_of_ours() -> None:
    def secured(body: bytes, keys: bytes) -> SessionDescription:
        return parse(body.replace(b"RTP/AVP", b"RTP/SAVP") + keys)

    ours = secured(offer(), b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:OURS\r\n")
    good = secured(
        answer(),
        b"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:X\r\n"
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:THEIRS\r\n",
    )
    streams, _ = agree(ours, good)
    assert streams[0].crypto is not None
    assert streams[0].crypto.key == "inline:THEIRS"

    with pytest.raises(SipError, match="no key"):
        agree(ours, secured(answer(), b"a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:X\r\n"))


def test_rtcp_ports_and_multiplexing_are_read() -> None:
    streams, _ = agree(parse(offer()), parse(answer() + b"a=rtcp:42777\r\na=rtcp-mux\r\n"))

    assert streams[0].rtcp_port == 42777
    assert not streams[0].rtcp_mux  # we did not offer it


# Our answers.


def test_our_answer_has_the_payload_type_of_the_offer() -> None:
    theirs = parse(
        b"v=0\r\nc=IN IP4 192.0.2.2\r\nm=audio 40000 RTP/AVP 118 8\r\na=rtpmap:118 PCMU/8000\r\n"
        b"a=recvonly\r\n"
    )
    ours = answer_to(theirs, parse(offer()))

    assert ours.media[0].formats == ("118",)
    assert ours.media[0].attributes[0] == ("rtpmap", "118 PCMU/8000")
    assert ours.media[0].direction is Direction.SENDONLY


def test_our_key_is_sent_under_the_tag_of_the_offer() -> None:
    ours = parse(
        offer().replace(b"RTP/AVP", b"RTP/SAVP")
        + b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:OURS\r\n"
    )
    theirs = parse(
        answer().replace(b"RTP/AVP", b"RTP/SAVP")
        + b"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:THEIRS\r\n"
    )
    said = answer_to(theirs, ours)

    assert [(one.tag, one.key) for one in said.media[0].cryptos] == [(3, "inline:OURS")]
    with pytest.raises(SipError):
        answer_to(parse(answer()), ours)


def test_an_unchanged_description_keeps_its_version() -> None:
    last = parse(offer(5))
    same = replace(last, origin=replace(last.origin, version=1))

    assert versioned(same, last).origin.version == 5
    assert versioned(replace(same, name="other"), last).origin.version == 6
