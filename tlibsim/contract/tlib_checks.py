"""Checks of the recorder as a T-Library client."""

from collections.abc import Iterator, Sequence
from typing import Any

from tlibproto.messages import (
    RequestAttachUserData,
    RequestPrivateService,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestStartCallMonitoring,
    RequestStopCallMonitoring,
    RequestUnregisterAddress,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import KVList, RegisterMode, WideText, connid_text
from tlibsim.contract.answers import refusal
from tlibsim.contract.check import Check
from tlibsim.contract.client_checks import answers_polls, keeps_alive, references
from tlibsim.contract.evidence import Evidence, Scene, plain_text
from tlibsim.contract.result import (
    PASS,
    Level,
    Verdict,
    fail,
    not_seen,
    skipped,
)
from tlibsim.journal import Kind
from tlibsim.journal.expectations import shown_record
from tlibsim.journal.records import Record

START = 3013
SIDES = ("source", "destination", "dest")
STATUS = "RECORDING_STATUS"
KNOWN = (
    "RECORDING_YES",
    "RECORDING_NO",
    "RECORDING_NO_LONGER",
    "RECORDING_PRERECORD",
    "RECORDING_UNDEFINED",
)
_KINDS = {int: "INTEGER", bytes: "BINARY"}
_GUIDE = "recording guide"
_SOON = 1_000_000


def _registers(evidence: Evidence) -> Verdict:
    return _registered(evidence, evidence.scene("connect"), "never registered")


def _registered(evidence: Evidence, scene: Scene, words: str) -> Verdict:
    """Whether all DNs were registered in a scene, with success, and stayed so."""
    asked = {message.this_dn for _, message in _registrations(scene)}
    missing = [dn for dn in evidence.roles.registered if dn not in asked]
    if missing:
        return fail(f"{words}: {', '.join(missing)}", f"registered: {_list(asked)}")
    troubles = {message.this_dn: refusal(scene, one) for one, message in _registrations(scene)}
    bad = [f"{dn}: {why}" for dn, why in troubles.items() if why]
    if bad:
        return fail("its registration was refused", *(f"  {one}" for one in bad))
    gone = {message.this_dn for _, message in scene.requests(RequestUnregisterAddress)}
    gone &= set(evidence.roles.registered)
    return fail(f"unregistered again: {_list(gone)}") if gone else PASS


def _registrations(scene: Scene) -> Iterator[tuple[Record, Any]]:
    return scene.requests(RequestRegisterAddress)


def _list(words: Any) -> str:
    return ", ".join(sorted(str(word) for word in words)) or "nothing"


def _shares(evidence: Evidence) -> Verdict:
    private = [
        message.this_dn
        for _, message in _registrations(evidence.scene("connect"))
        if message.register_mode == RegisterMode.ModePrivate
    ]
    if private:
        return fail(
            f"registered for itself alone: {_list(private)}",
            "a desktop on the same DN could not register any more; use ModeShare",
        )
    return PASS


def _monitors(evidence: Evidence) -> Verdict:
    scene = evidence.scene("connect")
    return _monitored(scene, "no RequestStartCallMonitoring came within the time to get ready")


def _monitored(scene: Scene, words: str) -> Verdict:
    """Whether call monitoring was started in a scene, with success, and not stopped again."""
    asked = [record for record, _ in scene.requests(RequestStartCallMonitoring)]
    if not asked:
        return fail(words)
    refusals = [refusal(scene, one) for one in asked]
    if all(refusals):
        return fail(f"RequestStartCallMonitoring was refused: {refusals[0]}")
    if any(scene.requests(RequestStopCallMonitoring)):
        return fail("it stopped call monitoring again at once")
    return PASS


def _names_itself(evidence: Evidence) -> Verdict:
    for _, message in evidence.scene("connect").requests(RequestRegisterClient):
        if not message.application_name:
            return fail(
                "RequestRegisterClient has no ApplicationName: nobody can tell who it is"
            )
    return PASS


def _starts(evidence: Evidence) -> Verdict:
    scene = evidence.scene("dynamic")
    found = scene.starts()
    if not found:
        if evidence.roles.on_demand in evidence.roles.starts_on:
            return fail(f"no RequestPrivateService for the call at {evidence.roles.on_demand}")
        return not_seen("the recorder never asked for a recording")
    record, message = found[0]
    wrong = list(_wrong_start(evidence, scene, message))
    why = refusal(scene, record)
    if why and not (wrong or list(_odd_values(message))):
        wrong.append(f"it was refused: {why}")
    if not wrong:
        return PASS
    return fail(*wrong, f"  {shown_record(record)}")


def _wrong_start(
    evidence: Evidence, scene: Scene, message: RequestPrivateService
) -> Iterator[str]:
    if message.private_msg_id != START:
        yield f"PrivateMsgID  expected {START} (start)  got {message.private_msg_id}"
    if message.this_dn not in evidence.roles.registered:
        yield f"ThisDN  expected a registered DN  got {message.this_dn}"
    calls = [conn_id for conn_id, _ in scene.calls]
    got = None if message.conn_id is None else connid_text(message.conn_id)
    if got not in calls:
        yield f"ConnID  expected {calls[0] if calls else '?'}  got {got or 'none'}"
    side = _extension(message, "record")
    if isinstance(side, str) and side not in SIDES:
        yield f"record  expected source or destination  got {side!r}"


def _extension(message: RequestPrivateService, key: str) -> object:
    for name, value in message.extensions or ():
        if name.strip().lower() == key:
            return value
    return None


def _strings(evidence: Evidence) -> Verdict:
    asked = 0
    for scene in evidence.scenes.values():
        for record, message in scene.starts():
            asked += 1
            if any(_odd_values(message)):
                return fail(
                    f"Extensions of {shown_record(record)}",
                    *(_typed(key, value) for key, value in message.extensions or ()),
                    _why_strings(message, evidence.again),
                )
    return PASS if asked else not_seen("the recorder never asked for a recording")


def _why_strings(message: RequestPrivateService, again: str) -> str:
    """What becomes of such a start: one with an integer is worse than refused."""
    if any(isinstance(value, int) for _, value in message.extensions or ()):
        return (
            f"The real server goes down on this.  See it: {again} R09"
            " --set quirks.crash-on-int-extension=true"
        )
    return "Such a start is refused: EventError 53 (RECORDING.md 3.3)."


def _odd_values(message: RequestPrivateService) -> Iterator[str]:
    """The keys of Extensions whose values are no text."""
    for key, value in message.extensions or ():
        if not isinstance(value, str | WideText):
            yield key


def _typed(key: str, value: object) -> str:
    if isinstance(value, str | WideText):
        return f"  {key} = {value!r}  string  ok"
    kind = _KINDS.get(type(value), "LIST")
    return f"> {key} = {value!r}  {kind}  expected string"


def _same_call(scene: Scene) -> Sequence[Record]:
    calls = {conn_id for conn_id, _ in scene.calls}
    return [
        record
        for record, message in scene.starts()
        if message.conn_id is not None and connid_text(message.conn_id) in calls
    ]


def _no_row_of_starts(evidence: Evidence) -> Verdict:
    found = _same_call(evidence.scene("busy"))
    if not found:
        return not_seen("no start came while the call was recorded")
    if len(found) > 1:
        return fail(
            f"{len(found)} starts for one call, though the first was refused",
            *(f"  {shown_record(record)}" for record in found[:3]),
        )
    return PASS


def _takes_errors(evidence: Evidence) -> Verdict:
    scene = evidence.scene("busy")
    errors = [record for record in scene.records if record.name == "EventError"]
    if not errors:
        return not_seen("no request of the recorder was refused")
    there = {one.number for record in _before(scene) for one in record.clients}
    end = errors[-1].at + _SOON
    closed = [
        record
        for record in scene.records
        if record.kind is Kind.CLOSED and errors[0].at <= record.at <= end
    ]
    left = [one for record in closed for one in record.clients if one.number in there]
    return fail(f"{left[0]} closed the connection after EventError") if left else PASS


def _before(scene: Scene) -> Iterator[Record]:
    """Records of the connections that were there before: some open one for each request."""
    opened = {
        one.number
        for record in scene.records
        if record.kind is Kind.CONNECTED
        for one in record.clients
    }
    for record in scene.records:
        if not any(one.number in opened for one in record.clients):
            yield record


def _no_yes_on_ack(evidence: Evidence) -> Verdict:
    scene = evidence.scene("refused")
    roles = evidence.roles
    acknowledged = any(record.name == "EventACK" for record in scene.records)
    asks = roles.on_demand in roles.starts_on
    if asks and not (acknowledged and _same_call(scene)):
        return not_seen("no start was acknowledged")
    what = "an EventACK" if asks else "GSIP_RECORD"
    for record, value, conn_id in _statuses(scene):
        if value == "RECORDING_YES" and conn_id in scene.conn_ids:
            return fail(
                f"RECORDING_YES, though no session was ever made: {what} is no recording",
                f"  {shown_record(record)}",
            )
    return PASS


def _statuses(scene: Scene) -> Iterator[tuple[Record, object, str]]:
    """What the recorder said, in the order of time, with the ConnID of the call."""
    found = [
        (record, message)
        for kind in (RequestUpdateUserData, RequestAttachUserData)
        for record, message in scene.requests(kind)
    ]
    for record, message in sorted(found, key=lambda one: one[0].number):
        data: KVList | None = message.user_data
        conn_id = "" if message.conn_id is None else connid_text(message.conn_id)
        for key, value in data or ():
            if key.startswith(STATUS):
                yield record, plain_text(value), conn_id


def _tells_status(evidence: Evidence) -> Verdict:
    for name in ("basic", "dynamic"):
        scene = evidence.scenes.get(name)
        if scene is None or not scene.invites():
            continue
        found = list(_statuses(scene))
        if not found:
            return fail(f"no {STATUS}_GIM was attached to the recorded call (flow {name})")
        for record, value, _ in found:
            if value not in KNOWN:
                return fail(
                    f"{STATUS}: {value!r} is none of {', '.join(KNOWN)}",
                    f"  {shown_record(record)}",
                )
        first = found[0][0]
        why = refusal(scene, first)
        if why:
            return fail(f"{STATUS} was refused: {why}", f"  {shown_record(first)}")
    return PASS


def _takes_yes_back(evidence: Evidence) -> Verdict:
    notes = evidence.scene("stopped").notes
    if notes.get("before") != "RECORDING_YES":
        return not_seen("no RECORDING_YES to take back")
    if notes.get("after") == "RECORDING_YES":
        return fail("the recording was stopped, and the call still says RECORDING_YES")
    if notes.get("read") == "RECORDING_YES":
        return fail(
            f"{notes.get('after')} was added beside RECORDING_YES: who takes the first value"
            " still reads that",
            "RequestAttachUserData keeps the pairs of a key that is there (BEHAVIOUR.md 4);"
            " use RequestUpdateUserData",
        )
    return PASS


def _leaves_consult(evidence: Evidence) -> Verdict:
    scene = evidence.scene("consult")
    consult = scene.notes.get("consult")
    for record, message in scene.starts():
        if message.conn_id == consult:
            return fail("asked for the consultation call", f"  {shown_record(record)}")
    return PASS


def _patient(evidence: Evidence) -> Verdict:
    found = _same_call(evidence.scene("late"))
    if not found:
        return not_seen("no start to acknowledge late")
    if len(found) > 1:
        return fail(f"{len(found)} starts for one call while the EventACK was on its way")
    return PASS


def _tolerant(evidence: Evidence) -> Verdict:
    notes = evidence.scene("strange").notes
    if not notes.get("stayed"):
        return fail("it closed the connection at an event with an unknown attribute")
    if notes.get("asked_else"):
        return fail(
            "no start came for a call whose EventEstablished has an unknown attribute:"
            " the event must be taken without it"
        )
    return PASS


def _comes_back(evidence: Evidence) -> Verdict:
    notes = evidence.scene("lost").notes
    limit = evidence.reconnect_within_s
    if notes.get("back_s") is not None:
        return PASS
    back, lost = notes.get("back", 0), notes.get("lost", 0)
    if not lost:
        return fail("it had no connection any more that could be lost")
    if back:
        return fail(f"only {back} of {lost} connections came back within {limit:g} s")
    return fail(f"it did not come back within {limit:g} s")


def _registers_again(evidence: Evidence) -> Verdict:
    scene = evidence.scene("lost")
    if not scene.notes.get("back"):
        return not_seen("it did not come back")
    return _registered(evidence, scene, "not registered again")


def _monitors_again(evidence: Evidence) -> Verdict:
    scene = evidence.scene("lost")
    if not scene.notes.get("back"):
        return not_seen("it did not come back")
    return _monitored(scene, "no RequestStartCallMonitoring after it came back")


def _stays(evidence: Evidence) -> Verdict:
    """A connection that was there when a flow began is there when it ends, but for one."""
    for name, scene in evidence.scenes.items():
        gone = scene.notes.get("gone")
        if gone and name != "lost":
            return fail(
                f"{gone[0]} lost its connection in the flow {name}, though nobody cut it:"
                " what happens until it is back is not recorded"
            )
    return PASS


def _follows_links(_: Evidence) -> Verdict:
    return not_seen("calls of one switch have no links")


def _screen(_: Evidence) -> Verdict:
    return skipped("screen capture off")


CHECKS: Sequence[Check] = (
    Check("R01", Level.MUST, "registers the recorded DNs", f"{_GUIDE}, T-Library", "connect", _registers),
    Check("R02", Level.MUST, "shares its DNs with desktops", "BEHAVIOUR.md 3.1", "connect", _shares),
    Check("R03", Level.MUST, "starts call monitoring", f"{_GUIDE}, T-Library", "connect", _monitors),
    Check("R04", Level.SHOULD, "opens with its application name", "WIRE.md 5", "connect", _names_itself),
    Check("R05", Level.SHOULD, "uses ADDP", "WIRE.md 6", "connect", keeps_alive),
    Check("R06", Level.MUST, "answers polls of ADDP", "WIRE.md 6", "poll", answers_polls),
    Check("R07", Level.MUST, "gives each request a ReferenceID of its own", "BEHAVIOUR.md 0.2", "basic", references),
    Check("R08", Level.MUST, "dynamic start: message 3013, ThisDN, ConnID, record", "RECORDING.md 3.3", "dynamic", _starts),
    Check("R09", Level.MUST, "start values are strings", f'{_GUIDE}, Troubleshooting, "SIP Server failure"', "dynamic", _strings),
    Check("R10", Level.MUST, "does not repeat a start that was refused", "RECORDING.md 3.4", "busy", _no_row_of_starts),
    Check("R11", Level.MUST, "takes EventError and stays", "RECORDING.md 3.3", "busy", _takes_errors),
    Check("R12", Level.MUST, "an EventACK is no recording", "RECORDING.md 4, 6", "refused", _no_yes_on_ack),
    Check("R13", Level.SHOULD, "attaches RECORDING_STATUS_GIM with a known value", "RECORDING.md 4", "basic", _tells_status),
    Check("R14", Level.SHOULD, "takes RECORDING_YES back when the recording ends", "RECORDING.md 11", "stopped", _takes_yes_back),
    Check("R15", Level.MUST, "leaves consultation calls alone", "RECORDING.md 3.5", "consult", _leaves_consult),
    Check("R16", Level.MUST, "a late acknowledgement brings no second start", "FIRST_HOUR.md, story R", "late", _patient),
    Check("R17", Level.MUST, "passes over attributes that it does not know", "WIRE.md 2.1", "strange", _tolerant),
    Check("R18", Level.MUST, "comes back after the connection was lost", f"{_GUIDE}, High Availability", "lost", _comes_back),
    Check("R19", Level.MUST, "registers again when it comes back", f"{_GUIDE}, High Availability", "lost", _registers_again),
    Check("R20", Level.MUST, "monitors calls again when it comes back", f"{_GUIDE}, High Availability", "lost", _monitors_again),
    Check("R21", Level.SHOULD, "follows the call over AttributeISLinkList", "BEHAVIOUR.md 3.7", "connect", _follows_links),
    Check("R22", Level.SHOULD, "answers screen-capture queries", "RECORDING.md 10", "connect", _screen),
    Check("R23", Level.MUST, "stays connected", "WIRE.md 7", "basic", _stays),
)  # fmt: skip
"""The checks in the order of the report."""
