"""A picture of a recording: its two channels over time, as SVG written by hand (MEDIA.md 2).

Colors are fixed and need no style sheet from outside, so that any viewer shows the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tlibsim.media.audio.g711 import decoding_table
from tlibsim.media.entries import agent_of, channel_parties
from tlibsim.media.metadata import metadata_path, read_document
from tlibsim.media.settings import Codec, PauseGap
from tlibsim.media.wavefile import CHANNELS, WaveFormatError, WaveLayout, read_layout

_WIDTH = 1200
_LEFT, _RIGHT = 176, 32
_TOP, _LANE, _BETWEEN, _BOTTOM = 76, 132, 14, 52
_HEIGHT = _TOP + 2 * _LANE + _BETWEEN + _BOTTOM
_FLOOR = _TOP + 2 * _LANE + _BETWEEN
_PLOT = _WIDTH - _LEFT - _RIGHT
_BAR, _STEP = 2, 3
_QUIETEST_FULL_HEIGHT = 8000
_TICKS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600)
_MOST_TICKS = 12

_INK, _FAINT, _LINE = "#0f172a", "#64748b", "#e2e8f0"
_COLORS = (("#1d4ed8", "#93c5fd", "#f5f9ff"), ("#0f766e", "#5eead4", "#f3fdfb"))
"""For each channel: loudness, peaks, ground."""

_DEFINITIONS = """<defs>
<pattern id="paused" width="8" height="8" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><rect width="8" height="8" fill="#fef3c7"/>
<rect width="3" height="8" fill="#fde68a"/></pattern>
</defs>"""

_OPENING = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
    f'width="{_WIDTH}" height="{_HEIGHT}" font-family="Helvetica, Arial, sans-serif">'
)

Peaks = NDArray[np.float64]
"""For each channel and bar the loudest sample and the root mean square: shape (channels, bars, 2)."""


def draw_waveform(audio: Path, document: Mapping[str, object]) -> str:
    """Return the picture of a recording of ours as SVG text.

    ``document`` is its metadata.  OSError or WaveFormatError when the sound cannot be read.
    """
    layout = read_layout(audio)
    codec = next((one for one in Codec if one.format_tag == layout.format_tag), None)
    if codec is None or layout.channels not in (1, CHANNELS):
        raise WaveFormatError(f"{audio} is not a G.711 recording with one channel or two")
    frames = layout.data_bytes // layout.channels
    length_s = frames / layout.sample_rate
    peaks = _peaks(audio, layout, frames, codec)
    plan = _Plan(document, length_s)
    return "\n".join(
        (
            _OPENING,
            f"<title>Recording {_text(document.get('name'))}</title>",
            _DEFINITIONS,
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            *plan.heading(),
            *plan.grounds(),
            *plan.axis(),
            *plan.pauses(),
            *_bars(peaks),
            *plan.changes(),
            "</svg>\n",
        )
    )


def save_waveform(audio: Path) -> Path:
    """Draw a recording with the metadata beside it, into ``NAME.svg``, and return that path.

    OSError, WaveFormatError or MetadataError when the sound or the metadata cannot be read.
    """
    document = read_document(metadata_path(audio.parent, audio.stem))
    picture = audio.with_suffix(".svg")
    picture.write_text(draw_waveform(audio, document), encoding="utf-8")
    return picture


def _peaks(audio: Path, layout: WaveLayout, frames: int, codec: Codec) -> Peaks:
    """Measure the sound in as many parts as there are bars."""
    bars = _PLOT // _STEP
    peaks = np.zeros((layout.channels, bars, 2))
    if not frames:
        return peaks
    shape, offset = (frames, layout.channels), layout.data_offset
    sound = np.memmap(audio, dtype=np.uint8, mode="r", offset=offset, shape=shape)
    loudness = np.abs(decoding_table(codec).astype(np.float64))
    edges = np.linspace(0, frames, bars + 1).astype(np.int64)
    for bar in range(bars):
        part = loudness[sound[edges[bar] : max(edges[bar + 1], edges[bar] + 1)]]
        peaks[:, bar, 0] = part.max(axis=0)
        peaks[:, bar, 1] = np.sqrt((part * part).mean(axis=0))
    return peaks


def _width(document: Mapping[str, object]) -> str:
    return "mixed" if document.get("mixed") is True else "stereo"


def _bars(peaks: Peaks) -> Iterator[str]:
    scale = (_LANE / 2 - 8) / max(float(peaks.max()), _QUIETEST_FULL_HEIGHT)
    for channel in range(len(peaks)):
        loud, peak, _ = _COLORS[channel]
        middle = _lane_top(channel) + _LANE / 2
        for kind, color in ((0, peak), (1, loud)):
            heights = peaks[channel, :, kind] * scale
            path = "".join(
                f"M{_LEFT + bar * _STEP + 1.5:.1f} {middle - height:.1f}v{2 * height:.1f}"
                for bar, height in enumerate(heights)
                if height >= 0.5
            )
            yield (
                f'<path d="{path}" stroke="{color}" stroke-width="{_BAR}" '
                'stroke-linecap="round" fill="none"/>'
            )


class _Plan:
    """Everything in the picture but the sound."""

    def __init__(self, document: Mapping[str, object], length_s: float) -> None:
        self._document = document
        self._length_s = max(length_s, 0.001)
        self._started_us = _whole(document.get("started_us"))
        self._cut = document.get("pause_gap") == PauseGap.CUT.value
        self._spans = [
            (start, self._length_us if until is None else until)
            for start, until in (
                (
                    self._since_start(pause.get("from_us")),
                    self._since_start(pause.get("until_us")),
                )
                for pause in channel_parties(document.get("pauses"))
            )
            if start is not None
        ]

    @property
    def _length_us(self) -> int:
        return round(self._length_s * 1_000_000)

    def heading(self) -> Iterator[str]:
        document = self._document
        name = str(document.get("name"))
        yield _write(24, 34, _text(name), size=_fitting(name, 19, _WIDTH - 48), weight=700)
        state = _text(document.get("state"))
        facts = (
            _text(document.get("started"))[:19].replace("T", " ") + " UTC",
            _clock(self._length_s, exact=True),
            f"{_text(document.get('codec'))}, 8 kHz, {_width(self._document)}",
            f"call {_text(document.get('conn_id'))}",
            "" if state == "ended" else state,
        )
        yield _write(24, 56, " · ".join(fact for fact in facts if fact), color=_FAINT)

    def grounds(self) -> Iterator[str]:
        parties = channel_parties(self._document.get("channels"))
        for channel in range(CHANNELS):
            top = _lane_top(channel)
            _, _, ground = _COLORS[channel]
            middle = top + _LANE / 2
            yield (
                f'<rect x="{_LEFT}" y="{top}" width="{_PLOT}" height="{_LANE}" rx="6" '
                f'fill="{ground}"/>'
            )
            yield _line(_LEFT, middle, _LEFT + _PLOT, middle)
            yield from self._label(channel, middle, parties)

    def axis(self) -> Iterator[str]:
        step = next(
            (tick for tick in _TICKS_S if self._length_s / tick <= _MOST_TICKS), _TICKS_S[-1]
        )
        for number in range(int(self._length_s / step) + 1):
            x = self._x(round(number * step * 1_000_000))
            yield _line(x, _TOP, x, _FLOOR + 6)
            yield _write(x, _FLOOR + 24, _clock(number * step), color=_FAINT, anchor="middle")
        yield _write(_LEFT, _FLOOR + 44, "time from the start", color=_FAINT, size=11)

    def pauses(self) -> Iterator[str]:
        for start, until in self._spans:
            left = self._x(start)
            width = self._x(until) - left
            if self._cut:
                yield _line(left, _TOP, left, _FLOOR, color="#d97706", dash="2 3")
            else:
                yield (
                    f'<rect x="{left:.1f}" y="{_TOP}" width="{max(width, 2):.1f}" '
                    f'height="{_FLOOR - _TOP}" fill="url(#paused)" opacity="0.75"/>'
                )
            if self._cut or width > 44:
                x = left if self._cut else left + width / 2
                name = "pause cut out" if self._cut else "paused"
                yield _write(x, _TOP - 5, name, color="#b45309", size=11, anchor="middle")

    def changes(self) -> Iterator[str]:
        present = _names(channel_parties(self._document.get("channels")))
        for change in channel_parties(self._document.get("party_changes")):
            at_us = self._since_start(change.get("at_us"))
            names = _names(channel_parties(change.get("channels")))
            for channel in range(CHANNELS):
                if at_us is None or names[channel] == present[channel]:
                    continue
                x, top = self._x(at_us), _lane_top(channel)
                yield _line(x, top, x, top + _LANE, color=_FAINT, dash="4 3")
                yield _write(x + 5, top + 14, names[channel] or "nobody", size=11)
            present = names

    def _label(
        self, channel: int, middle: float, parties: Sequence[Mapping[str, object]]
    ) -> Iterator[str]:
        color, _, _ = _COLORS[channel]
        yield f'<circle cx="36" cy="{middle - 4:.1f}" r="12" fill="{color}"/>'
        yield _write(36, middle, str(channel + 1), color="#ffffff", weight=700, anchor="middle")
        names = _names(parties)[channel] or "nobody"
        yield _write(58, middle, names, size=_fitting(names, 15, _LEFT - 62), weight=700)
        yield _write(58, middle + 18, self._caption(channel), color=_FAINT, size=11)

    def _caption(self, channel: int) -> str:
        details = self._document.get("details")
        agent = agent_of(details) if isinstance(details, Mapping) else ""
        if channel == 0:
            return f"agent {_text(agent)}" if agent else "recorded party"
        return "other side"

    def _since_start(self, at_us: object) -> int | None:
        return at_us - self._started_us if isinstance(at_us, int) else None

    def _x(self, at_us: int) -> float:
        """Return the place of an instant; with pauses cut out, what was cut has no width."""
        if self._cut:
            at_us -= sum(
                min(until, at_us) - start for start, until in self._spans if start < at_us
            )
        return _LEFT + _PLOT * min(max(at_us / self._length_us, 0), 1)


def _names(parties: Sequence[Mapping[str, object]]) -> tuple[str, str]:
    first, second = (
        ", ".join(_party_name(party) for party in parties if party.get("channel") == channel)
        for channel in (1, 2)
    )
    return first, second


def _party_name(party: Mapping[str, object]) -> str:
    return f"{_text(party.get('dn'))}{' (muted)' if party.get('muted') else ''}"


def _lane_top(channel: int) -> int:
    return _TOP + channel * (_LANE + _BETWEEN)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _text(value: object) -> str:
    """Make a value fit for XML: markup escaped, what XML cannot hold replaced."""
    text = "" if value is None else str(value)
    return escape("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


def _fitting(text: str, size: int, width: int) -> int:
    """Return the size at which a bold text is not wider than so much, within reason."""
    return max(min(size, int(width * 1.6 / max(len(text), 1))), 7)


def _clock(seconds: float, *, exact: bool = False) -> str:
    """Return a length of time as ``m:ss`` or ``h:mm:ss``, exact with hundredths."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    tail = f"{rest // 100:02d}"
    if exact or rest % 100:
        tail += f".{rest % 100:02d}" if exact else f".{rest % 100 // 10}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def _write(
    x: float,
    y: float,
    text: str,
    *,
    color: str = _INK,
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="{size}" '
        f'font-weight="{weight}" text-anchor="{anchor}">{text}</text>'
    )


def _line(
    x1: float, y1: float, x2: float, y2: float, *, color: str = _LINE, dash: str = ""
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{color}"{dashes}/>'
    )
