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
from tlibsim.contract.evidence import Scene, plain_text
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
RING_S = 0.4
TALK_S = 0.6
PAUSE_S = 0.8
COME_S = 2.0
ANSWER_S = 5.0
"""How long a session, or a start, may take; nobody waits for what cannot come any more."""

AGAIN_S = 3.0
"""How long a recorder is watched for repeating what it should not."""

LATE = "2500ms"
LATE_S = 3.2
BACK_S = 5.0
QUIET_S = 0.3
STATUS = "RECORDING_STATUS"

Flow = Callable[[Stage, Scene], Awaitable[None]]


async def _inbound(stage: Stage, scene: Scene, to: str, rings_s: float = 0.0) -> CallView:
    call = stage.new_call(scene, ArriveInbound(caller=CALLER, to=Dn(to)))
    if rings_s:
        await stage.passing(rings_s)
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
    """Wait until the recorder has answered all INVITEs of the call: whether it took them all."""
    wanted = stage.roles.sessions
    await stage.until(lambda: _answered(stage, scene) >= wanted, ANSWER_S)
    return _up(stage, scene) >= wanted


def _answered(stage: Stage, scene: Scene) -> int:
    """How many sessions of this scene were accepted or refused."""
    return len(
        {
            one.call_id
            for one in stage.sip
            if one.at >= scene.begun_at
            and not one.sent
            and isinstance(one.message, Response)
            and one.message.final
            and one.cseq[1] == "INVITE"
        }
    )


async def _told(stage: Stage, call: CallView) -> None:
    """Wait until the recorder has said in user data how it is with the recording."""
    await stage.until(lambda: status(stage, call) is not None, COME_S)


def status(stage: Stage, call: CallView) -> object:
    """The newest RECORDING_STATUS of a call; None when there is none.

    Its optional part may be another one than GIM (RECORDING.md 4).
    """
    view = stage.simulator.call(call.conn_id)
    pairs = () if view is None else view.user_data
    values = [value for key, value in pairs if key.startswith(STATUS)]
    return plain_text(values[-1]) if values else None


async def _hang_up(stage: Stage, scene: Scene, call: CallView) -> None:
    """The caller hangs up; wait until the sessions have ended."""
    _over(stage, scene)
    if stage.simulator.call(call.conn_id) is not None:
        try:
            stage.perform(FarRelease(conn_id=call.conn_id))
        except RequestRefused:
            for party in call.parties:
                if not party.outside:
                    stage.perform(ReleaseCall(dn=party.dn, conn_id=call.conn_id))
                    break
    if _up(stage, scene):
        await stage.until(lambda: _byes_answered(stage, scene), COME_S)
    await stage.passing(QUIET_S)


def _over(stage: Stage, scene: Scene) -> None:
    """From now on the recorder may end its sessions as well as the switch."""
    scene.over_at = min(scene.over_at, stage.simulator.clock.now())


def _byes_answered(stage: Stage, scene: Scene) -> bool:
    byes = [one for one in stage.sip if one.at >= scene.begun_at and one.cseq[1] == "BYE"]
    asked = {one.call_id for one in byes if isinstance(one.message, Request)}
    answered = {one.call_id for one in byes if isinstance(one.message, Response)}
    return bool(asked) and asked <= answered


async def basic(stage: Stage, scene: Scene) -> None:
    """A call that is recorded in full."""
    call = await _inbound(stage, scene, stage.roles.full_time)
    await _recorded(stage, scene)
    await _told(stage, call)
    await stage.passing(TALK_S)
    await _hang_up(stage, scene, call)


async def pause(stage: Stage, scene: Scene) -> None:
    """A recording is paused and goes on."""
    call = await _inbound(stage, scene, stage.roles.full_time)
    await _recorded(stage, scene)
    await stage.passing(TALK_S)
    dn = Dn(stage.roles.full_time)
    reinvited = _reinvites(stage, scene)
    wanted = stage.roles.sessions
    paused_at = stage.simulator.clock.now()
    _unless_refused(stage, PauseRecording(dn=dn, conn_id=call.conn_id))
    await stage.until(lambda: _reinvites(stage, scene) >= reinvited + wanted, COME_S)
    await stage.passing(PAUSE_S)
    reinvited = _reinvites(stage, scene)
    scene.resumed_at = stage.simulator.clock.now()
    _unless_refused(stage, ResumeRecording(dn=dn, conn_id=call.conn_id))
    if await stage.until(lambda: _reinvites(stage, scene) >= reinvited + wanted, COME_S):
        # sound goes out again when the recorder has answered (MEDIA.md 5.3)
        scene.notes["pause_s"] = (stage.simulator.clock.now() - paused_at) / 1e6
    await stage.passing(TALK_S)
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
        if one.sent and isinstance(one.message, Request) and one.in_dialog
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
    _over(stage, scene)
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
    """A call that the recorder asks to have recorded, once somebody has answered it."""
    call = await _inbound(stage, scene, stage.roles.on_demand, RING_S)
    if await _asks(stage, scene):
        await _recorded(stage, scene)
        await _told(stage, call)
        await stage.passing(QUIET_S)
    await _hang_up(stage, scene, call)


async def _asks(stage: Stage, scene: Scene) -> bool:
    """Wait until the recorder asks for a recording, if it says that it does."""
    asks = stage.roles.on_demand in stage.roles.starts_on
    return await stage.until(lambda: _asked(stage, scene), ANSWER_S if asks else QUIET_S)


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
    if await _asks(stage, scene):
        await stage.passing(AGAIN_S)
    await _hang_up(stage, scene, call)


async def refused(stage: Stage, scene: Scene) -> None:
    """The media server gets no recorder: the start is acknowledged, and nothing is recorded.

    For a recorder that never asks the call is one that is recorded in full.
    """
    roles = stage.roles
    asks = roles.on_demand in roles.starts_on
    stage.simulator.faulting.add({"name": "contract", "kind": "sip", "code": 486})
    try:
        call = await _inbound(stage, scene, roles.on_demand if asks else roles.full_time)
        if await _asks(stage, scene) or not asks:
            await stage.passing(2 * TALK_S)
        await _hang_up(stage, scene, call)
    finally:
        stage.simulator.faulting.clear("contract")


async def stopped(stage: Stage, scene: Scene) -> None:
    """A recording is stopped while the call goes on."""
    call = await _inbound(stage, scene, stage.roles.full_time)
    await _recorded(stage, scene)
    await _told(stage, call)
    await stage.passing(TALK_S)
    before = status(stage, call)
    dn = Dn(stage.roles.full_time)
    _over(stage, scene)
    _unless_refused(stage, StopRecording(dn=dn, conn_id=call.conn_id))
    if before is not None:
        await stage.until(lambda: status(stage, call) != before, COME_S)
    scene.notes["before"], scene.notes["after"] = before, status(stage, call)
    scene.notes["read"] = _read_first(stage, call)
    await _hang_up(stage, scene, call)


def _read_first(stage: Stage, call: CallView) -> object:
    """What somebody reads who takes the first value of the key."""
    view = stage.simulator.call(call.conn_id)
    pairs = () if view is None else view.user_data
    values = (plain_text(value) for key, value in pairs if key.startswith(STATUS))
    return next(values, None)


async def consult(stage: Stage, scene: Scene) -> None:
    """The agent of a call that may be recorded consults somebody."""
    roles = stage.roles
    call = await _inbound(stage, scene, roles.on_demand)
    await _asks(stage, scene)
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
    await stage.passing(2 * TALK_S)
    stage.perform(ReleaseCall(dn=Dn(roles.other), conn_id=made.conn_id))
    await _hang_up(stage, scene, call)


async def late(stage: Stage, scene: Scene) -> None:
    """The acknowledgement of a start comes late."""
    stage.simulator.faulting.add(
        {"name": "contract", "kind": "delay", "event": "EventACK", "delay": LATE}
    )
    try:
        call = await _inbound(stage, scene, stage.roles.on_demand)
        if await _asks(stage, scene):
            await stage.passing(LATE_S)
        await _hang_up(stage, scene, call)
    finally:
        stage.simulator.faulting.clear("contract")


async def strange(stage: Stage, scene: Scene) -> None:
    """An event has an attribute that nobody knows: one that the recorder asks a start for."""
    roles = stage.roles
    asks = roles.on_demand in roles.starts_on
    stage.simulator.faulting.add(
        {"name": "contract", "kind": "unknown-attribute", "event": "EventEstablished"}
    )
    try:
        before = stage.clients()
        call = await _inbound(stage, scene, roles.on_demand if asks else roles.full_time)
        asked = await _asks(stage, scene) if asks else True
        await stage.passing(TALK_S)
        scene.notes["stayed"] = all(one in stage.clients() for one in before)
        await _hang_up(stage, scene, call)
    finally:
        stage.simulator.faulting.clear("contract")
    if not asked:
        # whether that was because of the attribute, a call without it tells
        call = await _inbound(stage, scene, roles.on_demand)
        scene.notes["asked_else"] = await _asks(stage, scene)
        await _hang_up(stage, scene, call)


async def poll(stage: Stage, scene: Scene) -> None:
    """The server asks by ADDP whether the recorder is there."""
    clients = [one for one in stage.clients() if one.addp.heard_init]
    if not clients:
        scene.notes["answered"] = None
        return
    answers = {one.id: one.addp.answers for one in clients}
    for one in clients:
        stage.simulator.front.poll(one.id)
    scene.notes["answered"] = await stage.until(
        lambda: all(one.addp.answers > answers[one.id] for one in clients), COME_S / 2
    )


async def lost(stage: Stage, scene: Scene) -> None:
    """The connections are lost; the recorder comes back, registers and monitors again."""
    lost_ones = stage.clients()
    if not lost_ones:
        scene.notes["back_s"] = None
        return
    for client in lost_ones:
        stage.simulator.front.cut(client.id)
    begun = stage.simulator.clock.now()
    limit = stage.reconnect_within_s
    wanted = len(lost_ones)
    back = await stage.until(
        lambda: _count(stage, scene, RequestRegisterClient) >= wanted, limit
    )
    scene.notes["back_s"] = (stage.simulator.clock.now() - begun) / 1e6 if back else None
    scene.notes["lost"], scene.notes["back"] = (
        wanted,
        _count(stage, scene, RequestRegisterClient),
    )
    if scene.notes["back"]:
        await stage.until(lambda: _as_before(stage, scene), BACK_S)


def _as_before(stage: Stage, scene: Scene) -> bool:
    """Whether the recorder has registered and monitors as it did before the loss."""
    asked = {one.this_dn for one in stage.requests(RequestRegisterAddress, scene.begun_at)}
    return set(stage.roles.registered) <= asked and bool(
        _count(stage, scene, RequestStartCallMonitoring)
    )


async def probed(stage: Stage, scene: Scene) -> None:
    """Questions to the recorder's SIP side that no call brings up."""
    scene.notes["findings"] = await probe(stage.recorder_uri)
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
