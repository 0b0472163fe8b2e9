"""The messages of a recording session, and the text of its trace (RECORDING.md 8, MEDIA.md 6)."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest

from tests.cdr.bed import Newsroom
from tests.recording.studio import bed
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports import msml
from tlibsim.ports.media import CaptureFailed, LegChanged, LegStatus, LegView
from tlibsim.recording.commands import (
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.exchange import Sent, messages_of
from tlibsim.recording.inspection import Document, Inspector, document_of
from tlibsim.recording.msml import parameters
from tlibsim.recording.tracetext import text_of

SEVEN, CALLER = "7001", "15550001"


def recorded(**start: Any) -> tuple[Newsroom, ConnId]:
    room = Newsroom()
    conn_id = room.inbound_answered()
    room.asking = "rec"
    room.do(StartRecording(dn=Dn(SEVEN), conn_id=conn_id, **start))
    return room, conn_id


def document(room: Newsroom) -> Document:
    """The document of the session begun last, as the store keeps it."""
    gathered = [one for one in room.shelf.sessions if one.trace.session == room.session()][-1]
    trace = Inspector(dns=bed().dns).complete(gathered.trace)
    return document_of(
        trace,
        key=gathered.key,
        server="Lab",
        switch="lab_switch",
        client=gathered.client,
        notes=gathered.notes,
    )


def sent(room: Newsroom, target: str) -> list[Sent]:
    return [one for one in messages_of(document(room)) if one.target.startswith(target)]


def roots(messages: list[Sent]) -> list[ET.Element]:
    return [ET.fromstring(one.body) for one in messages if one.body.startswith("<?xml")]


def names(element: ET.Element) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in element]


# -- to the media server -----------------------------------------------------------------------


def test_a_start_invites_both_parties_and_makes_a_conference_with_a_recorder() -> None:
    room, _ = recorded(record_id="rec-1", dest="sip:10.0.0.1", params=(("a", "<&>"),))
    room.answer_orders()

    first, second, info = sent(room, "media server")[:3]
    session = room.session()

    assert first.line == f"INVITE sip:msml={session}@msml1;dn=7001;record SIP/2.0"
    assert second.line == f"INVITE sip:msml={session}@msml1;dn=15550001;record SIP/2.0"
    assert "m=audio" in first.body
    assert info.line.startswith("INFO ")
    assert ("Content-Type", msml.ASSUMED_CONTENT_TYPE) in info.headers
    (root,) = roots([info])
    assert names(root) == ["createconference", "join", "join"]
    params = {
        param.get("name"): param.text
        for param in root.iter(f"{{{msml.ASSUMED_NAMESPACE}}}param")
    }
    assert params == {
        "record": "source",
        "id": "rec-1",
        "recordDN": SEVEN,
        "dest": "sip:10.0.0.1",
        "a": "<&>",
    }
    joins = [(one.get("id1"), one.get("id2")) for one in root.iter("join")]
    assert joins == [
        (f"conn:{SEVEN}", f"conf:{session}"),
        (f"conn:{CALLER}", f"conf:{session}"),
    ]


def test_a_free_parameter_cannot_take_the_place_of_a_named_one() -> None:
    params = parameters(
        {"record_id": "rec-1", "record_dn": SEVEN, "params": [["ID", "x"], ["b", "1"]]}
    )

    assert params == (("record", "source"), ("id", "rec-1"), ("recordDN", SEVEN), ("b", "1"))


def test_tone_and_place_are_in_the_messages() -> None:
    told = {
        "record_id": "r",
        "record_dn": SEVEN,
        "tone": {"src": "beep.wav", "interval-ms": 1500},
    }

    assert ("tonesilenceduration", "1500") in parameters(told)
    assert ("audiosrc", "beep.wav") in parameters(told)


def test_pause_and_resume_are_marked_as_assumed_and_nothing_else_is() -> None:
    room, conn_id = recorded()
    room.answer_orders()
    room.do(PauseRecording(dn=Dn(SEVEN), conn_id=conn_id))
    room.do(ResumeRecording(dn=Dn(SEVEN), conn_id=conn_id))
    room.do(StopRecording(dn=Dn(SEVEN), conn_id=conn_id))
    room.answer_orders()
    room.gatherer.take_changed()

    assumed = [one for one in messages_of(document(room)) if one.assumed]

    assert ['event="pause"' in one.body for one in assumed] == [True, False]
    assert ['event="resume"' in one.body for one in assumed] == [False, True]
    assert all("assumed" in one.body for one in assumed)
    last = roots(sent(room, "media server"))[-1]
    assert names(last) == ["destroyconference"]


@pytest.mark.parametrize("name", ['"><x>', "a\x00b\n", "\udcff", "ünï"])
def test_whatever_comes_from_the_wire_the_xml_can_be_parsed(name: str) -> None:
    ET.fromstring(msml.create(name, [(name, name)], [name]))
    ET.fromstring(msml.change(name, [name], [name]))
    ET.fromstring(msml.set_state(name, "pause"))
    ET.fromstring(msml.destroy(name))


# -- to the recorders --------------------------------------------------------------------------


def offers(room: Newsroom) -> list[tuple[str, str]]:
    """The version and the direction of every offer, in order."""
    found = []
    for one in sent(room, "recorder"):
        if one.body:
            origin = next(line for line in one.body.splitlines() if line.startswith("o="))
            found.append((origin.split()[2], one.body.splitlines()[-1]))
    return found


def test_each_leg_gets_its_invite_and_a_reinvite_with_the_next_version() -> None:
    room, conn_id = recorded(record_id="rec-1")
    room.answer_orders()
    room.do(PauseRecording(dn=Dn(SEVEN), conn_id=conn_id))
    room.do(ResumeRecording(dn=Dn(SEVEN), conn_id=conn_id))
    room.answer_orders()
    room.gatherer.take_changed()

    first = sent(room, "recorder")[0]
    assert first.line.startswith("INVITE sip:record=rec-1@recorder.tlibsim;calluuid=")
    assert offers(room) == [
        *[("1", "a=sendonly")] * 2,
        *[("2", "a=inactive")] * 2,
        *[("3", "a=sendonly")] * 2,
    ]


def test_a_stop_sends_one_bye_for_each_leg() -> None:
    room, conn_id = recorded()
    room.answer_orders()
    room.do(StopRecording(dn=Dn(SEVEN), conn_id=conn_id))
    room.gatherer.take_changed()

    byes = [one for one in sent(room, "recorder") if one.line.startswith("BYE ")]

    assert len(byes) == 2


def test_a_recorder_that_never_got_an_invite_gets_no_bye() -> None:
    room, _ = recorded()
    room.report(CaptureFailed(session=room.session(), cause="disk full"))
    room.gatherer.take_changed()

    assert sent(room, "recorder") == []


def test_real_legs_are_told_as_they_were_and_none_is_made_up() -> None:
    room, _ = recorded()
    room.answer_orders()
    for leg in room.trace().legs:
        view = LegView(
            key=leg.key,
            status=LegStatus.ESTABLISHED,
            dn=leg.dn,
            recorder="sip:10.0.0.1",
            uri=f"sip:record=x@10.0.0.1;dn={leg.dn}",
            call_id=f"call-{leg.key}",
            offer="v=0\nours",
            answer="v=0\ntheirs",
            code=200,
        )
        room.report(LegChanged(session=room.session(), leg=view))
    room.gatherer.take_changed()

    messages = [one for one in messages_of(document(room)) if one.real]

    assert [one.line for one in messages] == [
        "INVITE sip:record=x@10.0.0.1;dn=7001 SIP/2.0",
        "SIP/2.0 200",
        "INVITE sip:record=x@10.0.0.1;dn=15550001 SIP/2.0",
        "SIP/2.0 200",
    ]
    assert messages[0].body == "v=0\nours"
    assert messages[1].body == "v=0\ntheirs"
    assert ("Call-ID", "call-1.record") in messages[0].headers


_UP = (LegStatus.ESTABLISHED, {"code": 200, "answer": "v=0\ntheirs"})
_WAY: dict[str, tuple[list[tuple[LegStatus, dict[str, Any]]], list[str]]] = {
    "our end": ([_UP, (LegStatus.ENDED, {})], ["INVITE", "<200", "BYE"]),
    "told twice": (
        [_UP, (LegStatus.ENDING, {}), (LegStatus.ENDED, {})],
        ["INVITE", "<200", "BYE"],
    ),
    "their end": (
        [_UP, (LegStatus.FAILED, {"cause": "BYE"}), (LegStatus.FAILED, {"cause": "BYE"})],
        ["INVITE", "<200", "<BYE"],
    ),
    "a pause": (
        [_UP, (LegStatus.ESTABLISHED, {"reinvites": 1}), (LegStatus.PAUSED, {})],
        ["INVITE", "<200", "re-INVITE 1", "<200"],
    ),
    "a pause that nobody knows": (
        [
            _UP,
            (LegStatus.ESTABLISHED, {"reinvites": 1}),
            (LegStatus.FAILED, {"code": 481}),
        ],
        ["INVITE", "<200", "re-INVITE 1", "<481"],
    ),
    "a refused pause": (
        [
            _UP,
            (LegStatus.ESTABLISHED, {"reinvites": 1}),
            (LegStatus.PAUSED, {"code": 500}),
            (LegStatus.ENDED, {}),
        ],
        ["INVITE", "<200", "re-INVITE 1", "<500", "BYE"],
    ),
    "silence": ([(LegStatus.FAILED, {"cause": "no answer in 2 s"})], ["INVITE"]),
    "another recorder": (
        [
            (LegStatus.FAILED, {"code": 486}),
            (LegStatus.INVITING, {"call_id": "b", "code": 0}),
            _UP,
        ],
        ["INVITE", "<486", "INVITE", "<200"],
    ),
}


@pytest.mark.parametrize("way", _WAY)
def test_each_message_of_a_real_leg_is_told_once_and_from_whom_it_came(way: str) -> None:
    room, _ = recorded()
    room.answer_orders()
    view = LegView(
        key="1.record", status=LegStatus.INVITING, recorder="r", uri="sip:r", call_id="a"
    )
    room.report(LegChanged(session=room.session(), leg=view))
    changes, expected = _WAY[way]
    for status, change in changes:
        view = replace(view, status=status, **change)
        room.report(LegChanged(session=room.session(), leg=view))
    room.gatherer.take_changed()

    real = [one for one in messages_of(document(room)) if one.real]
    shown = [
        ("<" if one.source.startswith("recorder") else "")
        + one.line.removeprefix("SIP/2.0 ").removesuffix(" sip:r SIP/2.0")
        for one in real
    ]

    assert shown == expected


def test_a_media_server_of_others_is_invited_once_and_not_by_the_view() -> None:
    room, _ = recorded()
    for leg in room.trace().legs:
        view = LegView(
            key=leg.key,
            status=LegStatus.INVITING,
            dn=leg.dn,
            recorder="mcp1",
            uri=f"sip:msml=1@10.0.0.1;dn={leg.dn};record",
            call_id=f"call-{leg.key}",
        )
        room.report(LegChanged(session=room.session(), leg=view))
    room.gatherer.take_changed()

    messages = messages_of(document(room))
    invites = [one for one in messages if one.line.startswith("INVITE")]

    assert [(one.source, one.target, one.real) for one in invites] == [
        ("SIP Server", "media server mcp1", True)
    ] * 2
    assert any("createconference" in one.body for one in messages)


# -- text --------------------------------------------------------------------------------------


def test_the_text_answers_who_which_rule_where_and_what_happened() -> None:
    room, conn_id = recorded(record_id="rec-1", params=(("name1", "value1"),))
    room.answer_orders()
    room.later(5)
    room.hang_up(conn_id)
    room.answer_orders()
    room.gatherer.take_changed()

    text = text_of(document(room))

    for line in (
        "asked by      7001, client rec",
        "media server  msml1/mcp1, by way of msml1",
        "parameter     name1=value1",
        "  1. ok       Are both DNs connected to the media server (MCP)?",
        "  4. ok       Did the recorder answer?",
        "recorder sip:recorder.tlibsim",
        "what happened",
        '<gvp:param name="name1">value1</gvp:param>',
    ):
        assert line in text, line


def test_the_text_can_leave_the_messages_out() -> None:
    room, _ = recorded()

    text = text_of(document(room), messages=False)

    assert "INVITE sip:msml" not in text
    assert "what happened" in text


def test_nothing_from_the_wire_controls_the_terminal() -> None:
    room, _ = recorded(record_id="\x1b[31mred", params=(("\x07", "\r\n"),))
    room.answer_orders()

    text = text_of(document(room))

    assert all(c.isprintable() or c == "\n" for c in text)
