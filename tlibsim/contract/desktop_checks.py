"""Checks of an agent desktop: a T-Library client that logs its agent in and answers calls."""

from collections.abc import Iterator, Sequence

from tlibproto.messages import (
    RequestAgentLogin,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestReleaseCall,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import ConnId, RegisterMode, WideText, connid_text
from tlibsim.contract.answers import refusal, refused, refused_by_name
from tlibsim.contract.check import Check
from tlibsim.contract.client_checks import answers_polls, keeps_alive, references
from tlibsim.contract.desktop_data import DATA, spoiled
from tlibsim.contract.desktop_flows import OPENING_S
from tlibsim.contract.evidence import Evidence, Scene
from tlibsim.contract.result import PASS, Level, Verdict, fail, not_seen, skipped
from tlibsim.journal import Kind
from tlibsim.journal.expectations import shown_record
from tlibsim.journal.records import Record

_MICROSECONDS = 1_000_000
_MOST_ATTEMPTS = 2
_MOST_REFUSED = 5
_NO_SWITCH = "EventError 54 "
_ORDINARY = ("connect", "ringing", "data")
_TOLERANCE_S = 0.05
_KINDS = {
    int: "INTEGER",
    bytes: "BINARY",
    str: "STRING",
    WideText: "UTF-16 TEXT",
    type(DATA): "LIST",
}


# -- the session -------------------------------------------------------------------------------


def _names_itself(evidence: Evidence) -> Verdict:
    for _, message in evidence.scene("connect").requests(RequestRegisterClient):
        if message.application_name:
            return PASS
    return fail("RequestRegisterClient has no ApplicationName: nobody can tell who it is")


def _waits(evidence: Evidence) -> Verdict:
    """The first EventLinkConnected came late on purpose: nothing may come before it."""
    scene = evidence.scene("connect")
    opened = [record.at for record, _ in scene.requests(RequestRegisterClient)]
    if not opened:
        return not_seen("it never opened")
    allowed = opened[0] + round((OPENING_S - _TOLERANCE_S) * _MICROSECONDS)
    for record in _asked(scene):
        if record.at < allowed:
            return fail(
                "it did not wait for EventLinkConnected",
                f"  {(record.at - opened[0]) / 1000:.0f} ms after the opening, the answer came "
                f"after {OPENING_S * 1000:.0f} ms: {shown_record(record)}",
            )
    return PASS


def _asked(scene: Scene) -> Iterator[Record]:
    """Requests but for the opening."""
    for record in scene.records:
        opening = isinstance(record.message, RequestRegisterClient)
        if record.kind is Kind.REQUEST and record.message is not None and not opening:
            yield record


def _registers(evidence: Evidence) -> Verdict:
    return _registered(evidence, "connect", "never registered")


def _registered(evidence: Evidence, name: str, words: str) -> Verdict:
    """Each DN was asked for, and one of the requests was not refused."""
    scene = evidence.scene(name)
    found = list(scene.requests(RequestRegisterAddress))
    asked = {message.this_dn for _, message in found}
    missing = [dn for dn in evidence.roles.registered if dn not in asked]
    if missing:
        return fail(f"{words}: {', '.join(missing)}")
    for dn in evidence.roles.registered:
        own = [(record, message) for record, message in found if message.this_dn == dn]
        refusals = [refusal(scene, record) for record, _ in own]
        if all(refusals):
            return fail(f"refused: {shown_record(own[-1][0])}", f"  {refusals[-1]}")
        verdict = _acts(evidence, own[-1])
        if verdict is not None:
            return verdict
    return PASS


def _acts(evidence: Evidence, last: tuple[Record, RequestRegisterAddress]) -> Verdict | None:
    """None unless it registered to look on only, where it should log in or answer."""
    desk = evidence.roles.desk
    record, message = last
    if message.register_mode != RegisterMode.ModeMonitor or not (desk.logs_in or desk.answers):
        return None
    return fail(
        f"registered to look on only: {shown_record(record)}",
        "what it asks for there is refused; use ModeShare",
    )


def _shares(evidence: Evidence) -> Verdict:
    for record, message in evidence.scene("connect").requests(RequestRegisterAddress):
        if message.register_mode == RegisterMode.ModePrivate:
            return fail(
                f"registered for itself alone: {shown_record(record)}",
                "a recorder on the same DN could not register any more; use ModeShare",
            )
    return PASS


def _logs_in(evidence: Evidence) -> Verdict:
    desk = evidence.roles.desk
    scene = evidence.scene("connect")
    found = list(scene.requests(RequestAgentLogin))
    if not found:
        if desk.logs_in:
            return fail(f"no RequestAgentLogin came for {desk.agent} at {desk.dn}")
        return skipped("desktop.auto.login is false, and nobody logged in")
    accepted = [one for one in found if not refusal(scene, one[0])]
    record, message = (accepted or found)[0]
    expected = [("AgentID", desk.agent, message.agent_id), ("ThisDN", desk.dn, message.this_dn)]
    if desk.queue:
        expected.append(("ThisQueue", desk.queue, message.this_queue))
    wrong = [
        f"{name}  expected {wanted}  got {got or 'none'}"
        for name, wanted, got in expected
        if wanted != got
    ]
    if wrong:
        return fail(f"not right: {shown_record(record)}", *wrong)
    if not accepted:
        return fail(f"refused: {shown_record(record)}", f"  {refusal(scene, record)}")
    return PASS


# -- calls -------------------------------------------------------------------------------------


def _answers(scene: Scene) -> Sequence[tuple[Record, RequestAnswerCall]]:
    return list(scene.requests(RequestAnswerCall))


def _rang_at(scene: Scene) -> int | None:
    rang = (record.at for record in scene.records if record.name == "EventRinging")
    return next(rang, None)


def _answers_call(evidence: Evidence) -> Verdict:
    desk, scene = evidence.roles.desk, evidence.scene("ringing")
    if not desk.answers:
        return skipped("desktop.auto.answers is false")
    rang, found = _rang_at(scene), _answers(scene)
    if rang is None:
        return fail(f"no EventRinging was sent for {desk.dn}: nobody is registered there")
    if not found:
        return fail(f"no RequestAnswerCall within {desk.answers_within_s:g} s of EventRinging")
    record, message = found[0]
    got = "none" if message.conn_id is None else connid_text(message.conn_id)
    expected = (
        ("ConnID", scene.calls[0][0], got),
        ("ThisDN", desk.dn, message.this_dn or "none"),
    )
    wrong = [
        f"{name}  expected {want}  got {have}" for name, want, have in expected if want != have
    ]
    if wrong:
        return fail(f"not right: {shown_record(record)}", *wrong)
    refusals = [refusal(scene, one) for one, _ in found]
    if all(refusals):
        return fail(f"refused: {shown_record(record)}", f"  {refusals[0]}")
    return _keeps_it(scene)


def _keeps_it(scene: Scene) -> Verdict:
    """It leaves the call alone that it has answered: people talk."""
    for record, message in scene.requests(RequestReleaseCall):
        own = connid_text(message.conn_id or ConnId(0)) == scene.calls[0][0]
        if own and not refusal(scene, record):
            return fail(f"hung up the call that it had answered: {shown_record(record)}")
    return PASS


def _once(evidence: Evidence) -> Verdict:
    scene = evidence.scene("late")
    if not _answers(scene):
        return not_seen("it answered no call")
    return _at_most(scene, 1, "though EventEstablished was on its way")


def _at_most(scene: Scene, most: int, words: str) -> Verdict:
    found = _answers(scene)
    if len(found) <= most:
        return PASS
    return fail(
        f"{len(found)} answers to one call, {words}",
        *(f"  {shown_record(record)}" for record, _ in found[:3]),
    )


def _left(scene: Scene) -> bool:
    return any(record.kind is Kind.CLOSED for record in scene.records)


def _takes_errors(evidence: Evidence) -> Verdict:
    scene = evidence.scene("refused")
    if not any(record.name == "EventError" for record in scene.records):
        return not_seen("no request of the desktop was refused")
    return fail("it closed the connection after EventError") if _left(scene) else PASS


def _no_row(evidence: Evidence) -> Verdict:
    scene = evidence.scene("refused")
    for name, lines in refused_by_name(scene).items():
        if len(lines) > _MOST_REFUSED:
            return fail(f"{len(lines)} times {name}, each of them refused", f"  {lines[-1]}")
    if not _answers(scene):
        return not_seen("it answered no call")
    return _at_most(scene, _MOST_ATTEMPTS, "each of them refused")


def _goes_on(evidence: Evidence, name: str, what: str) -> Verdict:
    """It has stayed, and answered the call that came next."""
    scene = evidence.scene(name)
    if _left(scene):
        return fail(f"it closed the connection {what}")
    if not scene.notes.get("next_answered"):
        refusals = [
            f"  {shown_record(record)} -> {words}"
            for record, _ in _answers(scene)
            if (words := refusal(scene, record))
        ]
        return fail(f"it answered no call {what}", *refusals[-1:])
    return PASS


def _survives_release(evidence: Evidence) -> Verdict:
    return _goes_on(evidence, "gone", "after the caller had given up before its answer")


def _tolerant(evidence: Evidence) -> Verdict:
    return _goes_on(evidence, "strange", "with an attribute in EventRinging that nobody knows")


def _follows_dn(evidence: Evidence) -> Verdict:
    return _goes_on(evidence, "out", "when its DN was out of service and came back")


def _follows_link(evidence: Evidence) -> Verdict:
    scene = evidence.scene("link")
    down, up = scene.notes["down_at"], scene.notes["up_at"]
    for record in _asked(scene):
        if down <= record.at < up and refusal(scene, record).startswith(_NO_SWITCH):
            return fail(
                "it asked the switch between EventLinkDisconnected and EventLinkConnected",
                f"  {shown_record(record)} -> {refusal(scene, record)}",
            )
    return PASS


def _survives_link(evidence: Evidence) -> Verdict:
    return _goes_on(evidence, "link", "when the link was down and came back")


def _keeps_types(evidence: Evidence) -> Verdict:
    scene = evidence.scene("data")
    known = {key: type(value) for key, value in DATA}
    pairs = [
        (record, key, value)
        for kind in (RequestUpdateUserData, RequestAttachUserData)
        for record, message in scene.requests(kind)
        for key, value in message.user_data or ()
        if key in known
    ]
    if not pairs:
        if evidence.roles.desk.updates:
            return fail("it wrote none of the user data back, though desktop.auto.updates")
        return not_seen("it wrote none of the call's user data back")
    for record, key, value in pairs:
        if type(value) is not known[key]:
            was, got = _KINDS[known[key]], _KINDS.get(type(value), type(value).__name__)
            return fail(
                f"{key} = {value!r}  expected {was}, as it came  got {got}",
                f"  {shown_record(record)}",
            )
        why = spoiled(DATA.first(key), value)
        if why:
            return fail(f"{key} = {DATA.first(key)!r} came back {why}: {value!r}")
    refusals = [refusal(scene, record) for record, _, _ in pairs]
    if all(refusals):
        return fail(f"refused: {shown_record(pairs[0][0])}", f"  {refusals[0]}")
    return PASS


def _asks_well(evidence: Evidence) -> Verdict:
    """Nothing is refused while nothing goes wrong."""
    for name in _ORDINARY:
        scene = evidence.scenes.get(name)
        lines = [] if scene is None else list(refused(scene))
        if lines:
            return fail(
                f"{len(lines)} refused, in an ordinary call:",
                *(f"  {one}" for one in lines[:3]),
            )
    return PASS


# -- a lost connection -------------------------------------------------------------------------


def _comes_back(evidence: Evidence) -> Verdict:
    notes = evidence.scene("lost").notes
    if notes.get("had_left"):
        return fail("it was not connected any more when its connection was to be cut")
    if notes.get("back_s") is None:
        return fail(f"it did not come back within {evidence.reconnect_within_s:g} s")
    return PASS


def _registers_again(evidence: Evidence) -> Verdict:
    if evidence.scene("lost").notes.get("back_s") is None:
        return not_seen("it did not come back")
    return _registered(evidence, "lost", "not registered again")


def _logs_in_again(evidence: Evidence) -> Verdict:
    desk, notes = evidence.roles.desk, evidence.scene("lost").notes
    if not desk.logs_in:
        return skipped("desktop.auto.login is false")
    if notes.get("back_s") is None:
        return not_seen("it did not come back")
    if notes.get("agent") != desk.agent:
        return fail(
            f"{desk.agent} was logged out while it was away, and nobody logged in again",
            f"agent at {desk.dn}  expected {desk.agent}  got {notes.get('agent') or 'none'}",
        )
    return PASS


CHECKS: Sequence[Check] = (
    Check("D01", Level.SHOULD, "opens with its application name", "WIRE.md 4", "connect", _names_itself),
    Check("D02", Level.MUST, "waits for EventLinkConnected before it asks", "WIRE.md 4", "connect", _waits),
    Check("D03", Level.MUST, "registers its DN", "BEHAVIOUR.md 3.1", "connect", _registers),
    Check("D04", Level.MUST, "shares its DN with recorders and others", "BEHAVIOUR.md 3.1", "connect", _shares),
    Check("D05", Level.MUST, "logs its agent in: AgentID, ThisDN, ThisQueue", "BEHAVIOUR.md 2.1", "connect", _logs_in),
    Check("D06", Level.SHOULD, "uses ADDP", "WIRE.md 6", "connect", keeps_alive),
    Check("D07", Level.MUST, "answers polls of ADDP", "WIRE.md 6", "poll", answers_polls),
    Check("D08", Level.MUST, "gives each request a ReferenceID of its own", "BEHAVIOUR.md 0.2", "ringing", references),
    Check("D09", Level.MUST, "answers a ringing call: in time, ConnID, ThisDN", "BEHAVIOUR.md 1.3", "ringing", _answers_call),
    Check("D10", Level.MUST, "does not answer a call twice", "BEHAVIOUR.md 1.1", "late", _once),
    Check("D11", Level.MUST, "takes EventError and stays", "WIRE.md 7", "refused", _takes_errors),
    Check("D12", Level.SHOULD, "does not repeat what is refused over and over", "BEHAVIOUR.md 6", "refused", _no_row),
    Check("D13", Level.MUST, "survives a caller who gives up first", "BEHAVIOUR.md 1.5", "gone", _survives_release),
    Check("D14", Level.MUST, "passes over attributes that it does not know", "WIRE.md 2.1", "strange", _tolerant),
    Check("D15", Level.MUST, "keeps the types of user data that it writes back", "BEHAVIOUR.md 4", "data", _keeps_types),
    Check("D16", Level.MUST, "survives its DN going out of service and back", "BEHAVIOUR.md 1.20", "out", _follows_dn),
    Check("D17", Level.SHOULD, "asks nothing of the switch while the link is down", "BEHAVIOUR.md 1.20", "link", _follows_link),
    Check("D18", Level.MUST, "goes on when the link is up again", "BEHAVIOUR.md 1.20", "link", _survives_link),
    Check("D19", Level.MUST, "comes back after the connection was lost", "BEHAVIOUR.md 3.4", "lost", _comes_back),
    Check("D20", Level.MUST, "registers again when it comes back", "BEHAVIOUR.md 3.4", "lost", _registers_again),
    Check("D21", Level.MUST, "logs in again when its agent was logged out", "BEHAVIOUR.md 2.3, 3.3", "lost", _logs_in_again),
    Check("D22", Level.SHOULD, "asks for nothing that is refused in an ordinary call", "BEHAVIOUR.md 6", "data", _asks_well),
)  # fmt: skip
"""The checks in the order of the report."""
