"""Checks of the recorder as a SIP user agent."""

from collections.abc import Iterator, Sequence

from tlibsim.contract.check import Check
from tlibsim.contract.evidence import OK, Evidence, Exchange, Scene
from tlibsim.contract.probe import Findings
from tlibsim.contract.result import PASS, Level, Verdict, fail, not_seen, skipped
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.message import Response, every
from tlibsim.media.sip.sdp import Direction, MediaDescription, SessionDescription

NO_DIALOG = 481
DEAD = frozenset({408, 502, 503, 504})
"""Answers to OPTIONS that take a recorder out of the pool (MEDIA.md 3.2)."""


def _findings(evidence: Evidence) -> Findings:
    found = evidence.scene("probe").notes["findings"]
    assert isinstance(found, Findings)  # noqa: S101  for the type checker
    return found


def _code(code: int) -> str:
    return f"{code}" if code else "no answer"


def _options(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.trouble:
        return fail(f"nobody can be reached at the recorder's address: {found.trouble}")
    if not found.options:
        return fail("OPTIONS was not answered within 1.5 s")
    if found.options in DEAD:
        return fail(
            f"OPTIONS got {found.options}: a pool takes that for a recorder that is down"
        )
    return PASS


def _sessions(evidence: Evidence) -> Verdict:
    scene = evidence.scene("basic")
    invites = scene.invites()
    bad = [one for one in invites if one.code != OK]
    if bad:
        silent = all(not one.code and not one.stray for one in bad) and bad == invites
        hint = ("  nobody answers there: is the recorder's address right?",) if silent else ()
        return fail(*_answers(bad), *hint, *_nobodys(scene), *scene.troubles())
    if len(invites) < evidence.roles.sessions:
        return fail(
            f"only {len(invites)} INVITE went out: is the recorder's address right?",
            *scene.troubles(),
        )
    return PASS


def _answers(exchanges: Sequence[Exchange]) -> Iterator[str]:
    for one in exchanges:
        uri = getattr(one.request.message, "uri", "")
        yield f"INVITE {uri}  expected 200  got {_code(one.code)}"
        if one.stray:
            yield f"  {one.stray}"
        answer = None if one.answer is None else one.answer.message
        for text in () if answer is None else every(answer.headers, "Warning"):
            yield f"  Warning: {text}"


def _nobodys(scene: Scene) -> Iterator[str]:
    """What came and answers nothing that was asked."""
    asked = {one.call_id for one in scene.sip if one.sent}
    strange = [
        one.message
        for one in scene.sip
        if not one.sent and (one.call_id not in asked or not one.cseq[1])
    ]
    for message in strange[:2]:
        if isinstance(message, Response):
            yield (
                f"  an answer that belongs to no request: {message.code} {message.reason}:"
                " Call-ID and CSeq must be those of the request"
            )


def _sdp(exchange: Exchange) -> SessionDescription | None:
    """The answer's description; None when there is none that can be read."""
    if exchange.answer is None:
        return None
    try:
        return exchange.answer.sdp
    except SipError:
        return None


def _lines(evidence: Evidence) -> Verdict:
    accepted = evidence.scene("basic").accepted()
    if not accepted:
        return not_seen("no session was accepted")
    for one in accepted:
        offer, answer = one.request.sdp, _sdp(one)
        if answer is None:
            return fail("the 200 has no SDP that can be read")
        if offer is None:
            continue
        for offered, answered in zip(offer.media, answer.media, strict=False):
            wrong = _wrong_line(offered, answered)
            if wrong:
                return fail(wrong)
        if len(answer.media) != len(offer.media):
            return fail(f"{len(offer.media)} lines offered, {len(answer.media)} answered")
    return PASS


def _wrong_line(offered: MediaDescription, answered: MediaDescription) -> str:
    if offered.kind != "audio":
        return ""
    if not answered.port:
        return "the audio line is answered with port 0: nothing of it would be recorded"
    if not set(answered.formats) & set(offered.formats):
        got = " ".join(answered.formats)
        return f"codec  expected one of {' '.join(offered.formats)}  got {got}"
    return ""


def _directions(exchange: Exchange) -> set[Direction]:
    answer = _sdp(exchange)
    if answer is None:
        return set()
    return {answer.direction_of(one) for one in answer.media if one.active}


def _receives_only(evidence: Evidence) -> Verdict:
    accepted = evidence.scene("basic").accepted()
    if not accepted:
        return not_seen("no session was accepted")
    for one in accepted:
        wrong = _directions(one) - {Direction.RECVONLY}
        if wrong:
            return fail(
                f"direction  expected recvonly  got {', '.join(d.value for d in wrong)}"
            )
    return PASS


def _reinvites(scene: Scene, direction: Direction) -> Sequence[Exchange]:
    """Re-INVITEs that offered this direction on every line."""
    found = []
    for one in scene.reinvites():
        offer = one.request.sdp
        if offer and {offer.direction_of(line) for line in offer.media} == {direction}:
            found.append(one)
    return found


def _keeps_dialog(evidence: Evidence) -> Verdict:
    scene = evidence.scene("pause")
    pauses = _reinvites(scene, Direction.INACTIVE)
    if not pauses:
        return not_seen("no session to pause", *scene.troubles())
    begun = pauses[0].request.at
    if any(begun <= bye.at <= scene.resumed_at for bye in scene.byes_of_recorder()):
        return fail("the recorder ended the session with BYE when it was paused")
    bad = [one for one in pauses if one.code != OK]
    if bad:
        return fail(
            f"re-INVITE inactive  expected 200  got {_code(bad[0].code)}", *scene.troubles()
        )
    return PASS


def _answered(
    evidence: Evidence, offered: Direction, expected: Direction, *allowed: Direction
) -> Verdict:
    found = [one for one in _reinvites(evidence.scene("pause"), offered) if one.code == OK]
    if not found:
        return not_seen(f"no re-INVITE {offered.value} was answered with 200")
    for one in found:
        if not _directions(one):
            return fail(f"{offered.value} offered  the 200 has no line that is on")
        wrong = _directions(one) - {expected, *allowed}
        if wrong:
            got = ", ".join(direction.value for direction in wrong)
            return fail(f"{offered.value} offered  expected {expected.value}  got {got}")
    return PASS


def _stands_still(evidence: Evidence) -> Verdict:
    return _answered(evidence, Direction.INACTIVE, Direction.INACTIVE)


def _goes_on(evidence: Evidence) -> Verdict:
    asked = _reinvites(evidence.scene("pause"), Direction.SENDONLY)
    bad = [one for one in asked if one.code != OK]
    if bad:
        return fail(f"re-INVITE sendonly  expected 200  got {_code(bad[0].code)}")
    receives = (Direction.RECVONLY, Direction.SENDRECV)
    return _answered(evidence, Direction.SENDONLY, *receives)


def _ends(evidence: Evidence) -> Verdict:
    scene = evidence.scene("basic")
    byes = scene.exchanges("BYE")
    if not byes:
        return not_seen("no session to end")
    crossed = {one.call_id for one in scene.byes_of_recorder()}
    bad = [one for one in byes if one.code != OK and one.request.call_id not in crossed]
    if not bad:
        return PASS
    times = f" when it came for the {bad[0].times}. time" if bad[0].times > 1 else ""
    return fail(f"BYE  expected 200  got {_code(bad[0].code)}{times if bad[0].code else ''}")


def _follows(evidence: Evidence) -> Verdict:
    scene = evidence.scene("conference")
    found = scene.reinvites()
    if not found:
        return not_seen("the change of the party brought no re-INVITE", *scene.troubles())
    bad = [one for one in found if one.code != OK]
    if bad:
        return fail(f"re-INVITE for another party  expected 200  got {_code(bad[0].code)}")
    if any(found[0].request.at <= bye.at < scene.over_at for bye in scene.byes_of_recorder()):
        return fail("the recorder ended the session with BYE when a party changed")
    return PASS


def _lasts(evidence: Evidence) -> Verdict:
    """No BYE of the recorder while the call goes on; the end of a call may cross with one."""
    if not any(scene.accepted() for scene in evidence.scenes.values()):
        return not_seen("no session was accepted")
    for scene in evidence.scenes.values():
        early = [one for one in scene.byes_of_recorder() if one.at < scene.over_at]
        if early:
            after = (early[0].at - scene.begun_at) / 1_000_000
            return fail(
                f"BYE from the recorder {after:.1f} s into the flow {scene.name},"
                " while the call went on: the rest of it was not recorded"
            )
    return PASS


def _no_session(found: Findings) -> Verdict:
    """A recorder may refuse sessions of calls that the T-Server does not know."""
    return not_seen(f"the probe's INVITE got {_code(found.invite)}")


def _repeats(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.reliable:
        return skipped("nothing is repeated over TCP and TLS")
    if found.invite != OK:
        return _no_session(found)
    if not found.repeated_seen:
        return fail("a repeated INVITE got no answer: the 200 must be sent again")
    if not found.repeated_same:
        return fail("a repeated INVITE got another To tag or other lines: it is the same call")
    return PASS


def _knows_dialogs(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.trouble:
        return not_seen(found.trouble)
    code = found.stray_bye
    if code == NO_DIALOG:
        return PASS
    return fail(f"BYE of no dialog  expected 481  got {_code(code)}")


def _contact(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.invite != OK:
        return _no_session(found)
    if not found.contact:
        return fail("the 200 has no Contact that can be read: requests cannot reach it")
    if found.contact_options or found.refresh or found.bye:
        return PASS  # requests of the session go there too
    return fail(
        f"nothing at {found.contact}, the Contact of the 200, answers: requests cannot reach it"
    )


def _refreshes(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.invite != OK:
        return _no_session(found)
    if found.refresh == OK:
        return PASS
    return fail(f"re-INVITE with the same SDP  expected 200  got {_code(found.refresh)}")


CHECKS: Sequence[Check] = (
    Check("S01", Level.MUST, "answers OPTIONS", "MEDIA.md 5.7", "probe", _options),
    Check("S02", Level.MUST, "accepts every session of a call", "MEDIA.md 5.1, 5.2", "basic", _sessions),
    Check("S03", Level.MUST, "answers each audio line with a port and an offered codec", "MEDIA.md 3.3", "basic", _lines),
    Check("S04", Level.SHOULD, "answers sendonly with recvonly", "MEDIA.md 5.1", "basic", _receives_only),
    Check("S05", Level.MUST, "keeps the SIP dialog on pause", "RECORDING.md 5", "pause", _keeps_dialog),
    Check("S06", Level.SHOULD, "answers inactive with inactive", "MEDIA.md 5.3", "pause", _stands_still),
    Check("S07", Level.MUST, "receives again when it goes on", "MEDIA.md 5.3", "pause", _goes_on),
    Check("S08", Level.MUST, "answers BYE with 200", "MEDIA.md 5.6", "basic", _ends),
    Check("S09", Level.MUST, "keeps the dialog when a party changes", "MEDIA.md 5.4", "conference", _follows),
    Check("S10", Level.MUST, "gives a repeated INVITE the same answer", "MEDIA.md 3.2", "probe", _repeats),
    Check("S11", Level.SHOULD, "answers 481 to a BYE of no dialog", "MEDIA.md 3.2", "probe", _knows_dialogs),
    Check("S12", Level.MUST, "can be reached at its Contact", "MEDIA.md 3.2", "probe", _contact),
    Check("S13", Level.MUST, "accepts a refresh that changes nothing", "MEDIA.md 5.5", "probe", _refreshes),
    Check("S14", Level.MUST, "leaves the end of a session to the call", "MEDIA.md 3.2; RECORDING.md 1.1", "basic", _lasts),
)  # fmt: skip
"""The checks in the order of the report."""
