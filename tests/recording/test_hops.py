"""The way of a recording: four questions, each with its answer (RECORDING.md 12.4, T10)."""

from dataclasses import replace
from typing import Any

import pytest

from tests.recording.studio import Studio
from tlibproto.vocabulary import Dn
from tlibsim.ports.media import LegChanged, LegStatus, LegView
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.hops import hops_of
from tlibsim.recording.trace import HopState, SessionTrace

OK, FAILED, WAITING = HopState.OK, HopState.FAILED, HopState.WAITING
NOT_REACHED = HopState.NOT_REACHED


def started(**options: Any) -> Studio:
    studio = Studio(**options)
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    return studio


def states(trace: SessionTrace, manager: str = "rm") -> list[HopState]:
    return [hop.state for hop in hops_of(trace, manager)]


def told(studio: Studio, status: LegStatus, **more: Any) -> SessionTrace:
    """The recording client tells the same of both legs."""
    session = studio.trace()
    for leg in session.legs:
        view = LegView(key=leg.key, status=status, dn=leg.dn, **more)
        studio.report(LegChanged(session=session.session, leg=view))
    return studio.trace()


def test_before_the_media_server_answers_everything_waits() -> None:
    trace = started().trace()

    assert states(trace)[0] is WAITING
    assert FAILED not in states(trace)


def test_a_recording_that_runs_has_gone_the_whole_way() -> None:
    studio = started()
    studio.answer_orders()

    hops = hops_of(studio.trace(), "rm.lab:5060")

    assert [hop.state for hop in hops] == [OK] * 4
    assert [hop.name for hop in hops] == ["connected", "invited", "forwarded", "answered"]
    assert hops[0].detail == "7001 and 15550001 at rm.lab:5060"
    assert hops[2].detail == "to sip:recorder.tlibsim"


def test_without_a_media_service_the_first_hop_fails_and_no_other_is_reached() -> None:
    trace = started().trace()

    assert states(trace, "") == [FAILED, NOT_REACHED, NOT_REACHED, NOT_REACHED]


def test_a_party_that_is_alone_fails_the_first_hop() -> None:
    studio = started()
    studio.answer_orders()

    trace = replace(studio.trace(), other_dn="")

    assert states(trace)[0] is FAILED
    assert hops_of(trace, "rm")[0].detail == "only 7001 is connected to rm"


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        (LegStatus.NEW, {}, [OK, WAITING, WAITING, WAITING]),
        (LegStatus.INVITING, {"recorder": "sip:r"}, [OK, OK, OK, WAITING]),
        (LegStatus.ESTABLISHED, {"recorder": "sip:r"}, [OK, OK, OK, OK]),
        (LegStatus.FAILED, {"recorder": "sip:r", "code": 486}, [OK, OK, OK, FAILED]),
        (LegStatus.FAILED, {"cause": "no recorder"}, [OK, OK, FAILED, NOT_REACHED]),
    ],
)
def test_what_the_recording_client_tells_of_its_legs_is_the_answer(
    status: LegStatus, more: dict[str, Any], expected: list[HopState]
) -> None:
    assert states(told(started(), status, **more)) == expected


def test_the_cause_of_each_failed_leg_is_named() -> None:
    trace = told(started(), LegStatus.FAILED, recorder="sip:r", code=486)

    assert hops_of(trace, "rm")[3].detail == "1.record: SIP 486; 1.other: SIP 486"
