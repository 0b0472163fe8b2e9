"""Messages, headers and addresses: what is odd but lawful is read, the rest has one error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import (
    listed,
    parse_address,
    parse_challenge,
    parse_interval,
    parse_retry_after,
    parse_sequence,
    parse_via,
    split_list,
    with_received,
)
from tlibsim.media.sip.message import (
    MAX_BODY,
    MAX_HEAD,
    Request,
    Response,
    StreamFramer,
    first,
    parse_message,
    render_message,
    shown,
)
from tlibsim.media.sip.uri import hop_to, parse_uri, plain
from tlibsim.media.sip.values import Transport

TORTURE = (
    b"\r\n\r\nINVITE sip:record=a%20b;x=y@[2001:db8::1]:5062;lr;dn=7001 SIP/2.0\r\n"
    b"v:SIP / 2.0 / UDP  192.0.2.2:5060 ;branch = z9hG4bK1 ;rport , SIP/2.0/TCP b\r\n"
    b'TO :\r\n\t"A \\"quoted, name" <sip:to@h;p=1>\r\n  ; x = "a;b"\r\n'
    b"f: sip:from@h;tag=t1\r\n"
    b"CALL-ID: 1(2)3@x\r\n"
    b"cSeq:   0009\r\n INVITE\r\n"
    b'm: "Quo,ted" <sip:c@h>;q=0.5, <sip:d@h>\r\n'
    b"this line is no header\r\n"
    b"Subject\r\n"
    b"S:\r\n"
    b"X-Odd!%*_+`'~.: \xff\xfe\r\n"
    b"k: timer ,, siprec\r\n"
    b"l: 4\r\n\r\nbodyEXTRA"
)


def test_a_tortured_request_is_read() -> None:
    message = parse_message(TORTURE)
    assert isinstance(message, Request)

    assert message.uri == "sip:record=a%20b;x=y@[2001:db8::1]:5062;lr;dn=7001"
    uri = parse_uri(message.uri)
    assert (uri.user, uri.host, uri.port) == ("record=a%20b;x=y", "2001:db8::1", 5062)
    assert uri.parameter("lr") == ""
    vias = [parse_via(one) for one in listed(message.headers, "Via")]
    assert [(via.transport, via.host, via.port) for via in vias] == [
        ("UDP", "192.0.2.2", 5060),
        ("TCP", "b", 0),
    ]
    assert vias[0].branch == "z9hG4bK1"
    to = parse_address(first(message.headers, "To") or "")
    assert (to.uri, to.parameters) == ("sip:to@h;p=1", {"x": "a;b"})
    assert parse_address(first(message.headers, "From") or "").tag == "t1"
    assert parse_sequence(first(message.headers, "CSeq")).number == 9
    assert len(listed(message.headers, "Contact")) == 2
    assert listed(message.headers, "Supported") == ("timer", "siprec")
    assert message.body == b"body"


def test_bytes_that_are_no_text_survive_and_can_be_shown() -> None:
    message = parse_message(TORTURE)
    value = first(message.headers, "x-odd!%*_+`'~.") or ""

    assert b"\xff\xfe" in render_message(message)
    assert shown(value).encode("utf-8")


def test_bare_line_feeds_are_taken() -> None:
    message = parse_message(b"SIP/2.0 200 OK\nVia: x\nl: 3\n\nabc")

    assert isinstance(message, Response)
    assert (message.code, message.reason, message.body) == (200, "OK", b"abc")


def test_a_reason_may_be_missing_or_odd() -> None:
    for text, reason in ((b"SIP/2.0 200", ""), (b"sip/2.0 486  Besetzt \xc3\xa4", "Besetzt ä")):
        message = parse_message(text + b"\r\n\r\n")
        assert isinstance(message, Response)
        assert message.reason == reason


@pytest.mark.parametrize(
    ("length", "body"),
    [
        (b"Content-Length: 2", b"ab"),
        (b"Content-Length: 2000", b"abcd"),
        (b"Content-Length: -1", b"abcd"),
        (b"Content-Length: x", b"abcd"),
        (b"Content-Length: 99999999999999", b"abcd"),
        (b"X: y", b"abcd"),
    ],
)
def test_a_datagram_has_the_body_that_came(length: bytes, body: bytes) -> None:
    message = parse_message(b"SIP/2.0 200 OK\r\n" + length + b"\r\n\r\nabcd")

    assert message.body == body


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 400),
        (b"HTTP/1.1 200 OK\r\n\r\n", 400),
        (b"SIP/2.0 20 OK\r\n\r\n", 400),
        (b"SIP/7.0 200 OK\r\n\r\n", 400),
        (b"INVITE sip:x SIP/7.0\r\n\r\n", 505),
        (b"IN<VITE sip:x SIP/2.0\r\n\r\n", 400),
        (b"INVITE sip:x y SIP/2.0\r\n\r\n", 400),
        (b"A sip:x SIP/2.0\r\n" + b"x" * MAX_HEAD, 513),
        (b"A sip:x SIP/2.0\r\n\r\n" + b"x" * (MAX_BODY + 1), 513),
        (b"A sip:x SIP/2.0\r\n" + b"a: b\r\n" * 257, 513),
    ],
)
def test_what_is_no_message_has_the_error_of_ours(data: bytes, code: int) -> None:
    with pytest.raises(SipError) as caught:
        parse_message(data)

    assert caught.value.code == code


def test_a_line_end_in_a_value_is_never_written() -> None:
    for value in ("a\r\nB: c", "a\nb", "a\r"):
        with pytest.raises(SipError):
            render_message(Request(method="OPTIONS", uri="sip:x", headers=(("X", value),)))


def test_content_length_is_ours_whatever_the_headers_say() -> None:
    data = render_message(
        Response(code=200, reason="OK", headers=(("content-length", "77"),), body=b"abc")
    )

    assert data == b"SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"


# Streams.

TWO = (
    b"\r\n\r\nOPTIONS sip:x SIP/2.0\r\nl: 3\r\n\r\nabc\r\n\r\n"
    b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
)


@given(st.lists(st.integers(0, len(TWO)), max_size=6))
def test_a_stream_gives_the_same_messages_however_it_is_cut(cuts: list[int]) -> None:
    framer, found, start = StreamFramer(), [], 0
    for end in [*sorted(cuts), len(TWO)]:
        found += framer.feed(TWO[start:end])
        start = end

    assert [parse_message(one).body for one in found] == [b"abc", b""]


def test_sdp_on_a_stream_without_a_content_length_is_taken_when_it_came_along() -> None:
    head = b"SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n"
    found = StreamFramer().feed(head + b"v=0\r\nm=audio 1 RTP/AVP 0\r\n" + TWO)

    assert [parse_message(one).body for one in found] == [
        b"v=0\r\nm=audio 1 RTP/AVP 0\r\n",
        b"abc",
        b"",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"x" * (MAX_HEAD + 1),
        b"A sip:x SIP/2.0\r\nContent-Length: many\r\n\r\n",
        b"A sip:x SIP/2.0\r\nContent-Length: 999999999\r\n\r\n",
        b"A sip:x SIP/2.0\r\n" + b"a: b\r\n" * 300 + b"\r\n",
    ],
)
def test_a_stream_that_cannot_be_cut_is_lost(data: bytes) -> None:
    with pytest.raises(SipError):
        StreamFramer().feed(data)


# Headers and addresses.


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("", []),
        (",, ,", []),
        ("a, b ,c", ["a", "b", "c"]),
        ('"a,b" <sip:c,d@e>;f="g,h", i', ['"a,b" <sip:c,d@e>;f="g,h"', "i"]),
        ('"a\\"b,c", d', ['"a\\"b,c"', "d"]),
        ('"never closed, x', ['"never closed, x']),
        ("<sip:never,closed", ["<sip:never,closed"]),
    ],
)
def test_lists_are_not_cut_inside_quotes_and_brackets(value: str, parts: list[str]) -> None:
    assert list(split_list(value)) == parts


@pytest.mark.parametrize("value", ["", "<sip:a@b", "nothing", '"only a name"', "<>"])
def test_a_header_without_an_address_has_the_error_of_ours(value: str) -> None:
    with pytest.raises(SipError):
        parse_address(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP host:0",
        "SIP/2.0/UDP [::1",
        "HTTP/1.1 h",
        "SIP/2.0/UDP ;branch=1",
    ],
)
def test_a_via_that_cannot_be_read_has_the_error_of_ours(value: str) -> None:
    with pytest.raises(SipError):
        parse_via(value)


@pytest.mark.parametrize(
    "value", [None, "", "1", "INVITE", "-1 INVITE", "4294967296 BYE", "1 A B", "\u0663 BYE"]
)
def test_a_cseq_that_cannot_be_read_has_the_error_of_ours(value: str | None) -> None:
    with pytest.raises(SipError):
        parse_sequence(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1800;refresher=uac", (1800, "uac")),
        (" 90 ; REFRESHER=UAS;x", (90, "uas")),
        ("90;refresher=nobody", (90, "")),
        ("99999999999", None),
        ("soon", None),
        (None, None),
    ],
)
def test_session_intervals_are_read(value: str | None, expected: object) -> None:
    found = parse_interval(value)

    assert (None if found is None else (found.seconds, found.refresher)) == expected


def test_retry_after_is_never_more_than_a_day_nor_less_than_nothing() -> None:
    assert [
        parse_retry_after(one) for one in ("7", "7;duration=1", "7 (x)", "-7", "1e9", "")
    ] == [*(7, 7, 7, 0, 0, 0)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("SIP/2.0/UDP a:1;branch=b", "SIP/2.0/UDP a:1;branch=b;received=9.9.9.9"),
        ("SIP/2.0/UDP 9.9.9.9;branch=b", "SIP/2.0/UDP 9.9.9.9;branch=b"),
        ("SIP/2.0/UDP a;rport;branch=b", "SIP/2.0/UDP a;rport=77;branch=b;received=9.9.9.9"),
        ("SIP/2.0/UDP a;branch=b;rport", "SIP/2.0/UDP a;branch=b;rport=77;received=9.9.9.9"),
    ],
)
def test_the_via_of_an_answer_says_where_the_request_came_from(
    value: str, expected: str
) -> None:
    assert with_received(value, "9.9.9.9", 77) == expected


def test_a_challenge_with_odd_spacing_is_read() -> None:
    found = parse_challenge(
        'digest  realm = "a \\"b\\" c" ,NONCE="n",qop="auth-int, AUTH",stale=TRUE, opaque=""',
        proxy=False,
    )
    assert found is not None

    assert (found.realm, found.nonce, found.stale) == ('a "b" c', "n", True)
    assert (found.qop, found.opaque, found.algorithm) == (("auth-int", "auth"), "", "MD5")


@pytest.mark.parametrize(
    "text",
    [
        *("sip:h", "sip:u@h", "sip:u@h:5060", "sips:u:p@h;transport=tcp;lr", "sip:[::1]:5060"),
        *("sip:record=a;b=c@h;d=e?f=g", "sip:%41@h;x=%20", "sip:h;maddr=192.0.2.1"),
    ],
)
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_uri(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "sip",
            "sip:",
            "sip:@",
            "sip:u@",
            "http://x",
            "sip:a b@c",
            "sip:u@h:x",
            "sip:u@h:0",
        ),
        *(
            "sip:u@h:65536",
            "sip:u@<h>",
            "sip:u@h\r\nX: y",
            "sip:" + "x" * 5000,
            "sip:u@-",
            "sip:[::",
        ),
    ],
)
def test_what_is_no_address_has_the_error_of_ours(text: str) -> None:
    with pytest.raises(SipError):
        parse_uri(text)


def test_the_maddr_of_an_address_is_where_it_goes() -> None:
    hop = hop_to(parse_uri("sips:u@host.example;maddr=192.0.2.7"), Transport.UDP)

    assert (hop.host, hop.server_name, hop.transport) == (
        "192.0.2.7",
        "host.example",
        Transport.TLS,
    )


def test_the_plain_address_has_no_parameters() -> None:
    uri = parse_uri("sip:record=1@h:5060;dn=7001?x=y")

    assert str(plain(uri)) == "sip:record=1@h:5060"
