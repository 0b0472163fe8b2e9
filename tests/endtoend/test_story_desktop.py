"""FIRST_HOUR.md, story D: an agent-desktop developer without a lab, as typed, with a real server."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.endtoend.desktop_story import Place, answer, at_work, names, place
from tests.endtoend.programs import SECONDS
from tlibproto import messages
from tlibproto.codec import encode
from tlibproto.framing import encode_frame
from tlibproto.messages import (
    EventDialing,
    EventError,
    Message,
    Request,
    RequestAgentLogin,
    RequestAgentReady,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestCompleteTransfer,
    RequestInitiateTransfer,
    RequestLoginMailBox,
    RequestMakeCall,
    RequestPrivateService,
    RequestQueryServer,
    RequestRegisterClient,
    RequestReleaseCall,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import (
    AgentWorkMode,
    ConnId,
    Dn,
    KVList,
    PrivateServiceId,
    WideText,
)
from tlibsim.testing.client import TLibraryClient

pytestmark = pytest.mark.timeout(180)
BOB, CAROL = Dn("7002"), Dn("7003")
PAUSE = ("from_us", "until_us")
MARGIN = 1000
"""Samples at the edges of a pause, which fall into blocks of 20 ms."""
POLL, ANSWER = b"p2P\x00\x00\x07", b"p2p\x00\x00\x07"


@pytest.fixture(scope="module", name="desk_folder")
def running_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("story")) as running:
        yield running


@pytest.fixture(name="here")
def switch_as_at_first(desk_folder: Place) -> Place:
    """The running server, after a reset: no calls, agents as configured, no faults."""
    desk_folder.ask("reset", "POST")
    desk_folder.shows("tlibsim fault clear")
    return desk_folder


@pytest.fixture(name="desk")
def my_desk(here: Place) -> Iterator[TLibraryClient]:
    with at_work(here) as desk:
        yield desk


def inbound(here: Place, *more: str) -> str:
    return here.shows(" ".join(("tlibsim call inbound --from 4155550142 --to 7002", *more)))


# 5-10: the desktop connects unchanged.


def test_the_desktop_connects_unchanged_and_the_server_says_so(here: Place):
    here.log.clear()
    with at_work(here):
        here.said(r"client my-desk connected")
        here.said(r"my-desk  RequestQueryServer +-> EventServerInfo +role=Primary")
        here.said(r"my-desk  RequestRegisterAddress +7002 shared -> EventRegistered")
        here.said(r"my-desk  RequestAgentLogin +1002@7002 queue 8001 -> EventAgentLogin")
        here.said(r"RequestAgentNotReady +.*ReasonCode=Lunch -> EventAgentNotReady")
        assert re.search(r"1002 +bob +not ready +at 7002", here.shows("tlibsim agent"))


# 10-25: calls on demand.


def test_a_call_is_consulted_about_and_transferred_as_the_story_has_it(tmp_path: Path):
    with place(tmp_path) as fresh, at_work(fresh) as desk:
        for number in range(3):
            fresh.shows(f"tlibsim call inbound --from 415555010{number} --to 7002")
            fresh.shows("tlibsim call release last --by remote")
        made = inbound(fresh, "--data account=A-77", "--data priority:int=5")
        assert made == "call 4  0071000000000004  ringing 7002\n"
        main = answer_while_waiting(fresh, desk)
        assert "answers after 1 s" in fresh.shows("tlibsim dn 7003 answer-after 1s")
        consult_and_transfer(desk, main)
        _, *ladder = shown = fresh.shows("tlibsim call show 4").splitlines()
        assert re.match(
            r"call 4  4155550142 -> 7002 bob -> 7003 carol +transferred \d\d:\d\d:\d\d",
            shown[0],
        )
        assert ladder[:2] == [
            "  7002  Ringing Established Held (consult call 5: Dialing Established) Released",
            "  7003  Ringing Established PartyChanged",
        ]
        assert ladder[2].startswith("  user data: account='A-77' priority=5 (int) ")
        assert re.search(r"GSIP_REC_FN='\w{32}_7003_4155550142_7002_", ladder[2])
        assert "GSIP_RECORD='On'" in ladder[2]


def answer_while_waiting(here: Place, desk: TLibraryClient) -> ConnId:
    """Answer while ``tlibsim wait`` waits for it."""
    ringing: Any = None
    while ringing is None or ringing.conn_id != 0x0071000000000004:
        ringing = desk.expect("EventRinging")
    with here.begin("tlibsim wait --event EventEstablished --dn 7002 --timeout 20s") as waiting:
        here.until_somebody_asks()
        desk.request(RequestAnswerCall(this_dn=BOB, conn_id=ringing.conn_id))
        said, _ = waiting.communicate(timeout=SECONDS)
    assert re.fullmatch(r"EventEstablished 7002 call 4 after \d+\.\d s\n", said)
    main: ConnId = ringing.conn_id
    return main


def consult_and_transfer(desk: TLibraryClient, main: ConnId) -> None:
    """Consult 7003, who picks up by herself, and complete."""
    desk.request(RequestInitiateTransfer(this_dn=BOB, conn_id=main, other_dn=CAROL))
    consult = desk.expect("EventEstablished", other_dn=CAROL)
    released = desk.request(
        RequestCompleteTransfer(this_dn=BOB, conn_id=main, transfer_conn_id=consult.conn_id)
    )
    assert type(released).__name__ == "EventReleased"


# 25-35: the record button.


def test_the_record_button_starts_pauses_and_stops_and_the_file_tells(
    here: Place, desk: TLibraryClient
):
    inbound(here)
    call = answer(desk)
    for number, state in ((3013, "On"), (3015, "Paused"), (3016, "On")):
        assert press(desk, call, number) == state
        here.shows("tlibsim clock advance 2s")
    assert press(desk, call, 3014) == "Off"
    here.shows("tlibsim call release last --by remote")
    (line,) = here.shows("tlibsim recordings list --dn 7002").splitlines()[1:]
    assert "ended" in line
    found = json.loads(here.shows("tlibsim recordings show last --json"))
    assert found["record_dn"] == "7002"
    sound, rate = soundfile.read(here.folder / "recordings" / f"{found['name']}.wav")
    assert sound.shape[1] == 2
    (pause,) = found["pauses"]
    begin, end = ((pause[key] - found["started_us"]) / 1e6 * rate for key in PAUSE)
    assert len(sound) / rate == pytest.approx(found["duration_ms"] / 1000, abs=0.1)
    assert end - begin >= 2 * rate
    assert abs(sound[round(begin) + MARGIN : round(end) - MARGIN]).max() == 0
    assert abs(sound[: round(begin) - MARGIN]).max(axis=0).min() > 0


def press(desk: TLibraryClient, call: ConnId, number: int) -> Any:
    """RequestPrivateService; GSIP_RECORD as the data says afterwards."""
    acknowledged = desk.request(
        RequestPrivateService(
            this_dn=BOB, conn_id=call, private_msg_id=PrivateServiceId(number)
        )
    )
    assert type(acknowledged).__name__ == "EventACK"
    changed = desk.expect("EventAttachedDataChanged", this_dn=BOB)
    assert changed.third_party_dn is None
    return changed.user_data.first("GSIP_RECORD")


# 35-50: the ugly cases.


def test_a_busy_destination_is_an_error_once(here: Place, desk: TLibraryClient):
    here.shows(
        "tlibsim fault add busy --request RequestMakeCall --error destination-busy --count 1"
    )
    call = RequestMakeCall(this_dn=BOB, other_dn=CAROL)
    reference = desk.send(call)
    error = desk.expect("EventError", reference_id=reference)
    assert (error.error_code, error.this_dn) == (231, BOB)
    assert isinstance(desk.request(call), EventDialing)


def test_a_dn_goes_out_of_service_and_comes_back(here: Place, desk: TLibraryClient):
    here.shows("tlibsim dn 7002 out-of-service && tlibsim dn 7002 in-service")
    desk.expect("EventDNOutOfService", this_dn=BOB)
    desk.expect("EventDNBackInService", this_dn=BOB)


def test_the_line_is_up_and_nobody_answers_polls(here: Place):
    with socket.create_connection(("127.0.0.1", here.port), timeout=SECONDS) as line:
        opening = RequestRegisterClient(application_name="my-desk")
        line.sendall(encode_frame(encode(opening, "utf-8")))
        line.recv(65536)
        line.sendall(POLL)
        assert line.recv(6) == ANSWER
        here.shows("tlibsim fault add mute --addp silent --client my-desk --for 90s")
        line.sendall(POLL)
        line.sendall(encode_frame(encode(RequestQueryServer(), "utf-8")))
        assert ANSWER not in line.recv(65536)
        here.shows("tlibsim clock advance 2m")
        line.sendall(POLL)
        assert line.recv(6) == ANSWER


def test_eight_hours_pass_at_once_and_wrap_up_ends(here: Place, desk: TLibraryClient):
    here.shows("tlibsim agent 1001 not-ready && tlibsim agent 1003 not-ready")
    here.shows("tlibsim dn 7002 wrap-up-time 10m")
    desk.request(RequestAgentReady(this_dn=BOB))
    here.shows("tlibsim call inbound --from 4155550142 --to 8001")
    call = answer(desk)
    desk.request(RequestReleaseCall(this_dn=BOB, conn_id=call))
    before = desk.expect("EventAgentNotReady", agent_work_mode=AgentWorkMode.AfterCallWork)
    here.shows("tlibsim clock advance 8h")
    after = desk.expect("EventAgentReady")
    assert 0 < after.timein_secs - before.timein_secs <= 600
    shown = here.shows("tlibsim clock")
    here.shows("tlibsim dn 7002 restore")
    assert re.match(r"\d{4}-\d\d-\d\dT", shown)


# 50-60: keeps it.


def test_another_agent_is_read_in_and_calls_are_untouched(here: Place, desk: TLibraryClient):
    inbound(here)
    call = answer(desk)
    file = here.folder / "tlibsim.yaml"
    text = file.read_text(encoding="utf-8")
    here.log.clear()
    file.write_text(
        text.replace("agents:\n", 'agents:\n  "1004": {name: dave}\n'), encoding="utf-8"
    )
    here.said(r"reloaded: \+1 agent, calls untouched")
    assert "dave" in here.shows("tlibsim agent")
    file.write_text(text.replace("agents:", "agnets:"), encoding="utf-8")
    assert re.search(r"tlibsim.yaml:\d+:\d+ +error", here.said("agnets"))
    here.said("the old configuration stays")
    assert "dave" in here.shows("tlibsim agent")
    file.write_text(text, encoding="utf-8")
    here.said(r"reloaded: -1 agent")
    desk.request(RequestReleaseCall(this_dn=BOB, conn_id=call))


def test_a_snapshot_brings_back_what_was_there(here: Place, desk: TLibraryClient):
    inbound(here, "--data priority:int=5")
    main = answer(desk)
    desk.request(RequestInitiateTransfer(this_dn=BOB, conn_id=main, other_dn=CAROL))
    here.shows("tlibsim snapshot save mid-transfer")
    before = comparable(here)
    here.shows("tlibsim call release last --dn 7002")
    assert comparable(here) != before
    here.shows("tlibsim snapshot load mid-transfer")
    assert comparable(here) == before


def comparable(here: Place) -> Any:
    """The state of the switch without its times, which are as long ago as they were."""
    text = here.ask("state")
    state = json.loads(re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', '"a time"', text))
    return {name: state[name] for name in ("calls", "dns", "agents", "link")}


# What is always so.


def test_only_the_direct_reply_has_the_reference_and_all_get_the_event(here: Place):
    with here.client("one") as one, here.client("two") as two:
        one.register("7002")
        two.register("7002")
        reference = one.send(
            RequestAgentLogin(
                this_dn=BOB, agent_id="1002", agent_work_mode=AgentWorkMode.AutoIn
            )
        )
        assert one.expect("EventAgentLogin").reference_id == reference
        assert two.expect("EventAgentLogin").reference_id is None
        assert one.expect("EventAgentReady").reference_id is None
        assert two.expect("EventAgentReady").reference_id is None


def test_what_nobody_supports_is_answered_and_listed(here: Place, desk: TLibraryClient):
    reference = desk.send(RequestLoginMailBox(this_dn=BOB))
    assert desk.expect("EventError", reference_id=reference).error_code == 51
    listed = here.type("tlibsim doctor --client my-desk").stdout
    assert "not supported yet: RequestLoginMailBox x 1" in listed
    assert "COVERAGE.md" in listed


DATA = KVList(
    (
        ("priority", 5),
        ("balance", -250),
        ("name", "김철수"),
        ("wide", WideText("김철수")),
        ("token", b"\x00\xff"),
        ("list", KVList((("이름", "값"), ("n", 1)))),
    )
)


@pytest.mark.parametrize("charset", ["utf-8", "euc-kr"])
def test_user_data_comes_back_as_it_was_in_any_charset(here: Place, charset: str):
    with here.client("one", charset) as one, here.client("two", charset) as two:
        one.register("7002")
        two.register("7002")
        inbound(here, "--data priority:int=4")
        call = answer(one)
        one.request(RequestUpdateUserData(this_dn=BOB, conn_id=call, user_data=DATA))
        changed = two.expect("EventAttachedDataChanged")
        assert changed.user_data == DATA
        one.request(RequestReleaseCall(this_dn=BOB, conn_id=call))


def test_a_desktop_in_another_charset_does_not_spoil_what_others_are_shown(here: Place):
    with here.client("데스크", "euc-kr") as one:
        one.register("7002")
        inbound(here)
        call = answer(one)
        one.request(RequestUpdateUserData(this_dn=BOB, conn_id=call, user_data=DATA))
        for line in ("tlibsim call show last", "tlibsim journal --json", "tlibsim doctor || :"):
            assert "\ufffd" in here.shows(line)
        assert "\ufffd" in here.ask("state")
        one.request(RequestReleaseCall(this_dn=BOB, conn_id=call))


def test_an_error_says_what_was_asked_for(here: Place, desk: TLibraryClient):
    inbound(here)
    call = answer(desk)
    desk.request(RequestReleaseCall(this_dn=BOB, conn_id=call))
    reference = desk.send(
        RequestAttachUserData(this_dn=BOB, conn_id=call, user_data=KVList((("a", 1),)))
    )
    error = desk.expect(EventError, reference_id=reference)
    assert (error.error_code, error.this_dn, error.conn_id) == (56, BOB, call)
    assert error.error_message == "Invalid ConnectionID"
    assert "EventAttachedDataChanged" not in names(desk.take())


P0 = """
    RegisterAddress AgentLogin AgentReady AgentNotReady AgentLogout DistributeUserEvent MakeCall
    ReleaseCall HoldCall RetrieveCall InitiateConference CompleteConference SingleStepTransfer
    UpdateUserData AttachUserData DeleteUserData AnswerCall DeleteFromConference SetMuteOn
    SetMuteOff InitiateTransfer CompleteTransfer SendEvent QueryServer UnregisterAddress
    PrivateService RouteCall StartCallMonitoring
"""
"""The requests of tier P0 in CLIENT_USAGE.md."""


def test_no_request_that_desktops_send_is_met_with_silence(here: Place, desk: TLibraryClient):
    answers = {}
    for name in P0.split():
        reference = desk.send(asked(getattr(messages, f"Request{name}")))
        found = [one for one in until_answered(desk) if one.reference_id == reference]
        answers[name] = [
            one.error_message if isinstance(one, EventError) else type(one).__name__
            for one in found
        ]
    assert [name for name, one in answers.items() if len(one) != 1 or not one[0]] == []
    assert answers["QueryServer"] == ["EventServerInfo"]
    assert answers["HoldCall"] == ["Invalid ConnectionID"]


def asked(request: type[Request]) -> Request:
    """The request about a call that nobody knows, with what it cannot do without."""
    values: dict[str, Any] = {
        "this_dn": BOB,
        "conn_id": ConnId(1),
        "other_dn": CAROL,
        "communication_dn": CAROL,
        "user_event": 96,
        "user_data": KVList((("a", 1),)),
        "private_msg_id": PrivateServiceId(3013),
    }
    known = {field.name for field in fields(request)}
    return request(**{name: value for name, value in values.items() if name in known})


def until_answered(desk: TLibraryClient) -> list[Message]:
    """All that came until a later request was answered."""
    later = desk.send(RequestQueryServer())
    desk.expect("EventServerInfo", reference_id=later)
    return desk.take()
