"""The two sides of a call that a person can follow: an agent and a customer talk in turn.

Both sides must have the same beginning (``MediaParty.started_at``) to keep out of each other's
words.
"""

from tlibsim.media.audio.folders import VOICES
from tlibsim.media.wavefile import SAMPLE_RATE, read_layout
from tlibsim.ports.media import AudioSource, SourceKind

TURNS = (
    "agent-1",
    "customer-1",
    "agent-2",
    "customer-2",
    "agent-3",
    "customer-3",
    "agent-4",
    "customer-4",
    "agent-5",
)

_FIRST_WORD_MS = 300
_BETWEEN_TURNS_MS = 350
_BETWEEN_ROUNDS_MS = 3000
_ROUNDS = 20


def conversation() -> tuple[AudioSource, AudioSource]:
    """Return the audio of the agent and that of the customer: 20 rounds of about 43 s each."""
    lengths = {turn: _length_ms(turn) for turn in TURNS}
    lines: dict[str, list[tuple[int, AudioSource]]] = {"agent": [], "customer": []}
    present_ms = _FIRST_WORD_MS
    for _ in range(_ROUNDS):
        for turn in TURNS:
            phrase = AudioSource(kind=SourceKind.WAV, files=(f"voices/{turn}.wav",), loop=False)
            lines[turn.split("-")[0]].append((present_ms, phrase))
            present_ms += lengths[turn] + _BETWEEN_TURNS_MS
        present_ms += _BETWEEN_ROUNDS_MS
    agent, customer = (
        AudioSource(kind=SourceKind.SCRIPT, timeline=tuple(lines[side]))
        for side in ("agent", "customer")
    )
    return agent, customer


def _length_ms(turn: str) -> int:
    return read_layout(VOICES / f"{turn}.wav").data_bytes * 1000 // SAMPLE_RATE
