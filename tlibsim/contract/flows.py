"""The call flows of the recorder contract: each makes calls and lets the recorder show itself.

A flow waits for what should come and notes when it does not; whether that is right is judged by
the checks.
"""

from collections.abc import Awaitable, Callable, Mapping

from tlibproto.messages import (
    RequestPrivateService,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestStartCallMonitoring,
)
from tlibproto.vocabulary import Dn
from tlibsim.contract.evidence import Scene
from tlibsim.contract.probe import probe
from tlibsim.contract.stage import Stage
from tlibsim.journal import Kind
from tlibsim.media.sip.message import Request, Response
from tlibsim.recording.commands import (
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    Consult,
    FarRelease,
    Purpose,
    ReleaseCall,
    SingleStepConference,
    SingleStepTransfer,
)
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import RequestRefused

CALLER = "4155550100"
TALK_S = 0.6
PAUSE_S = 0.8
COME_S = 2.0
QUIET_S = 0.3
STATUS = "RECORDING_STATUS_GIM"

Flow = Callable[[Stage, Scene], Awaitable[None]]


async def _inbound(stage: Stage, scene: Scene, to: str) -> CallView:
    call = stage.new_call(scene, ArriveInbound(caller=CALLER, to=Dn(to)))
    stage.perform(AnswerCall(dn=Dn(to), conn_id=call.conn_id))
    return call


def _up(stage: Stage, scene: Scene) -> int:
    """How many sessions of this scene the recorder has accepted."""
    since = scene.begun_at
    return len(
        {
            one.call_id
            for one in stage.sip
            if one.at >= since
            and not one.sent
            and isinstance(one.message, Response)
            and one.message.success
            and one.cseq[1] == "INVITE"
        }
    )


async def _recorded(stage: Stage, scene: Scene) -> bool:
    """Wait until the recorder has accepted all sessions of the call."""
    wanted = stage.roles.sessions
    return await stage.until(lambda: _up(stage, scene) >= wanted, COME_S)


async def _hang_up(stage: Stage, scene: Scene, call: CallView) -> None:
    """The caller hangs up; wait until the sessions have ended."""
    if stage.simulator.call(call.conn_id) is not None:
        try:
            stage.perform(FarRelease(conn_id=call.conn_id))
        except RequestRefused:
            for party in call.parties:
                if not party.outside:
                    stage.perform(ReleaseCall(dn=party.dn, conn_id=call.conn_id))
                    break
    await stage.until(lambda: _byes_answered(stage, scene), COME_S)
    await stage.passing(QUIET_S)


def _byes_answered(stage: Stage, scene: Scene) -> bool:
    byes = [one for one in stage.sip if one.at >= scene.begun_at and one.cseq[1] == "BYE"]
    asked = {one.call_id for one in byes if isinstance(one.message, Request)}
    answered = {one.call_id for one in byes if isinstance(one.message, Response)}
    return bool(asked) and asked <= answered


async def basic(stage: Stage, scene: Scene) -> None:
    """A call that is recorded in full."""
    call = await _inbound(stage, scene, stage.roles.full_time)
    await _recorded(stage, scene)
    await stage.until(lambda: stage.value(call, STATUS) is not None, COME_S)
    await stage.passing(TALK_S)
    await _hang_up(stage, scene, call)


async def pause(stage: Stage, scene: Scene) -> None:
    """A recording is paused and goes on."""
    call = await _inbound(stage, scene, stage.roles.full_time)
    await _recorded(stage, scene)
    await stage.passing(TALK_S)
    dn = Dn(stage.roles.full_time)
    reinvited = _reinvites(stage, scene)
    stage.perform(PauseRecording(dn=dn, conn_id=call.conn_id))
    await stage.until(lambda: _reinvites(stage, scene) > reinvited, COME_S)
    await stage.passing(PAUSE_S)
    reinvited = _reinvites(stage, scene)
    _unless_refused(stage, ResumeRecording(dn=dn, conn_id=call.conn_id))
    await stage.until(lambda: _reinvites(stage, scene) > reinvited, COME_S)
    await stage.passing(TALK_S)
    scene.notes["pause_s"] = PAUSE_S
    await _hang_up(stage, scene, call)


def _unless_refused(stage: Stage, command: object) -> None:
    """A recorder that has ended its sessions makes the command pointless: the checks say so."""
    try:
        stage.perform(command)
    except RequestRefused:
        return


def _reinvites(stage: Stage, scene: Scene) -> int:
    """Re-INVITEs of the scene that were answered."""
    mine = [one for one in stage.sip if one.at >= scene.begun_at and one.cseq[1] == "INVITE"]
    asked = {
        (one.call_id, one.cseq)
        for one in mine
        if one.sent and isinstance(one.message, Request) and one.cseq[0] > 1
    }
    answered = {
        (one.call_id, one.cseq)
        for one in mine
        if not one.sent and isinstance(one.message, Response) and one.message.final
    }
    return len(asked & answered)


async def transfer(stage: Stage, scene: Scene) -> None:
    """The recorded agent transfers the customer: what is recorded of the agent ends."""
    roles = stage.roles
    call = await _inbound(stage, scene, roles.full_time)
    await _recorded(stage, scene)
    stage.perform(
        SingleStepTransfer(dn=Dn(roles.full_time), conn_id=call.conn_id, to=roles.other)
    )
    _unless_refused(stage, AnswerCall(dn=Dn(roles.other), conn_id=call.conn_id))
    await stage.until(lambda: _byes_answered(stage, scene), COME_S)
    await _hang_up(stage, scene, call)


async def conference(stage: Stage, scene: Scene) -> None:
    """Somebody joins a recorded call: the other side of the recording changes."""
    roles = stage.roles
    call = await _inbound(stage, scene, roles.full_time)
    await _recorded(stage, scene)
    stage.perform(
        SingleStepConference(dn=Dn(roles.full_time), conn_id=call.conn_id, to=roles.other)
    )
    _unless_refused(stage, AnswerCall(dn=Dn(roles.other), conn_id=call.conn_id))
    scene.notes["changed"] = await stage.until(lambda: _reinvites(stage, scene) > 0, COME_S)
    await stage.passing(QUIET_S)
    await _hang_up(stage, scene, call)


async def dynamic(stage: Stage, scene: Scene) -> None:
    """A call that the recorder asks to have recorded."""
    call = await _inbound(stage, scene, stage.roles.on_demand)
    asked = await stage.until(lambda: _asked(stage, scene), COME_S)
    if asked:
        await _recorded(stage, scene)
        await stage.until(lambda: stage.value(call, STATUS) is not None, COME_S)
        await stage.passing(QUIET_S)
    await _hang_up(stage, scene, call)


def _asked(stage: Stage, scene: Scene) -> bool:
    return _count(stage, scene, RequestPrivateService) > 0


def _count(stage: Stage, scene: Scene, kind: type) -> int:
    return sum(
        entry.kind is Kind.REQUEST
        and entry.at >= scene.begun_at
        and type(entry.subject) is kind
        for entry in stage.simulator.journal
    )


async def busy(stage: Stage, scene: Scene) -> None:
    """The call is recorded already when the recorder asks: it is refused."""
    roles = stage.roles
    call = stage.new_call(scene, ArriveInbound(caller=CALLER, to=Dn(roles.on_demand)))
    stage.perform(AnswerCall(dn=Dn(roles.on_demand), conn_id=call.conn_id))
    stage.perform(StartRecording(dn=Dn(roles.on_demand), conn_id=call.conn_id))
    await stage.until(lambda: _asked(stage, scene), COME_S)
    await stage.passing(TALK_S)
    await _hang_up(stage, scene, call)


async def refused(stage: Stage, scene: Scene) -> None:
    """The media server gets no recorder: the start is acknowledged, and nothing is recorded."""
    stage.simulator.faulting.add({"name": "contract", "kind": "sip", "code": 486})
    try:
        call = await _inbound(stage, scene, stage.roles.on_demand)
        await stage.until(lambda: _asked(stage, scene), COME_S)
        await stage.passing(TALK_S)
        await _hang_up(stage, scene, call)
    finally:
        stage.simulator.faulting.clear("contract")


async def stopped(stage: Stage, scene: Scene) -> None:
    """A recording is stopped while the call goes on."""
    call = await _inbound(stage, scene, stage.roles.full_time)
    await _recorded(stage, scene)
    await stage.until(lambda: stage.value(call, STATUS) is not None, COME_S)
    before = stage.value(call, STATUS)
    dn = Dn(stage.roles.full_time)
    _unless_refused(stage, StopRecording(dn=dn, conn_id=call.conn_id))
    await stage.until(lambda: stage.value(call, STATUS) != before, COME_S / 2)
    scene.notes["before"], scene.notes["after"] = before, stage.value(call, STATUS)
    await _hang_up(stage, scene, call)


async def consult(stage: Stage, scene: Scene) -> None:
    """The agent of a call that may be recorded consults somebody."""
    roles = stage.roles
    call = await _inbound(stage, scene, roles.on_demand)
    await stage.until(lambda: _asked(stage, scene), COME_S / 2)
    before = {view.conn_id for view in stage.simulator.calls()}
    stage.perform(
        Consult(
            dn=Dn(roles.on_demand),
            conn_id=call.conn_id,
            to=roles.other,
            purpose=Purpose.TRANSFER,
        )
    )
    made = next(view for view in stage.simulator.calls() if view.conn_id not in before)
    scene.notes["consult"] = made.conn_id
    stage.perform(AnswerCall(dn=Dn(roles.other), conn_id=made.conn_id))
    await stage.passing(TALK_S)
    stage.perform(ReleaseCall(dn=Dn(roles.other), conn_id=made.conn_id))
    await _hang_up(stage, scene, call)


async def late(stage: Stage, scene: Scene) -> None:
    """The acknowledgement of a start comes late."""
    stage.simulator.faulting.add(
        {"name": "contract", "kind": "delay", "event": "EventACK", "delay": "1s"}
    )
    try:
        call = await _inbound(stage, scene, stage.roles.on_demand)
        await stage.until(lambda: _asked(stage, scene), COME_S)
        await stage.passing(1.2)
        await _hang_up(stage, scene, call)
    finally:
        stage.simulator.faulting.clear("contract")


async def strange(stage: Stage, scene: Scene) -> None:
    """An event has an attribute that nobody knows."""
    stage.simulator.faulting.add(
        {"name": "contract", "kind": "unknown-attribute", "event": "EventEstablished"}
    )
    try:
        call = await _inbound(stage, scene, stage.roles.full_time)
        await stage.passing(TALK_S)
        scene.notes["stayed"] = not _closed(stage, scene)
        await _hang_up(stage, scene, call)
    finally:
        stage.simulator.faulting.clear("contract")


def _closed(stage: Stage, scene: Scene) -> bool:
    return any(
        entry.kind is Kind.CLOSED and entry.at >= scene.begun_at
        for entry in stage.simulator.journal
    )


async def poll(stage: Stage, scene: Scene) -> None:
    """The server asks by ADDP whether the recorder is there."""
    client = stage.client()
    if client is None or not client.addp.timeout:
        scene.notes["answered"] = None
        return
    answers = client.addp.answers
    stage.simulator.front.poll(client.id)
    scene.notes["answered"] = await stage.until(
        lambda: client.addp.answers > answers, COME_S / 2
    )


async def lost(stage: Stage, scene: Scene) -> None:
    """The connection is lost; the recorder comes back, registers and monitors again."""
    client = stage.client()
    if client is None:
        scene.notes["back_s"] = None
        return
    stage.simulator.front.cut(client.id)
    begun = stage.simulator.clock.now()
    limit = stage.reconnect_within_s
    back = await stage.until(lambda: _count(stage, scene, RequestRegisterClient) > 0, limit)
    scene.notes["back_s"] = (stage.simulator.clock.now() - begun) / 1e6 if back else None
    if back:
        wanted = len(stage.roles.registered)
        await stage.until(
            lambda: (
                _count(stage, scene, RequestRegisterAddress) >= wanted
                and _count(stage, scene, RequestStartCallMonitoring) > 0
            ),
            COME_S / 2,
        )


async def probed(stage: Stage, scene: Scene) -> None:
    """Questions to the recorder's SIP side that no call brings up."""
    scene.notes["findings"] = await probe(stage.recorder_uri, stage.simulator.seed)
    await stage.passing(QUIET_S)


FLOWS: Mapping[str, Flow] = {
    "basic": basic,
    "pause": pause,
    "conference": conference,
    "transfer": transfer,
    "stopped": stopped,
    "dynamic": dynamic,
    "consult": consult,
    "late": late,
    "refused": refused,
    "busy": busy,
    "strange": strange,
    "probe": probed,
    "poll": poll,
    "lost": lost,
}
"""The flows in the order in which they are played; ``connect`` comes before all of them."""
