"""What a stream was, judged from its packets: sound, pauses, losses, pacing.  Pure.

Used by tests, by the benchmark and by the check of a recorder's contract.  Times of arrival are
seconds of any clock; positions in the sound are seconds since its first sample.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tlibsim.media.audio.g711 import decode
from tlibsim.media.audio.sources import BLOCK_SAMPLES
from tlibsim.media.rtp.packet import RtpPacket
from tlibsim.media.settings import Codec

SAMPLE_RATE = 8000
QUIET = 200
"""A sample below this is heard by nobody."""

CODECS = {0: Codec.MULAW, 8: Codec.ALAW}
"""Payload types of G.711 (RFC 3551)."""

_MOST_SAMPLES = 3600 * SAMPLE_RATE
_HALF = 1 << 31
_WRAP = 1 << 32
_HALF_SEQUENCE = 1 << 15

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A packet and when it came, in seconds."""

    at_s: float
    packet: RtpPacket


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one second to another."""

    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.begin_s


class Fault(Enum):
    """What a receiver may hold against a stream of sound (RFC 3550, RFC 3551)."""

    MISSING = "missing packets"
    REPEATED = "packets that came twice"
    BACKWARDS = "packets out of order"
    OFF_GRID = "timestamps that are not whole blocks apart"
    UNMARKED = "a pause that ends without a marker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """All packets of one SSRC, in the order of their arrival."""

    ssrc: int
    arrivals: tuple[Arrival, ...]

    @property
    def packets(self) -> tuple[RtpPacket, ...]:
        return tuple(arrival.packet for arrival in self.arrivals)

    @property
    def missing(self) -> int:
        """How many sequence numbers between the first and the last were not seen."""
        numbers = self._numbers()
        return max(numbers) - min(numbers) + 1 - len(set(numbers)) if numbers else 0

    def samples(self) -> Samples:
        """Return the sound on its time line, with silence where nothing came.

        Packets of other codecs are left out, and those that lie more than an hour after the
        first: a timestamp that jumps must not cost the memory of all that silence.
        """
        packets = [
            (place, packet)
            for place, packet in self._in_place()
            if packet.payload_type in CODECS and place < _MOST_SAMPLES
        ]
        if not packets:
            return np.zeros(0, dtype=np.int16)
        length = max(place + len(packet.payload) for place, packet in packets)
        sound = np.zeros(length, dtype=np.int16)
        for place, packet in packets:
            codes = np.frombuffer(packet.payload, dtype=np.uint8)
            heard = decode(codes, CODECS[packet.payload_type])
            sound[place : place + len(heard)] = heard
        return sound

    def pauses(self, shortest_s: float = 0.03) -> tuple[Span, ...]:
        """Return where the time line has no packets, between the first and the last."""
        edges = [(place, place + len(packet.payload)) for place, packet in self._in_place()]
        return tuple(
            Span(begin_s=end / SAMPLE_RATE, end_s=begin / SAMPLE_RATE)
            for (_, end), (begin, _) in pairwise(edges)
            if begin - end >= shortest_s * SAMPLE_RATE
        )

    def gaps_ms(self) -> tuple[float, ...]:
        """Return the time between packets that follow each other without a pause."""
        return tuple(
            (after.at_s - before.at_s) * 1000
            for before, after in pairwise(self.arrivals)
            if _follows(before.packet, after.packet)
        )

    def faults(self) -> frozenset[Fault]:
        """Return what is wrong with the stream as a stream."""
        found = {Fault.MISSING} if self.missing else set[Fault]()
        for before, after in pairwise(self.packets):
            step = _signed_sequence(after.sequence - before.sequence)
            jump = (after.timestamp - before.timestamp) % _WRAP
            if step == 0:
                found.add(Fault.REPEATED)
            elif step < 0:
                found.add(Fault.BACKWARDS)
            elif jump % BLOCK_SAMPLES:
                found.add(Fault.OFF_GRID)
            elif step == 1 and jump > BLOCK_SAMPLES and not after.marker:
                found.add(Fault.UNMARKED)
        return frozenset(found)

    def _numbers(self) -> list[int]:
        """Return sequence numbers that do not wrap."""
        numbers: list[int] = []
        for packet in self.packets:
            before = numbers[-1] if numbers else packet.sequence
            numbers.append(before + _signed_sequence(packet.sequence - before))
        return numbers

    def _in_place(self) -> list[tuple[int, RtpPacket]]:
        """Return each packet with its first sample, in the order of the time line."""
        places: list[int] = []
        for packet in self.packets:
            before = places[-1] if places else packet.timestamp
            places.append(before + (packet.timestamp - before + _HALF) % _WRAP - _HALF)
        first = min(places, default=0)
        placed = [(place - first, one) for place, one in zip(places, self.packets, strict=True)]
        return sorted(placed, key=lambda one: one[0])


def by_source(arrivals: Iterable[Arrival]) -> tuple[Heard, ...]:
    """Sort arrivals by SSRC, in the order in which the sources began."""
    sorted_: dict[int, list[Arrival]] = {}
    for arrival in arrivals:
        sorted_.setdefault(arrival.packet.ssrc, []).append(arrival)
    return tuple(Heard(ssrc=ssrc, arrivals=tuple(some)) for ssrc, some in sorted_.items())


def pitch_hz(samples: Samples) -> float:
    """Return the frequency that is loudest; 0 when it is quiet."""
    if not len(samples) or loudest(samples) < QUIET:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    peak = int(np.argmax(spectrum[1:])) + 1
    return float(_between(spectrum, peak) * SAMPLE_RATE / len(samples))


def pitches_hz(samples: Samples, window_s: float = 0.2) -> tuple[float, ...]:
    """Return the loudest frequency of each whole window."""
    size = round(window_s * SAMPLE_RATE)
    whole = len(samples) // size
    return tuple(pitch_hz(samples[size * one : size * (one + 1)]) for one in range(whole))


def silences(samples: Samples, shortest_s: float = 0.1) -> tuple[Span, ...]:
    """Return where nothing is heard for so long."""
    loud = np.concatenate(([-1], np.flatnonzero(np.abs(samples.astype(np.int32)) >= QUIET)))
    edges = np.append(loud, len(samples))
    return tuple(
        Span(begin_s=(begin + 1) / SAMPLE_RATE, end_s=end / SAMPLE_RATE)
        for begin, end in pairwise(edges.tolist())
        if end - begin - 1 >= shortest_s * SAMPLE_RATE
    )


def loudest(samples: Samples) -> int:
    """Return the greatest sample, without its sign."""
    return int(np.max(np.abs(samples.astype(np.int32)), initial=0))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so great a share does not exceed; 0 of none."""
    ranked = sorted(values)
    return ranked[min(int(len(ranked) * share), len(ranked) - 1)] if ranked else 0.0


def _between(spectrum: NDArray[np.float64], peak: int) -> float:
    """Place a peak between the lines of a spectrum by a parabola through three of them."""
    if peak + 1 >= len(spectrum):
        return float(peak)
    left, middle, right = np.log(spectrum[peak - 1 : peak + 2] + 1e-9)
    bend = left - 2 * middle + right
    return float(peak + (0.5 * (left - right) / bend if bend else 0.0))


def _follows(before: RtpPacket, after: RtpPacket) -> bool:
    return (after.timestamp - before.timestamp) % _WRAP == BLOCK_SAMPLES


def _signed_sequence(step: int) -> int:
    return (step + _HALF_SEQUENCE) % (1 << 16) - _HALF_SEQUENCE
