"""Whatever comes over the wire, nothing but our own error comes out, and legs stay bounded."""

from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.sip.wire import Bed, Notes, answer, offer
from tlibsim.media.sip.bodies import sdp_in
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import (
    parse_address,
    parse_challenge,
    parse_interval,
    parse_parameters,
    parse_retry_after,
    parse_sequence,
    parse_via,
    split_list,
)
from tlibsim.media.sip.message import (
    Request,
    Response,
    StreamFramer,
    parse_message,
    render_message,
)
from tlibsim.media.sip.negotiation import agree, answer_to
from tlibsim.media.sip.sdp import (
    Codec,
    Direction,
    MediaDescription,
    Origin,
    SessionDescription,
    parse,
    render,
)
from tlibsim.media.sip.uri import parse_uri
from tlibsim.media.sip.values import InviteRequest, LegState

TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=60)
PIECES = st.sampled_from(
    [
        *(b"SIP/2.0", b" ", b"\r\n", b"\r\n\r\n", b"INVITE", b"sip:a@b", b"Via: SIP/2.0/UDP h"),
        *(b";branch=z9hG4bK1", b"CSeq: 1 INVITE", b"Content-Length: ", b"9", b"-", b"200 OK"),
        *(
            b"To: <sip:x>;tag=1",
            b'"',
            b"<",
            b">",
            b",",
            b"\x00",
            b"\xff",
            b"v=0",
            b"m=audio 1 ",
        ),
        *(b"RTP/AVP 0", b"a=", b"c=IN IP4 h", b":", b"Content-Type: multipart/x;boundary=b"),
    ]
)
BYTES = st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=60).map(b"".join))
NAMES = st.sampled_from(["X-A", "Via", "Contact", "Subject", "P-Odd.Name"])
VALUES = st.text(
    st.characters(min_codepoint=32, blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs")),
    max_size=40,
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=8).map(tuple)


@given(BYTES)
def test_a_message_is_read_or_has_our_error(data: bytes) -> None:
    try:
        message = parse_message(data)
    except SipError:
        return
    again = parse_message(render_message(message))

    assert (again.body, type(again)) == (message.body, type(message))


@given(
    st.one_of(
        st.builds(
            Request,
            method=st.sampled_from(["INVITE", "BYE", "X-Method"]),
            uri=st.just("sip:a@b;c=d"),
            headers=HEADERS,
            body=st.binary(max_size=100),
        ),
        st.builds(
            Response,
            code=st.integers(100, 699),
            reason=VALUES,
            headers=HEADERS,
            body=st.binary(max_size=100),
        ),
    )
)
def test_a_written_message_is_read_as_it_was(message: Request | Response) -> None:
    again = parse_message(render_message(message))
    length = ("Content-Length", str(len(message.body)))

    assert again.headers == (*message.headers, length)
    assert again.body == message.body
    if isinstance(message, Request):
        assert isinstance(again, Request)
        assert (again.method, again.uri) == (message.method, message.uri)
    else:
        assert isinstance(again, Response)
        assert (again.code, again.reason) == (message.code, message.reason)


@given(st.lists(BYTES, max_size=8))
def test_a_stream_is_cut_or_lost(pieces: list[bytes]) -> None:
    framer = StreamFramer()
    try:
        for piece in pieces:
            framer.feed(piece)
    except SipError:
        return


@given(st.one_of(TEXTS, st.text(alphabet='<>",;:=\\ @[]sip.0/UDPa1', max_size=80)))
def test_each_header_is_read_or_has_our_error(text: str) -> None:
    for reader in (parse_address, parse_via, parse_sequence, parse_uri):
        try:
            reader(text)
        except SipError:
            continue
    parse_interval(text)
    parse_retry_after(text)
    parse_parameters(text)
    parse_challenge(text, proxy=True)
    parse_challenge("Digest " + text, proxy=False)
    assert all(split_list(text))


@given(BYTES)
def test_a_description_is_read_or_has_our_error(body: bytes) -> None:
    for data in (body, offer() + body, answer() + body):
        try:
            session = parse(data)
            assert render(parse(render(session))) == render(session)
            agree(parse(offer()), session)
            answer_to(session, parse(offer()))
        except SipError:
            continue


@given(BYTES, st.one_of(TEXTS, st.just('multipart/mixed;boundary="b"')))
def test_sdp_is_found_in_a_body_or_has_our_error(body: bytes, kind: str) -> None:
    try:
        found = sdp_in(kind, body)
    except SipError:
        return
    assert found in body


DIRECTIONS = {one.value for one in Direction}
WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-/", min_size=1, max_size=12)
LINES = st.builds(
    MediaDescription,
    kind=st.sampled_from(["audio", "video"]),
    port=st.integers(0, 65_535),
    protocol=st.sampled_from(["RTP/AVP", "RTP/SAVP"]),
    formats=st.lists(st.integers(0, 127).map(str), max_size=4).map(tuple),
    address=st.sampled_from(["", "192.0.2.1", "2001:db8::2"]),
    attributes=st.lists(
        st.tuples(
            WORDS.filter(lambda word: word not in DIRECTIONS), st.one_of(st.none(), WORDS)
        ),
        max_size=4,
    ).map(tuple),
    direction=st.one_of(st.none(), st.sampled_from(Direction)),
)


@given(
    st.builds(
        SessionDescription,
        origin=st.builds(
            Origin,
            username=WORDS,
            session_id=st.integers(0, 10**19),
            version=st.integers(0, 10**19),
        ),
        name=WORDS,
        address=st.sampled_from(["", "192.0.2.1", "recorder.example"]),
        media=st.lists(LINES, max_size=4).map(tuple),
    )
)
def test_a_written_description_is_read_as_it_was(session: SessionDescription) -> None:
    assert parse(render(session)) == session


@given(LINES)
def test_codecs_of_any_line_can_be_listed(line: MediaDescription) -> None:
    assert all(isinstance(one, Codec) for one in line.codecs)


# A whole agent.


@settings(max_examples=60)
@given(st.lists(BYTES, max_size=10))
def test_no_bytes_disturb_a_leg_that_is_up(pieces: list[bytes]) -> None:
    bed = Bed()
    leg = bed.up()
    for piece in pieces:
        bed.wire.deliver(piece)
        bed.advance(0.3)

    assert leg.state is LegState.UP
    assert bed.notes.events == []


CODES = st.sampled_from([100, 180, 200, 200, 200, 302, 401, 422, 481, 486, 491, 503])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reply"), CODES),
        st.tuples(st.just("reply"), CODES),
        st.tuples(st.just("reply before"), CODES),
        st.tuples(st.just("old"), st.integers(0, 30)),
        st.tuples(
            st.just("ask"),
            st.sampled_from(
                ["BYE", "INVITE", "INVITE", "UPDATE", "INFO", "ACK", "ACK", "CANCEL"]
            ),
        ),
        st.tuples(st.just("order"), st.sampled_from(["bye", "reinvite", "reinvite", "info"])),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 5, 40, 1000])),
        st.tuples(st.just("mangle"), st.integers(0, 2000)),
    ),
    max_size=30,
)


def play(bed: Bed, steps: list[tuple[str, object]]) -> None:
    """A recorder and a user who do anything in any order."""
    leg = bed.invite()
    heard: list[bytes] = []
    version = 1
    for number, (what, how) in enumerate(steps):
        asked = [
            one for one, _ in bed.wire.sent if isinstance(one, Request) and one.method != "ACK"
        ]
        current = asked[-2:][0] if what == "reply before" else asked[-1]
        if what.startswith("reply"):
            body = answer("recvonly", version=number) if how == 200 else b""
            extra = {422: "Min-SE: 300", 200: "Session-Expires: 90;refresher=uac"}.get(
                int(str(how)), "Contact: <sip:x@192.0.2.3>"
            )
            heard.append(bed.reply(current, int(str(how)), body=body, headers=extra))
        elif what == "old" and heard:
            bed.wire.deliver(heard[int(str(how)) % len(heard)])
        elif what == "ask":
            heard.append(bed.ask(leg, str(how), 100 + number // 2, body=answer()))
        elif what == "wait":
            bed.advance(float(str(how)))
        elif what == "mangle" and heard:
            data = heard[-1]
            place = int(str(how)) % len(data)
            bed.wire.deliver(data[:place] + b"#" + data[place + 1 :])
        elif what == "order":
            version += 1
            {
                "bye": leg.bye,
                "reinvite": partial(leg.reinvite, offer(version)),
                "info": partial(leg.info, b"x", "text/plain"),
            }[str(how)]()
    leg.bye()


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_any_course_of_a_leg_has_one_last_word_and_leaves_nothing(
    steps: list[tuple[str, object]],
) -> None:
    bed = Bed()
    play(bed, steps)
    bed.advance(200)
    names = bed.notes.names()

    assert sum(name in {"failed", "ended"} for name in names) == 1
    assert names[-1] in {"failed", "ended"}
    assert bed.agent.legs == 0
    assert bed.agent.open_transactions == 0
    assert bed.clock.getDelayedCalls() == []


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_course_of_one_leg_leaves_that_of_another_recorder_alone(
    steps: list[tuple[str, object]],
) -> None:
    bed, notes = Bed(), Notes()
    good = bed.agent.invite(
        InviteRequest(request_uri="sip:good@192.0.2.99", offer=offer()), notes
    )
    bed.reply(bed.wire.last("INVITE"), 200, body=answer(), contact="sip:good@192.0.2.99")
    play(bed, steps)
    bed.advance(1)
    good.reinvite(offer(2, "inactive"))
    bed.advance(0)
    bed.reply(bed.wire.last("INVITE"), 200, body=answer("inactive"))
    good.bye()
    bed.reply(bed.wire.last("BYE"), 200)

    assert notes.names() == ["answered", "reinvite_done", "ended"]
    assert not notes.end.lost
