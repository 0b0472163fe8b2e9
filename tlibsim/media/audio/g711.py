"""G.711 by table: linear 16-bit samples to bytes and back, mu-law and A-law (MEDIA.md 2).

Tables are made from the formulas of ITU-T G.711 once per process and are read-only.
"""

from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tlibsim.media.settings import Codec

Codes = NDArray[np.uint8]
Linear = NDArray[np.int16]

_Table = TypeVar("_Table", Codes, Linear)

_BIAS = 0x84
_CLIP = 32635


def encode(samples: Linear, codec: Codec) -> Codes:
    """Turn linear samples into one byte each."""
    return encoding_table(codec)[samples.view(np.uint16)]


def decode(codes: Codes, codec: Codec) -> Linear:
    """Turn bytes into the linear samples that they stand for."""
    return decoding_table(codec)[codes]


@cache
def encoding_table(codec: Codec) -> Codes:
    """65536 bytes, indexed by the sample seen as an unsigned number."""
    pcm = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    return _locked(_ENCODERS[codec](pcm).astype(np.uint8))


@cache
def decoding_table(codec: Codec) -> Linear:
    """256 linear samples, indexed by the byte."""
    codes = np.arange(256, dtype=np.int32)
    return _locked(_DECODERS[codec](codes).astype(np.int16))


def _locked(table: _Table) -> _Table:
    table.flags.writeable = False
    return table


def _mulaw_codes(pcm: NDArray[np.int32]) -> NDArray[np.int32]:
    magnitude = np.minimum(np.abs(pcm), _CLIP) + _BIAS
    exponent = np.frexp(magnitude.astype(np.float64))[1].astype(np.int32) - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(pcm < 0, 0x80, 0)
    codes: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return codes


def _mulaw_samples(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    flipped = ~codes & 0xFF
    magnitude = ((((flipped & 0x0F) << 3) + _BIAS) << ((flipped >> 4) & 7)) - _BIAS
    signed: NDArray[np.int32] = np.where(flipped & 0x80, -magnitude, magnitude)
    return signed


def _alaw_codes(pcm: NDArray[np.int32]) -> NDArray[np.int32]:
    short = pcm >> 3
    magnitude = np.where(short >= 0, short, -short - 1)
    top = np.frexp(np.maximum(magnitude, 1).astype(np.float64))[1].astype(np.int32) - 1
    segment = np.maximum(top - 4, 0)
    mantissa = (magnitude >> np.maximum(segment, 1)) & 0x0F
    return ((segment << 4) | mantissa) ^ np.where(short >= 0, 0xD5, 0x55)


def _alaw_samples(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    plain = codes ^ 0x55
    segment = (plain >> 4) & 7
    step = ((plain & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, step, (step + 0x100) << np.maximum(segment - 1, 0))
    signed: NDArray[np.int32] = np.where(plain & 0x80, magnitude, -magnitude)
    return signed


_ENCODERS = {Codec.MULAW: _mulaw_codes, Codec.ALAW: _alaw_codes}
_DECODERS = {Codec.MULAW: _mulaw_samples, Codec.ALAW: _alaw_samples}
