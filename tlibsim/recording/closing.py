"""Option ``off-on-release``: a recorded call that ends says Off first (RECORDING.md 4).

The switch has ended the call when its facts are known.  So the change is put before them, and
the user data of those facts is what it would have been had the change been made in time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tlibproto.vocabulary import ConnId, KVList
from tlibsim.recording.indication import OFF, off_pairs
from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.session import CallRecording
from tlibsim.switch.facts import CallEnded, CallFact, CallView, UserDataChanged


def with_last_word(
    facts: Sequence[object],
    recording_of: Callable[[ConnId], CallRecording | None],
    rules: RecordingRules,
) -> Sequence[object]:
    """The facts, with a change to Off before the first one of each recorded call that ends."""
    ending: dict[ConnId, CallRecording] = {}
    for fact in facts:
        if isinstance(fact, CallEnded):
            recording = recording_of(fact.call.conn_id)
            if recording is not None and recording.told not in {None, OFF}:
                ending[fact.call.conn_id] = recording
    if not ending:
        return facts
    off = off_pairs(rules)
    published: list[object] = []
    for fact in facts:
        if not isinstance(fact, CallFact) or fact.call.conn_id not in ending:
            published.append(fact)
            continue
        recording = ending[fact.call.conn_id]
        if recording.told != OFF:
            recording.told = OFF
            before = replace(recording.call, user_data=fact.call.user_data)
            published.append(UserDataChanged(call=_said(before, off), changed_by=None))
        published.append(replace(fact, call=_said(fact.call, off)))
    return published


def _said(call: CallView, off: KVList) -> CallView:
    return replace(call, user_data=call.user_data.updated(off))
