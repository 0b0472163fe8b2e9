"""Where audio files are that come with the package."""

from pathlib import Path

BUILT_IN = Path(__file__).parent
"""Searched after the folders of the settings: ``voices/agent-1.wav`` is found here."""

VOICES = BUILT_IN / "voices"
