"""Which audio tone a recorded call gets (RECORDING.md 8.3).  Pure.

What somebody hears is heard by him only; it gets into the file where a channel holds what its
party hears (``record_chan1source``, ``record_chan2source``).
"""

from dataclasses import dataclass

from tlibsim.ports.media import Tone
from tlibsim.recording.commands import ToneWish
from tlibsim.recording.rules import RecordingRules

LEAST_MS = 1500
DEFAULT_MS = 30000
BUILT_IN = "beep.wav"
"""A tone that comes with the program, beside files of the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneChoice:
    """The tone asked for, who said so, and why it cannot be played (empty: it can)."""

    source: str
    interval_ms: int
    asked_by: str
    problem: str = ""

    def order(self, rules: RecordingRules) -> Tone | None:
        """What the backend is told; None when the tone is not in order."""
        if self.problem:
            return None
        first, second = channels(rules)
        in_record = first == "otherdnhears" and rules.record_otherdnhearstone
        in_other = second == "recorddnhears" and rules.record_recorddnhearstone
        if not (in_record or in_other):
            return None
        return Tone(
            source=self.source,
            silence_ms=self.interval_ms,
            in_record_dn=in_record,
            in_other_dn=in_other,
        )


def channels(rules: RecordingRules) -> tuple[str, str]:
    """What the two channels hold.

    The guide prints the name of the second option for the first as well, so a value of the
    first channel that was given to the second one counts for the first.
    """
    first, second = rules.record_chan1source, rules.record_chan2source
    if second in {"recorddnsays", "otherdnhears"}:
        return second, "recorddnhears"
    return first, second


def choose(request: ToneWish, route: ToneWish, rules: RecordingRules) -> ToneChoice | None:
    """The request goes before RouteCall, and that before the profile; None: no tone."""
    profile = ToneWish(
        source=rules.recordingclient_audiosrc,
        silence=rules.recordingclient_tonesilenceduration,
    )
    wishes = (("request", request), ("route", route), ("profile", profile))
    for asked_by, wish in wishes:
        if wish.source.strip():
            others = [one.silence for _, one in wishes if one.silence.strip()]
            silence = wish.silence.strip() or (others[0] if others else "")
            return _choice(wish.source.strip(), silence, asked_by, rules)
    return None


def _choice(
    source: str, silence: str, asked_by: str, rules: RecordingRules
) -> ToneChoice | None:
    problem = problem_of(source)
    if not silence:
        if rules.tone_missing == "none":
            return None
        return ToneChoice(
            source=source, interval_ms=DEFAULT_MS, asked_by=asked_by, problem=problem
        )
    if not (silence.isascii() and silence.isdigit()) or len(silence) > _MOST_DIGITS:
        problem = problem or f"tonesilenceduration {silence!r} is no number of milliseconds"
        return ToneChoice(
            source=source, interval_ms=DEFAULT_MS, asked_by=asked_by, problem=problem
        )
    return ToneChoice(
        source=source,
        interval_ms=max(int(silence), LEAST_MS),
        asked_by=asked_by,
        problem=problem,
    )


_MOST_DIGITS = 9


def problem_of(source: str) -> str:
    """Why this cannot be the URI of a tone; empty when it can.

    A plain name must not lead into a folder: ``music/beep``, the form for several codecs, is
    none.  Whether the file is there is for the backend to find out.
    """
    scheme, separator, path = source.partition(":")
    is_uri = bool(separator) and scheme.isalpha() and len(scheme) > 1
    name = path if is_uri else source
    if not name.lower().split("?")[0].endswith(".wav"):
        return f"audiosrc {source!r} is no .wav file"
    if not is_uri and ("/" in name or "\\" in name) and not name.startswith("/"):
        return f"audiosrc {source!r} leads into a folder"
    return ""
