"""Checks of the recorder as a SIP user agent, and of what becomes of the sound."""

import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tlibsim.contract.check import Check
from tlibsim.contract.evidence import Evidence, Exchange, Scene
from tlibsim.contract.probe import Findings
from tlibsim.contract.result import PASS, Level, Verdict, fail, not_seen, skipped
from tlibsim.media.audio.sources import tone_frequency
from tlibsim.media.rtp.hearing import SAMPLE_RATE, Samples, pitch_hz, silences
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.sdp import Direction, MediaDescription, SessionDescription

OK = 200
NO_DIALOG = 481
_PITCH_TOLERANCE = 0.03
_LENGTH_TOLERANCE_S = 0.35
_EDGE_S = 0.1


def _findings(evidence: Evidence) -> Findings:
    found = evidence.scene("probe").notes["findings"]
    assert isinstance(found, Findings)  # noqa: S101  for the type checker
    return found


def _code(code: int) -> str:
    return f"{code}" if code else "no answer"


def _options(evidence: Evidence) -> Verdict:
    code = _findings(evidence).options
    return PASS if code else fail("OPTIONS was not answered within 1.5 s")


def _sessions(evidence: Evidence) -> Verdict:
    invites = evidence.scene("basic").invites()
    wanted = evidence.roles.sessions
    if len(invites) < wanted:
        return fail(f"only {len(invites)} INVITE went out: is the recorder's address right?")
    bad = [one for one in invites if one.code != OK]
    return fail(*_answers(bad)) if bad else PASS


def _answers(exchanges: Sequence[Exchange]) -> Iterator[str]:
    for one in exchanges:
        uri = getattr(one.request.message, "uri", "")
        yield f"INVITE {uri}  expected 200  got {_code(one.code)}"


def _accepted(scene: Scene) -> Sequence[Exchange]:
    return [one for one in scene.invites() if one.code == OK and one.answer is not None]


def _sdp(exchange: Exchange) -> SessionDescription | None:
    """The answer's description; None when there is none that can be read."""
    if exchange.answer is None:
        return None
    try:
        return exchange.answer.sdp
    except SipError:
        return None


def _lines(evidence: Evidence) -> Verdict:
    accepted = _accepted(evidence.scene("basic"))
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
    accepted = _accepted(evidence.scene("basic"))
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
        return not_seen("no session to pause")
    byes = scene.byes_of_recorder()
    if byes:
        return fail("the recorder ended the session with BYE when it was paused")
    bad = [one for one in pauses if one.code != OK]
    if bad:
        return fail(f"re-INVITE inactive  expected 200  got {_code(bad[0].code)}")
    return PASS


def _answered(evidence: Evidence, offered: Direction, expected: Direction) -> Verdict:
    found = [one for one in _reinvites(evidence.scene("pause"), offered) if one.code == OK]
    if not found:
        return not_seen(f"no re-INVITE {offered.value} was answered with 200")
    for one in found:
        wrong = _directions(one) - {expected}
        if wrong:
            got = ", ".join(direction.value for direction in wrong)
            return fail(f"{offered.value} offered  expected {expected.value}  got {got}")
    return PASS


def _stands_still(evidence: Evidence) -> Verdict:
    return _answered(evidence, Direction.INACTIVE, Direction.INACTIVE)


def _goes_on(evidence: Evidence) -> Verdict:
    return _answered(evidence, Direction.SENDONLY, Direction.RECVONLY)


def _ends(evidence: Evidence) -> Verdict:
    byes = evidence.scene("basic").exchanges("BYE")
    if not byes:
        return not_seen("no session to end")
    bad = [one for one in byes if one.code != OK]
    return fail(f"BYE  expected 200  got {_code(bad[0].code)}") if bad else PASS


def _follows(evidence: Evidence) -> Verdict:
    scene = evidence.scene("conference")
    found = scene.reinvites()
    if not found:
        return not_seen("the change of the party brought no re-INVITE")
    bad = [one for one in found if one.code != OK]
    if bad:
        return fail(f"re-INVITE for another party  expected 200  got {_code(bad[0].code)}")
    return PASS


def _repeats(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.invite != OK:
        return not_seen(f"the probe's INVITE got {_code(found.invite)}")
    if not found.repeated_seen:
        return fail("a repeated INVITE got no answer: the 200 must be sent again")
    if not found.repeated_same:
        return fail("a repeated INVITE got another To tag: it is the same call")
    return PASS


def _knows_dialogs(evidence: Evidence) -> Verdict:
    code = _findings(evidence).stray_bye
    if code == NO_DIALOG:
        return PASS
    return fail(f"BYE of no dialog  expected 481  got {_code(code)}")


def _contact(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.invite != OK:
        return not_seen(f"the probe's INVITE got {_code(found.invite)}")
    if found.contact_options:
        return PASS
    return fail("OPTIONS to the Contact of the 200 got no answer: requests cannot reach it")


def _refreshes(evidence: Evidence) -> Verdict:
    found = _findings(evidence)
    if found.invite != OK:
        return not_seen(f"the probe's INVITE got {_code(found.invite)}")
    if found.refresh == OK:
        return PASS
    return fail(f"re-INVITE with the same SDP  expected 200  got {_code(found.refresh)}")


# -- the sound ---------------------------------------------------------------------------------


def _listens(evidence: Evidence) -> Verdict:
    scene = evidence.scene("basic")
    if not _accepted(scene):
        return not_seen("no session was accepted")
    refused = scene.notes.get("refused", 0)
    if refused:
        return fail(f"{refused} packets were refused: nobody listens at the port in the SDP")
    return PASS


def _files(evidence: Evidence, scene: Scene, dn: str) -> Sequence[Path]:
    """The recorder's files whose names have the CallUUID and the number."""
    if evidence.files is None or not scene.calls:
        return ()
    uuid = scene.calls[0][1]
    found = evidence.files.rglob("*.wav")
    return sorted(one for one in found if uuid in one.name and dn in one.name)


def _sound(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return data.astype(np.int16)


def _parties(evidence: Evidence, scene: Scene) -> Sequence[str]:
    return (evidence.roles.full_time, str(scene.notes.get("caller", "")))


def _has_files(evidence: Evidence) -> Verdict:
    if evidence.files is None:
        return skipped("recorder.files is not set")
    scene = evidence.scene("basic")
    missing = [dn for dn in _parties(evidence, scene) if not _files(evidence, scene, dn)]
    if missing:
        return fail(
            f"no WAV file for {', '.join(missing)}",
            f"looked in {evidence.files} for names with {scene.calls[0][1]} and the number",
        )
    return PASS


def _channels(evidence: Evidence) -> Verdict:
    if evidence.files is None:
        return skipped("recorder.files is not set")
    scene = evidence.scene("basic")
    heard = 0
    for dn in _parties(evidence, scene):
        for path in _files(evidence, scene, dn)[:1]:
            heard += 1
            pitch, wanted = pitch_hz(_sound(path)), tone_frequency(dn)
            if abs(pitch - wanted) > wanted * _PITCH_TOLERANCE:
                return fail(
                    f"{path.name}  expected the tone of {dn}, {wanted} Hz  got {pitch:.0f} Hz"
                )
    return (
        PASS
        if heard == len(_parties(evidence, scene))
        else fail("not every party has a file of its own")
    )


def _keeps_time(evidence: Evidence) -> Verdict:
    if evidence.files is None:
        return skipped("recorder.files is not set")
    scene = evidence.scene("pause")
    files = _files(evidence, scene, evidence.roles.full_time)
    pause = float(scene.notes.get("pause_s", 0))
    if not files or not pause:
        return not_seen("no file of the paused call")
    found = [one.length_s for one in silences(_sound(files[0]), pause / 2)]
    if any(abs(length - pause) <= _LENGTH_TOLERANCE_S for length in found):
        return PASS
    shown = ", ".join(f"{length:.2f} s" for length in found) or "no silence"
    return fail(f"{files[0].name}  expected silence of {pause:.2f} s  got {shown}")


def _whole(evidence: Evidence) -> Verdict:
    if evidence.files is None:
        return skipped("recorder.files is not set")
    scene = evidence.scene("basic")
    files = _files(evidence, scene, evidence.roles.full_time)
    sent = float(scene.notes.get("sent_s", 0))
    if not files or not sent:
        return not_seen("no file of the recorded call")
    length = len(_sound(files[0])) / SAMPLE_RATE
    if abs(length - sent) <= _LENGTH_TOLERANCE_S - _EDGE_S:
        return PASS
    return fail(f"{files[0].name}  expected {sent:.2f} s of sound  got {length:.2f} s")


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
    Check("M01", Level.MUST, "listens at the port that it names", "MEDIA.md 3.3", "basic", _listens),
    Check("M02", Level.MUST, "files each party's sound under its number", "MEDIA.md 5.1", "basic", _channels),
    Check("M03", Level.SHOULD, "keeps the time line over a pause", "RECORDING.md 5", "pause", _keeps_time),
    Check("M04", Level.MUST, "keeps all of the sound", "MEDIA.md 3.4", "basic", _whole),
    Check("M05", Level.MUST, "leaves a file for each party", "RECORDING.md 8", "basic", _has_files),
)  # fmt: skip
"""The checks in the order of the report."""
