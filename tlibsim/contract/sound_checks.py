"""Checks of what becomes of the sound: the packets, and the files that the recorder leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tlibsim.contract.check import Check
from tlibsim.contract.evidence import Evidence, Scene
from tlibsim.contract.folder import Folder, Sound
from tlibsim.contract.result import PASS, Level, Verdict, fail, not_seen, skipped
from tlibsim.media.audio.sources import BLOCK_SAMPLES, tone_frequency
from tlibsim.media.rtp.hearing import QUIET, SAMPLE_RATE, Samples, pitch_hz, silences

_NO_FILES = skipped("recorder.files is not set")
_PITCH_TOLERANCE = 0.03
_LENGTH_TOLERANCE_S = 0.25
_PAUSE_TOLERANCE_S = 0.35
_MOST_REFUSED = 0.1
_FEW_REFUSED = 3
_MOST_GAPS = 0.05
_BLOCK_S = BLOCK_SAMPLES / SAMPLE_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """A sound in blocks of 20 ms: how much of it is heard, and how much inside it is not."""

    heard_s: float
    gaps_s: float

    @classmethod
    def of(cls, samples: Samples) -> "Loudness":
        """Judge a sound; what is quiet before and after it is nothing lost."""
        whole = len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES
        blocks = np.abs(samples[:whole].astype(np.int32)).reshape(-1, BLOCK_SAMPLES)
        loud = np.flatnonzero(blocks.max(axis=1, initial=0) >= QUIET)
        if not len(loud):
            return cls(heard_s=0.0, gaps_s=0.0)
        span = int(loud[-1] - loud[0]) + 1
        return cls(heard_s=len(loud) * _BLOCK_S, gaps_s=(span - len(loud)) * _BLOCK_S)


def parties(evidence: Evidence) -> Sequence[str]:
    """The numbers of a recorded call: the recorded one, and who called."""
    caller = str(evidence.scene("basic").notes.get("caller", ""))
    return (evidence.roles.full_time, caller)


def sounds(folder: Folder, evidence: Evidence, scene: Scene) -> Mapping[str, Sequence[Sound]]:
    """What the recorder filed of the call of a scene, by party."""
    numbers = (evidence.roles.full_time, str(scene.notes.get("caller", "")))
    if not scene.calls:
        return dict.fromkeys(numbers, ())
    return folder.sounds(scene.calls[0][1], numbers)


def _listens(evidence: Evidence) -> Verdict:
    scene = evidence.scene("basic")
    if not scene.accepted():
        return not_seen("no session was accepted")
    refused, sent = scene.notes.get("refused", 0), scene.notes.get("packets", 0)
    if refused > max(_FEW_REFUSED, _MOST_REFUSED * sent):
        return fail(
            f"{refused} of {sent} packets were refused: nobody listens at a port in the SDP"
        )
    return PASS


def _has_files(evidence: Evidence) -> Verdict:
    folder, scene = evidence.files, evidence.scene("basic")
    if folder is None:
        return _NO_FILES
    if not scene.accepted():
        return not_seen("no session was accepted")
    missing = [dn for dn, found in sounds(folder, evidence, scene).items() if not found]
    if not missing:
        return PASS
    uuid = scene.calls[0][1]
    there = [path.name for path in folder.of_call(uuid)[:4]]
    return fail(
        f"no WAV file for {', '.join(missing)}",
        f"looked in {folder} for names with {uuid} and the number",
        f"of this call there is: {', '.join(there) or 'nothing that this run has written'}",
    )


def _channels(evidence: Evidence) -> Verdict:
    folder, scene = evidence.files, evidence.scene("basic")
    if folder is None:
        return _NO_FILES
    found = sounds(folder, evidence, scene)
    if not scene.calls or not folder.of_call(scene.calls[0][1]):
        return not_seen("no file of the recorded call")
    for dn, some in found.items():
        if not some:
            return fail(f"no file for {dn}: not every party has a sound of its own")
        samples, trouble = _heard(some[0])
        if trouble is not None:
            return trouble
        wrong = _wrong_pitch(dn, pitch_hz(samples), tuple(found))
        if wrong:
            return fail(f"{some[0].name}  {wrong}", *scene.troubles())
    return PASS


def _heard(sound: Sound) -> tuple[Samples, Verdict | None]:
    """The samples; or why there are none."""
    try:
        return sound.samples(), None
    except (OSError, ValueError) as error:
        return np.zeros(0, dtype=np.int16), fail(f"{sound.name} cannot be read: {error}")


def _wrong_pitch(dn: str, pitch: float, numbers: Sequence[str]) -> str:
    """What is wrong with the tone that was heard of a party; empty when nothing is."""
    wanted = tone_frequency(dn)
    if _near(pitch, wanted):
        return ""
    said = f"expected the tone of {dn}, {wanted} Hz  got "
    if not pitch:
        return f"{said}silence"
    others = [one for one in numbers if one != dn and _near(pitch, tone_frequency(one))]
    if others:
        return f"{said}that of {others[0]}, {pitch:.0f} Hz: the parties are mixed up"
    if _near(pitch, wanted / 2) or _near(pitch, wanted * 2):
        return f"{said}{pitch:.0f} Hz: is the sample rate in its header right?"
    return f"{said}{pitch:.0f} Hz"


def _near(pitch: float, wanted: float) -> bool:
    return abs(pitch - wanted) <= wanted * _PITCH_TOLERANCE


def _keeps_time(evidence: Evidence) -> Verdict:
    folder, scene = evidence.files, evidence.scene("pause")
    if folder is None:
        return _NO_FILES
    pause = float(scene.notes.get("pause_s", 0))
    some = sounds(folder, evidence, scene).get(evidence.roles.full_time, ())
    if not some or not pause:
        return not_seen("no file of a call that was paused and went on")
    samples, trouble = _heard(some[0])
    if trouble is not None:
        return trouble
    found = [one.length_s for one in silences(samples, pause / 2)]
    if any(abs(length - pause) <= _PAUSE_TOLERANCE_S for length in found):
        return PASS
    shown = ", ".join(f"{length:.2f} s" for length in found) or "no silence"
    return fail(f"{some[0].name}  expected silence of {pause:.2f} s  got {shown}")


def _whole(evidence: Evidence) -> Verdict:
    folder, scene = evidence.files, evidence.scene("basic")
    if folder is None:
        return _NO_FILES
    judged = 0
    found = sounds(folder, evidence, scene)
    share = _share_sent(scene, tuple(found))
    for dn, some in found.items():
        sent = scene.sent_s(dn) * share
        for sound in some[:1] if sent else ():
            judged += 1
            samples, trouble = _heard(sound)
            if trouble is not None:
                return trouble
            late = float(scene.notes.get("skipped_s", 0))
            wrong = _wrong_length(Loudness.of(samples), sent, late)
            if wrong:
                return fail(f"{sound.name}  {wrong}", *scene.troubles())
    return PASS if judged else not_seen("no file of the recorded call")


def _share_sent(scene: Scene, numbers: Sequence[str]) -> float:
    """How much of the time packets went out: less than all where the sender began late."""
    due = sum(scene.sent_s(dn) for dn in numbers)
    sent = float(scene.notes.get("packets", 0)) * _BLOCK_S
    return min(1.0, sent / due) if due and sent else 1.0


def _wrong_length(heard: Loudness, sent: float, late: float) -> str:
    """What is wrong with a sound that was sent for so long; empty when nothing is.

    ``late`` are seconds that the sender had to leave out.
    """
    allowed = max(3 * _BLOCK_S, _MOST_GAPS * sent) + late
    if abs(heard.heard_s + heard.gaps_s - sent) > _LENGTH_TOLERANCE_S:
        return f"expected {sent:.2f} s of sound  got {heard.heard_s:.2f} s"
    if heard.gaps_s > allowed:
        return f"has gaps of {heard.gaps_s:.2f} s in {sent:.2f} s of sound: packets were lost"
    return ""


CHECKS: Sequence[Check] = (
    Check("M01", Level.MUST, "listens at the port that it names", "MEDIA.md 3.3", "basic", _listens),
    Check("M02", Level.MUST, "files each party's sound under its number", "MEDIA.md 5.1", "basic", _channels),
    Check("M03", Level.SHOULD, "keeps the time line over a pause", "RECORDING.md 5", "pause", _keeps_time),
    Check("M04", Level.MUST, "keeps all of the sound", "MEDIA.md 3.4", "basic", _whole),
    Check("M05", Level.MUST, "leaves a file for each party", "RECORDING.md 8", "basic", _has_files),
)  # fmt: skip
"""The checks in the order of the report."""
